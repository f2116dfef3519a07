"""What a Gemini answer cannot be: words in two pieces, or more than its parts hold."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

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
from harness.providers.gemini.media import raw_sound
from harness.providers.gemini.parts import is_code
from harness.providers.gemini.spelling import NAMESPACE, said_of
from harness.providers.gemini.streamed import is_raw, so_far


def is_words(part: Part) -> bool:
    """Whether a part is nothing but words, which run on in the next of its kind."""
    return isinstance(part, TextPart | ReasoningPart) and not said_of(part)


def cannot_say(message: Message) -> list[str]:
    """Why an answer on this wire cannot be this message; empty if it can."""
    return list(dict.fromkeys(_objections(message)))


def _objections(message: Message) -> Iterator[str]:
    for part in message.parts:
        if set(part.provider_metadata or ()) - {NAMESPACE}:
            yield "gemini keeps no other provider's metadata"
        yield from _to_part(part)
    for part, after in pairwise(message.parts):
        yield from _to_pair(part, after)


def _to_pair(part: Part, after: Part) -> Iterator[str]:
    if part.type == after.type and is_words(part) and is_words(after):
        yield f"two {part.type} parts in a row are one, unless one is signed"
    if raw_sound(part) and raw_sound(part) == raw_sound(after):
        yield "two pieces of raw sound in a row are one"


def _to_part(part: Part) -> Iterator[str]:
    match part:
        case ReasoningPart(redacted=True):
            yield "gemini has no withheld reasoning"
        case TextPart(text="") | ReasoningPart(text="") if is_words(part):
            yield f"gemini says no empty {part.type} part, unless it is signed"
        case ToolCallPart(arguments=arguments):
            cut_off = is_raw(arguments) and so_far(part) is None
            if cut_off or not isinstance(arguments, dict):
                yield "gemini's calls come whole: their arguments are a JSON object"
        case ToolResultPart(server_executed=False):
            yield "a gemini answer holds only results of gemini's own tools"
        case ToolResultPart():
            yield from _to_result(part)
        case AttachmentPart(attachment):
            if not _is_given(attachment):
                yield "an attachment of a gemini answer is its bytes or its URL"


def _is_given(attachment: Attachment | None) -> bool:
    """Whether an attachment is given in one of the two ways that there are."""
    if attachment is None or attachment.path is not None:
        return False
    return (attachment.url is None) != (attachment.content is None)


def _to_result(part: ToolResultPart) -> Iterator[str]:
    if part.attachments:
        yield "gemini's own tools give back no attachments"
    if part.exception not in (None, part.output) and not is_code(part):
        yield "what a gemini tool failed with is what it gave back"
