"""What is said to a Cohere model: text and pictures, and what tools put out.

https://docs.cohere.com/reference/chat: a string, or a list of items by type.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Any

from harness.errors import NotExpressible
from harness.message.assemble import merge
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    JsonObject,
    Part,
    TextPart,
    ToolResultPart,
)
from harness.providers.cohere.beside import beside, ours, said_of
from harness.wire import jsonbody

RESULT = frozenset({"role", "tool_call_id", "content"})
"""What is read of a tool's message; the rest is metadata."""

PICTURE = "image/*"
"""The type of a picture that is given by its address."""


# --------------------------------------------------------------------- say


def say_content(parts: tuple[Part, ...], role: str) -> str | list[JsonObject]:
    """A message's parts; a single plain text is a string.

    Raises:
        NotExpressible: for a part that no message of that role can carry.
    """
    items = [_item(part, role) for part in parts]
    match items:
        case []:
            return ""
        case [{"type": "text", "text": str(text), **rest}] if text and not rest:
            return text
    return items


def say_result(part: ToolResultPart) -> JsonObject:
    """The message in which a tool answers."""
    if part.server_executed:
        raise NotExpressible("cohere: no message can carry a server-side tool_result")
    if part.attachments:
        raise NotExpressible("cohere: a tool_result part carries no attachments")
    id_ = part.tool_call_id
    said: JsonObject = {"role": "tool"} | ({} if id_ is None else {"tool_call_id": id_})
    return said | {"content": part.output} | said_of(part.provider_metadata)


def _item(part: Part, role: str) -> JsonObject:
    facts = said_of(part.provider_metadata)
    match part:
        case TextPart(text):
            return {"type": "text", "text": text} | facts
        case AttachmentPart(None) if facts:
            return facts
        case AttachmentPart(Attachment() as attachment) if role == "user":
            item = {"type": "image_url", "image_url": {"url": _url(attachment)}}
            return merge(item, facts)
    raise NotExpressible(f"cohere: no {role} message can carry a part of {part.type}")


def _url(attachment: Attachment) -> str:
    kind = attachment.type or PICTURE
    if not kind.startswith("image/"):
        raise NotExpressible(f"cohere: an attachment part is an image, not {kind}")
    if attachment.url is not None:
        return attachment.url
    if attachment.content is None:
        raise NotExpressible("cohere: an attachment part needs a URL or content")
    return f"data:{kind};base64,{b64encode(attachment.content).decode()}"


# -------------------------------------------------------------------- hear


def hear_content(content: Any) -> Iterator[Part]:
    """The parts of a message that is not the model's."""
    if isinstance(content, str):
        content = [{"type": "text", "text": content}] if content else []
    for item in content or ():
        match item:
            case {"type": "text", "text": str(text)}:
                rest = {k: v for k, v in item.items() if k not in ("type", "text")}
                yield TextPart(text, ours(rest))
            case {"type": "image_url", "image_url": {"url": str(url)}}:
                facts = ours(beside(item, "image_url", ("url",)))
                yield AttachmentPart(_picture(url), facts)
            case _:
                # Whatever else there is goes back as it came.
                yield AttachmentPart(None, ours(item))


def hear_result(said: JsonObject, names: dict[str | None, str]) -> ToolResultPart:
    """What a tool put out; ``names`` are the tools called so far, by the call's id."""
    id_, content = said.get("tool_call_id"), said.get("content") or ""
    spare = {k: v for k, v in said.items() if k not in RESULT}
    match content:
        case [{"type": "text", "text": str(text), **rest}] if not rest:
            content = text
    if not isinstance(content, str):
        # Several pieces, or documents and the ids to cite them by.
        spare["content"] = content
        content = "\n".join(map(_output, content))
    name = names.get(id_, "")
    return ToolResultPart(name, content, id_, provider_metadata=ours(spare))


def _picture(url: str) -> Attachment:
    """A picture by its URL, or by its bytes where the URL holds them and no more."""
    head, _, data = url.partition(";base64,")
    try:
        held = Attachment(head.removeprefix("data:"), content=b64decode(data))
        return held if _url(held) == url else Attachment(PICTURE, url=url)
    except (ValueError, NotExpressible):
        return Attachment(PICTURE, url=url)


def _output(item: JsonObject) -> str:
    """What a piece of a tool's result says."""
    if item.get("type") == "text":
        return str(item.get("text"))
    data = (item.get("document") or {}).get("data")
    return data if isinstance(data, str) else jsonbody.text(data)
