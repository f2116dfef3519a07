"""NDJSON: one JSON text a line (https://github.com/ndjson/ndjson-spec).

Lines end in LF or CRLF and nowhere else: U+2028 and its kin are ordinary
characters inside a string.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.wire.frame import Frame
from harness.wire.utf8 import decoded


def read(chunks: Iterable[bytes]) -> Iterator[Frame]:
    """Frames of a stream, however its bytes are cut; blank lines are skipped.

    Raises:
        WireError: for bytes that are not UTF-8.
    """
    pending: list[bytes] = []
    offset = 0
    for chunk in chunks:
        if b"\n" not in chunk:
            pending.append(chunk)
            continue
        *lines, rest = b"".join([*pending, chunk]).split(b"\n")
        for line in lines:
            if line.strip():
                yield Frame(decoded(line, offset).removesuffix("\r"), offset=offset)
            offset += len(line) + 1
        pending = [rest]
    line = b"".join(pending)
    if line.strip():
        text = decoded(line, offset, complete=False).removesuffix("\r")
        yield Frame(text, complete=False, offset=offset)


def write(frames: Iterable[Frame]) -> Iterator[bytes]:
    """One chunk a frame, the mirror image of :func:`read`."""
    for frame in frames:
        yield (frame.data + ("\n" if frame.complete else "")).encode()
