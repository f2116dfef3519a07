"""What an Ollama message cannot be: one thought, one text, then calls, and no more."""

from __future__ import annotations

from collections.abc import Iterator

from harness.message.parts import (
    AttachmentPart,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.providers.ollama.calls import NAMESPACE

ORDER = ("reasoning", "text", "tool_call")
"""The order in which a message that is not streamed holds its parts."""


def cannot_say(message: Message) -> list[str]:
    """Why an answer on this wire cannot be this message; empty if it can."""
    return list(dict.fromkeys(_objections(message)))


def _objections(message: Message) -> Iterator[str]:
    for part in message.parts:
        yield from _to_part(part)
    kinds = [part.type for part in message.parts]
    places = [ORDER.index(kind) for kind in kinds if kind in ORDER]
    if places != sorted(places):
        yield "ollama keeps parts in this order only: " + ", ".join(ORDER)
    for kind in ORDER[:2]:
        if kinds.count(kind) > 1:
            yield f"an ollama message has one {kind} part"


def _to_part(part: Part) -> Iterator[str]:
    kept = {NAMESPACE} if isinstance(part, ToolCallPart) else set()
    if set(part.provider_metadata or ()) - kept:
        yield f"ollama keeps nothing beside a {part.type} part"
    match part:
        case TextPart(text="") | ReasoningPart(text="", redacted=False):
            yield f"ollama says no empty {part.type} part"
        case ReasoningPart(redacted=True):
            yield "ollama has no withheld reasoning"
        case ToolCallPart(server_executed=True) | ToolResultPart():
            yield "ollama runs no tools of its own"
        case ToolCallPart(arguments=arguments) if not _is_whole(arguments):
            yield "ollama's calls come whole: their arguments are a JSON object"
        case AttachmentPart():
            yield "ollama answers hold no attachments"


def _is_whole(arguments: object) -> bool:
    """Whether these are the arguments of a call that was not cut off."""
    return isinstance(arguments, dict) and list(arguments) != ["_raw"]
