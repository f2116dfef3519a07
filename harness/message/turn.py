"""Turn: what a conversation asks of a model, before any wire has seen it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.message.parts import JsonObject, Message
from harness.message.serial import ServerSideToolDict, ToolDict


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool of ours that the model may call; ``input_schema`` is JSON Schema."""

    name: str
    description: str | None = None
    input_schema: JsonObject = field(default_factory=dict)

    def to_dict(self) -> ToolDict:
        """As JSON-safe data."""
        d: ToolDict = {"name": self.name, "input_schema": self.input_schema}
        if self.description is not None:
            d["description"] = self.description
        return d


@dataclass(frozen=True, slots=True)
class ServerSideTool:
    """A tool the provider runs itself; ``spec`` is its own declaration, verbatim."""

    spec: JsonObject

    def to_dict(self) -> ServerSideToolDict:
        """As JSON-safe data."""
        return {"server_side": self.spec}


@dataclass(frozen=True, slots=True)
class Turn:
    """Everything one request says.

    ``messages`` begins with the system message if there is one. ``schema`` is the
    JSON Schema the answer must follow. ``options`` are request fields under the
    wire's own names (``temperature``, ``max_tokens``, ``thinking``...).
    """

    model: str
    messages: tuple[Message, ...]
    tools: tuple[Tool | ServerSideTool, ...] = ()
    stream: bool = False
    schema: JsonObject | None = None
    options: JsonObject = field(default_factory=dict)


def load_tool(data: Mapping[str, Any]) -> Tool | ServerSideTool:
    """A tool from its JSON data.

    Raises:
        KeyError: for a required key that is not there.
    """
    if "server_side" in data:
        return ServerSideTool(data["server_side"])
    return Tool(data["name"], data.get("description"), data["input_schema"])
