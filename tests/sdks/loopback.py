"""Loopback: a server on this machine that gives the answers it is told, cut as told."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness.wire.http import Request, Response


class Loopback:
    """Answers in the order they are queued, and everything that was asked.

    A request for which nothing is queued is answered with status 500.
    """

    def __init__(self) -> None:
        self.answers: deque[Response] = deque()
        self.requests: list[Request] = []
        loopback = self

        class Handler(_Handler):
            def answered(self, request: Request) -> Response:
                loopback.requests.append(request)
                if loopback.answers:
                    return loopback.answers.popleft()
                return Response(500, (), (b"nothing is queued",))

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Where it listens, without a path."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Answer, in a thread of its own, until :meth:`close`."""
        threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        ).start()

    def close(self) -> None:
        """Stop, and let go of the port."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answered(self, request: Request) -> Response:
        raise NotImplementedError  # a class of its own for every server has it

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = tuple(self.headers.items())
        self._send(self.answered(Request(self.command, self.path, headers, body)))

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        self.send_header("transfer-encoding", "chunked")
        self.send_header("connection", "close")
        self.end_headers()
        # A client that has read enough closes its end.
        with suppress(ConnectionError):
            for chunk in response.chunks:
                if chunk:
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what was asked is kept, not printed."""


@contextmanager
def loopback() -> Iterator[Loopback]:
    """A server for as long as the block runs."""
    server = Loopback()
    server.start()
    try:
        yield server
    finally:
        server.close()
