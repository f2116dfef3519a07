"""Hypothesis strategies for messages, frames and turns of every kind."""

from __future__ import annotations

import json
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
from harness.message.turn import Tool, Turn
from harness.providers._provider import Provider
from harness.wire.frame import Frame
from tests.drawn import OWN

letters = st.characters(exclude_categories=["Cs"])
"""Any character but a lone half of a surrogate pair, which no UTF-8 holds."""

text = st.text(letters, min_size=1, max_size=30)
anything = st.text(st.characters(), min_size=1, max_size=30)
"""Lone halves too: JSON can escape them, and a model may."""
name = st.from_regex(r"[a-z][a-z_]{0,12}", fullmatch=True)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text
json_values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3)
    ),
    max_leaves=8,
)
objects: st.SearchStrategy[JsonObject] = st.dictionaries(text, json_values, max_size=3)
metadata = st.none() | st.dictionaries(name, objects, min_size=1, max_size=2)
attachments = st.builds(
    Attachment,
    type=st.sampled_from(["image/png", "audio/wav"]),
    content=st.binary(min_size=1, max_size=20),
) | st.builds(Attachment, type=st.just("image/png"), url=st.just("https://e.org/a.png"))

parts: st.SearchStrategy[Part] = st.one_of(
    st.builds(TextPart, text, metadata),
    st.builds(ReasoningPart, text, st.booleans(), metadata),
    st.builds(ToolCallPart, name, objects, st.none() | text, st.booleans(), metadata),
    st.builds(
        ToolResultPart,
        text,
        text,
        st.none() | text,
        st.booleans(),
        st.lists(attachments, max_size=2).map(tuple),
        st.none() | text,
        metadata,
    ),
    st.builds(AttachmentPart, st.none() | attachments, metadata),
)
messages = st.builds(
    Message, st.just("assistant"), st.lists(parts, min_size=1, max_size=5).map(tuple)
)

frames = st.lists(
    st.builds(
        Frame,
        st.text(letters, max_size=20).map(lambda t: t.replace("\r", "")),
        st.none() | st.from_regex(r"[a-z_.]{1,12}", fullmatch=True),
        st.none() | st.from_regex(r"[a-z0-9]{1,6}", fullmatch=True),
        st.none() | st.integers(0, 10**8),
        complete=st.just(True),
        offset=st.just(0),
        kind=st.just("event"),
    ),
    max_size=6,
)


def answers(provider: Provider) -> st.SearchStrategy[Message]:
    """Messages of a model: those any wire may say, and what this one has beside."""
    own = OWN.get(provider.name)
    return common_answers(provider) | own.answers() if own else common_answers(provider)


def turns(provider: Provider) -> st.SearchStrategy[Turn]:
    """Conversations: those any wire can carry, and what this one has beside."""
    own = OWN.get(provider.name)
    return common_turns(provider) | own.turns() if own else common_turns(provider)


@st.composite
def common_answers(draw: st.DrawFn, provider: Provider) -> Message:
    """Messages as a model writes them: thoughts, words, calls; maybe not sayable."""
    said: list[Part] = []
    for number in range(draw(st.integers(0, 2))):
        thought = ReasoningPart(draw(text), redacted=False)
        opaque = (
            provider.opaque(thought, f"opaque-{number}")
            if draw(st.booleans())
            else None
        )
        said.append(ReasoningPart(thought.text, provider_metadata=opaque))
    hidden = ReasoningPart("", redacted=True)
    if provider.opaque(hidden, "x") is not None and draw(st.booleans()):
        said.append(ReasoningPart("", True, provider.opaque(hidden, draw(text))))
    if draw(st.booleans()):
        said.append(TextPart(draw(text | anything)))
    number = 0
    if "server_side_tools" in provider.capabilities and draw(st.booleans()):
        id_ = provider.call_id(number := number + 1)
        tool = draw(name)
        said.append(ToolCallPart(tool, draw(objects), id_, server_executed=True))
        said.append(ToolResultPart(tool, draw(text), id_, server_executed=True))
    for _ in range(draw(st.integers(0, 3))):
        id_ = provider.call_id(number := number + 1)
        said.append(ToolCallPart(draw(name), draw(objects), id_))
    return Message("assistant", tuple(said))


@st.composite
def common_turns(draw: st.DrawFn, provider: Provider) -> Turn:
    """A conversation that any wire can carry: words, calls, and their results."""
    said: list[Message] = []
    if draw(st.booleans()):
        said.append(Message("system", (TextPart(draw(text)),)))
    said.append(Message("user", (TextPart(draw(text)),)))
    number = 0
    for _ in range(draw(st.integers(0, 2))):
        answer: list[Part] = [TextPart(draw(text))] if draw(st.booleans()) else []
        calls = [
            ToolCallPart(
                draw(name), draw(objects), provider.call_id(number := number + 1)
            )
            for _ in range(draw(st.integers(0, 2)))
        ]
        if not answer and not calls:
            answer = [TextPart(draw(text))]
        said.append(Message("assistant", (*answer, *calls)))
        if calls:
            results = [
                ToolResultPart(c.name, draw(text), c.tool_call_id) for c in calls
            ]
            said.append(Message("tool", tuple(results)))
        said.append(Message("user", (TextPart(draw(text)),)))
    schemas: list[JsonObject | None] = [None]
    if "schema" in provider.capabilities:
        schemas.append({"type": "object", "properties": {}})
    tools = st.builds(Tool, name, st.none() | text, st.just({"type": "object"}))
    return Turn(
        draw(name),
        tuple(said),
        tuple(draw(st.lists(tools, max_size=2))),
        draw(st.booleans()),
        draw(st.sampled_from(schemas)),
        draw(st.sampled_from([{}, {"temperature": 0.5}, {"metadata": {"a": "b"}}])),
    )


def _mutated(body: bytes, edits: list[tuple[int, int]]) -> bytes:
    changed = bytearray(body)
    for place, byte in edits:
        if changed:
            changed[place % len(changed)] = byte
    return bytes(changed)


def damaged(body: bytes) -> st.SearchStrategy[bytes]:
    """A body with some of its bytes changed, or only its first part."""
    edits = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=4)
    return st.builds(
        lambda changes, end: _mutated(body, changes)[:end],
        edits,
        st.integers(0, len(body)),
    )


def reshaped(value: Any) -> st.SearchStrategy[Any]:
    """JSON of the same keys with any of its values replaced by any other JSON."""
    if isinstance(value, dict) and value:
        kept = st.fixed_dictionaries({k: reshaped(v) for k, v in value.items()})
        return kept | json_values
    if isinstance(value, list) and value:
        return st.tuples(*map(reshaped, value)).map(list) | json_values
    return st.just(value) | json_values


def json_text(value: Any) -> str:
    """JSON as the wires write it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
