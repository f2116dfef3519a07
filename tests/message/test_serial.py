"""JSON shapes: those of llm.serialization, and what damaged ones raise."""

from __future__ import annotations

import json
from typing import Any, get_type_hints

import llm.serialization
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from harness.message import serial
from harness.message.events import StreamEvent
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    Message,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    load_part,
)
from harness.message.serial import MessageDict, ResponseDict, StreamEventDict
from harness.message.turn import ServerSideTool, Tool, load_tool
from tests import strategies

NAMES = llm.serialization.__all__

BEYOND_LLM = {
    "PromptDict": {"schema", "tools", "hide_reasoning"},
    "ResponseDict": {"finish_reason", "stream_events"},
}
"""What we write down and llm does not: it loses them, and ignores them if given."""

PARTS: list[tuple[Any, dict[str, Any]]] = [
    (TextPart("a"), {"type": "text", "text": "a"}),
    (TextPart("a", {}), {"type": "text", "text": "a"}),
    (ReasoningPart("a", True), {"type": "reasoning", "text": "a", "redacted": True}),
    (
        ToolCallPart("f", {"a": 1}, "", True, {"p": {"s": "x"}}),
        {
            "type": "tool_call",
            "name": "f",
            "arguments": {"a": 1},
            "tool_call_id": "",
            "server_executed": True,
            "provider_metadata": {"p": {"s": "x"}},
        },
    ),
    (
        ToolResultPart(
            "f", "o", "1", attachments=(Attachment("image/png", content=b"x"),)
        ),
        {
            "type": "tool_result",
            "name": "f",
            "output": "o",
            "tool_call_id": "1",
            "attachments": [{"type": "image/png", "content": "eA=="}],
        },
    ),
    (
        AttachmentPart(Attachment(url="https://example.com/a.png")),
        {"type": "attachment", "attachment": {"url": "https://example.com/a.png"}},
    ),
]


@pytest.mark.parametrize("name", NAMES)
def test_the_typed_dicts_are_those_of_llm(name: str) -> None:
    ours, theirs = getattr(serial, name), getattr(llm.serialization, name)
    if name == "PartDict":
        assert [t.__name__ for t in ours.__args__] == [
            t.__name__ for t in theirs.__args__
        ]
        return
    assert ours.__required_keys__ == theirs.__required_keys__
    beyond = BEYOND_LLM.get(name, set())
    assert ours.__optional_keys__ == theirs.__optional_keys__ | beyond
    assert set(get_type_hints(ours)) == set(get_type_hints(theirs)) | beyond


@pytest.mark.parametrize(("part", "data"), PARTS)
def test_a_part_dumps_without_what_says_nothing(
    part: Any, data: dict[str, Any]
) -> None:
    assert part.to_dict() == data


@pytest.mark.parametrize(("part", "data"), PARTS)
def test_llm_reads_what_we_dump_and_dumps_the_same(
    part: Any, data: dict[str, Any]
) -> None:
    given: Any = {"role": "user", "parts": [data]}
    theirs = llm.Message.from_dict(given)
    assert (
        theirs.to_dict()
        == Message.from_dict(json.loads(json.dumps(theirs.to_dict()))).to_dict()
    )


def test_a_message_survives_json_text() -> None:
    message = Message("tool", tuple(part for part, _ in PARTS[2:]), {"m": 1})
    assert Message.from_dict(json.loads(json.dumps(message.to_dict()))) == message


def test_an_unknown_part_type_is_named() -> None:
    with pytest.raises(ValueError, match="unknown part type 'image': not one of text"):
        load_part({"type": "image"})


def test_a_missing_key_is_named() -> None:
    with pytest.raises(KeyError, match="text"):
        load_part({"type": "text"})


def test_content_that_is_not_base64_is_refused() -> None:
    with pytest.raises(ValueError, match="not base64"):
        load_part({"type": "attachment", "attachment": {"content": "*"}})


