"""Converse's request, both ways: a turn as the JSON of ``POST /model/{id}/converse``.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html. The
model, and whether the answer streams, stand in the path and not in the body.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import takewhile
from typing import Any

from harness.errors import NotExpressible
from harness.message.assemble import merge
from harness.message.parts import (
    JsonObject,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolResultPart,
)
from harness.message.turn import ServerSideTool, Tool, Turn
from harness.providers._bedrock import address, addressed
from harness.providers._own import beside
from harness.providers.bedrock.beside import ours, said_of
from harness.providers.bedrock.content import Names, read_block, say_block
from harness.wire import jsonbody

STREAMED, WHOLE = "converse-stream", "converse"
"""What a model is asked to do, in the path."""

CARRIES = {
    "system": ("text",),
    "user": ("text", "attachment", "tool_result"),
    "tool": ("text", "attachment", "tool_result"),
    "assistant": ("text", "reasoning", "tool_call", "tool_result", "attachment"),
}
"""What each role may say."""

APART = "apart"
"""Of a message that stands by itself where we would join it to another."""

MARK, VERBATIM = "cachePoint", "block"
"""What a part has beside it: the mark that its prefix is cached, which follows it as a
block of its own; and the whole block, where ours would not be the same."""


def path(turn: Turn) -> str:
    """Where a turn is sent, under the base URL."""
    return address(turn.model, STREAMED if turn.stream else WHOLE)


# ------------------------------------------------------------------ encode


def encode(turn: Turn) -> JsonObject:
    """A turn to the JSON of a request.

    Tool results go into the user message that follows them, as the API wants.

    Raises:
        NotExpressible: for a part that no block can carry.
    """
    messages = list(turn.messages)
    body: JsonObject = {}
    if messages and messages[0].role == "system" and APART not in said_of(messages[0]):
        body["system"] = _content(messages.pop(0))
    body["messages"] = _messages(messages)
    if turn.tools:
        body["toolConfig"] = {"tools": [_tool(tool) for tool in turn.tools]}
    if turn.schema is not None:
        body["outputConfig"] = {"textFormat": _format(turn)}
    return merge(body, turn.options)


def _messages(messages: Iterable[Message]) -> list[JsonObject]:
    said: list[JsonObject] = []
    after_results = False
    for message in messages:
        content, facts = _content(message), said_of(message)
        apart = facts.pop(APART, False)
        if after_results and message.role == "user" and not apart:
            said[-1] |= {"content": said[-1]["content"] + content} | facts
        else:
            role = "user" if message.role == "tool" else message.role
            said.append({"role": role, "content": content} | facts)
        after_results = message.role == "tool"
    return said


def _content(message: Message) -> list[JsonObject]:
    return [block for part in message.parts for block in _blocks(part, message.role)]


def _blocks(part: Part, role: str) -> Iterator[JsonObject]:
    """The block of a part, if there is one, and the cache mark after it."""
    said = said_of(part)
    if VERBATIM in said:
        yield said[VERBATIM]
    elif part.type not in CARRIES.get(role, ()):
        raise NotExpressible(
            f"bedrock: no {role} message can carry a part of {part.type}"
        )
    elif not _is_blank(part):
        bare = replace(part, provider_metadata=ours(beside(said, MARK)))
        yield say_block(bare)
    if MARK in said:
        yield {MARK: said[MARK]}


def _is_blank(part: Part) -> bool:
    """Whether nothing is said, which the API refuses to hear."""
    match part:
        case TextPart("") | ReasoningPart("", False):
            return not set(said_of(part)) - {MARK}
    return False


def _tool(tool: Tool | ServerSideTool) -> JsonObject:
    if isinstance(tool, ServerSideTool):
        return tool.spec
    described = {"description": tool.description} if tool.description else {}
    schema = {"inputSchema": {"json": tool.input_schema}}
    return {"toolSpec": {"name": tool.name} | described | schema | said_of(tool)}


def _format(turn: Turn) -> JsonObject:
    """A schema is a string on this wire."""
    schema = {"schema": jsonbody.text(turn.schema)} | said_of(turn).get("schema", {})
    return {"type": "json_schema", "structure": {"jsonSchema": schema}}


# ------------------------------------------------------------------- parse


def parse(body: JsonObject, path: str = "") -> Turn:
    """The JSON of a request, and the path it was sent to, back to the turn it says."""
    model, action = addressed(path)
    names: Names = {}
    messages: list[Message] = []
    if "system" in body:
        parts = _heard(body["system"], names, "system")
        messages.append(Message("system", tuple(parts)))
    for said in body["messages"]:
        messages += _heard_message(said, names, messages)
    options = beside(body, "system", "messages")
    schema, facts = _schema(options)
    return Turn(
        model,
        tuple(messages),
        _tools(options),
        action == STREAMED,
        schema,
        options,
        ours({"schema": facts} if facts else {}),
    )


def _heard_message(
    said: JsonObject, names: Names, before: list[Message]
) -> Iterator[Message]:
    """A message; results that come first in one are a message before it."""
    role = said["role"]
    parts = _heard(said["content"], names, role)
    facts = beside(said, "role", "content")
    results = list(takewhile(_is_result, parts)) if role == "user" else []
    rest = parts[len(results) :]
    if results and not any(map(_is_result, rest)):
        yield Message("tool", tuple(results), ours(facts))
        facts = {}
        if rest:
            yield Message("user", tuple(rest))
        return
    last = before[-1].role if before else "nobody"
    if (role, last) in (("user", "tool"), ("system", "nobody")):
        facts[APART] = True
    yield Message(role, tuple(parts), ours(facts))


def _heard(content: Iterable[JsonObject], names: Names, role: str) -> list[Part]:
    parts: list[Part] = []
    for block in content:
        if list(block) == [MARK] and parts and MARK not in said_of(parts[-1]):
            marked = ours(said_of(parts[-1]) | block)
            parts[-1] = replace(parts[-1], provider_metadata=marked)
        else:
            parts.append(_heard_block(block, names, role))
    return parts


def _heard_block(block: JsonObject, names: Names, role: str) -> Part:
    """The part of a block, with the block itself where ours would not be the same."""
    part: Part | None
    try:
        part = read_block(block, names, ran=role == "assistant")
    except (AttributeError, KeyError, TypeError, ValueError):
        part = None
    part = part or TextPart("")
    try:
        same = list(_blocks(part, role)) == [block]
    except NotExpressible:
        same = False
    return part if same else replace(part, provider_metadata=ours({VERBATIM: block}))


def _tools(options: JsonObject) -> tuple[Tool | ServerSideTool, ...]:
    """The tools, taken out of the options."""
    config = dict(options.get("toolConfig") or {})
    declared = config.pop("tools", None)
    if not declared:
        return ()
    _put_back(options, "toolConfig", config)
    return tuple(map(_declared, declared))


def _declared(spec: JsonObject) -> Tool | ServerSideTool:
    match spec:
        case {"toolSpec": {"name": name, "inputSchema": {"json": schema}} as said}:
            facts = beside(said, "name", "description", "inputSchema")
            about = said.get("description")
            tool = Tool(name, about, schema, provider_metadata=ours(facts))
            if _tool(tool) == spec:
                return tool
    return ServerSideTool(spec)


def _schema(options: JsonObject) -> tuple[JsonObject | None, JsonObject]:
    """The schema, taken out of the options, and what is said of it beside.

    Its text is kept where we would write it otherwise.
    """
    config = dict(options.get("outputConfig") or {})
    match config.pop("textFormat", None):
        case {
            "type": "json_schema",
            "structure": {"jsonSchema": {"schema": str(text)} as said},
        }:
            schema, facts = _read_json(text), beside(said, "schema")
        case _:
            return None, {}
    if not isinstance(schema, dict):
        return None, {}
    _put_back(options, "outputConfig", config)
    if text != jsonbody.text(schema):
        facts["schema"] = text
    return schema, facts


def _read_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _put_back(options: JsonObject, key: str, rest: JsonObject) -> None:
    del options[key]
    if rest:
        options[key] = rest


def _is_result(part: Part) -> bool:
    return isinstance(part, ToolResultPart)
