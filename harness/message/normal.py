"""Normal: JSON data of events, parts or messages, the same whenever it is told.

What is made up anew for every answer goes: ids are counted, clocks are left out, and
what nobody can read is told by its length and its hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

LONGEST = 40
"""Characters that a run without a blank may have and still be for people to read."""

SHOWN = 8
"""Characters of an opaque string, and of its hash, that are shown."""

CALLS = ("tool_call_id",)
ITEMS = ("id", "item_id", "response_id", "container_id")
"""Keys of ids: of calls, and, in what a provider says beside, of anything else."""

VOLATILE = frozenset(
    {
        "created",
        "created_at",
        "datetime_utc",
        "duration_ms",
        "expires_at",
        "request_id",
        "system_fingerprint",
        "timestamp",
    }
)
"""Keys, in what a provider says beside, that differ from answer to answer."""

WORDS = frozenset({"arguments", "chunk", "output", "text"})
"""Keys of what the model says: that is never touched."""

FIRST = ("message_index", 0)
"""What is so of nearly every event, and says nothing."""

BESIDE = frozenset({"data", "provider_metadata", "details"})
"""Keys of what a provider says beside."""


def normal(data: Any) -> Any:
    """The data with ids as ``call_1``, ``id_1`` in the order in which they appear."""
    names: dict[str, str] = {}
    for kind, value in _ids(data, beside=False):
        number = sum(name.startswith(kind) for name in names.values()) + 1
        names.setdefault(value, f"{kind}_{number}")
    return _renamed(data, names, beside=False)


def _ids(data: Any, *, beside: bool) -> Iterator[tuple[str, str]]:
    if isinstance(data, list | tuple):
        for item in data:
            yield from _ids(item, beside=beside)
    elif isinstance(data, Mapping):
        for key, value in data.items():
            if isinstance(value, str) and value and key in CALLS:
                yield "call", value
            elif isinstance(value, str) and value and beside and key in ITEMS:
                yield "id", value
            elif key not in WORDS:
                yield from _ids(value, beside=beside or key in BESIDE)


def _renamed(data: Any, names: Mapping[str, str], *, beside: bool) -> Any:
    if isinstance(data, list | tuple):
        return [_renamed(item, names, beside=beside) for item in data]
    if isinstance(data, Mapping):
        return {
            key: value
            if key in WORDS and not beside
            else _renamed(value, names, beside=beside or key in BESIDE)
            for key, value in data.items()
            if not (beside and key in VOLATILE) and (key, value) != FIRST
        }
    if isinstance(data, bytes):
        return _opaque(data, f"{len(data)} bytes")
    if isinstance(data, str):
        return names.get(data) or _readable(data)
    return data


def _readable(text: str) -> str:
    if len(text) <= LONGEST or any(character.isspace() for character in text):
        return text
    opaque = _opaque(text.encode(errors="surrogatepass"), f"{len(text)} characters")
    return f"{text[:SHOWN]}… ({opaque})"


def _opaque(data: bytes, size: str) -> str:
    return f"{size}, sha256 {hashlib.sha256(data).hexdigest()[:SHOWN]}"
