"""The same bytes, cut elsewhere: what a network may do to any body."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

CUTS = ("recorded", "whole", "event", "byte", "random:SEED", "crlf", "comment")
"""What ``--chunks`` and ``replay.chunks`` may name; the last two are for SSE."""

BLANK_LINE = re.compile(rb"\n\n|\r\n\r\n|\r\r")
BYTES = tuple(bytes((number,)) for number in range(256))
BOM = b"\xef\xbb\xbf"
BIGGEST = 16
"""Longest piece, in bytes, that a random cut leaves."""


def recorded(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """As they are."""
    return iter(chunks)


def whole(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """All in one."""
    yield b"".join(chunks)


def event(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """After each blank line: one server-sent event a chunk."""
    body = b"".join(chunks)
    start = 0
    for line in BLANK_LINE.finditer(body):
        yield body[start : line.end()]
        start = line.end()
    if start < len(body):
        yield body[start:]


def byte(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Every byte alone: inside lines, inside escapes, inside characters."""
    return map(BYTES.__getitem__, b"".join(chunks))


def crlf(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines that end in LF made to end in CRLF, cut between the two."""
    body = b"".join(chunks)
    if b"\r" not in body:
        body = body.replace(b"\n", b"\r\n")
    return (piece for piece in re.split(rb"(?<=\r)", body) if piece)


def comment(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """A keep-alive comment before the stream and after every event."""
    keep_alive = b": keep-alive\n\n"
    body = b"".join(chunks)
    # A byte order mark is one at the very start only.
    yield BOM + keep_alive if body.startswith(BOM) else keep_alive
    for piece in event([body.removeprefix(BOM)]):
        yield piece
        if piece.endswith((b"\n\n", b"\r\n\r\n", b"\r\r")):
            yield keep_alive


def at_random(seed: int) -> Callable[[Iterable[bytes]], Iterator[bytes]]:
    """Cuts at places that depend on ``seed`` alone, on every machine and version."""

    def cut(chunks: Iterable[bytes]) -> Iterator[bytes]:
        body = b"".join(chunks)
        start, state = 0, seed
        while start < len(body):
            # Knuth's linear congruence; its high bits are random enough to cut by.
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            end = start + 1 + (state >> 33) % BIGGEST
            yield body[start:end]
            start = end

    return cut


def named(name: str) -> Callable[[Iterable[bytes]], Iterator[bytes]]:
    """The cut of that name.

    Raises:
        KeyError: for a name that is none of :data:`CUTS`.
    """
    kind, _, seed = name.partition(":")
    if kind == "random" and seed.isdecimal():
        return at_random(int(seed))
    return BY_NAME[name]


def exists(name: str) -> bool:
    """Whether there is a cut of that name."""
    kind, _, seed = name.partition(":")
    return name in BY_NAME or (kind == "random" and seed.isdecimal())


ONLY_SSE = ("crlf", "comment")
"""Cuts that change bytes, allowed only where the framing says they mean the same."""

BY_NAME = {
    "recorded": recorded,
    "whole": whole,
    "event": event,
    "byte": byte,
    "crlf": crlf,
    "comment": comment,
}
"""Each cut by the name specs give it."""
