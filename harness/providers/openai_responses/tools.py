"""The tools among Responses items: a row each, from fields to call and result.

https://platform.openai.com/docs/api-reference/responses/object names the items. A
row reads left to right to hear an item and right to left to say it; what a part's
own fields cannot give back exactly is kept in its metadata.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

from harness.message.assemble import arguments_text
from harness.message.parts import JsonObject, ToolCallPart, ToolResultPart

Form: TypeAlias = Literal["text", "object", "fields"]
"""How an item holds its arguments: as JSON text, as one object, field by field."""


@dataclass(frozen=True, slots=True)
class Codec:
    """How a result's value is read as text, and how the text is written back."""

    read: Callable[[Any], str]
    write: Callable[[str], Any]


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else arguments_text(value)


def _as_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _logs(outputs: Any) -> str:
    said = (output.get("logs") or output.get("url") or "" for output in outputs)
    return "\n".join(text for text in said if not text.startswith("data:"))


def _as_logs(text: str) -> Any:
    return [{"type": "logs", "logs": text}]


PLAIN = Codec(_as_text, str)
JSON = Codec(_as_text, _as_json)
LOGS = Codec(_logs, _as_logs)


@dataclass(frozen=True, slots=True)
class ToolItem:
    """How one type of item stands as a tool call, a tool result, or both.

    Attributes:
        tool: the name it goes by; ``None`` where the item has a ``name``.
        asks: the fields that are the arguments; none where it is only a result.
        form: how those fields hold them.
        gets: the field that is the result.
        result: how that field is text.
        key: the field that is ``tool_call_id``; an empty one falls back to ``id``.
        ours: whether the caller runs the tool.
        fails: whether ``error`` says that it went wrong.
        answer: the item type of the caller's result.
        prefix: what its ids begin with.
        needs: fields it must have, for one that nobody gave them.
    """

    tool: str | None = None
    asks: tuple[str, ...] = ()
    form: Form = "fields"
    gets: str | None = None
    result: Codec = PLAIN
    key: str = "call_id"
    ours: bool = False
    fails: bool = False
    answer: str | None = None
    prefix: str = "item"
    needs: Mapping[str, Any] = field(default_factory=dict)


class Outcome(NamedTuple):
    """What came back: its text, what the text leaves out, how it failed."""

    output: str
    kept: JsonObject
    exception: str | None


# -------------------------------------------------------------------- hear


def run_by_us(row: ToolItem, item: JsonObject) -> bool:
    """Whether the caller has to run this item's tool."""
    if "execution" in item:
        return bool(item["execution"] == "client")
    if item["type"] == "shell_call":
        environment = item.get("environment") or {}
        return environment.get("type") != "container_reference"
    return row.ours


def asked(row: ToolItem, item: JsonObject) -> str:
    """The call's arguments as JSON text; empty where the item has none yet."""
    if row.form == "fields":
        fields = {k: item[k] for k in row.asks if item.get(k) is not None}
        value = fields or None
    else:
        value = item.get(row.asks[0])
    if value is None:
        # xAI gives every tool of its own a function's name and arguments.
        value = item.get("arguments")
    return "" if value is None else _as_text(value)


def outcome(row: ToolItem, item: JsonObject) -> Outcome | None:
    """The result an item carries, ``None`` while it carries none."""
    value = item.get(row.gets or "")
    error = item.get("error") if row.fails else None
    if row.asks and error is None and (value is None or value == []):
        return None
    output = "" if value is None else row.result.read(value)
    kept: JsonObject = {}
    if row.gets and value is not None and row.result.write(output) != value:
        kept[row.gets] = value
    exception = None if error is None else _failure(error)
    if exception is not None and _as_failure(exception) != error:
        kept["error"] = error
    return Outcome(output, kept, exception)


def rest(row: ToolItem, item: JsonObject) -> JsonObject:
    """Everything that neither the call nor the result says."""
    said = {"type", row.gets, *row.asks}
    if row.key != "id":
        said.add(row.key)
    if row.tool is None:
        said.add("name")
    if row.fails:
        said.add("error")
    return {k: v for k, v in item.items() if k not in said}


def _failure(error: Any) -> str:
    if not isinstance(error, dict):
        return _as_text(error)
    if isinstance(error.get("content"), list):
        return "\n".join(piece.get("text") or "" for piece in error["content"])
    kind = error.get("type") or error.get("code") or "error"
    return f"{kind}: {error.get('message') or ''}"


def _as_failure(exception: str) -> JsonObject:
    content = [{"type": "text", "text": exception}]
    return {"type": "mcp_tool_execution_error", "content": content}


# --------------------------------------------------------------------- say


def native(part: ToolCallPart, result: ToolResultPart | None) -> str:
    """The item type of a server tool's call that does not name its own.

    A tool of the vendor's has its own item, if that can hold what is to be said;
    any other runs behind an MCP server.
    """
    kind = NATIVE.get(part.name)
    if kind is None or (result is not None and result.exception is not None):
        return "mcp_call"
    row = TOOLS[kind]
    if not isinstance(part.arguments, dict):
        return "mcp_call"
    if row.form == "fields" and set(part.arguments) != set(row.asks):
        return "mcp_call"
    if result and not isinstance(row.result.write(result.output), list):
        return "mcp_call"
    return kind


