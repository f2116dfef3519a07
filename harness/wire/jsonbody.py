"""A body that is one JSON text."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from typing import Any

from harness.errors import WireError
from harness.wire.utf8 import decoded

UNSAFE = re.compile("[\x85\u2028\u2029\ud800-\udfff]")


def read(chunks: Iterable[bytes]) -> Any:
    """The JSON of a whole body; blank lines around it are keep-alives and allowed.

    Raises:
        WireError: for a body that is not UTF-8, not JSON, or not there.
    """
    body = b"".join(chunks)
    said = decoded(body, 0)
    start = len(BOM_UTF8) if body.startswith(BOM_UTF8) else 0
    try:
        return json.loads(said)
    except json.JSONDecodeError as error:
        offset = start + len(said[: error.pos].encode())
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
