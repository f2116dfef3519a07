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
from harness.providers.openai_chat.choice import OPENAI, Dialect
from harness.providers.openai_chat.media import is_sound

ORDER = ("reasoning", "host tool", "text", "refusal", "sound", "picture", "call")
"""The order in which a message holds its parts."""

ONCE = ("reasoning", "text", "refusal", "sound")
"""Of these a message has one at most."""


def cannot_say(message: Message, dialect: Dialect = OPENAI) -> list[str]:
    """Why an answer of this host cannot be this message; empty if it can."""
    reasons = [*_objections(message, dialect), *_lacking(message, dialect)]
    return list(dict.fromkeys(reasons))


def _lacking(message: Message, dialect: Dialect) -> Iterator[str]:
    """What the wire has and this host has not."""
    wanted = {needs(part) for part in message.parts}
    calls = [part for part in message.parts if needs(part) == "tools"]
    if len(calls) > 1:
        wanted.add("parallel_tool_calls")
    if "server_side_tools" in wanted and not dialect.tells_runs:
        yield f"{dialect.name} does not tell of tools it runs"
    for capability in sorted(wanted & dialect.lacks):
        yield f"{dialect.name} has no {capability.replace('_', ' ')}"
    for part in message.parts:
        facts = _ours(part, dialect)
        details = {"reasoning_details", "reasoning_encrypted"} & set(facts)
        if details and not dialect.keeps_details:
            yield f"{dialect.name} keeps no details of reasoning"
        if facts.get("refusal") and not dialect.refuses:
            yield f"{dialect.name} has no field for a refusal"


def needs(part: Part) -> str:
    """The capability without which a host cannot say this part."""
    match part:
        case ToolCallPart(server_executed=True) | ToolResultPart():
            return "server_side_tools"
        case ToolCallPart():
            return "tools"
        case AttachmentPart():
            return "attachments"
        case ReasoningPart():
            return "reasoning"
        case TextPart():
            return "text"


def _objections(message: Message, dialect: Dialect) -> Iterator[str]:
    if message.role != "assistant":
        yield f"a chat answer is the assistant's, not the {message.role}'s"
    if message.provider_metadata:
        yield "a chat message has no metadata beside that of its parts"
    for part in message.parts:
        if set(part.provider_metadata or ()) - {dialect.namespace}:
            yield "chat answers carry no other provider's metadata"
        yield from _to_part(part, dialect)
    for part, after in zip(message.parts, (*message.parts[1:], None), strict=False):
        yield from _to_pair(part, after)
    # Mistral's content lists may go back and forth between thinking and text.
    if _thinks_in_content(message, dialect):
        yield from _to_content(message, dialect)
        return
    places = [_place(part, dialect) for part in message.parts]
    if places != sorted(places):
        yield "chat parts come in this order: " + ", ".join(ORDER)
    for word in ONCE:
        if places.count(ORDER.index(word)) > 1:
            yield f"a chat message has one {word} part"


def _thinks_in_content(message: Message, dialect: Dialect) -> bool:
    """Whether thoughts and words stand in one list; two in a row would run together,
    but a signed thought ends."""
    words = [
        _ours(part, dialect).get("reasoning_field", dialect.reasoning_field)
        for part in message.parts
        if isinstance(part, ReasoningPart)
    ]
    return "content" in words


def _to_content(message: Message, dialect: Dialect) -> Iterator[str]:
    places = [_place(part, dialect) for part in message.parts]
    first_call = ORDER.index("call")
    if sorted(places, key=lambda place: place == first_call) != places:
        yield "calls stand beside the content, and after it"
    for part, after in zip(message.parts, message.parts[1:], strict=False):
        both = part.type == after.type
        ends = _ours(part, dialect).keys() & {"signature", "closed"}
        if both and (part.type == "text" or (part.type == "reasoning" and not ends)):
            yield f"two {part.type} chunks in a row are one"


def _to_part(part: Part, dialect: Dialect) -> Iterator[str]:
    match part:
        case TextPart(text=""):
            yield "empty text is not said"
        case ReasoningPart(text, redacted):
            facts = _ours(part, dialect)
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


def _place(part: Part, dialect: Dialect) -> int:
    match part:
        case ReasoningPart():
            word = "reasoning"
        case ToolCallPart(server_executed=True) | ToolResultPart():
            word = "host tool"
        case TextPart():
            word = "refusal" if _ours(part, dialect).get("refusal") else "text"
        case AttachmentPart(attachment):
            word = "sound" if attachment and is_sound(attachment) else "picture"
        case ToolCallPart():
            word = "call"
    return ORDER.index(word)


def _ours(part: Part, dialect: Dialect) -> JsonObject:
    return (part.provider_metadata or {}).get(dialect.namespace) or {}
