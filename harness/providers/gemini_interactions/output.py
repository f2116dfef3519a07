"""What a model of an interaction says and thinks: steps of words and of media.

https://ai.google.dev/gemini-api/docs/interactions/streaming. A ``model_output`` holds
items, each a part of ours; a ``thought`` is one part, with the signature it must
come back with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from harness.message.events import Event, StreamEvent, Unknown
from harness.message.parts import Attachment, JsonObject
from harness.providers._own import beside
from harness.providers.gemini_interactions.content import hear_media, say_media
from harness.providers.gemini_interactions.kinds import (
    MEDIA,
    Heard,
    Said,
    facts_of,
    ours,
)

SAME_STEP = "same_step"
"""Metadata: this part is in the step of the part before it."""

STEP = "step"
"""Metadata: what the step says beside, with the first part in it."""

# ------------------------------------------------------------------ thoughts


@dataclass(slots=True)
class Thought:
    """A thought that has started: its part, and the items of its summary."""

    part: int
    summary: list[JsonObject] = field(default_factory=list)


def start_thought(heard: Heard, index: Any, step: JsonObject) -> Iterator[Event]:
    """A thought as it starts, or whole."""
    opened = heard.open[index] = Thought(next(heard.numbers))
    facts = ours(beside(step, "type", "summary"))
    if facts:
        yield StreamEvent("reasoning", "", opened.part, provider_metadata=facts)
    for item in _items(step.get("summary")):
        yield from _think(opened, item)


def more_thought(heard: Heard, opened: Thought, delta: JsonObject) -> Iterator[Event]:
    """A piece of its summary, or its signature."""
    if delta["type"] == "thought_signature":
        facts = ours(beside(delta, "type"))
        yield StreamEvent("reasoning", "", opened.part, provider_metadata=facts)
        return
    # The older grammar has the words in the delta itself.
    words = delta.get("text") or delta.get("thought") or ""
    yield from _think(opened, delta.get("content") or {"type": "text", "text": words})
    facts = ours(beside(delta, "type", "content", "text", "thought"))
    if facts:
        yield StreamEvent("reasoning", "", opened.part, provider_metadata=facts)


def stop_thought(heard: Heard, opened: Thought) -> Iterator[Event]:
    """A summary that is more than words is kept whole."""
    if not all(map(_is_plain, opened.summary)):
        facts = ours({"summary": opened.summary})
        yield StreamEvent("reasoning", "", opened.part, provider_metadata=facts)


def say_thought(group: list[StreamEvent]) -> Said:
    """A thought, its signature last, as the API streams it."""
    facts = facts_of(group)
    head: JsonObject = {"type": "thought"}
    if "summary" in facts:
        return Said(head | facts)
    pieces = [{"type": "text", "text": e.chunk} for e in group if e.chunk]
    deltas = [{"type": "thought_summary", "content": piece} for piece in pieces]
    body: JsonObject = {}
    if pieces:
        words = "".join(piece["text"] for piece in pieces)
        body["summary"] = [{"type": "text", "text": words}]
    if facts.get("signature"):
        body["signature"] = facts.pop("signature")
        signature = {"type": "thought_signature", "signature": body["signature"]}
        deltas.append(signature)
    return Said(head | facts, body, deltas)


def _think(opened: Thought, item: JsonObject) -> Iterator[Event]:
    opened.summary.append(item)
    words = item.get("text")
    if words:
        yield StreamEvent("reasoning", words, opened.part)


def _is_plain(item: JsonObject) -> bool:
    return item.keys() <= {"type", "text"} and item.get("type", "text") == "text"


def _items(said: Any) -> Iterable[JsonObject]:
    return ({"type": "text", "text": said},) if isinstance(said, str) else said or ()


# -------------------------------------------------------------------- output


@dataclass(slots=True)
class Output:
    """An output that has started, and the item of it that is being said.

    Attributes:
        marks: what the next part says of its place in the step.
        kind: the type of the item, if there is one.
        part: our number of it.
        annotations: of a text, told all at once: metadata replaces a list.
        sound: the pieces of an audio, told when it is over.
    """

    marks: JsonObject
    kind: str = ""
    part: int = -1
    is_told: bool = False
    annotations: list[JsonObject] = field(default_factory=list)
    sound: list[Attachment] = field(default_factory=list)


def start_output(heard: Heard, index: Any, step: JsonObject) -> Iterator[Event]:
    """An output as it starts, or whole."""
    spare = beside(step, "type", "content")
    opened = heard.open[index] = Output({STEP: spare} if spare else {})
    for item in _items(step.get("content")):
        yield from _end_item(opened)
        yield from more_output(heard, opened, item)


def more_output(heard: Heard, opened: Output, delta: JsonObject) -> Iterator[Event]:
    """An item, or a piece of the one before."""
    kind = delta.get("type")
    if kind == "text_annotation_delta":
        if opened.kind != "text":
            yield from _start_item(heard, opened, "text")
        opened.annotations += delta.get("annotations") or ()
    elif kind == "text":
        if opened.kind != kind:
            yield from _start_item(heard, opened, kind)
        opened.annotations += delta.get("annotations") or ()
        facts = beside(delta, "type", "text", "annotations")
        yield from _tell(opened, "text", delta.get("text") or "", facts)
    elif kind in MEDIA:
        shown, facts = hear_media(delta)
        if shown is None:
            # It starts with its type alone, or is nowhere that we know.
            if delta.keys() - {"type", "mime_type"}:
                yield Unknown(f"content:{kind}", delta)
            return
        sound = shown if kind == "audio" and shown and shown.content else None
        if not (sound and [sound.type] == [one.type for one in opened.sound[:1]]):
            yield from _start_item(heard, opened, kind)
        if sound:
            # It comes in pieces, and is one sound all the same.
            opened.sound.append(sound)
        yield from _tell(opened, "attachment", "", facts, None if sound else shown)
    else:
        yield Unknown(f"content:{kind}", delta)


def stop_output(heard: Heard, opened: Output) -> Iterator[Event]:
    """What the last item held back, and what the step said of itself alone."""
    yield from _end_item(opened)
    if STEP in opened.marks:
        yield from _start_item(heard, opened, "text")
        yield from _tell(opened, "text", "", {})


def _start_item(heard: Heard, opened: Output, kind: str) -> Iterator[Event]:
    yield from _end_item(opened)
    opened.kind, opened.part, opened.is_told = kind, next(heard.numbers), False


def _end_item(opened: Output) -> Iterator[Event]:
    if opened.annotations:
        yield from _tell(opened, "text", "", {"annotations": opened.annotations})
    if opened.sound:
        pieces = [piece.content or b"" for piece in opened.sound]
        whole = Attachment(opened.sound[0].type, content=b"".join(pieces))
        yield from _tell(opened, "attachment", "", {}, whole)
    opened.kind, opened.annotations, opened.sound = "", [], []


def _tell(
    opened: Output,
    type_: str,
    chunk: str,
    facts: JsonObject,
    shown: Attachment | None = None,
) -> Iterator[Event]:
    if not opened.is_told:
        facts = opened.marks | facts
    if not (chunk or facts or shown):
        return
    if not opened.is_told:
        opened.is_told, opened.marks = True, {SAME_STEP: True}
    yield StreamEvent(
        type_,
        chunk,
        opened.part,
        provider_metadata=ours(facts),
        attachments=(shown,) if shown else (),
    )


def say_text(group: list[StreamEvent]) -> Said:
    """A text: its words, then what they are based on."""
    facts = facts_of(group)
    joins, spare = bool(facts.pop(SAME_STEP, False)), facts.pop(STEP, {})
    pieces = [event.chunk for event in group if event.chunk]
    deltas: list[JsonObject] = [{"type": "text", "text": piece} for piece in pieces]
    if "annotations" in facts:
        annotations = {"annotations": facts["annotations"]}
        deltas.append({"type": "text_annotation_delta"} | annotations)
    item = {"type": "text", "text": "".join(pieces)} | facts
    body: JsonObject = {"content": [item]} if deltas or facts else {}
    is_told = not facts.keys() - {"annotations"}
    head = {"type": "model_output"} | spare
    return Said(head, body, deltas if is_told else None, joins)


def say_shown(group: list[StreamEvent]) -> Said:
    """A picture, a sound: whole, in one delta."""
    facts = facts_of(group)
    joins, spare = bool(facts.pop(SAME_STEP, False)), facts.pop(STEP, {})
    given = [attachment for event in group for attachment in event.attachments]
    item = say_media(given[-1] if given else None, facts)
    head = {"type": "model_output"} | spare
    return Said(head, {"content": [item]}, [item], joins)


def join(output: Said, more: Said) -> None:
    """Make one output of two."""
    content, added = output.body["content"], more.body["content"]
    kinds = [item.get("type") for item in (*content[-1:], *added[:1])]
    # Told in deltas, two of these in a row would be one.
    runs_on = kinds in (["text", "text"], ["audio", "audio"])
    if runs_on or output.deltas is None or more.deltas is None:
        output.deltas = None
    else:
        output.deltas += more.deltas
    content += added
