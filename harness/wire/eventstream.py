"""Amazon's event stream: binary frames with typed headers and two checksums.

https://smithy.io/2.0/aws/amazon-eventstream.html. Numbers are big-endian, checksums
are CRC-32, and a frame is::

    its length u32, that of its headers u32, the checksum of these two u32
    headers: length of the name u8, name, type u8, value
    payload
    the checksum of all before it u32
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from struct import Struct
from zlib import crc32

from harness.errors import WireError
from harness.wire.frame import Frame
from harness.wire.utf8 import decoded

PRELUDE = Struct(">III")
CHECKSUM = Struct(">I")
LENGTH = Struct(">H")

MOST = 24 * 1024 * 1024
MOST_HEADERS = 128 * 1024
"""How many bytes a frame and its headers may claim, so that none is waited for in
vain: what AWS's own clients allow."""

STRING = 7
WIDTHS = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Types of header values that have a width: true, false, integers of 8 to 64 bits, a
timestamp, a UUID."""
MEASURED = (6, STRING)
"""Those that say their length first: bytes and text."""

LONGEST = 32_767
"""Longest text, in bytes, that a header may hold."""

SEEN = 32
"""How many headers are remembered: nearly all frames of a stream have the same."""

NAMED = {"event": ":event-type", "exception": ":exception-type", "error": ":error-code"}
"""Kind of frame to the header that names it."""


# -------------------------------------------------------------------- read


def read(chunks: Iterable[bytes]) -> Iterator[Frame]:
    """Frames of a stream, however its bytes are cut; a last one cut short is none.

    Raises:
        WireError: for a wrong checksum, a length that cannot be, a header of no known
            type, text that is not UTF-8.
    """
    buffer = bytearray()
    seen: dict[bytes, dict[str, str]] = {}
    offset = 0
    wanted = PRELUDE.size
    for chunk in chunks:
        buffer += chunk
        start = 0
        while len(buffer) - start >= wanted:
            length = _length(buffer, start, offset + start)
            if len(buffer) - start < length:
                wanted = length
                break
            yield _frame(bytes(buffer[start : start + length]), offset + start, seen)
            start += length
            wanted = PRELUDE.size
        del buffer[:start]
        offset += start


def _length(buffer: bytearray, start: int, offset: int) -> int:
    """How long the frame is whose first bytes are here."""
    length, headers, checksum = PRELUDE.unpack_from(buffer, start)
    _check(buffer[start : start + PRELUDE.size - CHECKSUM.size], checksum, offset)
    least = PRELUDE.size + headers + CHECKSUM.size
    if headers > MOST_HEADERS or not least <= length <= MOST:
        said = f"{length} bytes, {headers} of them headers"
        raise WireError(f"an event stream has no frame of {said}", offset)
    return int(length)


def _frame(message: bytes, offset: int, seen: dict[bytes, dict[str, str]]) -> Frame:
    end = len(message) - CHECKSUM.size
    _check(message[:end], CHECKSUM.unpack_from(message, end)[0], offset)
    start = PRELUDE.size + PRELUDE.unpack_from(message)[1]
    written = message[PRELUDE.size : start]
    headers = seen.get(written)
    if headers is None:
        headers = _headers(written, offset + PRELUDE.size)
        if len(seen) < SEEN:
            seen[written] = headers
    kind = headers.get(":message-type", "event")
    event = headers.get(NAMED.get(kind, NAMED["event"]))
    data = decoded(message[start:end], offset + start)
    if kind == "error":
        data = headers.get(":error-message", data)
    return Frame(data, event, offset=offset, kind=kind)


def _check(data: bytes | bytearray, checksum: int, offset: int) -> None:
    found = crc32(data)
    if found != checksum:
        message = f"the checksum of a frame is {found:08x}, not {checksum:08x}"
        raise WireError(message, offset)


def _headers(data: bytes, offset: int) -> dict[str, str]:
    """Headers that are text, by name; those of the other types say nothing to us."""
    found: dict[str, str] = {}
    place = 0
    while place < len(data):
        name, place = _measured(data, place, 1, offset)
        kind = data[place : place + 1]
        place += 1
        if kind and kind[0] in MEASURED:
            value, place = _measured(data, place, LENGTH.size, offset)
            if kind[0] == STRING:
                found[decoded(name, offset)] = decoded(value, offset)
        elif kind and kind[0] in WIDTHS:
            place += WIDTHS[kind[0]]
        else:
            raise WireError(f"a header has no type {kind.hex() or 'at all'}", offset)
    if place > len(data):
        raise WireError("the headers of a frame end within one", offset)
    return found


def _measured(data: bytes, place: int, width: int, offset: int) -> tuple[bytes, int]:
    """What is as long as the number before it says, and the place after it."""
    start = place + width
    end = start + int.from_bytes(data[place:start], "big")
    if end > len(data):
        raise WireError("the headers of a frame end within one", offset)
    return data[start:end], end


# ------------------------------------------------------------------- write


def write(frames: Iterable[Frame]) -> Iterator[bytes]:
    """One chunk a frame, the mirror image of :func:`read`."""
    for frame in frames:
        headers = b"".join(_written(name, value) for name, value in _said(frame))
        payload = b"" if frame.kind == "error" else frame.data.encode()
        length = PRELUDE.size + len(headers) + len(payload) + CHECKSUM.size
        head = PRELUDE.pack(length, len(headers), 0)[: -CHECKSUM.size]
        message = head + CHECKSUM.pack(crc32(head)) + headers + payload
        # A frame that was never finished lacks its end.
        yield message + (CHECKSUM.pack(crc32(message)) if frame.complete else b"")


def _said(frame: Frame) -> Iterator[tuple[str, str]]:
    """The headers of a frame, in the order in which AWS writes them."""
    if frame.event is not None:
        yield NAMED.get(frame.kind, NAMED["event"]), frame.event
    if frame.kind == "error":
        yield ":error-message", frame.data
    else:
        yield ":content-type", "application/json"
    yield ":message-type", frame.kind


def _written(name: str, value: str) -> bytes:
    text = value.encode(errors="replace")
    if len(text) > LONGEST:
        text = text[:LONGEST].decode(errors="ignore").encode()
    said = name.encode()
    return bytes((len(said),)) + said + bytes((STRING,)) + LENGTH.pack(len(text)) + text
