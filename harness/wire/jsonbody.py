"""A body that is one JSON text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from harness.errors import WireError

BOM = b"\xef\xbb\xbf"

UNSAFE = re.compile("[\x85\u2028\u2029\ud800-\udfff]")


def read(chunks: Iterable[bytes]) -> Any:
    """The JSON of a whole body; blank lines around it are keep-alives and allowed.

    Raises:
        WireError: for a body that is not UTF-8, not JSON, or not there.
    """
    body = b"".join(chunks)
    start = len(BOM) if body.startswith(BOM) else 0
    try:
        decoded = body[start:].decode()
        return json.loads(decoded)
    except UnicodeDecodeError as error:
        offset = start + error.start
        message = f"byte 0x{body[offset]:02x} is not UTF-8"
        raise WireError(message, offset) from error
    except json.JSONDecodeError as error:
        offset = start + len(decoded[: error.pos].encode())
        raise WireError(f"body is not JSON: {error.msg}", offset) from error
    except RecursionError as error:
        raise WireError("body is JSON nested too deeply to read", start) from error
    except ValueError as error:  # a number of more digits than Python reads
        raise WireError(f"body is JSON nobody can read: {error}", start) from error


def write(body: Any) -> Iterator[bytes]:
    """The body as one chunk, the mirror image of :func:`read`."""
    yield text(body).encode()


def text(value: Any) -> str:
    """JSON as the wires write it: compact, characters as they are.

    Save those that break a reader: halves of a surrogate pair, which no UTF-8 holds,
    and line separators that some clients take for line ends.
    """
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", written)
