"""Checks of what was heard: events, parts, usage, the end of a stream."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any

from harness.errors import EventError
from harness.message.events import (
    CONTENT_TYPES,
    CONTROL_TYPES,
    Error,
    Finish,
    StreamEvent,
    Usage,
)
from harness.message.parts import ToolCallPart
from harness.message.place import resolve
from harness.suite.case import Case
from harness.suite.checks._failure import Failure, compared
from harness.suite.checks.gist import gist, joined, meaning, parts_of
from harness.suite.match import show
from harness.suite.observation import Evidence, TurnSeen


def events_valid(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """Legal types, one family a part, name before arguments, ids that stay."""
    if "events" in evidence.first.unseen:
        return
    for turn in evidence.first.turns:
        for message in _invalid(turn):
            yield Failure("events.valid", message)


def _invalid(turn: TurnSeen) -> Iterator[str]:
    named: set[int] = set()
    ids: dict[int, str] = {}
    for number, event in enumerate(turn.events):
        if event.type not in CONTENT_TYPES + CONTROL_TYPES:
            yield f"event {number}: {event.type!r} is not an event type"
    try:
        placed = list(resolve(turn.events))
    except (EventError, TypeError) as error:
        yield str(error)
        return
    for number, event in enumerate(placed):
        index = event.part_index or 0
        if event.type == "tool_call_name":
            named.add(index)
        elif event.type == "tool_call_args" and index not in named:
            yield f"event {number}: arguments before the name of the call"
        if event.type.startswith("tool_call") and event.tool_call_id:
            first = ids.setdefault(index, event.tool_call_id)
            if first != event.tool_call_id:
                yield f"event {number}: call id {event.tool_call_id!r} was {first!r}"
    messages = turn.added_up
    if turn.error is None:
        said = parts_of(turn.told, ToolCallPart)
        broken = [call.arguments for call in said]
        for call in parts_of(messages, ToolCallPart):
            kept = isinstance(call.arguments, dict) and list(call.arguments) == ["_raw"]
            if kept and call.arguments not in broken:
                raw = call.arguments["_raw"]
                yield f"arguments of {call.name!r} are not JSON: {raw!r}"
    yield from _invented(turn)


def _invented(turn: TurnSeen) -> Iterator[str]:
    """Words that the recorded bytes do not hold."""
    spoken = {kind: joined(turn.truth, kind) for kind in ("text", "reasoning")}
    for number, event in enumerate(turn.events):
        if not isinstance(event, StreamEvent) or event.type not in spoken:
            continue
        if event.chunk not in spoken[event.type]:
            said = show(event.chunk)
            yield f"event {number}: {event.type} {said} does not occur in the recording"


def events_complete(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """Everything the wire said is there: words, thoughts, calls, in order."""
    if evidence.first.unmatched:
        return
    for number, turn in enumerate(evidence.first.turns):
        gave_up = turn.error and not any(isinstance(e, Error) for e in turn.truth)
        if not turn.sent or gave_up:
            continue  # what it gave up for is told, and once is enough
        said, heard = gist(turn.told), gist(turn.messages)
        if said != heard:
            lines = tuple(compared("the wire said", said, "the adapter gave", heard))
            message = f"turn {number + 1}: not everything the wire said came through"
            yield Failure("events.complete", message, lines=lines)


def events_assemble(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """Our own assembly of the events equals the adapter's messages."""
    if "events" in evidence.first.unseen:
        return
    for number, turn in enumerate(evidence.first.turns):
        try:
            ours = [m.to_dict() for m in turn.added_up]
        except (EventError, TypeError):
            continue  # events.valid has said so
        theirs = [m.to_dict() for m in turn.messages]
        if ours != theirs:
            lines = tuple(compared("its events", ours, "its messages", theirs))
            message = f"turn {number + 1}: messages() is not what the events add up to"
            yield Failure("events.assemble", message, lines=lines)


BROUGHT = attrgetter("events", "messages", "usage", "finish_reason", "error")
"""What of a turn the cuts of its bytes might change."""


