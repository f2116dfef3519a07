"""Server-sent events, by the WHATWG rules.

https://html.spec.whatwg.org/multipage/server-sent-events.html

Two choices of our own, both because recordings show the need: bytes that are not
UTF-8 are an error instead of U+FFFD, and an event whose blank line never came is
still given, marked ``complete=False``, where the standard drops it (many recorded
streams lost their last newline; a stream cut in the middle shows as JSON that does
not parse).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from harness.wire.frame import Frame
from harness.wire.utf8 import decoded

LF, CR = 10, 13
CRLF = b"\r\n"
# Written out twice, not {2}: only then does re leap from one line end to the next.
BLANK_LINE = re.compile(rb"(?:\r\n?+|\n)" * 2)
LINE_END = re.compile(r"\r\n|\r")
MOST_DIGITS = 9
"""Longest ``retry:`` that is believed: beyond it no wait is meant."""


def read(chunks: Iterable[bytes]) -> Iterator[Frame]:
    """Frames of a stream, however its bytes are cut.

    Raises:
        WireError: for bytes that are not UTF-8.
    """
    buffer = bytearray()
    offset = scanned = 0
    has_cr = False
    for chunk in chunks:
        buffer += chunk
        if LF not in chunk and CR not in chunk:
            continue
        has_cr = has_cr or CR in chunk
        # Only the part that was not searched yet, less the half of a separator.
        if not _has_blank_line(buffer, scanned, has_cr):
            scanned = max(0, len(buffer) - 3)
            continue
        *blocks, rest = _split(bytes(buffer), has_cr)
        for start, block in blocks:
            frame = _frame(block, offset + start, complete=True)
            if frame is not None:
                yield frame
        offset += rest[0]
        scanned = 0
        buffer = bytearray(rest[1])
    frame = _frame(bytes(buffer), offset, complete=False)
    if frame is not None:
        yield frame


def write(frames: Iterable[Frame]) -> Iterator[bytes]:
    """One chunk a frame, the mirror image of :func:`read`."""
    for frame in frames:
        if frame.kind == "comment":
            yield f": {frame.data}\n\n".encode()
            continue
        lines = []
        if frame.event is not None:
            lines.append(f"event: {frame.event}\n")
        if frame.id is not None:
            lines.append(f"id: {frame.id}\n")
        if frame.retry is not None:
            lines.append(f"retry: {frame.retry}\n")
        lines += [f"data: {line}\n" for line in frame.data.split("\n")]
        yield ("".join(lines) + ("\n" if frame.complete else "")).encode()


def write_crlf(frames: Iterable[Frame]) -> Iterator[bytes]:
    """The same with lines that end in CRLF, as Google's servers write them."""
    return (chunk.replace(b"\n", b"\r\n") for chunk in write(frames))


def _has_blank_line(buffer: bytearray, start: int, has_cr: bool) -> bool:
    if has_cr:
        return BLANK_LINE.search(buffer, start) is not None
    return buffer.find(b"\n\n", start) >= 0


def _split(buffer: bytes, has_cr: bool) -> list[tuple[int, bytes]]:
    """Start and bytes of every block; the last one is what is not over yet."""
    blocks = []
    start = 0
    ends = buffer.count(CRLF) if has_cr else 0
    if not has_cr or ends == buffer.count(b"\r") == buffer.count(b"\n"):
        # All lines end alike, as nearly always: then one pair of ends is all there is.
        blank = CRLF * 2 if has_cr else b"\n\n"
        for block in buffer.split(blank):
            blocks.append((start, block))
            start += len(block) + len(blank)
        return blocks
    for match in BLANK_LINE.finditer(buffer):
        blocks.append((start, buffer[start : match.start()]))
        start = match.end()
    blocks.append((start, buffer[start:]))
    return blocks


def _frame(block: bytes, offset: int, *, complete: bool) -> Frame | None:
    """The frame in one block of lines; ``None`` where it holds no data line."""
    begun = block.lstrip(b"\r\n")  # a cut may part the LF of a blank line from its CR
    offset += len(block) - len(begun)
    text = decoded(begun, offset, complete=complete)
    if "\r" in text:
        text = LINE_END.sub("\n", text)
    event, rest = None, text
    # The form of nearly every event there is, read without taking lines apart.
    if text.startswith("event: "):
        event, _, rest = text[7:].partition("\n")
    if rest.startswith("data: ") and "\n" not in rest:
        return Frame(rest[6:], event, None, None, complete, offset)
    event = id_ = retry = None
    data: list[str] = []
    for line in text.split("\n"):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            data.append(value)
        elif name == "event":
            event = value
        elif name == "id" and "\0" not in value:
            id_ = value
        elif name == "retry" and value.isascii() and value.isdigit():
            retry = int(value) if len(value) <= MOST_DIGITS else None
    if not data:
        return None
    return Frame("\n".join(data), event, id_, retry, complete, offset)
