"""A client that hides nothing: requests and answers as bytes on a socket."""

from __future__ import annotations

import socket
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer as it came; ``chunks`` are those of HTTP, or the one body."""

    status: int
    headers: dict[str, str]
    chunks: tuple[bytes, ...]
    ended: bool


def connected(url: str) -> socket.socket:
    host, _, port = url.partition("://")[2].partition(":")
    return socket.create_connection((host, int(port)), timeout=10)


def asked(
    url: str, target: str, body: bytes, method: str = "POST", headers: str = ""
) -> Raw:
    """Ask once, on a connection of its own."""
    head = f"{method} {target} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n{headers}"
    head += f"content-length: {len(body)}\r\n\r\n"
    with connected(url) as sock:
        sock.sendall(head.encode() + body)
        return answered(sock)


def answered(sock: socket.socket) -> Raw:
    """Read one answer to its end, or as far as it comes."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        if not more:
            raise ConnectionError(f"no head, only {data!r}")
        data += more
    head, _, data = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(": ") for line in lines)
    headers = {name.lower(): value for name, _, value in pairs}
    status = int(first.split(" ")[1])
    reader = _Reader(sock, data)
    if headers.get("transfer-encoding") == "chunked":
        chunks, ended = reader.chunks()
        return Raw(status, headers, chunks, ended)
    body = reader.exactly(int(headers["content-length"]))
    return Raw(status, headers, (body,), True)


class _Reader:
    def __init__(self, sock: socket.socket, data: bytes) -> None:
        self.sock = sock
        self.data = data

    def more(self) -> bool:
        try:
            got = self.sock.recv(65536)
        except ConnectionResetError:
            return False
        self.data += got
        return bool(got)

    def exactly(self, size: int) -> bytes:
        while len(self.data) < size and self.more():
            pass
        taken, self.data = self.data[:size], self.data[size:]
        return taken

    def line(self) -> bytes:
        while b"\r\n" not in self.data:
            if not self.more():
                return b""
        taken, _, self.data = self.data.partition(b"\r\n")
        return taken

    def chunks(self) -> tuple[tuple[bytes, ...], bool]:
        found: list[bytes] = []
        while size := self.line():
            if size == b"0":
                return tuple(found), True
            found.append(self.exactly(int(size, 16)))
            self.exactly(2)
        return tuple(found), False
