"""Turn: what a conversation asks of a model, before any wire has seen it."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.message.parts import JsonObject, Message


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool of ours that the model may call; ``input_schema`` is JSON Schema."""

    name: str
    description: str | None = None
    input_schema: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServerTool:
    """A tool the provider runs itself; ``spec`` is its own declaration, verbatim."""

    spec: JsonObject


@dataclass(frozen=True, slots=True)
class Turn:
    """Everything one request says.

    ``messages`` begins with the system message if there is one. ``schema`` is the
    JSON Schema the answer must follow. ``options`` are request fields under the
    wire's own names (``temperature``, ``max_tokens``, ``thinking``...).
    """

    model: str
    messages: tuple[Message, ...]
    tools: tuple[Tool | ServerTool, ...] = ()
    stream: bool = False
    schema: JsonObject | None = None
    options: JsonObject = field(default_factory=dict)
