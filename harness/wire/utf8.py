"""UTF-8, with the place of the byte that is none."""

from __future__ import annotations

from harness.errors import WireError


def decoded(data: bytes, offset: int, *, complete: bool = True) -> str:
    """The text in ``data``; a byte order mark where the body begins is no text.

    Args:
        data: a piece of a body.
        offset: where in the body it began, in bytes.
        complete: false for what a stream stopped in: half a character at its end is
            then left out, and what came before it still stands.

    Raises:
        WireError: for a byte that is not UTF-8, with its place in the body.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        if complete or error.reason != "unexpected end of data":
            message = f"byte 0x{data[error.start]:02x} is not UTF-8"
            raise WireError(message, offset + error.start) from error
        text = data[: error.start].decode()
    return text if offset else text.removeprefix("\ufeff")
