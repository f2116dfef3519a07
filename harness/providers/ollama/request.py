"""Ollama's request, both ways: a turn as the JSON of ``POST /api/chat``."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator

from harness.errors import NotExpressible
from harness.message.assemble import merge
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    JsonObject,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.message.turn import ServerSideTool, Tool, Turn
from harness.providers.ollama.calls import ours, read_call, said_of, say_call

KNOWN = frozenset({"model", "messages", "tools", "stream"})

HEARD = frozenset({"role", "content", "thinking", "images", "tool_calls"})
RESULT = frozenset({"role", "content", "tool_name", "tool_call_id"})
"""What is read of a message, and of a tool's result; the rest is metadata."""

PICTURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}
"""How a picture begins: the wire gives its bytes and no type."""


# ------------------------------------------------------------------ encode


def encode(turn: Turn) -> JsonObject:
    """A turn to the JSON of ``POST /api/chat``.

    Raises:
        NotExpressible: for a part that no message can carry.
    """
    said = [item for message in turn.messages for item in _messages(message)]
    body: JsonObject = {"model": turn.model, "messages": said}
    if turn.tools:
        body["tools"] = [_tool(tool) for tool in turn.tools]
    # Without this word the server streams.
    body["stream"] = turn.stream
    if turn.schema is not None:
        body["format"] = turn.schema
    return merge(body, turn.options)


def _messages(message: Message) -> Iterator[JsonObject]:
    """A message, or for results one message each."""
    rest = [part for part in message.parts if not isinstance(part, ToolResultPart)]
    for part in message.parts:
        if isinstance(part, ToolResultPart):
            yield _result(part)
    if rest or not message.parts:
        yield _message(message, rest)


def _message(message: Message, parts: Iterable[Part]) -> JsonObject:
    texts: list[str] = []
    thoughts: list[str] = []
    images: list[str] = []
    calls: list[JsonObject] = []
    for part in parts:
        match part:
            case TextPart(text):
                texts.append(text)
            case AttachmentPart(attachment) if message.role == "user":
                images.append(_image(attachment))
            case ReasoningPart(text, False) if message.role == "assistant":
                thoughts.append(text)
            case ToolCallPart(server_executed=False) if message.role == "assistant":
                calls.append(_call(part))
            case _:
                raise _unsayable(message, part)
    # An answer's words run on where a call came between; a prompt's pieces do not.
    between = "" if message.role == "assistant" else "\n\n"
    said: JsonObject = {"role": message.role, "content": between.join(texts)}
    spare = {"thinking": "".join(thoughts), "images": images, "tool_calls": calls}
    said |= {key: value for key, value in spare.items() if value}
    return said | said_of(message)


def _unsayable(message: Message, part: Part) -> NotExpressible:
    kind = part.type
    if isinstance(part, ReasoningPart) and part.redacted:
        kind = "redacted reasoning"
    elif isinstance(part, ToolCallPart) and part.server_executed:
        kind = "server-side tool call"
    return NotExpressible(
        f"ollama: no {message.role} message can carry a part of {kind}"
    )


def _call(part: ToolCallPart) -> JsonObject:
    if not isinstance(part.arguments, dict):
        raise NotExpressible("ollama: the arguments of a tool_call part are an object")
    return say_call(part)


def _result(part: ToolResultPart) -> JsonObject:
    if part.server_executed:
        raise NotExpressible("ollama: no message can carry a server-side tool_result")
    if part.attachments:
        raise NotExpressible("ollama: a tool_result part carries no attachments")
    said: JsonObject = {
        "role": "tool",
        "content": part.output,
        "tool_name": part.name,
    }
    if part.tool_call_id is not None:
        said["tool_call_id"] = part.tool_call_id
    return said | said_of(part)


def _image(attachment: Attachment | None) -> str:
    content = attachment.content if attachment else None
    if attachment is None or content is None:
        raise NotExpressible("ollama: an attachment part is given by its bytes")
    type_ = attachment.type or _type_of(content)
    if not type_.startswith("image/"):
        raise NotExpressible(f"ollama: an attachment part is an image, not {type_}")
    return base64.b64encode(content).decode()


def _tool(tool: Tool | ServerSideTool) -> JsonObject:
    if isinstance(tool, ServerSideTool):
        raise NotExpressible("ollama: it runs no tools of its own")
    described = {"description": tool.description} if tool.description else {}
    function = {"name": tool.name, **described, "parameters": tool.input_schema}
    return {"type": "function", "function": function}


# ------------------------------------------------------------------- parse


def parse(body: JsonObject, path: str = "") -> Turn:
    """The JSON of a request back to the turn it says."""
    names: dict[str, str] = {}
    messages: list[Message] = []
    for said in body["messages"]:
        if said["role"] != "tool":
            messages.append(_heard(said, names))
            continue
        results: tuple[Part, ...] = ()
        if messages and messages[-1].role == "tool":
            results = messages.pop().parts
        messages.append(Message("tool", (*results, _heard_result(said, names))))
    options = {k: v for k, v in body.items() if k not in KNOWN}
    schema = None
    if isinstance(options.get("format"), dict):
        schema = options.pop("format")
    return Turn(
        body["model"],
        tuple(messages),
        tuple(_declared(tool) for tool in body.get("tools") or ()),
        bool(body.get("stream", True)),
        schema,
        options,
    )


def _heard(said: JsonObject, names: dict[str, str]) -> Message:
    """A message of a request; ``names`` gathers the calls' names by id."""
    parts: list[Part] = []
    if said.get("thinking"):
        parts.append(ReasoningPart(said["thinking"]))
    if said.get("content"):
        parts.append(TextPart(said["content"]))
    parts += map(_picture, said.get("images") or ())
    for item in said.get("tool_calls") or ():
        call = read_call(item)
        names[call.tool_call_id or ""] = call.name
        parts.append(call)
    rest = {k: v for k, v in said.items() if k not in HEARD}
    return Message(said["role"], tuple(parts), ours(rest))


def _heard_result(said: JsonObject, names: dict[str, str]) -> ToolResultPart:
    id_ = said.get("tool_call_id")
    return ToolResultPart(
        said.get("tool_name") or names.get(id_ or "", ""),
        said.get("content") or "",
        id_,
        provider_metadata=ours({k: v for k, v in said.items() if k not in RESULT}),
    )


def _picture(data: str) -> AttachmentPart:
    try:
        content = base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise NotExpressible(f"ollama: an image is not base64: {error}") from error
    return AttachmentPart(Attachment(_type_of(content), content=content))


def _type_of(content: bytes) -> str:
    types = (kind for start, kind in PICTURES.items() if content.startswith(start))
    return next(types, "image/*")


def _declared(spec: JsonObject) -> Tool | ServerSideTool:
    function = spec.get("function") or {}
    read = {"name", "description", "parameters"}
    if set(spec) != {"type", "function"} or not {"name", "parameters"} <= set(function):
        return ServerSideTool(spec)
    if set(function) - read:
        return ServerSideTool(spec)
    return Tool(function["name"], function.get("description"), function["parameters"])
