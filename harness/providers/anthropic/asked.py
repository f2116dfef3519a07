"""Blocks that only a request of Anthropic's has: attachments, and our tools' results.

https://platform.claude.com/docs/en/build-with-claude/files. An attachment is given by
its bytes, its URL, or the id of a file; a document may also be text or blocks.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from harness.errors import NotExpressible
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    JsonObject,
    Part,
    ToolResultPart,
)
from harness.providers._own import beside
from harness.providers.anthropic.beside import ours

Names: TypeAlias = Mapping[str, str]
"""The tools that were called, by the ids of the calls."""


# -------------------------------------------------------------------- read


def _read_attachment(block: JsonObject, names: Names) -> Part:
    attachment, facts = _sourced(block)
    return AttachmentPart(attachment, ours(facts | beside(block, "type", "source")))


def _sourced(block: JsonObject) -> tuple[Attachment, JsonObject]:
    """What a block holds; a source that is neither bytes nor URL is kept beside."""
    source, image = block["source"], block["type"] == "image"
    match source["type"]:
        case "base64":
            data = base64.b64decode(source["data"], validate=True)
            return Attachment(source["media_type"], content=data), {}
        case "text":
            return Attachment("text/plain", content=source["data"].encode()), {}
        case "url":
            return Attachment("image/*" if image else None, url=source["url"]), {}
    return Attachment("image/*" if image else None), {"source": source}


def _read_result(block: JsonObject, names: Names) -> Part:
    content = block["content"]
    pieces = (
        [{"type": "text", "text": content}] if isinstance(content, str) else content
    )
    output = "\n".join(text for piece in pieces for text in _words(piece))
    facts = beside(block, "type", "tool_use_id", "content")
    failed = facts.get("is_error") is True
    if failed:
        del facts["is_error"]
    part = ToolResultPart(
        name=names.get(block["tool_use_id"], ""),
        output=output,
        tool_call_id=block["tool_use_id"],
        attachments=tuple(held for piece in pieces for held in _held(piece)),
        exception=(output or "error") if failed else None,
    )
    if not _is_said_as(part, content):
        facts["content"] = content
    return replace(part, provider_metadata=ours(facts))


def _is_said_as(part: ToolResultPart, content: object) -> bool:
    try:
        return _content(part) == content
    except NotExpressible:
        return False


def _words(piece: JsonObject) -> Iterator[str]:
    if piece["type"] == "text":
        yield piece["text"]
    elif piece["type"] == "search_result":
        yield from (said["text"] for said in piece["content"])


def _held(piece: JsonObject) -> Iterator[Attachment]:
    if piece["type"] in ("image", "document"):
        yield _sourced(piece)[0]


READERS: dict[str, Callable[[JsonObject, Names], Part]] = {
    "image": _read_attachment,
    "document": _read_attachment,
    "tool_result": _read_result,
}
"""Blocks that only a request has, and what reads them."""


# --------------------------------------------------------------------- say


def say_result(part: ToolResultPart, said: JsonObject) -> JsonObject:
    """The block of a result of ours, and what is said beside."""
    block: JsonObject = {"type": "tool_result", "tool_use_id": part.tool_call_id}
    block["content"] = said["content"] if "content" in said else _content(part)
    return block | ({"is_error": True} if part.exception is not None else {}) | said


def _content(part: ToolResultPart) -> str | list[JsonObject]:
    if not part.attachments:
        return part.output
    text = [{"type": "text", "text": part.output}] if part.output else []
    return [*text, *(say_attachment(a, {}) for a in part.attachments)]


def say_attachment(attachment: Attachment, said: JsonObject) -> JsonObject:
    """The block of an attachment, and what is said beside.

    Raises:
        NotExpressible: for one that is nowhere, or of a type no block can carry.
    """
    image = (attachment.type or "").startswith("image/")
    source = {} if "source" in said else {"source": _source(attachment)}
    return {"type": "image" if image else "document"} | source | said


def _source(attachment: Attachment) -> JsonObject:
    type_ = attachment.type or ""
    if attachment.url:
        return {"type": "url", "url": attachment.url}
    if attachment.content is None:
        raise NotExpressible("anthropic: an attachment needs a URL or content")
    if type_ == "text/plain":
        text = attachment.content.decode()
        return {"type": "text", "media_type": type_, "data": text}
    if type_.startswith("image/") or type_ == "application/pdf":
        data = base64.b64encode(attachment.content).decode()
        return {"type": "base64", "media_type": type_, "data": data}
    raise NotExpressible(f"anthropic: no block can carry {type_ or 'this type'}")
