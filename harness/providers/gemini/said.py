"""A Gemini answer, said: the chunks of a stream, or the one that stands for all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from harness.errors import NotExpressible
from harness.message.assemble import assemble, merge
from harness.message.events import Error, Event, Finish, StreamEvent, Usage
from harness.message.parts import JsonObject, Part, ToolCallPart
from harness.message.place import resolve
from harness.providers.gemini.ending import (
    COUNTS,
    block_reason,
    word,
    write_error,
    write_usage,
)
from harness.providers.gemini.limits import cannot_say, is_words
from harness.providers.gemini.parts import say
from harness.providers.gemini.spelling import said_of
from harness.providers.gemini.streamed import MORE, so_far
from harness.wire import jsonbody
from harness.wire.frame import Frame

HEAD = {"modelVersion": "gemini", "responseId": "synthesised"}
"""What every chunk says of its answer, and what it says where nobody told."""

THOUGHT = {"thought": True}
SILENCE: JsonObject = {"text": ""}
"""The part in which many a stream comes to its end."""


def synthesise(events: Iterable[Event]) -> Iterator[Frame]:
    """Events to the frames of a stream: words chunk by chunk, other parts whole.

    Raises:
        NotExpressible: for an answer that this wire cannot give.
    """
    events = list(events)
    _check(events)
    last, head, facts = _told(events)
    usage = _usage(events)
    # What the answer costs is only known at its end.
    counted = {k: v for k, v in usage.items() if k == COUNTS.input}
    said: set[int] = set()
    for group in _groups(events):
        index = group[0].message_index
        for item in _items(group):
            said.add(index)
            yield _chunk([_candidate(index, [item])], counted, head)
    if isinstance(last, Error):
        if last.kind != "truncated":
            yield Frame(jsonbody.text(write_error(last)))
        return
    ended = _ended(facts, last, said)
    candidates = [
        _candidate(index, [SILENCE] if index in said else []) | told
        for index, told in ended.items()
        if told
    ]
    yield _chunk(candidates, usage, head, facts)


def synthesise_whole(events: Iterable[Event]) -> JsonObject:
    """Events to the JSON of an answer that was not streamed; raises likewise."""
    events = list(events)
    _check(events)
    last, head, facts = _told(events)
    if isinstance(last, Error):
        return write_error(last)
    said: dict[int, list[JsonObject]] = {}
    for group in _groups(events):
        for message in assemble(group):
            items = said.setdefault(group[0].message_index, [])
            items += map(_item, message.parts)
    candidates = [
        _candidate(index, said.get(index, [])) | told
        for index, told in _ended(facts, last, set(said)).items()
    ]
    return _body(candidates, _usage(events), head, facts)


def _check(events: list[Event]) -> None:
    for message in assemble(events):
        for reason in cannot_say(message):
            raise NotExpressible(reason)


def _groups(events: list[Event]) -> Iterable[list[StreamEvent]]:
    """Content events, part by part."""
    parts: dict[int, list[StreamEvent]] = {}
    for event in resolve(events):
        parts.setdefault(event.part_index or 0, []).append(event)
    return parts.values()


def _items(group: list[StreamEvent]) -> Iterator[JsonObject]:
    """The items that say a part: one for each chunk of its words, else one."""
    for message in assemble(group):
        (part,) = message.parts
        if not is_words(part):
            yield _item(part)
            continue
        beside = THOUGHT if part.type == "reasoning" else {}
        yield from ({"text": e.chunk} | beside for e in group if e.chunk)


def _item(part: Part) -> JsonObject:
    """The item that says a part; a call that was cut off says that it goes on."""
    if not isinstance(part, ToolCallPart) or (came := so_far(part)) is None:
        return say(part)
    return merge(say(replace(part, arguments=came)), {"functionCall": {MORE: True}})


def _candidate(index: int, items: list[JsonObject]) -> JsonObject:
    content = {"content": {"parts": items, "role": "model"}} if items else {}
    return content | {"index": index}


def _body(
    candidates: list[JsonObject],
    usage: JsonObject,
    head: JsonObject,
    facts: JsonObject,
) -> JsonObject:
    body: JsonObject = {"candidates": candidates} if candidates else {}
    body |= {"usageMetadata": usage} if usage else {}
    return body | head | facts


def _chunk(
    candidates: list[JsonObject],
    usage: JsonObject,
    head: JsonObject,
    facts: JsonObject | None = None,
) -> Frame:
    return Frame(jsonbody.text(_body(candidates, usage, head, facts or {})))


# ------------------------------------------------------------------ ending


def _told(events: list[Event]) -> tuple[Finish | Error, JsonObject, JsonObject]:
    """How it ended, what every chunk says of the answer, and what the last adds."""
    ends = [e for e in events if isinstance(e, Finish | Error)]
    last = ends[-1] if ends else Finish("stop")
    facts = said_of(last)
    head = HEAD | {k: facts.pop(k) for k in (*HEAD, "createTime") if k in facts}
    return last, head, facts


def _usage(events: list[Event]) -> JsonObject:
    usages = [e for e in events if isinstance(e, Usage)]
    return write_usage(usages[-1]) if usages else {}


def _ended(facts: JsonObject, last: Finish, said: set[int]) -> dict[int, JsonObject]:
    """What each candidate says as it ends; empties ``facts`` of it.

    Where the prompt was blocked no candidate need be there, and none says why it ended.
    """
    own = {int(index): told for index, told in facts.pop("candidates", {}).items()}
    blocked = block_reason(facts) is not None
    indexes = sorted({*said, *own}) or ([] if blocked else [0])
    ended: JsonObject = {} if blocked else {"finishReason": word(last)}
    return {index: ended | own.get(index, {}) for index in indexes}
