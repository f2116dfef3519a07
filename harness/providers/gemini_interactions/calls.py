"""Calls in an interaction: of our functions, of MCP servers and of Google's tools.

https://ai.google.dev/gemini-api/docs/interactions/function-calling. Ours stream their
arguments as text; the others' come whole, in one delta, often with a signature.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeGuard

from harness.message.assemble import arguments_text
from harness.message.events import Event, StreamEvent
from harness.message.parts import JsonObject
from harness.providers._own import beside
from harness.providers.gemini_interactions.kinds import (
    CALLS,
    MCP,
    NAMED,
    OURS,
    SILENT,
    Heard,
    Said,
    facts_of,
    id_of,
    kind_in,
    ours,
    read_json,
    tool_of,
)

READ = ("type", "id", "arguments")
"""What is read of a call, beside the name of one that has a name."""

SOME_SERVER = "harness"


@dataclass(slots=True)
class Call:
    """A call that has started; ``arguments`` are those that came whole."""

    part: int
    tool: str
    id: str | None
    name: str
    arguments: Any
    in_pieces: bool = False


def start_call(heard: Heard, index: Any, step: JsonObject) -> Iterator[Event]:
    """A call as it starts, or whole."""
    tool, id_ = CALLS[step["type"]], id_of(step.get("id"))
    part, name = next(heard.numbers), tool
    facts = beside(step, *READ)
    if tool in NAMED:
        name = facts.pop("name", None) or ""
    if tool_of(name, tool != OURS) != tool:
        facts["type"] = step["type"]
    opened = Call(part, tool, id_, "", step.get("arguments"))
    heard.open[index] = opened
    _wait(heard, opened)
    yield _event(heard, opened, name, facts)


def is_again(opened: object, step: JsonObject) -> TypeGuard[Call]:
    """Whether the step that starts is a call that has started already."""
    if not isinstance(opened, Call):
        return False
    return (opened.tool, opened.id) == (CALLS.get(step["type"]), step.get("id") or None)


def more_call(heard: Heard, opened: Call, delta: JsonObject) -> Iterator[Event]:
    """A piece of the arguments, or all of them and what is said beside."""
    arguments = delta.get("arguments")
    if delta["type"] == "arguments_delta":
        if arguments:
            opened.in_pieces = True
            yield StreamEvent("tool_call_args", arguments, opened.part, opened.id)
        return
    if arguments is not None:
        opened.arguments = arguments
    if opened.id is None and delta.get("id"):
        opened.id = id_of(delta["id"])
        _wait(heard, opened)
    facts = beside(delta, *READ)
    name = (facts.pop("name", None) or "") if opened.tool in NAMED else ""
    if (name and not opened.name) or facts:
        yield _event(heard, opened, "" if opened.name else name, facts)


def stop_call(heard: Heard, opened: Call) -> Iterator[Event]:
    """The arguments that came whole, unless they came in pieces too."""
    if not opened.in_pieces and opened.arguments not in (None, {}):
        text = arguments_text(opened.arguments)
        yield StreamEvent("tool_call_args", text, opened.part, opened.id)


def say_call(group: list[StreamEvent]) -> Said:
    """A call; if the tool is ours, its arguments in pieces of text."""
    facts = facts_of(group)
    name = "".join(e.chunk for e in group if e.type == "tool_call_name")
    tool = tool_of(name, any(event.server_executed for event in group))
    kind = kind_in(facts, CALLS, f"{tool}_call")
    tool = CALLS[kind]
    named = {"type": kind} | _named(tool, name, facts)
    id_ = next((event.tool_call_id for event in group if event.tool_call_id), None)
    head = named | ({"id": id_} if id_ else {}) | facts
    pieces = [e.chunk for e in group if e.type == "tool_call_args" and e.chunk]
    body = {"arguments": _arguments("".join(pieces))}
    if tool == OURS:
        told = [{"type": "arguments_delta", "arguments": piece} for piece in pieces]
        return Said(head | {"arguments": {}}, body, told)
    if body["arguments"]:
        return Said(head, body, [named | body])
    return Said(head, {} if tool in SILENT else body, [])


def _event(heard: Heard, opened: Call, name: str, facts: JsonObject) -> Event:
    opened.name = opened.name or name
    if opened.id:
        heard.names[opened.id] = opened.name
    ran, metadata = opened.tool != OURS, ours(facts)
    return StreamEvent(
        "tool_call_name",
        name,
        opened.part,
        opened.id,
        ran,
        provider_metadata=metadata,
    )


def _wait(heard: Heard, opened: Call) -> None:
    """Note that somebody must answer a call of ours."""
    if opened.tool == OURS:
        heard.waiting.discard(opened.part)
        heard.waiting.add(opened.id or opened.part)


def _named(tool: str, name: str, facts: JsonObject) -> JsonObject:
    """What tells two tools of one kind apart."""
    if tool != MCP:
        return {"name": name} if tool in NAMED else {}
    return {"name": name, "server_name": facts.get("server_name", SOME_SERVER)}


def _arguments(text: str) -> JsonObject:
    """The object in a text; one that was cut short is kept as it is."""
    arguments = read_json(text or "{}")
    return arguments if isinstance(arguments, dict) else {"_raw": text}
