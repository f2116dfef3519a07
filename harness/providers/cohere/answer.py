"""Answers of ``/v2/chat``, both ways: the events of a stream, or the one object.

https://docs.cohere.com/reference/chat
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from harness.errors import NotExpressible
from harness.message.assemble import assemble
from harness.message.events import Error, Event, Finish, Unknown, Usage
from harness.message.parts import JsonObject, Message
from harness.providers._payload import DONE, payloads
from harness.providers.cohere.beside import ours, said_of
from harness.providers.cohere.ending import (
    STATUS,
    counted,
    ended,
    refused,
    say_counted,
    say_ended,
    say_refused,
)
from harness.providers.cohere.limits import unsayable
from harness.providers.cohere.message import (
    CALL,
    PLAN,
    Heard,
    Said,
    close,
    hear,
    say,
    settled,
    whole,
)
from harness.providers.cohere.stream import HEAR, NOTHING, tell
from harness.wire import jsonbody
from harness.wire.frame import Frame

EMPTY = {"role": "assistant", "content": [], PLAN: "", CALL: [], "citations": []}
"""The message as every stream begins it."""

SOME_ID = "00000000-0000-4000-8000-000000000000"


# ------------------------------------------------------------------ decode


@dataclass(slots=True)
class _Answer:
    """What an answer has said so far, beside the events already given."""

    heard: Heard = field(default_factory=Heard)
    facts: JsonObject = field(default_factory=dict)
    over: bool = False


def decode(frames: Iterable[Frame]) -> Iterator[Event]:
    """Frames of a stream to events; they need no ``event:`` line, nor ``[DONE]``."""
    said = payloads(frames)
    return _decode(
        (_tag(frame, data), data) for frame, data in said if data is not None
    )


def decode_whole(body: Any) -> Iterator[Event]:
    """A whole answer: the stream whose message is all there as it begins."""
    return _decode(_as_stream(body))


def _decode(said: Iterable[tuple[str, Any]]) -> Iterator[Event]:
    answer = _Answer()
    for tag, data in said:
        if tag in HEAR:
            yield from HEAR[tag](answer.heard, data)
        elif tag in STEPS:
            yield from STEPS[tag](answer, data)
        elif tag == "error":
            yield from _end(answer, refused(data))
            return
        else:
            yield Unknown(str(tag), data)
    yield from _end(answer, None)


def _tag(frame: Frame, data: Any) -> str:
    """An event's type; an error is known by having none, and a message."""
    if not isinstance(data, dict):
        return frame.event or "event"
    untyped = "error" if isinstance(data.get("message"), str) else "event"
    return data.get("type") or frame.event or untyped


def _as_stream(body: Any) -> Iterator[tuple[str, Any]]:
    """The events that would have streamed this answer."""
    message = body.get("message") if isinstance(body, dict) else None
    if isinstance(message, dict):
        yield "message-start", {"delta": {"message": message}}
        yield "message-end", {k: v for k, v in body.items() if k != "message"}
    else:
        yield "error" if isinstance(message, str) else "body", body


def _start(answer: _Answer, data: JsonObject) -> Iterator[Event]:
    _note(answer, data)
    return hear(answer.heard, (data.get("delta") or {}).get("message") or {})


def _stop(answer: _Answer, data: JsonObject) -> Iterable[Event]:
    _note(answer, data.get("delta") or {})
    answer.over = True
    return _note(answer, data)


def _note(answer: _Answer, data: JsonObject) -> Iterable[Event]:
    """Keep what is said of the answer as a whole."""
    said = {k: v for k, v in data.items() if k not in ("type", "delta")}
    answer.facts |= {k: v for k, v in said.items() if v is not None}
    return NOTHING


STEPS: dict[str, Callable[[_Answer, JsonObject], Iterable[Event]]] = {
    "message-start": _start,
    "message-end": _stop,
    "debug": _note,
}
"""Event type to what it says of the answer; the rest are of its message."""


def _end(answer: _Answer, error: Error | None) -> Iterator[Event]:
    """What was held back, and how it ended."""
    yield from close(answer.heard)
    facts = answer.facts
    usage = facts.pop("usage", None)
    if usage:
        yield counted(usage)
    reason, failure = facts.pop("finish_reason", None), facts.pop("error", None)
    logprobs = [*answer.heard.logprobs, *facts.pop("logprobs", ())]
    facts |= {"logprobs": logprobs} if logprobs else {}
    if error is not None:
        yield error
    elif answer.over:
        called = any(kind == CALL for kind, _ in answer.heard.parts)
        yield ended(reason, failure, facts, called=called)
    else:
        message = "the stream ended before message-end"
        yield Error(message, "truncated", None, True, ours(facts))


# -------------------------------------------------------------- synthesise


def synthesise(events: Iterable[Event]) -> Iterator[Frame]:
    """Events to the frames of a stream, one delta for each chunk.

    Raises:
        NotExpressible: for an answer that this wire has no words for.
    """
    events = list(events)
    parts = _parts(events)
    last, ending, facts = _ends(events)
    logprobs = iter(facts.pop("logprobs", ()))
    yield _frame("message-start", {"id": facts.pop("id"), "delta": {"message": EMPTY}})
    if "prompt" in facts:
        yield _frame("debug", {"prompt": facts.pop("prompt")})
    for tag, said in tell(parts, logprobs):
        yield _frame(tag, said)
    if isinstance(last, Error) and last.kind == "truncated":
        return
    left = list(logprobs)
    facts |= {"logprobs": left} if left else {}
    yield _frame("message-end", {"delta": ending | facts})
    yield Frame(DONE)


def synthesise_whole(events: Iterable[Event]) -> JsonObject:
    """Events to the JSON of an answer that was not streamed; raises likewise."""
    events = list(events)
    message = {"role": "assistant"} | whole(_parts(events))
    last, ending, facts = _ends(events)
    if isinstance(last, Error) and last.kind not in STATUS:
        return say_refused(last)
    return {"id": facts.pop("id"), "message": message} | ending | facts


def _parts(events: list[Event]) -> list[Said]:
    """What the events add up to, if this wire can say it."""
    messages = assemble(events)
    if len(messages) > 1:
        raise NotExpressible("cohere: an answer is one message")
    for reason in unsayable(messages[0] if messages else Message("assistant")):
        raise NotExpressible(reason)
    return settled(say(events))


def _ends(events: list[Event]) -> tuple[Finish | Error, JsonObject, JsonObject]:
    """How an answer ended, as it says so, and what it says of itself beside."""
    ends = [e for e in events if isinstance(e, Finish | Error)]
    last = ends[-1] if ends else Finish("stop", "COMPLETE")
    usages = [e for e in events if isinstance(e, Usage)]
    usage = {"usage": say_counted(usages[-1])} if usages else {}
    facts = {"id": SOME_ID} | said_of(last.provider_metadata)
    return last, say_ended(last) | usage, facts


def _frame(tag: str, said: JsonObject) -> Frame:
    return Frame(jsonbody.text({"type": tag} | said), tag)
