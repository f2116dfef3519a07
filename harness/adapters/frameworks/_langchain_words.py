"""LangChain's words for what is said, and ours."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any

from harness.adapters.frameworks._framework import (
    Heard,
    arguments_of,
    as_events,
    library,
    text_of,
)
from harness.errors import NotExpressible
from harness.message.assemble import arguments_text
from harness.message.events import StreamEvent, Unknown, Usage
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    JsonObject,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)

OWN = "langchain"


def theirs(message: Message) -> Iterator[Any]:
    """What is said, in its messages."""
    made = library("langchain_core.messages")
    if message.role == "tool":
        for part in message.parts:
            if isinstance(part, ToolResultPart):
                yield made.ToolMessage(
                    _content([TextPart(part.output), *_files(part)]),
                    name=part.name,
                    tool_call_id=part.tool_call_id or "",
                    status="error" if part.exception else "success",
                )
    elif message.role == "assistant":
        calls = [p for p in message.parts if isinstance(p, ToolCallPart)]
        if any(call.server_executed for call in calls):
            raise NotExpressible("a call that a provider ran is not asked elsewhere")
        said = [part for part in message.parts if part not in calls]
        yield made.AIMessage(_content(said), tool_calls=[_call(c) for c in calls])
    elif message.role in ("system", "user"):
        kind = made.SystemMessage if message.role == "system" else made.HumanMessage
        yield kind(_content(message.parts))
    else:
        raise NotExpressible(f"it has no message of {message.role!r}")


def _files(result: ToolResultPart) -> list[AttachmentPart]:
    return [AttachmentPart(attachment) for attachment in result.attachments]


def _content(parts: Sequence[Part]) -> Any:
    """Words alone are a string, as everybody writes them."""
    blocks = [_block(part) for part in parts]
    if not blocks:
        return ""
    alone = len(blocks) == 1 and blocks[0]["type"] == "text"
    return blocks[0]["text"] if alone else blocks


def _block(part: Part) -> JsonObject:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    if isinstance(part, ReasoningPart):
        return {"type": "reasoning", "reasoning": part.text}
    if isinstance(part, AttachmentPart) and part.attachment is not None:
        return _file(part.attachment)
    raise NotExpressible(f"it has no block for a {part.type}")


def _file(attachment: Attachment) -> JsonObject:
    kind = attachment.type or "application/octet-stream"
    family = kind.partition("/")[0]
    said = {"type": family if family in FAMILIES else "file", "mime_type": kind}
    if attachment.url is not None:
        return said | {"url": attachment.url}
    return said | {"base64": base64.b64encode(attachment.content or b"").decode()}


FAMILIES = ("image", "audio", "video")


def _call(call: ToolCallPart) -> JsonObject:
    return {"name": call.name, "args": call.arguments, "id": call.tool_call_id}


def ours(answer: Any) -> Message:
    """An answer of its own, whether it came whole or was added up."""
    whole = library("langchain_core.messages").message_chunk_to_message(answer)
    blocks = [*whole.content_blocks]
    told = [block.get("id") for block in blocks]
    blocks += [call for call in whole.invalid_tool_calls if call["id"] not in told]
    parts = [part for block in blocks if (part := _part(block))]
    return Message("assistant", tuple(parts))


def _part(block: JsonObject) -> Part | None:
    make = PARTS.get(block["type"])
    return make(block, _beside(block)) if make is not None else None


def _text(block: JsonObject, said: JsonObject | None) -> Part:
    return TextPart(block.get("text") or block.get("refusal") or "", said)


def _reasoning(block: JsonObject, said: JsonObject | None) -> Part:
    return ReasoningPart(block.get("reasoning") or "", False, said)


def _called(block: JsonObject, said: JsonObject | None) -> Part:
    args = arguments_of(block.get("args"))
    ran = block["type"].startswith("server")
    name = (block.get("extras") or {}).get("tool_name") if ran else None
    name = name or block.get("name") or ""
    return ToolCallPart(name, args, block.get("id"), ran, said)


def _resulted(block: JsonObject, said: JsonObject | None) -> Part:
    output = text_of(block.get("output", ""))
    id_ = block.get("tool_call_id")
    return ToolResultPart("", output, id_, True, provider_metadata=said)


def _attached(block: JsonObject, said: JsonObject | None) -> Part:
    data = block.get("base64")
    content = base64.b64decode(data) if data else None
    kind = block.get("mime_type")
    return AttachmentPart(Attachment(kind, url=block.get("url"), content=content), said)


def _other(block: JsonObject, said: JsonObject | None) -> Part | None:
    """What has no block of its own: of that, a thought that is sealed."""
    value = block["value"]
    if value.get("type") == "redacted_thinking":
        return ReasoningPart("", True, {OWN: value})
    return None


PARTS = {
    "text": _text,
    "text-plain": _text,
    "refusal": _text,
    "reasoning": _reasoning,
    "tool_call": _called,
    "tool_call_chunk": _called,
    "invalid_tool_call": _called,
    "server_tool_call": _called,
    "server_tool_call_chunk": _called,
    "server_tool_result": _resulted,
    "image": _attached,
    "audio": _attached,
    "video": _attached,
    "file": _attached,
    "non_standard": _other,
}
"""Its blocks by their types, and what each is here."""


def _beside(block: JsonObject) -> JsonObject | None:
    """What a block holds beside its words, in ``extras`` or next to them."""
    kept = {k: v for k, v in block.items() if k not in STANDARD and v}
    kept |= block.get("extras") or {}
    if block["type"] == "reasoning" and block.get("id"):
        kept["id"] = block["id"]
    return {OWN: kept} if kept else None


STANDARD = frozenset(
    (
        *("type", "text", "reasoning", "refusal", "index", "extras", "id"),
        *("name", "args", "tool_call_id", "output", "status", "error", "value"),
        *("base64", "mime_type", "url"),
    )
)
"""Keys of blocks that are told otherwise."""


def usage(said: Any, *, apart: bool) -> Usage | None:
    """Its counts.

    Args:
        said: its ``usage_metadata``.
        apart: whether the wire counts apart what came from a cache; it adds that up.
    """
    if said is None:
        return None
    asked, given = said.get("input_token_details"), said.get("output_token_details")
    asked, given = asked or {}, given or {}
    counts = {
        "cached": asked.get("cache_read"),
        "cache_write": asked.get("cache_creation"),
        "reasoning": given.get("reasoning"),
    }
    details = {name: count for name, count in counts.items() if count}
    extra = details.get("cached", 0) + details.get("cache_write", 0) if apart else 0
    return Usage(said["input_tokens"] - extra, said["output_tokens"], details)


def finish(answer: Any) -> str | None:
    """Why it ended: it passes on the wire's own word."""
    said = answer.response_metadata
    reason = said.get("finish_reason") or said.get("stop_reason") or said.get("status")
    if reason == "incomplete":
        reason = (said.get("incomplete_details") or {}).get("reason")
    extras = [block.get("extras") or {} for block in answer.content_blocks]
    if reason is None and any("block_reason" in extra for extra in extras):
        return "content_filter"
    refuses = any(block["type"] == "refusal" for block in answer.content_blocks)
    if reason is None:
        return None
    told = FINISHES.get(str(reason).lower(), "other")
    return "refusal" if refuses and told == "stop" else told


