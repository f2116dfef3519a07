"""Answers of the chat wire, both ways: the chunks of a stream, or one completion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from harness.message.assemble import assemble, disassemble, merge
from harness.message.events import Error, Event, Finish, StreamEvent, Unknown, Usage
from harness.message.parts import JsonObject
from harness.providers._payload import DONE, payloads
from harness.providers.openai_chat.choice import OPENAI, Choice, Dialect
from harness.providers.openai_chat.ending import (
    COUNTS,
    NO_FINISH,
    ends,
    error_in,
    facts_of,
    http_status,
    read_error,
    read_http_error,
    reason,
    write_error,
)
from harness.providers.openai_chat.message import (
    Said,
    close,
    hear,
    hear_logprobs,
    tell,
    whole,
)
from harness.wire import jsonbody
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

ON_EVERY_CHUNK = ("id", "created", "model", "provider", "service_tier")
"""Facts that a stream repeats; the others come with its finish reason."""

FIRST_DELTA = {"role": "assistant", "content": ""}
"""How every choice begins."""

STAND_IN = {"id": "chatcmpl-0", "created": 0, "model": "model"}
"""What a client needs of every chunk and nobody has told."""

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


# -------------------------------------------------------------- synthesise


def synthesise(events: Iterable[Event], dialect: Dialect = OPENAI) -> Iterator[Frame]:
    """Events to the frames of a stream, one delta for each chunk."""
    events = list(events)
    last = _last(events)
    facts, usage = _facts_of(last, dialect), _usage_of(events)
    base = {"object": "chat.completion.chunk"} | STAND_IN
    base |= {key: facts.pop(key) for key in ON_EVERY_CHUNK if key in facts}
    opened = sorted({e.message_index for e in events if isinstance(e, StreamEvent)})
    for index in opened:
        yield _frame(base | {"choices": [_piece(index, {"delta": FIRST_DELTA})]})
    for item in tell(events, dialect):
        if isinstance(item, Unknown) and isinstance(item.data, dict):
            yield _frame(item.data)
        if isinstance(item, Said):
            yield _frame(base | {"choices": [_piece(item.choice, item.fragment)]})
    if isinstance(last, Finish):
        *others, end = ends(facts, last, opened, "delta")
        yield from (_frame(base | {"choices": [choice]}) for choice in others)
        yield _frame(base | facts | {"choices": [end]})
    if usage is not None:
        yield _frame(base | {"choices": [], "usage": usage})
    if isinstance(last, Finish):
        yield Frame(DONE)
    elif last.kind != "truncated":
        yield _frame(write_error(last, dialect, streamed=True))


def synthesise_whole(events: Iterable[Event], dialect: Dialect = OPENAI) -> JsonObject:
    """Events to the JSON of an answer that was not streamed."""
    events = list(events)
    last = _last(events)
    if isinstance(last, Error):
        return write_error(last, dialect, streamed=True)
    facts, usage = _facts_of(last, dialect), _usage_of(events)
    spoken: dict[int, list[Event]] = {}
    for event in events:
        if isinstance(event, StreamEvent):
            spoken.setdefault(event.message_index, []).append(event)
    choices = []
    for end in ends(facts, last, list(spoken), "message"):
        parts = disassemble(assemble(spoken.get(end["index"], ())))
        said = whole(parts, dialect)
        choices.append({"index": 0, "message": {}, "logprobs": None} | merge(said, end))
    body = {"object": "chat.completion"} | STAND_IN | facts | {"choices": choices}
    return body if usage is None else body | {"usage": usage}


def synthesise_error(error: Error, dialect: Dialect = OPENAI) -> tuple[int, JsonObject]:
    """The HTTP answer that says this error."""
    return http_status(error), write_error(error, dialect, streamed=False)


def _last(events: list[Event]) -> Finish | Error:
    """How the answer ended; one of which nobody says so ended as it should."""
    ends = [event for event in events if isinstance(event, Finish | Error)]
    called = any(
        isinstance(event, StreamEvent)
        and event.type == "tool_call_name"
        and not event.server_executed
        for event in events
    )
    return ends[-1] if ends else Finish("tool_calls" if called else "stop")


def _facts_of(last: Finish | Error, dialect: Dialect) -> JsonObject:
    if isinstance(last, Error) and last.kind != "truncated":
        return {}
    return dict((last.provider_metadata or {}).get(dialect.namespace) or {})


def _usage_of(events: list[Event]) -> JsonObject | None:
    """The last counts; the API never leaves out the total."""
    usages = [event for event in events if isinstance(event, Usage)]
    if not usages:
        return None
    total = (usages[-1].input or 0) + (usages[-1].output or 0)
    return {"total_tokens": total} | COUNTS.write(usages[-1])


def _piece(index: int, said: JsonObject) -> JsonObject:
    return {"index": index, "delta": {}, "logprobs": None, "finish_reason": None} | said


def _frame(payload: JsonObject) -> Frame:
    return Frame(jsonbody.text(payload))
