"""Anthropic's content blocks: the one shape its answers and its requests share.

https://platform.claude.com/docs/en/api/messages. ``start``, ``more`` and ``stop``
hear a block, ``streamed`` and ``whole`` say it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from harness.message.assemble import arguments_text, merge
from harness.message.events import Event, StreamEvent, Unknown
from harness.message.parts import JsonObject
from harness.message.place import resolve

NAMESPACE = "anthropic"

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

OPAQUE = (
    "compaction",
    "container_upload",
    "fallback",
    "mcp_tool_listing",
    "redacted_thinking",
    "tool_addition",
    "tool_removal",
)
"""Block types that nobody reads and everybody must send back: kept whole, as a
reasoning part without text."""

HOLDERS = {
    "text_delta": ("text",),
    "citations_delta": ("text",),
    "thinking_delta": ("thinking",),
    "signature_delta": ("thinking",),
    "input_json_delta": tuple(CALLS),
    "compaction_delta": ("compaction",),
}
"""Delta types, and the kinds of block they belong to."""

COMPACTED = ("content", "encrypted_content")
"""What a compaction block gets by delta."""


@dataclass(slots=True)
class Open:
    """A block that has started: what it holds back until it stops."""

    input: Any = None
    citations: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class Blocks:
    """The blocks of one answer that are open, the kind of every block there was, and
    the tools it named by id.
    """

    open: dict[int, Open] = field(default_factory=dict)
    kinds: dict[int, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


# -------------------------------------------------------------------- hear


def start(blocks: Blocks, index: int, block: JsonObject) -> Iterator[Event]:
    """What a block says as it starts; a block that came whole says all but its end."""
    rest = {k: v for k, v in block.items() if k != "type"}
    kind = block["type"]
    check(blocks, index, (kind,))
    opened = blocks.open[index] = Open()
    if kind == "text":
        text = rest.pop("text", "")
        opened.citations = list(rest.pop("citations", None) or ())
        if text or rest:
            yield StreamEvent("text", text, index, provider_metadata=ours(rest))
    elif kind == "thinking":
        text = rest.pop("thinking", "")
        rest = {k: v for k, v in rest.items() if v}
        if text or rest:
            yield StreamEvent("reasoning", text, index, provider_metadata=ours(rest))
    elif kind in CALLS:
        yield _call(blocks, index, kind, rest)
    elif kind in RESULTS:
        yield _result(blocks, index, kind, rest)
    elif kind in OPAQUE:
        yield StreamEvent(
            "reasoning",
            "",
            index,
            redacted=kind == "redacted_thinking",
            provider_metadata=ours(block),
        )
    else:
        yield Unknown(f"content_block:{kind}", block)


def more(blocks: Blocks, index: int, delta: JsonObject) -> Iterator[Event]:
    """What a delta adds to an open block."""
    check(blocks, index, HOLDERS.get(delta["type"], ()))
    block = blocks.open.get(index)
    if block is None:
        # A delta of a block that never started still says what it says.
        block = blocks.open[index] = Open()
    match delta["type"]:
        case "text_delta":
            yield StreamEvent("text", delta["text"], index)
        case "thinking_delta":
            if delta["thinking"]:
                yield StreamEvent("reasoning", delta["thinking"], index)
        case "input_json_delta":
            if delta["partial_json"]:
                block.input = None
                yield StreamEvent("tool_call_args", delta["partial_json"], index)
        case "signature_delta":
            said = ours({"signature": delta["signature"]})
            yield StreamEvent("reasoning", "", index, provider_metadata=said)
        case "citations_delta":
            block.citations.append(delta["citation"])
        case "compaction_delta":
            said = ours({k: delta[k] for k in COMPACTED if delta.get(k) is not None})
            yield StreamEvent("reasoning", "", index, provider_metadata=said)
        case other:
            yield Unknown(f"content_block_delta:{other}", delta)


def stop(blocks: Blocks, index: int) -> Iterator[Event]:
    """What a block held back: arguments that came whole, citations."""
    block = blocks.open.pop(index, None)
    if block is None:
        return
    if block.input is not None and block.input != {}:
        yield StreamEvent("tool_call_args", arguments_text(block.input), index)
    if block.citations:
        said = ours({"citations": block.citations})
        yield StreamEvent("text", "", index, provider_metadata=said)


def check(blocks: Blocks, index: int, kinds: tuple[str, ...]) -> None:
    """Raise ``ValueError`` if the block of that number is of another kind.

    A block that never started is of the kind its first delta says.
    """
    if kinds and blocks.kinds.setdefault(index, kinds[0]) not in kinds:
        raise ValueError(f"block {index} is {blocks.kinds[index]}, not {kinds[0]}")


def ours(data: JsonObject) -> JsonObject | None:
    """Provider metadata that says ``data``, or ``None`` where it says nothing."""
    return {NAMESPACE: data} if data else None


def _call(blocks: Blocks, index: int, kind: str, rest: JsonObject) -> StreamEvent:
    id_, name = rest.pop("id", None), rest.pop("name", "")
    blocks.open[index].input = rest.pop("input", None)
    if id_:
        blocks.names[id_] = name
    if kind != _call_kind(name, CALLS[kind]):
        rest = {"type": kind} | rest
    return StreamEvent(
        "tool_call_name", name, index, id_, CALLS[kind], provider_metadata=ours(rest)
    )


def _result(blocks: Blocks, index: int, kind: str, rest: JsonObject) -> StreamEvent:
    id_, content = rest.pop("tool_use_id", None), rest.pop("content", None)
    name = blocks.names.get(id_ or "", RESULTS[kind])
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


def groups(events: Iterable[Event]) -> Iterable[list[StreamEvent]]:
    """Content events, part by part."""
    parts: dict[int, list[StreamEvent]] = {}
    for event in resolve(events):
        parts.setdefault(event.part_index or 0, []).append(event)
    return parts.values()


def streamed(group: list[StreamEvent]) -> tuple[JsonObject, list[JsonObject]]:
    """A part's events as the block it starts with and the deltas that follow."""
    said: JsonObject = {}
    for event in group:
        said = merge(said, (event.provider_metadata or {}).get(NAMESPACE, {}))
    return WRITERS[group[0].type](group, said)


