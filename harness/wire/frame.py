"""A frame: one delimited thing on a stream, before anybody reads it as JSON."""

from __future__ import annotations

from typing import NamedTuple


class Frame(NamedTuple):
    """One server-sent event, or one line of NDJSON.

    ``data`` is its payload; ``event``, ``id`` and ``retry`` are as the sender wrote
    them, ``None`` if it did not. ``complete`` is false for a last frame whose end
    the stream never sent: it may be whole all the same, or cut in the middle.
    ``offset`` is where it began, in bytes from the start of the body; a frame that
    was not read from anywhere has 0. ``kind`` is what an AWS event stream calls its
    message: ``event``, ``exception`` or ``error``; and ``comment`` for what SSE says
    to keep a connection alive, which is written and never read.
    """

    data: str
    event: str | None = None
    id: str | None = None
    retry: int | None = None
    complete: bool = True
    offset: int = 0
    kind: str = "event"
