"""The checks every case gets without asking.

A check is a function from a case and the evidence to failures; the table at the
foot names them. What a spec expects in so many words is in ``expect.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from harness.errors import EventError
from harness.message.assemble import assemble, resolve
from harness.message.events import (
    CONTENT_TYPES,
    CONTROL_TYPES,
    Event,
    StreamEvent,
    Usage,
)
from harness.message.parts import Message, ToolCallPart
from harness.message.serial import dump, dump_part, load, load_part
from harness.suite.case import Case
from harness.suite.located import Mark
from harness.suite.match import show
from harness.suite.observation import Evidence, TurnSeen

OPAQUE = frozenset(
    {
        "data",
        "encrypted_content",
        "encrypted_index",
        "encrypted_stdout",
        "signature",
        "thoughtSignature",
    }
)
"""Keys of provider metadata whose text must come back to the provider unchanged."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that did not hold.

    ``at`` is where in the spec it was wanted; ``lines`` say more, ready to print.
    """

    check: str
    message: str
    at: Mark | None = None
    lines: tuple[str, ...] = ()
    hint: str | None = None
    level: Literal["must", "should"] = "must"


Check: TypeAlias = Callable[[Case, Evidence], Iterator[Failure]]


def events_valid(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """Legal types, one family a part, name before arguments, ids that stay."""
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
    except TypeError as error:
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
    try:
        messages = assemble(turn.events)
    except EventError as error:
        yield str(error)
        return
    if turn.error is None and turn.finish_reason != "length":
        for call in _parts(messages, ToolCallPart):
            if isinstance(call.arguments, dict) and list(call.arguments) == ["_raw"]:
                raw = call.arguments["_raw"]
                yield f"arguments of {call.name!r} are not JSON: {raw!r}"
    yield from _invented(turn)


def _invented(turn: TurnSeen) -> Iterator[str]:
    """Words that the recorded bytes do not hold."""
    spoken = {kind: _joined(turn.truth, kind) for kind in ("text", "reasoning")}
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
        if not turn.sent:
            continue
        said, heard = _gist(assemble(turn.truth)), _gist(turn.messages)
        if said != heard:
            lines = tuple(_compared("the wire said", said, "the adapter gave", heard))
            message = f"turn {number + 1}: not everything the wire said came through"
            yield Failure("events.complete", message, lines=lines)


def events_assemble(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """Our own assembly of the events equals the adapter's messages."""
    for number, turn in enumerate(evidence.first.turns):
        try:
            ours = [dump(m) for m in assemble(turn.events)]
        except (EventError, TypeError):
            continue  # events.valid has said so
        theirs = [dump(m) for m in turn.messages]
        if ours != theirs:
            lines = tuple(_compared("its events", ours, "its messages", theirs))
            message = f"turn {number + 1}: messages() is not what the events add up to"
            yield Failure("events.assemble", message, lines=lines)


