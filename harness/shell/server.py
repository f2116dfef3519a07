"""A server: answers over the loopback, for clients that know nothing of us."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Lock, Thread

from harness.errors import ConnectionLost
from harness.shell.taps.line import sleep
from harness.wire.http import Request, Response

HOST = "127.0.0.1"

LONGEST_BODY = 64 << 20
"""Bytes of a request that are read."""

RESET = struct.pack("ii", 1, 0)
"""``SO_LINGER`` with no patience: closing sends a reset."""


@contextmanager
def serving(answer: Callable[[Request], Response]) -> Iterator[str]:
    """Answer every request over HTTP, until the block ends.

    Chunks go out one by one, each as a chunk of HTTP's.

    Args:
        answer: gives the response, or raises ``ConnectionLost`` to hang up. It is
            asked by one thread at a time.

    Yields:
        The URL it is served at, without a path.
    """
    lock = Lock()

    def one_at_a_time(request: Request) -> Response:
        with lock:
            return answer(request)

    class Answering(_Answering):
        ask = staticmethod(one_at_a_time)

    server = _Server((HOST, 0), Answering)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


TO_BE_READ = 0.05
"""Seconds before a reset: it throws away what the client has not read by then."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client may keep its connection for later
    request_queue_size = 128

    def server_bind(self) -> None:
        """Bind, and look up no name for the address: that would be a connection."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that hangs up is no fault of anybody here."""


class _Answering(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    ask: Callable[[Request], Response]

    def do(self) -> None:
        """Answer one request."""
        try:
            response = self.ask(self._request())
        except ConnectionLost:
            self.close_connection = True
            return
        self._head(response)
        for chunk in filter(None, response.chunks):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            self.wfile.flush()
        if response.ending == "eof":
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.close_connection = True
        if response.ending == "reset":
            sleep(TO_BE_READ)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    do_GET = do_POST = do  # noqa: N815 - the names that http.server looks for

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _request(self) -> Request:
        headers = tuple(self.headers.items())
        host = self.headers.get("host", HOST)
        return Request(self.command, f"http://{host}{self.path}", headers, self._body())

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            return b"".join(self._chunks())
        length = int(self.headers.get("content-length") or 0)
        return self.rfile.read(min(length, LONGEST_BODY))

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().partition(b";")[0] or b"0", 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _head(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers:
            if name.lower() not in ("content-length", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
