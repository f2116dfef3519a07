"""Surface: whose wire a path is of, where all of them share one port.

A path is looked up as the vendors have it; hosts that share one with another are asked
for by name: ``/mistral/v1/chat/completions``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b
from urllib.parse import unquote, urlsplit

from harness.message.turn import Turn
from harness.providers import PROVIDERS
from harness.providers._provider import Provider
from harness.run.asked import wire_of

MODEL = "HARNESS-MODEL"
"""What stands for a model's name in the path of one that has it there."""

SCOPE = re.compile(r"/scope/([\w.-]{1,64})(?=/)")
"""The beginning of a path that says whose test it is of."""

VERSION = re.compile(r"^/v1(?=/models/[^/]+:)")
"""Gemini's other version, of the same wire."""


KEY = re.compile(r"([?&]key=)[^&]*")
"""Where Google's clients put a key."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request belongs.

    Attributes:
        provider: whose wire it is, or ``None`` where nobody's.
        url: as it would go to the vendor.
        written: the target as it was written, less the scope: a vendor's own path may
            begin like the name of another.
        scope: whose test asked, or nothing.
    """

    provider: Provider | None
    url: str
    written: str = ""
    scope: str = ""


@lru_cache(4096)
def target(url: str) -> str:
    """The path of a URL, with its query."""
    return "/" + url.partition("://")[2].partition("/")[2]


def shown(url: str) -> str:
    """A path or a URL as others may read it: without a key that its query holds."""
    return KEY.sub(r"\1…", url)


def digest(path: str, body: bytes) -> str:
    """The same for the same request, in 24 digits of base 16."""
    return blake2b(path.encode() + body, digest_size=12).hexdigest()


def place(target: str, upstream: str = "") -> Place:
    """Where a request to ``target``, a path with its query, belongs.

    Paths that leave out the one of an ``upstream`` are taken to go on from it, and its
    host says whose wire they are of.
    """
    scope = SCOPE.match(target)
    if scope:
        target = target[scope.end() :]
    path, mark, query = target.partition("?")
    name, rest = _named(path)
    under = urlsplit(upstream).path.rstrip("/")
    if name is not None:
        provider: Provider | None = PROVIDERS[name]
        path = rest
    else:
        path = VERSION.sub("/v1beta", unquote(path))
        if not path.startswith(f"{under}/"):
            path = under + path
        provider = _of_host(upstream, path) or _of_path(path)
    host = (
        urlsplit(provider.base_url) if provider else urlsplit("http://harness.invalid")
    )
    url = f"{host.scheme}://{host.netloc}{path}{mark}{query}"
    return Place(provider, url, target, scope[1] if scope else "")


def _of_host(upstream: str, path: str) -> Provider | None:
    """The provider whose host an upstream is, where it is a path of its wire."""
    host = urlsplit(upstream).netloc
    wire = wire_of(f"https://{host}{path}") if host else None
    return PROVIDERS[wire] if wire else None


def _of_path(path: str) -> Provider | None:
    """The first provider that is asked at a path; later ones need not be loaded."""
    names = (name for name in PROVIDERS if any(p.fullmatch(path) for p in _paths(name)))
    found = next(names, None)
    return PROVIDERS[found] if found is not None else None


def _named(path: str) -> tuple[str | None, str]:
    """The provider that a path begins with, and the rest of it."""
    name, slash, rest = path[1:].partition("/")
    return (name, slash + rest) if name in PROVIDERS else (None, path)


@cache
def _paths(name: str) -> tuple[re.Pattern[str], ...]:
    """The paths that a provider is asked at."""
    provider = PROVIDERS[name]
    base = urlsplit(provider.base_url).path
    asked = {
        provider.path(Turn(MODEL, (), stream=stream)).partition("?")[0]
        for stream in (True, False)
    }
    written = (re.escape(base + path) for path in sorted(asked))
    any_model = re.escape(MODEL), "[^/]+(?:/[^/]+)*"
    return tuple(re.compile(path.replace(*any_model)) for path in written)
