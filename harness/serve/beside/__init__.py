"""Beside: what a server is asked beside conversations, and insists on in them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from harness.message.events import Error
from harness.providers import PROVIDERS, WHERE
from harness.providers._aside import Aside, Asked, ends_in, named_in
from harness.providers._aside.kept import Again
from harness.providers._provider import Provider
from harness.providers._square import SHAPE_ERRORS
from harness.run.asked import read
from harness.serve.beside.kept import Kept
from harness.serve.stock.shelf import Shelf
from harness.serve.surface import Place
from harness.wire.http import Request, Response, header

GOOGLES = re.compile(r"^/v1(?=/models)")
"""The other version of Gemini's paths, where a request is Google's."""

SHARED_BY_ALL = "authorization"
"""The header of a key that tells nothing of whose it is."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that a provider is asked; ``again`` where it is of a kept answer."""

    provider: Provider
    aside: Aside
    again: Again | None = None


@dataclass(slots=True)
class Beside:
    """Answers what no recording holds: models, counts, answers that were given before.

    ``kept`` are those answers.
    """

    kept: Kept = field(default_factory=Kept)

    def answer(
        self,
        at: Place,
        request: Request,
        scope: str,
        models: Callable[[Provider], tuple[str, ...]],
    ) -> tuple[Provider, Response | Error] | None:
        """Who answers, and with what; ``None`` to a part of a conversation."""
        split = urlsplit(at.url)
        path, query = unquote(split.path), dict(parse_qsl(split.query))
        rows = _rows(at, request, path, query)
        if not rows:
            return None
        row, named = _of_its_headers(rows, request)
        read_ = read(request.body)
        body = read_ if isinstance(read_, dict) else {}
        asked = Asked(models(row.provider), named, query, body)
        try:
            said = self._said(row, asked, scope)
        except SHAPE_ERRORS:
            said = Error("the request cannot be read", None, 400)
        if isinstance(said, Error):
            return row.provider, said
        data = json.dumps(said, ensure_ascii=False).encode()
        head = (("content-type", "application/json"),)
        return row.provider, Response(200, head, (data,))

    def _said(self, row: Row, asked: Asked, scope: str) -> Any:
        if row.again is None:
            return row.aside.said(asked)
        found = self.kept.find(row.provider, asked.named, scope)
        if found is None:
            assert row.provider.server.keeping is not None
            return row.provider.server.keeping.missing(asked.named, False)
        if row.aside.method == "DELETE":
            self.kept.forget(row.provider, asked.named, scope)
        return row.again(asked, found)


def recorded(shelf: Shelf, provider: Provider) -> Iterator[str]:
    """The models of the recordings of a provider's host."""
    for recording in shelf.recordings:
        asked, wire = recording.asked, recording.wire
        if asked is None or wire is None or not asked.model:
            continue
        if PROVIDERS[wire].base_url == provider.base_url:
            yield asked.model


def objection(provider: Provider, request: Request) -> Error | None:
    """The error for a request that lacks what its server insists on."""
    body = read(request.body)
    if provider.server.objection is None or not isinstance(body, dict):
        return None
    return provider.server.objection(body)


# --------------------------------------------------------------------- whose it is


def _rows(
    at: Place, request: Request, path: str, query: Mapping[str, str]
) -> tuple[tuple[Row, str], ...]:
    """All that a path may ask, and what it names: of one provider, or of any."""
    if at.provider is not None:
        return _rows_of(at.provider.name, request.method, path)
    if "key" in query or header(request.headers, "x-goog-api-key"):
        path = GOOGLES.sub("/v1beta", path)
    return _rows_of_any(request.method, path)


@lru_cache(1024)
def _rows_of(name: str, method: str, path: str) -> tuple[tuple[Row, str], ...]:
    rows = ((row, ends_in(row.aside, method, path)) for row in _of(name))
    return tuple((row, named) for row, named in rows if named is not None)


@lru_cache(1024)
def _rows_of_any(method: str, path: str) -> tuple[tuple[Row, str], ...]:
    rows = []
    for row in _all():
        base = urlsplit(row.provider.base_url).path
        if row.aside.method == method and path.startswith(base + "/"):
            found = row.aside.path.fullmatch(path, len(base))
            if found:
                rows.append((row, named_in(found)))
    return tuple(rows)


def _of_its_headers(
    rows: tuple[tuple[Row, str], ...], request: Request
) -> tuple[Row, str]:
    """The one whose own headers the request has; the first where none has."""
    for row, named in rows:
        own = set(row.provider.headers("KEY")) - {SHARED_BY_ALL}
        if any(header(request.headers, name) for name in own):
            return row, named
    return rows[0]


@cache
def _of(name: str) -> tuple[Row, ...]:
    """All that one provider is asked."""
    provider = PROVIDERS[name]
    kept = provider.server.keeping.asides if provider.server.keeping else ()
    return (
        *(Row(provider, aside) for aside in provider.server.asides),
        *(Row(provider, aside, again) for aside, again in kept),
    )


@cache
def _all() -> tuple[Row, ...]:
    """All that all are asked, the wires before the hosts."""
    return tuple(row for name in WHERE for row in _of(name))
