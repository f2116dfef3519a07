"""Blocks of tools on Anthropic's wire: calls, and what the provider's own gave back.

https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview. Arguments
stream as text; a result comes whole as its block starts.
"""

from __future__ import annotations

import json
from typing import Any

from harness.message.assemble import arguments_text
from harness.message.events import StreamEvent
from harness.message.parts import JsonObject
from harness.providers.anthropic.beside import ours

CALLS = {"tool_use": False, "server_tool_use": True, "mcp_tool_use": True}
"""Block types that call a tool, and whether the provider runs it."""

RESULTS = {
    f"{name}_tool_result": name
    for name in (
        "advisor",
        "bash_code_execution",
        "code_execution",
        "mcp",
        "text_editor_code_execution",
        "tool_search",
        "web_fetch",
        "web_search",
    )
}
"""Block types that hold what a tool of the provider's gave back, and its name."""


# -------------------------------------------------------------------- hear


def hear_call(
    names: dict[str, str], index: int, kind: str, rest: JsonObject
) -> StreamEvent:
    """A call as it starts, without its arguments; ``names`` gathers its name."""
    id_, name = rest.pop("id", None), rest.pop("name", "")
    if id_:
        names[id_] = name
    if kind != _call_kind(name, CALLS[kind]):
        rest = {"type": kind} | rest
    return StreamEvent(
        "tool_call_name", name, index, id_, CALLS[kind], provider_metadata=ours(rest)
    )


def hear_result(
    names: dict[str, str], index: int, kind: str, rest: JsonObject
) -> StreamEvent:
    """What a tool of the provider's gave back, named for the call it answers."""
    id_, content = rest.pop("tool_use_id", None), rest.pop("content", None)
    name = names.get(id_ or "", RESULTS[kind])
    if kind != _result_kind(name):
        rest = {"type": kind} | rest
    if isinstance(content, str) and isinstance(read_json(content), dict | list):
        rest["content_is_text"] = True
    failed = content.get("error_code") if isinstance(content, dict) else None
    failed = failed or ("is_error" if rest.pop("is_error", False) else None)
    return StreamEvent(
        "tool_result",
        content if isinstance(content, str) else arguments_text(content),
        index,
        id_,
        server_executed=True,
        tool_name=name,
        provider_metadata=ours(rest),
        exception=failed,
    )


def _call_kind(name: str, server_executed: bool) -> str:
    """The block type that calls a tool of this name, unless it says otherwise."""
    if not server_executed:
        return "tool_use"
    known = _result_kind(name) != "mcp_tool_result"
    return "server_tool_use" if known else "mcp_tool_use"


def _result_kind(name: str) -> str:
    kinds = (kind for kind, tool in RESULTS.items() if name.startswith(tool))
    return next(kinds, "mcp_tool_result")


# --------------------------------------------------------------------- say


def say_call(
    group: list[StreamEvent], said: JsonObject
) -> tuple[JsonObject, list[JsonObject]]:
    """A call's block as it starts, and its arguments in pieces."""
    name = "".join(e.chunk for e in group if e.type == "tool_call_name")
    kind = _call_kind(name, any(e.server_executed for e in group))
    block: JsonObject = {
        "type": said.pop("type", kind),
        "id": _id(group),
        "name": name,
        "input": {},
    }
    if block["type"] == "mcp_tool_use":
        block["server_name"] = said.pop("server_name", "harness")
    chunks = [e.chunk for e in group if e.type == "tool_call_args" and e.chunk]
    # The API opens every stream of arguments with an empty piece.
    deltas = [{"type": "input_json_delta", "partial_json": c} for c in ["", *chunks]]
    return block | said, deltas


def say_result(
    group: list[StreamEvent], said: JsonObject
) -> tuple[JsonObject, list[JsonObject]]:
    """A result's block, which has all of it."""
    text = "".join(e.chunk for e in group)
    name = next((e.tool_name for e in group if e.tool_name), "")
    content = None if said.pop("content_is_text", False) else read_json(text)
    block: JsonObject = {
        "type": said.pop("type", _result_kind(name)),
        "tool_use_id": _id(group),
        "content": content if isinstance(content, dict | list) else text,
    }
    if block["type"] == "mcp_tool_result":
        block["is_error"] = any(e.exception for e in group)
    return block | said, []


def _id(group: list[StreamEvent]) -> str | None:
    return next((e.tool_call_id for e in group if e.tool_call_id), None)


def read_json(text: str) -> Any:
    """The JSON in ``text``, or ``None`` where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
