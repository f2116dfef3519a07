"""Sayings: answers of every kind that a wire may have to say, the same every time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from harness.errors import NotExpressible
from harness.message.assemble import disassemble
from harness.message.events import Event, Finish, StreamEvent, Usage
from harness.message.parts import (
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.providers._provider import Provider

WORDS = 'Zürich 🦩\u2028 and \u0085 too: é\u0301 "quoted" \\ done'


def _calls(provider: Provider) -> list[Part]:
    return [
        ToolCallPart(
            "look_up", {"city": "Zürich 🦩", "n": [1, {}]}, provider.call_id(1)
        ),
        ToolCallPart("look_up", {}, provider.call_id(2)),
    ]


def _thought(provider: Provider, number: int) -> ReasoningPart:
    part = ReasoningPart(f"Thought {number} 🦩. ")
    return replace(part, provider_metadata=provider.opaque(part, f"c2lnbmVk{number}=="))


def _sealed(provider: Provider) -> list[Part]:
    hidden = ReasoningPart("", redacted=True)
    opaque = provider.opaque(hidden, "c2VhbGVk")
    return [replace(hidden, provider_metadata=opaque)] if opaque else []


def answers(provider: Provider) -> dict[str, tuple[list[Part], str]]:
    """What is said, and how it ends; not all of it on every wire."""
    refusal = TextPart("I will not.", provider.refusal)
    said: dict[str, tuple[list[Part], str]] = {
        "words": ([TextPart(WORDS)], "stop"),
        "cut at length": ([TextPart("Once upon")], "length"),
        "one call": (_calls(provider)[:1], "tool_calls"),
        "two calls": (_calls(provider), "tool_calls"),
        "words and calls": ([TextPart(WORDS), *_calls(provider)], "tool_calls"),
        "thought and words": ([_thought(provider, 1), TextPart(WORDS)], "stop"),
        "thought and calls": ([_thought(provider, 1), *_calls(provider)], "tool_calls"),
        "two thoughts": ([_thought(provider, 1), _thought(provider, 2)], "stop"),
    }
    if _sealed(provider):
        said["a hidden thought"] = ([*_sealed(provider), TextPart("4")], "stop")
    if "server_side_tools" in provider.capabilities:
        name, id_ = "web_search", provider.call_id(9)
        search = ToolCallPart(name, {"query": "🦩"}, id_, server_executed=True)
        found = ToolResultPart(name, '{"found":[1,2]}', id_, server_executed=True)
        said["a tool of theirs"] = ([search, found, TextPart("Two.")], "stop")
    if provider.refusal:
        said["a refusal"] = ([refusal], "refusal")
    return said


def sayable(provider: Provider) -> dict[str, list[Event]]:
    """Those of the answers that the wire can give, as events in small pieces."""
    said: dict[str, list[Event]] = {}
    for name, (parts, reason) in answers(provider).items():
        message = Message("assistant", tuple(parts))
        content = in_pieces(disassemble([message]))
        events: list[Event] = [*content, Usage(31, 48), Finish(reason)]
        if not provider.cannot_say(message) and _ends(provider, events):
            said[name] = events
    return said


def _ends(provider: Provider, events: list[Event]) -> bool:
    """Whether the wire has a word for why the answer ended."""
    with suppress(NotExpressible):
        return bool([*provider.synthesise(events)])
    return False


def in_pieces(events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
    """Words and arguments five characters at a time."""
    for event in events:
        text = event.chunk
        if event.type == "tool_call_name" or len(text) <= 5:
            yield event
            continue
        for start in range(0, len(text), 5):
            metadata = None if start else event.provider_metadata
            yield event._replace(
                chunk=text[start : start + 5], provider_metadata=metadata
            )
