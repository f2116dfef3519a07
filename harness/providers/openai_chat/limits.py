"""What a chat answer cannot be: one text, one order, and only some attachments."""

from __future__ import annotations

from collections.abc import Iterator

from harness.message.assemble import arguments_text
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
from harness.providers.openai_chat.choice import OPENAI
from harness.providers.openai_chat.media import is_sound

ORDER = ("reasoning", "host tool", "text", "refusal", "sound", "picture", "call")
"""The order in which a message holds its parts."""

ONCE = ("reasoning", "text", "refusal", "sound")
"""Of these a message has one at most."""


def cannot_say(message: Message) -> list[str]:
    """Why an answer on this wire cannot be this message; empty if it can."""
    return list(dict.fromkeys(_objections(message)))


def _objections(message: Message) -> Iterator[str]:
    if message.role != "assistant":
        yield f"a chat answer is the assistant's, not the {message.role}'s"
    if message.provider_metadata:
        yield "a chat message has no metadata beside that of its parts"
    for part in message.parts:
        if set(part.provider_metadata or ()) - {OPENAI.namespace}:
            yield "chat answers carry no other provider's metadata"
        yield from _to_part(part)
    for part, after in zip(message.parts, (*message.parts[1:], None), strict=False):
        yield from _to_pair(part, after)
    # Mistral's content lists may go back and forth between thinking and text.
    if any(_ours(part).get("reasoning_field") == "content" for part in message.parts):
        return
    places = [_place(part) for part in message.parts]
    if places != sorted(places):
        yield "chat parts come in this order: " + ", ".join(ORDER)
    for word in ONCE:
        if places.count(ORDER.index(word)) > 1:
            yield f"a chat message has one {word} part"


def _to_part(part: Part) -> Iterator[str]:
    match part:
        case TextPart(text=""):
            yield "empty text is not said"
        case ReasoningPart(text, redacted):
            facts = _ours(part)
            sealed = "reasoning_details" in facts or "reasoning_encrypted" in facts
            if redacted and (text or not sealed):
                yield "withheld reasoning is ciphertext, and nothing else"
            if not (text or facts):
                yield "empty reasoning is not said"
        case ToolCallPart(name="") if not part.tool_call_id:
            yield "a tool call has a name"
        case ToolResultPart(exception=exception, attachments=attachments):
            if exception or attachments:
                yield "a tool the host runs gives back text"
        case AttachmentPart(attachment):
            yield from _to_attachment(attachment)


def _to_pair(part: Part, after: Part | None) -> Iterator[str]:
    """Host tools come as a call and its result, side by side."""
    match part, after:
        case ToolResultPart(server_executed=False), _:
            yield "a chat answer holds no results of our own tools"
        case ToolCallPart(server_executed=True) as call, ToolResultPart() as result:
            ids = {call.tool_call_id, result.tool_call_id}
            if len(ids) > 1 or call.name != result.name or not result.server_executed:
                yield "a tool the host runs is followed by its own result"
            if arguments_text(call.arguments) == "":
                yield "a tool the host runs has arguments"
        case ToolCallPart(server_executed=True), _:
            yield "a tool the host runs is followed by its own result"


def _to_attachment(attachment: Attachment | None) -> Iterator[str]:
    if attachment is None:
        yield "an attachment holds something"
    elif attachment.path is not None or (attachment.url and attachment.content):
        yield "an attachment is bytes, or a URL"
    elif is_sound(attachment):
        if not attachment.content:
            yield "sound comes as bytes"
    elif attachment.url is not None:
        if attachment.type is not None:
            yield "a picture by its URL has no type"
    elif not (attachment.type or "").startswith("image/"):
        yield "chat answers hold pictures and sound, nothing else"


def _place(part: Part) -> int:
    match part:
        case ReasoningPart():
            word = "reasoning"
        case ToolCallPart(server_executed=True) | ToolResultPart():
            word = "host tool"
        case TextPart():
            word = "refusal" if _ours(part).get("refusal") else "text"
        case AttachmentPart(attachment):
            word = "sound" if attachment and is_sound(attachment) else "picture"
        case ToolCallPart():
            word = "call"
    return ORDER.index(word)


def _ours(part: Part) -> JsonObject:
    return (part.provider_metadata or {}).get(OPENAI.namespace) or {}
