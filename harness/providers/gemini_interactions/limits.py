"""What the answer of an interaction cannot be."""

from __future__ import annotations

from collections.abc import Iterator

from harness.message.parts import (
    Attachment,
    AttachmentPart,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.providers.gemini_interactions.kinds import (
    NAMESPACE,
    said_of,
)
from harness.providers.gemini_interactions.output import SAME_STEP
from harness.providers.gemini_interactions.results import FAILED


def cannot_say(message: Message) -> list[str]:
    """Why an answer on this wire cannot be this message; empty if it can."""
    reasons = unsayable(message)
    before: Part | None = None
    for part in message.parts:
        reasons += _heard_otherwise(part, before)
        before = part
    return list(dict.fromkeys(reasons))


def unsayable(message: Message) -> list[str]:
    """The same, but for what would be heard otherwise than it is said."""
    return list(dict.fromkeys(r for part in message.parts for r in _objections(part)))


def _objections(part: Part) -> Iterator[str]:
    match part:
        case ReasoningPart(redacted=True):
            yield "an interaction has no withheld reasoning but a signature"
        case ToolCallPart(arguments=arguments) if not isinstance(arguments, dict):
            yield "the arguments of an interaction's calls are objects"
        case ToolResultPart(server_executed=True, attachments=shown) if shown:
            yield "results of an interaction's own tools are JSON"
        case AttachmentPart(None):
            yield "an attachment of an interaction is there"
    for one in _shown(part):
        if one.content is None and one.url is None:
            yield "an attachment of an interaction has bytes or a URL"


def _heard_otherwise(part: Part, before: Part | None) -> Iterator[str]:
    facts = said_of(part.provider_metadata)
    if set(part.provider_metadata or ()) - {NAMESPACE}:
        yield f"an interaction keeps nothing of others beside a {part.type} part"
    if facts.get(SAME_STEP) and not isinstance(before, TextPart | AttachmentPart):
        yield "a part that is in the same step as the one before follows one"
    match part:
        case TextPart(text="") | ReasoningPart(text="") if not facts:
            yield f"an interaction says no empty {part.type} part"
        case ToolResultPart(server_executed=ran, output=output, exception=failed):
            if failed not in (None, (not ran and output) or FAILED):
                yield "a result of an interaction says that it failed, not how"
    for shown in _shown(part):
        if shown.type is None or (shown.content is not None and shown.url is not None):
            yield "an attachment of an interaction has a type, and bytes or a URL"


def _shown(part: Part) -> tuple[Attachment, ...]:
    match part:
        case AttachmentPart(Attachment() as shown):
            return (shown,)
        case ToolResultPart(attachments=attachments):
            return attachments
    return ()
