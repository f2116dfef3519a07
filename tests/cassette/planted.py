"""Secrets planted in exchanges: of every shape, written every way, in every place.

All are made from pieces, or this file would be a leak itself.
"""

from __future__ import annotations

import json
import re
import urllib.parse
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.cassette.tape import Exchange
from harness.wire import eventstream
from harness.wire.frame import Frame
from harness.wire.http import Request, Response

VALUE = "q7Rk2/mZ9x+W4vB8" + "nL1cF6hD3é"
"""The value of an environment variable, of no shape that anybody knows."""

ENVIRONMENT = {"SOME_VENDOR_API_KEY": VALUE}

SHAPES = {
    "openai": "sk-" + "proj-Ab3dEf6hIj9kLmN0pQr5tUv8",
    "anthropic": "sk-" + "ant-api03-Ab3dEf6hIj9kLmN0pQr5",
    "openai session": "sess-" + "Ab3dEf6hIj9kLmN0pQr5Ab3dEf6hIj9k",
    "google": "AIza" + "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q",
    "google oauth": "ya29." + "a0Ab3dEf6hIj9kLmN0pQr5",
    "aws": "AKIA" + "J5QL7W3ZXN2M4B6C",
    "aws session": "ASIA" + "J5QL7W3ZXN2M4B6C",
    "github": "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
    "groq": "gsk_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2w3X4y5Z6",
    "hugging face": "hf_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7",
    "xai": "xai-" + "a1B2c3D4e5F6g7H8i9J0" * 4,
    "perplexity": "pplx-" + "a1B2c3D4e5F6g7H8i9J0" * 2,
    "cerebras": "csk-" + "a1b2c3d4e5f6g7h8i9j0" * 2,
    "nvidia": "nvapi-" + "a1B2c3D4e5F6g7H8i9J0" * 3,
    "replicate": "r8_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s",
    "slack": "xoxb-" + "12345678901-abcdefGHIJ12",
    "a token of three parts": "eyJ"
    + "hbGciOiJIUzI1NiJ9."
    + "eyJ"
    + "zdWIiOiIxMjM0NTY3In0.dBjftJeZ4CVP",
    "slack's app": "xapp-" + "1-A0B1C2D3E4F5-67890-abcdef",
    "a key without digits": "sk-" + "aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgHiJ",
    "a bearer": "Bearer " + "a1B2c3D4e5F6g7H8",
}
"""Keys that are known by their looks."""

PEOPLE = {
    "an organization": "org-" + "a1B2c3D4e5F6g7H8i9J0",
    "a project": "proj_" + "a1B2c3D4e5F6g7H8",
    "a user": "user-" + "a1B2c3D4e5F6g7H8i9J0k1L2",
    "an address": "ada.lovelace@" + "analytical-engines.co.uk",
    "an account in a name": "arn:aws:bedrock:us-east-1:" + "481516234299" + ":x",
    "a uuid of an organization": "organization "
    + "6ba7b810-9dad-41d1-80b4-00c04fd430c8",
    "a cloud project": "projects/" + "analytical-engines-4711/locations/europe",
    "an account in a path": "accounts/" + "0123456789abcdef" * 2,
}
"""What tells who somebody is."""


@dataclass(frozen=True, slots=True)
class Planted:
    """An exchange with a secret, and the secret, or what of it tells the most."""

    exchange: Exchange
    secret: str

    @property
    def telling(self) -> str:
        """The part that must be seen nowhere."""
        account = re.search(r":(\d{12}):", self.secret)
        return account[1] if account else self.secret.rpartition(" ")[2][-20:-2]


def _answer(*chunks: bytes, kind: str = "application/json") -> Exchange:
    response = Response(200, (("content-type", kind),), chunks, (1,) * len(chunks))
    return Exchange(Request("POST", "https://h/v1/messages", (), b"{}"), response)


def _ask(
    url: str = "https://h/v1/messages", *, body: bytes = b"{}", **headers: str
) -> Exchange:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Exchange(Request("POST", url, named, body), Response(200, (), (b"{}",)))


def _sse(*data: object) -> bytes:
    return b"".join(b"data: " + json.dumps(d).encode() + b"\n\n" for d in data)


def _quoted(secret: str, *, lower: bool = False) -> str:
    quoted = urllib.parse.quote(secret, safe="")
    return re.sub("%..", lambda m: m[0].lower(), quoted) if lower else quoted


