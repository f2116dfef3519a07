"""Messages by role, from words, attachments and parts: llm's, value for value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import llm
import pytest

from harness import assistant, system, tool_message, user
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    Message,
    TextPart,
    ToolResultPart,
)

IMAGE = Attachment("image/png", url="https://e.org/a.png")


def test_words_attachments_and_parts_become_parts_in_order() -> None:
    assert user("Hi", IMAGE, TextPart("there")) == Message(
        "user", (TextPart("Hi"), AttachmentPart(IMAGE), TextPart("there"))
    )


def test_lists_are_flattened_to_any_depth() -> None:
    parts = tuple(TextPart(word) for word in "abcd")
    assert system("a", ["b", ("c", ["d"])], []).parts == parts


def test_a_string_is_one_part_even_if_it_is_empty() -> None:
    assert user("").parts == (TextPart(""),)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (user, llm.user),
        (assistant, llm.assistant),
        (system, llm.system),
        (tool_message, llm.tool_message),
    ],
)
def test_the_message_is_llms(
    ours: Callable[..., Message], theirs: Callable[..., Any]
) -> None:
    metadata = {"p": {"a": 1}}
    message = ours("a", ["b"], provider_metadata=metadata)
    assert message.to_dict() == theirs("a", ["b"], provider_metadata=metadata).to_dict()


def test_a_tool_message_holds_results() -> None:
    result = ToolResultPart("f", "o", "1")
    assert tool_message(result) == Message("tool", (result,))


@pytest.mark.parametrize("item", [None, 3, b"a", {"type": "text", "text": "a"}])
def test_what_is_no_item_is_named_with_what_is_wanted(item: Any) -> None:
    name = type(item).__name__
    with pytest.raises(TypeError, match=f"str, Attachment, parts .* not {name}: "):
        user("a", [item])
