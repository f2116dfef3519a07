"""Digests: equal to llm's for the same message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import llm
import pytest
from llm.logs import message_hash

from harness.message.digest import digest
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    Message,
    TextPart,
    ToolResultPart,
)

GOLDEN = "b2:b059b617492b9e4d9e021345db829598"


def test_the_digest_is_the_golden_one() -> None:
    assert digest(Message("user", (TextPart("hi"),))) == GOLDEN


@pytest.mark.parametrize(
    "message",
    [
        Message("user", (TextPart("Zürich 🦩"),)),
        Message("user"),
        Message(
            "user", (TextPart('"\\ \n\x00\x7f\u2028'), TextPart(""), TextPart("b"))
        ),
        Message('a"b', (TextPart("a"),)),
        Message("user", (TextPart("a"),), {"id": "x"}),
        Message("assistant", (TextPart("a", {"p": {"signature": "s"}}),)),
        Message("user", (AttachmentPart(Attachment("image/png", content=b"\x89PNG")),)),
        Message(
            "user", (AttachmentPart(Attachment("image/png", url="https://e.org/a")),)
        ),
        Message(
            "tool",
            (
                ToolResultPart(
                    "f", "o", "1", attachments=(Attachment("text/plain", content=b"x"),)
                ),
            ),
        ),
    ],
)
@pytest.mark.parametrize("parent", [None, GOLDEN])
def test_the_digest_is_llms(message: Message, parent: str | None) -> None:
    theirs: Any = llm.Message.from_dict(message.to_dict())
    assert digest(message, parent) == message_hash(theirs, parent)


def test_a_file_is_what_it_holds(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"\x89PNG")
    by_path = Message(
        "user", (AttachmentPart(Attachment("image/png", path=str(file))),)
    )
    by_content = Message(
        "user", (AttachmentPart(Attachment("image/png", content=b"\x89PNG")),)
    )
    assert digest(by_path, read=lambda path: Path(path).read_bytes()) == digest(
        by_content
    )


def test_a_file_that_is_gone_is_named() -> None:
    gone = Message("user", (AttachmentPart(Attachment("image/png", path="a.png")),))
    assert digest(gone) != digest(gone, read=lambda path: b"")


def test_the_parent_takes_part() -> None:
    message = Message("user", (TextPart("hi"),))
    assert digest(message, GOLDEN) != digest(message)
