"""Content of an interaction: words and media, said by either side.

https://ai.google.dev/api/interactions-api: a ``text``, or an ``image``, ``audio``,
``video`` or ``document`` by its base64 or by its address.
"""

from __future__ import annotations

from base64 import b64decode, b64encode

from harness.errors import NotExpressible
from harness.message.parts import Attachment, AttachmentPart, JsonObject, Part, TextPart
from harness.providers._own import beside
from harness.providers.gemini_interactions.kinds import (
    MEDIA,
    VERBATIM,
    ours,
    said_of,
)

ANY = "/*"
"""Ends the type of a medium of which only the kind is known."""

# -------------------------------------------------------------------- media


def hear_media(item: JsonObject) -> tuple[Attachment | None, JsonObject]:
    """What an item shows, and what it says beside.

    Raises:
        ValueError: for what is not base64.
    """
    kind, data, uri = item["type"], item.get("data"), item.get("uri")
    type_ = item.get("mime_type") or (None if kind == "document" else kind + ANY)
    facts = beside(item, "type", "mime_type", "data")
    if data is not None:
        shown = Attachment(type_, content=b64decode(data, validate=True))
    elif uri is not None:
        shown = Attachment(type_, url=facts.pop("uri"))
    else:
        return None, item
    return shown, facts | ({} if media_kind(shown) == kind else {"type": kind})


def say_media(shown: Attachment | None, facts: JsonObject) -> JsonObject:
    """The mirror image of :func:`hear_media`.

    Raises:
        NotExpressible: for what is neither at hand nor somewhere on the web.
    """
    if shown is None:
        return facts
    item: JsonObject = {"type": media_kind(shown)}
    if shown.content is not None:
        item["data"] = b64encode(shown.content).decode()
    elif shown.url is not None:
        item["uri"] = shown.url
    else:
        raise NotExpressible("gemini-interactions: an attachment needs a URL or bytes")
    if shown.type and not shown.type.endswith(ANY):
        item["mime_type"] = shown.type
    return item | facts


def media_kind(shown: Attachment) -> str:
    """The type of item that shows it: whatever is nothing else is a document."""
    kind = (shown.type or "").partition("/")[0]
    return kind if kind in MEDIA else "document"


# -------------------------------------------------------------------- asked


def hear_item(item: JsonObject) -> Part:
    """An item of what the user said; one we would say otherwise is kept as it came."""
    kind = item.get("type")
    if kind == "text" and isinstance(item.get("text"), str):
        return TextPart(item["text"], ours(beside(item, "type", "text")))
    if kind not in MEDIA:
        return AttachmentPart(None, ours(item))
    try:
        shown, facts = hear_media(item)
    except (ValueError, TypeError):
        return AttachmentPart(None, ours(item))
    part = AttachmentPart(shown, ours(facts))
    same = say_item(part) == item
    return part if same else AttachmentPart(shown, ours({VERBATIM: item}))


def say_item(part: Part) -> JsonObject:
    """The mirror image of :func:`hear_item`.

    Raises:
        NotExpressible: for a part that a user's step cannot hold.
    """
    facts = said_of(part.provider_metadata)
    match part:
        case TextPart(text):
            return {"type": "text", "text": text} | facts
        case AttachmentPart(shown) if shown or facts:
            kept: JsonObject | None = facts.get(VERBATIM)
            return kept or say_media(shown, facts)
    raise NotExpressible(f"gemini-interactions: no user can say a part of {part.type}")
