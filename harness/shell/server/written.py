"""Written: an answer as the bytes of HTTP/1.1, with every chunk as it was cut."""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus

from harness.wire.http import Headers, Response

OURS = frozenset(
    {"connection", "content-encoding", "content-length", "date", "keep-alive", "server",
     "trailer", "transfer-encoding", "upgrade"}
)  # fmt: skip
"""Headers that speak of a connection or a packing which is not this one."""

LAST = b"0\r\n\r\n"
"""The chunk that ends a body."""


BODILESS = frozenset({204, 304})
"""Statuses that have no body, nor a word on how long it is."""


def chunk(data: bytes) -> bytes:
    """A chunk of a body whose length is not told beforehand."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def length_of(response: Response) -> int | None:
    """The length of a body that is one chunk and comes to its end."""
    if len(response.chunks) > 1 or response.ending != "eof":
        return None
    return sum(map(len, response.chunks))


@lru_cache(256)  # what is served is served again
def written(response: Response, bare: bool, kept: bool) -> bytes:
    """A whole answer; its head alone, if it is to be ``bare``."""
    length = length_of(response)
    begins = head(response.status, response.headers, length, kept, response.reason)
    if bare or response.status in BODILESS:
        return begins
    if length is not None:
        return begins + b"".join(response.chunks)
    last = LAST if response.ending == "eof" else b""
    return b"".join((begins, *map(chunk, filter(None, response.chunks)), last))


@lru_cache(256)  # as above
def apart(response: Response, bare: bool, kept: bool) -> tuple[bytes, ...]:
    """The same answer in pieces: its head, each chunk, and its end with the last."""
    begins = head(response.status, response.headers, None, kept, response.reason)
    if bare or response.status in BODILESS:
        return (begins,)
    pieces = [chunk(data) if data else b"" for data in response.chunks]
    if response.ending == "eof":
        pieces = [*pieces[:-1], pieces[-1] + LAST] if pieces else [LAST]
    return (begins, *pieces)


def head(
    status: int, headers: Headers, length: int | None, kept: bool, reason: str = ""
) -> bytes:
    """Status line and headers; ``kept`` is whether the connection is."""
    lines = [f"HTTP/1.1 {status} {reason or PHRASES.get(status, '')}"]
    lines += [f"{n}: {v}" for n, v in headers if n.lower() not in OURS]
    if status not in BODILESS:
        lines.append(
            "transfer-encoding: chunked"
            if length is None
            else f"content-length: {length}"
        )
    if not kept:
        lines.append("connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


PHRASES = {status.value: status.phrase for status in HTTPStatus}
"""The words of the statuses that have some."""
