"""A tape: exchanges in the order they were heard, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from harness.wire.http import Headers, Request, Response, header
from harness.wire.packing import Unpacker


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came back."""

    request: Request
    response: Response


@dataclass(frozen=True, slots=True)
class Tape:
    """A row of exchanges.

    ``provenance`` says where they come from: ``server``, ``model``, ``recorded``
    (a date), ``version`` (of this harness), or whatever else is worth a line.
    """

    exchanges: tuple[Exchange, ...]
    provenance: dict[str, str] = field(default_factory=dict)


def settled(tape: Tape) -> Tape:
    """The tape as a file can hold it; doing it twice changes nothing more.

    Values of one header stand together, since a file has each name once, and
    headers that speak of a packed body are gone, since chunks are unpacked.
    """
    return replace(tape, exchanges=tuple(_settled(e) for e in tape.exchanges))


def unpacked(headers: Headers, body: bytes, most: int) -> tuple[Headers, bytes]:
    """The body without its content encoding, and the headers that now fit it.

    A body that is text already was unpacked by the recorder, whatever its headers
    say: no packed body is valid UTF-8.

    Raises:
        ValueError: if it cannot be unpacked, or to more than ``most`` bytes.
    """
    codings = (v for n, v in headers if n.lower() == "content-encoding")
    if not _is_text(body):
        unpacker = Unpacker(", ".join(codings), most)
        body = unpacker.feed(body)
        if not unpacker.is_whole:
            raise ValueError("the packed body is cut short")
    return _plain(headers), body


def by_name(headers: Headers) -> dict[str, list[str]]:
    """All values of each name, names in the order they first came."""
    names: dict[str, list[str]] = {}
    for name, value in headers:
        names.setdefault(name, []).append(value)
    return names


def _settled(exchange: Exchange) -> Exchange:
    request, response = exchange.request, exchange.response
    return Exchange(
        replace(request, headers=_side_by_side(request.headers)),
        replace(response, headers=_side_by_side(_plain(response.headers))),
    )


def _side_by_side(headers: Headers) -> Headers:
    return tuple((n, v) for n, values in by_name(headers).items() for v in values)


def _plain(headers: Headers) -> Headers:
    if header(headers, "content-encoding") is None:
        return headers
    return tuple((n, v) for n, v in headers if n.lower() not in OF_A_PACKED_BODY)


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


OF_A_PACKED_BODY = ("content-encoding", "content-length")
