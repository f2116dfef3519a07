"""What an answer of Converse cannot be: whatever its blocks do not say back."""

from __future__ import annotations

from collections.abc import Iterator

from harness.errors import NotExpressible
from harness.message.parts import (
    AttachmentPart,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.providers.bedrock.beside import NAMESPACE, said_of
from harness.providers.bedrock.content import Names, read_block, say_block
from harness.providers.bedrock.media import kind_of

CITED = {"citations"}
"""What a streamed text may have beside it."""


def cannot_say(message: Message) -> list[str]:
    """Why an answer on this wire cannot be this message; empty if it can."""
    names: Names = {}
    reasons: list[str] = []
    for part in message.parts:
        reasons += [*_objections(part)] or [*_unlike(part, names)]
    return list(dict.fromkeys(reasons))


def _objections(part: Part) -> Iterator[str]:
    if set(part.provider_metadata or ()) - {NAMESPACE}:
        yield "bedrock keeps no other provider's metadata"
    said = said_of(part)
    match part:
        case TextPart(text) if not (text or said):
            yield "bedrock says no empty text part"
        case TextPart() if said and not (said.keys() == CITED and said["citations"]):
            yield "bedrock keeps citations beside a text, and nothing else"
        case ReasoningPart(text, redacted=False) if not (text or said):
            yield "bedrock says no empty reasoning part"
        case ToolCallPart(tool_call_id=None) | ToolResultPart(tool_call_id=None):
            yield "bedrock's calls and results have ids"
        case ToolResultPart(server_executed=False):
            yield "a bedrock answer holds only results of server tools"
        case ToolResultPart(attachments=attachments) if attachments:
            yield "what a server tool gives back on bedrock is text or JSON"
        case AttachmentPart(attachment) if (
            attachment and kind_of(attachment) != "image"
        ):
            yield "bedrock answers hold pictures, and no other attachments"


def _unlike(part: Part, names: Names) -> Iterator[str]:
    """Why a part would not come back as it was said."""
    try:
        again = read_block(say_block(part), names, ran=True)
    except NotExpressible as error:
        yield str(error)
        return
    if again != part:
        yield f"bedrock has no block that says this {part.type} part and no other"
