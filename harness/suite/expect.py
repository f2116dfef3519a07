"""What a spec expects of a turn, held against what the turn brought."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from harness.message.events import CONTENT_TYPES, Event, Finish, StreamEvent
from harness.message.parts import JsonObject, TextPart
from harness.suite.case import Case
from harness.suite.checks import Failure
from harness.suite.located import Map, Mark
from harness.suite.match import (
    MISSING,
    NO_SUCH_ITEM,
    Closed,
    Memory,
    Mismatch,
    Spot,
    mapped,
    match,
    matcher_name,
    show,
)
from harness.suite.observation import Observation, Sent, TurnSeen
from harness.suite.wanted import fits, runs

LONGEST_LINE = 160
"""How much of a found value a report shows."""

MOST_LISTED = 20
"""A longer list is shown where something is wrong with it."""

Keep: TypeAlias = Callable[[str, list[JsonObject]], bool]
"""Whether events are those kept under a name; keeps them where nothing is yet."""


def expectations(
    case: Case, observation: Observation, keep: Keep | None = None
) -> Iterator[Failure]:
    """Every way in which the turns are not what ``expect`` says.

    ``keep`` looks after snapshots; without it a case that has some must not be tried.
    """
    memory = Memory()
    for number, turn in enumerate(case.turns):
        if number >= len(observation.turns):
            message = f"turn {number + 1} was never reached"
            yield Failure("expect", message, case.at)
            return
        seen = observation.turns[number]
        expect = turn.expect or Map(case.at)
        if "error" not in expect and _refused_aloud(seen):
            continue
        yield from _unexpected_error(case, number, expect, seen)
        facts = _facts(seen)
        for key, wanted in _tellable(expect, observation.unseen):
            at = expect.values_at.get(key, case.at)
            prefix = f"turn {number + 1}: " if len(case.turns) > 1 else ""
            if keep is not None and is_snapshot(key, wanted):
                if not keep(wanted["snapshot"], facts["events"]):
                    message = f"{prefix}not as in snapshot {wanted['snapshot']!r}"
                    yield Failure("events", message, at)
                continue
            for failure in _expect(key, wanted, facts, at, memory):
                message = prefix + failure.message
                yield replace(failure, message=message, at=failure.at or at)


def _tellable(
    expect: Mapping[str, Any], unseen: Collection[str]
) -> Iterator[tuple[str, Any]]:
    """What is expected, less what the adapter has no way to tell."""
    for key, wanted in expect.items():
        inner = (name.partition(".") for name in unseen)
        beyond = {below for above, _, below in inner if above == key}
        if key in unseen:
            continue
        if any(beyond) and isinstance(wanted, Map) and matcher_name(wanted) is None:
            wanted = _without(wanted, beyond)
        yield key, wanted


def _without(wanted: Map, names: Collection[str]) -> Map:
    kept = Map(wanted.at)
    kept.update((k, v) for k, v in wanted.items() if k not in names)
    kept.keys_at, kept.values_at = wanted.keys_at, wanted.values_at
    if not kept:
        kept["$any"] = True
    return kept


def is_snapshot(key: str, wanted: Any) -> bool:
    """Whether the events are to be compared with a snapshot."""
    return key == "events" and isinstance(wanted, dict) and "snapshot" in wanted


def _expect(
    key: str, wanted: Any, facts: Mapping[str, Any], at: Mark, memory: Memory
) -> Iterator[Failure]:
    if key == "distinct":
        yield from _distinct(wanted, at, memory)
    elif key == "events" and isinstance(wanted, str):
        yield from _row(wanted, facts["events"], at)
    elif key == "events":
        found = _counted(wanted, facts["events"])
        yield from _failures(key, wanted, found, Spot(key, at, memory))
    else:
        if key in ("parts", "messages"):
            wanted = part_patterns(wanted)
        elif key in ("tool_calls", "tool_results"):
            wanted = part_patterns(wanted, parts=True)
        yield from _failures(key, wanted, facts[key], Spot(key, at, memory))


def _refused_aloud(seen: TurnSeen) -> bool:
    """Whether the adapter raised because the provider refused: one way to say it."""
    reasons = {e.reason for e in seen.truth if isinstance(e, Finish)}
    return seen.error is not None and bool(reasons & {"refusal", "content_filter"})


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
        "parts": [part.to_dict() for part in parts],
        "messages": [message.to_dict() for message in seen.messages],
        "tool_calls": [call.to_dict() for call in seen.tool_calls],
        "tool_results": [result.to_dict() for result in seen.tool_results],
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


def _event(event: Event) -> JsonObject:
    """An event's fields, less those that say nothing; a part index of 0 says much."""
    if isinstance(event, StreamEvent):
        said: JsonObject = {"type": event.type, "chunk": event.chunk}
        for name, value in event._asdict().items():
            if value is not None and value is not False and value != ():
                said[name] = value
        if event.attachments:
            said["attachments"] = [a.to_dict() for a in event.attachments]
        return said
    names = event.__dataclass_fields__
    return {"type": event.type} | {
        name: getattr(event, name) for name in names if name != "type"
    }


