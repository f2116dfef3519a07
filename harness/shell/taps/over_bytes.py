"""HTTP/1.1 as bytes on a connection: read off it, or said on it.

Clients that have no place between their API and their connection are tapped there,
so that all they do with bytes, timeouts and broken connections stays their own.
"""

from __future__ import annotations

from collections.abc import Iterator

import h11

from harness.shell.taps.line import Listening, Overheard, Playing
from harness.wire.http import Headers, Request, Response

LONGEST_HEAD = 1 << 20
"""Bytes of a request or response head."""

NO_BODY = (204, 304)


class Asked:
    """Requests, read off the bytes that a client sends.

    ``origin`` is where the connection leads, such as ``https://api.example.com``.
    """

    def __init__(self, origin: str) -> None:
        self._scheme, _, self._host = origin.partition("://")
        self._begin()

    def feed(self, data: bytes) -> Iterator[Request]:
        """The requests that are complete with these bytes."""
        self._reader.receive_data(data)
        while True:
            match self._reader.next_event():
                case h11.Request() as head:
                    self._head = head
                case h11.Data() as piece:
                    self._body += piece.data
                case h11.EndOfMessage():
                    yield self._request()
                    rest = self._reader.trailing_data[0]
                    self._begin()
                    if rest:
                        self._reader.receive_data(rest)
                case _:
                    return

    def _begin(self) -> None:
        # One for each request: it would wait for an answer before it reads another.
        self._reader = h11.Connection(h11.SERVER, LONGEST_HEAD)
        self._body = bytearray()

    def _request(self) -> Request:
        head = self._head
        headers = _headers(head.headers)
        target = head.target.decode("latin-1")
        if target.startswith("/"):
            said = (v for n, v in headers if n.lower() == "host")
            target = f"{self._scheme}://{next(said, self._host)}{target}"
        return Request(head.method.decode(), target, headers, bytes(self._body))


class Ear:
    """Overhears a connection: what goes over it both ways becomes exchanges."""

    def __init__(self, origin: str, client: str, line: Listening) -> None:
        self._asked = Asked(origin)
        self._client = client
        self._line = line
        self._overheard: Overheard | None = None
        self._reader = h11.Connection(h11.CLIENT, LONGEST_HEAD)
        self._open = False
        self._headed = False

    def said(self, data: bytes) -> None:
        """The client sent this."""
        try:
            requests = [*self._asked.feed(data)]
        except h11.RemoteProtocolError:
            requests = []  # what is no HTTP is not ours to judge, nor to keep
        for request in requests:
            self._overheard = self._line.begin(request, self._client)
            self._reader = h11.Connection(h11.CLIENT, LONGEST_HEAD)
            self._reader.send(
                h11.Request(method=request.method, target="/", headers=[("host", "-")])
            )
            self._reader.send(h11.EndOfMessage())
            self._open = self._headed = False

    def heard(self, data: bytes) -> None:
        """The server sent this; nothing means that it is done."""
        if self._overheard is None:
            return
        try:
            self._reader.receive_data(data)
            while self._event(self._reader.next_event()):
                pass
        except h11.RemoteProtocolError:
            self.lost(ConnectionError("the connection was closed"))

    def lost(self, error: BaseException | None) -> None:
        """The network failed, or the server closed where it should go on."""
        overheard, self._overheard = self._overheard, None
        if overheard is None:
            return
        if not self._headed:
            overheard.fail(error or ConnectionError("the connection was closed"))
        else:
            reset = isinstance(error, ConnectionResetError)
            overheard.end("reset" if reset else "cut")

    def hung_up(self) -> None:
        """The client lets go of the answer."""
        overheard, self._overheard = self._overheard, None
        if overheard is None:
            return
        if self._headed:
            overheard.end("cut", hung_up=True)
        else:
            overheard.fail(ConnectionError("the client gave up"))

    def _event(self, event: object) -> bool:
        """Take in an event; whether there may be another."""
        assert self._overheard is not None
        match event:
            case h11.InformationalResponse():
                return True
            case h11.Response() as head:
                reason = head.reason.decode("latin-1")
                headers = _headers(head.headers)
                self._overheard.head(head.status_code, headers, reason)
                self._headed = True
                return True
            case h11.Data() as piece:
                goes_on = self._open and not piece.chunk_start
                self._overheard.piece(bytes(piece.data), goes_on=goes_on)
                # A body without chunks of its own is cut where the network cut it.
                self._open = (piece.chunk_start or goes_on) and not piece.chunk_end
                return True
            case h11.EndOfMessage():
                self._overheard.end("eof")
                self._overheard = None
        return False


def said(
    request: Request, response: Response, line: Playing
) -> Iterator[tuple[float, bytes]]:
    """The answer as a server sends it: seconds to wait, then bytes.

    Raises:
        ConnectionResetError: at the end of one that was reset.
    """
    writer = h11.Connection(h11.SERVER, LONGEST_HEAD)
    writer.receive_data(f"{request.method} / HTTP/1.1\r\nhost: -\r\n\r\n".encode())
    while not isinstance(writer.next_event(), h11.EndOfMessage):
        pass
    bodiless = request.method == "HEAD" or response.status in NO_BODY
    whole = len(response.chunks) < 2 and response.ending == "eof" and not bodiless
    headers = [(n, v) for n, v in response.headers if n.lower() not in FRAMING]
    if whole:
        headers.append(("Content-Length", str(sum(map(len, response.chunks)))))
    head = h11.Response(
        status_code=response.status, headers=headers, reason=response.reason.encode()
    )
    yield 0.0, writer.send(head) or b""
    delays = response.delays or (0,) * len(response.chunks)
    for chunk, delay in zip(response.chunks, delays, strict=True):
        if chunk and not bodiless:
            yield line.pace(delay), writer.send(h11.Data(data=chunk)) or b""
    if response.ending == "reset":
        raise ConnectionResetError(104, "Connection reset by peer")
    if response.ending == "eof":
        yield 0.0, writer.send(h11.EndOfMessage()) or b""


FRAMING = ("content-length", "transfer-encoding", "connection")
"""Headers that say how long a body is: the answer's own, whatever was recorded."""


def _headers(headers: h11._headers.Headers) -> Headers:
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in headers.raw_items()
    )
