"""Shelf: what can be answered, found by the conversation that asks for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import partial
from itertools import count
from typing import Any
from urllib.parse import unquote, urlsplit

from harness.cassette.match import differences
from harness.cassette.tape import Tape
from harness.errors import NotExpressible
from harness.message.assemble import disassemble
from harness.message.events import Event, Finish, Usage
from harness.message.parts import Message, ToolCallPart, ToolResultPart
from harness.message.turn import Turn
from harness.providers import PROVIDERS
from harness.providers._provider import Provider
from harness.providers._square import speak
from harness.run.asked import parsed, read, wire_of
from harness.run.door import Ask, ScriptedTools, result_of, said
from harness.run.rehearse import placed, rehearse
from harness.suite.case import Case
from harness.suite.checks._gist import asked_gist
from harness.wire.http import Request, Response


@dataclass(frozen=True, slots=True)
class Recording:
    """One answer, and what is asked for it.

    Attributes:
        source: where it is from: ``cassettes/x.yaml#2``, ``suite::case[label] turn 1``.
        wire: the provider that it was recorded of; ``None`` if it is said on any.
        asked: the conversation that is asked in, or ``None`` where it is none.
        say: the answer on a wire, streamed or not as far as it is not recorded; raises
            ``NotExpressible`` where the wire has no word for it.
        verbatim: whether it stands as it is written, though nobody asked for all.
        request: that which was recorded, if any was; and ``recorded`` its answer.
    """

    source: str
    wire: str | None
    asked: Turn | None
    say: Callable[[Provider, bool], Response]
    verbatim: bool = False
    request: Request | None = None
    recorded: Response | None = None


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
            if recording.request is not None:
                same = self._by_request.setdefault(_key(recording.request), [])
                same.append(recording)
            if recording.asked is not None:
                alike = self._by_gist.setdefault(gist(recording.asked), [])
                alike.append(recording)

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

    def turn(self, key: str, scope: str, of: int) -> int:
        """Which of so many is due: each once, and the last from then on."""
        number = self._asked.get((scope, key), 0)
        self._asked[scope, key] = number + 1
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


# ----------------------------------------------------------------- where they are from


def of_tape(tape: Tape, source: str) -> Iterator[Recording]:
    """The recordings of a cassette."""
    for number, exchange in enumerate(tape.exchanges, 1):
        request = exchange.request
        wire = wire_of(request.url)
        body = read(request.body)
        turn = parsed(PROVIDERS[wire], body, request.url) if wire else None
        yield Recording(
            f"{source}#{number}",
            wire,
            turn,
            partial(_recorded, exchange.response),
            request=request,
            recorded=exchange.response,
        )


def _recorded(response: Response, provider: Provider, stream: bool) -> Response:
    return response


def of_case(case: Case) -> Iterator[Recording]:
    """What a case of a suite says, on any wire; what is written raw on its own alone.

    A turn asks with the conversation up to it, and the results of the suite's tools.
    """
    provider = PROVIDERS[case.provider]
    tools, ids = ScriptedTools(case.tools), map(provider.call_id, count(1))
    messages: tuple[Message, ...] = ()
    answered: Message | None = None
    number = 0
    for turn in case.turns:
        if turn.step == "execute_tool_calls":
            continue
        if answered is not None:
            results = tuple(_results(answered, tools))
            messages += (answered, *((Message("tool", results),) if results else ()))
        messages += said(Ask(turn.prompt, turn.system, turn.messages))
        if turn.says is None:
            return
        raw = turn.says.raw is not None
        yield Recording(
            f"{case.nodeid} turn {number + 1}",
            case.provider if raw else None,
            Turn(case.model, messages),
            partial(_spoken, case, number),
            raw,
        )
        if raw or turn.says.parts is None:
            return  # what it asks next is the answer's to say
        number += 1
        parts = (placed(part, provider, ids) for part in turn.says.parts)
        answered = Message("assistant", tuple(parts))


def _results(answered: Message, tools: ScriptedTools) -> Iterator[ToolResultPart]:
    for part in answered.parts:
        if isinstance(part, ToolCallPart) and not part.server_executed:
            yield result_of(part.name, part.arguments, part.tool_call_id, tools)


def _spoken(case: Case, number: int, provider: Provider, stream: bool) -> Response:
    rehearsal = rehearse(replace(case, provider=provider.name), provider, stream=stream)
    if rehearsal.inapplicable:
        raise NotExpressible(rehearsal.inapplicable)
    return rehearsal.tape.exchanges[number].response


def of_message(message: Message, provider: Provider, *, stream: bool) -> Response:
    """A message that somebody made up, on a wire; calls without ids are given some.

    Raises:
        NotExpressible: where the wire has no word for it.
    """
    numbers = count(1)
    parts = tuple(
        replace(part, tool_call_id=provider.call_id(next(numbers)))
        if isinstance(part, ToolCallPart) and part.tool_call_id is None
        else part
        for part in message.parts
    )
    reasons = provider.cannot_say(replace(message, parts=parts))
    if reasons:
        raise NotExpressible("; ".join(reasons))
    calls = any(isinstance(p, ToolCallPart) and not p.server_executed for p in parts)
    events: list[Event] = [*disassemble([replace(message, parts=parts)])]
    events += [Usage(*FEW), Finish("tool_calls" if calls else "stop")]
    return speak(provider, events, stream=stream)


FEW = (10, 10)
"""Tokens that an answer is said to have taken of which nobody says how many."""
