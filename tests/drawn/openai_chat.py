"""What the chat wire alone can say: refusals, sound, pictures, details of reasoning."""

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
    ToolResultPart,
)
from harness.message.turn import ServerSideTool, Tool, Turn

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
names = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)
objects: st.SearchStrategy[JsonObject] = st.dictionaries(words, words, max_size=2)
maybe = st.booleans()


def ours(**facts: Any) -> JsonObject:
    """Metadata as this wire keeps it."""
    return {"openai": facts}


# ------------------------------------------------------------------ answers


@st.composite
def _reasoning(draw: st.DrawFn) -> ReasoningPart:
    text = draw(words)
    signed = {"type": "reasoning.text", "text": text, "signature": draw(words)}
    sealed = {"type": "reasoning.encrypted", "data": draw(words), "index": 1}
    kinds: list[ReasoningPart] = [
        ReasoningPart(text),
        ReasoningPart(text, provider_metadata=ours(reasoning_field="reasoning")),
        ReasoningPart(text, provider_metadata=ours(reasoning_details=[signed])),
        ReasoningPart(text, provider_metadata=ours(reasoning_details=[signed, sealed])),
        ReasoningPart("", True, ours(reasoning_details=[sealed])),
        ReasoningPart("", True, ours(reasoning_encrypted=draw(words))),
    ]
    return draw(st.sampled_from(kinds))


@st.composite
def _text(draw: st.DrawFn) -> TextPart:
    text = draw(words)
    cited = [{"type": "url_citation", "url_citation": {"url": draw(words)}}]
    likely = {"content": [{"token": text, "logprob": -0.5}]}
    beside: list[JsonObject] = [
        {},
        {"annotations": cited},
        {"logprobs": likely["content"]},
    ]
    facts = draw(st.sampled_from(beside))
    return TextPart(text, ours(**facts) if facts else None)


@st.composite
def answers(draw: st.DrawFn) -> Message:
    """An answer with everything that the wire has, in its order."""
    said: list[Part] = []
    if draw(maybe):
        said.append(draw(_reasoning()))
    for number in range(draw(st.integers(0, 2))):
        ran = f"run_{number}"
        name = draw(names)
        said.append(ToolCallPart(name, draw(objects), ran, server_executed=True))
        said.append(ToolResultPart(name, draw(words), ran, server_executed=True))
    if draw(maybe):
        said.append(draw(_text()))
    if draw(maybe):
        said.append(TextPart(draw(words), ours(refusal=True)))
    if draw(maybe):
        kind = draw(st.sampled_from(["audio/wav", "audio/pcm", "audio/mpeg"]))
        sound = Attachment(kind, content=draw(st.binary(min_size=1, max_size=9)))
        facts = ours(audio={"id": "audio_1", "transcript": draw(words)})
        said.append(AttachmentPart(sound, facts))
    if draw(maybe):
        shown = Attachment("image/png", content=draw(st.binary(min_size=1, max_size=9)))
        said.append(AttachmentPart(shown))
    if draw(maybe):
        said.append(AttachmentPart(Attachment(url="https://e.org/a.png")))
    said += [
        ToolCallPart(draw(names), draw(objects), f"call_{number}")
        for number in range(draw(st.integers(0, 2)))
    ]
    if draw(maybe):
        free = {"input": draw(words)}
        said.append(
            ToolCallPart(draw(names), free, "call_9", False, ours(type="custom"))
        )
    return Message("assistant", tuple(said))


# -------------------------------------------------------------------- turns

ATTACHED: list[Part] = [
    AttachmentPart(Attachment("image/png", content=b"\x89PNG")),
    AttachmentPart(Attachment(url="https://e.org/a.png"), ours(detail="low")),
    AttachmentPart(Attachment("audio/wav", content=b"RIFF")),
    AttachmentPart(Attachment("audio/mpeg", content=b"ID3")),
    AttachmentPart(Attachment("application/pdf", content=b"%PDF")),
    AttachmentPart(
        Attachment("application/pdf", content=b"%PDF"), ours(filename="a.pdf")
    ),
    AttachmentPart(None, ours(type="file", file={"file_id": "file-1"})),
    TextPart("cached", ours(cache_control={"type": "ephemeral"})),
]
"""What a user shows, by its bytes, its URL or its id."""

OPTIONS: list[JsonObject] = [
    {},
    {"tool_choice": "required", "parallel_tool_calls": False},
    {"tool_choice": {"type": "function", "function": {"name": "f"}}},
    {"reasoning_effort": "high", "verbosity": "low"},
    {"prompt_cache_key": "k", "prompt_cache_retention": "24h"},
    {"response_format": {"type": "json_object"}},
    {"modalities": ["text", "audio"], "audio": {"voice": "a", "format": "wav"}},
]

TOOLS: list[Tool | ServerSideTool] = [
    Tool("f", "Does.", {"type": "object"}),
    Tool(
        "g",
        None,
        {"type": "object"},
        provider_metadata=ours(function={"strict": True}),
    ),
    Tool("h", provider_metadata=ours(cache_control={"type": "ephemeral"})),
    ServerSideTool({"type": "web_search", "max_uses": 1}),
    ServerSideTool({"type": "custom", "custom": {"name": "c"}}),
]


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    """A conversation with everything that a request can carry."""
    said = [Message(draw(st.sampled_from(["system", "developer"])), (TextPart("Be."),))]
    shown = draw(st.lists(st.sampled_from(ATTACHED), max_size=3))
    named = draw(st.sampled_from([None, ours(name="Ada")]))
    said.append(Message("user", (TextPart(draw(words)), *shown), named))
    if draw(maybe):
        call = ToolCallPart("f", draw(objects), "call_1")
        before: list[tuple[Part, ...]] = [
            (),
            (ReasoningPart("Hm."),),
            (TextPart("Hi"),),
        ]
        parts = draw(st.sampled_from(before))
        said.append(Message("assistant", (*parts, call)))
        picture = Attachment("image/png", content=b"\x89PNG")
        result = ToolResultPart(
            "f",
            draw(words),
            "call_1",
            attachments=(picture,) if draw(maybe) else (),
            provider_metadata=draw(
                st.sampled_from([None, ours(text={"cache_control": {"type": "e"}})])
            ),
        )
        said.append(Message("tool", (result,)))
    options = draw(st.sampled_from(OPTIONS))
    schema, beside = None, None
    if "response_format" not in options and draw(maybe):
        schema = {"type": "object"}
        beside = draw(
            st.sampled_from([None, ours(schema={"name": "n", "strict": True})])
        )
    return Turn(
        draw(names),
        tuple(said),
        tuple(draw(st.lists(st.sampled_from(TOOLS), max_size=2))),
        draw(maybe),
        schema,
        options,
        beside,
    )
