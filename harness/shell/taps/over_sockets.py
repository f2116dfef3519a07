"""http.client and urllib3, and all that is built on them: urllib, requests, botocore.

Their connections get a socket of ours, or one that is listened to.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import h11

from harness.errors import ConnectionLost
from harness.shell.taps.line import Line, Listening, Patch, Playing, sleep
from harness.shell.taps.over_bytes import Asked, Ear, said
from harness.wire.http import Request

MODULES = ("http.client", "urllib3.connection")

CONNECTING = "_harness_is_connecting"
"""Set on a connection whose ``connect`` calls that of its parent class."""


def patches(module: ModuleType, line: Line) -> Iterator[Patch]:
    """How connections of either kind connect."""
    for name in ("HTTPConnection", "HTTPSConnection"):
        owner = getattr(module, name)
        if "connect" not in owner.__dict__:
            continue
        if isinstance(line, Playing):
            yield owner, "connect", _plays(line)
        else:
            yield owner, "connect", _listens(line, owner.__dict__["connect"])


def _plays(line: Playing) -> Callable[[Any], None]:
    def connect(connection: Any) -> None:
        connection.sock = Played(connection, line)
        if hasattr(connection, "is_verified"):
            connection.is_verified = True  # nothing is sent that could be read

    return connect


def _listens(line: Listening, original: Callable[[Any], None]) -> Callable[[Any], None]:
    def connect(connection: Any) -> None:
        if getattr(connection, CONNECTING, False):
            original(connection)
            return
        setattr(connection, CONNECTING, True)
        try:
            original(connection)
        finally:
            delattr(connection, CONNECTING)
        client = type(connection).__module__.partition(".")[0]
        ear = Ear(_origin(connection), client, line)
        connection.sock = Tapped(connection.sock, ear)

    return connect


def _origin(connection: Any) -> str:
    """Where a connection leads, behind whatever proxy."""
    tunnelled = getattr(connection, "_tunnel_host", None)
    host = tunnelled or connection.host
    port = getattr(connection, "_tunnel_port", None) if tunnelled else connection.port
    scheme = "https" if connection.default_port == 443 else "http"
    usual = {"https": 443, "http": 80}[scheme]
    name = f"[{host}]" if ":" in host else host
    return f"{scheme}://{name}" + ("" if port in (None, usual) else f":{port}")


# ---------------------------------------------------------------------------- playing


class Played:
    """A socket on whose other side is a tape. It gives one answer, like any server
    that then closes."""

    def __init__(self, connection: Any, line: Playing) -> None:
        self._connection = connection
        self._line = line
        self._asked = Asked(_origin(connection))
        self._requests: list[Request] = []
        self._timeout: float | None = None

    def sendall(self, data: Any) -> None:
        """Take in what the client sends."""
        try:
            self._requests += self._asked.feed(bytes(data))
        except h11.RemoteProtocolError as error:
            raise ConnectionError(f"no HTTP request: {error}") from error

    def send(self, data: Any) -> int:
        """All of it at once."""
        self.sendall(data)
        return len(data)

    def makefile(self, mode: str, buffering: int | None = None) -> io.BufferedReader:
        """The answer, as bytes.

        Raises:
            ConnectionRefusedError: if there is none.
        """
        # The next request gets a connection of its own.
        self._connection.sock = None
        if not self._requests:
            raise ConnectionError("the request is not complete")
        request = self._requests.pop(0)
        try:
            response = self._line.answer(request)
        except ConnectionLost as error:
            raise ConnectionRefusedError(111, str(error)) from None
        spoken = said(request, response, self._line)
        return io.BufferedReader(_Spoken(spoken, lambda: self._timeout))

    def settimeout(self, seconds: float | None) -> None:
        """How long to wait for a piece."""
        self._timeout = seconds

    def gettimeout(self) -> float | None:
        """As set."""
        return self._timeout

    def setsockopt(self, *_: object) -> None:
        """There is nothing to set."""

    def getpeername(self) -> tuple[str, int]:
        """Whom it stands for."""
        return self._connection.host, self._connection.port

    def shutdown(self, how: int) -> None:
        """There is nothing to shut."""

    def close(self) -> None:
        """There is nothing to let go of."""


class _Spoken(io.RawIOBase):
    """Pieces with the waits before them, one a read."""

    def __init__(
        self,
        pieces: Iterator[tuple[float, bytes]],
        timeout: Callable[[], float | None],
    ) -> None:
        self._pieces = pieces
        self._timeout = timeout
        self._left = memoryview(b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next piece, or as much of it as there is room for."""
        while not self._left:
            wait, piece = next(self._pieces, (0.0, None))
            if piece is None:
                return 0
            self._wait(wait)
            self._left = memoryview(piece)
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count

    def _wait(self, seconds: float) -> None:
        timeout = self._timeout()
        if seconds and timeout is not None and seconds > timeout:
            sleep(timeout)
            raise TimeoutError("timed out")
        if seconds:
            sleep(seconds)


# -------------------------------------------------------------------------- listening


class Tapped:
    """A socket that somebody listens to; all else it does by itself."""

    def __init__(self, sock: Any, ear: Ear) -> None:
        self._sock = sock
        self._ear = ear

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def sendall(self, data: Any, *flags: int) -> None:
        """Send, and tell."""
        self._sock.sendall(data, *flags)
        self._ear.said(bytes(data))

    def send(self, data: Any, *flags: int) -> int:
        """Send what can be sent, and tell."""
        count: int = self._sock.send(data, *flags)
        self._ear.said(bytes(data[:count]))
        return count

    def makefile(self, mode: str, buffering: int | None = None) -> io.BufferedReader:
        """What comes, told as it is read."""
        return io.BufferedReader(_Told(self._sock.makefile("rb", 0), self._ear))


class _Told(io.RawIOBase):
    """Reads, and tells what was read."""

    def __init__(self, raw: io.RawIOBase, ear: Ear) -> None:
        self._raw = raw
        self._ear = ear

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """As the socket does."""
        try:
            count: int | None = self._raw.readinto(buffer)
        except TimeoutError:
            raise
        except OSError as error:
            self._ear.lost(error)
            raise
        if count is not None:
            self._ear.heard(bytes(buffer[:count]))
        return count

    def close(self) -> None:
        """The client has done with the answer."""
        if not self.closed:
            self._ear.hung_up()
            self._raw.close()
        super().close()
