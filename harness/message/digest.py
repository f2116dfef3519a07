"""Digest: who a message is, given what came before it.

The hash is llm 0.36's (``llm.logs.message_hash``), so that two stores can share
data: a tagged BLAKE2b-128 over canonical JSON, the parent's digest included.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from harness.message.parts import Attachment, AttachmentPart, Message, ToolResultPart

PREFIX = "b2:"


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
    data: dict[str, Any] = {**message.to_dict()}
    for part, d in zip(message.parts, data["parts"], strict=True):
        if isinstance(part, AttachmentPart) and part.attachment:
            d["attachment"] = _identity(part.attachment, read)
        elif isinstance(part, ToolResultPart) and part.attachments:
            d["attachments"] = [_identity(a, read) for a in part.attachments]
    return content_hash({"parent": parent, "message": data})


def content_hash(data: Any) -> str:
    """The tagged hash of any JSON data, keys sorted."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return PREFIX + hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


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
