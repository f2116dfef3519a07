"""An answer boiled down to what two readers of the same bytes must agree on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.message.assemble import assemble
from harness.message.events import Error, Event, Finish, StreamEvent, Usage
from harness.message.parts import (
    JsonObject,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
)
from harness.providers._provider import Provider
from tests.wires import wire_named

SPELT_OUT = ("function_call", "custom_tool_call", "mcp_call")
"""Responses items that are a name and arguments on the wire too; of any other tool
item, readers agree on its id."""


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call; ``name`` and ``arguments`` are ``None`` where only the id counts."""

    id: str | None
    name: str | None = None
    arguments: Any = None


@dataclass(frozen=True, slots=True)
class Said:
    """What one message says; ``opaque`` is the state it wants back, in its order."""

    text: str = ""
    refusal: str = ""
    reasoning: str = ""
    calls: tuple[Call, ...] = ()
    opaque: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything compared: messages, how it ended, tokens; or the error instead.

    ``finish`` is the wire's word for the end, ``reason`` what we make of it.
    """

    said: tuple[Said, ...] = ()
    finish: str | None = None
    usage: tuple[int | None, int | None] | None = None
    error: Error | None = None
    reason: str | None = None


def ours(provider: Provider, events: Sequence[Event]) -> Answer:
    """What our decoder heard."""
    content: dict[int, list[Event]] = {}
    for event in events:
        if isinstance(event, StreamEvent):
            content.setdefault(event.message_index, []).append(event)
    said = (
        _said(provider, [p for m in assemble(group) for p in m.parts])
        for _, group in sorted(content.items())
    )
    finish = next((e for e in events if isinstance(e, Finish)), None)
    usage = [
        (e.input, e.output)
        for e in events
        if isinstance(e, Usage) and (e.input, e.output) != (None, None)
    ]
    return Answer(
        tuple(said),
        finish.provider_reason if finish else None,
        usage[-1] if usage else None,
        next((e for e in events if isinstance(e, Error)), None),
        finish.reason if finish else None,
    )


def arguments(written: Any) -> Any:
    """Arguments as JSON, by the one rule both sides are read by."""
    if not isinstance(written, str):
        return {} if written is None else written
    try:
        return json.loads(written) if written else {}
    except ValueError:
        return {"_raw": written}


def _said(provider: Provider, parts: Iterable[Part]) -> Said:
    text = refusal = reasoning = ""
    calls: list[Call] = []
    opaque: list[str] = []
    for part in parts:
        own = (part.provider_metadata or {}).get(provider.namespace) or {}
        opaque += sealed(own)
        if isinstance(part, TextPart) and own.get("refusal"):
            refusal += part.text
        elif isinstance(part, TextPart):
            text += part.text
        elif isinstance(part, ReasoningPart):
            reasoning += part.text
        elif isinstance(part, ToolCallPart):
            calls += CALLS.get(wire_named(provider.name), _call)(part, own)
    return Said(text, refusal, reasoning, tuple(calls), tuple(opaque))


def sealed(own: Mapping[str, Any]) -> Iterator[str]:
    """The opaque strings among what a wire says of a part."""
    for word in SEALED:
        if isinstance(own.get(word), str) and own[word]:
            yield own[word]
    for detail in own.get("reasoning_details") or ():
        yield from (detail[word] for word in ("signature", "data") if detail.get(word))


def _call(part: ToolCallPart, own: JsonObject) -> list[Call]:
    return [Call(part.tool_call_id, part.name, part.arguments)]


def _call_of_ours(part: ToolCallPart, own: JsonObject) -> list[Call]:
    """Chat hosts tell of tools they ran in words that no SDK has."""
    return [] if part.server_executed else _call(part, own)


def _call_item(part: ToolCallPart, own: JsonObject) -> list[Call]:
    spelt_out = own.get("type", "function_call") in SPELT_OUT
    return _call(part, own) if spelt_out else [Call(part.tool_call_id)]


CALLS = {"openai-chat": _call_of_ours, "openai-responses": _call_item}
"""Which of our tool calls the wire's SDK has too, where not all of them."""

SEALED = (
    "signature",
    "data",
    "encrypted_content",
    "redactedContent",
    "thoughtSignature",
)
"""Where wires keep an opaque string with a part."""