def chunks_invariant(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """The same events and messages, however the bytes are cut."""
    unseen = evidence.first.unseen
    turns = evidence.first.turns
    first = [meaning(turn, unseen) for turn in turns]
    for cut, observation in evidence.cuts.items():
        if observation.raised:
            message = f"cut by {cut}, the adapter raised {observation.raised}"
            yield Failure("chunks.invariant", message)
            continue
        if [*map(BROUGHT, turns)] == [*map(BROUGHT, observation.turns)]:
            continue  # to the letter, so there is no need to ask what is meant
        other = [meaning(turn, unseen) for turn in observation.turns]
        if other != first:
            lines = tuple(compared("as recorded", first, f"cut by {cut}", other))
            message = f"the answer depends on how its bytes are cut ({cut})"
            yield Failure("chunks.invariant", message, lines=lines)


def stream_parity(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """The answer that is not streamed gives the same parts as the stream."""
    if evidence.other_mode is None:
        return
    if evidence.other_mode.raised:
        way = "not streamed" if case.stream else "streamed"
        message = f"{way}, the adapter raised {evidence.other_mode.raised}"
        yield Failure("stream.parity", message)
        return
    pairs = zip(evidence.first.turns, evidence.other_mode.turns, strict=False)
    for number, (one, other) in enumerate(pairs):
        if one.error or other.error:
            continue
        ours, theirs = gist(one.messages), gist(other.messages)
        if ours != theirs:
            streamed, whole = (ours, theirs) if case.stream else (theirs, ours)
            lines = tuple(compared("streamed", streamed, "not streamed", whole))
            message = f"turn {number + 1}: streaming changes what is said"
            yield Failure("stream.parity", message, lines=lines)


def async_parity(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """The same conversation awaited brings the same."""
    if evidence.other_way is None:
        return
    if evidence.other_way.raised:
        message = f"awaited, the adapter raised {evidence.other_way.raised}"
        yield Failure("async.parity", message)
        return
    unseen = evidence.first.unseen
    first = [meaning(turn, unseen) for turn in evidence.first.turns]
    other = [meaning(turn, unseen) for turn in evidence.other_way.turns]
    for number, (one, awaited) in enumerate(zip(first, other, strict=False)):
        if one != awaited:
            lines = tuple(compared("sync", one, "async", awaited))
            message = f"turn {number + 1}: awaited, the answer is another one"
            yield Failure("async.parity", message, lines=lines)
            return
    if len(first) != len(other):
        message = f"awaited, it went {len(other)} turns of {len(first)}"
        yield Failure("async.parity", message)


def tool_calls_ids(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """A call has the id that the wire gave it, which its result is sent with.

    That it is sent back is what the provider needs; see ``reply.ids``.
    """
    for number, turn in enumerate(evidence.first.turns):
        said = parts_of(turn.told, ToolCallPart)
        heard = parts_of(turn.messages, ToolCallPart)
        if [c.name for c in said] != [c.name for c in heard]:
            continue  # events.complete has said so
        for wire, call in zip(said, heard, strict=True):
            if wire.tool_call_id not in (None, call.tool_call_id):
                message = (
                    f"turn {number + 1}: {call.name!r} has the id "
                    f"{call.tool_call_id!r}, and {wire.tool_call_id!r} on the wire"
                )
                yield Failure("tool_calls.ids", message, level="should")


def tool_calls_parity(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """``tool_calls()`` equals the tool call parts that are ours to run."""
    for number, turn in enumerate(evidence.first.turns):
        parts = [
            _call(c)
            for c in parts_of(turn.messages, ToolCallPart)
            if not c.server_executed
        ]
        calls = [_call(c) for c in turn.tool_calls]
        if parts != calls:
            lines = tuple(compared("parts", parts, "tool_calls()", calls))
            message = f"turn {number + 1}: tool_calls() are not the tool_call parts"
            yield Failure("tool_calls.parity", message, lines=lines)


def _call(call: ToolCallPart) -> dict[str, Any]:
    return {"name": call.name, "arguments": call.arguments, "id": call.tool_call_id}


def usage_sane(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """Token counts are whole and never negative; input is there if the wire has it."""
    for number, turn in enumerate(evidence.first.turns):
        usage = turn.usage or {}
        for name in ("input", "output"):
            count = usage.get(name)
            whole = isinstance(count, int) and not isinstance(count, bool)
            if count is not None and (not whole or count < 0):
                message = f"turn {number + 1}: usage.{name} is {count!r}"
                yield Failure("usage.sane", message)
        stated = any(isinstance(e, Usage) and e.input is not None for e in turn.truth)
        if stated and usage.get("output") is not None and usage.get("input") is None:
            yield Failure(
                "usage.sane", f"turn {number + 1}: output tokens without input"
            )


def truncation(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """A stream cut before its end is an error or not done, never a clean success."""
    if evidence.truncated is None or not evidence.truncated.turns:
        return  # an adapter that raised has not taken it for success
    turn = evidence.truncated.turns[-1]
    if turn.error is None and turn.done:
        message = (
            "a stream that stopped before its terminal event was taken for success"
        )
        yield Failure("truncation", message, level="should")


def refusal_told(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """What the provider withheld is told: by an error, a finish reason, or words."""
    for number, turn in enumerate(evidence.first.turns):
        reasons = [e.reason for e in turn.truth if isinstance(e, Finish)]
        if not {*reasons} & {"refusal", "content_filter"}:
            continue
        reason = turn.finish_reason not in (None, "stop")
        if not (turn.error or reason or gist(turn.messages)):
            message = (
                f"turn {number + 1}: the provider withheld its answer "
                f"({reasons[-1]}), and nothing tells that from an empty one"
            )
            yield Failure("refusal.told", message)
