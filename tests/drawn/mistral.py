"""What Mistral alone can say: thoughts and words in turn, in one list of content."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from harness.message.parts import (
    Attachment,
    AttachmentPart,
    JsonObject,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
)
from harness.message.turn import Turn
from tests.drawn.openai_chat import maybe, names, objects, words


def ours(**facts: Any) -> JsonObject:
    """Metadata as this host keeps it."""
    return {"mistral": facts}


@st.composite
def answers(draw: st.DrawFn) -> Message:
    """Signed thoughts and words by turns, then calls."""
    said: list[Part] = []
    for _ in range(draw(st.integers(0, 2))):
        signature = draw(words)
        said.append(ReasoningPart(draw(words), False, ours(signature=signature)))
        if draw(maybe):
            said.append(TextPart(draw(words)))
    said += [
        ToolCallPart(draw(names), draw(objects), f"{number:09d}")
        for number in range(draw(st.integers(0, 2)))
    ]
    return Message("assistant", tuple(said))


SHOWN: list[Part] = [
    AttachmentPart(Attachment("application/pdf", url="https://e.org/a.pdf")),
    AttachmentPart(Attachment("application/pdf", content=b"%PDF")),
    AttachmentPart(Attachment("audio/mpeg", content=b"ID3")),
    AttachmentPart(Attachment("audio/*", url="https://e.org/a.mp3")),
    AttachmentPart(Attachment("image/png", content=b"\x89PNG")),
    AttachmentPart(None, ours(type="file", file_id="f-1")),
]


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    """A conversation with documents, sound and thoughts of before."""
    shown = draw(st.lists(st.sampled_from(SHOWN), max_size=3))
    said = [Message("user", (TextPart(draw(words)), *shown))]
    if draw(maybe):
        thought = ReasoningPart(draw(words), False, ours(signature="s", closed=True))
        said.append(Message("assistant", (thought, TextPart(draw(words)))))
        said.append(Message("user", (TextPart(draw(words)),)))
    asked: list[JsonObject] = [{}, {"prompt_mode": "reasoning"}, {"random_seed": 1}]
    options = draw(st.sampled_from(asked))
    return Turn(draw(names), tuple(said), (), draw(maybe), None, options)