MESSAGE: TypeAdapter[MessageDict] = TypeAdapter(MessageDict)
EVENT: TypeAdapter[StreamEventDict] = TypeAdapter(StreamEventDict)


@given(strategies.messages)
def test_pydantic_accepts_every_message_we_dump(message: Message) -> None:
    data = message.to_dict()
    assert MESSAGE.validate_python(data, strict=True) == data


def test_pydantic_accepts_arguments_that_are_no_object() -> None:
    part = ToolCallPart("f", arguments=[1, None])
    data = Message("assistant", (part,)).to_dict()
    assert MESSAGE.validate_python(data) == data


def test_pydantic_refuses_a_part_that_is_none() -> None:
    with pytest.raises(ValueError, match="parts"):
        MESSAGE.validate_python({"role": "user", "parts": [{"type": "text"}]})


def test_pydantic_accepts_a_response_with_all_that_it_may_say() -> None:
    event = StreamEvent("text", "Hi", part_index=0)
    data: ResponseDict = {
        "model": "m",
        "prompt": {
            "messages": [Message("user", (TextPart("Hello"),)).to_dict()],
            "options": {"temperature": 0.5},
            "system": "Be brief.",
            "schema": {"type": "object"},
            "tools": [Tool("f").to_dict(), ServerSideTool({"type": "s"}).to_dict()],
            "hide_reasoning": True,
        },
        "messages": [Message("assistant", (TextPart("Hi"),)).to_dict()],
        "id": "r1",
        "usage": {"input": 1, "output": 2, "details": {"cached": 0}},
        "datetime_utc": "2027-01-01T00:00:00",
        "finish_reason": "stop",
        "stream_events": [event.to_dict()],
    }
    assert TypeAdapter(ResponseDict).validate_python(data) == data


events = st.builds(
    StreamEvent,
    st.sampled_from(["text", "tool_call_args", "tool_result", "attachment", "other"]),
    st.text(),
    st.none() | st.integers(),
    st.none() | st.text(),
    st.booleans(),
    st.none() | st.text(),
    st.booleans(),
    strategies.metadata,
    st.integers(),
    st.none() | st.text(),
    st.lists(strategies.attachments, max_size=2).map(tuple),
)


@given(events)
def test_an_event_survives_json_text_in_a_shape_that_pydantic_accepts(
    event: StreamEvent,
) -> None:
    data = event.to_dict()
    assert EVENT.validate_python(data, strict=True) == data
    assert StreamEvent.from_dict(json.loads(json.dumps(data))) == event


def test_an_event_dumps_without_what_it_does_not_say() -> None:
    assert StreamEvent("text").to_dict() == {"type": "text", "chunk": ""}
    assert StreamEvent("text", "a", 0, "").to_dict() == {
        "type": "text",
        "chunk": "a",
        "part_index": 0,
        "tool_call_id": "",
    }


def test_an_event_ignores_keys_nobody_knows_and_needs_its_chunk() -> None:
    event = StreamEvent.from_dict({"type": "text", "chunk": "a", "index": 1})
    assert event == StreamEvent("text", "a")
    with pytest.raises(KeyError, match="chunk"):
        StreamEvent.from_dict({"type": "text"})


@pytest.mark.parametrize(
    ("tool", "data"),
    [
        (Tool("f"), {"name": "f", "input_schema": {}}),
        (
            Tool("f", "", {"type": "object"}),
            {"name": "f", "description": "", "input_schema": {"type": "object"}},
        ),
        (ServerSideTool({"type": "s"}), {"server_side": {"type": "s"}}),
    ],
)
def test_a_tool_survives_json_text(
    tool: Tool | ServerSideTool, data: dict[str, Any]
) -> None:
    assert tool.to_dict() == data
    assert load_tool(json.loads(json.dumps(data))) == tool


def test_a_tool_without_its_schema_is_refused() -> None:
    with pytest.raises(KeyError, match="input_schema"):
        load_tool({"name": "f"})
