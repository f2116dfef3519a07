"""What a Responses stream says of one item between its beginning and its end.

Events belong to an item by ``output_index``: some servers leave it out (llama.cpp,
DeepSeek), and then ``item_id`` or the last item decides; others (GitHub Copilot)
change ``item_id`` from event to event.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Generator, Iterator
from typing import NamedTuple, TypeAlias

from harness.message.events import Event, StreamEvent
from harness.message.parts import Attachment, JsonObject
from harness.providers.openai_responses.answer import (
    CONTENT,
    THOUGHTS,
    Answer,
    Item,
    Strand,
    missing,
    more,
    note,
)
from harness.providers.openai_responses.items import (
    Spoken,
    begin,
    settle,
    strand,
)


class Delta(NamedTuple):
    """Which piece of an item a delta goes on with.

    ``item`` is the type of item that has such pieces, ``at`` names the event's field
    with the piece's place, ``kind`` is the type of content.
    """

    item: str
    field: str
    at: str | None
    kind: str = ""


DELTAS = {
    "response.output_text": Delta("message", "content", "content_index", "output_text"),
    "response.refusal": Delta("message", "content", "content_index", "refusal"),
    "response.reasoning_text": Delta("reasoning", "content", "content_index"),
    "response.reasoning_summary_text": Delta("reasoning", "summary", "summary_index"),
    "response.function_call_arguments": Delta("function_call", "arguments", None),
    "response.mcp_call_arguments": Delta("mcp_call", "arguments", None),
}
"""Stem of the events that say a piece bit by bit (``.delta``) and whole (``.done``)."""

GROWS: dict[str, tuple[str, ...]] = {
    "response.apply_patch_call_operation_diff.delta": ("operation", "diff"),
    "response.code_interpreter_call_code.delta": ("code",),
    "response.custom_tool_call_input.delta": ("input",),
}
"""Deltas of what is no text for the reader: given once, when the item is done."""


# -------------------------------------------------------------------- hear


def item_of(answer: Answer, data: JsonObject) -> Item | None:
    """The item an event speaks of."""
    place = data.get("output_index")
    if place is not None:
        return answer.items.get(place)
    return answer.by_id.get(data.get("item_id") or "", answer.last)


def piece_of(
    answer: Answer, data: JsonObject, delta: Delta
) -> Generator[Event, None, Strand]:
    """The piece an event speaks of; a resumed stream may not have begun its item."""
    item = item_of(answer, data)
    if item is None:
        place = data.get("output_index", len(answer.items))
        started = {"type": delta.item, "id": data.get("item_id")}
        yield from begin(answer, place, started)
        item = answer.items[place]
    key = delta.field, data.get(delta.at, 0) if delta.at else 0
    yield from strand(answer, item, key, delta.kind)
    piece = item.strands[key]
    if delta.kind == "refusal" and piece.kind != "refusal":
        piece.kind = "refusal"
        answer.refuses = True
        yield from note(item, piece, {"refusal": True})
    return piece


def _whole(answer: Answer, kind: str, data: JsonObject) -> Iterator[Event]:
    delta = DELTAS[kind.removesuffix(".done")]
    piece = yield from piece_of(answer, data, delta)
    field = CONTENT.get(delta.kind) or ("arguments" if delta.at is None else "text")
    yield from missing(piece, data.get(field) or "")


def _part(answer: Answer, kind: str, data: JsonObject) -> Iterator[Event]:
    """A content or summary part that starts or ends; either may come with its text."""
    part = data["part"]
    stem = PARTS.get(part["type"])
    if stem is None:
        return
    piece = yield from piece_of(answer, data, DELTAS[stem])
    item = item_of(answer, data)
    if item is not None and item.kind == "message" and kind.endswith("done"):
        item.contents[data.get("content_index", 0)] = part
    yield from missing(piece, part.get(CONTENT.get(part["type"], "text")) or "")


def _annotation(answer: Answer, kind: str, data: JsonObject) -> Iterator[Event]:
    item = item_of(answer, data)
    if item is not None and data.get("annotation") is not None:
        notes = item.notes.setdefault(data.get("content_index", 0), [])
        notes.append(data["annotation"])
    return iter(())


def _added(answer: Answer, kind: str, data: JsonObject) -> Iterator[Event]:
    place, json = data.get("output_index"), data["item"]
    place = len(answer.items) if place is None else place
    old = answer.items.get(place)
    if old is not None and not old.done and old.kind == json["type"]:
        old.json = json
        return
    if old is not None:
        answer.items["before", len(answer.items)] = old
    yield from begin(answer, place, json)


def _done(answer: Answer, kind: str, data: JsonObject) -> Iterator[Event]:
    json = data["item"]
    item = item_of(answer, {"item_id": json.get("id")} | data)
    if item is None or item.kind != json["type"]:
        yield from _added(answer, kind, data)
        item = answer.last
    assert item is not None
    yield from settle(answer, item, json)


def _grows(answer: Answer, kind: str, data: JsonObject) -> Iterator[Event]:
    item = item_of(answer, data)
    if item is not None:
        *path, leaf = GROWS[kind]
        inside = item.json
        for key in path:
            inside = inside.setdefault(key, {})
        inside[leaf] = (inside.get(leaf) or "") + data["delta"]
    return iter(())


def _command(answer: Answer, kind: str, data: JsonObject) -> Iterator[Event]:
    item = item_of(answer, data)
    if item is not None:
        action = item.json.setdefault("action", {})
        commands = action.setdefault("commands", [])
        at = data["command_index"]
        commands += [""] * (at + 1 - len(commands))
        commands[at] += data.get("delta") or ""
    return iter(())


def _output(answer: Answer, kind: str, data: JsonObject) -> Iterator[Event]:
    item = item_of(answer, data)
    if item is not None:
        output = item.json.setdefault("output", [])
        at = data["command_index"]
        output += [{} for _ in range(at + 1 - len(output))]
        for stream, text in data["delta"].items():
            output[at][stream] = output[at].get(stream, "") + text
    return iter(())


def _sound(answer: Answer, kind: str, data: JsonObject) -> Iterator[Event]:
    answer.sound.append(data["delta"])
    return iter(())


def sound(
    answer: Answer, kind: str = "", data: JsonObject | None = None
) -> Iterator[Event]:
    """The sound heard so far, as an attachment."""
    if answer.sound:
        content = b"".join(base64.b64decode(chunk) for chunk in answer.sound)
        answer.sound.clear()
        attachments = (Attachment(content=content),)
        yield StreamEvent("attachment", "", answer.part(), attachments=attachments)


def _transcript(answer: Answer, kind: str, data: JsonObject) -> Iterator[Event]:
    if answer.transcript is None:
        answer.transcript = Strand("text", answer.part())
    yield more(answer.transcript, data["delta"])


Step: TypeAlias = Callable[[Answer, str, JsonObject], Iterator[Event]]

STEPS: dict[str, Step] = {
    "response.output_item.added": _added,
    "response.output_item.done": _done,
    "response.content_part.added": _part,
    "response.content_part.done": _part,
    "response.reasoning_summary_part.added": _part,
    "response.reasoning_summary_part.done": _part,
    "response.output_text.annotation.added": _annotation,
    "response.audio.delta": _sound,
    "response.audio.done": sound,
    "response.audio.transcript.delta": _transcript,
    "response.shell_call_command.added": _command,
    "response.shell_call_command.delta": _command,
    "response.shell_call_output_content.delta": _output,
    **dict.fromkeys(GROWS, _grows),
    **dict.fromkeys((f"{stem}.done" for stem in DELTAS), _whole),
}
"""Event type to what it adds to its item; the deltas of DELTAS are read on the way."""

PARTS = {
    "output_text": "response.output_text",
    "refusal": "response.refusal",
    "reasoning_text": "response.reasoning_text",
    "summary_text": "response.reasoning_summary_text",
}
"""Type of a part to the stem of the events that fill it."""

STAGES: dict[str, tuple[str, ...]] = {
    "code_interpreter_call": ("in_progress", "interpreting", "completed"),
    "compaction": ("compacting",),
    "file_search_call": ("in_progress", "searching", "completed"),
    "image_generation_call": ("in_progress", "generating", "completed"),
    "mcp_call": ("in_progress", "completed", "failed"),
    "mcp_list_tools": ("in_progress", "completed", "failed"),
    "web_search_call": ("in_progress", "searching", "completed"),
}
"""Item type to the stages it reports: signs of life that carry nothing."""

SILENT = {
    *(
        f"response.{kind}.{stage}"
        for kind, stages in STAGES.items()
        for stage in stages
    ),
    "response.apply_patch_call_operation_diff.done",
    "response.audio.transcript.done",
    "response.code_interpreter_call_code.done",
    "response.custom_tool_call_input.done",
    "response.image_generation_call.partial_image",
    "response.shell_call_command.done",
    "response.shell_call_output_content.done",
}
"""Events that say nothing the end of their item does not say."""


# --------------------------------------------------------------------- say

Line: TypeAlias = tuple[str, JsonObject]
"""One event of a stream: its type and its fields."""


def lines(place: int, spoken: Spoken) -> Iterator[Line]:
    """The events that say one item."""
    item = spoken.json
    yield (
        "response.output_item.added",
        {"output_index": place, "item": _unspoken(item)},
    )
    at = {"item_id": item.get("id"), "output_index": place}
    for type_, fields in SCRIPTS.get(item["type"], _stages)(item, spoken.chunks):
        yield type_, at | fields
    yield "response.output_item.done", {"output_index": place, "item": item}


def cut(texts: list[str], chunks: list[str]) -> list[list[str]]:
    """Each text in the bits it was said in; in one where those do not tell."""
    if "".join(texts) != "".join(chunks):
        return [[text] if text else [] for text in texts]
    rest = list(reversed(chunks))
    pieces: list[list[str]] = []
    for text in texts:
        bits: list[str] = []
        left = len(text)
        while left:
            chunk = rest.pop()
            if len(chunk) > left:
                rest.append(chunk[left:])
            bits.append(chunk[:left])
            left -= len(bits[-1])
        pieces.append(bits)
    return pieces


def _unspoken(item: JsonObject) -> JsonObject:
    """An item as it is added: its words are still to come."""
    blank = dict(item)
    for key in UNSPOKEN & item.keys():
        words = isinstance(item[key], str | list)
        blank[key] = type(item[key])() if words else None
    if "status" in item:
        blank["status"] = "in_progress"
    if item["type"] == "reasoning" and "encrypted_content" in item:
        # Real servers send a stub here, which is no use to send back.
        blank["encrypted_content"] = item["encrypted_content"][:4]
    return blank


UNSPOKEN = {"arguments", "code", "content", "input", "output", "outputs", "result"}
UNSPOKEN |= {"results", "summary", "tools"}
"""Fields that fill up after an item is added."""


def _message(item: JsonObject, chunks: list[str]) -> Iterator[Line]:
    texts = [part[CONTENT[part["type"]]] for part in item["content"]]
    for place, bits in enumerate(cut(texts, chunks)):
        part = item["content"][place]
        at = {"content_index": place}
        field = CONTENT[part["type"]]
        blank = part | {field: ""}
        beside: JsonObject = {}
        if field == "text":
            blank["annotations"] = []
            beside = {"logprobs": []}
        yield "response.content_part.added", at | {"part": blank}
        stem = PARTS[part["type"]]
        for bit in bits:
            yield f"{stem}.delta", at | {"delta": bit} | beside
        for number, annotation in enumerate(part.get("annotations", ())):
            facts = {"annotation_index": number, "annotation": annotation}
            yield "response.output_text.annotation.added", at | facts
        beside = {"logprobs": part.get("logprobs", [])} if beside else {}
        yield f"{stem}.done", at | {field: part[field]} | beside
        yield "response.content_part.done", at | {"part": part}


def _reasoning(item: JsonObject, chunks: list[str]) -> Iterator[Line]:
    places = [
        (name, place)
        for name in item
        if name in THOUGHTS
        for place in range(len(item[name]))
    ]
    texts = [item[name][place]["text"] for name, place in places]
    for (name, place), bits in zip(places, cut(texts, chunks), strict=True):
        part = item[name][place]
        summary = name == "summary"
        at = {"summary_index" if summary else "content_index": place}
        around = "reasoning_summary_part" if summary else "content_part"
        stem = PARTS[THOUGHTS[name]]
        yield f"response.{around}.added", at | {"part": part | {"text": ""}}
        for bit in bits:
            yield f"{stem}.delta", at | {"delta": bit}
        yield f"{stem}.done", at | {"text": part["text"]}
        yield f"response.{around}.done", at | {"part": part}


def _stages(item: JsonObject, chunks: list[str]) -> Iterator[Line]:
    """Signs of life, and the words of the call between the first and the others."""
    kind = item["type"]
    stages = STAGES.get(kind, ())
    if stages[-1:] == ("failed",):
        stages = (stages[0], "failed" if item.get("error") else "completed")
    for stage in stages[:1]:
        yield f"response.{kind}.{stage}", {}
    if kind in SPOKEN:
        stem, field = SPOKEN[kind]
        text = item.get(field) or ""
        for bit in cut([text], chunks)[0]:
            yield f"{stem}.delta", {"delta": bit}
        yield f"{stem}.done", {field: text}
    for stage in stages[1:]:
        yield f"response.{kind}.{stage}", {}


SPOKEN = {
    "code_interpreter_call": ("response.code_interpreter_call_code", "code"),
    "custom_tool_call": ("response.custom_tool_call_input", "input"),
    "function_call": ("response.function_call_arguments", "arguments"),
    "mcp_call": ("response.mcp_call_arguments", "arguments"),
}
"""Item type to the stem of the events that say its words, and the field of those."""

Script: TypeAlias = Callable[[JsonObject, list[str]], Iterator[Line]]

SCRIPTS: dict[str, Script] = {"message": _message, "reasoning": _reasoning}
"""Item type to what is said between its beginning and its end; else its stages."""
