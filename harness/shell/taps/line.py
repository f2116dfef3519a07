"""A line: what becomes of a request that a client of this process sends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from types import FunctionType
from typing import Any, TypeAlias

from harness.cassette.tape import OF_A_PACKED_BODY, Exchange
from harness.shell.pace import Pace
from harness.wire.http import Ending, Headers, Request, Response
from harness.wire.packing import Unpacker

Patch: TypeAlias = tuple[Any, str, Any]
"""An owner, the name of what it has, and what stands there instead."""

sleep = time.sleep
"""The real one, whatever becomes of it during a replay."""


@dataclass(slots=True)
class Playing:
    """Requests are answered here, and nothing leaves the machine.

    ``answer`` raises ``ConnectionLost`` for a request that nothing is recorded for.
    ``is_open`` is whether it still is so.
    """

    answer: Callable[[Request], Response]
    pace: Pace
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Heard:
    """An exchange that was overheard.

    ``hung_up`` is whether the client let go before the network came to an end;
    ``began`` is when it was asked, in seconds of the monotonic clock; ``during`` is
    what was going on then.
    """

    exchange: Exchange
    client: str
    began: float
    during: str = ""
    hung_up: bool = False


@dataclass(slots=True)
class Listening:
    """Requests go out as ever, and what comes back is kept.

    ``unanswered`` says which requests never had an answer, and why; ``going_on``
    are the answers that have not come to their end; ``during`` says what is going
    on when a request is sent, such as the name of a test.
    """

    during: Callable[[], str] = str
    heard: list[Heard] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    going_on: list[Overheard] = field(default_factory=list)
    is_open: bool = True

    def begin(self, request: Request, client: str) -> Overheard:
        """A request went out just now."""
        overheard = Overheard(request, client, self)
        self.going_on.append(overheard)
        return overheard


Line: TypeAlias = Playing | Listening


class Overheard:
    """An answer on its way to a client, kept as the network cut it.

    Chunks are kept without their content encoding, so that people can read them.
    """

    def __init__(self, request: Request, client: str, listening: Listening) -> None:
        self._request = request
        self._client = client
        self._listening = listening
        self._during = listening.during()
        self._head = Response(0)
        self._chunks: list[bytes] = []
        self._delays: list[int] = []
        self._unpacker = Unpacker(None)
        self._ended = False
        self._began = self._last = time.monotonic()

    def head(self, status: int, headers: Headers, reason: str) -> None:
        """The head of the answer is there."""
        self._head = Response(status, headers, reason=reason)
        codings = ", ".join(v for n, v in headers if n.lower() == "content-encoding")
        if codings:
            self._unpack(codings)

    def _unpack(self, codings: str) -> None:
        try:
            self._unpacker = Unpacker(codings)
        except ValueError:
            return  # what nobody can unpack is kept as it came, and so are its headers
        head = self._head
        headers = tuple(h for h in head.headers if h[0].lower() not in OF_A_PACKED_BODY)
        self._head = Response(head.status, headers, reason=head.reason)

    def piece(self, raw: bytes, *, goes_on: bool = False) -> None:
        """A piece of the body came; it may be the rest of the one before."""
        try:
            plain = self._unpacker.feed(raw)
        except ValueError:  # the client will say so, too
            self._unpacker, plain = Unpacker(None), raw
        now = time.monotonic()
        waited = round((now - self._last) * 1000)
        if not plain:
            return  # the wait is part of the next piece's
        self._last = now
        if goes_on and self._chunks:
            self._chunks[-1] += plain
            self._delays[-1] += waited
        else:
            self._chunks.append(plain)
            self._delays.append(waited)

    def end(self, ending: Ending, *, hung_up: bool = False) -> None:
        """The body is over; whoever says so first is right."""
        if self._ended:
            return
        self._ended = True
        self._listening.going_on.remove(self)
        head = self._head
        response = Response(
            head.status,
            head.headers,
            tuple(self._chunks),
            tuple(self._delays),
            ending,
            head.reason,
        )
        exchange = Exchange(self._request, response)
        self._listening.heard.append(
            Heard(exchange, self._client, self._began, self._during, hung_up)
        )

    def fail(self, error: BaseException) -> None:
        """There is no answer, not even a head."""
        if not self._ended:
            self._ended = True
            self._listening.going_on.remove(self)
            asked = f"{self._request.method} {self._request.url}"
            self._listening.unanswered.append(f"{asked}: {type(error).__name__}")


def patched(patches: Iterator[Patch], line: Line) -> Callable[[], None]:
    """Put everything in its place while the line is open; what is given undoes it."""
    undone: list[Patch] = []
    for owner, name, instead in patches:
        before = vars(owner)[name]
        undone.append((owner, name, before))
        setattr(owner, name, _while_open(instead, before, line))

    def undo() -> None:
        for owner, name, before in reversed(undone):
            setattr(owner, name, before)

    return undo


def _while_open(instead: Any, before: Any, line: Line) -> Any:
    """One or the other: vcrpy keeps what it finds for ever, and calls it later."""
    if not isinstance(instead, FunctionType):
        return instead

    @wraps(before)
    def either(*arguments: Any, **more: Any) -> Any:
        return (instead if line.is_open else before)(*arguments, **more)

    return either
