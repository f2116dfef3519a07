"""What a spec expects of a turn, held against what the turn brought."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.message.events import CONTENT_TYPES, CONTROL_TYPES, StreamEvent
from harness.message.parts import TextPart
from harness.message.serial import dump, dump_part
from harness.suite.case import Case
from harness.suite.checks import Failure
from harness.suite.located import List, Map, Mark
from harness.suite.match import (
    MISSING,
    Closed,
    Memory,
    Mismatch,
    Spot,
    match,
    show,
)
from harness.suite.observation import Observation, Sent, TurnSeen

WORD = re.compile(r"[a-z_]+|[()|?*+]")
"""One piece of an event pattern."""

LONGEST_LINE = 160
"""How much of a found value a report shows."""


def expectations(case: Case, observation: Observation) -> Iterator[Failure]:
    """Every way in which the turns are not what ``expect`` says."""
    memory = Memory()
    for number, turn in enumerate(case.turns):
        if number >= len(observation.turns):
            message = f"turn {number + 1} was never reached"
            yield Failure("expect", message, case.at)
            return
        seen = observation.turns[number]
        expect = turn.expect or Map(case.at)
        yield from _unexpected_error(case, number, expect, seen)
        facts = _facts(seen)
        for key, wanted in expect.items():
            at = expect.values_at.get(key, case.at)
            prefix = f"turn {number + 1}: " if len(case.turns) > 1 else ""
            for failure in _expect(key, wanted, facts, at, memory):
                yield Failure(
                    failure.check,
                    prefix + failure.message,
                    failure.at or at,
                    failure.lines,
                    failure.hint,
                )


def _expect(
    key: str, wanted: Any, facts: Mapping[str, Any], at: Mark, memory: Memory
) -> Iterator[Failure]:
    if key == "distinct":
        yield from _distinct(wanted, at, memory)
    elif key == "events" and isinstance(wanted, str):
        yield from _pattern(wanted, facts["events"], at)
    else:
        if key in ("parts", "messages", "tool_results"):
            wanted = part_patterns(wanted)
        elif key == "tool_calls":
            wanted = _exact_arguments(wanted)
        found = facts[key]
        for mismatch in match(wanted, found, Spot(key, at, memory)):
            yield _failure(key, mismatch, found)


def _unexpected_error(
    case: Case, number: int, expect: Mapping[str, Any], seen: TurnSeen
) -> Iterator[Failure]:
    if seen.error is None or "error" in expect or case.inject:
        return
    kind = f" ({seen.error.kind})" if seen.error.kind else ""
    message = f"turn {number + 1}: unexpected error{kind}: {seen.error.message}"
    yield Failure("error", message, case.at)


def _facts(seen: TurnSeen) -> dict[str, Any]:
    """A turn under the names that ``expect`` uses."""
    parts = [part for message in seen.messages for part in message.parts]
    requests = [_request(sent) for sent in seen.sent]
    error = seen.error
    return {
        "text": "".join(p.text for p in parts if isinstance(p, TextPart)),
        "parts": [dump_part(part) for part in parts],
        "messages": [dump(message) for message in seen.messages],
        "tool_calls": [dump_part(call) for call in seen.tool_calls],
        "tool_results": [dump_part(result) for result in seen.tool_results],
        "usage": seen.usage if seen.usage is not None else MISSING,
        "finish_reason": seen.finish_reason or MISSING,
        "error": MISSING
        if error is None
        else {
            "message": error.message,
            "kind": error.kind,
            "status": error.status,
            "retryable": error.retryable,
        },
        "done": seen.done,
        "events": [_event(event) for event in seen.events],
        "request": requests[-1] if requests else MISSING,
        "requests": requests,
    }


def _request(sent: Sent) -> dict[str, Any]:
    place, _, query = sent.request.url.partition("?")
    path = "/" + place.partition("://")[2].partition("/")[2]
    return {
        "method": sent.request.method,
        "path": path,
        "query": query,
        "headers": {name.lower(): value for name, value in sent.request.headers},
        "body": sent.body,
    }


def _event(event: Any) -> dict[str, Any]:
    if isinstance(event, StreamEvent):
        said = event._asdict()
        return {k: v for k, v in said.items() if v not in (None, False, ())} | {
            "type": event.type
        }
    names = event.__dataclass_fields__
    return {"type": event.type} | {
        name: getattr(event, name) for name in names if name != "type"
    }


def _pattern(wanted: str, events: list[dict[str, Any]], at: Mark) -> Iterator[Failure]:
    """``reasoning+ text*`` against the row of event types.

    Usage, finish, error and unknown events only count where the pattern names one.
    """
    words = WORD.findall(wanted)
    legal = CONTENT_TYPES + CONTROL_TYPES
    named = {word for word in words if word[0].isalpha()}
    for word in sorted(named - set(legal)):
        message = f"{word!r} is not an event type: {', '.join(legal)}"
        yield Failure("events", message, at)
        return
    regex = "".join(f"(?:{w} )" if w[0].isalpha() else w for w in words)
    types = [e["type"] for e in events]
    row = [t for t in types if t in CONTENT_TYPES or t in named]
    if not re.fullmatch(regex, "".join(f"{t} " for t in row)):
        yield Failure("events", f"wanted {wanted!r}, found: {_runs(row)}", at)


def _runs(types: list[str]) -> str:
    """``text text text`` as ``text ×3``."""
    runs: list[list[Any]] = []
    for type_ in types:
        if runs and runs[-1][0] == type_:
            runs[-1][1] += 1
        else:
            runs.append([type_, 1])
    return " ".join(t if n == 1 else f"{t}×{n}" for t, n in runs) or "no events"


def _distinct(names: list[str], at: Mark, memory: Memory) -> Iterator[Failure]:
    values = [memory.captured.get(name, MISSING) for name in names]
    for index, name in enumerate(names):
        if values[index] is MISSING:
            yield Failure("distinct", f"nothing was captured as {name!r}", at)
        elif values[index] in values[:index]:
            twin = names[values.index(values[index])]
            value = show(values[index])
            yield Failure("distinct", f"{name!r} and {twin!r} are both {value}", at)


def _failure(key: str, mismatch: Mismatch, found: Any) -> Failure:
    seen = _short(show(mismatch.found))
    message = f"{mismatch.path}: wanted {_short(mismatch.wanted)}, found {seen}"
    lines: tuple[str, ...] = ()
    if isinstance(found, list) and key in ("parts", "tool_calls", "tool_results"):
        bad = re.match(rf"{key}\[(\d+)\]", mismatch.path)
        marked = int(bad[1]) if bad else -1
        lines = tuple(
            f"{'>' if index == marked else ' '} [{index}] {_short(show(item))}"
            for index, item in enumerate(found)
        )
    return Failure(key, message, mismatch.at, lines, mismatch.hint)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 1] + "…"


def part_patterns(wanted: Any) -> Any:
    """Part patterns with what they leave unsaid.

    ``redacted``, ``server_executed`` and ``exception`` count as absent when left
    out, and ``arguments`` may hold nothing more than is written.
    """
    if isinstance(wanted, list):
        patterns = List(wanted.at if isinstance(wanted, List) else Mark(0, 0))
        patterns.extend(part_patterns(item) for item in wanted)
        patterns.items_at = list(getattr(wanted, "items_at", [None] * len(wanted)))
        return patterns
    if not isinstance(wanted, dict):
        return wanted
    marks = wanted.values_at if isinstance(wanted, Map) else {}
    if "type" not in wanted:
        pattern = Map(wanted.at if isinstance(wanted, Map) else Mark(0, 0))
        pattern.update({k: part_patterns(v) for k, v in wanted.items()})
        pattern.values_at = dict(marks)
        return pattern
    pattern = Map(wanted.at if isinstance(wanted, Map) else Mark(0, 0))
    pattern.values_at = dict(marks)
    pattern.update(wanted)
    for unsaid in ("redacted", "server_executed", "exception"):
        if pattern.get(unsaid) in (None, False):
            pattern[unsaid] = {"$absent": True}
    return _exact_arguments(pattern)


def _exact_arguments(wanted: Any) -> Any:
    if isinstance(wanted, list):
        calls = List(wanted.at if isinstance(wanted, List) else Mark(0, 0))
        calls.extend(_exact_arguments(item) for item in wanted)
        calls.items_at = list(getattr(wanted, "items_at", [None] * len(wanted)))
        return calls
    if not isinstance(wanted, dict) or not isinstance(wanted.get("arguments"), dict):
        return wanted
    pattern = Map(wanted.at if isinstance(wanted, Map) else Mark(0, 0))
    pattern.update(wanted)
    pattern.values_at = dict(wanted.values_at) if isinstance(wanted, Map) else {}
    pattern["arguments"] = Closed(wanted["arguments"])
    return pattern
