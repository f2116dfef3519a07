"""An answer of the chat wire, heard: the chunks of a stream, or one completion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from harness.message.events import Error, Event, Finish, StreamEvent, Unknown
from harness.message.parts import JsonObject
from harness.providers._payload import payloads
from harness.providers.openai_chat.choice import OPENAI, Choice, Dialect
from harness.providers.openai_chat.ending import (
    COUNTS,
    NO_FINISH,
    error_in,
    facts_of,
    read_error,
    read_http_error,
    reason,
)
from harness.providers.openai_chat.message import (
    close,
    hear,
    hear_logprobs,
)
from harness.wire.frame import Frame
from harness.wire.http import Headers

OURS = frozenset({"choices", "error", "prompt_progress", "usage", "x_groq"})
OBJECTS = ("", "error", "chat.completion.chunk")
"""What tells a chunk of this wire: Azure and llama.cpp send some without choices."""

READ = frozenset({"choices", "error", "id", "object", "usage", "x_groq"})
PADDING = frozenset({"obfuscation", "p"})
"""Words of a chunk that are read below, and those that only make it longer; any
other is a fact about the answer."""

ALARMS = frozenset({"error", "message", "x_groq"})
"""Words of which a chunk with an error in it has one."""

READ_OF_CHOICE = frozenset(
    {"delta", "finish_reason", "index", "logprobs", "message", "text"}
)
"""The same for a choice; Together's ``text`` repeats the delta."""

# ------------------------------------------------------------------ decode


@dataclass(slots=True)
class _Answer:
    """What a stream has said so far, beside the events already given."""

    dialect: Dialect
    choices: dict[int, Choice] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)
    facts: JsonObject = field(default_factory=dict)
    usage: JsonObject | None = None
    alarmed: bool = False


def decode(frames: Iterable[Frame], dialect: Dialect = OPENAI) -> Iterator[Event]:
    """Frames of a stream to events; parts are numbered as they are first heard."""
    answer = _Answer(dialect)
    done = False
    for frame, chunk in payloads(frames):
        if chunk is None:
            done = True
            break
        if not _is_ours(chunk, frame.event):
            yield _unknown(chunk, frame.event)
            continue
        events: list[Event] = []
        _hear_chunk(answer, chunk, events)
        yield from events
        error = None
        if frame.event or answer.alarmed or not ALARMS.isdisjoint(chunk):
            error = error_in(chunk, frame.event, dialect)
        if error is not None:
            yield from _close(answer)
            yield error
            return
    yield from _close(answer)
    if done or any(choice.finish for choice in answer.choices.values()):
        yield _ending(answer)
    else:
        yield _cut_short(answer)


def decode_whole(body: Any, dialect: Dialect = OPENAI) -> Iterator[Event]:
    """A whole answer: the stream of one chunk whose deltas are whole messages."""
    answer = _Answer(dialect)
    known = isinstance(body, dict)
    error = error_in(body, None, dialect) if known else None
    if not error and (not known or body.get("choices") is None):
        yield _unknown(body, None)
        yield Error("the body holds no choices", "truncated", None, True)
        return
    events: list[Event] = []
    _hear_chunk(answer, body, events, "message")
    yield from events
    yield from _close(answer)
    yield error or _ending(answer)


def decode_error(
    status: int, headers: Headers, body: Any, dialect: Dialect = OPENAI
) -> Error:
    """An HTTP error; ``retry-after`` and the request id are kept as metadata."""
    return read_http_error(status, headers, body, dialect)


def _is_ours(chunk: Any, event: str | None) -> bool:
    return isinstance(chunk, dict) and (
        not OURS.isdisjoint(chunk) or chunk.get("object") in OBJECTS or event == "error"
    )


def _unknown(data: Any, event: str | None) -> Unknown:
    named = data if isinstance(data, dict) else {}
    tag = named.get("object") or named.get("type") or event or type(data).__name__
    return Unknown(str(tag), data)


