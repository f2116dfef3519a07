"""Cohere's assistant message: the one shape its answers and its requests share.

https://docs.cohere.com/reference/chat. It keeps content, a tool plan, calls and
citations apart and counts each from 0: a part is known by its kind and its number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, TypeAlias

from harness.message.assemble import merge
from harness.message.events import Event, StreamEvent, Unknown
from harness.message.parts import JsonObject
from harness.message.place import resolve
from harness.providers.cohere.beside import beside, ours, said_of

CONTENT = ("text", "thinking")
"""Types of content block; each has its words under the key of that name."""

PLAN = "tool_plan"
CALL = "tool_calls"

FAMILY = {"text": "text", "thinking": "reasoning", PLAN: "reasoning"}
"""Where a message keeps words, and what we call them."""

CITED = {"TEXT_CONTENT": "text", "THINKING_CONTENT": "thinking", "PLAN": PLAN}
"""Types of citation, and the words they are about."""

TYPES = {kind: type_ for type_, kind in CITED.items()}

CALL_READ = (("name", "arguments"), ("id", "type"))
"""What is read of a call's function, and of the call."""

MESSAGE = frozenset({"role", "content", PLAN, CALL, "citations"})

Key: TypeAlias = tuple[str, Any]
"""A kind of part, and its number among its like; a plan has none."""

THE_PLAN: Key = (PLAN, None)


# -------------------------------------------------------------------- hear


@dataclass(slots=True)
class Heard:
    """The parts of one message so far.

    ``ids`` are those of calls by their number. Citations wait until the message is
    over, since they are told all at once: metadata replaces a list, it adds nothing.
    """

    parts: dict[Key, int] = field(default_factory=dict)
    ids: dict[Any, str | None] = field(default_factory=dict)
    citations: dict[Key, list[JsonObject]] = field(default_factory=dict)
    latest: dict[str, Key] = field(default_factory=dict)
    logprobs: list[Any] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    def place(self, key: Key) -> int:
        """Our number of a part, a new one where it was not heard of before."""
        if key not in self.parts:
            self.parts[key] = next(self.numbers)
            self.latest[key[0]] = key
        return self.parts[key]


def hear(heard: Heard, message: JsonObject) -> Iterator[Event]:
    """All that a message says, but for its citations."""
    content = message.get("content") or ()
    if isinstance(content, str):
        content = ({"type": "text", "text": content},)
    for index, item in enumerate(content):
        yield from hear_block(heard, index, item)
    yield from hear_words(heard, THE_PLAN, message.get(PLAN))
    for index, item in enumerate(message.get(CALL) or ()):
        yield from hear_call(heard, index, item)
    for citation in message.get("citations") or ():
        hear_citation(heard, citation)
    for word, value in message.items():
        if word not in MESSAGE:
            yield Unknown(f"message.{word}", value)


def hear_block(heard: Heard, index: Any, item: JsonObject) -> Iterator[Event]:
    """A content block as it starts, or whole."""
    rest = {k: v for k, v in item.items() if v is not None and v != ""}
    kind = rest.pop("type", None)
    if kind not in CONTENT:
        yield Unknown(f"content:{kind}", item)
        return
    words = rest.pop(kind, "")
    yield from hear_words(heard, (kind, index), words, rest)


def hear_words(
    heard: Heard, key: Key, chunk: Any, rest: JsonObject | None = None
) -> Iterator[Event]:
    """Words of a part, and what is said beside them."""
    if not (chunk or rest):
        return
    if key == THE_PLAN and key not in heard.parts:
        rest = {"type": PLAN} | (rest or {})
    part = heard.place(key)
    metadata = ours(rest) if rest else None
    yield StreamEvent(FAMILY[key[0]], chunk, part, provider_metadata=metadata)


def hear_call(heard: Heard, index: Any, item: JsonObject) -> Iterator[Event]:
    """A call as it starts, or whole; one that starts again is still the same."""
    id_, function = item.get("id") or None, item.get("function") or {}
    if id_ is not None and not isinstance(id_, str):
        raise TypeError(f"a call's id is text, not {id_!r:.40}")
    key = (CALL, index)
    if key not in heard.parts or heard.ids.get(index) != id_:
        heard.parts[key] = next(heard.numbers)
        heard.ids[index] = id_
        yield StreamEvent(
            "tool_call_name",
            function.get("name") or "",
            heard.parts[key],
            id_,
            provider_metadata=ours(beside(item, "function", *CALL_READ)),
        )
    yield from hear_arguments(heard, index, function)


def hear_arguments(heard: Heard, index: Any, function: JsonObject) -> Iterator[Event]:
    """A piece of a call's arguments, if there is one."""
    chunk = function.get("arguments")
    if chunk:
        part = heard.place((CALL, index))
        yield StreamEvent("tool_call_args", chunk, part, heard.ids.get(index))


