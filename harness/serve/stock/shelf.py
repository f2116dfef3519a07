"""Shelf: what can be answered, found by the conversation that asks for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any
from urllib.parse import unquote, urlsplit

from harness.cassette.match import differences
from harness.message.turn import Turn
from harness.providers._provider import Provider
from harness.run.asked import read
from harness.serve.stock.recording import Recording
from harness.suite.checks.gist import asked_gist
from harness.wire.http import Request

MOST_ASKED = 50_000
"""Conversations of scopes of which is known how often they were asked: the latest."""


@dataclass(frozen=True, slots=True)
class Found:
    """Recordings that a request can be answered with, each in its turn.

    ``how`` is ``same`` where the very request was recorded, ``exact`` where it asks
    for the same in other words, and ``conversation`` where its messages do. ``key``
    says what they have in common.
    """

    recordings: tuple[Recording, ...]
    how: str
    key: str


@dataclass(slots=True)
class Shelf:
    """All recordings, in the order they came.

    ``strict`` serves those alone whose whole request is alike: model, tools, options.
    ``changes`` counts how often something was put on it.
    """

    strict: bool = False
    recordings: list[Recording] = field(default_factory=list)
    changes: int = 0
    _by_request: dict[str, list[Recording]] = field(default_factory=dict)
    _by_gist: dict[str, list[Recording]] = field(default_factory=dict)
    _asked: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, recordings: Iterable[Recording]) -> None:
        """Put some on it."""
        self.changes += 1
        for recording in recordings:
            self.recordings.append(recording)
            if recording.exchange is not None:
                key = _key(recording.exchange.request)
                self._by_request.setdefault(key, []).append(recording)
            if recording.asked is not None:
                alike = self._by_gist.setdefault(gist(recording.asked), [])
                alike.append(recording)

    def clear(self) -> None:
        """Take all of them off; what was asked so far still counts."""
        self.changes += 1
        self.recordings.clear()
        self._by_request.clear()
        self._by_gist.clear()

    def reset(self, scope: str | None = None) -> None:
        """Forget what was asked, in one scope or in all."""
        for place in [*self._asked]:
            if scope in (None, place[0]):
                del self._asked[place]

    def same(self, request: Request, wire: str | None) -> Found | None:
        """What was recorded of this very request, first of that wire."""
        key = _key(request)
        able = self._by_request.get(key, ())
        able = [r for r in able if r.wire == wire] or able
        return Found(tuple(able), "same", key) if able else None

    def find(self, provider: Provider, turn: Turn) -> Found | None:
        """What answers a conversation."""
        key = gist(turn)
        wires = (None, provider.name)
        able = [r for r in self._by_gist.get(key, ()) if r.wire in wires]
        exact = [r for r in able if r.asked is not None and _alike(r.asked, turn)]
        chosen = exact or ([] if self.strict else able)
        if not chosen:
            return None
        how = "exact" if exact else "conversation"
        return Found(tuple(chosen), how, f"{provider.name} {key}")

    def turn(self, key: str, scope: str, of: int, *, taken: bool = True) -> int:
        """Which of so many is due: each until it is taken, the last for ever."""
        number = self._asked.pop((scope, key), 0)
        self._asked[scope, key] = number + taken
        if len(self._asked) > MOST_ASKED:
            del self._asked[next(iter(self._asked))]
        return min(number, of - 1)

    def nearest(self, provider: Provider, turn: Turn) -> tuple[Recording, str] | None:
        """The recording that a request comes closest to, and where it first differs."""
        wanted = asked_gist(turn.messages)
        able = [
            (recording, recording.asked)
            for recording in self.recordings
            if recording.asked is not None and recording.wire in (None, provider.name)
        ]
        gists = [asked_gist(asked.messages) for _, asked in able]
        shared = [_shared(gist, wanted) for gist in gists]
        most = max(shared, default=0)
        close = {
            json.dumps(gist[most:], ensure_ascii=False): recording
            for recording, gist, count in zip(able, gists, shared, strict=True)
            if count == most
        }
        if not close:
            return None
        rest = json.dumps(wanted[most:], ensure_ascii=False)
        nearest = get_close_matches(rest, close, n=1, cutoff=0.0)
        recording, asked = close[nearest[0]] if nearest else next(iter(close.values()))
        return recording, _first_difference(asked, turn)


def _key(request: Request) -> str:
    """A request by what it asks: its path, and its body as JSON where it is."""
    path = urlsplit(request.url)
    body = read(request.body)
    said = request.body.hex() if body is None else json.dumps(body, sort_keys=True)
    return f"{request.method} {unquote(path.path)}?{path.query} {said}"


def gist(turn: Turn) -> str:
    """A conversation as a key: what every wire carries of it."""
    return json.dumps(asked_gist(turn.messages), sort_keys=True, ensure_ascii=False)


def _alike(recorded: Turn, sent: Turn) -> bool:
    """Whether they ask for the same: of the same model, with the same around it."""
    return _around(recorded) == _around(sent)


def _around(turn: Turn) -> dict[str, Any]:
    return {
        "model": turn.model,
        "tools": [tool.to_dict() for tool in turn.tools],
        "schema": turn.schema,
        "options": dict(turn.options),
    }


def _shared(one: Sequence[Any], other: Sequence[Any]) -> int:
    """How many messages two conversations have in common, from the first on."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _first_difference(recorded: Turn, sent: Turn) -> str:
    pairs = (
        ("messages", asked_gist(recorded.messages), asked_gist(sent.messages)),
        *(
            (name, _around(recorded)[name], value)
            for name, value in _around(sent).items()
        ),
    )
    for name, was, is_ in pairs:
        for one in differences(was, is_, root=name):
            return (
                f"{one.path}: recorded {_shown(one.recorded)}, sent {_shown(one.sent)}"
            )
    return "nothing differs"


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= 120 else text[:119] + "…"
