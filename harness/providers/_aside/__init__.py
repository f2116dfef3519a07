"""Aside: what a server is asked beside a conversation: its models, counts, answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from harness.message.parts import JsonObject


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked.

    Attributes:
        models: the models that the server has, as this wire calls them.
        named: what the path names, or nothing.
        query: the fields of the query.
        body: the JSON that was sent, or nothing.
    """

    models: tuple[str, ...]
    named: str = ""
    query: dict[str, str] = field(default_factory=dict)
    body: JsonObject = field(default_factory=dict)


Said: TypeAlias = Any
"""JSON, or the ``Error`` that says what is wrong with the request."""


@dataclass(frozen=True, slots=True)
class Aside:
    """One thing that a server is asked beside a conversation.

    ``path`` stands under the base URL; its group, if it has one, is what it names.
    """

    method: str
    path: re.Pattern[str]
    said: Callable[[Asked], Said]


def aside(method: str, path: str, said: Callable[[Asked], Said]) -> Aside:
    """One of a table of them; ``path`` is a regular expression for all of the path."""
    return Aside(method, re.compile(path), said)


def ends_in(one: Aside, method: str, path: str) -> str | None:
    """What a path names that ends as one of them does; ``None`` where it does not."""
    found = re.search(f"(?:{one.path.pattern})$", path)
    return None if found is None or one.method != method else named_in(found)


def named_in(found: re.Match[str]) -> str:
    """What a path names: nothing, where it is of no single thing."""
    return found[1] if found.re.groups else ""


def page(
    asked: Asked, size: str, after: str, usual: int
) -> tuple[tuple[str, ...], str | None]:
    """The models of the page that is asked for, and the one to ask for the next by.

    ``size`` and ``after`` are the fields of the query that say how many, and after
    which; a page has ``usual`` where it does not say.
    """
    models = asked.models
    last = asked.query.get(after, "")
    if last in models:
        models = models[models.index(last) + 1 :]
    said = asked.query.get(size, "")
    most = max(1, int(said)) if said.isdigit() else usual
    left = models[most - 1] if len(models) > most else None
    return models[:most], left


def lacking(body: JsonObject, *names: str) -> str | None:
    """The first of some fields that a request has not, or says nothing in."""
    return next((name for name in names if body.get(name) in (None, "")), None)
