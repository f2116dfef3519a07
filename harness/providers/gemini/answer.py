"""A Gemini answer, heard: the chunks of a stream, or the one that stands for all.

https://ai.google.dev/api/generate-content#GenerateContentResponse. Every chunk has the
shape of a whole answer; a candidate's parts are its next parts, and unsigned words of
one kind run on from chunk to chunk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from harness.message.events import Error, Event, Finish, Unknown
from harness.message.parts import JsonObject
from harness.providers._payload import payloads
from harness.providers.gemini.content import Candidate, close, hear_content
from harness.providers.gemini.ending import (
    FINISH,
    block_reason,
    named,
    read_error,
    read_usage,
)
from harness.providers.gemini.spelling import is_odd, ours, plain
from harness.wire.frame import Frame

TAUGHT = frozenset(
    {
        "candidates",
        "error",
        "modelVersion",
        "promptFeedback",
        "responseId",
        "usageMetadata",
    }
)
"""A chunk has one of these, or it is none that we know."""

READ = frozenset({"candidates", "error", "usageMetadata"})
READ_OF_CANDIDATE = frozenset({"content", "finishReason", "index"})
"""Fields that are read below; any other is a fact of the answer or the candidate."""

GROW = frozenset({"chosenCandidates", "citations", "citationSources", "topCandidates"})
"""Facts of which each chunk may give the next few; any other list is said anew."""


@dataclass(slots=True)
class _Answer:
    """What a stream has said so far, beside the events already given."""

    whole: bool
    numbers: Iterator[int] = field(default_factory=count)
    candidates: dict[int, Candidate] = field(default_factory=dict)
    facts: JsonObject = field(default_factory=dict)
    usage: JsonObject = field(default_factory=dict)


def decode(frames: Iterable[Frame]) -> Iterator[Event]:
    """Frames of a stream to events; parts are numbered as they are first heard."""
    return _decode(_spelt(frames), _Answer(whole=False))


def decode_whole(body: Any) -> Iterator[Event]:
    """An answer that was not streamed: a stream of one chunk."""
    chunks = body if isinstance(body, list) else [body]
    return _decode(map(plain, chunks), _Answer(whole=True))


def _spelt(frames: Iterable[Frame]) -> Iterator[Any]:
    """The chunks of a stream in the one spelling that is read."""
    for frame, data in payloads(frames):
        said = plain(data) if is_odd(frame.data) else data
        if isinstance(said, list):
            yield from said
        elif said is not None:
            yield said


def _decode(chunks: Iterable[Any], answer: _Answer) -> Iterator[Event]:
    for chunk in chunks:
        if chunk.__class__ is not dict or TAUGHT.isdisjoint(chunk):
            yield Unknown("chunk", chunk)
            continue
        for position, said in enumerate(chunk.get("candidates", ())):
            candidate = _candidate(answer, said.get("index", position))
            content = said.get("content")
            if content:
                yield from hear_content(candidate, content)
            _note(candidate, said)
        answer.usage |= chunk.get("usageMetadata", {})
        _keep(answer.facts, chunk, READ)
        if "error" in chunk:
            yield from _end(answer, read_error(chunk))
            return
    yield from _end(answer, _ending(answer))


def _candidate(answer: _Answer, index: int) -> Candidate:
    if index not in answer.candidates:
        if index.__class__ is not int:
            raise TypeError(f"a candidate's index is a number, not {index!r:.40}")
        answer.candidates[index] = Candidate(index, answer.numbers)
    return answer.candidates[index]


def _note(candidate: Candidate, said: JsonObject) -> None:
    """Keep what a candidate says beside its content."""
    if "finishReason" in said:
        # A reason that is unspecified does not take back the one that was.
        candidate.finish = named(said["finishReason"]) or candidate.finish
    if not READ_OF_CANDIDATE.issuperset(said):
        _keep(candidate.facts, said, READ_OF_CANDIDATE)


def _keep(facts: JsonObject, said: JsonObject, read: frozenset[str]) -> None:
    """Add to the facts: an object gains fields, anything else is said anew."""
    for key, value in said.items():
        if key in read:
            continue
        old = facts.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            value = old | {k: _grown(old.get(k), v, k) for k, v in value.items()}
        facts[key] = value


def _grown(old: Any, new: Any, key: str) -> Any:
    """A list of :data:`GROW` with what is new; all else as it is said now."""
    grows = key in GROW and isinstance(old, list) and isinstance(new, list)
    # Some servers give all there are so far, others only the next.
    if not grows or new[: len(old)] == old:
        return new
    old += new
    return old


# ------------------------------------------------------------------ ending


def _end(answer: _Answer, last: Event) -> Iterator[Event]:
    for candidate in answer.candidates.values():
        yield from close(candidate)
    if answer.usage:
        yield read_usage(answer.usage)
    yield last


def _ending(answer: _Answer) -> Finish | Error:
    """How it ended: as the first candidate did, or as the prompt was received."""
    candidates = [answer.candidates[index] for index in sorted(answer.candidates)]
    metadata = ours(_facts(answer, candidates))
    blocked = block_reason(answer.facts)
    if blocked is not None:
        return Finish("content_filter", blocked, metadata)
    if answer.whole and not candidates:
        return Error("the body holds no candidates", "truncated", None, True, metadata)
    if not candidates or not (answer.whole or all(c.finish for c in candidates)):
        message = "the stream ended before a finish reason"
        return Error(message, "truncated", None, True, metadata)
    first = candidates[0]
    reason = FINISH.get(first.finish or "STOP", "other")
    # The server says STOP after calls too.
    if reason == "stop" and first.called:
        reason = "tool_calls"
    return Finish(reason, first.finish, metadata)


def _facts(answer: _Answer, candidates: list[Candidate]) -> JsonObject:
    """What an answer says of itself, with what its candidates say of themselves."""
    own: JsonObject = {}
    for candidate in candidates:
        facts = candidate.facts
        if candidate is not candidates[0] and candidate.finish:
            facts = {"finishReason": candidate.finish} | facts
        if facts:
            own[str(candidate.index)] = facts
    return answer.facts | ({"candidates": own} if own else {})
