"""What Cohere says beside what we read: kept as metadata, and put back in its place."""

from __future__ import annotations

from collections.abc import Container

from harness.message.parts import JsonObject
from harness.providers._own import Own

OWN = Own("cohere")
NAMESPACE, ours, said_of = OWN.namespace, OWN.ours, OWN.out_of
"""Its key in ``provider_metadata``; to put something there, and to take it out."""


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
