"""A Responses answer while it is being said: its items, and what was heard of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from harness.message.events import Error, Event, StreamEvent
from harness.message.parts import JsonObject
from harness.providers._own import Own

OWN = Own("openai")
NAMESPACE, ours, own = OWN.namespace, OWN.ours, OWN.of
"""Its key in ``provider_metadata``; to put something there, and to take it out."""

CONTENT = {"output_text": "text", "refusal": "refusal"}
"""Content of a message, and the field that holds its words."""

THOUGHTS = {"summary": "summary_text", "content": "reasoning_text"}
"""Where a reasoning item keeps its words, and the type of a piece there."""

WORDED = ("message", "reasoning")
WRITTEN = ("function_call", "mcp_approval_request", "mcp_call")
"""Item types that are made of words, and those whose arguments are JSON text."""


@dataclass(slots=True, eq=False)
class Strand:
    """A piece of an item that is said bit by bit, and what was heard of it."""

    type: str
    index: int
    call_id: str | None = None
    server: bool = False
    kind: str = ""
    heard: list[str] = field(default_factory=list)
    logprobs: list[Any] = field(default_factory=list)


Key: TypeAlias = tuple[str, int]
"""A piece of an item: the field it is in and its place there."""


@dataclass(slots=True, eq=False)
class Item:
    """An item while it is being said.

    ``json`` is how it was last stated, ``said`` the metadata already given, by part.
    ``contents`` and ``notes`` are finished content and single annotations, by place.
    """

    kind: str
    json: JsonObject
    done: bool = False
    strands: dict[Key, Strand] = field(default_factory=dict)
    said: dict[int, JsonObject] = field(default_factory=dict)
    contents: dict[int, JsonObject] = field(default_factory=dict)
    notes: dict[int, list[Any]] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Answer:
    """What an answer has said so far, beside the events already given.

    ``items`` are by place and ``by_id``; ``calls`` gives the name of each call and
    whether the vendor runs it, ``latest`` the last call's id of each tool. ``error``
    is what went wrong, kept for the end; ``over`` that the answer came to its end.
    """

    items: dict[Any, Item] = field(default_factory=dict)
    by_id: dict[str, Item] = field(default_factory=dict)
    last: Item | None = None
    parts: int = 0
    calls: dict[str | None, tuple[str, bool]] = field(default_factory=dict)
    latest: dict[str, str | None] = field(default_factory=dict)
    sound: list[str] = field(default_factory=list)
    transcript: Strand | None = None
    error: Error | None = None
    calls_us: bool = False
    refuses: bool = False
    over: bool = False

    def part(self) -> int:
        """The index of the next part."""
        self.parts += 1
        return self.parts - 1


def missing(piece: Strand, whole: str) -> Iterator[Event]:
    """What was not heard of a piece that is now stated whole."""
    heard = "".join(piece.heard)
    if len(whole) > len(heard) and whole.startswith(heard):
        piece.heard.append(whole[len(heard) :])
        yield more(piece, piece.heard[-1])


def more(piece: Strand, chunk: str) -> StreamEvent:
    """The next bit of a piece."""
    return StreamEvent(piece.type, chunk, piece.index, piece.call_id, piece.server)


def note(
    item: Item, piece: Strand, facts: JsonObject, *, redacted: bool = False
) -> Iterator[Event]:
    """Metadata not said yet. An empty value never takes back a full one."""
    said = item.said.setdefault(piece.index, {})
    news = {
        k: v
        for k, v in facts.items()
        if v is not None and v not in ("", [], {}) and said.get(k) != v
    }
    if news.get("status") == "completed" and "status" not in said:
        del news["status"]
    said.update(news)
    if news or redacted:
        type_ = "tool_call_name" if piece.type == "tool_call_args" else piece.type
        yield StreamEvent(
            type_,
            "",
            piece.index,
            piece.call_id,
            piece.server,
            redacted=redacted,
            provider_metadata=ours(news),
        )


def as_heard(item: Item) -> JsonObject:
    """An item that was never done, from what its stream said of it."""
    json = dict(item.json)
    if item.kind == "reasoning":
        # What the first event of an item calls its ciphertext is a stub.
        json.pop("encrypted_content", None)
    for (name, at), piece in sorted(item.strands.items()):
        text = "".join(piece.heard)
        before = list(json.get(name) or ())[:at] if item.kind in WORDED else []
        if item.kind == "message":
            whole = {"type": piece.kind, CONTENT[piece.kind]: text}
            json[name] = [*before, item.contents.get(at) or whole]
        elif item.kind == "reasoning" and text:
            whole = {"type": THOUGHTS[name], "text": text}
            json[name] = [*before, whole]
        elif text and name == "arguments" and item.kind in WRITTEN:
            json[name] = text
    return json
