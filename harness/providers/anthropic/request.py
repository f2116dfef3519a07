"""Anthropic's request, both ways: a turn as the JSON of ``POST /v1/messages``."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping

from harness.errors import NotExpressible
from harness.message.assemble import assemble, disassemble, merge
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    JsonObject,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolResultPart,
)
from harness.message.turn import ServerSideTool, Tool, Turn
from harness.providers.anthropic.blocks import (
    NAMESPACE,
    Blocks,
    groups,
    ours,
    start,
    stop,
    whole,
)


def encode(turn: Turn) -> JsonObject:
    """A turn to the JSON of ``POST /v1/messages``.

    Tool results go into the user message that follows them, as the API wants.

    Raises:
        NotExpressible: for a part that no block can carry.
    """
    messages = list(turn.messages)
    body: JsonObject = {"model": turn.model}
    if messages and messages[0].role == "system":
        body["system"] = _content(messages.pop(0))
    said: list[JsonObject] = []
    body["messages"] = said
    for message in messages:
        role = "user" if message.role == "tool" else message.role
        content = _content(message)
        after_results = said and said[-1]["role"] == "user" and message.role == "user"
        if after_results and isinstance(said[-1]["content"], list):
            said[-1]["content"] += _as_blocks(content)
        else:
            said.append({"role": role, "content": content})
    if turn.tools:
        body["tools"] = [_tool(tool) for tool in turn.tools]
    if turn.stream:
        body["stream"] = True
    if turn.schema is not None:
        format_ = {"type": "json_schema", "schema": turn.schema}
        body["output_config"] = {"format": format_}
    return merge(body, turn.options)


def parse(body: JsonObject, path: str = "") -> Turn:
    """The JSON of a request back to the turn it says."""
    names: dict[str, str] = {}
    messages: list[Message] = []
    if "system" in body:
        messages.append(Message("system", tuple(_heard(body["system"], names))))
    for message in body["messages"]:
        parts = _heard(message["content"], names)
        results = [p for p in parts if _is_ours(p)]
        rest = tuple(p for p in parts if not _is_ours(p))
        if results:
            messages.append(Message("tool", tuple(results)))
        if rest or not results:
            messages.append(Message(message["role"], rest))
    config = dict(body.get("output_config") or {})
    schema = (config.pop("format", None) or {}).get("schema")
    known = {"model", "system", "messages", "tools", "stream", "output_config"}
    options = {k: v for k, v in body.items() if k not in known}
    if config:
        options["output_config"] = config
    return Turn(
        body["model"],
        tuple(messages),
        tuple(_declared(tool) for tool in body.get("tools", ())),
        bool(body.get("stream")),
        schema,
        options,
    )


def _content(message: Message) -> str | list[JsonObject]:
    """A message's blocks; a single plain text is a string."""
    match message.parts:
        case (TextPart(text=text, provider_metadata=None),) if text:
            return text
    if message.role != "assistant":
        return [block for part in message.parts for block in _block(part)]
    if any(isinstance(part, AttachmentPart) for part in message.parts):
        raise NotExpressible("anthropic: an assistant cannot say an attachment part")
    # The API refuses empty text blocks.
    spoken = tuple(part for part in message.parts if part != TextPart(""))
    return [whole(group) for group in groups(disassemble([Message("", spoken)]))]


def _block(part: Part) -> Iterator[JsonObject]:
    """The block of a part that was not said by the assistant."""
    said = dict((part.provider_metadata or {}).get(NAMESPACE, {}))
    match part:
        case TextPart(text):
            if text or said:
                yield {"type": "text", "text": text} | said
        case AttachmentPart(attachment=Attachment() as attachment):
            yield _attachment(attachment) | said
        case ToolResultPart():
            yield _tool_result(part) | said
        case ReasoningPart() if "type" in said:
            yield said
        case _:
            raise NotExpressible(f"anthropic: only an assistant can say {part.type}")


