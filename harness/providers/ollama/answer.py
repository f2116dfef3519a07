"""Answers of ``/api/chat``, both ways: lines of a stream, or the one object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from harness.errors import NotExpressible
from harness.message.assemble import assemble
from harness.message.events import Error, Event, Finish, StreamEvent, Unknown, Usage
from harness.message.parts import JsonObject, Message, ToolCallPart
from harness.message.place import resolve
from harness.providers._payload import payloads
from harness.providers._retry import head_facts, worth_retrying
from harness.providers._usage import Counts
from harness.providers.ollama.calls import NAMESPACE, hear_call, ours, say_call
from harness.providers.ollama.limits import cannot_say
from harness.wire import jsonbody
from harness.wire.frame import Frame
from harness.wire.http import Headers

FINISH = {"stop": "stop", "length": "length", "load": "other", "unload": "other"}
"""Their ``done_reason``, our finish reason. The last two answer an empty question:
the model was only loaded or unloaded."""

COUNTS = Counts("prompt_eval_count", "eval_count", {})
DURATIONS = (
    "total_duration",
    "load_duration",
    "prompt_eval_duration",
    "eval_duration",
)
"""In nanoseconds; with the two counts, all that the last line says of the cost."""

COST = (COUNTS.input, COUNTS.output, *DURATIONS)

WORDS = {"content": "text", "thinking": "reasoning"}
"""Where a message keeps its words, and what we call them."""

PLAIN = frozenset({"role", *WORDS})
MESSAGE = PLAIN | {"tool_calls"}
LINE = frozenset({"model", "created_at", "message", "done"})
"""What nearly every line has; whatever it says beside is a fact of the answer."""

TAUGHT = frozenset({"message", "done", "error"})
"""A line has one of these, or it is none that we know."""


# ------------------------------------------------------------------ decode


@dataclass(slots=True)
class _Answer:
    """What the lines have said so far, beside the events already given."""

    facts: JsonObject = field(default_factory=dict)
    usage: JsonObject = field(default_factory=dict)
    called: bool = False
    over: bool = False
    reason: str | None = None


def decode(frames: Iterable[Frame]) -> Iterator[Event]:
    """Lines of a stream to events; words of one kind in a row are one part."""
    return _decode(data for _, data in payloads(frames))


def decode_whole(body: Any) -> Iterator[Event]:
    """The one object of an answer that was not streamed: a stream of one line."""
    return _decode([body])


def decode_error(status: int, headers: Headers, body: Any) -> Error:
    """An HTTP error; ``retry-after`` and the request id are kept as metadata."""
    error = _error(body if isinstance(body, dict) else {"error": body})
    facts = (error.provider_metadata or {}).get(NAMESPACE, {}) | head_facts(headers)
    return Error(error.message, None, status, worth_retrying(status), ours(facts))


def _decode(lines: Iterable[Any]) -> Iterator[Event]:
    answer = _Answer()
    index, kind = -1, ""
    for data in lines:
        if data.__class__ is not dict or TAUGHT.isdisjoint(data):
            yield Unknown("line", data)
            continue
        message = data.get("message") or {}
        said = message.get("thinking")
        if said:
            if kind != "reasoning":
                index, kind = index + 1, "reasoning"
            yield StreamEvent("reasoning", said, index)
        said = message.get("content")
        if said:
            if kind != "text":
                index, kind = index + 1, "text"
            yield StreamEvent("text", said, index)
        if not PLAIN.issuperset(message):
            for call in message.get("tool_calls") or ():
                index, kind = index + 1, "tool_call"
                answer.called = True
                yield from hear_call(call, index)
            for key in [key for key in message if key not in MESSAGE]:
                yield Unknown(f"message.{key}", message[key])
        if data.get("done") or not LINE.issuperset(data):
            _note(answer, data)
        if "error" in data:
            yield from _end(answer, _error(data))
            return
    yield from _end(answer, _ending(answer))


def _note(answer: _Answer, data: JsonObject) -> None:
    """Keep what a line says beside its message."""
    if data.get("done"):
        answer.over = True
        answer.facts |= {k: data[k] for k in ("model", "created_at") if k in data}
    answer.reason = data.get("done_reason") or answer.reason
    for key, value in data.items():
        if key in COST:
            answer.usage[key] = value
        elif key == "logprobs":
            # Those of one piece of text a line; all of them if it is not streamed.
            answer.facts[key] = [*answer.facts.get(key, ()), *(value or ())]
        elif key not in LINE and key not in ("done_reason", "error"):
            answer.facts[key] = value


def _ending(answer: _Answer) -> Finish | Error:
    metadata = ours(answer.facts)
    if not answer.over:
        message = "the stream ended before a line that is done"
        return Error(message, "truncated", None, True, metadata)
    reason = FINISH.get(answer.reason or "stop", "other")
    # The server says "stop" after calls too.
    if reason == "stop" and answer.called:
        reason = "tool_calls"
    return Finish(reason, answer.reason, metadata)


def _end(answer: _Answer, last: Event) -> Iterator[Event]:
    if answer.usage:
        yield COUNTS.read(answer.usage)
    yield last


def _error(data: JsonObject) -> Error:
    """The server's errors are a sentence and nothing else."""
    error = data["error"] if "error" in data else jsonbody.text(data)
    if isinstance(error, dict):
        # So say proxies that stand before it.
        error = error.get("message") or jsonbody.text(error)
    facts = {k: v for k, v in data.items() if k not in LINE and k != "error"}
    return Error(str(error or "error"), None, None, False, ours(facts))