FINISHES = {
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "completed": "stop",
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "content_filter": "content_filter",
    "safety": "content_filter",
    "prohibited_content": "content_filter",
    "blocklist": "content_filter",
    "recitation": "content_filter",
    "refusal": "refusal",
    "pause_turn": "pause",
}
"""Wires' words for why an answer ended, in lower case."""


class Told:
    """A stream as it is told: its messages added up, and the events in them."""

    def __init__(self, heard: Heard) -> None:
        self.whole: Any = None
        self._heard = heard
        self._places: dict[Any, int] = {}
        self._ids: dict[int, str] = {}
        self._last: Any = None

    def take(self, chunk: Any) -> None:
        """A chunk."""
        self.whole = chunk if self.whole is None else self.whole + chunk
        for block in chunk.content_blocks:
            part = _part(block)
            if part is None:
                self._heard.events.append(Unknown(block["type"], block))
                continue
            self._heard.events += self._events(block, part)

    def _events(self, block: JsonObject, part: Part) -> Iterator[StreamEvent]:
        index = self._place(block, part)
        if isinstance(part, ToolCallPart):
            yield from _calling(block, part, index)
            return
        for event in as_events([Message("assistant", (part,))]):
            yield event._replace(part_index=index)

    def _place(self, block: JsonObject, part: Part) -> int:
        """Where a block belongs: it says so by its index, or it goes on."""
        said, id_ = block.get("index"), block.get("id")
        key = (part.type, said)
        if part.type == "tool_call":
            known = self._ids.get(self._places.get(key, -1))
            fresh = bool(id_) and known not in (None, id_)
        elif part.type in ("text", "reasoning"):
            fresh = said is None and self._last != key
        else:
            fresh = said is None
        if fresh or key not in self._places:
            self._places[key] = 1 + max(self._places.values(), default=-1)
        if part.type == "tool_call" and id_:
            self._ids[self._places[key]] = id_
        self._last = key
        return self._places[key]


def _calling(
    block: JsonObject, part: ToolCallPart, index: int
) -> Iterator[StreamEvent]:
    """A piece of a call."""
    ran, id_ = part.server_executed, part.tool_call_id
    beside = part.provider_metadata
    if part.name or id_ or beside:
        yield StreamEvent("tool_call_name", part.name, index, id_, ran)._replace(
            provider_metadata=beside
        )
    args = block.get("args")
    if args:
        text = args if isinstance(args, str) else arguments_text(args)
        yield StreamEvent("tool_call_args", text, index, None, ran)
