"""Answers of Converse, both ways: the frames of a stream, or one object.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from harness.errors import NotExpressible
from harness.message.assemble import fold, merge
from harness.message.events import Error, Event, Finish, StreamEvent, Unknown, Usage
from harness.message.parts import JsonObject, Message, Part
from harness.message.place import resolve
from harness.providers._bedrock import (
    FAILED,
    error_body,
    error_frame,
    heard,
    http_error,
    is_error,
    read_error,
    read_http_error,
)
from harness.providers._own import beside
from harness.providers.bedrock.beside import NAMESPACE, ours
from harness.providers.bedrock.content import read_block, say_block
from harness.providers.bedrock.ending import (
    COUNTS,
    counted,
    finish_reason,
    stop_reason,
)
from harness.providers.bedrock.limits import cannot_say
from harness.providers.bedrock.stream import (
    Blocks,
    more,
    said_by,
    start,
    stop,
    streamed,
)
from harness.wire import jsonbody
from harness.wire.frame import Frame
from harness.wire.http import Headers

OF_THE_STOP = ("additionalModelResponseFields",)
"""Facts that come with the stop reason; the rest come with the counts, at the end."""

PADDING = "p"
"""Of no meaning and of any length, so that a frame's length gives nothing away."""


# ------------------------------------------------------------------ decode


@dataclass(slots=True)
class _Answer:
    """What a stream has said so far, beside the events already given."""

    blocks: Blocks = field(default_factory=Blocks)
    facts: JsonObject = field(default_factory=dict)
    usage: JsonObject = field(default_factory=dict)
    called: bool = False
    over: bool = False
    reason: str | None = None


Step: TypeAlias = Callable[[_Answer, JsonObject], Iterable[Event]]
NOTHING: tuple[Event, ...] = ()


def decode(frames: Iterable[Frame]) -> Iterator[Event]:
    """Frames of a stream to events; ``part_index`` is the block's own index.

    The stop reason is the end; what the answer cost comes after it.
    """
    answer = _Answer()
    for frame, data in heard(frames):
        if frame.kind in FAILED:
            yield from _end(answer, read_error(frame.event, data, NAMESPACE))
            return
        step = STEPS.get(frame.event)
        if step is None:
            yield Unknown(str(frame.event), data)
        else:
            yield from step(answer, data)
    yield from _end(answer, _ending(answer))


def decode_whole(body: Any) -> Iterator[Event]:
    """The one object of an answer that was not streamed."""
    answer = _Answer()
    if isinstance(body, dict) and "output" in body:
        yield from _whole(answer, body)
        yield from _end(answer, _ending(answer))
    elif is_error(body):
        yield read_error(None, body, NAMESPACE)
    else:
        yield Unknown("body", body)
        yield _ending(answer)


def decode_error(status: int, headers: Headers, body: Any) -> Error:
    """An HTTP error, named by its head; the request id is kept as metadata."""
    return read_http_error(status, headers, body, NAMESPACE)


def _message_start(answer: _Answer, data: JsonObject) -> Iterable[Event]:
    facts = {k: v for k, v in data.items() if (k, v) != ("role", "assistant")}
    _note(answer, facts)
    return NOTHING


def _block_start(answer: _Answer, data: JsonObject) -> Iterator[Event]:
    for event in start(answer.blocks, data["contentBlockIndex"], data["start"]):
        answer.called = answer.called or _is_call(event)
        yield event


def _block_delta(answer: _Answer, data: JsonObject) -> Iterator[Event]:
    return more(answer.blocks, data["contentBlockIndex"], data["delta"])


def _block_stop(answer: _Answer, data: JsonObject) -> Iterator[Event]:
    return stop(answer.blocks, data["contentBlockIndex"])


def _message_stop(answer: _Answer, data: JsonObject) -> Iterable[Event]:
    answer.over = True
    answer.reason = data.get("stopReason")
    _note(answer, beside(data, "stopReason"))
    return NOTHING


def _metadata(answer: _Answer, data: JsonObject) -> Iterable[Event]:
    answer.usage |= data.get("usage") or {}
    _note(answer, beside(data, "usage"))
    return NOTHING


STEPS: dict[str | None, Step] = {
    "messageStart": _message_start,
    "contentBlockStart": _block_start,
    "contentBlockDelta": _block_delta,
    "contentBlockStop": _block_stop,
    "messageStop": _message_stop,
    "metadata": _metadata,
}
"""Event type to what it does."""