def call_item(
    kind: str, part: ToolCallPart, said: JsonObject, *, linked: bool
) -> JsonObject:
    """The item that makes this call.

    ``linked`` says that the call's id is the id of another item: then no field
    holds it.
    """
    row = TOOLS[kind]
    item = {"type": kind} | {k: v for k, v in said.items() if k != "type"}
    if "id" not in said:
        needs = row.needs.items()
        item = {k: list(v) if isinstance(v, tuple) else v for k, v in needs} | item
    if row.key == "id":
        item.setdefault("id", part.tool_call_id)
    elif not linked and part.tool_call_id not in (None, said.get("id")):
        item[row.key] = part.tool_call_id
    if row.tool is None:
        item["name"] = part.name
    arguments = part.arguments
    if row.form == "text":
        item[row.asks[0]] = arguments_text(arguments)
    elif "arguments" in said:
        pass
    elif row.form == "object":
        item.setdefault(row.asks[0], arguments)
    elif isinstance(arguments, dict):
        item = {k: v for k, v in arguments.items() if k in row.asks} | item
    return item


def result_item(
    kind: str, part: ToolResultPart, said: JsonObject, *, linked: bool
) -> JsonObject:
    """The item that gives this result, where it is an item of its own."""
    row = TOOLS[kind]
    item: JsonObject = {"type": kind}
    if not linked and part.tool_call_id not in (None, said.get("id")):
        item[row.key] = part.tool_call_id
    return with_result(item, part, said)


def with_result(item: JsonObject, part: ToolResultPart, said: JsonObject) -> JsonObject:
    """The item, holding this result."""
    row = TOOLS[item["type"]]
    result: JsonObject = {}
    if row.gets and (part.output or part.exception is None):
        result[row.gets] = row.result.write(part.output)
    if row.fails and part.exception is not None:
        result["error"] = _as_failure(part.exception)
    return item | result | {k: v for k, v in said.items() if k != "type"}


TOOLS: dict[str, ToolItem] = {
    "function_call": ToolItem(
        None,
        ("arguments",),
        "text",
        ours=True,
        answer="function_call_output",
        prefix="fc",
    ),
    "custom_tool_call": ToolItem(
        None, ("input",), ours=True, answer="custom_tool_call_output", prefix="ctc"
    ),
    "web_search_call": ToolItem(
        "web_search", ("action",), "object", "results", JSON, key="id", prefix="ws"
    ),
    "file_search_call": ToolItem(
        "file_search", ("queries",), "fields", "results", JSON, key="id", prefix="fs"
    ),
    "code_interpreter_call": ToolItem(
        "code_interpreter",
        ("code",),
        "fields",
        "outputs",
        LOGS,
        key="id",
        prefix="ci",
        needs={"container_id": "cntr_harness", "outputs": None},
    ),
    "image_generation_call": ToolItem(
        "image_generation",
        ("revised_prompt",),
        key="id",
        fails=True,
        prefix="ig",
        needs={"result": None},
    ),
    "mcp_call": ToolItem(
        None,
        ("arguments",),
        "text",
        "output",
        key="id",
        fails=True,
        prefix="mcp",
        needs={"server_label": "harness", "output": None, "error": None},
    ),
    "mcp_list_tools": ToolItem(
        "mcp_list_tools",
        ("server_label",),
        "fields",
        "tools",
        JSON,
        key="id",
        fails=True,
        prefix="mcpl",
        needs={"tools": ()},
    ),
    "mcp_approval_request": ToolItem(
        None,
        ("arguments",),
        "text",
        key="id",
        ours=True,
        answer="mcp_approval_response",
        prefix="mcpr",
        needs={"server_label": "harness"},
    ),
    "tool_search_call": ToolItem(
        "tool_search",
        ("arguments",),
        "object",
        answer="tool_search_output",
        prefix="tsc",
        needs={"execution": "server"},
    ),
    "shell_call": ToolItem(
        "shell", ("action",), "object", answer="shell_call_output", prefix="sh"
    ),
    "local_shell_call": ToolItem(
        "local_shell",
        ("action",),
        "object",
        ours=True,
        answer="local_shell_call_output",
        prefix="lsh",
    ),
    "computer_call": ToolItem(
        "computer",
        ("action", "actions"),
        ours=True,
        answer="computer_call_output",
        prefix="cu",
        needs={"pending_safety_checks": ()},
    ),
    "apply_patch_call": ToolItem(
        "apply_patch",
        ("operation",),
        "object",
        ours=True,
        answer="apply_patch_call_output",
        prefix="apc",
    ),
    "program": ToolItem("program", ("code",), prefix="cm", needs={"fingerprint": ""}),
    "function_call_output": ToolItem(gets="output", ours=True, prefix="fco"),
    "custom_tool_call_output": ToolItem(gets="output", ours=True, prefix="ctco"),
    "tool_search_output": ToolItem(
        "tool_search", gets="tools", result=JSON, prefix="tso"
    ),
    "shell_call_output": ToolItem("shell", gets="output", result=JSON, prefix="sho"),
    "local_shell_call_output": ToolItem(
        "local_shell", gets="output", ours=True, prefix="lsho"
    ),
    "computer_call_output": ToolItem(
        "computer", gets="output", result=JSON, ours=True, prefix="cuo"
    ),
    "apply_patch_call_output": ToolItem(
        "apply_patch", gets="output", ours=True, prefix="apco"
    ),
    "mcp_approval_response": ToolItem(
        gets="approve",
        result=JSON,
        key="approval_request_id",
        ours=True,
        prefix="mcpa",
    ),
    "program_output": ToolItem("program", gets="result", prefix="cmo"),
}

NATIVE = {
    row.tool: kind
    for kind, row in TOOLS.items()
    if row.tool in ("web_search", "file_search", "code_interpreter")
}
"""The vendor's tools that a plain name is enough to call."""
