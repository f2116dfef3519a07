"""What Cohere says beside what we read: kept as metadata, and put back in its place."""

from __future__ import annotations

from collections.abc import Container

from harness.message.parts import JsonObject

NAMESPACE = "cohere"


def ours(data: JsonObject) -> JsonObject | None:
    """Provider metadata that says ``data``, or ``None`` where it says nothing."""
    return {NAMESPACE: data} if data else None


def said_of(metadata: JsonObject | None) -> JsonObject:
    """What this wire said beside, out of metadata that others may have added to."""
    return dict((metadata or {}).get(NAMESPACE, {}))


def beside(
    item: JsonObject,
    inner: str,
    within: Container[str],
    read: Container[str] = ("type",),
) -> JsonObject:
    """What an item says beside what is read of it.

    Args:
        item: such as ``{"type": "image_url", "image_url": {...}}``.
        inner: the key of the object that holds the thing itself.
        within: the keys that are read of that object.
        read: those that are read of the item.
    """
    rest = {k: v for k, v in item.items() if k not in read and k != inner}
    spare = {k: v for k, v in (item.get(inner) or {}).items() if k not in within}
    return rest | ({inner: spare} if spare else {})
