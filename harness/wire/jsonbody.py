"""A body that is one JSON text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from harness.errors import WireError


def read(chunks: Iterable[bytes]) -> Any:
    """The JSON of a whole body; blank lines around it are keep-alives and allowed.

    Raises:
        WireError: for a body that is not UTF-8, not JSON, or not there.
    """
    body = b"".join(chunks)
    try:
        text = body.decode("utf-8-sig")
        return json.loads(text)
    except UnicodeDecodeError as error:
        message = f"byte 0x{body[error.start]:02x} is not UTF-8"
        raise WireError(message, error.start) from error
    except json.JSONDecodeError as error:
        offset = len(text[: error.pos].encode())
        raise WireError(f"body is not JSON: {error.msg}", offset) from error
    except RecursionError as error:
        raise WireError("body is JSON nested too deeply to read", 0) from error


def write(body: Any) -> Iterator[bytes]:
    """The body as one chunk, the mirror image of :func:`read`."""
    yield json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
