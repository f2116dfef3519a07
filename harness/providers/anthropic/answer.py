"""Answers of the Messages wire, both ways: the events of a stream, or one message."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from harness.message.assemble import merge
from harness.message.events import Error, Event, Finish, StreamEvent, Unknown, Usage
from harness.message.parts import JsonObject
from harness.providers._payload import payloads
from harness.providers._retry import head_facts, worth_retrying
from harness.providers._usage import Counts
from harness.providers.anthropic.blocks import (
    NAMESPACE,
    Blocks,
    groups,
    more,
    ours,
    start,
    stop,
    streamed,
    whole,
)
from harness.wire import jsonbody
from harness.wire.frame import Frame
from harness.wire.http import Headers

FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "pause_turn": "pause",
    "refusal": "refusal",
    "compaction": "other",
}
"""Their stop reason, our finish reason; the first of each is the way back."""

STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""Their error type, the HTTP status it stands for."""

WORDS = {
    "text_delta": ("text", "text", "text"),
    "thinking_delta": ("thinking", "reasoning", "thinking"),
}
"""Deltas that are only words: their block, our event, and the key they are under."""

NO_WORDS = ("none", "", "")

COUNTS = Counts(
    "input_tokens",
    "output_tokens",
    {
        "cached": ("cache_read_input_tokens",),
        "cache_write": ("cache_creation_input_tokens",),
        "reasoning": ("output_tokens_details", "thinking_tokens"),
    },
)


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


def decode_error(status: int, headers: Headers, body: Any) -> Error:
    """An HTTP error; ``retry-after`` and the request id are kept as metadata."""
    error = _error(body if isinstance(body, dict) else {"error": body})
    metadata = merge(ours(head_facts(headers)) or {}, error.provider_metadata or {})
    retryable = worth_retrying(status)
    return Error(error.message, error.kind, status, retryable, metadata or None)


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
            yield from _end(answer, _error(data))
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
    beside = {k: v for k, v in data.items() if k not in ("type", "delta", "usage")}
    stated = {k: v for k, v in (delta | beside).items() if v is not None}
    answer.facts = merge(answer.facts, stated)
    return NOTHING


def _message_stop(answer: _Answer, data: JsonObject) -> Iterable[Event]:
    answer.over = True
    return NOTHING


def _ping(answer: _Answer, data: JsonObject) -> Iterable[Event]:
    return NOTHING


def _end(answer: _Answer, last: Event) -> Iterator[Event]:
    for index in sorted(answer.blocks.open):
        yield from stop(answer.blocks, index)
    if answer.usage:
        yield COUNTS.read(answer.usage)
    yield last


def _error(data: JsonObject) -> Error:
    error = data.get("error")
    if not isinstance(error, dict):
        error = {"message": error}
    kind = error.get("type")
    status = STATUS.get(kind or "")
    facts = {k: v for k, v in error.items() if k not in ("type", "message")}
    facts |= {k: v for k, v in data.items() if k not in ("type", "error")}
    message = str(error.get("message") or kind or "error")
    return Error(message, kind, status, worth_retrying(status), ours(facts))


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
        yield _frame("message_delta", **delta)
        yield _frame("message_stop")
    elif last.kind != "truncated":
        yield _frame("error", **_error_body(last))


def synthesise_whole(events: Iterable[Event]) -> JsonObject:
    """Events to the JSON of a message that was not streamed."""
    events = list(events)
    message, delta, last = _ends(events)
    if isinstance(last, Error):
        return {"type": "error"} | _error_body(last)
    content = [whole(group) for group in groups(events)]
    ended: JsonObject = delta.pop("delta")
    return message | {"content": content} | ended | delta


def synthesise_error(error: Error) -> tuple[int, JsonObject]:
    """The HTTP answer that says this error."""
    status = error.status or STATUS.get(error.kind or "", 500)
    return status, {"type": "error"} | _error_body(error)


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
    inside["stop_reason"] = _stop_reason(last)
    inside["stop_sequence"] = facts.pop("stop_sequence", None)
    return message, {"delta": inside, **facts, "usage": usage}, last


def _stop_reason(last: Finish | Error) -> str | None:
    if isinstance(last, Error):
        return None
    words = (theirs for theirs, ours in FINISH.items() if ours == last.reason)
    return last.provider_reason if last.provider_reason in FINISH else next(words, None)


def _error_body(error: Error) -> JsonObject:
    facts = dict((error.provider_metadata or {}).get(NAMESPACE, {}))
    return {"error": {"type": error.kind or "api_error", "message": error.message}} | {
        k: v for k, v in facts.items() if k == "request_id"
    }


def _frame(tag: str, **fields: Any) -> Frame:
    return Frame(jsonbody.text({"type": tag} | fields), tag)
