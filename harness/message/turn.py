"""Turn: what a conversation asks of a model, before any wire has seen it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.message.parts import JsonObject, Message
from harness.message.serial import ServerSideToolDict, ToolDict


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool of ours that the model may call; ``input_schema`` is JSON Schema.

    ``provider_metadata`` is what a wire says of it beside: ``strict``, a cache mark.
    """

    name: str
    description: str | None = None
    input_schema: JsonObject = field(default_factory=dict)
    provider_metadata: JsonObject | None = field(default=None, kw_only=True)

    def to_dict(self) -> ToolDict:
        """As JSON-safe data."""
        d: ToolDict = {"name": self.name, "input_schema": self.input_schema}
        if self.description is not None:
            d["description"] = self.description
        if self.provider_metadata:
            d["provider_metadata"] = self.provider_metadata
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
    ``provider_metadata`` is what a wire says of the schema beside it (a name, whether
    it is strict), and of anything else that options have no room for.
    """

    model: str
    messages: tuple[Message, ...]
    tools: tuple[Tool | ServerSideTool, ...] = ()
    stream: bool = False
    schema: JsonObject | None = None
    options: JsonObject = field(default_factory=dict)
    provider_metadata: JsonObject | None = None


def load_tool(data: Mapping[str, Any]) -> Tool | ServerSideTool:
    """A tool from its JSON data.

    Raises:
        KeyError: for a required key that is not there.
    """
    if "server_side" in data:
        return ServerSideTool(data["server_side"])
    return Tool(
        data["name"],
        data.get("description"),
        data["input_schema"],
        provider_metadata=data.get("provider_metadata") or None,
    )
