"""Media: pictures, sound, film and documents, by their bytes or by where they are.

https://ai.google.dev/api/caching#Blob and #FileData.
"""

from __future__ import annotations

from harness.errors import NotExpressible
from harness.message.assemble import merge
from harness.message.parts import Attachment, AttachmentPart, JsonObject, Part
from harness.providers.gemini.spelling import beside, from_base64, said_of, to_base64

BYTES, PLACE = "inlineData", "fileData"
"""The fields that hold an attachment."""

RAW_SOUND = ("audio/l16", "audio/pcm")
"""Types of sound that a stream gives piece by piece."""


def hear_media(item: JsonObject) -> tuple[Attachment | None, JsonObject]:
    """The attachment in an item, and all that it says beside."""
    if PLACE in item:
        said = item[PLACE]
        url = said.get("fileUri", "")
        place = Attachment(said.get("mimeType"), url=url)
        return place, beside(item, PLACE, "mimeType", "fileUri")
    said = item.get(BYTES, {})
    try:
        content = from_base64(said["data"])
    except (KeyError, ValueError):
        return None, item
    bytes_ = Attachment(said.get("mimeType"), content=content)
    return bytes_, beside(item, BYTES, "mimeType", "data")


def say_media(attachment: Attachment | None, facts: JsonObject) -> JsonObject:
    """The item that holds an attachment, and what it says beside.

    Raises:
        NotExpressible: for an attachment given by path alone.
    """
    if attachment is None:
        return facts
    type_ = {} if attachment.type is None else {"mimeType": attachment.type}
    if attachment.url is not None:
        return merge({PLACE: type_ | {"fileUri": attachment.url}}, facts)
    if attachment.content is None:
        raise NotExpressible("gemini: an attachment part is its bytes or its URL")
    return merge({BYTES: type_ | {"data": to_base64(attachment.content)}}, facts)


def raw_sound(part: Part) -> str | None:
    """The type of a part that is sound without a header: it runs on in the next."""
    match part:
        case AttachmentPart(Attachment(type=str(kind), url=None)):
            bare = not said_of(part) and kind.lower().startswith(RAW_SOUND)
            return kind if bare else None
    return None
