"""The seam: HTTP of this process is answered from a tape, or listened to.

Clients are tapped in place, whoever made them and whenever: httpx and httpx2,
requests, urllib3, botocore and urllib, aiohttp; vcrpy's patches serve those that
have no tap of ours. What else opens a connection is refused while a tape is played,
and reported (``hermetic``).

Install it before vcrpy is imported: vcrpy keeps what clients use when it is loaded,
and goes round whatever came later.
"""

from __future__ import annotations

import http.client  # tapped though nobody has asked for it yet  # noqa: F401
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from types import ModuleType
from typing import Any

from harness.shell import hermetic
from harness.shell.pace import Pace, pace
from harness.shell.taps import (
    arrivals,
    over_aiohttp,
    over_httpx,
    over_sockets,
    over_vcrpy,
)
from harness.shell.taps.line import Heard, Line, Listening, Playing, patched
from harness.wire.http import Request, Response

TAPS = (over_httpx, over_sockets, over_aiohttp, over_vcrpy)
"""Each with its ``MODULES``, and the ``patches`` to make in one."""

SHORTEST = 0.001
"""Seconds slept instead of any longer: a loop that waits must not spin."""


@dataclass(slots=True)
class Played:
    """What went on while a tape was played.

    ``sockets`` are the connections that were tried past it, each with who tried;
    ``slept`` the seconds that clients wanted to sleep, between retries for one, and
    did not.
    """

    sockets: list[str]
    slept: list[float] = field(default_factory=list)


@contextmanager
def playing(
    answer: Callable[[Request], Response], timing: str | Pace = "none"
) -> Iterator[Played]:
    """Answer every request with what ``answer`` gives; nothing leaves the machine.

    Args:
        answer: gives the response, or raises ``ConnectionLost`` if there is none. It
            is asked by one thread at a time.
        timing: see :func:`pace`.

    Raises:
        UsageError: for a timing that does not exist.
    """
    lock = Lock()

    def one_at_a_time(request: Request) -> Response:
        with lock:
            return answer(request)

    line = Playing(one_at_a_time, pace(timing) if isinstance(timing, str) else timing)
    with hermetic.watched() as sockets, _tapped(line):
        played = Played(sockets)
        with _unslept(played.slept):
            yield played


@contextmanager
def replayed(answer: Callable[[Request], Response]) -> Iterator[list[str]]:
    """As :func:`playing`; gives the connections that were tried past it.

    Clients that are made meanwhile read no list of trusted authorities: that takes
    longer than the rest of a replay, and there is nobody to trust. One that is kept
    trusts nobody, later.
    """
    with playing(answer) as played, _trusting_nobody():
        yield played.sockets


@contextmanager
def _trusting_nobody() -> Iterator[None]:
    owner: Any = ssl.SSLContext
    own = {name: vars(owner).get(name) for name in TRUST}
    for name in TRUST:
        setattr(owner, name, lambda context, *arguments, **more: None)
    try:
        yield
    finally:
        for name, before in own.items():
            if before is None:  # it is inherited, and shows again
                delattr(owner, name)
            else:
                setattr(owner, name, before)


@contextmanager
def listening(during: Callable[[], str] = str) -> Iterator[Listening]:
    """Let every request go, and keep what comes back, as it comes.

    Answers that go on when the block ends are cut there.

    Args:
        during: asked at each request what is going on.
    """
    line = Listening(during)
    with _tapped(line):
        yield line
    for overheard in [*line.going_on]:
        overheard.end("cut", hung_up=True)


def heard(line: Listening) -> list[Heard]:
    """What was overheard, in the order it was asked for."""
    return sorted(line.heard, key=lambda one: one.began)


@contextmanager
def _tapped(line: Line) -> Iterator[None]:
    with ExitStack() as undone:

        def tap(patches: Any, module: ModuleType) -> None:
            undone.callback(patched(patches(module, line), line))

        wanted = {
            name: partial(tap, each.patches) for each in TAPS for name in each.MODULES
        }
        undone.callback(setattr, line, "is_open", False)
        with arrivals.told(wanted):
            yield


@contextmanager
def _unslept(slept: list[float]) -> Iterator[None]:
    """No sleep takes longer than a moment, and each that would is counted."""
    with ExitStack() as undone:

        def shorten(module: Any) -> None:
            original = module.sleep  # anyio has it by __getattr__, so it may stay set
            shorter = _sync if module.__name__ == "time" else _async
            module.sleep = shorter(original, slept)
            undone.callback(setattr, module, "sleep", original)

        with arrivals.told(dict.fromkeys(SLEEPERS, shorten)):
            yield


def _sync(original: Any, slept: list[float]) -> Any:
    def sleep(seconds: float) -> None:
        if seconds > SHORTEST:
            slept.append(seconds)
        original(min(seconds, SHORTEST))

    return sleep


def _async(original: Any, slept: list[float]) -> Any:
    async def sleep(delay: float, *result: Any, **more: Any) -> Any:
        if delay > SHORTEST:
            slept.append(delay)
        return await original(min(delay, SHORTEST), *result, **more)

    return sleep


TRUST = ("load_verify_locations", "load_default_certs")
"""What reads the list of authorities that a client trusts."""

SLEEPERS = ("time", "asyncio", "anyio", "trio")
"""Modules whose ``sleep`` clients sleep with."""
