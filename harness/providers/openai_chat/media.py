"""Images and sound on the chat wire: data URLs, base64 and their MIME types.

https://platform.openai.com/docs/guides/audio, and OpenRouter's ``images``:
https://openrouter.ai/docs/features/multimodal/image-generation.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any

from harness.errors import NotExpressible
from harness.message.events import Event, StreamEvent
from harness.message.parts import Attachment, JsonObject
from harness.providers.openai_chat.choice import Audio, Choice, Speech

SOUNDS = {
    b"RIFF": "audio/wav",
    b"OggS": "audio/ogg",
    b"fLaC": "audio/flac",
    b"ID3": "audio/mpeg",
    b"\xff\xfb": "audio/mpeg",
    b"\xff\xf3": "audio/mpeg",
}
"""How a sound begins: an answer does not say its format, the request did."""

BARE_SOUND = "audio/pcm"
"""What streams hold: samples without a header."""

KINDS = {"image": "image", "audio": "sound", "video": "video"}
"""First half of a MIME type to the kind of attachment it is; else it is a file."""

FORMATS = {"wav": "audio/wav", "mp3": "audio/mpeg"}
"""Their word for a sound's format; another is the second half of its MIME type."""

# ------------------------------------------------------------------- values


def from_url(url: str, type_: str | None = None) -> Attachment:
    """An attachment by its URL; a ``data:`` URL holds the thing itself.

    Raises:
        ValueError: for a ``data:`` URL that is not base64.
    """
    if not url.startswith("data:"):
        return Attachment(type=type_, url=url)
    head, _, data = url[5:].partition(",")
    return Attachment(head.partition(";")[0] or type_, content=b64decode(data))


def to_url(attachment: Attachment) -> str:
    """The mirror image of :func:`from_url`.

    Raises:
        NotExpressible: for a path, or bytes of which nobody says what they are.
    """
    if attachment.url is not None:
        return attachment.url
    return f"data:{_type(attachment)};base64,{base64(attachment)}"


def base64(attachment: Attachment) -> str:
    """The bytes of an attachment, as JSON can hold them.

    Raises:
        NotExpressible: if they have not been read.
    """
    if attachment.content is None:
        where = attachment.path or attachment.url or "nowhere"
        raise NotExpressible(f"openai-chat: attachment {where} must be read first")
    return b64encode(attachment.content).decode()


def sound_format(attachment: Attachment) -> str:
    """Their word for a sound's MIME type."""
    words = {type_: word for word, type_ in FORMATS.items()}
    type_ = _type(attachment)
    return words.get(type_) or type_.partition("/")[2]


def sound_type(format_: str) -> str:
    """The mirror image of :func:`sound_format`."""
    return FORMATS.get(format_, f"audio/{format_}")


def is_sound(attachment: Attachment) -> bool:
    """Whether it is heard and not seen."""
    return (attachment.type or "").startswith("audio/")


def sound_of(content: bytes) -> str | None:
    """The MIME type of a sound, by how it begins."""
    kinds = (kind for start, kind in SOUNDS.items() if content.startswith(start))
    return next(kinds, None)


def kind_of(attachment: Attachment) -> str:
    """Which of a host's kinds it is: ``image``, ``sound``, ``video`` or ``file``."""
    kind = (attachment.type or "image/").partition("/")[0]
    return KINDS.get(kind, "file")


def _type(attachment: Attachment) -> str:
    if not attachment.type:
        raise NotExpressible("openai-chat: an attachment needs a type")
    return attachment.type


# -------------------------------------------------------------------- hear


def hear_audio(choice: Choice, word: str, value: Any, out: list[Event]) -> None:
    """Sound in pieces, each of them base64 of its own; given when it is over."""
    # Snowflake sends an audio object of zero values for no audio.
    said = {k: v for k, v in value.items() if v}
    if not said:
        return
    audio = choice.audio
    if audio is None:
        audio = choice.audio = Audio(next(choice.numbers))
        # Keeps its place among the parts.
        out.append(
            StreamEvent("attachment", "", audio.part, message_index=choice.index)
        )
    audio.data += b64decode(said.pop("data", ""))
    if "transcript" in said:
        said["transcript"] = audio.facts.get("transcript", "") + said["transcript"]
    audio.facts |= said


def close_audio(choice: Choice, out: list[Event]) -> None:
    """The sound, and what was said of it: id, transcript, when it expires."""
    audio = choice.audio
    if audio is None:
        return
    facts = audio.facts
    type_ = sound_of(audio.data) or BARE_SOUND
    if "format" in facts:
        type_ = sound_type(facts["format"])
    facts = {k: v for k, v in facts.items() if k != "format"}
    out.append(
        StreamEvent(
            "attachment",
            "",
            audio.part,
            provider_metadata=choice.dialect.ours({"audio": facts} if facts else {}),
            message_index=choice.index,
            attachments=(Attachment(type_, content=audio.data),) if audio.data else (),
        )
    )


def hear_images(choice: Choice, word: str, value: Any, out: list[Event]) -> None:
    """Pictures, each of them whole."""
    for item in value:
        hear_image(choice, item, out)


def hear_image(choice: Choice, item: JsonObject, out: list[Event]) -> None:
    """One picture, by its URL."""
    url = item["image_url"]
    rest = {k: v for k, v in item.items() if k not in ("type", "image_url", "index")}
    out.append(
        StreamEvent(
            "attachment",
            "",
            next(choice.numbers),
            provider_metadata=choice.dialect.ours(rest),
            message_index=choice.index,
            attachments=(from_url(url if isinstance(url, str) else url["url"]),),
        )
    )


# -------------------------------------------------------------------- tell


def tell_attachment(
    speech: Speech, group: Sequence[StreamEvent], facts: JsonObject
) -> list[JsonObject]:
    """All of it with the first event.

    Raises:
        NotExpressible: for what is neither picture nor sound, or not at hand.
    """
    rest: list[JsonObject] = [{} for _ in group[1:]]
    given = [attachment for event in group for attachment in event.attachments]
    attachment = given[-1] if given else None
    if "audio" in facts or (attachment and is_sound(attachment)):
        return [{"audio": _audio(attachment, facts.get("audio") or {})}, *rest]
    if attachment is None:
        return [{}, *rest]
    image = {"type": "image_url", "image_url": {"url": to_url(attachment)}}
    return [{"images": [image | facts]}, *rest]


def _audio(attachment: Attachment | None, facts: JsonObject) -> JsonObject:
    audio = {"id": "", "data": "", "transcript": "", "expires_at": 0} | facts
    if attachment is not None:
        audio["data"] = base64(attachment)
        if attachment.type != (sound_of(attachment.content or b"") or BARE_SOUND):
            # Not OpenAI's own word: it lets a made-up sound keep its type.
            audio["format"] = sound_format(attachment)
    return audio