def chunks_invariant(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """The same events and messages, however the bytes are cut."""
    first = [_meaning(turn) for turn in evidence.first.turns]
    for cut, observation in evidence.cuts.items():
        if observation.raised:
            message = f"cut by {cut}, the adapter raised {observation.raised}"
            yield Failure("chunks.invariant", message)
            continue
        other = [_meaning(turn) for turn in observation.turns]
        if other != first:
            lines = tuple(_compared("as recorded", first, f"cut by {cut}", other))
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
        ours, theirs = _gist(one.messages), _gist(other.messages)
        if ours != theirs:
            streamed, whole = (ours, theirs) if case.stream else (theirs, ours)
            lines = tuple(_compared("streamed", streamed, "not streamed", whole))
            message = f"turn {number + 1}: streaming changes what is said"
            yield Failure("stream.parity", message, lines=lines)


def tool_calls_parity(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """``tool_calls()`` equals the tool call parts that are ours to run."""
    for number, turn in enumerate(evidence.first.turns):
        parts = [
            _call(c)
            for c in _parts(turn.messages, ToolCallPart)
            if not c.server_executed
        ]
        calls = [_call(c) for c in turn.tool_calls]
        if parts != calls:
            lines = tuple(_compared("parts", parts, "tool_calls()", calls))
            message = f"turn {number + 1}: tool_calls() are not the tool_call parts"
            yield Failure("tool_calls.parity", message, lines=lines)


def roundtrip_part(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """Each part survives JSON."""
    for turn in evidence.first.turns:
        for message in turn.messages:
            for part in message.parts:
                before = dump_part(part)
                after = _through_json(before, lambda data: dump_part(load_part(data)))
                if after != before:
                    yield Failure("roundtrip.part", f"{part.type}: {after}")


def roundtrip_message(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """Each message survives JSON."""
    for turn in evidence.first.turns:
        for message in turn.messages:
            before = dump(message)
            after = _through_json(before, lambda data: dump(load(data)))
            if after != before:
                yield Failure("roundtrip.message", f"{message.role}: {after}")


def roundtrip_response(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """The adapter's own ``to_dict`` and ``from_dict`` lose nothing."""
    for number, turn in enumerate(evidence.first.turns):
        if turn.dumped is None or turn.dumped == turn.again:
            continue
        lines = tuple(
            _compared("to_dict()", turn.dumped, "after from_dict()", turn.again)
        )
        message = f"turn {number + 1}: the response does not survive JSON"
        yield Failure("roundtrip.response", message, lines=lines)


def reply_echo(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """Opaque state of a turn is in the next request: unchanged, in place, in order."""
    owed: list[str] = []
    for number, turn in enumerate(evidence.first.turns):
        if turn.sent and owed:
            leaves = set(owed)
            sent = [t for t in _texts(turn.sent[0].body) if t in leaves]
            if sent != owed:
                lines = tuple(_compared("owed", owed, "sent", sent))
                message = f"turn {number + 1}: opaque state was not sent back in place"
                yield Failure("reply.echo", message, lines=lines)
        owed += [t for m in turn.messages for p in m.parts for t in _owed(p)]


def request_complete(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """Every message of the conversation is in the request, and none is made up."""
    for number, turn in enumerate(evidence.first.turns):
        for sent in turn.sent:
            if sent.asked is None:
                continue
            ours, theirs = _asked(turn.should_ask), _asked(sent.asked.messages)
            if ours != theirs:
                lines = tuple(
                    _compared("the conversation", ours, "the request", theirs)
                )
                message = f"turn {number + 1}: the request is not the conversation"
                yield Failure("request.complete", message, lines=lines)


def request_unchanged(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """What is sent now is what was sent when it was recorded."""
    for number, turn in enumerate(evidence.first.turns):
        for sent in turn.sent:
            for drift in sent.drift or ():
                yield Failure(
                    "request.unchanged",
                    f"turn {number + 1}: the request differs from the recorded one at "
                    f"{drift.path}",
                    lines=(
                        f"- {show(drift.recorded)}   recorded",
                        f"+ {show(drift.sent)}   sent now",
                    ),
                    hint=f"meant? record again; or add {drift.path} to match.ignore",
                )


def request_secret(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """The API key is in a header, never in the URL or the body."""
    key = evidence.first.key
    for turn in evidence.first.turns:
        for sent in turn.sent:
            if key and key in sent.request.url:
                yield Failure("request.secret", "the API key is in the URL")
            if key and key.encode() in sent.request.body:
                yield Failure("request.secret", "the API key is in the body")


def replay_consumed(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """Every recorded exchange was asked for."""
    if evidence.first.unplayed:
        count = evidence.first.unplayed
        noun = "exchange was" if count == 1 else "exchanges were"
        message = f"{count} recorded {noun} never asked for"
        yield Failure("replay.consumed", message)


def replay_hermetic(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """No connection, and no request that nothing was recorded for."""
    for request in evidence.first.unmatched:
        message = f"a request that nothing was recorded for: {request}"
        yield Failure("replay.hermetic", message)
    for address in evidence.first.sockets:
        yield Failure("replay.hermetic", f"a connection was tried: {address}")


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


def _call(call: ToolCallPart) -> dict[str, Any]:
    return {"name": call.name, "arguments": call.arguments, "id": call.tool_call_id}


def _parts(messages: Iterable[Message], kind: type[Any]) -> list[Any]:
    return [p for m in messages for p in m.parts if isinstance(p, kind)]


def _joined(events: Iterable[Event], kind: str) -> str:
    return "".join(
        e.chunk for e in events if isinstance(e, StreamEvent) and e.type == kind
    )


def _gist(messages: Iterable[Message]) -> list[Any]:
    """Parts without what differs for good reasons between two ways of saying them."""
    gist = []
    for message in messages:
        for part in message.parts:
            d: dict[str, Any] = {**dump_part(part)}
            d.pop("provider_metadata", None)
            says_nothing = d.get("text") == "" and not d.get("redacted")
            if not says_nothing:
                gist.append(d)
    return gist


def _asked(messages: Iterable[Message]) -> list[Any]:
    """A conversation as any wire can carry it: speakers and what they said."""
    asked: list[Any] = []
    for message in messages:
        said = []
        for part in message.parts:
            d: dict[str, Any] = {**dump_part(part)}
            if part.type == "reasoning" or d.get("text") == "":
                continue
            for key in ("provider_metadata", "exception", "name"):
                if key != "name" or part.type == "tool_result":
                    d.pop(key, None)
            said.append(d)
        if said:
            asked.append({"role": message.role, "parts": said})
    return asked


def _meaning(turn: TurnSeen) -> list[Any]:
    """A turn's events with neighbours of one part joined: only meaning counts."""
    joined: list[Any] = []
    try:
        placed = list(resolve(turn.events))
    except TypeError:
        return [repr(turn.events)]
    for event in placed:
        last = joined[-1] if joined else None
        if last and (last[0], last[1]) == (event.type, event.part_index):
            last[2] += event.chunk
        else:
            joined.append([event.type, event.part_index, event.chunk])
    error = turn.error.kind if turn.error else None
    messages = [dump(m) for m in turn.messages]
    return [joined, messages, turn.usage, turn.finish_reason, error]


def _owed(part: Any) -> Iterator[str]:
    """What the provider wants back of a part, in the order it stands."""
    yield from _opaque(part.provider_metadata)


def _opaque(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _opaque(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _opaque(inner, key)
    elif isinstance(value, str) and key in OPAQUE and value:
        yield value


def _texts(value: Any) -> Iterator[str]:
    """Every text in a JSON body, in document order."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


def _through_json(before: Any, again: Callable[[Any], Any]) -> Any:
    try:
        return again(json.loads(json.dumps(before)))
    except (KeyError, TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def _compared(one: str, left: Any, other: str, right: Any) -> Iterator[str]:
    """Both sides, item by item, with signs where they differ."""
    if not (isinstance(left, list) and isinstance(right, list)):
        left, right = [left], [right]
    yield f"- {one}"
    yield f"+ {other}"
    for index in range(max(len(left), len(right))):
        ours = left[index] if index < len(left) else None
        theirs = right[index] if index < len(right) else None
        if ours == theirs:
            yield f"  [{index}] {show(ours)}"
            continue
        if index < len(left):
            yield f"- [{index}] {show(ours)}"
        if index < len(right):
            yield f"+ [{index}] {show(theirs)}"


CHECKS: dict[str, Check] = {
    "replay.consumed": replay_consumed,
    "replay.hermetic": replay_hermetic,
    "request.unchanged": request_unchanged,
    "request.complete": request_complete,
    "request.secret": request_secret,
    "events.valid": events_valid,
    "events.complete": events_complete,
    "events.assemble": events_assemble,
    "chunks.invariant": chunks_invariant,
    "stream.parity": stream_parity,
    "tool_calls.parity": tool_calls_parity,
    "roundtrip.part": roundtrip_part,
    "roundtrip.message": roundtrip_message,
    "roundtrip.response": roundtrip_response,
    "reply.echo": reply_echo,
    "usage.sane": usage_sane,
    "truncation": truncation,
}
"""Every implicit check by the id that reports, ``xfail.checks`` and baselines use."""
