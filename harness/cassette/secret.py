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
    for match in SHAPED.finditer(text):
        key = match["key"]
        start = next(start for start in SHAPES if key.startswith(start))
        # "sk-your-key-goes-here" and "xxxxxxxx" are what documentation says.
        told = key.removeprefix(start)
        if any(c.isdigit() for c in told) and len(set(told)) >= SHORTEST:
            yield match.start("key"), match.end("key"), start


def secrets_in(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that hold a secret: by their name, or as a password in a URL."""
    found = {}
    for name, value in environment.items():
        password = PASSWORD.match(value)
        if password:
            value = password["password"]
        elif not SECRET_NAME.search(name) or HARMLESS_VALUE.fullmatch(value):
            continue
        if len(value) >= SHORTEST:
            found[name] = value
    return found


def forms(value: str) -> Iterator[tuple[str, str]]:
    """All the ways a value may be written, each with the words for it."""
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

SECRET_NAME = re.compile(
    r"(?:^|_|API|AUTH|ACCESS)(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PAT|CREDENTIALS?)"
    r"(?:_?\d+)?$",
    re.IGNORECASE,
)
HARMLESS_VALUE = re.compile(
    rf"(?i)true|false|{MASK}|sk-harness-0+|(?:~|\.{{0,2}})/[^\s:]*"
)
"""Switches, our own, and paths, which are not the secret but where it is."""

PASSWORD = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#:@]*:(?P<password>[^/?#@]+)@", re.I)

SHAPES = {
    "sk-": r"[A-Za-z0-9_-]{20,}",
    "sess-": r"[A-Za-z0-9]{30,}",
    "AIza": r"[A-Za-z0-9_-]{35}",
    "ya29.": r"[A-Za-z0-9_-]{20,}",
    "GOCSPX-": r"[A-Za-z0-9_-]{20,}",
    "AKIA": r"[A-Z0-9]{16}",
    "ASIA": r"[A-Z0-9]{16}",
    "ABSK": r"[A-Za-z0-9+/]{60,}={0,2}",
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
SHAPED = re.compile(
    r"(?:(?<![A-Za-z0-9_-])|(?<=\\[nrtbf])|(?<=%[0-9A-Fa-f]{2}))(?P<key>"
    + "|".join(f"{re.escape(start)}{rest}" for start, rest in SHAPES.items())
    + r")(?![A-Za-z0-9_-])"
)
