"""Anthropic's request, both ways: a turn as the JSON of ``POST /v1/messages``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import takewhile

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
from harness.providers._own import beside
from harness.providers.anthropic.asked import READERS, say_attachment, say_result
from harness.providers.anthropic.beside import ours, said_of
from harness.providers.anthropic.blocks import Blocks, groups, start, stop, whole

APART = "apart"
"""Of a message that stands by itself where we would join it to another."""

VERBATIM = "block"
"""What a part has beside it where our block would not be the same: the whole block."""

CUSTOM = (None, "custom")
"""Types of a tool that is the caller's own."""


# ------------------------------------------------------------------ encode


def encode(turn: Turn) -> JsonObject:
    """A turn to the JSON of ``POST /v1/messages``.

    Tool results go into the user message that follows them, as the API wants.

    Raises:
        NotExpressible: for a part that no block can carry.
    """
    messages = list(turn.messages)
    body: JsonObject = {"model": turn.model}
    if messages and messages[0].role == "system" and APART not in said_of(messages[0]):
        body["system"] = _content(messages.pop(0))
    body["messages"] = _messages(messages)
    if turn.tools:
        body["tools"] = [_tool(tool) for tool in turn.tools]
    if turn.stream:
        body["stream"] = True
    if turn.schema is not None:
        format_ = {"type": "json_schema", "schema": turn.schema}
        body["output_config"] = {"format": format_}
    return merge(body, turn.options)


def _messages(messages: Iterable[Message]) -> list[JsonObject]:
    said: list[JsonObject] = []
    after_results = False
    for message in messages:
        content, facts = _content(message), said_of(message)
        apart = facts.pop(APART, False)
        if after_results and message.role == "user" and not apart:
            joined = _as_blocks(said[-1]["content"]) + _as_blocks(content)
            said[-1] |= {"content": joined} | facts
        else:
            role = "user" if message.role == "tool" else message.role
            said.append({"role": role, "content": content} | facts)
        after_results = message.role == "tool"
    return said


def _content(message: Message) -> str | list[JsonObject]:
    """A message's blocks; a single plain text is a string."""
    match message.parts:
        case (TextPart(text=text, provider_metadata=None),) if text:
            return text
    return [block for part in message.parts for block in _blocks(part, message.role)]


def _as_blocks(content: str | list[JsonObject]) -> list[JsonObject]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _blocks(part: Part, role: str) -> Iterator[JsonObject]:
    """The block of a part, if there is one: the API refuses empty text."""
    said = said_of(part)
    if VERBATIM in said:
        yield said[VERBATIM]
    elif isinstance(part, TextPart) and not (part.text or said):
        return
    elif role == "assistant":
        if isinstance(part, AttachmentPart):
            raise NotExpressible(
                "anthropic: an assistant cannot say an attachment part"
            )
        yield from map(whole, groups(disassemble([Message(role, (part,))])))
    else:
        yield _block(part, said)


def _block(part: Part, said: JsonObject) -> JsonObject:
    """The block of a part that was not said by the assistant."""
    match part:
        case TextPart(text):
            return {"type": "text", "text": text} | said
        case AttachmentPart(attachment=Attachment() as attachment):
            return say_attachment(attachment, said)
        case ToolResultPart():
            return say_result(part, said)
        case ReasoningPart() if "type" in said:
            return said
    raise NotExpressible(f"anthropic: only an assistant can say {part.type}")


def _tool(tool: Tool | ServerSideTool) -> JsonObject:
    if isinstance(tool, ServerSideTool):
        return tool.spec
    about = {} if tool.description is None else {"description": tool.description}
    said = {"name": tool.name} | about | {"input_schema": tool.input_schema}
    return said | said_of(tool)


# ------------------------------------------------------------------- parse


def parse(body: JsonObject, path: str = "") -> Turn:
    """The JSON of a request back to the turn it says."""
    names: dict[str, str] = {}
    messages: list[Message] = []
    if "system" in body:
        parts = _heard(body["system"], names, "system")
        messages.append(Message("system", tuple(parts)))
    for said in body["messages"]:
        messages += _heard_message(said, names, messages)
    options = beside(body, "model", "system", "messages", "stream")
    schema = _schema(options)
    tools = options.pop("tools") if options.get("tools") else ()
    return Turn(
        body["model"],
        tuple(messages),
        tuple(_declared(tool) for tool in tools),
        bool(body.get("stream")),
        schema,
        options,
    )


def _heard_message(
    said: JsonObject, names: dict[str, str], before: list[Message]
) -> Iterator[Message]:
    """A message; results that come first in one are a message before it."""
    role = said["role"]
    parts = _heard(said["content"], names, role)
    facts = beside(said, "role", "content")
    results = list(takewhile(_is_ours, parts)) if role == "user" else []
    rest = parts[len(results) :]
    if results and not any(map(_is_ours, rest)):
        yield Message("tool", tuple(results), ours(facts))
        if rest:
            yield Message("user", tuple(rest))
        return
    last = before[-1].role if before else "nobody"
    if (role, last) in (("user", "tool"), ("system", "nobody")):
        facts[APART] = True
    yield Message(role, tuple(parts), ours(facts))


def _heard(
    content: str | list[JsonObject], names: dict[str, str], role: str
) -> list[Part]:
    """Blocks of a request to parts; ``names`` gathers the calls' names by id."""
    if isinstance(content, str):
        return [TextPart(content)]
    return [_heard_block(block, names, role) for block in content]


def _heard_block(block: JsonObject, names: dict[str, str], role: str) -> Part:
    """The part of a block, with the block itself where ours would not be the same.

    One that says nothing to us is a thought without text, as in an answer.
    """
    read = READERS.get(block["type"])
    try:
        part = read(block, names) if read else _spoken(block, names)
    except (AttributeError, KeyError, TypeError, ValueError):
        part = None
    if part is None:
        return ReasoningPart("", provider_metadata=ours(block))
    try:
        same = list(_blocks(part, role)) == [block]
    except NotExpressible:
        same = False
    return part if same else replace(part, provider_metadata=ours({VERBATIM: block}))


def _spoken(block: JsonObject, names: dict[str, str]) -> Part | None:
    """The part of a block that an answer may have too."""
    blocks = Blocks(names=names)
    said = assemble([*start(blocks, 0, block), *stop(blocks, 0)])
    return said[0].parts[0] if said else None


def _schema(options: JsonObject) -> JsonObject | None:
    """The schema, taken out of the options."""
    config = dict(options.get("output_config") or {})
    match config.pop("format", None):
        case {"type": "json_schema", "schema": dict(schema)} as format_:
            if len(format_) > 2:
                return None
        case _:
            return None
    del options["output_config"]
    if config:
        options["output_config"] = config
    return schema


def _declared(spec: JsonObject) -> Tool | ServerSideTool:
    if spec.get("type") not in CUSTOM or not {"name", "input_schema"} <= set(spec):
        return ServerSideTool(spec)
    facts = ours(beside(spec, "name", "description", "input_schema"))
    name, about, schema = spec["name"], spec.get("description"), spec["input_schema"]
    tool = Tool(name, about, schema, provider_metadata=facts)
    return tool if _tool(tool) == spec else ServerSideTool(spec)


def _is_ours(part: Part) -> bool:
    """A result that we sent, not one the provider made itself."""
    return isinstance(part, ToolResultPart) and not part.server_executed
