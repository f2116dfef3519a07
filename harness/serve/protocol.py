"""Protocol: HTTP/1.1 on a socket, with every chunk of an answer as it was cut.

What arrives is parsed by httptools; what goes out is written here, since no server
leaves it to us where a chunk ends and how a connection does. An answer that waits for
nothing is one write.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from typing import Any, cast

import httptools

from harness.wire.http import Request, Response

MOST_HEAD = 64 << 10
"""Bytes of a request's line and headers."""

MOST_BODY = 64 << 20
"""Bytes of its body."""

PATIENCE = 20.0
"""Seconds that a request may take to arrive."""

IDLE = 75.0
"""Seconds that a connection is kept without a request."""

RESET = struct.pack("ii", 1, 0)
"""``SO_LINGER`` with no patience: closing sends a reset."""

OURS = frozenset(
    {"connection", "content-encoding", "content-length", "date", "keep-alive", "server",
     "trailer", "transfer-encoding", "upgrade"}
)  # fmt: skip
"""Headers that speak of a connection or a packing which is not this one."""


class Connection(asyncio.Protocol):
    """One connection; its requests are answered one after the other.

    Args:
        answer: gives the response to a request whose URL is a path.
        pace: seconds to wait for a chunk that was waited for so many milliseconds.
        open_: where it stands among the others, while it is open.
    """

    def __init__(
        self,
        answer: Callable[[Request], Response],
        pace: Callable[[Response, int], float],
        open_: set[Connection],
    ) -> None:
        self._answer = answer
        self._pace = pace
        self._all = open_
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport = cast("asyncio.Transport", None)
        self._writable = asyncio.Event()
        self._writable.set()
        self._waiting: list[tuple[Request, bool]] = []
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ending = False
        self._parser = httptools.HttpRequestParser(self)
        self._start()

    # ------------------------------------------------------------ what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody is there."""
        self._transport = cast("asyncio.Transport", transport)
        self._all.add(self)
        self._patience(PATIENCE)

    def connection_lost(self, error: Exception | None) -> None:
        """They are gone."""
        self._all.discard(self)
        self._patience(None)
        self._writable.set()
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        """Bytes of a request."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._refuse(HTTPStatus.NOT_IMPLEMENTED)
        except httptools.HttpParserCallbackError as error:
            self._refuse(cast("Any", error.__context__).args[0])
        except httptools.HttpParserError:
            self._refuse(HTTPStatus.BAD_REQUEST)

    def eof_received(self) -> bool:
        """No more will come; what was asked is still answered."""
        self._ending = True
        return self._task is not None

    def pause_writing(self) -> None:
        """The client reads slower than we write."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """It has caught up."""
        self._writable.set()

    def finish(self) -> None:
        """Close when what is being answered is."""
        self._ending = True
        if self._task is None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    # --------------------------------------------------------- what the parser calls

    def on_url(self, url: bytes) -> None:
        """A piece of the target."""
        self._count(len(url))
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        self._count(len(name) + len(value) + 4)
        self._headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        """The head is whole."""
        for name, value in self._headers:
            lowered = name.lower()
            if lowered == "content-length" and int(value) > MOST_BODY:
                raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            if lowered == "expect" and value.lower() == "100-continue":
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._size += len(body)
        if self._size > MOST_BODY:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        self._body.append(body)

    def on_message_complete(self) -> None:
        """A whole request."""
        request = Request(
            self._parser.get_method().decode("latin-1"),
            self._url.decode("latin-1"),
            tuple(self._headers),
            b"".join(self._body),
        )
        kept = self._parser.should_keep_alive()
        self._start()
        self._patience(None)
        self._waiting.append((request, kept))
        if self._task is None:
            self._next()
        else:
            self._transport.pause_reading()

    # ------------------------------------------------------------------- answering

    def _start(self) -> None:
        self._url = b""
        self._headers: list[tuple[str, str]] = []
        self._body: list[bytes] = []
        self._head = self._size = 0

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > MOST_HEAD:
            raise _Refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def _patience(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = (
            self._loop.call_later(seconds, self._too_late) if seconds else None
        )

    def _too_late(self) -> None:
        if self._head or self._size:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self._transport.close()

    def _refuse(self, status: HTTPStatus) -> None:
        """Say why, and hang up."""
        if self._transport.is_closing():
            return
        said = f'{{"error": {{"message": "{status.phrase}"}}}}'.encode()
        response = Response(status, (("content-type", "application/json"),), (said,))
        self._transport.write(_head(response, None, kept=False) + said)
        self._transport.close()

    def _next(self) -> None:
        """Answer the next request: at once, where nothing is waited for."""
        while self._waiting and not self._transport.is_closing():
            request, kept = self._waiting.pop(0)
            response = self._answer(request)
            waits = [self._pace(response, delay) for delay in response.delays]
            kept = kept and not self._ending
            if any(waits) or not self._writable.is_set():
                send = self._send(request, response, waits, kept=kept)
                self._task = self._loop.create_task(send)
                return
            self._transport.write(_written(response, request.method == "HEAD", kept))
            self._end(response, kept=kept)
        if not self._transport.is_closing():
            self._transport.resume_reading()
            self._patience(IDLE)

    async def _send(
        self, request: Request, response: Response, waits: list[float], *, kept: bool
    ) -> None:
        """An answer whose chunks are waited for, each until it is due.

        Due times are counted from the beginning, so that waits do not add up late.
        """
        due = self._loop.time()
        whole = _is_whole(response, waits)
        self._transport.write(_head(response, whole, kept=kept))
        waits += [0.0] * (len(response.chunks) - len(waits))
        if request.method != "HEAD":
            for chunk, wait in zip(response.chunks, waits, strict=True):
                due += wait
                await asyncio.sleep(max(0.0, due - self._loop.time()))
                await self._writable.wait()
                if self._transport.is_closing():
                    return
                if chunk:
                    self._transport.write(chunk if whole is not None else _chunk(chunk))
            if whole is None and response.ending == "eof":
                self._transport.write(LAST)
        self._task = None
        self._end(response, kept=kept)
        if not self._transport.is_closing():
            self._next()

    def _end(self, response: Response, *, kept: bool) -> None:
        if response.ending == "reset":
            # What was written is to be read before the reset throws it away.
            self._loop.call_later(0.05, self._reset)
            self._ending = True
        elif response.ending != "eof" or not kept:
            self._transport.close()

    def _reset(self) -> None:
        own: socket.socket = self._transport.get_extra_info("socket")
        with contextlib.suppress(OSError):
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self._transport.abort()


class _Refused(Exception):
    """A request that is not read any further; its argument is the status."""


LAST = b"0\r\n\r\n"
"""The chunk that ends a body."""


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _is_whole(response: Response, waits: list[float]) -> int | None:
    """The length of a body that is one chunk and comes at once."""
    if len(response.chunks) > 1 or any(waits) or response.ending != "eof":
        return None
    return sum(map(len, response.chunks))


@lru_cache(256)  # what is served is served again
def _written(response: Response, bare: bool, kept: bool) -> bytes:
    """A whole answer; its head alone, if it is to be ``bare``."""
    whole = _is_whole(response, [])
    head = _head(response, whole, kept=kept)
    if bare:
        return head
    if whole is not None:
        return head + b"".join(response.chunks)
    last = LAST if response.ending == "eof" else b""
    return b"".join((head, *map(_chunk, filter(None, response.chunks)), last))


def _head(response: Response, length: int | None, *, kept: bool) -> bytes:
    reason = response.reason or PHRASES.get(response.status, "")
    lines = [f"HTTP/1.1 {response.status} {reason}"]
    lines += [f"{n}: {v}" for n, v in response.headers if n.lower() not in OURS]
    lines.append(
        "transfer-encoding: chunked" if length is None else f"content-length: {length}"
    )
    if not kept:
        lines.append("connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


PHRASES = {status.value: status.phrase for status in HTTPStatus}
