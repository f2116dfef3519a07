"""Token counts: the wire's nested names and ours, both ways by one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.message.events import Usage
from harness.message.parts import JsonObject


@dataclass(frozen=True, slots=True)
class Counts:
    """Where a wire keeps its counts.

    ``named`` gives for each of our detail names (``reasoning``, ``cached``,
    ``cache_write``) the path of keys under the wire's usage object.
    """

    input: str
    output: str
    named: Mapping[str, tuple[str, ...]]

    def read(self, raw: JsonObject) -> Usage:
        """The usage in the wire's own object; every other count goes to details."""
        details = {k: v for k, v in raw.items() if k not in (self.input, self.output)}
        named = {}
        for name, path in self.named.items():
            details, value = _taken(details, path)
            if value is not None:
                named[name] = value
        return Usage(raw.get(self.input), raw.get(self.output), details | named)

    def write(self, usage: Usage) -> JsonObject:
        """The wire's own object for a usage: the mirror image of :meth:`read`."""
        raw: JsonObject = {}
        if usage.input is not None:
            raw[self.input] = usage.input
        if usage.output is not None:
            raw[self.output] = usage.output
        raw |= {k: v for k, v in usage.details.items() if k not in self.named}
        for name, path in self.named.items():
            if name in usage.details:
                raw = _put(raw, path, usage.details[name])
        return raw


def _taken(data: JsonObject, path: tuple[str, ...]) -> tuple[JsonObject, Any]:
    """``data`` without the value at ``path``, and that value."""
    key, *rest = path
    value = data.get(key)
    if not rest:
        return {k: v for k, v in data.items() if k != key}, value
    if not isinstance(value, dict):
        return data, None
    inner, found = _taken(value, tuple(rest))
    # An object whose only count has moved out says nothing any more.
    emptied = value and not inner
    rest_of = {k: v for k, v in data.items() if k != key} if emptied else data
    return rest_of if emptied else data | {key: inner}, found


def _put(data: JsonObject, path: tuple[str, ...], value: Any) -> JsonObject:
    key, *rest = path
    if not rest:
        return data | {key: value}
    inner = data.get(key)
    return data | {
        key: _put(inner if isinstance(inner, dict) else {}, tuple(rest), value)
    }