def _hear_chunk(
    answer: _Answer, chunk: JsonObject, out: list[Event], word: str = "delta"
) -> None:
    for position, said in enumerate(chunk.get("choices") or ()):
        index = said.get("index", position) or 0
        choice = answer.choices.get(index)
        if choice is None:
            choice = _open(answer, index, out)
            choice.whole = word == "message"
        delta = said.get(word)
        if delta is None:
            delta = _instead(choice, said)
        if delta:
            hear(choice, delta, out)
        _hear_beside(answer, choice, said)
    answer.usage = chunk.get("usage") or answer.usage
    facts = answer.facts
    for key, value in chunk.items():
        # Empty strings and nulls are what some hosts send for nothing.
        if key not in READ and (value or value == 0) and key not in PADDING:
            facts[key] = value
    if "id" not in facts and chunk.get("id"):
        # Groq gives every chunk an id of its own; the first is as good as any.
        facts["id"] = chunk["id"]
    if "x_groq" in chunk:
        _hear_groq(answer, chunk["x_groq"] or {})


def _open(answer: _Answer, index: int, out: list[Event]) -> Choice:
    """A new choice; the one before, silent or not, keeps its place among messages."""
    for before in list(answer.choices)[-1:]:
        place = next(answer.numbers)
        out.append(StreamEvent("text", "", place, message_index=before))
    answer.choices[index] = Choice(index, answer.numbers, answer.dialect)
    return answer.choices[index]


def _hear_beside(answer: _Answer, choice: Choice, said: JsonObject) -> None:
    """What a choice says beside its delta."""
    finish = said.get("finish_reason")
    if finish and finish not in NO_FINISH:
        choice.finish = finish
    logprobs = said.get("logprobs")
    if logprobs:
        hear_logprobs(choice, logprobs)
    if not READ_OF_CHOICE.issuperset(said):
        own = _new(said, READ_OF_CHOICE)
        answer.alarmed |= own.pop("error", None) is not None
        answer.usage = own.pop("usage", answer.usage)
        choice.facts |= own


def _instead(choice: Choice, said: JsonObject) -> JsonObject | None:
    """What to read where there is no delta: the message, if nothing was said before.

    A host may answer a stream with one whole message; Perplexity repeats the message
    so far beside every delta.
    """
    if choice.homes or choice.calls:
        return None
    choice.whole = True
    message: JsonObject | None = said.get("message")
    return said.get("delta") if message is None else message


def _hear_groq(answer: _Answer, groq: JsonObject) -> None:
    answer.usage = groq.get("usage") or answer.usage
    facts = _new(groq, frozenset({"usage", "error"}))
    if facts:
        answer.facts["x_groq"] = answer.facts.get("x_groq", {}) | facts


def _new(said: JsonObject, known: frozenset[str]) -> JsonObject:
    return {k: v for k, v in said.items() if k not in known and (v or v == 0)}


def _close(answer: _Answer) -> Iterator[Event]:
    """What is known at the end only; counts are the last that were stated."""
    events: list[Event] = []
    for choice in answer.choices.values():
        close(choice, events)
    yield from events
    if answer.usage:
        yield COUNTS.read(answer.usage)


def _cut_short(answer: _Answer) -> Error:
    facts = answer.dialect.ours(facts_of(answer.facts, answer.choices))
    message = "the stream ended before a finish reason or [DONE]"
    return Error(message, "truncated", None, True, facts)


def _ending(answer: _Answer) -> Event:
    choices = answer.choices
    first = choices[min(choices)] if choices else Choice(0, answer.numbers)
    if first.finish == "error":
        return read_error(
            "the provider stopped in an error", {"code": "error"}, answer.dialect
        )
    refused, called = "refusal" in first.homes, bool(first.calls)
    facts = answer.dialect.ours(facts_of(answer.facts, answer.choices))
    return Finish(
        reason(first.finish, refused=refused, called=called), first.finish, facts
    )