def _whole(answer: _Answer, body: JsonObject) -> Iterator[Event]:
    message = body["output"]["message"]
    for index, block in enumerate(message.get("content") or ()):
        part = read_block(block, answer.blocks.names, ran=True)
        if part is None:
            yield Unknown(f"block:{next(iter(block))}", block)
        for event in said_by(part, index):
            answer.called = answer.called or _is_call(event)
            yield event
    _message_start(answer, beside(message, "content"))
    _message_stop(answer, {"stopReason": body.get("stopReason")})
    _metadata(answer, beside(body, "output", "stopReason"))


def _note(answer: _Answer, facts: JsonObject) -> None:
    """Keep what an answer says of itself, as far as it says anything."""
    kept = {k: v for k, v in facts.items() if k != PADDING and v is not None}
    answer.facts = merge(answer.facts, kept)


def _is_call(event: Event) -> bool:
    return event.type == "tool_call_name" and not getattr(event, "server_executed", 0)


def _ending(answer: _Answer) -> Finish | Error:
    metadata = ours(answer.facts)
    if not answer.over:
        message = "the stream ended before messageStop"
        return Error(message, "truncated", None, True, metadata)
    reason = finish_reason(answer.reason, called=answer.called)
    return Finish(reason, answer.reason, metadata)


def _end(answer: _Answer, last: Event) -> Iterator[Event]:
    for index in sorted(answer.blocks.open):
        yield from stop(answer.blocks, index)
    if answer.usage:
        yield COUNTS.read(answer.usage)
    yield last


# -------------------------------------------------------------- synthesise


def synthesise(events: Iterable[Event]) -> Iterator[Frame]:
    """Events to the frames of a stream, one delta for each chunk.

    Raises:
        NotExpressible: for an answer that this wire has no words for.
    """
    events = list(events)
    parts = _parts(events)
    usage, facts, last = _ends(events)
    yield _frame("messageStart", role=facts.pop("role", "assistant"))
    for index, (part, said) in enumerate(parts):
        begins, deltas = streamed(part, said)
        at = {"contentBlockIndex": index}
        if begins is not None:
            yield _frame("contentBlockStart", **at, start=begins)
        for delta in deltas:
            yield _frame("contentBlockDelta", **at, delta=delta)
        yield _frame("contentBlockStop", **at)
    if isinstance(last, Finish):
        told = {k: facts.pop(k) for k in OF_THE_STOP if k in facts}
        yield _frame("messageStop", stopReason=stop_reason(last), **told)
        yield _frame("metadata", usage=usage, **facts)
    elif last.kind != "truncated":
        yield error_frame(last, NAMESPACE)


def synthesise_whole(events: Iterable[Event]) -> JsonObject:
    """Events to the JSON of an answer that was not streamed; raises likewise."""
    events = list(events)
    content = [say_block(part) for part, _ in _parts(events)]
    usage, facts, last = _ends(events)
    if isinstance(last, Error):
        return error_body(last, NAMESPACE)
    message = {"role": facts.pop("role", "assistant"), "content": content}
    ended = {"stopReason": stop_reason(last), "usage": usage}
    return {"output": {"message": message}} | ended | facts


def synthesise_error(error: Error) -> tuple[int, JsonObject]:
    """The HTTP answer that says this error."""
    return http_error(error, NAMESPACE)


def _parts(events: list[Event]) -> list[tuple[Part, list[StreamEvent]]]:
    """Each part that the events add up to, and the events that it is made of."""
    groups: dict[int | None, list[StreamEvent]] = {}
    for event in resolve(events):
        groups.setdefault(event.part_index, []).append(event)
    parts = [
        (part, group)
        for group in groups.values()
        for message in fold(group)
        for part in message.parts
    ]
    for reason in cannot_say(Message("assistant", tuple(part for part, _ in parts))):
        raise NotExpressible(reason)
    return parts


def _ends(events: list[Event]) -> tuple[JsonObject, JsonObject, Finish | Error]:
    """What the answer cost, what it says of itself, and how it ended."""
    ends = [e for e in events if isinstance(e, Finish | Error)]
    last = ends[-1] if ends else Finish("stop", "end_turn")
    usages = [e for e in events if isinstance(e, Usage)]
    facts = (last.provider_metadata or {}).get(NAMESPACE, {})
    return counted(usages), {"metrics": {"latencyMs": 0}} | facts, last


def _frame(tag: str, **fields: Any) -> Frame:
    return Frame(jsonbody.text(dict(sorted(fields.items()))), tag)