def _tool_result(part: ToolResultPart) -> JsonObject:
    content: str | list[JsonObject] = part.output
    if part.attachments:
        text = [{"type": "text", "text": part.output}] if part.output else []
        content = [*text, *(_attachment(a) for a in part.attachments)]
    block = {
        "type": "tool_result",
        "tool_use_id": part.tool_call_id,
        "content": content,
    }
    return block | ({"is_error": True} if part.exception is not None else {})


def _attachment(attachment: Attachment) -> JsonObject:
    type_ = attachment.type or ""
    image = type_.startswith("image/")
    kind = "image" if image else "document"
    if attachment.url:
        return {"type": kind, "source": {"type": "url", "url": attachment.url}}
    if attachment.content is None:
        raise NotExpressible("anthropic: an attachment needs a URL or content")
    if type_ == "text/plain":
        text = attachment.content.decode()
        source = {"type": "text", "media_type": type_, "data": text}
    elif image or type_ == "application/pdf":
        data = base64.b64encode(attachment.content).decode()
        source = {"type": "base64", "media_type": type_, "data": data}
    else:
        raise NotExpressible(f"anthropic: no block can carry {type_ or 'this type'}")
    return {"type": kind, "source": source}


def _as_blocks(content: str | list[JsonObject]) -> list[JsonObject]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _tool(tool: Tool | ServerSideTool) -> JsonObject:
    if isinstance(tool, ServerSideTool):
        return tool.spec
    described = {"description": tool.description} if tool.description else {}
    return {"name": tool.name, **described, "input_schema": tool.input_schema}


def _declared(spec: JsonObject) -> Tool | ServerSideTool:
    if set(spec) - {"name", "description", "input_schema"}:
        return ServerSideTool(spec)
    return Tool(spec["name"], spec.get("description"), spec["input_schema"])


def _is_ours(part: Part) -> bool:
    """A result that we sent, not one the provider made itself."""
    return isinstance(part, ToolResultPart) and not part.server_executed


def _heard(content: str | list[JsonObject], names: dict[str, str]) -> list[Part]:
    """Blocks of a request to parts; ``names`` gathers the calls' names by id."""
    if isinstance(content, str):
        return [TextPart(content)]
    parts: list[Part] = []
    blocks = Blocks(names=names)
    for number, block in enumerate(content):
        read = ASKED.get(block["type"])
        if read:
            parts.append(read(block, names))
            continue
        events = [*start(blocks, number, block), *stop(blocks, number)]
        said = assemble(events)
        parts += said[0].parts if said else (TextPart(""),)
    return parts


def _heard_attachment(block: JsonObject, names: Mapping[str, str]) -> Part:
    rest = {k: v for k, v in block.items() if k not in ("type", "source")}
    return AttachmentPart(_sourced(block), ours(rest))


def _sourced(block: JsonObject) -> Attachment:
    source = block["source"]
    match source["type"]:
        case "base64":
            return Attachment(source["media_type"], content=_bytes(source["data"]))
        case "text":
            return Attachment("text/plain", content=source["data"].encode())
        case "url":
            image = block["type"] == "image"
            return Attachment("image/*" if image else None, url=source["url"])
        case other:
            raise NotExpressible(f"anthropic: a {other} source is not read yet")


def _bytes(data: str) -> bytes:
    try:
        return base64.b64decode(data)
    except binascii.Error as error:
        raise NotExpressible(f"anthropic: attachment is not base64: {error}") from error


def _heard_result(block: JsonObject, names: Mapping[str, str]) -> Part:
    content = block.get("content", "")
    pieces = content if isinstance(content, list) else []
    texts = [piece["text"] for piece in pieces if piece["type"] == "text"]
    output = "\n".join(texts) if pieces else content
    known = {"type", "tool_use_id", "content", "is_error"}
    return ToolResultPart(
        name=names.get(block["tool_use_id"], ""),
        output=output,
        tool_call_id=block["tool_use_id"],
        attachments=tuple(_sourced(p) for p in pieces if "source" in p),
        exception=output if block.get("is_error") else None,
        provider_metadata=ours({k: v for k, v in block.items() if k not in known}),
    )


ASKED = {
    "image": _heard_attachment,
    "document": _heard_attachment,
    "tool_result": _heard_result,
}
"""Blocks that only a request has."""
