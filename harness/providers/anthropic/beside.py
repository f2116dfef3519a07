"""What Anthropic says beside what we read: kept as metadata, put back in its place."""

from __future__ import annotations

from harness.message.parts import JsonObject, Message, Part
from harness.message.turn import Tool

NAMESPACE = "anthropic"


def ours(data: JsonObject) -> JsonObject | None:
    """Provider metadata that says ``data``, or ``None`` where it says nothing."""
    return {NAMESPACE: data} if data else None


def said_of(owner: Part | Message | Tool) -> JsonObject:
    """What this wire said of its owner beside what that holds."""
    return dict((owner.provider_metadata or {}).get(NAMESPACE, {}))


def beside(data: JsonObject, *read: str) -> JsonObject:
    """All that an object says but for the keys that were read."""
    return {k: v for k, v in data.items() if k not in read}