def _binary(secret: str) -> Exchange:
    inner = b64encode(json.dumps({"text": secret}).encode()).decode()
    frames = [Frame(json.dumps({"bytes": inner}), "chunk")]
    kind = "application/vnd.amazon.eventstream"
    return _answer(*eventstream.write(frames), kind=kind)


PLACES: dict[str, Callable[[str], Exchange]] = {
    "in a header that is dropped": lambda s: _ask(authorization=json.dumps(s)),
    "in a header that is kept": lambda s: _ask(user_agent=f"client ({json.dumps(s)})"),
    "in a cookie": lambda s: Exchange(
        Request("GET", "https://h/"),
        Response(200, (("Set-Cookie", f"id={json.dumps(s)}"),)),
    ),
    "in the query, by a name that tells": lambda s: _ask(
        f"https://h/?key={_quoted(s)}"
    ),
    "in the query, by one that does not": lambda s: _ask(f"https://h/?q={_quoted(s)}"),
    "before the host": lambda s: _ask(f"https://user:{_quoted(s)}@h/"),
    "in the path": lambda s: _ask(f"https://h/v1/{_quoted(s)}/x"),
    "in the question": lambda s: _ask(body=json.dumps({"m": f"it is {s}."}).encode()),
    "in the question, not escaped": lambda s: _ask(
        body=json.dumps({"m": s}, ensure_ascii=False).encode()
    ),
    "in JSON in JSON": lambda s: _ask(
        body=json.dumps({"arguments": json.dumps({"a": s})}).encode()
    ),
    "in a question in base64": lambda s: _ask(
        body=json.dumps({"d": b64encode(f"user:{s}".encode()).decode()}).encode()
    ),
    "in bytes": lambda s: _ask(body=b"\xff\xfe\0" + s.encode()),
    "in the answer": lambda s: _answer(
        json.dumps({"error": f"no such key: {s}"}).encode()
    ),
    "in the answer, for a URL": lambda s: _answer(
        json.dumps({"u": f"https://h/?q={_quoted(s, lower=True)}"}).encode()
    ),
    "in the answer, in base64 for URLs": lambda s: _answer(
        json.dumps({"u": urlsafe_b64encode(s.encode()).decode().rstrip("=")}).encode()
    ),
    "in a stream, in two chunks": lambda s: _answer(
        *_halves(_sse({"t": s})), kind="text/event-stream"
    ),
    "in a stream, a letter a chunk": lambda s: _answer(
        *_letters(_sse({"t": s})), kind="text/event-stream"
    ),
    "in a stream, in two events": lambda s: _answer(
        _sse({"d": {"t": s[:9]}}, {"d": {"t": s[9:]}}), kind="text/event-stream"
    ),
    "in a stream, a letter an event": lambda s: _answer(
        *(_sse({"c": [{"t": letter}]}) for letter in s), kind="text/event-stream"
    ),
    "in lines, in two": lambda s: _answer(
        json.dumps({"t": s[:9]}).encode()
        + b"\n"
        + json.dumps({"t": s[9:]}).encode()
        + b"\n",
        kind="application/x-ndjson",
    ),
    "in an array, in two": lambda s: _answer(
        json.dumps([{"t": s[:9]}, {"t": s[9:]}]).encode(), kind="application/json"
    ),
    "in a binary stream": _binary,
}


def _halves(body: bytes) -> tuple[bytes, bytes]:
    middle = len(body) // 2
    return body[:middle], body[middle:]


def _letters(body: bytes) -> Iterator[bytes]:
    return (body[n : n + 1] for n in range(len(body)))


def planted() -> Iterator[tuple[str, Planted]]:
    """Every place with a key of a known shape and with a value; every shape."""
    for place, put in PLACES.items():
        for name, secret in (("a value", VALUE), ("a key", SHAPES["anthropic"])):
            yield f"{name} {place}", Planted(put(secret), secret)
    for name, secret in SHAPES.items():
        for place in ("in the question", "in a stream, in two chunks"):
            yield f"{name} {place}", Planted(PLACES[place](secret), secret)
    for name, secret in PEOPLE.items():
        for place in ("in the question", "in a stream, in two chunks"):
            yield f"{name} {place}", Planted(PLACES[place](secret), secret)


PLANTED = dict(planted())
