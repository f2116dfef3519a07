"""An interaction: one request and its answer, in every hand that writes cassettes.

vcrpy has a body as text, as bytes, under ``string`` or (long ago) ``base64_string``
or ``content``; cassetter has its type beside it, JSON bodies as YAML (in TOML as
text); ours may be folded.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.cassette import _yaml
from harness.cassette._flaw import AGAIN, Flaw, Way, check_kind, get, name_of
from harness.cassette.sheet.blobs import Fetch, unfold
from harness.cassette.tape import Exchange, by_name, unpacked
from harness.wire.http import Headers, Request, Response


def read(interaction: Any, at: Way, most: int, blob: Fetch | None = None) -> Exchange:
    """The exchange, its answer in one chunk.

    Args:
        interaction: as it was read.
        at: where it stands.
        most: bytes that a body may have.
        blob: fetches what was folded out of a body.

    Raises:
        Flaw: for what no recorder writes.
    """
    check_kind(interaction, dict, at)
    request = get(interaction, "request", dict, at)
    response = get(interaction, "response", dict, at)
    bodies = Bodies(most, blob)
    return Exchange(
        _request(request, (*at, "request"), bodies),
        _response(response, (*at, "response"), bodies),
    )


def write(
    exchange: Exchange, folded: Callable[[bytes], _yaml.Folded | None]
) -> dict[str, Any]:
    """The interaction as vcrpy writes it, its keys in vcrpy's order.

    Args:
        exchange: with one value of each header beside the others.
        folded: gives a body that is better written folded.
    """
    request, response = exchange.request, exchange.response
    asked, heard = request.body, b"".join(response.chunks)
    return {
        "request": {
            "body": folded(asked) or _readable(asked),
            "headers": by_name(request.headers),
            "method": request.method,
            "uri": request.url,
        },
        "response": {
            "body": {"string": folded(heard) or _readable(heard)},
            "headers": by_name(response.headers),
            "status": {"code": response.status, "message": response.reason},
        },
    }


@dataclass(frozen=True, slots=True)
class Bodies:
    """What reading a body takes: the most bytes it may have, and its blobs."""

    most: int
    blob: Fetch | None


def _request(request: dict[str, Any], at: Way, bodies: Bodies) -> Request:
    return Request(
        get(request, "method", str, at),
        get(request, "uri", str, at),
        _headers(request.get("headers"), (*at, "headers")),
        _body(request, "body", at, bodies),
    )


def _response(response: dict[str, Any], at: Way, bodies: Bodies) -> Response:
    headers = _headers(response.get("headers"), (*at, "headers"))
    # vcrpy 2 to 5 wrote httpx answers with "content" and "status_code".
    key = "content" if "content" in response else "body"
    body = _body(response, key, at, bodies)
    try:
        headers, body = unpacked(headers, body, bodies.most)
    except ValueError as error:
        hint = "record it again with decode_compressed_response=True"
        raise Flaw((*at, key), "H502", str(error), hint) from error
    code, reason = _status(response, at)
    return Response(code, headers, (body,) if body else (), reason=reason)


def _status(response: dict[str, Any], at: Way) -> tuple[int, str]:
    if "status_code" in response:
        return get(response, "status_code", int, at), ""
    status = response.get("status")
    if isinstance(status, int) and not isinstance(status, bool):
        return status, ""
    status = get(response, "status", dict, at)
    reason = status.get("message")
    if reason is not None:
        check_kind(reason, str, (*at, "status", "message"))
    return get(status, "code", int, (*at, "status")), reason or ""


def _headers(headers: Any, at: Way) -> Headers:
    if headers is None:
        return ()
    check_kind(headers, dict, at)
    return tuple(
        (name, value if type(value) is str else _header_value(value, (*at, name)))
        for name, values in headers.items()
        for value in (values if isinstance(values, list) else [values])
    )


def _header_value(value: Any, at: Way) -> str:
    match value:
        case bool():
            pass
        case int():
            return str(value)
        case bytes():
            return value.decode("latin-1")
    raise Flaw(at, "H503", f"a header should be text, not {name_of(value)}", "quote it")


def _body(message: dict[str, Any], key: str, at: Way, bodies: Bodies) -> bytes:
    if "parsed_body" in message:
        return _json(message["parsed_body"], (*at, "parsed_body"))
    if "body_type" in message:
        return _flat(message, at)
    body = message.get(key)
    at = (*at, key)
    match body:
        case {"type": kind, **rest}:
            return _typed(kind, rest.get("content"), (*at, "content"))
        case {"base64_string": str(packed)}:
            return _decoded(b64decode, packed, (*at, "base64_string"))
        case {"string": inner}:
            return _plain(inner, (*at, "string"), bodies)
    return _plain(body, at, bodies)


def _plain(body: Any, at: Way, bodies: Bodies) -> bytes:
    match body:
        case _yaml.Folded():
            return unfold(body, bodies.blob, at, bodies.most)
        case None:
            return b""
        case bytes():
            return body
        case str():
            return _encoded(body, at)
    message = f"a body should be text or bytes, not {name_of(body)}"
    raise Flaw(at, "H503", message, AGAIN)


def _flat(message: dict[str, Any], at: Way) -> bytes:
    """A body as cassetter writes it in TOML, where JSON is text."""
    kind, content = message["body_type"], message.get("body_content")
    if kind == "json":
        kind = "text"
    return _typed(kind, content, (*at, "body_content"))


def _typed(kind: Any, content: Any, at: Way) -> bytes:
    """A body as cassetter writes it: its type, and its content to suit."""
    match kind, content:
        case "none", _:
            return b""
        case "text", str():
            return _encoded(content, at)
        case "json", _:
            return _json(content, at)
        case "binary", str():
            return _decoded(bytes.fromhex, content, at)
    message = f"a body of type {kind!r} cannot be {name_of(content)}"
    raise Flaw(at, "H503", message, AGAIN)


def _decoded(decode: Callable[[str], bytes], text: str, at: Way) -> bytes:
    try:
        return decode(text)
    except ValueError as error:
        raise Flaw(at, "H502", f"the body is damaged: {error}", AGAIN) from error


def _json(value: Any, at: Way) -> bytes:
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except TypeError as error:
        raise Flaw(at, "H503", f"not JSON: {error}", AGAIN) from error
    except RecursionError as error:
        raise Flaw(at, "H507", "nested too deep") from error
    return _encoded(text, at)


def _encoded(text: str, at: Way) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise Flaw(at, "H506", f"text that is no UTF-8: {error}", AGAIN) from error


def _readable(body: bytes) -> str | bytes:
    try:
        return _yaml.Body(body.decode()) if body else ""
    except UnicodeDecodeError:
        return body
