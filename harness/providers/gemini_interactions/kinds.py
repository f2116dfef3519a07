"""The kinds of step an interaction has, and what is common to all of them.

https://ai.google.dev/api/interactions-api. A tool has two kinds, ``..._call`` and
``..._result``; ours is ``function``, an MCP server's is ``mcp_server_tool``, and the
others are Google's own.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from harness.message.assemble import merge
from harness.message.events import StreamEvent
from harness.message.parts import JsonObject
from harness.providers._own import Own

OWN = Own("gemini-interactions")
NAMESPACE, ours, said_of = OWN.namespace, OWN.ours, OWN.out_of
"""Not Gemini's own key: what one of the two wires keeps, the other does not take."""

OURS = "function"
MCP = "mcp_server_tool"
GOOGLES = (
    "code_execution",
    "file_search",
    "google_maps",
    "google_search",
    "processing",
    "retrieval",
    "tool_search",
    "url_context",
)
TOOLS = (OURS, MCP, *GOOGLES)

NAMED = (OURS, MCP)
"""Tools that have a name beside their kind."""

SILENT = frozenset({"file_search", "processing", "retrieval", "tool_search"})
"""Tools whose calls may have no arguments, and whose results may hold nothing."""

CALLS = {f"{tool}_call": tool for tool in TOOLS}
RESULTS = {f"{tool}_result": tool for tool in TOOLS}
"""Kinds of step, and the tool each is of."""

MEDIA = ("image", "audio", "video", "document")
CONTENT = ("text", *MEDIA)
"""Types of item that a ``model_output`` or a ``user_input`` holds."""

VERBATIM = "as_it_came"
"""Metadata: a step or an item that we would say otherwise, and so keep whole."""


@dataclass(slots=True)
class Heard:
    """The steps of one answer so far.

    Attributes:
        numbers: of our parts, yet to be given.
        open: steps that have started and not stopped, by their index.
        names: the tools that were called, by the call's id.
        waiting: ids of calls that nobody has answered.
        asked: steps of the user, which some answers repeat.
    """

    numbers: Iterator[int] = field(default_factory=count)
    open: dict[Any, Any] = field(default_factory=dict)
    names: dict[Any, str] = field(default_factory=dict)
    waiting: set[Any] = field(default_factory=set)
    asked: list[JsonObject] = field(default_factory=list)


@dataclass(slots=True)
class Said:
    """A step as this wire says it.

    ``head`` is how it starts and ``body`` what it has beside when it is over;
    ``deltas`` tell the body in pieces. Without deltas it starts with all it has.
    ``joins``: it is one step with the output before it.
    """

    head: JsonObject
    body: JsonObject = field(default_factory=dict)
    deltas: list[JsonObject] | None = None
    joins: bool = False

    @property
    def whole(self) -> JsonObject:
        """The step when it is over."""
        return self.head | self.body

    @property
    def start(self) -> JsonObject:
        """The step when it starts."""
        return self.whole if self.deltas is None else self.head


def facts_of(group: list[StreamEvent]) -> JsonObject:
    """What this wire said beside, in all the events of a part."""
    facts: JsonObject = {}
    for event in group:
        facts = merge(facts, said_of(event.provider_metadata))
    return facts


def tool_of(name: str, server_executed: bool) -> str:
    """Which of :data:`TOOLS` a tool of this name is, unless it says otherwise."""
    if not server_executed:
        return OURS
    return name if name in GOOGLES else MCP


def kind_in(facts: JsonObject, kinds: Container[str], other: str) -> str:
    """The kind of step that the facts name, taken out of them, or the other."""
    named = facts.get("type")
    if not isinstance(named, str) or named not in kinds:
        return other
    del facts["type"]
    return named


def id_of(said: Any) -> str | None:
    """A call's id, if there is one.

    Raises:
        TypeError: for one that is no text.
    """
    if said is not None and not isinstance(said, str):
        raise TypeError(f"a call's id is text, not {said!r:.40}")
    return said or None


def read_json(text: str) -> Any:
    """The JSON in ``text``, or ``None`` where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
