"""Hermetic: whoever opens a connection while a replay is watched is found out."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_watchers: list[list[str]] = []
"""Who is watching now; an audit hook can never be removed, so it asks this list."""

_hooked: list[bool] = []

MOST_CALLERS = 3
"""Frames of a stack that are worth showing."""


@contextmanager
def watched() -> Iterator[list[str]]:
    """Addresses that were connected, sent to or looked up meanwhile; none is let.

    Each with the stack of whoever tried, the innermost call first.
    """
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked.append(True)
    seen: list[str] = []
    _watchers.append(seen)
    try:
        yield seen
    finally:
        _watchers.remove(seen)


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if not _watchers or event not in REACHES_OUT:
        return
    tried = f"{event} {args[REACHES_OUT[event]]}"
    callers = " < ".join(_callers(sys._getframe(1)))
    _watchers[-1].append(f"{tried} by {callers}" if callers else tried)
    raise PermissionError(f"a replay is hermetic: {tried} is not allowed")


def _callers(frame: FrameType | None) -> Iterator[str]:
    """Functions that are neither Python's own nor ours, the innermost first."""
    found = 0
    while frame is not None and found < MOST_CALLERS:
        name = frame.f_globals.get("__name__", "?")
        file = frame.f_code.co_filename
        ours = name.startswith("harness.") and not name.startswith("harness.adapters")
        if not ours and (not file.startswith(STDLIB) or "-packages" in file):
            yield f"{name}.{frame.f_code.co_qualname} (line {frame.f_lineno})"
            found += 1
        frame = frame.f_back


STDLIB = (sysconfig.get_path("stdlib"), "<frozen")

REACHES_OUT = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.gethostbyaddr": 0,
}
"""Audit events of whoever leaves the machine, and which argument says where to."""
