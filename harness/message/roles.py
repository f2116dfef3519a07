"""Roles: a message by who says it, from words, attachments and parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from harness.message.parts import (
    Attachment,
    AttachmentPart,
    JsonObject,
    Message,
    Part,
    TextPart,
)

Item: TypeAlias = str | Attachment | Part
"""What a message is built of; text and attachments become parts of their own."""

Items: TypeAlias = Item | list[Any] | tuple[Any, ...]
"""An item, or a list of items to any depth."""


def user(*items: Items, provider_metadata: JsonObject | None = None) -> Message:
    """What the user says."""
    return Message("user", tuple(_parts(items)), provider_metadata)


def assistant(*items: Items, provider_metadata: JsonObject | None = None) -> Message:
    """What the model said."""
    return Message("assistant", tuple(_parts(items)), provider_metadata)


def system(*items: Items, provider_metadata: JsonObject | None = None) -> Message:
    """What the model is told before anyone speaks."""
    return Message("system", tuple(_parts(items)), provider_metadata)


def tool_message(*items: Items, provider_metadata: JsonObject | None = None) -> Message:
    """What tools gave back: :class:`~harness.message.parts.ToolResultPart` values."""
    return Message("tool", tuple(_parts(items)), provider_metadata)


def _parts(items: Iterable[Items]) -> Iterator[Part]:
    for item in items:
        if isinstance(item, str):
            yield TextPart(item)
        elif isinstance(item, Attachment):
            yield AttachmentPart(item)
        elif isinstance(item, Part):
            yield item
        elif isinstance(item, list | tuple):
            yield from _parts(item)
        else:
            raise TypeError(
                "a message is made of str, Attachment, parts and lists of them, "
                f"not {type(item).__name__}: {item!r}"
            )
