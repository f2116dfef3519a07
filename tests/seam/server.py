"""A server that sends bytes as told: cut, delayed, packed, cut short, reset."""

from __future__ import annotations

import os
import socket
import ssl
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import brotli  # type: ignore[import-untyped]  # it has no types
import zstandard

CHUNKS = (
    b'data: {"t": "Zo\xc3',
    b'\xab"}\n\n',
    b"data: two\n\ndata: ",
    b"three\n\n",
    "data: 🦩\n\n".encode(),
    b"data: [DONE]\n\n",
)
"""What every stream says, cut inside a character and inside a line."""

WHOLE = b'{"said": "at once"}'


class _Gzip:
    def __init__(self) -> None:
        self.packer = zlib.compressobj(wbits=31)

    def pack(self, piece: bytes) -> bytes:
        return self.packer.compress(piece) + self.packer.flush(zlib.Z_SYNC_FLUSH)

    def end(self) -> bytes:
        return self.packer.flush()


class _Deflate(_Gzip):
    def __init__(self) -> None:
        self.packer = zlib.compressobj()


class _Brotli:
    def __init__(self) -> None:
        self.packer = brotli.Compressor()

    def pack(self, piece: bytes) -> bytes:
        return bytes(self.packer.process(piece) + self.packer.flush())

    def end(self) -> bytes:
        return bytes(self.packer.finish())


class _Zstd:
    def __init__(self) -> None:
        self.packer = zstandard.ZstdCompressor().compressobj()

    def pack(self, piece: bytes) -> bytes:
        packed = self.packer.compress(piece)
        return bytes(packed + self.packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))

    def end(self) -> bytes:
        return bytes(self.packer.flush())


PACKERS: dict[str, Callable[[], _Gzip | _Brotli | _Zstd]] = {
    "gzip": _Gzip,
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _Zstd,
}


@dataclass
class Server:
    """Where it listens, what it was asked, and when it sent what.

    ``gate`` holds it back before the last chunk, while it is not set.
    """

    url: str
    asked: list[tuple[str, bytes]] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    pause: float = 0.0
    waited_in_vain: int = 0


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server for as long as the block runs, over TLS if there is a context."""

    class Handler(_Handler):
        server_ = Server("")

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that goes away is no news."""

    httpd = Quiet(("127.0.0.1", 0), Handler)
    if context is not None:
        httpd.socket = context.wrap_socket(httpd.socket, server_side=True)
    scheme = "http" if context is None else "https"
    server = Server(f"{scheme}://localhost:{httpd.server_address[1]}")
    server.gate.set()
    Handler.server_ = server
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.gate.set()
        httpd.shutdown()
        httpd.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server_.asked.append((self.path, body))
        way = self.path.strip("/").partition("?")[0]
        if way == "whole":
            self._head({"content-length": str(len(WHOLE))})
            self.wfile.write(WHOLE)
            return
        packer = PACKERS[way]() if way in PACKERS else None
        packed = {"content-encoding": way} if packer else {}
        self._head({**packed, "transfer-encoding": "chunked"})
        with suppress(ConnectionError):
            for number, chunk in enumerate(CHUNKS):
                if number == len(CHUNKS) - 1:
                    self.server_.waited_in_vain += not self.server_.gate.wait(5)
                if number and self.server_.pause:
                    time.sleep(self.server_.pause)
                if number == 3 and way in ("cut", "reset"):
                    self._stop(way)
                    return
                self._chunk(packer.pack(chunk) if packer else chunk)
            if packer:
                self._chunk(packer.end())
            self.wfile.write(b"0\r\n\r\n")

    def _head(self, headers: dict[str, str]) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("set-cookie", "session=secret")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _chunk(self, data: bytes) -> None:
        if data:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def _stop(self, way: str) -> None:
        self.close_connection = True
        time.sleep(0.05)  # what was sent before should be read before
        if way == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            os.close(self.connection.detach())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
