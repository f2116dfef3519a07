"""Answers of the Messages wire, both ways: the events of a stream, or one message."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from harness.message.assemble import merge
from harness.message.events import Error, Event, Finish, StreamEvent, Unknown, Usage
from harness.message.parts import JsonObject
from harness.providers._own import beside
from harness.providers._payload import payloads
from harness.providers.anthropic.beside import NAMESPACE, ours
from harness.providers.anthropic.blocks import (
    Blocks,
    groups,
    more,
    start,
    stop,
    streamed,
    whole,
)
from harness.providers.anthropic.ending import (
    COUNTS,
    FINISH,
    OF_THE_STOP,
    error_body,
    read_error,
    stop_reason,
)
from harness.wire import jsonbody
from harness.wire.frame import Frame

WORDS = {
    "text_delta": ("text", "text", "text"),
    "thinking_delta": ("thinking", "reasoning", "thinking"),
}
"""Deltas that are only words: their block, our event, and the key they are under."""

NO_WORDS = ("none", "", "")


# ------------------------------------------------------------------ decode


@dataclass(slots=True)
class _Answer:
    """What a stream has said so far, beside the events already given."""

    blocks: Blocks = field(default_factory=Blocks)
    facts: JsonObject = field(default_factory=dict)
    usage: JsonObject = field(default_factory=dict)
    stop_reason: str | None = None
    over: bool = False


Step: TypeAlias = Callable[[_Answer, JsonObject], Iterable[Event]]
NOTHING: tuple[Event, ...] = ()


def decode(frames: Iterable[Frame]) -> Iterator[Event]:
    """Frames of a stream to events; ``part_index`` is the block's own index."""
    return _decode(payloads(frames))


def decode_whole(body: Any) -> Iterator[Event]:
    """A whole message: the stream whose blocks arrive complete."""
    return _decode((Frame(""), data) for data in _as_stream(body))


def _decode(pairs: Iterable[tuple[Frame, Any]]) -> Iterator[Event]:
    answer = _Answer()
    kinds = answer.blocks.kinds
    for frame, data in pairs:
        if data is None:
            continue
        tag = data.get("type") or frame.event
        if tag == "content_block_delta":
            delta = data["delta"]
            index = data["index"]
            kind, type_, key = WORDS.get(delta["type"], NO_WORDS)
            if kinds.get(index) == kind:
                chunk = delta[key]
                if chunk != "":
                    yield StreamEvent(type_, chunk, index)
            else:
                yield from more(answer.blocks, index, delta)
        elif tag == "error" or "error" in data:
            yield from _end(answer, read_error(data))
            return
        elif tag in STEPS:
            yield from STEPS[tag](answer, data)
        else:
            yield Unknown(str(tag), data)
    if answer.over:
        reason = answer.stop_reason
        finish = FINISH.get(reason or "end_turn", "other")
        yield from _end(answer, Finish(finish, reason, ours(answer.facts)))
    else:
        message = "the stream ended before message_stop"
        metadata = ours(answer.facts)
        truncated = Error(message, "truncated", None, True, metadata)
        yield from _end(answer, truncated)


def _message_start(answer: _Answer, data: JsonObject) -> Iterator[Event]:
    message = data["message"]
    known = {"type", "role", "content", "usage", "stop_reason"}
    answer.facts = {
        k: v for k, v in message.items() if k not in known and v is not None
    }
    answer.usage = dict(message.get("usage") or {})
    answer.stop_reason = message.get("stop_reason")
    for index, block in enumerate(message.get("content") or ()):
        yield from start(answer.blocks, index, block)


def _block_start(answer: _Answer, data: JsonObject) -> Iterator[Event]:
    return start(answer.blocks, data["index"], data["content_block"])


def _block_stop(answer: _Answer, data: JsonObject) -> Iterator[Event]:
    return stop(answer.blocks, data["index"])


