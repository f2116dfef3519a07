"""JSON shapes: those of llm.serialization, and what damaged ones raise."""

from __future__ import annotations

import json
from typing import Any, get_type_hints

import llm.serialization
import pytest

from harness.message import serial
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    Message,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.message.serial import dump, dump_part, load, load_part

NAMES = llm.serialization.__all__

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
    assert ours.__optional_keys__ == theirs.__optional_keys__
    assert set(get_type_hints(ours)) == set(get_type_hints(theirs))


@pytest.mark.parametrize(("part", "data"), PARTS)
def test_a_part_dumps_without_what_says_nothing(
    part: Any, data: dict[str, Any]
) -> None:
    assert dump_part(part) == data


@pytest.mark.parametrize(("part", "data"), PARTS)
def test_llm_reads_what_we_dump_and_dumps_the_same(
    part: Any, data: dict[str, Any]
) -> None:
    given: Any = {"role": "user", "parts": [data]}
    theirs = llm.Message.from_dict(given)
    assert theirs.to_dict() == dump(load(json.loads(json.dumps(theirs.to_dict()))))


def test_a_message_survives_json_text() -> None:
    message = Message("tool", tuple(part for part, _ in PARTS[2:]), {"m": 1})
    assert load(json.loads(json.dumps(dump(message)))) == message


def test_an_unknown_part_type_is_named() -> None:
    with pytest.raises(ValueError, match="unknown part type 'image': not one of text"):
        load_part({"type": "image"})


def test_a_missing_key_is_named() -> None:
    with pytest.raises(KeyError, match="text"):
        load_part({"type": "text"})


def test_content_that_is_not_base64_is_refused() -> None:
    with pytest.raises(ValueError, match="not base64"):
        load_part({"type": "attachment", "attachment": {"content": "*"}})
