"""Digest: who a message is, given what came before it.

The hash is llm 0.36's (``llm.logs.message_hash``), so that two stores can share
data: a tagged BLAKE2b-128 over canonical JSON, the parent's digest included.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from json.encoder import encode_basestring as quoted
from typing import Any

from harness.message.parts import (
    Attachment,
    AttachmentPart,
    Message,
    TextPart,
    ToolResultPart,
)

PREFIX = "b2:"

ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
"""JSON as it is hashed."""


def _unreadable(path: str) -> bytes | None:
    return None


def digest(
    message: Message,
    parent: str | None = None,
    read: Callable[[str], bytes | None] = _unreadable,
) -> str:
    """The identity of ``message`` when reached through ``parent``.

    Args:
        message: what is hashed; its provider metadata takes part.
        parent: the digest of the message before it.
        read: gives the bytes of an attachment's path, or ``None`` if there are
            none; this floor opens no files itself.
    """
    plain = _plain(message, parent)
    if plain is not None:
        return _hashed(plain)
    data: dict[str, Any] = {**message.to_dict()}
    for part, d in zip(message.parts, data["parts"], strict=True):
        if isinstance(part, AttachmentPart) and part.attachment:
            d["attachment"] = _identity(part.attachment, read)
        elif isinstance(part, ToolResultPart) and part.attachments:
            d["attachments"] = [_identity(a, read) for a in part.attachments]
    return content_hash({"parent": parent, "message": data})


def content_hash(data: Any) -> str:
    """The tagged hash of any JSON data, keys sorted."""
    return _hashed(ENCODER.encode(data))


def _hashed(text: str) -> str:
    return PREFIX + hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _plain(message: Message, parent: str | None) -> str | None:
    """The canonical JSON of a message of one text, which most are; else ``None``.

    A history that is sent again is hashed again: this is what that costs.
    """
    if message.provider_metadata or len(message.parts) != 1:
        return None
    part = message.parts[0]
    if not isinstance(part, TextPart) or part.provider_metadata:
        return None
    said = f'[{{"text":{quoted(part.text)},"type":"text"}}]'
    before = "null" if parent is None else quoted(parent)
    role = quoted(message.role)
    return f'{{"message":{{"parts":{said},"role":{role}}},"parent":{before}}}'


def _identity(
    attachment: Attachment, read: Callable[[str], bytes | None]
) -> dict[str, Any]:
    """An attachment by content and type: the same bytes are the same thing."""
    if attachment.content:
        name = hashlib.sha256(attachment.content).hexdigest()
    elif attachment.path:
        content = read(attachment.path)
        missing = f"missing:{attachment.path}"
        name = missing if content is None else hashlib.sha256(content).hexdigest()
    else:
        url = json.dumps({"url": attachment.url})
        name = hashlib.sha256(url.encode()).hexdigest()
    return {"id": name, "type": attachment.type}
