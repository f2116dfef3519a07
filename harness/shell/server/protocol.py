"""Protocol: HTTP/1.1 on a socket, with every chunk of an answer as it was cut.

What goes out is written here, since no server leaves it to us where a chunk ends and
how a connection does. An answer that waits for nothing is one write.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from inspect import isawaitable
from itertools import accumulate, chain, repeat
from typing import Any, TypeAlias, cast

from harness.errors import ConnectionLost
from harness.shell.server.reading import Reading, Refused
from harness.shell.server.written import LAST, apart, chunk, head, written
from harness.wire.http import Ending, Headers, Request, Response

PATIENCE = 20.0
"""Seconds that a request may take to arrive."""

IDLE = 75.0
"""Seconds that a connection is kept without a request."""

RESET = struct.pack("ii", 1, 0)
"""``SO_LINGER`` with no patience: closing sends a reset."""


@dataclass(frozen=True, slots=True)
class Flowing:
    """An answer that is still being made.

    Attributes:
        chunks: raises ``ConnectionLost`` where no more will come.
        ending: how the connection ends after the last of them.
    """

    status: int
    headers: Headers
    chunks: AsyncGenerator[bytes]
    ending: Ending = "eof"
    reason: str = ""


Answer: TypeAlias = Response | Flowing

Answering: TypeAlias = Callable[[Request], Answer | Awaitable[Answer]]
"""Gives the answer to a request, or raises ``ConnectionLost`` to hang up."""

Pace: TypeAlias = Callable[[Response, int], float]
"""Seconds to wait for a chunk of a response that was waited for so many milliseconds.
"""


def origin(address: tuple[Any, ...], tls: bool) -> str:
    """The URL of an address of a socket, without a path."""
    host, port = address[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if tls else 'http'}://{shown}:{port}"


class Connection(asyncio.Protocol):
    """One connection; its requests are answered one after the other.

    Args:
        answer: gives the answers.
        pace: how long their chunks are waited for.
        open_: where it stands among the others, while it is open.
    """

    def __init__(
        self,
        answer: Answering,
        pace: Pace,
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
        self._due: _Due | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ending = self._is_awaited = False
        self._reading = Reading("")

    # ------------------------------------------------------------ what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody is there."""
        self._transport = cast("asyncio.Transport", transport)
        self._tls = transport.get_extra_info("sslcontext") is not None
        address = transport.get_extra_info("sockname")
        self._reading = Reading(origin(address, self._tls))
        self._all.add(self)
        self._patience(PATIENCE)

    def connection_lost(self, error: Exception | None) -> None:
        """They are gone."""
        self._all.discard(self)
        self._patience(None)
        self._writable.set()
        self._due = None
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        """Bytes of a request."""
        try:
            requests = self._reading.feed(data)
        except Refused as refused:
            self._refuse(refused.status)
            return
        if self._reading.wants_to_go_on():
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if requests:
            self._patience(None)
            self._waiting += requests
            if self._is_busy:
                self._transport.pause_reading()
            else:
                self._next()

    def eof_received(self) -> bool:
        """No more will come; what was asked is still answered."""
        self._ending = True
        if self._tls or self._is_awaited:
            return False  # TLS has no half of a connection, and whoever asks vendors,
            # and then goes, is not to be paid for
        return self._is_busy

    @property
    def _is_busy(self) -> bool:
        """Whether a request is being answered."""
        return self._task is not None or self._due is not None

    def pause_writing(self) -> None:
        """The client reads slower than we write."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """It has caught up."""
        self._writable.set()
        if self._due is not None:
            self._send_due(self._due)

    def finish(self) -> None:
        """Close when what is being answered is."""
        self._ending = True
        if not self._is_busy:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    # ------------------------------------------------------------------- answering

    def _patience(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = (
            self._loop.call_later(seconds, self._too_late) if seconds else None
        )

    def _too_late(self) -> None:
        if self._reading.has_begun:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self._transport.close()

    def _refuse(self, status: HTTPStatus) -> None:
        """Say why, and hang up."""
        if self._transport.is_closing():
            return
        said = f'{{"error": {{"message": "{status.phrase}"}}}}'.encode()
        response = Response(status, (("content-type", "application/json"),), (said,))
        self._transport.write(written(response, False, False))
        self._transport.close()

    def _fail(self, error: Exception, has_begun: bool) -> None:
        """Say on standard error what went wrong here, and to the client that it did."""
        context = {"message": "harness serve: an answer failed", "exception": error}
        self._loop.call_exception_handler(context)
        if has_begun:
            self._transport.close()
        else:
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR)

    def _next(self) -> None:
        """Answer the next request: at once, where nothing is waited for."""
        while self._waiting and not self._transport.is_closing():
            request, kept = self._waiting.pop(0)
            kept = kept and not self._ending
            try:
                answer = self._answer(request)
            except ConnectionLost:
                self._transport.close()
                return
            except Exception as error:  # whoever answers: the next client is served
                self._fail(error, False)
                return
            if isinstance(answer, Response):
                waits = [self._pace(answer, delay) for delay in answer.delays]
                if not any(waits) and self._writable.is_set():
                    bare = request.method == "HEAD"
                    self._transport.write(written(answer, bare, kept))
                    self._end(answer.ending, kept=kept)
                    continue
                pieces = apart(answer, request.method == "HEAD", kept)
                begun = self._loop.time()
                due = accumulate(chain((begun,), waits, repeat(0.0)))
                pending = deque(zip(due, pieces, strict=False))
                self._due = _Due(pending, answer.ending, kept)
                self._loop.call_soon(self._send_due, self._due)
                return
            self._is_awaited = True
            self._task = self._loop.create_task(self._awaited(answer, request, kept))
            return
        if not self._transport.is_closing():
            self._transport.resume_reading()
            self._patience(IDLE)

    def _send_due(self, due: _Due) -> None:
        """Send the pieces that are due, and come back for the next of them.

        Times are counted from the beginning, so that waits do not add up late.
        """
        if due is not self._due or not self._writable.is_set():
            return  # it is over, or goes on when the client has caught up
        now, pending = self._loop.time(), due.pending
        ready = []
        while pending and pending[0][0] <= now:
            ready.append(pending.popleft()[1])
        self._transport.write(b"".join(ready))
        if pending:
            self._loop.call_at(pending[0][0], self._send_due, due)
            return
        self._due = None
        self._end(due.ending, kept=due.kept and not self._ending)
        if not self._transport.is_closing():
            self._next()

    async def _awaited(
        self, coming: Answer | Awaitable[Answer], request: Request, kept: bool
    ) -> None:
        """An answer that is waited for: its beginning, its chunks, or both."""
        bare = request.method == "HEAD"
        has_begun = False
        try:
            answer = await coming if isawaitable(coming) else coming
            has_begun = True
            if isinstance(answer, Response):
                self._transport.write(written(answer, bare, kept))
                ending = answer.ending
            else:
                ending = await self._flow(answer, bare, kept)
        except ConnectionLost:
            ending = "cut"
        except Exception as error:  # the same, of an answer that is awaited
            self._fail(error, has_begun)
            return
        finally:
            self._task, self._is_awaited = None, False
        self._end(ending, kept=kept and not self._ending)
        if not self._transport.is_closing():
            self._next()

    async def _flow(self, answer: Flowing, bare: bool, kept: bool) -> Ending:
        begins = head(answer.status, answer.headers, None, kept, answer.reason)
        self._transport.write(begins)
        async with contextlib.aclosing(answer.chunks) as chunks:
            if bare:
                return "eof"
            async for data in chunks:
                await self._writable.wait()
                if self._transport.is_closing():
                    return "cut"
                if data:
                    self._transport.write(chunk(data))
        if answer.ending == "eof":
            self._transport.write(LAST)
        return answer.ending

    def _end(self, ending: Ending, *, kept: bool) -> None:
        if ending == "reset":
            # What was written is to be read before the reset throws it away.
            self._loop.call_later(0.05, self._reset)
            self._ending = True
        elif ending != "eof" or not kept:
            self._transport.close()

    def _reset(self) -> None:
        own: socket.socket | None = self._transport.get_extra_info("socket")
        if own is not None:  # the client was not faster
            with contextlib.suppress(OSError):
                own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self._transport.abort()


@dataclass(slots=True)
class _Due:
    """An answer whose pieces are sent when they are due, at times of the loop."""

    pending: deque[tuple[float, bytes]]
    ending: Ending
    kept: bool