def hear_citation(heard: Heard, citation: JsonObject) -> None:
    """Keep a citation with the words it is about.

    Where it does not say which block it is about, it is the last one of its kind.
    """
    kind = CITED.get(citation.get("type") or "")
    number = citation.get("content_index")
    if kind == PLAN:
        key = THE_PLAN
    elif number is not None:
        known = ((one, number) for one in CONTENT if (one, number) in heard.parts)
        key = (kind, number) if kind else next(known, ("text", number))
    else:
        key = heard.latest.get(kind or "text", (kind or "text", 0))
    heard.citations.setdefault(key, []).append(citation)


def close(heard: Heard) -> Iterator[Event]:
    """The citations of each part."""
    for key, citations in heard.citations.items():
        yield from hear_words(heard, key, "", {"citations": citations})


# --------------------------------------------------------------------- say


@dataclass(frozen=True, slots=True)
class Said:
    """A part as this wire says it.

    ``pieces`` are its words, or a call's arguments, as they are streamed; ``item`` is
    all that it says beside; ``index`` is its number among its like.
    """

    kind: str
    pieces: list[str]
    item: JsonObject
    citations: list[JsonObject] = field(default_factory=list)
    index: int = 0


def say(events: Iterable[Event]) -> list[Said]:
    """The parts of a message, each with its number; one that is empty says nothing."""
    groups: dict[int | None, list[StreamEvent]] = {}
    for event in resolve(events):
        groups.setdefault(event.part_index, []).append(event)
    parts = [SAY[group[0].type](group) for group in groups.values()]
    counts: dict[str, Iterator[int]] = {}
    return [
        replace(part, index=next(counts.setdefault(_space(part.kind), count())))
        for part in parts
        if part.pieces or part.item or part.citations
    ]


def whole(parts: list[Said]) -> JsonObject:
    """What the parts are in a message; what there is none of is left out."""
    said: JsonObject = {}
    for part in parts:
        words = "".join(part.pieces)
        if part.kind == PLAN:
            said[PLAN] = said.get(PLAN, "") + words
        elif part.kind == CALL:
            function = {"function": {"arguments": words or "{}"}}
            said.setdefault(CALL, []).append(merge(part.item, function))
        else:
            item = {"type": part.kind, part.kind: words} | part.item
            said.setdefault("content", []).append(item)
    citations = [citation for part in parts for citation in part.citations]
    return said | ({"citations": citations} if citations else {})


def settled(parts: list[Said]) -> list[Said]:
    """The parts, each citation naming the one it is about unless it goes without."""
    last = {part.kind: part.index for part in parts}
    return [
        replace(part, citations=[_settled(c, part, last) for c in part.citations])
        for part in parts
    ]


def _settled(citation: JsonObject, part: Said, last: dict[str, int]) -> JsonObject:
    about = CITED.get(citation.get("type") or "")
    if about != part.kind and (about or part.kind == PLAN):
        about, citation = part.kind, citation | {"type": TYPES[part.kind]}
    is_found = last[part.kind] == part.index and (about or "text") == part.kind
    if part.kind == PLAN or (is_found and citation.get("content_index") is None):
        return citation
    return citation | {"content_index": part.index}


def _space(kind: str) -> str:
    """In what its like are counted."""
    return "content" if kind in CONTENT else kind


def _say_words(group: list[StreamEvent]) -> Said:
    facts = _facts(group)
    kind = "text" if group[0].type == "text" else "thinking"
    if kind == "thinking" and facts.get("type") == PLAN:
        kind = facts.pop("type")
    citations = facts.pop("citations", [])
    return Said(kind, [e.chunk for e in group if e.chunk], facts, citations)


def _say_call(group: list[StreamEvent]) -> Said:
    id_ = next((e.tool_call_id for e in group if e.tool_call_id), None)
    name = "".join(e.chunk for e in group if e.type == "tool_call_name")
    item: JsonObject = {} if id_ is None else {"id": id_}
    item |= {"type": "function", "function": {"name": name}}
    pieces = [e.chunk for e in group if e.type == "tool_call_args" and e.chunk]
    return Said(CALL, pieces, merge(item, _facts(group)))


def _facts(group: list[StreamEvent]) -> JsonObject:
    facts: JsonObject = {}
    for event in group:
        facts = merge(facts, said_of(event.provider_metadata))
    return facts


SAY: dict[str, Callable[[list[StreamEvent]], Said]] = {
    "text": _say_words,
    "reasoning": _say_words,
    "tool_call_name": _say_call,
    "tool_call_args": _say_call,
}
"""First event type of a part to the function that says it."""
