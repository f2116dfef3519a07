"""What a Cohere message cannot be: content, one tool plan, then calls, and no more."""

from __future__ import annotations

from collections.abc import Iterator

from harness.message.assemble import disassemble
from harness.message.parts import (
    AttachmentPart,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.providers.cohere.beside import NAMESPACE, said_of
from harness.providers.cohere.message import CALL, PLAN, say, settled

ORDER = ("content", PLAN, CALL)
"""The order in which a message that is not streamed holds its parts."""


def cannot_say(message: Message) -> list[str]:
    """Why an answer on this wire cannot be this message; empty if it can."""
    reasons = unsayable(message)
    for part in message.parts:
        if set(part.provider_metadata or ()) - {NAMESPACE}:
            reasons.append(f"cohere keeps nothing of others beside a {part.type} part")
    if not reasons:
        parts = say(disassemble([message]))
        if settled(parts) != parts:
            reasons.append("a cohere citation names the part it is about")
    return list(dict.fromkeys(reasons))


def unsayable(message: Message) -> list[str]:
    """The same, but for what it would say otherwise instead."""
    return list(dict.fromkeys(_objections(message)))


def _objections(message: Message) -> Iterator[str]:
    for part in message.parts:
        yield from _to_part(part)
    places = [ORDER.index(_kind(part)) for part in message.parts]
    if places != sorted(places):
        yield "cohere keeps parts in this order only: content, tool plan, calls"
    if places.count(ORDER.index(PLAN)) > 1:
        yield "a cohere message has one tool plan"


def _kind(part: Part) -> str:
    if isinstance(part, ToolCallPart):
        return CALL
    said = said_of(part.provider_metadata)
    is_plan = isinstance(part, ReasoningPart) and said.get("type") == PLAN
    return PLAN if is_plan else "content"


def _to_part(part: Part) -> Iterator[str]:
    spare = said_of(part.provider_metadata)
    if _kind(part) == PLAN:
        spare = {k: v for k, v in spare.items() if k != "type"}
        if set(spare) - {"citations"}:
            yield "a cohere tool plan has citations, and nothing else beside"
    match part:
        case TextPart(text="") | ReasoningPart(text="", redacted=False) if not spare:
            yield f"cohere says no empty {part.type} part"
        case ReasoningPart(redacted=True):
            yield "cohere has no withheld reasoning"
        case ToolCallPart(server_executed=True) | ToolResultPart():
            yield "cohere runs no tools of its own"
        case AttachmentPart():
            yield "cohere answers hold no attachments"
