"""Converse's content blocks: the one shape its answers and its requests share.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html.
A block is an object with one key, which says what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeAlias

from harness.errors import NotExpressible
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
from harness.providers._own import beside
from harness.providers.bedrock.beside import ours, said_of, word
from harness.providers.bedrock.media import KINDS, read_media, say_media
from harness.wire import jsonbody

SERVER = "server_tool_use"
RUNS = (SERVER, "tool_use", None)
"""The type of a call: one that the provider runs, one that it does not and Nova says
so, and one that it does not. An API that has no word for the second is not told it."""

SEALED = "redactedContent"
"""Reasoning that is withheld: a blob, which is base64 in JSON."""

Names: TypeAlias = dict[str, str]
"""The tools that were called, by the ids of the calls."""


# -------------------------------------------------------------------- read


def read_block(block: JsonObject, names: Names, *, ran: bool) -> Part | None:
    """The part that a block says; ``None`` for a kind of block nobody taught us.

    Args:
        block: an object with one key.
        names: of the calls so far; a call adds its own.
        ran: whether the provider ran the tool whose result this is, as it did where
            the assistant says so.

    Raises:
        AttributeError, KeyError, TypeError, ValueError: for a block of another shape.
    """
    ((kind, body),) = block.items()
    if kind == "toolResult":
        return read_result(body, names, ran=ran)
    if kind in KINDS:
        attachment, facts = read_media(kind, body)
        return AttachmentPart(attachment, ours(facts))
    read = READERS.get(kind)
    return read(body, names) if read else None


def _text(body: Any, names: Names) -> Part:
    return TextPart(word(body))


def _cited(body: JsonObject, names: Names) -> Part:
    text = "".join(piece["text"] for piece in body.get("content") or ())
    facts = {k: v for k, v in body.items() if k != "content" and v}
    return TextPart(text, ours(facts))


def _guarded(body: JsonObject, names: Names) -> Part | None:
    match body:
        case {"text": {"text": str(text)} as said}:
            return TextPart(text, ours({"guardContent": beside(said, "text")}))
        case {"image": image}:
            attachment, facts = read_media("image", image)
            return AttachmentPart(attachment, ours(facts | {"guardContent": {}}))
    return None


def _reasoning(body: JsonObject, names: Names) -> Part | None:
    match body:
        case {"redactedContent": _}:
            return ReasoningPart("", True, ours(body))
        case {"reasoningText": {"text": str(text)} as said}:
            return ReasoningPart(text, False, ours(beside(said, "text")))
    return None


def _call(body: JsonObject, names: Names) -> Part:
    id_, name, runs, facts = read_call(body, names)
    return ToolCallPart(name, body.get("input", {}), id_, runs, ours(facts))


def read_call(body: JsonObject, names: Names) -> tuple[str, str, bool, JsonObject]:
    """A call's id, its tool, whether the provider runs it, and what it says beside."""
    id_, name, kind = word(body["toolUseId"]), word(body["name"]), body.get("type")
    names[id_] = name
    facts = beside(body, "toolUseId", "name", "input", *["type"] * (kind in RUNS))
    return id_, name, kind == SERVER, facts


def read_result(body: JsonObject, names: Names, *, ran: bool) -> ToolResultPart:
    """What a tool gave back, named for the call it answers."""
    id_, content = word(body["toolUseId"]), body.get("content") or []
    facts = beside(body, "toolUseId", "content")
    output = "\n".join(said for piece in content for said in _words(piece))
    failed = facts.get("status") == "error"
    if failed:
        del facts["status"]
    part = ToolResultPart(
        names.get(id_) or word(facts.get("type") or "").removesuffix("_result"),
        output,
        id_,
        ran,
        tuple(held for piece in content for held in _held(piece)),
        (output or "error") if failed else None,
    )
    if not _is_said_as(part, content):
        facts["content"] = content
    return replace(part, provider_metadata=ours(facts))


def _is_said_as(part: ToolResultPart, content: list[JsonObject]) -> bool:
    try:
        return _content(part) == content
    except NotExpressible:
        return False


def _words(piece: JsonObject) -> Iterator[str]:
    match piece:
        case {"text": text}:
            yield word(text)
        case {"json": value}:
            yield jsonbody.text(value)
        case {"searchResult": {"content": found}}:
            yield from (word(said["text"]) for said in found)


def _held(piece: JsonObject) -> Iterator[Attachment]:
    for kind in KINDS:
        if kind in piece:
            yield read_media(kind, piece[kind])[0]


READERS: dict[str, Callable[[Any, Names], Part | None]] = {
    "text": _text,
    "citationsContent": _cited,
    "guardContent": _guarded,
    "reasoningContent": _reasoning,
    "toolUse": _call,
}
"""Kind of block to what reads it; results and media are read by their own."""


# --------------------------------------------------------------------- say


def say_block(part: Part) -> JsonObject:
    """The block that says a part.

    Raises:
        NotExpressible: for a part that no block can say.
    """
    said = said_of(part)
    match part:
        case TextPart(text) if "guardContent" in said:
            return {"guardContent": {"text": {"text": text} | said["guardContent"]}}
        case TextPart(text) if "citations" in said:
            content = {"content": [{"text": text}]} if text else {}
            return {"citationsContent": content | said}
        case TextPart(text):
            return {"text": text}
        case ReasoningPart(redacted=True) if SEALED not in said:
            raise NotExpressible("bedrock: withheld reasoning is a blob, and has none")
        case ReasoningPart(redacted=True):
            return {"reasoningContent": {SEALED: said[SEALED]}}
        case ReasoningPart(text):
            return {"reasoningContent": {"reasoningText": {"text": text} | said}}
        case ToolCallPart():
            return {"toolUse": _say_call(part, said)}
        case ToolResultPart():
            return {"toolResult": _say_result(part, said)}
        case AttachmentPart(attachment):
            guarded = said.pop("guardContent", None) is not None
            block = say_media(attachment, said)
            return {"guardContent": block} if guarded else block


def _say_call(part: ToolCallPart, said: JsonObject) -> JsonObject:
    if not part.tool_call_id:
        raise NotExpressible("bedrock: a tool_call part has an id")
    kind = {"type": SERVER} if part.server_executed else {}
    names = {"toolUseId": part.tool_call_id, "name": part.name}
    return names | {"input": part.arguments} | kind | said


def _say_result(part: ToolResultPart, said: JsonObject) -> JsonObject:
    if not part.tool_call_id:
        raise NotExpressible("bedrock: a tool_result part has the id of its call")
    body: JsonObject = {"toolUseId": part.tool_call_id}
    body["content"] = said.pop("content") if "content" in said else _content(part)
    failed = {"status": "error"} if part.exception is not None else {}
    return body | failed | said


def _content(part: ToolResultPart) -> list[JsonObject]:
    """A result's words, then what it holds beside them."""
    text: list[JsonObject] = [{"text": part.output}] if part.output else []
    held = [say_media(attachment, {}) for attachment in part.attachments]
    if any("audio" in block for block in held):
        raise NotExpressible("bedrock: no tool_result part can carry a sound")
    return text + held
