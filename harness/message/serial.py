"""Messages to JSON and back, in the shapes of ``llm.serialization``.

https://llm.datasette.io/en/stable/python-api.html. What is absent, false or empty
is left out; keys nobody knows are ignored on the way in.
"""

# No deferred annotations here: a TypedDict reads NotRequired as it is made.

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, Literal, NotRequired, TypeAlias, TypedDict, cast

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


class AttachmentDict(TypedDict, total=False):
    """An attachment; ``content`` is base64."""

    type: str
    url: str
    path: str
    content: str


class TextPartDict(TypedDict):
    """A :class:`TextPart`."""

    type: Literal["text"]
    text: str
    provider_metadata: NotRequired[dict[str, Any]]


class ReasoningPartDict(TypedDict):
    """A :class:`ReasoningPart`."""

    type: Literal["reasoning"]
    text: str
    redacted: NotRequired[bool]
    provider_metadata: NotRequired[dict[str, Any]]


class ToolCallPartDict(TypedDict):
    """A :class:`ToolCallPart`."""

    type: Literal["tool_call"]
    name: str
    arguments: dict[str, Any]
    tool_call_id: NotRequired[str]
    server_executed: NotRequired[bool]
    provider_metadata: NotRequired[dict[str, Any]]


class ToolResultPartDict(TypedDict):
    """A :class:`ToolResultPart`."""

    type: Literal["tool_result"]
    name: str
    output: str
    tool_call_id: NotRequired[str]
    server_executed: NotRequired[bool]
    exception: NotRequired[str]
    attachments: NotRequired[list[AttachmentDict]]
    provider_metadata: NotRequired[dict[str, Any]]


class AttachmentPartDict(TypedDict):
    """An :class:`AttachmentPart`."""

    type: Literal["attachment"]
    attachment: NotRequired[AttachmentDict]
    provider_metadata: NotRequired[dict[str, Any]]


PartDict: TypeAlias = (
    TextPartDict
    | ReasoningPartDict
    | ToolCallPartDict
    | ToolResultPartDict
    | AttachmentPartDict
)


class MessageDict(TypedDict):
    """A :class:`Message`."""

    role: str
    parts: list[PartDict]
    provider_metadata: NotRequired[dict[str, Any]]


class PromptDict(TypedDict):
    """What a response answers: the whole input chain, and its options."""

    messages: list[MessageDict]
    options: NotRequired[dict[str, Any]]
    system: NotRequired[str]


class UsageDict(TypedDict, total=False):
    """Token counts; what the provider did not say is absent."""

    input: int
    output: int
    details: dict[str, Any]


class ResponseDict(TypedDict):
    """A response, with all that is needed to reply to it in another process."""

    model: str
    prompt: PromptDict
    messages: list[MessageDict]
    id: NotRequired[str]
    usage: NotRequired[UsageDict]
    datetime_utc: NotRequired[str]


def dump(message: Message) -> MessageDict:
    """A message as JSON-safe data."""
    d: dict[str, Any] = {
        "role": message.role,
        "parts": [dump_part(part) for part in message.parts],
    }
    return cast("MessageDict", d | _metadata(message))


def load(data: Mapping[str, Any]) -> Message:
    """A message from its JSON data.

    Raises:
        KeyError: for a required key that is not there.
        ValueError: for a part of an unknown type, or content that is not base64.
    """
    return Message(
        data["role"],
        tuple(load_part(part) for part in data.get("parts", ())),
        data.get("provider_metadata") or None,
    )


def dump_part(part: Part) -> PartDict:
    """A part as JSON-safe data."""
    return cast("PartDict", {"type": part.type} | _fields(part) | _metadata(part))


def load_part(data: Mapping[str, Any]) -> Part:
    """A part from its JSON data; raises as :func:`load` does."""
    try:
        read = READERS[data["type"]]
    except KeyError:
        wanted = ", ".join(READERS)
        raise ValueError(
            f"unknown part type {data.get('type')!r}: not one of {wanted}"
        ) from None
    return read(data, data.get("provider_metadata") or None)


def dump_attachment(attachment: Attachment) -> AttachmentDict:
    """An attachment as JSON-safe data, its bytes in base64."""
    d: AttachmentDict = {}
    if attachment.type:
        d["type"] = attachment.type
    if attachment.url:
        d["url"] = attachment.url
    if attachment.path:
        d["path"] = attachment.path
    if attachment.content:
        d["content"] = base64.b64encode(attachment.content).decode()
    return d


def load_attachment(data: Mapping[str, Any]) -> Attachment:
    """An attachment from its JSON data."""
    content = data.get("content")
    try:
        decoded = base64.b64decode(content, validate=True) if content else None
    except binascii.Error as error:
        raise ValueError(f"attachment content is not base64: {error}") from error
    return Attachment(data.get("type"), data.get("path"), data.get("url"), decoded)


def _metadata(holder: Part | Message) -> dict[str, Any]:
    metadata = holder.provider_metadata
    return {"provider_metadata": metadata} if metadata else {}


def _fields(part: Part) -> dict[str, Any]:
    """A part's own fields, less those that say nothing."""
    match part:
        case TextPart(text):
            return {"text": text}
        case ReasoningPart(text, redacted):
            return {"text": text} | ({"redacted": True} if redacted else {})
        case ToolCallPart(name, arguments):
            return {"name": name, "arguments": arguments} | _call(part)
        case ToolResultPart(name, output):
            d = {"name": name, "output": output} | _call(part)
            if part.exception is not None:
                d["exception"] = part.exception
            if part.attachments:
                d["attachments"] = [dump_attachment(a) for a in part.attachments]
            return d
        case AttachmentPart(attachment):
            return {"attachment": dump_attachment(attachment)} if attachment else {}


def _call(part: ToolCallPart | ToolResultPart) -> dict[str, Any]:
    d: dict[str, Any] = {}
    if part.tool_call_id is not None:
        d["tool_call_id"] = part.tool_call_id
    if part.server_executed:
        d["server_executed"] = True
    return d


def _read_text(d: Mapping[str, Any], metadata: dict[str, Any] | None) -> Part:
    return TextPart(d["text"], metadata)


def _read_reasoning(d: Mapping[str, Any], metadata: dict[str, Any] | None) -> Part:
    return ReasoningPart(d["text"], bool(d.get("redacted")), metadata)


def _read_tool_call(d: Mapping[str, Any], metadata: dict[str, Any] | None) -> Part:
    return ToolCallPart(
        d["name"],
        d["arguments"],
        d.get("tool_call_id"),
        bool(d.get("server_executed")),
        metadata,
    )


def _read_tool_result(d: Mapping[str, Any], metadata: dict[str, Any] | None) -> Part:
    return ToolResultPart(
        name=d["name"],
        output=d["output"],
        tool_call_id=d.get("tool_call_id"),
        server_executed=bool(d.get("server_executed")),
        attachments=tuple(load_attachment(a) for a in d.get("attachments", ())),
        exception=d.get("exception"),
        provider_metadata=metadata,
    )


def _read_attachment(d: Mapping[str, Any], metadata: dict[str, Any] | None) -> Part:
    attachment = d.get("attachment")
    return AttachmentPart(load_attachment(attachment) if attachment else None, metadata)


READERS: dict[str, Callable[[Mapping[str, Any], dict[str, Any] | None], Part]] = {
    "text": _read_text,
    "reasoning": _read_reasoning,
    "tool_call": _read_tool_call,
    "tool_result": _read_tool_result,
    "attachment": _read_attachment,
}
"""Part type to the function that reads its JSON."""
