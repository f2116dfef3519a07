"""NDJSON: one JSON text a line (https://github.com/ndjson/ndjson-spec).

Lines end in LF or CRLF and nowhere else: U+2028 and its kin are ordinary
characters inside a string.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.errors import WireError
from harness.wire.frame import Frame

BOM = b"\xef\xbb\xbf"


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
                yield Frame(_text(line, offset, complete=True), offset=offset)
            offset += len(line) + 1
        pending = [rest]
    line = b"".join(pending)
    if line.strip():
        text = _text(line, offset, complete=False)
        yield Frame(text, complete=False, offset=offset)


def write(frames: Iterable[Frame]) -> Iterator[bytes]:
    """One chunk a frame, the mirror image of :func:`read`."""
    for frame in frames:
        yield (frame.data + ("\n" if frame.complete else "")).encode()


def _text(line: bytes, offset: int, *, complete: bool) -> str:
    skipped = len(BOM) if offset == 0 and line.startswith(BOM) else 0
    line = line[skipped:]
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        if complete or error.reason != "unexpected end of data":
            message = f"byte 0x{line[error.start]:02x} is not UTF-8"
            raise WireError(message, offset + skipped + error.start) from error
        # A stream cut inside a character: what came before it still stands.
        text = line[: error.start].decode()
    return text.removesuffix("\r")