def _row(wanted: str, events: list[JsonObject], at: Mark) -> Iterator[Failure]:
    """The row of event types against a pattern such as ``reasoning+ text*``."""
    fit, row = fits(wanted, [event["type"] for event in events])
    if not fit:
        yield Failure("events", f"wanted {wanted!r}, found: {runs(row)}", at)


def _counted(wanted: Any, events: list[JsonObject]) -> list[JsonObject]:
    """The events that a list is held against: as in a row, those it has a word for."""
    if not isinstance(wanted, list):
        return events
    named = {item.get("type") for item in wanted if isinstance(item, dict)}
    return [e for e in events if e["type"] in CONTENT_TYPES or e["type"] in named]


def _distinct(names: list[str], at: Mark, memory: Memory) -> Iterator[Failure]:
    values = [memory.captured.get(name, MISSING) for name in names]
    for index, name in enumerate(names):
        if values[index] is MISSING:
            yield Failure("distinct", f"nothing was captured as {name!r}", at)
        elif values[index] in values[:index]:
            twin = names[values.index(values[index])]
            value = show(values[index])
            yield Failure("distinct", f"{name!r} and {twin!r} are both {value}", at)


def _failures(key: str, wanted: Any, found: Any, spot: Spot) -> Iterator[Failure]:
    """Every mismatch; with the last one the list that was seen, all of them marked."""
    mismatches = list(match(wanted, found, spot))
    for mismatch in mismatches:
        seen = _short(show(mismatch.found))
        message = f"{mismatch.path}: wanted {_short(mismatch.wanted)}, found {seen}"
        if mismatch.wanted == NO_SUCH_ITEM:
            message = f"{mismatch.path}: one too many: {seen}"
        lines: tuple[str, ...] = ()
        if mismatch is mismatches[-1] and isinstance(found, list):
            lines = tuple(_listed(key, found, mismatches))
        yield Failure(key, message, mismatch.at, lines, mismatch.hint)


def _listed(key: str, found: list[Any], mismatches: list[Mismatch]) -> Iterator[str]:
    """What was found, item by item: ``+`` is too much, ``-`` missing, ``>`` wrong."""
    signs: dict[int, str] = {}
    missing: dict[int, str] = {}
    for mismatch in mismatches:
        item = re.match(rf"{key}\[(\d+)\](.?)", mismatch.path)
        if item and not item[2] and mismatch.found is MISSING:
            missing[int(item[1])] = mismatch.wanted
        elif item:
            extra = mismatch.wanted == NO_SUCH_ITEM
            signs[int(item[1])] = "+" if extra else ">"
    yield key + ("" if found or missing else ": none")
    left_out = 0
    for index, item in enumerate(found):
        if len(found) > MOST_LISTED and not any(abs(i - index) < 3 for i in signs):
            left_out += 1
            continue
        if left_out:
            yield f"  … {left_out} more"
            left_out = 0
        yield f"{signs.get(index, ' ')} [{index}] {_short(show(item))}"
    if left_out:
        yield f"  … {left_out} more"
    for index, wanted in missing.items():
        yield f"- [{index}] {_short(wanted)}"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 1] + "…"


def part_patterns(wanted: Any, *, parts: bool = False) -> Any:
    """Part patterns with what they leave unsaid.

    ``redacted``, ``server_executed`` and ``exception`` count as absent when left
    out, and ``arguments`` may hold nothing more than is written. A mapping with a
    ``type`` is a part; with ``parts``, so is one without.
    """
    if isinstance(wanted, list):
        return mapped(lambda item: part_patterns(item, parts=parts), wanted)
    if not isinstance(wanted, dict):
        return wanted
    pattern = Map(wanted.at if isinstance(wanted, Map) else Mark(0, 0))
    pattern.values_at = wanted.values_at if isinstance(wanted, Map) else {}
    if "type" not in wanted and (not parts or matcher_name(wanted)):
        inner = {k: part_patterns(v, parts=parts) for k, v in wanted.items()}
        pattern.update(inner)
        return pattern
    pattern.update(wanted)
    for unsaid in ("redacted", "server_executed", "exception"):
        if pattern.get(unsaid) in (None, False):
            pattern[unsaid] = {"$absent": True}
    if isinstance(wanted.get("arguments"), dict):
        pattern["arguments"] = Closed(wanted["arguments"])
    return pattern
