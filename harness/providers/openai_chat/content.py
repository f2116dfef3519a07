"""What a message shows: content parts of a request, both ways.

https://platform.openai.com/docs/guides/images-vision, .../audio, .../pdf-files; and
Mistral's documents and sounds: https://docs.mistral.ai/capabilities/document_ai.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from typing import Any

from harness.errors import NotExpressible
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    JsonObject,
    Part,
    TextPart,
)
from harness.providers._own import beside
from harness.providers.openai_chat.choice import Dialect
from harness.providers.openai_chat.media import (
    base64,
    from_url,
    is_sound,
    kind_of,
    sound_format,
    sound_of,
    sound_type,
    to_url,
)

# --------------------------------------------------------------------- say


def say_content(parts: tuple[Part, ...], dialect: Dialect) -> str | list[JsonObject]:
    """Plain text as a string, anything else as a list of parts."""
    if not parts:
        return ""
    first = parts[0]
    if len(parts) == 1 and isinstance(first, TextPart) and not dialect.of(first):
        return first.text or [_part(first, dialect)]
    return [_part(part, dialect) for part in parts]


def _part(part: Part, dialect: Dialect) -> JsonObject:
    facts = dialect.of(part)
    match part:
        case TextPart(text):
            return {"type": "text", "text": text} | facts
        case AttachmentPart(None):
            return facts
        case AttachmentPart(attachment) if attachment is not None:
            return say_attachment(attachment, facts, dialect)
    raise NotExpressible(
        f"{dialect.name}: only an assistant says a part of {part.type}"
    )


def say_attachment(
    attachment: Attachment, facts: JsonObject, dialect: Dialect
) -> JsonObject:
    """A content part; ``facts`` are further fields of the object inside it."""
    kind = kind_of(attachment)
    if kind not in dialect.takes:
        raise NotExpressible(f"{dialect.name}: no message can carry a part of {kind}")
    beside: JsonObject = facts.pop("beside", {})
    said: JsonObject
    if kind == "image":
        is_bare, url = facts.pop("bare", False), to_url(attachment)
        said = {"image_url": url if is_bare else {"url": url} | facts}
    elif kind == "video":
        said = {"video_url": {"url": to_url(attachment)} | facts}
    elif dialect.names_documents:
        said = _bare(attachment) | facts
    elif kind == "sound":
        sound = {"data": base64(attachment), "format": sound_format(attachment)}
        said = {"input_audio": sound | facts}
    else:
        url = to_url(attachment)
        said = {"file": {"filename": _name(url), "file_data": url} | facts}
    return {"type": next(iter(said))} | said | beside


def _bare(attachment: Attachment) -> JsonObject:
    """A document by its URL, or a sound, as Mistral has them."""
    if is_sound(attachment):
        return {"input_audio": attachment.url or base64(attachment)}
    return {"document_url": to_url(attachment)}


def _name(url: str) -> str:
    """The API wants a name for a file, an attachment has none."""
    type_ = from_url(url).type if url.startswith("data:") else None
    return f"file.{(type_ or 'application/pdf').partition('/')[2]}"


# -------------------------------------------------------------------- hear


def hear_content(content: Any, dialect: Dialect) -> Iterator[Part]:
    """The parts of a message's content, which may be a plain string."""
    if isinstance(content, str):
        content = [{"type": "text", "text": content}] if content else []
    for item in content or ():
        try:
            yield PARTS.get(item.get("type"), _other)(item, dialect)
        except ValueError:  # of base64 that we would write otherwise, or cannot read
            yield _other(item, dialect)


def _text(item: JsonObject, dialect: Dialect) -> Part:
    return TextPart(item["text"], dialect.ours(beside(item, "type", "text")))


def _image(item: JsonObject, dialect: Dialect) -> Part:
    image = item["image_url"]
    facts: JsonObject = {"url": image, "bare": True}
    if not isinstance(image, str):
        facts = dict(image)
    return _shown(item, _at(facts.pop("url")), facts, dialect)


def _sound(item: JsonObject, dialect: Dialect) -> Part:
    sound = item["input_audio"]
    if isinstance(sound, str):
        return _heard_bare(item, sound, "audio/*", dialect)
    facts = dict(sound)
    content = _decoded(facts.pop("data"))
    heard = Attachment(sound_type(facts.pop("format")), content=content)
    return _shown(item, heard, facts, dialect)


def _heard_bare(item: JsonObject, said: str, type_: str, dialect: Dialect) -> Part:
    """A URL, or base64 of which nobody says what it is."""
    if said.startswith(("data:", "http:", "https:")):
        heard = _at(said, type_)
    else:
        content = _decoded(said)
        heard = Attachment(sound_of(content) or type_, content=content)
    return _shown(item, heard, {}, dialect)


def _video(item: JsonObject, dialect: Dialect) -> Part:
    facts = dict(item["video_url"])
    return _shown(item, _at(facts.pop("url"), "video/mp4"), facts, dialect)


def _document(item: JsonObject, dialect: Dialect) -> Part:
    return _heard_bare(item, item["document_url"], "application/pdf", dialect)


def _file(item: JsonObject, dialect: Dialect) -> Part:
    facts = dict(item.get("file") or {})
    if "file_data" not in facts:
        return _other(item, dialect)
    url = facts.pop("file_data")
    if facts.get("filename") == _name(url):
        del facts["filename"]
    return _shown(item, _at(url, "application/pdf"), facts, dialect)


def _shown(
    item: JsonObject, attachment: Attachment, facts: JsonObject, dialect: Dialect
) -> AttachmentPart:
    more = beside(item, "type", str(item["type"]))
    facts |= {"beside": more} if more else {}
    return AttachmentPart(attachment, dialect.ours(facts))


def _at(url: str, type_: str | None = None) -> Attachment:
    """What a URL says; raises ``ValueError`` where we would write it otherwise."""
    found = from_url(url, type_)
    if found.content is not None and not (found.type and to_url(found) == url):
        raise ValueError("a data URL that is not written as ours are")
    return found


def _decoded(data: str) -> bytes:
    """Bytes; raises ``ValueError`` where we would write them otherwise."""
    content = b64decode(data, validate=True)
    if b64encode(content).decode() != data:
        raise ValueError("base64 that is not written as ours is")
    return content


def _other(item: JsonObject, dialect: Dialect) -> Part:
    """Anything else, kept as it is: uploaded files, and what other hosts add."""
    return AttachmentPart(None, dialect.ours(item))


PARTS: dict[Any, Callable[[JsonObject, Dialect], Part]] = {
    "text": _text,
    "image_url": _image,
    "input_audio": _sound,
    "file": _file,
    "document_url": _document,
    "video_url": _video,
}
"""Types of content part, and what reads them."""