def whole(group: list[StreamEvent]) -> JsonObject:
    """A part's events as the block that stands when its deltas are through."""
    block, deltas = streamed(group)
    for delta in deltas:
        match delta["type"]:
            case "text_delta":
                block["text"] += delta["text"]
            case "thinking_delta":
                block["thinking"] += delta["thinking"]
            case "citations_delta":
                block["citations"] = [*block["citations"], delta["citation"]]
            case "signature_delta":
                block["signature"] = delta["signature"]
            case "compaction_delta":
                block |= {k: v for k, v in delta.items() if k != "type"}
    text = "".join(d["partial_json"] for d in deltas if d["type"] == "input_json_delta")
    if text:
        input_ = read_json(text)
        block["input"] = {"_raw": text} if input_ is None else input_
    return block


def _say_text(
    group: list[StreamEvent], said: JsonObject
) -> tuple[JsonObject, list[JsonObject]]:
    citations = said.pop("citations", [])
    block: JsonObject = {"type": "text", "text": ""}
    block |= {"citations": []} if citations else {}
    deltas = [{"type": "citations_delta", "citation": c} for c in citations]
    deltas += [{"type": "text_delta", "text": e.chunk} for e in group if e.chunk]
    return block | said, deltas


def _say_reasoning(
    group: list[StreamEvent], said: JsonObject
) -> tuple[JsonObject, list[JsonObject]]:
    kind = said.pop("type", None)
    if kind is None and any(e.redacted for e in group):
        return {"type": "redacted_thinking", "data": said.get("data", "")}, []
    if kind == "compaction":
        content = {k: said.pop(k) for k in COMPACTED if said.get(k) is not None}
        deltas = [{"type": "compaction_delta"} | content] if content else []
        return {"type": kind, "content": None} | said, deltas
    if kind is not None:
        return {"type": kind} | said, []
    deltas = [{"type": "thinking_delta", "thinking": e.chunk} for e in group if e.chunk]
    signature = said.pop("signature", "")
    if signature:
        deltas.append({"type": "signature_delta", "signature": signature})
    return {"type": "thinking", "thinking": "", "signature": ""} | said, deltas


def _say_call(
    group: list[StreamEvent], said: JsonObject
) -> tuple[JsonObject, list[JsonObject]]:
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


def _say_result(
    group: list[StreamEvent], said: JsonObject
) -> tuple[JsonObject, list[JsonObject]]:
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


WRITERS = {
    "text": _say_text,
    "reasoning": _say_reasoning,
    "tool_call_name": _say_call,
    "tool_call_args": _say_call,
    "tool_result": _say_result,
}
"""First event type of a part to the function that says its block."""
