"""What Ollama alone can say: calls without ids, pictures without a type."""

from __future__ import annotations

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
    ToolResultPart,
)
from harness.message.turn import Tool, Turn
from tests.drawn.openai_chat import maybe, names, objects, words


@st.composite
def answers(draw: st.DrawFn) -> Message:
    """One thought, one text, then calls, each with an id or without."""
    said: list[Part] = []
    if draw(maybe):
        said.append(ReasoningPart(draw(words)))
    if draw(maybe):
        said.append(TextPart(draw(words)))
    for number in range(draw(st.integers(0, 3))):
        id_ = f"call_{number}" if draw(maybe) else None
        beside: list[JsonObject | None] = [
            None,
            {"ollama": {"function": {"index": number + 1}}},
        ]
        said.append(
            ToolCallPart(
                draw(names),
                draw(objects),
                id_,
                provider_metadata=draw(st.sampled_from(beside)),
            )
        )
    return Message("assistant", tuple(said))


OPTIONS: list[JsonObject] = [
    {},
    {"think": "high"},
    {"options": {"num_ctx": 4096, "temperature": 0}},
    {"keep_alive": "5m", "logprobs": True},
    {"format": "json"},
]


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    """A conversation with pictures, thoughts, calls and their results."""
    picture = AttachmentPart(Attachment("image/png", content=b"\x89PNG\r\n\x1a\n"))
    shown = draw(st.lists(st.just(picture), max_size=2))
    said = [
        Message("system", (TextPart(draw(words)),)),
        Message("user", (TextPart(draw(words)), *shown)),
    ]
    if draw(maybe):
        id_ = "call_1" if draw(maybe) else None
        call = ToolCallPart("f", draw(objects), id_)
        thought = [ReasoningPart(draw(words))] if draw(maybe) else []
        said.append(Message("assistant", (*thought, call)))
        said.append(Message("tool", (ToolResultPart("f", draw(words), id_),)))
    options = draw(st.sampled_from(OPTIONS))
    schemas: list[JsonObject | None] = [None]
    if "format" not in options:
        schemas.append({"a": {}})
    schema = draw(st.sampled_from(schemas))
    tools = draw(st.sampled_from([(), (Tool("f", "Does.", {"type": "object"}),)]))
    return Turn(draw(names), tuple(said), tools, draw(maybe), schema, options)
