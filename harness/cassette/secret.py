"""Secrets: what keys look like, who holds them, and all the ways they are written."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping

MASK = "REDACTED"
"""What stands where something was masked."""

SHORTEST = 8
"""Letters; anything shorter stands in ordinary text by chance."""


def keys(text: str) -> Iterator[tuple[int, int, str]]:
    """Where something of the shape of a key begins and ends, and how it begins."""
    last = 0
    for start, end, kind in sorted(_shaped(text)):
        if start >= last:  # a bearer's key is one key
            yield start, end, kind
            last = end


def places(text: str, word: str) -> Iterator[int]:
    """Wherever a word stands; many times as fast as a pattern where it is rare."""
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def is_random(text: str) -> bool:
    """Whether it has digits, or is long and has many letters of both cases."""
    upper, lower = sum(map(str.isupper, text)), sum(map(str.islower, text))
    many = len(text) >= LONG and min(upper, lower) >= MANY
    return many or any(letter.isdigit() for letter in text)


def _shaped(text: str) -> Iterator[tuple[int, int, str]]:
    for start, shape in SHAPED.items():
        for at in places(text, start):
            match = shape.match(text, at)
            # "sk-your-key-goes-here" and "xxxxxxxx" are what documentation says.
            if match and (start == PEM or _is_secret(match["told"])):
                yield at, match.end(), start


def _is_secret(told: str) -> bool:
    return is_random(told) and len(set(told)) >= SHORTEST


def secrets_in(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that hold a secret: by their name, or as a password in a URL."""
    found = {}
    for name, value in environment.items():
        password = PASSWORD.match(value)
        if password:
            found[name] = password["password"]
            found[f"{name}, unquoted"] = _unquoted(password["password"])
        elif WEBHOOK.search(name) or (
            SECRET_NAME.search(name) and not HARMLESS_VALUE.fullmatch(value)
        ):
            found[name] = value
    return {name: value for name, value in found.items() if len(value) >= SHORTEST}


def _unquoted(text: str) -> str:
    return PERCENT.sub(lambda m: chr(int(m[1], 16)), text)


def forms(value: str) -> Iterator[tuple[str, str]]:
    """All the ways a value may be written, each with the words for it."""
    seen: set[str] = set()
    for how, form in _forms(value):
        if form not in seen:
            seen.add(form)
            yield how, form


def _forms(value: str) -> Iterator[tuple[str, str]]:
    raw = value.encode(errors="surrogateescape")
    yield "", value
    quoted = json.dumps(value)[1:-1]
    for form in (quoted, json.dumps(value, ensure_ascii=False)[1:-1]):
        yield ", quoted for JSON", form
        yield ", quoted for JSON", form.replace("/", "\\/")
        yield ", quoted for JSON twice", json.dumps(form)[1:-1]
    once = "".join(map(_quoted, raw))
    for form in (once, LOWER.sub(lambda m: m[0].lower(), once)):
        yield ", quoted for a URL", form
        yield ", quoted for a URL", form.replace("%20", "+")
    yield ", in hexadecimal", raw.hex()
    yield ", in hexadecimal", raw.hex().upper()
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


UNQUOTED = re.compile(r"[A-Za-z0-9_.~-]")
LOWER = re.compile(r"%[0-9A-F]{2}")

LONG, MANY = 32, 6
"""Letters of a key without digits, and how many of them are of either case."""

PERCENT = re.compile(r"%([0-9A-Fa-f]{2})")

SECRET_NAME = re.compile(
    r"(?:(?:^|_|API|AUTH|ACCESS|PG|SSH)"
    r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASS|PAT|CREDENTIALS?|COOKIE)"
    r"|_PWD)(?:_?\d+|_[A-Z0-9]+)?$",
    re.IGNORECASE,
)
WEBHOOK = re.compile("WEBHOOK", re.IGNORECASE)
"""The path of such an address is the secret."""

