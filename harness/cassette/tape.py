"""A tape: exchanges in the order they were heard, and where they come from."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from harness.wire.http import Headers, Request, Response, header


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
    say: no packed body is valid UTF-8 from its second byte on.

    Raises:
        ValueError: if it cannot be unpacked, or to more than ``most`` bytes.
    """
    for coding in reversed((header(headers, "content-encoding") or "").split(",")):
        name = coding.strip().lower()
        if _is_text(body):
            break
        if name in ("", "identity"):
            continue
        if name not in CODINGS:
            raise ValueError(f"a body packed with {name} cannot be read")
        body = CODINGS[name](body, most)
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


def _gunzip(body: bytes, most: int) -> bytes:
    return _inflated(body, zlib.MAX_WBITS | 16, most)


def _inflate(body: bytes, most: int) -> bytes:
    # "deflate" is the zlib format by RFC 9110, and bare deflate on many servers.
    wrapped = body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    return _inflated(body, zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS, most)


def _inflated(body: bytes, bits: int, most: int) -> bytes:
    unpacker = zlib.decompressobj(bits)
    try:
        plain = unpacker.decompress(body, most + 1)
    except zlib.error as error:
        raise ValueError(f"the packed body is damaged: {error}") from error
    if len(plain) > most:
        raise ValueError("the body unpacks to more than a tape may hold")
    if not unpacker.eof:
        raise ValueError("the packed body is cut short")
    return plain


OF_A_PACKED_BODY = ("content-encoding", "content-length")

CODINGS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
}