# -------------------------------------------------------------- synthesise


def synthesise(events: Iterable[Event]) -> Iterator[Frame]:
    """Events to the lines of a stream, one for each chunk of words and each call.

    Raises:
        NotExpressible: for an answer that this wire has no words for.
    """
    events = list(events)
    calls = _calls(_message(events))
    head, ending, last = _ends(events)
    for event in resolve(events):
        match event.type:
            case "text" if event.chunk:
                yield _line(head, content=event.chunk)
            case "reasoning" if event.chunk:
                yield _line(head, thinking=event.chunk)
    for call in calls:
        yield _line(head, tool_calls=[call])
    if isinstance(last, Finish):
        yield Frame(jsonbody.text(head | {"message": _said()} | ending))
    elif last.kind != "truncated":
        yield Frame(jsonbody.text(_error_body(last)))


def synthesise_whole(events: Iterable[Event]) -> JsonObject:
    """Events to the JSON of an answer that was not streamed; raises likewise."""
    events = list(events)
    message = _message(events)
    head, ending, last = _ends(events)
    if isinstance(last, Error):
        return _error_body(last)
    words = {key: _joined(message, kind) for key, kind in WORDS.items()}
    said: JsonObject = {k: v for k, v in words.items() if v}
    calls = _calls(message)
    said |= {"tool_calls": calls} if calls else {}
    return head | {"message": _said(**said)} | ending


def synthesise_error(error: Error) -> tuple[int, JsonObject]:
    """The HTTP answer that says this error."""
    return error.status or 500, _error_body(error)


def _message(events: list[Event]) -> Message:
    """What the events add up to, if this wire can say it."""
    messages = assemble(events)
    if len(messages) > 1:
        raise NotExpressible("ollama: an answer is one message")
    message = messages[0] if messages else Message("assistant")
    for reason in cannot_say(message):
        raise NotExpressible(reason)
    return message


def _calls(message: Message) -> list[JsonObject]:
    return [say_call(part) for part in message.parts if isinstance(part, ToolCallPart)]


def _joined(message: Message, kind: str) -> str:
    return "".join(getattr(p, "text", "") for p in message.parts if p.type == kind)


def _ends(events: list[Event]) -> tuple[JsonObject, JsonObject, Finish | Error]:
    """What begins each line, what the last one adds, and how it ended."""
    ends = [e for e in events if isinstance(e, Finish | Error)]
    last = ends[-1] if ends else Finish("stop", "stop")
    usages = [e for e in events if isinstance(e, Usage)]
    usage = _cost(usages[-1]) if usages else {}
    facts = dict((last.provider_metadata or {}).get(NAMESPACE, {}))
    head = {
        "model": facts.pop("model", "llama"),
        "created_at": facts.pop("created_at", "2026-01-01T00:00:00Z"),
    }
    if isinstance(last, Error):
        return head, {}, last
    return head, {"done": True, "done_reason": _done_reason(last)} | usage | facts, last


def _cost(usage: Usage) -> JsonObject:
    for name in usage.details:
        if name not in DURATIONS:
            raise NotExpressible(f"ollama: no count of {name} tokens")
    return COUNTS.write(usage)


def _done_reason(last: Finish) -> str:
    wanted = "stop" if last.reason == "tool_calls" else last.reason
    word = last.provider_reason
    if word and FINISH.get(word, "other") == wanted:
        return word
    if wanted not in ("stop", "length"):
        raise NotExpressible(f"ollama: no done_reason says {last.reason!r}")
    return wanted


def _line(head: JsonObject, **said: Any) -> Frame:
    return Frame(jsonbody.text(head | {"message": _said(**said), "done": False}))


def _said(**said: Any) -> JsonObject:
    return {"role": "assistant", "content": ""} | said


def _error_body(error: Error) -> JsonObject:
    facts = dict((error.provider_metadata or {}).get(NAMESPACE, {}))
    ours_alone = {"retry_after", "retry_after_ms", "request_id"}
    spare = {k: v for k, v in facts.items() if k not in ours_alone}
    return {"error": error.message} | spare
