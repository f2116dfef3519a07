"""Redact: what may stand on a tape that others will read, and what must not.

Headers are kept by an allow-list, both ways, since nobody can list all that tells
too much (cookies, organisation and project ids). Secrets in the URL are masked.
:func:`scan` then looks for what got through, in whatever was written.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from harness.cassette.tape import Exchange
from harness.errors import Place
from harness.wire.http import Headers

MASK = "REDACTED"
SHORTEST_SECRET = 8
"""Letters; anything shorter stands in ordinary text by chance."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret at a place; ``what`` says which, never the secret itself."""

    place: Place
    what: str


def redact(exchange: Exchange) -> Exchange:
    """The exchange with harmless headers only and a URL without secrets."""
    request, response = exchange.request, exchange.response
    return Exchange(
        replace(
            request,
            url=_masked_url(request.url),
            headers=harmless(request.headers),
        ),
        replace(response, headers=harmless(response.headers)),
    )


def harmless(headers: Headers) -> Headers:
    """Those headers that tell nothing of who sent them, whatever their case."""
    return tuple((n, v) for n, v in headers if _is_harmless(n.lower()))


def secrets_in(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables whose name says that their value is a secret."""
    return {
        name: value
        for name, value in environment.items()
        if SECRET_NAME.search(name) and len(value) >= SHORTEST_SECRET
    }


def scan(
    text: str | bytes, secrets: Mapping[str, str], path: str = "cassette"
) -> list[Leak]:
    """Every secret in a text: of a known shape, or one of the given values.

    Args:
        text: a file, or a body.
        secrets: values by the name a message may call them, such as
            ``{"OPENAI_API_KEY": "..."}``; found as they are, quoted for a URL, and
            inside base64.
        path: what places call the text.
    """
    if isinstance(text, bytes):
        text = text.decode(errors="replace")
    found = sorted({*_shapes(text), *_values(text, secrets)})
    return [Leak(_place(text, index, path), what) for index, what in found]


def _is_harmless(name: str) -> bool:
    return name in HARMLESS or any(fnmatchcase(name, glob) for glob in HARMLESS_KINDS)


def _masked_url(url: str) -> str:
    return SECRET_QUERY.sub(rf"\1{MASK}", USER_INFO.sub(r"\1", url))


def _shapes(text: str) -> Iterator[tuple[int, str]]:
    for match in SHAPED.finditer(text):
        key = match["key"]
        # "sk-your-key-goes-here" and "xxxxxxxx" are what documentation says.
        if any(c.isdigit() for c in key) and len(set(key)) >= SHORTEST_SECRET:
            start = next(start for start in SHAPES if key.startswith(start))
            yield match.start("key"), f"a key of the shape {start}..."


def _values(text: str, secrets: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    for name, value in secrets.items():
        if len(value) < SHORTEST_SECRET:
            continue
        for how, form in _forms(value):
            index = text.find(form)
            if index >= 0:
                yield index, f"the value of {name}{how}"
                break


def _forms(value: str) -> Iterator[tuple[str, str]]:
    """All the ways a value may be written."""
    raw = value.encode()
    yield "", value
    yield ", quoted for JSON", json.dumps(value)[1:-1]
    yield ", quoted for a URL", "".join(map(_quoted, raw))
    # base64 packs three bytes into four letters, so a value inside something longer
    # reads in one of three ways; letters shared with its neighbours are left out.
    for before in range(3):
        packed = b64encode(bytes(before) + raw).decode()
        first = (0, 2, 3)[before]
        last = (before + len(raw)) * 8 // 6
        yield ", in base64", packed[first:last]
        yield ", in base64", packed[first:last].replace("+", "-").replace("/", "_")


def _quoted(byte: int) -> str:
    letter = chr(byte)
    return letter if UNQUOTED.fullmatch(letter) else f"%{byte:02X}"


def _place(text: str, index: int, path: str) -> Place:
    line = text.count("\n", 0, index) + 1
    return Place(path, line, index - text.rfind("\n", 0, index))


HARMLESS = frozenset(
    {
        "accept",
        "anthropic-beta",
        "anthropic-version",
        "content-encoding",
        "content-type",
        "date",
        "openai-beta",
        "openai-model",
        "openai-processing-ms",
        "openai-version",
        "request-id",
        "retry-after",
        "retry-after-ms",
        "server",
        "user-agent",
        "x-amzn-errortype",
        "x-amzn-requestid",
        "x-request-id",
        "x-should-retry",
    }
)
"""Lengths and connections are left out: they are the transport's to say anew."""

HARMLESS_KINDS = (
    "anthropic-ratelimit-*",
    "ratelimit-*",
    "x-amzn-bedrock-*",
    "x-ratelimit-*",
)

SECRET_NAME = re.compile(
    r"(?:^|_|API|AUTH|ACCESS)(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PAT|CREDENTIALS?)"
    r"(?:_?\d+)?$",
    re.IGNORECASE,
)
SECRET_QUERY = re.compile(
    r"(?i)([?&](?:key|api[-_]?key|(?:access|auth|id)?[-_]?token|secret|sig|signature|"
    r"password|x-amz-(?:signature|credential|security-token))=)[^&#]*"
)
USER_INFO = re.compile(r"^([a-z][a-z0-9+.-]*://)[^/?#]*@", re.IGNORECASE)
UNQUOTED = re.compile(r"[A-Za-z0-9_.~-]")

SHAPES = {
    "sk-": r"[A-Za-z0-9_-]{20,}",
    "AIza": r"[A-Za-z0-9_-]{35}",
    "AKIA": r"[A-Z0-9]{16}",
    "ghp_": r"[A-Za-z0-9]{36}",
    "github_pat_": r"[A-Za-z0-9_]{60,}",
    "gsk_": r"[A-Za-z0-9]{40,}",
    "hf_": r"[A-Za-z0-9]{34}",
    "xai-": r"[A-Za-z0-9]{40,}",
    "Bearer ": r"[A-Za-z0-9._~+/=-]{16,}",
}
"""How keys begin, and how they go on."""

# A key begins where a word does; "\n" and its like in JSON or YAML end one too.
SHAPED = re.compile(
    r"(?:(?<![A-Za-z0-9_-])|(?<=\\[nrtbf]))(?P<key>"
    + "|".join(f"{start}{rest}" for start, rest in SHAPES.items())
    + r")(?![A-Za-z0-9_-])"
)
