"""Tool calls on Ollama's wire: whole, their arguments an object, often without an id.

One shape serves the model's answer and the history that a request sends back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.message.assemble import arguments_text, merge
from harness.message.events import Event, StreamEvent
from harness.message.parts import JsonObject, ToolCallPart
from harness.providers._own import Own

OWN = Own("ollama")
NAMESPACE, ours, said_of = OWN.namespace, OWN.ours, OWN.of
"""Its key in ``provider_metadata``; to put something there, and to take it out."""


def hear_call(item: JsonObject, index: int) -> Iterator[Event]:
    """A call's name, and its arguments if there are any; the rest is metadata."""
    id_, function = item.get("id") or None, item.get("function") or {}
    yield StreamEvent(
        "tool_call_name",
        function.get("name") or "",
        index,
        id_,
        provider_metadata=ours(_beside(item, function)),
    )
    arguments = function.get("arguments")
    if arguments is not None and arguments != {}:
        yield StreamEvent("tool_call_args", arguments_text(arguments), index, id_)


def read_call(item: JsonObject) -> ToolCallPart:
    """A call in the history of a request."""
    function = item["function"]
    facts = ours(_beside(item, function))
    arguments = function.get("arguments") or {}
    id_ = item.get("id") or None
    return ToolCallPart(function["name"], arguments, id_, provider_metadata=facts)


def say_call(call: ToolCallPart) -> JsonObject:
    """A call as the wire has it, an id only if there is one."""
    item: JsonObject = {} if call.tool_call_id is None else {"id": call.tool_call_id}
    item["function"] = {"name": call.name, "arguments": call.arguments}
    return merge(item, said_of(call))


def _beside(item: JsonObject, function: JsonObject) -> JsonObject:
    """What a call says beside id, name and arguments, in the places where it does."""
    rest: dict[str, Any] = {
        k: v for k, v in item.items() if k not in ("id", "function") and v is not None
    }
    spare = {k: v for k, v in function.items() if k not in ("name", "arguments")}
    return rest | ({"function": spare} if spare else {})