HARMLESS_VALUE = re.compile(
    rf"(?i)true|false|[0-9.]+|{MASK}|sk-harness-0+|https?://[^\s@]*|"
    r"(?:~|\.{1,2})/[^\s:]*|/[^\s:+=]*\.[^\s:+=]*"
)
"""Switches, counts, our own, addresses, and paths: not the secret but where it is."""

PASSWORD = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#:@]*:(?P<password>[^/?#@]+)@", re.I)

PEM = "PRIVATE KEY-----"
"""How a key in a file of its own begins."""

SHAPES = {
    "sk-": r"[A-Za-z0-9_-]{20,}",
    "sess-": r"[A-Za-z0-9]{30,}",
    "AIza": r"[A-Za-z0-9_-]{35}",
    "1//0": r"[A-Za-z0-9_-]{30,}",
    "ya29.": r"[A-Za-z0-9_-]{20,}",
    "GOCSPX-": r"[A-Za-z0-9_-]{20,}",
    "AKIA": r"[A-Z0-9]{16}",
    "ASIA": r"[A-Z0-9]{16}",
    # Not longer, or it is a letter in a picture.
    "ABSK": r"[A-Za-z0-9+/]{60,200}={0,2}",
    "ghp_": r"[A-Za-z0-9]{36}",
    "gho_": r"[A-Za-z0-9]{36}",
    "ghu_": r"[A-Za-z0-9]{36}",
    "ghs_": r"[A-Za-z0-9]{36}",
    "ghr_": r"[A-Za-z0-9]{36}",
    "github_pat_": r"[A-Za-z0-9_]{60,}",
    "gsk_": r"[A-Za-z0-9]{40,}",
    "hf_": r"[A-Za-z0-9]{34}",
    "xai-": r"[A-Za-z0-9]{40,}",
    "pplx-": r"[A-Za-z0-9]{40,}",
    "csk-": r"[a-z0-9]{40,}",
    "nvapi-": r"[A-Za-z0-9_-]{40,}",
    "r8_": r"[A-Za-z0-9]{37}",
    "tgp_v1_": r"[A-Za-z0-9_-]{30,}",
    "fw_": r"[A-Za-z0-9]{22,}",
    "xapp-": r"[A-Za-z0-9-]{20,}",
    "xoxa-": r"[A-Za-z0-9-]{20,}",
    "xoxr-": r"[A-Za-z0-9-]{20,}",
    "xoxs-": r"[A-Za-z0-9-]{20,}",
    "xoxb-": r"[A-Za-z0-9-]{20,}",
    "xoxp-": r"[A-Za-z0-9-]{20,}",
    "glpat-": r"[A-Za-z0-9_-]{20,}",
    "pypi-": r"[A-Za-z0-9_-]{50,}",
    "npm_": r"[A-Za-z0-9]{36}",
    "eyJ": r"[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    "Bearer ": r"[A-Za-z0-9._~+/=-]{16,}",
    "Basic ": r"[A-Za-z0-9+/]{16,}={0,2}",
}
"""How keys begin, and how they go on."""

# A key begins where a word does; "\n" and its like in JSON or YAML end one too, and
# so does a percent escape.
BEFORE = r"(?:(?<![A-Za-z0-9_-])|(?<=\\[nrtbf])|(?<=%[0-9A-Fa-f]{2}))"
AFTER = r"(?![A-Za-z0-9_-])"

# Its lines, also where they are in JSON, up to the last; or as far as they came.
LINES = (
    r"(?:[A-Za-z0-9+/=\s:,]|-(?!----)|\\+[nr/]){9,}(?=-----END)|"
    r"(?:\s|\\+[nr])*[A-Za-z0-9+/]{60,}(?:[A-Za-z0-9+/=\s]|\\+[nr/])*"
)

SHAPED = {
    start: re.compile(rf"{BEFORE}{re.escape(start)}(?P<told>{rest}){AFTER}")
    for start, rest in SHAPES.items()
}
SHAPED[PEM] = re.compile(rf"{re.escape(PEM)}(?P<told>{LINES})")
