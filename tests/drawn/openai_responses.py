"""What the Responses wire alone can say: items with ids, states and ciphertext."""

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
from tests.drawn.openai_chat import maybe, names, objects, words


def ours(**facts: Any) -> JsonObject:
    """Metadata as this wire keeps it."""
    return {"openai": facts}


# ------------------------------------------------------------------ answers


@st.composite
def _reasoning(draw: st.DrawFn, number: int) -> ReasoningPart:
    """A thought; every item has an id of its own, if it has one."""
    id_ = f"rs_{number}"
    text, sealed = draw(words), draw(words)
    aloud = [{"type": "reasoning_text", "text": text}]
    kinds = [
        ReasoningPart(text),
        ReasoningPart(text, provider_metadata=ours(encrypted_content=sealed)),
        ReasoningPart(text, provider_metadata=ours(id=id_, content=aloud)),
        ReasoningPart("", True, ours(id=id_, encrypted_content=sealed)),
        ReasoningPart("", False, ours(type="compaction", encrypted_content=sealed)),
    ]
    return draw(st.sampled_from(kinds))


@st.composite
def _text(draw: st.DrawFn, number: int) -> TextPart:
    cited = [{"type": "url_citation", "url": draw(words), "title": "t"}]
    beside: list[JsonObject | None] = [
        None,
        ours(id=f"msg_{number}", phase="commentary"),
        ours(annotations=cited),
        ours(refusal=True),
    ]
    return TextPart(draw(words), draw(st.sampled_from(beside)))


@st.composite
def answers(draw: st.DrawFn) -> Message:
    """Thoughts, words and calls in any order, and calls of every kind of ours."""
    said: list[Part] = []
    for number in range(draw(st.integers(0, 4))):
        id_ = f"call_{number}"
        free = {"input": draw(words)}
        kinds: list[Part] = [
            draw(_reasoning(number)),
            draw(_text(number)),
            ToolCallPart(draw(names), draw(objects), id_),
            ToolCallPart(draw(names), free, id_, False, ours(type="custom_tool_call")),
        ]
        said.append(draw(st.sampled_from(kinds)))
    return Message("assistant", tuple(said))


# -------------------------------------------------------------------- turns

SHOWN: list[Part] = [
    AttachmentPart(Attachment("image/png", content=b"\x89PNG")),
    AttachmentPart(Attachment(url="https://e.org/a.png"), ours(detail="low")),
    AttachmentPart(Attachment("application/pdf", content=b"%PDF")),
    AttachmentPart(
        Attachment("application/pdf", content=b"%PDF"), ours(filename="a.pdf")
    ),
    AttachmentPart(None, ours(type="input_file", file_id="file-1")),
    AttachmentPart(None, ours(type="input_image", file_id="file-2", detail="auto")),
]
"""What a user shows, by its bytes, its URL or its id."""

OPTIONS: list[JsonObject] = [
    {},
    {"tool_choice": "required", "parallel_tool_calls": False},
    {"reasoning": {"effort": "high", "summary": "auto"}},
    {"include": ["reasoning.encrypted_content"], "store": False},
    {"previous_response_id": "resp_1", "truncation": "auto"},
    {"text": {"verbosity": "low"}, "prompt_cache_key": "k"},
]

TOOLS: list[Tool | ServerSideTool] = [
    Tool("f", "Does.", {"type": "object"}),
    Tool("g", None, {"type": "object"}, provider_metadata=ours(strict=True)),
    Tool("h", None, {"type": "object"}, provider_metadata=ours(defer_loading=True)),
    ServerSideTool({"type": "web_search"}),
    ServerSideTool({"type": "mcp", "server_label": "a", "server_url": "https://e.org"}),
    ServerSideTool({"type": "custom", "name": "c"}),
]


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    """A conversation with everything that a request can carry."""
    told = Message(draw(st.sampled_from(["system", "developer"])), (TextPart("Be."),))
    said = [told] if draw(maybe) else []
    shown = draw(st.lists(st.sampled_from(SHOWN), max_size=3))
    said.append(Message("user", (TextPart(draw(words)), *shown)))
    if draw(maybe):
        call = ToolCallPart("f", draw(objects), "call_1")
        picture = Attachment("image/png", content=b"\x89PNG")
        attached = (picture,) if draw(maybe) else ()
        result = ToolResultPart("f", draw(words), "call_1", attachments=attached)
        said += [Message("assistant", (call,)), Message("tool", (result,))]
    schema, beside = None, None
    if draw(maybe):
        schema = {"type": "object"}
        named = [None, ours(schema={"name": "n", "strict": True})]
        beside = draw(st.sampled_from(named))
    return Turn(
        draw(names),
        tuple(said),
        tuple(draw(st.lists(st.sampled_from(TOOLS), max_size=2))),
        draw(maybe),
        schema,
        draw(st.sampled_from(OPTIONS)),
        beside,
    )
