"""Hermetic: whoever opens a connection while a replay is watched is found out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_watchers: list[list[str]] = []
"""Who is watching now; an audit hook can never be removed, so it asks this list."""

_hooked: list[bool] = []


@contextmanager
def watched() -> Iterator[list[str]]:
    """Addresses that were connected, sent to or looked up meanwhile; none is let."""
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
    address = args[REACHES_OUT[event]]
    _watchers[-1].append(f"{event} {address}")
    raise PermissionError(f"a replay is hermetic: {event} {address} is not allowed")


REACHES_OUT = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.gethostbyaddr": 0,
}
"""Audit events of whoever leaves the machine, and which argument says where to."""
