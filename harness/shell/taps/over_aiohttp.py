"""aiohttp: its connectors get a connection of ours, or one that is listened to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import h11

from harness.errors import ConnectionLost
from harness.shell.taps.line import Line, Patch, Playing
from harness.shell.taps.over_bytes import Asked, Ear, said
from harness.wire.http import Request

MODULES = ("aiohttp.connector",)

A_MOMENT, MOST_TRIES = 0.001, 1000
"""Seconds between looks at whether a client has read all, and how many looks."""


def patches(module: ModuleType, line: Line) -> Iterator[Patch]:
    """How the connectors of aiohttp connect."""
    for name in ("TCPConnector", "UnixConnector"):
        owner = getattr(module, name)
        original = owner.__dict__["_create_connection"]
        made = _plays(line) if isinstance(line, Playing) else _listens(line, original)
        yield owner, "_create_connection", made


def _plays(line: Playing) -> Any:
    async def _create_connection(
        connector: Any, req: Any, traces: Any, timeout: Any
    ) -> Any:
        protocol = connector._factory()
        protocol.connection_made(Played(protocol, line, str(req.url.origin())))
        return protocol

    return _create_connection


def _listens(line: Any, original: Any) -> Any:
    async def _create_connection(
        connector: Any, req: Any, traces: Any, timeout: Any
    ) -> Any:
        protocol = await original(connector, req, traces, timeout)
        ear = Ear(str(req.url.origin()), "aiohttp", line)
        transport = protocol.transport
        transport.set_protocol(TappedProtocol(protocol, ear))
        protocol.transport = Tapped(transport, ear)
        return protocol

    return _create_connection


# ---------------------------------------------------------------------------- playing


class Played(asyncio.Transport):
    """A connection on whose other side is a tape."""

    def __init__(self, protocol: asyncio.Protocol, line: Playing, origin: str) -> None:
        super().__init__()
        self._protocol = protocol
        self._line = line
        self._asked = Asked(origin)
        self._loop = asyncio.get_running_loop()
        self._closing = False
        self._paused = False
        self._pieces: Iterator[tuple[float, bytes]] = iter(())
        self._timer: asyncio.Handle | None = None

    def write(self, data: Any) -> None:
        """Take in what the client sends, and begin to answer once it is complete."""
        try:
            for request in self._asked.feed(bytes(data)):
                self._answer(request)
        except h11.RemoteProtocolError as error:
            self._lose(ConnectionError(f"no HTTP request: {error}"))

    def is_closing(self) -> bool:
        """Whether it was closed, by either side."""
        return self._closing

    def close(self) -> None:
        """The client lets go."""
        self._lose(None)

    abort = close

    def pause_reading(self) -> None:
        """The client has enough for now."""
        self._paused = True

    def resume_reading(self) -> None:
        """The client takes more."""
        if self._paused:
            self._paused = False
            self._next()

    def is_reading(self) -> bool:
        """Whether the client takes more."""
        return not (self._paused or self._closing)

    def _answer(self, request: Request) -> None:
        try:
            response = self._line.answer(request)
        except ConnectionLost as error:
            self._lose(ConnectionRefusedError(111, str(error)))
            return
        self._pieces = said(request, response, self._line)
        self._ends = response.ending != "eof"
        self._next()

    def _next(self) -> None:
        if self._timer is not None or self._closing:
            return
        try:
            wait, piece = next(self._pieces, (0.0, None))
        except ConnectionResetError as error:
            self._break_off(error)
            return
        if piece is not None:
            # Even without a wait each piece is a turn of the loop: so its reader
            # sees one before the next comes.
            self._timer = self._loop.call_later(wait, self._give, piece)
        elif self._ends:
            self._break_off(None)

    def _give(self, piece: bytes) -> None:
        self._timer = None
        self._protocol.data_received(piece)
        if not self._paused:
            self._next()

    def _break_off(self, error: Exception | None, tries: int = MOST_TRIES) -> None:
        """Lose the connection once what came before was read: an error overtakes."""
        payload = getattr(self._protocol, "_payload", None)
        if tries and getattr(payload, "_size", 0):
            self._loop.call_later(A_MOMENT, self._break_off, error, tries - 1)
        else:
            self._lose(error)

    def _lose(self, error: Exception | None) -> None:
        if not self._closing:
            self._closing = True
            if self._timer is not None:
                self._timer.cancel()
            self._loop.call_soon(self._protocol.connection_lost, error)


# -------------------------------------------------------------------------- listening


class Tapped:
    """A transport whose writes are told; all else it does by itself."""

    def __init__(self, transport: Any, ear: Ear) -> None:
        self._transport = transport
        self._ear = ear

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: Any) -> None:
        """Send, and tell."""
        self._transport.write(data)
        self._ear.said(bytes(data))

    def writelines(self, pieces: Any) -> None:
        """Send, and tell."""
        self.write(b"".join(pieces))

    def close(self) -> None:
        """The client has done with the connection."""
        self._ear.hung_up()
        self._transport.close()

    def abort(self) -> None:
        """The client is in a hurry."""
        self._ear.hung_up()
        self._transport.abort()


class TappedProtocol(asyncio.Protocol):
    """Stands between a transport and a client's protocol, and tells what comes."""

    def __init__(self, protocol: Any, ear: Ear) -> None:
        self._protocol = protocol
        self._ear = ear

    def data_received(self, data: bytes) -> None:
        """As the server sent it."""
        self._ear.heard(bytes(data))
        self._protocol.data_received(data)

    def eof_received(self) -> Any:
        """The server is done."""
        self._ear.heard(b"")
        return self._protocol.eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone."""
        self._ear.lost(error)
        self._protocol.connection_lost(error)

    def pause_writing(self) -> None:
        """The network has enough for now."""
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        """The network takes more."""
        self._protocol.resume_writing()
