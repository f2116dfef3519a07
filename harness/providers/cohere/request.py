"""Cohere's request, both ways: a turn as the JSON of ``POST /v2/chat``.

https://docs.cohere.com/reference/chat. A tool's result goes as what it put out; that
it failed (``exception``) is not on this wire, nor is a tool's name beside its result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.errors import NotExpressible
from harness.message.assemble import assemble, disassemble, merge
from harness.message.parts import (
    AttachmentPart,
    JsonObject,
    Message,
    Part,
    ReasoningPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.message.turn import ServerSideTool, Tool, Turn
from harness.providers.cohere.beside import beside, ours, said_of
from harness.providers.cohere.content import (
    hear_content,
    hear_result,
    say_content,
    say_result,
)
from harness.providers.cohere.message import (
    CONTENT,
    MESSAGE,
    Heard,
    close,
    hear,
    say,
    settled,
    whole,
)

KNOWN = frozenset({"model", "messages", "tools", "stream"})

FUNCTION = ("name", "description", "parameters")
"""What is read of a declared function."""

SCHEMA = "json_schema"
OLD_SCHEMA = "schema"
"""Where a response format keeps its schema, and where it did once."""


# ------------------------------------------------------------------ encode


def encode(turn: Turn) -> JsonObject:
    """A turn to the JSON of ``POST /v2/chat``.

    Raises:
        NotExpressible: for a part that no message can carry.
    """
    said = [item for message in turn.messages for item in _messages(message)]
    body: JsonObject = {"model": turn.model, "messages": said}
    if turn.tools:
        body["tools"] = [_tool(tool) for tool in turn.tools]
    if turn.stream:
        body["stream"] = True
    if turn.schema is not None:
        body["response_format"] = _format(turn.schema, said_of(turn.provider_metadata))
    return merge(body, turn.options)


def _messages(message: Message) -> Iterator[JsonObject]:
    """A message, or for results one message each."""
    rest = tuple(p for p in message.parts if not isinstance(p, ToolResultPart))
    for part in message.parts:
        if isinstance(part, ToolResultPart):
            yield say_result(part)
    if not rest and message.parts:
        return
    said = {"role": message.role} | said_of(message.provider_metadata)
    if message.role == "assistant":
        yield _answer(rest) | said
    else:
        yield {"content": say_content(rest, message.role)} | said


def _answer(parts: tuple[Part, ...]) -> JsonObject:
    """An assistant's message; one that is a plain text and no more is a string."""
    for part in parts:
        match part:
            case AttachmentPart():
                raise _unsayable(part.type)
            case ReasoningPart(redacted=True):
                raise _unsayable("redacted reasoning")
            case ToolCallPart(server_executed=True):
                raise _unsayable("server-side tool call")
    said = whole(settled(say(disassemble([Message("", parts)]))))
    match said.get("content"):
        case [{"type": "text", "text": str(text), **rest}] if not rest:
            said["content"] = text
    return said


def _unsayable(kind: str) -> NotExpressible:
    return NotExpressible(f"cohere: no assistant message can carry a part of {kind}")


def _tool(tool: Tool | ServerSideTool) -> JsonObject:
    if isinstance(tool, ServerSideTool):
        return tool.spec
    function: JsonObject = {"name": tool.name, "parameters": tool.input_schema}
    if tool.description is not None:
        function["description"] = tool.description
    said = {"type": "function", "function": function}
    return merge(said, said_of(tool.provider_metadata))


def _format(schema: JsonObject, facts: JsonObject) -> JsonObject:
    beside = dict(facts.get("response_format") or {})
    word = beside.pop("schema_in", SCHEMA)
    return {"type": "json_object", word: schema} | beside


# ------------------------------------------------------------------- parse


def parse(body: JsonObject, path: str = "") -> Turn:
    """The JSON of a request back to the turn it says."""
    options = {k: v for k, v in body.items() if k not in KNOWN}
    schema, facts = _heard_format(options)
    return Turn(
        body["model"],
        tuple(_heard(body["messages"])),
        tuple(_declared(tool) for tool in body.get("tools") or ()),
        bool(body.get("stream")),
        schema,
        options,
        facts,
    )


def _heard_format(options: JsonObject) -> tuple[JsonObject | None, JsonObject | None]:
    """The schema, taken out of the options, and what is said beside it."""
    said = dict(options.get("response_format") or {})
    word = OLD_SCHEMA if OLD_SCHEMA in said else SCHEMA
    schema = said.pop(word, None)
    if schema is None or said.pop("type", None) != "json_object":
        return None, None
    del options["response_format"]
    said |= {"schema_in": word} if word != SCHEMA else {}
    return schema, ours({"response_format": said} if said else {})


def _heard(messages: Iterable[JsonObject]) -> Iterator[Message]:
    """Messages; tool results that follow each other are one."""
    names: dict[str | None, str] = {}
    results: list[Part] = []
    for said in messages:
        if said["role"] == "tool":
            results.append(hear_result(said, names))
            continue
        if results:
            yield Message("tool", tuple(results))
            results = []
        message = _heard_message(said)
        calls = (part for part in message.parts if isinstance(part, ToolCallPart))
        names |= {call.tool_call_id: call.name for call in calls}
        yield message
    if results:
        yield Message("tool", tuple(results))


def _heard_message(said: JsonObject) -> Message:
    content = said.get("content")
    if said["role"] != "assistant":
        spare = {k: v for k, v in said.items() if k not in ("role", "content")}
        return Message(said["role"], tuple(hear_content(content)), ours(spare))
    heard = Heard()
    events = [*hear(heard, said), *close(heard)]
    parts = [part for message in assemble(events) for part in message.parts]
    spare = {k: v for k, v in said.items() if k not in MESSAGE}
    if isinstance(content, list) and any(i.get("type") not in CONTENT for i in content):
        # Nobody taught us what is in it: it goes back as it came.
        spare["content"] = content
    return Message("assistant", tuple(parts), ours(spare))


def _declared(spec: JsonObject) -> Tool | ServerSideTool:
    function = spec.get("function") or {}
    if spec.get("type") != "function" or "name" not in function:
        return ServerSideTool(spec)
    return Tool(
        function["name"],
        function.get("description"),
        function.get("parameters") or {},
        provider_metadata=ours(beside(spec, "function", FUNCTION)),
    )
