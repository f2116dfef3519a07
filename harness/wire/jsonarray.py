"""One JSON array, streamed: each element is a frame.

So Google's servers stream where nobody asks for events: ``[{...},\\n{...}]``. An
element is given as soon as the comma or the bracket after it has come. Nothing is read
as JSON here: only strings and brackets are told apart, and each byte is seen once.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from harness.errors import WireError
from harness.wire.frame import Frame
from harness.wire.utf8 import decoded

SPACE = b" \t\n\r"
MARKS = re.compile(rb'["\[\]{},]')
IN_STRING = re.compile(rb'"|\\.?', re.DOTALL)
"""What counts outside a string, and inside one; an escape is one mark, and half of it
where the chunk ends there."""

OPENS, CLOSES = b"[{", b"]}"


@dataclass(slots=True)
class _Reading:
    """How far an array is read.

    ``offset`` counts the bytes before this chunk, ``start`` those before the element
    that is open, whose ``pieces`` wait for its end; ``depth`` is how many brackets are
    open inside it.
    """

    offset: int = 0
    start: int = 0
    pieces: list[bytes] = field(default_factory=list)
    depth: int = 0
    in_string: bool = False
    escaped: bool = False
    begun: bool = False
    given: bool = False
    over: bool = False


def read(chunks: Iterable[bytes]) -> Iterator[Frame]:
    """Frames of a stream, however its bytes are cut.

    An element that the stream stopped in is given too, marked ``complete=False``.

    Raises:
        WireError: for bytes that are not UTF-8, for what is no array, for an element
            that is missing, and for anything after the array.
    """
    reading = _Reading()
    for chunk in chunks:
        begin = 0 if reading.begun else _opening(reading, chunk)
        if reading.begun:
            yield from _elements(reading, chunk, begin)
        reading.offset += len(chunk)
    rest = b"".join(reading.pieces)
    if rest.strip(SPACE):
        yield _frame(reading, rest, complete=False)


def write(frames: Iterable[Frame]) -> Iterator[bytes]:
    """One chunk a frame and one for the end, the mirror image of :func:`read`."""
    before, complete = "[", True
    for frame in frames:
        yield (before + frame.data).encode()
        before, complete = ",\n", frame.complete
    if complete:
        yield b"[]" if before == "[" else b"]"


def _opening(reading: _Reading, chunk: bytes) -> int:
    """Where in this chunk the array has begun, if it has."""
    for place, byte in enumerate(chunk):
        if byte in SPACE or BOM_UTF8.find(byte) == reading.offset + place:
            continue
        if byte != ord("["):
            raise WireError("a JSON array begins with [", reading.offset + place)
        reading.begun = True
        reading.start = reading.offset + place + 1
        return place + 1
    return len(chunk)


def _elements(reading: _Reading, chunk: bytes, begin: int) -> Iterator[Frame]:
    """The elements that end in this chunk, read from ``begin`` on."""
    place = begin
    if reading.escaped and chunk:
        place, reading.escaped = place + 1, False
    while not reading.over:
        marks = IN_STRING if reading.in_string else MARKS
        found = marks.search(chunk, place)
        if found is None:
            break
        place = found.end()
        if _ends(reading, found[0]):
            element = b"".join([*reading.pieces, chunk[begin : found.start()]])
            reading.over = found[0] == b"]"
            if element.strip(SPACE):
                yield _frame(reading, element)
            elif reading.given or not reading.over:
                raise WireError("an element is missing", reading.offset + place - 1)
            reading.pieces, reading.given, begin = [], True, place
            reading.start = reading.offset + place
    rest = chunk[begin:]
    if not reading.over:
        reading.pieces.append(rest)
    elif rest.strip(SPACE):
        after = reading.offset + len(chunk) - len(rest.lstrip(SPACE))
        raise WireError("there is more after the array", after)


def _ends(reading: _Reading, mark: bytes) -> bool:
    """Whether an element ends at this mark; notes what else it means."""
    if reading.in_string:
        reading.in_string = mark != b'"'
        reading.escaped = mark == b"\\"
    elif mark == b'"':
        reading.in_string = True
    elif mark in OPENS:
        reading.depth += 1
    elif reading.depth:
        reading.depth -= mark in CLOSES
    else:
        return mark != b"}"
    return False


def _frame(reading: _Reading, element: bytes, *, complete: bool = True) -> Frame:
    offset = reading.start + len(element) - len(element.lstrip(SPACE))
    text = decoded(element.strip(SPACE), offset, complete=complete)
    return Frame(text, complete=complete, offset=offset)
