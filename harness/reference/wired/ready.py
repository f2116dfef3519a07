"""Ready: messages as encoders take them, with files read and their types known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from harness.errors import UsageError
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    Message,
    Part,
    ToolResultPart,
)

AS_THE_FIELD_SAYS = {"audio/wave": "audio/wav", "audio/x-wav": "audio/wav"}
"""Names of types that providers know by another one."""


def ready(messages: Iterable[Message]) -> tuple[Message, ...]:
    """The messages, every attachment in them with its type, and its bytes or URL.

    Raises:
        UsageError: for a file that cannot be read.
    """
    return tuple(_message(message) for message in messages)


def resolve_type(attachment: Attachment) -> str | None:
    """What an attachment says it is; else what its bytes, or its name, look like.

    Nothing is fetched: a URL is judged by its path.

    Raises:
        UsageError: for a file that cannot be read.
    """
    return attachment.type or _sniffed(attachment, content_bytes(attachment))


def content_bytes(attachment: Attachment) -> bytes | None:
    """An attachment's bytes, read from its file if need be; ``None`` for a URL.

    Raises:
        UsageError: for a file that cannot be read.
    """
    if attachment.content or not attachment.path:
        return attachment.content
    try:
        with open(attachment.path, "rb") as file:
            return file.read()
    except (OSError, ValueError) as error:
        raise UsageError(f"attachment {attachment.path}: {error}") from error


def _message(message: Message) -> Message:
    if not any(map(_holds_attachments, message.parts)):
        return message
    return replace(message, parts=tuple(map(_part, message.parts)))


def _holds_attachments(part: Part) -> bool:
    return isinstance(part, AttachmentPart) or (
        isinstance(part, ToolResultPart) and bool(part.attachments)
    )


def _part(part: Part) -> Part:
    match part:
        case AttachmentPart(attachment=Attachment() as attachment):
            return replace(part, attachment=_attachment(attachment))
        case ToolResultPart(attachments=attachments) if attachments:
            return replace(part, attachments=tuple(map(_attachment, attachments)))
    return part


def _attachment(attachment: Attachment) -> Attachment:
    content = content_bytes(attachment)
    type_ = attachment.type or _sniffed(attachment, content)
    if type_ == attachment.type and content == attachment.content:
        return attachment
    return Attachment(type_, None, attachment.url, content)


def _sniffed(attachment: Attachment, content: bytes | None) -> str | None:
    if content:
        import puremagic  # only where a type is not given

        try:
            found = puremagic.from_string(content, mime=True)
        except (puremagic.PureError, ValueError):
            found = ""  # nothing it has heard of
        if found:
            return AS_THE_FIELD_SAYS.get(found, found)
    import mimetypes  # the same

    name = attachment.path or (attachment.url or "").partition("?")[0]
    return mimetypes.guess_type(name)[0]
