"""Tokens: about how many a text is, where no tokenizer says it."""

from __future__ import annotations

from collections.abc import Iterator

from harness.message.parts import Message, ReasoningPart, ToolCallPart, ToolResultPart
from harness.message.turn import Turn
from harness.wire import jsonbody

LETTERS = 4
"""Letters of text that are a token, about; every tokenizer has its own idea."""


def estimated(text: str) -> int:
    """About how many tokens a text is."""
    return -(-len(text) // LETTERS)


def asked_of(turn: Turn) -> int:
    """About how many tokens a turn asks with: its words, calls, results and tools."""
    tools = sum(estimated(jsonbody.text(tool.to_dict())) for tool in turn.tools)
    return sum(map(said_in, turn.messages)) + tools


def said_in(message: Message) -> int:
    """About how many tokens a message is; what is no text counts for nothing."""
    return sum(estimated(text) for text in _texts(message))


def thought_in(message: Message) -> int:
    """About how many of them were thought, not said."""
    thoughts = (part for part in message.parts if isinstance(part, ReasoningPart))
    return sum(estimated(part.text) for part in thoughts)


def _texts(message: Message) -> Iterator[str]:
    for part in message.parts:
        if isinstance(part, ToolCallPart):
            yield part.name + jsonbody.text(part.arguments)
        elif isinstance(part, ToolResultPart):
            yield part.output
        else:
            yield getattr(part, "text", "")
