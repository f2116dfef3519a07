"""Events to messages and back: fold and unfold.

The rules are those of llm 0.36, and its results are our test data
(``tests/message/assembly-cases.json``). Where we differ, the case says ``differs:``
and why: metadata merges deeply, metadata on empty text is kept, reasoning stays
where it was said and is hidden only where it was, a call without an id is not counted
twice, and what cannot stand together fails where it is said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from harness.message.events import Event, StreamEvent
from harness.message.parts import (
    AttachmentPart,
    JsonObject,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.message.place import FAMILY, resolve

HALVES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
"""A character in two halves, as UTF-16 has it."""


def assemble(
    events: Iterable[Event | str], added: Sequence[ToolCallPart] = ()
) -> list[Message]:
    """The assistant messages that a stream of events adds up to.

    Args:
        events: in the order they came; a plain string is a text event. Usage,
            finish, error and unknown events have no place in a message.
        added: tool calls reported beside the stream, as ``llm``'s
            ``response.add_tool_call`` does.

    Returns:
        One message for each ``message_index`` that has anything to say.

    Raises:
        EventError: if two families of event claim one ``part_index``.
    """
    return fold(resolve(events), added)


def fold(
    placed: Iterable[StreamEvent], added: Sequence[ToolCallPart] = ()
) -> list[Message]:
    """The messages that events add up to which all have their ``part_index``."""
    groups: dict[int, list[StreamEvent]] = {}
    for event in placed:
        assert event.part_index is not None
        groups.setdefault(event.part_index, []).append(event)
    by_message: dict[int, list[Part]] = {}
    for group in groups.values():
        parts = by_message.setdefault(group[0].message_index, [])
        build = BUILDERS.get(_family(group[0]))
        part = build(group) if build else None
        if part is not None:
            parts.append(part)
    messages = [parts for parts in by_message.values() if parts]
    missing = _not_streamed(added, messages)
    if missing:
        messages = [*messages[:-1], [*(messages[-1] if messages else ()), *missing]]
    return [Message("assistant", tuple(parts)) for parts in messages]


def disassemble(messages: Iterable[Message]) -> Iterator[StreamEvent]:
    """Events that assemble to these messages, each part with its own index."""
    index = 0
    for message_index, message in enumerate(messages):
        for part in message.parts:
            for event in _events(part):
                yield event._replace(part_index=index, message_index=message_index)
            index += 1


def merge(into: JsonObject, more: JsonObject) -> JsonObject:
    """Both objects as one: mappings merge deeply, anything else is replaced."""
    merged = dict(into)
    for key, value in more.items():
        old = merged.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        merged[key] = merge(old, value) if both else value  # type: ignore[arg-type]  # both says it is a dict
    return merged


def _family(event: StreamEvent) -> str:
    return FAMILY.get(event.type, event.type)


def _not_streamed(
    added: Sequence[ToolCallPart], messages: list[list[Part]]
) -> list[ToolCallPart]:
    """The added calls that no streamed part stands for, by id or by content."""
    streamed = [p for parts in messages for p in parts if isinstance(p, ToolCallPart)]
    ids = {call.tool_call_id for call in streamed if call.tool_call_id}
    anonymous = [(c.name, c.arguments) for c in streamed if not c.tool_call_id]
    missing = []
    for call in added:
        if call.tool_call_id in ids:
            continue
        if not call.tool_call_id and (call.name, call.arguments) in anonymous:
            anonymous.remove((call.name, call.arguments))
            continue
        missing.append(call)
    return missing


def _text(group: list[StreamEvent]) -> Part | None:
    text, metadata = _joined(group), _metadata(group)
    return TextPart(text, metadata) if text or metadata else None


def _reasoning(group: list[StreamEvent]) -> Part | None:
    text, metadata = _joined(group), _metadata(group)
    redacted = any(event.redacted for event in group)
    if not (text or redacted or metadata):
        return None
    return ReasoningPart(text, redacted, metadata)


def _tool_call(group: list[StreamEvent]) -> Part:
    return ToolCallPart(
        "".join(e.chunk for e in group if e.type == "tool_call_name"),
        _arguments("".join(e.chunk for e in group if e.type == "tool_call_args")),
        _first(e.tool_call_id for e in group),
        any(e.server_executed for e in group),
        _metadata(group),
    )


def _tool_result(group: list[StreamEvent]) -> Part:
    return ToolResultPart(
        name=_first(e.tool_name for e in group) or "",
        output=_joined(group),
        tool_call_id=_first(e.tool_call_id for e in group),
        server_executed=any(e.server_executed for e in group),
        attachments=tuple(a for e in group for a in e.attachments),
        exception=_first(e.exception for e in group),
        provider_metadata=_metadata(group),
    )


def _attachment(group: list[StreamEvent]) -> Part:
    attachments = [a for e in group for a in e.attachments]
    return AttachmentPart(attachments[-1] if attachments else None, _metadata(group))


def _joined(group: list[StreamEvent]) -> str:
    return joined([event.chunk for event in group])


def joined(chunks: Iterable[str]) -> str:
    """Text from its pieces; a character whose halves came apart is one again.

    JSON writes what is beyond 16 bits as two escapes, and a server may end a delta
    between them.
    """
    text = "".join(chunks)
    return text if text.isascii() else HALVES.sub(_one, text)


def _one(halves: re.Match[str]) -> str:
    return halves[0].encode("utf-16", "surrogatepass").decode("utf-16")


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value), None)


def _metadata(group: list[StreamEvent]) -> JsonObject | None:
    merged: JsonObject = {}
    for event in group:
        if event.provider_metadata:
            merged = merge(merged, event.provider_metadata)
    return merged or None


def _arguments(text: str) -> Any:
    if not text:
        return {}
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return {"_raw": text}


def _events(part: Part) -> Iterator[StreamEvent]:
    match part:
        case TextPart(text, metadata):
            yield StreamEvent("text", text, provider_metadata=metadata)
        case ReasoningPart(text, redacted, metadata):
            yield StreamEvent(
                "reasoning", text, redacted=redacted, provider_metadata=metadata
            )
        case ToolCallPart(name, arguments, id_, server, metadata):
            yield StreamEvent(
                "tool_call_name",
                name,
                tool_call_id=id_,
                server_executed=server,
                provider_metadata=metadata,
            )
            yield StreamEvent(
                "tool_call_args",
                arguments_text(arguments),
                tool_call_id=id_,
                server_executed=server,
            )
        case ToolResultPart():
            yield StreamEvent(
                "tool_result",
                part.output,
                tool_call_id=part.tool_call_id,
                server_executed=part.server_executed,
                tool_name=part.name,
                provider_metadata=part.provider_metadata,
                exception=part.exception,
                attachments=part.attachments,
            )
        case AttachmentPart(attachment, metadata):
            yield StreamEvent(
                "attachment",
                provider_metadata=metadata,
                attachments=(attachment,) if attachment else (),
            )


def arguments_text(arguments: Any) -> str:
    """Tool arguments as the model wrote them: JSON, or the text that was none."""
    if isinstance(arguments, dict) and list(arguments) == ["_raw"]:
        raw = arguments["_raw"]
        if isinstance(raw, str) and _arguments(raw) == arguments:
            return raw
    return json.dumps(arguments, ensure_ascii=False, separators=(",", ":"))


BUILDERS = {
    "text": _text,
    "reasoning": _reasoning,
    "tool_call": _tool_call,
    "tool_result": _tool_result,
    "attachment": _attachment,
}
"""Part family to the function that folds its events."""
