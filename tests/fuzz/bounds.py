"""``python -m tests.fuzz.bounds WIRE CASE``: hear a monster, and say what it took.

Prints one line of JSON: the kinds of events heard and how many, the characters of
text in them, and how many megabytes the process held at most.
"""

from __future__ import annotations

import json
import resource
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from harness.errors import WireError
from harness.message.events import Event, Finish, StreamEvent, Usage
from harness.providers import PROVIDERS
from harness.providers._provider import Provider
from harness.providers._square import hear, speak
from harness.wire.http import Headers

LONG = 100 * 2**20
"""Characters of one line."""

MANY = 1_000_000
"""Frames of one stream."""

DEEP = 10_000
CHUNK = 2**16
"""Bytes that come at a time."""

Body = tuple[Headers, Iterator[bytes]]


def a_long_line(provider: Provider) -> Body:
    """All of an answer in one piece of text."""
    text = "é" * (LONG // 2)
    events: list[Event] = [StreamEvent("text", text, 0), Usage(1, 1), Finish("stop")]
    said = speak(provider, events, stream=True)
    body = memoryview(b"".join(said.chunks))
    return said.headers, (
        bytes(body[start : start + CHUNK]) for start in range(0, len(body), CHUNK)
    )


def a_line_without_end(provider: Provider) -> Body:
    """Nothing but the beginning of a frame."""
    headers, _ = _split(provider)
    opening = b"data: {" if "event-stream" in headers[0][1] else b'{"'
    return headers, _endless(opening)


def many_frames(provider: Provider) -> Body:
    """The same piece of text again and again."""
    headers, (before, again, after) = _split(provider)
    return headers, _repeated(before, again, after)


def deep_json(provider: Provider) -> Body:
    """A frame that holds brackets in brackets."""
    headers, (before, _, after) = _split(provider)
    frame = next(provider.framing.read([before]))
    nested = frame._replace(data="[" * DEEP + "]" * DEEP)
    middle = b"".join(provider.framing.write([nested]))
    return headers, iter([before, middle, after])


def _split(provider: Provider) -> tuple[Headers, tuple[bytes, bytes, bytes]]:
    """A stream as what comes before its one piece of text, the piece, and the rest."""
    pieces = [StreamEvent("text", piece, 0) for piece in ("first", "again", "last")]
    said = speak(provider, [*pieces, Usage(1, 1), Finish("stop")], stream=True)
    # What a frame wraps in base64 does not show in its bytes.
    frames = [frame.data.encode() for frame in provider.framing.read(said.chunks)]
    plain = frames if len(frames) == len(said.chunks) else said.chunks
    at = next(n for n, held in enumerate(plain) if b"again" in held)
    before, after = said.chunks[:at], said.chunks[at + 1 :]
    return said.headers, (b"".join(before), said.chunks[at], b"".join(after))


def _endless(opening: bytes) -> Iterator[bytes]:
    yield opening
    yield from (b"x" * CHUNK for _ in range(LONG // CHUNK))


def _repeated(before: bytes, again: bytes, after: bytes) -> Iterator[bytes]:
    yield before
    number = max(1, CHUNK // len(again))
    yield from (again * number for _ in range(MANY // number))
    yield after


CASES: dict[str, Callable[[Provider], Body]] = {
    "a-long-line": a_long_line,
    "a-line-without-end": a_line_without_end,
    "many-frames": many_frames,
    "deep-json": deep_json,
}


def main(wire: str, case: str) -> None:
    """Hear it."""
    provider = PROVIDERS[wire]
    headers, chunks = CASES[case](provider)
    heard: Counter[str] = Counter()
    characters = 0
    try:
        for event in hear(provider, 200, headers, chunks):
            heard[event.type] += 1
            characters += len(event.chunk) if isinstance(event, StreamEvent) else 0
    except WireError:
        heard["WireError"] += 1
    told = {"heard": heard, "characters": characters, "megabytes": _held()}
    print(json.dumps(told))


def _held() -> int:
    """Megabytes that this process held at most.

    Linux tells of it alone; elsewhere what started it may be counted in.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) // 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
