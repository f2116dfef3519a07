"""What a candidate says, part by part, as its parts come.

Some parts run on in the next of their kind: words that are not signed, sound that has
no header, and a call whose arguments come in pieces.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.message.assemble import disassemble
from harness.message.events import Event, StreamEvent, Unknown
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    JsonObject,
    Message,
    ToolCallPart,
)
from harness.providers.gemini.media import raw_sound
from harness.providers.gemini.parts import SIDE, hear, id_of
from harness.providers.gemini.spelling import beside, ours
from harness.providers.gemini.streamed import MORE, PIECES, Call, add, told

READ = frozenset({"parts", "role"})
"""Fields of a content that are read; a candidate is always the model's."""

WORDS = frozenset({"text", "thought"})
"""A part that has nothing else is words, which run on."""


@dataclass(slots=True)
class Sound:
    """Raw sound that may go on."""

    part: int
    type: str | None
    pieces: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class Candidate:
    """What one candidate has said so far, beside the events already given.

    ``numbers`` gives the next part its number, and is shared by all candidates.
    ``kind`` is that of the words that are open and ``part`` their number; a call or a
    sound that is open waits for its end.
    """

    index: int
    numbers: Iterator[int]
    kind: str = ""
    part: int = -1
    open: Call | Sound | None = None
    called: bool = False
    finish: str | None = None
    facts: JsonObject = field(default_factory=dict)


def hear_content(candidate: Candidate, content: JsonObject) -> Iterator[Event]:
    """A candidate's next parts."""
    for item in content.get("parts", ()):
        if WORDS.issuperset(item):
            text = item.get("text")
            if not text:
                continue
            kind = "reasoning" if item.get("thought") else "text"
            if kind != candidate.kind:
                yield from close(candidate)
                candidate.kind, candidate.part = kind, next(candidate.numbers)
            yield StreamEvent(kind, text, candidate.part, message_index=candidate.index)
        elif "functionCall" in item:
            yield from _hear_call(candidate, item)
        else:
            yield from _hear_part(candidate, item)
    for key in content if not READ.issuperset(content) else ():
        if key not in READ:
            yield Unknown(f"content.{key}", content[key])


def close(candidate: Candidate, *, whole: bool = False) -> Iterator[Event]:
    """What is open, as far as it came; a call is ``whole`` only if it says so."""
    ended, candidate.open, candidate.kind = candidate.open, None, ""
    if isinstance(ended, Call):
        text = told(ended, whole=whole)
        yield _of_call(candidate, ended, "tool_call_args", text)
    elif isinstance(ended, Sound):
        sound = Attachment(ended.type, content=b"".join(ended.pieces))
        yield StreamEvent(
            "attachment",
            part_index=ended.part,
            message_index=candidate.index,
            attachments=(sound,),
        )


def _hear_part(candidate: Candidate, item: JsonObject) -> Iterator[Event]:
    """A part that comes whole."""
    part = hear(item)
    if part is None:
        kind = next(key for key in item if key not in SIDE)
        yield Unknown(f"part.{kind}", item)
        return
    if isinstance(part, AttachmentPart) and raw_sound(part):
        yield from _hear_sound(candidate, part.attachment or Attachment())
        return
    yield from close(candidate)
    if isinstance(part, ToolCallPart) and not part.server_executed:
        candidate.called = True
    number = next(candidate.numbers)
    for event in disassemble([Message("", (part,))]):
        yield event._replace(part_index=number, message_index=candidate.index)


def _hear_sound(candidate: Candidate, heard: Attachment) -> Iterator[Event]:
    """A piece of sound, which begins a part or goes on in the one that is open."""
    sound = candidate.open
    if not isinstance(sound, Sound) or sound.type != heard.type:
        yield from close(candidate)
        sound = candidate.open = Sound(next(candidate.numbers), heard.type)
    sound.pieces.append(heard.content or b"")


def _hear_call(candidate: Candidate, item: JsonObject) -> Iterator[Event]:
    """A call of ours: whole, or a piece of one that goes on."""
    said = item["functionCall"]
    call = candidate.open
    if not isinstance(call, Call) or said.get("name"):
        if MORE not in said and PIECES not in said:
            yield from _hear_part(candidate, item)
            return
        yield from close(candidate)
        call = candidate.open = Call(next(candidate.numbers), id_of(said))
        candidate.called = True
        yield _of_call(candidate, call, "tool_call_name", said.get("name", ""))
    facts = ours(beside(item, "functionCall", "id", "name", "args", PIECES, MORE))
    if facts:
        yield _of_call(candidate, call, "tool_call_args", "", facts)
    call.arguments |= said.get("args", {})
    add(call, said.get(PIECES, ()))
    if not said.get(MORE):
        yield from close(candidate, whole=True)


def _of_call(
    candidate: Candidate,
    call: Call,
    type_: str,
    chunk: str,
    facts: JsonObject | None = None,
) -> StreamEvent:
    return StreamEvent(
        type_,
        chunk,
        call.part,
        call.id,
        provider_metadata=facts,
        message_index=candidate.index,
    )
