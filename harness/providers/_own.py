"""What a wire says of a thing beside what it holds: kept under the wire's own name.

Signatures above all, which must go back as they came. Every part, message, tool and
turn may carry such metadata of several wires; each reads and sends its own alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from harness.message.parts import JsonObject


class Owner(Protocol):
    """A part, a message, a tool, a turn, an event."""

    @property
    def provider_metadata(self) -> JsonObject | None:
        """Wire to what it said."""


@dataclass(frozen=True, slots=True)
class Own:
    """What is said under one ``namespace``."""

    namespace: str

    def ours(self, facts: JsonObject) -> JsonObject | None:
        """``facts`` as provider metadata; ``None`` where there are none."""
        return {self.namespace: facts} if facts else None

    def of(self, owner: Owner) -> JsonObject:
        """What the wire said of its owner beside what that holds."""
        return self.out_of(owner.provider_metadata)

    def out_of(self, metadata: JsonObject | None) -> JsonObject:
        """The same, out of metadata that others may have added to."""
        return dict((metadata or {}).get(self.namespace) or {})


def beside(data: JsonObject, *read: str) -> JsonObject:
    """All that an object says but for the keys that were read."""
    return {k: v for k, v in data.items() if k not in read}
