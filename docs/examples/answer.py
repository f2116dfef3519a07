"""A function for `harness serve --answer`: it answers whatever is asked, after its kind."""

import json

from harness.message.parts import (
    AttachmentPart,
    Message,
    ReasoningPart,
    TextPart,
    ToolCallPart,
)
from harness.message.turn import Tool, Turn

LEAST = {"string": "text", "integer": 1, "number": 1.5, "boolean": True, "null": None}


def example(schema: dict) -> object:
    """Something that a JSON Schema allows."""
    if "enum" in schema:
        return schema["enum"][0]
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return example(schema[word][0])
    kind = str(schema.get("type", "object")).lower()
    if kind == "object":
        return {name: example(of) for name, of in schema.get("properties", {}).items()}
    return [example(schema.get("items", {}))] if kind == "array" else LEAST[kind]


def answer(turn: Turn) -> str | list:
    last, asked = (Message("user"), *turn.messages)[-1], json.dumps(turn.options)
    tools = [tool for tool in turn.tools if isinstance(tool, Tool)]
    if tools and last.role != "tool" and turn.options.get("tool_choice") != "none":
        return [ToolCallPart(tools[0].name, example(tools[0].input_schema))]
    if turn.schema is not None:
        return json.dumps(example(turn.schema))
    if any(isinstance(part, AttachmentPart) for part in last.parts):
        return "It shows what it shows."
    said = " ".join(part.text for part in last.parts if isinstance(part, TextPart))
    words = TextPart(f"You said: {said or 'nothing'}")
    thinks = "thinking" in asked or "reasoning" in asked
    return [ReasoningPart("Let me see."), words] if thinks else [words]