def _message_delta(answer: _Answer, data: JsonObject) -> Iterable[Event]:
    delta = dict(data.get("delta") or {})
    answer.stop_reason = delta.pop("stop_reason", None) or answer.stop_reason
    # Cumulative: a count that is stated again replaces what it was.
    usage = data.get("usage") or {}
    answer.usage |= {k: v for k, v in usage.items() if v is not None}
    spare = beside(data, "type", "delta", "usage")
    stated = {k: v for k, v in (delta | spare).items() if v is not None}
    answer.facts = merge(answer.facts, stated)
    return NOTHING


def _message_stop(answer: _Answer, data: JsonObject) -> Iterable[Event]:
    answer.over = True
    answer.facts |= beside(data, "type")
    return NOTHING


def _ping(answer: _Answer, data: JsonObject) -> Iterable[Event]:
    return NOTHING


def _end(answer: _Answer, last: Event) -> Iterator[Event]:
    for index in sorted(answer.blocks.open):
        yield from stop(answer.blocks, index)
    if answer.usage:
        yield COUNTS.read(answer.usage)
    yield last


def _as_stream(body: Any) -> Iterator[JsonObject]:
    """The events that would have streamed this message."""
    if not isinstance(body, dict):
        yield {"type": "error", "error": body}
        return
    if "content" not in body:
        yield {"type": "body"} | body
        return
    yield {"type": "message_start", "message": body | {"content": []}}
    for index, block in enumerate(body["content"]):
        yield {"type": "content_block_start", "index": index, "content_block": block}
        yield {"type": "content_block_stop", "index": index}
    yield {"type": "message_stop"}


STEPS: dict[str | None, Step] = {
    "message_start": _message_start,
    "content_block_start": _block_start,
    "content_block_stop": _block_stop,
    "message_delta": _message_delta,
    "message_stop": _message_stop,
    "ping": _ping,
}
"""Stream event type to what it does; deltas and errors are read where they come."""


# -------------------------------------------------------------- synthesise


def synthesise(events: Iterable[Event]) -> Iterator[Frame]:
    """Events to the frames of a stream, one delta for each chunk."""
    events = list(events)
    message, delta, last = _ends(events)
    yield _frame("message_start", message=message)
    for index, group in enumerate(groups(events)):
        block, deltas = streamed(group)
        yield _frame("content_block_start", index=index, content_block=block)
        for said in deltas:
            yield _frame("content_block_delta", index=index, delta=said)
        yield _frame("content_block_stop", index=index)
    if isinstance(last, Finish):
        last_said = {k: delta.pop(k) for k in OF_THE_STOP if k in delta}
        yield _frame("message_delta", **delta)
        yield _frame("message_stop", **last_said)
    elif last.kind != "truncated":
        yield _frame("error", **error_body(last))


def synthesise_whole(events: Iterable[Event]) -> JsonObject:
    """Events to the JSON of a message that was not streamed."""
    events = list(events)
    message, delta, last = _ends(events)
    if isinstance(last, Error):
        return {"type": "error"} | error_body(last)
    content = [whole(group) for group in groups(events)]
    ended: JsonObject = delta.pop("delta")
    return message | {"content": content} | ended | delta


def _ends(events: list[Event]) -> tuple[JsonObject, JsonObject, Finish | Error]:
    """The message as it starts, the delta that ends it, and how it ended."""
    ends = [e for e in events if isinstance(e, Finish | Error)]
    last = ends[-1] if ends else Finish("stop", "end_turn")
    usages = [e for e in events if isinstance(e, Usage)]
    usage = COUNTS.write(usages[-1]) if usages else {}
    usage = {"input_tokens": 0, "output_tokens": 0} | usage
    facts = dict((last.provider_metadata or {}).get(NAMESPACE, {}))
    message = {
        "id": facts.pop("id", "msg_01Synthesised"),
        "type": "message",
        "role": "assistant",
        "model": facts.pop("model", "claude"),
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage | {"output_tokens": 1},
    }
    inside = {k: facts.pop(k) for k in ("container", "stop_details") if k in facts}
    inside["stop_reason"] = stop_reason(last)
    inside["stop_sequence"] = facts.pop("stop_sequence", None)
    return message, {"delta": inside, **facts, "usage": usage}, last


def _frame(tag: str, **fields: Any) -> Frame:
    return Frame(jsonbody.text({"type": tag} | fields), tag)
