"""The items of a Responses answer and the parts they stand for, both ways.

An item is heard in up to four steps: ``begin`` as it is added, ``strand`` for each
piece of it that streams, ``settle`` when it is done, and ``settle`` again if the
whole answer later says more. Settling says only what was not said before.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, assert_never

from harness.errors import NotExpressible
from harness.message.assemble import assemble
from harness.message.events import Event, StreamEvent, Unknown
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    JsonObject,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.message.place import resolve
from harness.providers.openai_responses.answer import (
    CONTENT,
    THOUGHTS,
    Answer,
    Item,
    Key,
    Strand,
    missing,
    note,
    ours,
    own,
)
from harness.providers.openai_responses.tools import (
    TOOLS,
    ToolItem,
    asked,
    call_item,
    native,
    outcome,
    rest,
    result_item,
    run_by_us,
    with_result,
)

OPAQUE = (
    "additional_tools",
    "compaction",
    "compaction_trigger",
    "configuration_update",
    "item_reference",
)
"""Item types that nobody reads and everybody must send back: kept whole, as a
reasoning part without text."""

OF_CONTENT = ("annotations", "logprobs", "refusal", "part")
"""Metadata of a text part that belongs to its content, not to its message."""

IMAGE = "image_generation_call"


# -------------------------------------------------------------------- hear


def begin(answer: Answer, place: Any, json: JsonObject) -> Iterator[Event]:
    """An item takes its place; the part it opens shows at once."""
    item = Item(json["type"], json)
    answer.items[place] = answer.last = item
    if json.get("id"):
        answer.by_id[json["id"]] = item
    if item.kind == "message":
        yield from strand(answer, item, ("content", 0))
    elif item.kind == "reasoning" or item.kind in OPAQUE:
        yield from strand(answer, item, ("summary", 0))
    elif item.kind in TOOLS and TOOLS[item.kind].asks:
        yield from strand(answer, item, ("arguments", 0))


def strand(
    answer: Answer, item: Item, key: Key, kind: str = "output_text"
) -> Iterator[Event]:
    """Makes sure that a piece of an item has a strand; a new part is announced."""
    if key in item.strands:
        return
    if item.kind == "message":
        made = item.strands[key] = Strand("text", answer.part(), kind=kind)
        facts: JsonObject = {
            name: item.json[name] for name in ("id", "phase") if name in item.json
        }
        yield from note(item, made, facts)
    elif item.kind in TOOLS:
        yield from _call(answer, item)
    elif item.strands:
        index = next(iter(item.strands.values())).index
        item.strands[key] = Strand("reasoning", index)
    else:
        made = item.strands[key] = Strand("reasoning", answer.part())
        facts = {"id": item.json.get("id")}
        if item.kind != "reasoning":
            facts["type"] = item.kind
        yield from note(item, made, facts)


def settle(answer: Answer, item: Item, json: JsonObject) -> Iterator[Event]:
    """An item as it stands when it is done: everything not said yet."""
    if json.get("id"):
        answer.by_id[json["id"]] = item
    item.json = json
    if item.kind == "message":
        yield from _settle_message(answer, item, json)
    elif item.kind == "reasoning":
        yield from _settle_reasoning(answer, item, json)
    elif item.kind in OPAQUE:
        yield from note(item, item.strands["summary", 0], json)
    elif item.kind not in TOOLS:
        if not item.done:
            yield Unknown(item.kind, json)
    else:
        if TOOLS[item.kind].asks:
            yield from _settle_call(item, TOOLS[item.kind], json)
        yield from _settle_result(answer, item, TOOLS[item.kind], json)
    item.done = True


def _call(answer: Answer, item: Item) -> Iterator[Event]:
    row, json = TOOLS[item.kind], item.json
    call_id = json.get(row.key) or json.get("id")
    name = row.tool or json.get("name") or ""
    by_us = run_by_us(row, json)
    made = Strand("tool_call_args", answer.part(), call_id, not by_us, name)
    item.strands["arguments", 0] = made
    answer.calls[call_id] = (name, not by_us)
    answer.latest[name] = call_id
    answer.calls_us = answer.calls_us or by_us
    facts = {"id": json.get("id")}
    if item.kind != "function_call":
        facts["type"] = item.kind
    item.said[made.index] = said = {k: v for k, v in facts.items() if v}
    yield StreamEvent(
        "tool_call_name",
        name,
        made.index,
        call_id,
        not by_us,
        provider_metadata=ours(dict(said)),
    )


def _settle_message(answer: Answer, item: Item, json: JsonObject) -> Iterator[Event]:
    of_message = {k: v for k, v in json.items() if k not in ("type", "role", "content")}
    for at, content in enumerate(json.get("content") or ({"type": "output_text"},)):
        kind = content["type"]
        if kind not in CONTENT:
            if not item.done:
                yield Unknown(kind, content)
            continue
        yield from strand(answer, item, ("content", at), kind)
        piece = item.strands["content", at]
        yield from missing(piece, content.get(CONTENT[kind]) or "")
        facts = of_message | {
            "annotations": content.get("annotations") or item.notes.get(at),
            "logprobs": content.get("logprobs") or piece.logprobs,
        }
        if kind == "refusal":
            answer.refuses = True
            facts["refusal"] = True
        known = ("type", "annotations", "logprobs", CONTENT[kind])
        facts["part"] = {k: v for k, v in content.items() if k not in known}
        yield from note(item, piece, facts)


def _settle_reasoning(answer: Answer, item: Item, json: JsonObject) -> Iterator[Event]:
    facts = {k: v for k, v in json.items() if k not in ("type", *THOUGHTS)}
    for name in (key for key in json if key in THOUGHTS):
        for at, piece in enumerate(json[name] or ()):
            yield from strand(answer, item, (name, at))
            yield from missing(item.strands[name, at], piece["text"])
    text = "".join(chunk for piece in item.strands.values() for chunk in piece.heard)
    thoughts = {name: json[name] for name in THOUGHTS if json.get(name)}
    if thoughts != _thoughts(text):
        facts |= thoughts
    redacted = bool(json.get("encrypted_content")) and not text
    yield from note(item, item.strands["summary", 0], facts, redacted=redacted)


def _thoughts(text: str) -> JsonObject:
    """The thoughts of a reasoning item that only its text tells of."""
    return {"summary": [{"type": "summary_text", "text": text}]} if text else {}


def _settle_call(item: Item, row: ToolItem, json: JsonObject) -> Iterator[Event]:
    piece = item.strands["arguments", 0]
    name = row.tool or json.get("name") or ""
    if not piece.kind and name:
        piece.kind = name
        yield StreamEvent("tool_call_name", name, piece.index, piece.call_id)
    facts = rest(row, json)
    if item.kind == IMAGE:
        facts.pop("result", None)
    arguments = asked(row, json)
    if row.form != "text" and piece.heard and arguments != piece.heard[0]:
        # The whole answer knows more of the call than its own end did.
        facts |= {k: json[k] for k in row.asks if k in json}
    else:
        yield from missing(piece, arguments)
    yield from note(item, piece, facts)


def _settle_result(
    answer: Answer, item: Item, row: ToolItem, json: JsonObject
) -> Iterator[Event]:
    if ("result", 0) in item.strands:
        return
    if item.kind == IMAGE and json.get("result"):
        item.strands["result", 0] = Strand("attachment", answer.part())
        yield _image(item.strands["result", 0].index, json)
    found = outcome(row, json) if row.gets or row.fails else None
    if found is None:
        return
    name = row.tool or json.get("name") or ""
    call_id = json.get(row.key) or answer.latest.get(name) or json.get("id")
    called, server = answer.calls.get(call_id, (name, not run_by_us(row, json)))
    made = item.strands["result", 0] = Strand("tool_result", answer.part(), call_id)
    yield StreamEvent(
        "tool_result",
        found.output,
        made.index,
        call_id,
        server,
        name or called,
        provider_metadata=ours(_beside(row, json) | found.kept),
        exception=found.exception,
    )


def _beside(row: ToolItem, json: JsonObject) -> JsonObject:
    """What an item says beside its result, where it is nothing but a result."""
    if row.asks:
        return {}
    facts = {"type": json["type"]} | rest(row, json)
    if facts.get("status") == "completed":
        del facts["status"]
    return {k: v for k, v in facts.items() if v is not None}


def _image(index: int, json: JsonObject) -> StreamEvent:
    try:
        content = base64.b64decode(json["result"], validate=True)
    except binascii.Error:
        content = b""
    kept = {"type": IMAGE, "id": json.get("id")}
    if base64.b64encode(content).decode() != json["result"]:
        kept["result"] = json["result"]
    format_ = json.get("output_format") or "png"
    type_ = {"svg": "image/svg+xml"}.get(format_, f"image/{format_}")
    attachment = Attachment(type_, content=content or None)
    return StreamEvent(
        "attachment", "", index, provider_metadata=ours(kept), attachments=(attachment,)
    )


# --------------------------------------------------------------------- say


class Spoken(NamedTuple):
    """An item that is to be said, and the bits its words were cut into."""

    json: JsonObject
    chunks: list[str]


@dataclass(slots=True)
class _Speech:
    """The items made so far, their ids, and which of them made which call."""

    items: list[Spoken] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    calls: dict[str | None, int] = field(default_factory=dict)
    results: dict[str | None, ToolResultPart] = field(default_factory=dict)


def items(events: Iterable[Event]) -> list[Spoken]:
    """The items that stand for these events, as little of each as was said.

    Raises:
        NotExpressible: for a part that no item can carry.
    """
    groups: dict[int, list[StreamEvent]] = {}
    for event in resolve(events):
        groups.setdefault(event.part_index or 0, []).append(event)
    parts = [
        (part, [e.chunk for e in group if e.type != "tool_call_name" and e.chunk])
        for group in groups.values()
        for message in assemble(group)
        for part in message.parts
    ]
    made = _Speech()
    made.results = {
        part.tool_call_id: part for part, _ in parts if isinstance(part, ToolResultPart)
    }
    for part, chunks in parts:
        _add(made, part, chunks)
        if made.items and made.items[-1].json.get("id"):
            made.ids.add(made.items[-1].json["id"])
    return made.items


def _add(made: _Speech, part: Part, chunks: list[str]) -> None:
    match part:
        case TextPart():
            _add_text(made, part, chunks)
        case ReasoningPart():
            made.items.append(Spoken(_reasoning(part), chunks))
        case ToolCallPart():
            said = own(part)
            result = made.results.get(part.tool_call_id)
            default = native(part, result) if part.server_executed else "function_call"
            kind = said.get("type", default)
            linked = part.tool_call_id in made.ids
            made.calls[part.tool_call_id] = len(made.items)
            made.items.append(
                Spoken(call_item(kind, part, said, linked=linked), chunks)
            )
        case ToolResultPart():
            _add_result(made, part, chunks)
        case AttachmentPart():
            _add_image(made, part)
        case _:
            assert_never(part)


def _add_text(made: _Speech, part: TextPart, chunks: list[str]) -> None:
    said = own(part)
    kind = "refusal" if said.get("refusal") else "output_text"
    content = {"type": kind, CONTENT[kind]: part.text}
    if kind == "output_text":
        content["annotations"] = said.get("annotations", [])
    if "logprobs" in said:
        content["logprobs"] = said["logprobs"]
    content |= said.get("part", {})
    last = made.items[-1] if made.items else Spoken({}, [])
    same = last.json.get("type") == "message" and last.json.get("id") == said.get("id")
    if same and said.get("id"):
        last.json["content"].append(content)
        last.chunks.extend(chunks)
        return
    of_message = {k: v for k, v in said.items() if k not in OF_CONTENT}
    message = {"type": "message", "role": "assistant", "content": [content]}
    made.items.append(Spoken(message | of_message, chunks))


def _reasoning(part: ReasoningPart) -> JsonObject:
    said = own(part)
    if said.get("type", "reasoning") != "reasoning":
        return said
    thoughts = {name: said.pop(name) for name in THOUGHTS if name in said}
    thoughts = thoughts or _thoughts(part.text)
    spoken = "".join(piece["text"] for piece in thoughts.get("content", ()))
    if spoken and part.text.startswith(spoken):
        # The text has them in the order in which they were thought.
        thoughts = dict(reversed(thoughts.items()))
    thoughts.setdefault("summary", [])
    return {"type": "reasoning"} | thoughts | said


def _add_result(made: _Speech, part: ToolResultPart, chunks: list[str]) -> None:
    said = own(part)
    if "type" in said:
        linked = part.tool_call_id in made.ids
        item = result_item(said["type"], part, said, linked=linked)
        made.items.append(Spoken(item, chunks))
        return
    at = made.calls.get(part.tool_call_id)
    row = TOOLS.get(made.items[at].json["type"]) if at is not None else None
    if at is None or row is None or not (row.gets or row.fails):
        raise NotExpressible(f"openai-responses: no item gives {part.name!r} a result")
    call = made.items[at]
    made.items[at] = Spoken(with_result(call.json, part, said), call.chunks)


def _add_image(made: _Speech, part: AttachmentPart) -> None:
    said = own(part)
    at = made.calls.get(said.get("id"))
    content = part.attachment.content if part.attachment else None
    if at is None or made.items[at].json["type"] != IMAGE:
        raise NotExpressible(
            "openai-responses: an image comes only from an image generation call"
        )
    result = said.get("result") or base64.b64encode(content or b"").decode()
    made.items[at].json["result"] = result
