"""What Converse says beside what we read: kept as metadata, put back in its place."""

from __future__ import annotations

from typing import Any

from harness.providers._own import Own

OWN = Own("bedrock")
NAMESPACE, ours, said_of = OWN.namespace, OWN.ours, OWN.of
"""Its key in ``provider_metadata``; to put something there, and to take it out."""


def word(value: Any) -> str:
    """The same, if it is text; raises ``TypeError``."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is no text")
    return value
