"""Anthropic's content blocks: the one shape its answers and its requests share.

https://platform.claude.com/docs/en/api/messages. ``start``, ``more`` and ``stop``
hear a block, ``streamed`` and ``whole`` say it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from harness.message.assemble import arguments_text, merge
from harness.message.events import Event, StreamEvent, Unknown
from harness.message.parts import JsonObject
from harness.message.place import resolve
from harness.providers._own import beside
from harness.providers.anthropic.beside import NAMESPACE, ours
from harness.providers.anthropic.tools import (
    CALLS,
    RESULTS,
    hear_call,
    hear_result,
    read_json,
    say_call,
    say_result,
)

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
        opened.input = rest.pop("input", None)
        yield hear_call(blocks.names, index, kind, rest)
    elif kind in RESULTS:
        yield hear_result(blocks.names, index, kind, rest)
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
    pieces: dict[str, list[Any]] = {}
    for delta in deltas:
        for key, said in beside(delta, "type").items():
            pieces.setdefault(key, []).append(said)
    for key, found in pieces.items():
        match key:
            case "text" | "thinking":
                block[key] += "".join(found)
            case "citation":
                block["citations"] = found
            case "partial_json":
                block["input"] = _input("".join(found))
            case _:
                block[key] = found[-1]
    return block


def _input(text: str) -> Any:
    said = read_json(text or "{}")
    return {"_raw": text} if said is None else said


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


WRITERS = {
    "text": _say_text,
    "reasoning": _say_reasoning,
    "tool_call_name": say_call,
    "tool_call_args": say_call,
    "tool_result": say_result,
}
"""First event type of a part to the function that says its block."""
