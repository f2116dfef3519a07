"""The request of an interaction, both ways: a turn as the JSON of ``/interactions``.

https://ai.google.dev/api/interactions-api. Whether a result failed is on this wire,
how it did (``exception``) is not, beside what the result itself says.
"""

from __future__ import annotations

from harness.errors import NotExpressible
from harness.message.assemble import merge
from harness.message.parts import JsonObject, Message, TextPart
from harness.message.turn import ServerSideTool, Tool, Turn
from harness.providers._own import beside
from harness.providers.gemini_interactions.input import hear_input, say_input
from harness.providers.gemini_interactions.kinds import OURS, ours, said_of

KNOWN = ("model", "input", "tools", "stream")

NAMED_BY = "named_by"
"""Metadata of a turn: what answers is an ``agent``, not a ``model``."""

FORMAT = "response_format"
SCHEMA_FORMAT: JsonObject = {"type": "text", "mime_type": "application/json"}
FORMATS = ("text", "audio", "image", "video")
"""Types of response format; of any other type it is a schema itself, as it once was."""


# ------------------------------------------------------------------ encode


def encode(turn: Turn) -> JsonObject:
    """A turn to the JSON of ``POST /interactions``.

    Raises:
        NotExpressible: for a part that no step can carry.
    """
    facts = said_of(turn.provider_metadata)
    messages = turn.messages
    body: JsonObject = {facts.get(NAMED_BY, "model"): turn.model}
    if messages and messages[0].role == "system":
        body["system_instruction"] = _instruction(messages[0])
        messages = messages[1:]
    if messages:
        body["input"] = say_input(messages)
    if turn.tools:
        body["tools"] = [_tool(tool) for tool in turn.tools]
    if turn.stream:
        body["stream"] = True
    if turn.schema is not None:
        body[FORMAT] = _format(turn.schema, facts.get(FORMAT))
    return merge(body, turn.options)


def _instruction(message: Message) -> str:
    for part in message.parts:
        if not isinstance(part, TextPart):
            kind = part.type
            raise NotExpressible(
                f"gemini-interactions: no system can say a part of {kind}"
            )
    return "\n\n".join(getattr(part, "text", "") for part in message.parts)


def _tool(tool: Tool | ServerSideTool) -> JsonObject:
    if isinstance(tool, ServerSideTool):
        return tool.spec
    said: JsonObject = {"type": OURS, "name": tool.name}
    if tool.description is not None:
        said["description"] = tool.description
    if tool.input_schema:
        said["parameters"] = tool.input_schema
    return said | said_of(tool.provider_metadata)


def _format(schema: JsonObject, said: JsonObject | None) -> JsonObject:
    if said is None:
        return SCHEMA_FORMAT | {"schema": schema}
    return said | {"schema": schema} if said else schema


# ------------------------------------------------------------------- parse


def parse(body: JsonObject, path: str = "") -> Turn:
    """The JSON of a request back to the turn it says."""
    options = beside(body, *KNOWN)
    facts: JsonObject = {}
    if "model" not in body and "agent" in body:
        facts[NAMED_BY] = "agent"
    messages: list[Message] = []
    if isinstance(options.get("system_instruction"), str):
        words = TextPart(options.pop("system_instruction"))
        messages.append(Message("system", (words,)))
    messages += hear_input(body.get("input") or ())
    schema = _heard_format(options, facts)
    return Turn(
        body["model"] if "model" in body else options.pop("agent"),
        tuple(messages),
        tuple(_declared(tool) for tool in body.get("tools") or ()),
        bool(body.get("stream")),
        schema,
        options,
        ours(facts),
    )


def _heard_format(options: JsonObject, facts: JsonObject) -> JsonObject | None:
    """The schema, taken out of the options; what is said beside is put in the facts."""
    said = options.get(FORMAT)
    if not isinstance(said, dict):
        return None
    is_format = said.get("type") in FORMATS
    schema = said.get("schema") if is_format else said
    if not isinstance(schema, dict):
        return None
    del options[FORMAT]
    rest = beside(said, "schema") if is_format else {}
    if rest != SCHEMA_FORMAT:
        facts[FORMAT] = rest
    return schema


def _declared(spec: JsonObject) -> Tool | ServerSideTool:
    if spec.get("type") != OURS or "name" not in spec:
        return ServerSideTool(spec)
    read = ["type", "name", "description"]
    if spec.get("parameters"):
        read.append("parameters")
    return Tool(
        spec["name"],
        spec.get("description"),
        spec.get("parameters") or {},
        provider_metadata=ours(beside(spec, *read)),
    )
