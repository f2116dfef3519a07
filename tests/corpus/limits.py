"""Limits: what an official SDK is known to get wrong, and how to ask it all the same.

An exception is never a file's name. A limit looks for what trips the SDK and mends
that and nothing else, in words that mean the same; the SDK then has to agree with us
on the mended recording. The reasons are those of "Oracle limits" in ``wires.md``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from harness.wire import sse
from harness.wire.frame import Frame
from tests.corpus.recordings import Line, Recording, lines

Mend: TypeAlias = Callable[[list[Line]], list[Line]]


def as_it_is(said: list[Line]) -> list[Line]:
    """No mend but plain framing: one ``data:`` line each, all of them ended."""
    return said


@dataclass(frozen=True, slots=True)
class Limit:
    """One thing the SDK cannot do.

    Attributes:
        reason: what it does instead.
        mend: may change the lines in place, they are a copy. Where it changes nothing,
            the limit was not met.
        streamed: whether it is met in streams, or in bodies that are none.
        seen: whether it is met, for limits that are not about lines.
        status: serve the mended recording with this HTTP status.
    """

    reason: str
    mend: Mend = as_it_is
    streamed: bool = True
    seen: Callable[[Recording], bool] | None = None
    status: int | None = None


def choices(
    recording: Recording, limits: Iterable[Limit]
) -> Iterator[tuple[Limit, ...]]:
    """What to mend: each limit the recording meets alone, then all of them."""
    met = tuple(limit for limit in limits if _meets(recording, limit))
    yield from ((limit,) for limit in met)
    if len(met) > 1:
        yield met


def needed(
    limits: Sequence[Limit], mends: Callable[[Sequence[Limit]], bool]
) -> tuple[Limit, ...]:
    """Those of the limits without which it does not work: no excuse is spare."""
    kept = tuple(limits)
    for limit in limits:
        fewer = tuple(other for other in kept if other is not limit)
        if fewer and mends(fewer):
            kept = fewer
    return kept


def mended(recording: Recording, limits: Iterable[Limit]) -> Recording:
    """The recording with these limits mended, one after the other."""
    said, status = lines(recording), recording.status
    for limit in limits:
        said = limit.mend(said)
        status = limit.status or status
    return replace(recording, body=_body(recording, said), status=status)


def _meets(recording: Recording, limit: Limit) -> bool:
    if limit.streamed != recording.streamed:
        return False
    if limit.seen is not None:
        return limit.seen(recording)
    return limit.mend(lines(recording)) != lines(recording)


def _body(recording: Recording, said: list[Line]) -> bytes:
    if not recording.streamed:
        return b"".join(json.dumps(body).encode() for _, body in said)
    return b"".join(sse.write(Frame(json.dumps(data), event) for event, data in said))


# ------------------------------------------------------- limits of every SDK


def _has_bom(recording: Recording) -> bool:
    return recording.body.startswith(b"\xef\xbb\xbf")


def _lost_its_end(recording: Recording) -> bool:
    return not recording.body.replace(b"\r\n", b"\n").endswith((b"\n\n", b"\r\r"))


def _is_an_error(recording: Recording) -> bool:
    bodies = [body for _, body in lines(recording) if recording.status < 400]
    return any(body.get("error") or body.get("type") == "error" for body in bodies)


FRAMING = (
    Limit("a byte order mark costs the SDK the first event", seen=_has_bom),
    Limit("the SDK drops a last event without its blank line", seen=_lost_its_end),
    Limit(
        "to the SDK an error in a 200 body is an answer without content",
        streamed=False,
        seen=_is_an_error,
        status=500,
    ),
)
"""What all three SDKs make of odd bodies ("Framing matrix" in ``wires.md``)."""
