"""What ``expect`` may hold: data with matchers anywhere in it, and rows of events.

A row is a pattern over event types, such as ``reasoning+ text*``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.message.events import CONTENT_TYPES, CONTROL_TYPES
from harness.message.parts import JsonObject
from harness.suite.kind import (
    Kind,
    Reading,
    anything,
    either,
    list_of,
    nearest,
    number,
    only,
    record,
    regex,
    text,
)
from harness.suite.located import List, Map, Mark
from harness.suite.match import ALLOWED_DOLLARS, MATCHERS

EVENT_TYPES = CONTENT_TYPES + CONTROL_TYPES

TOKEN = re.compile(r"\s*(?:(?P<word>\w+)|(?P<sign>[()|?*+])|(?P<other>\S))")
"""A type, or how often it comes."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a pattern, and from where to where in it."""

    start: int
    length: int
    message: str
    word: str = ""


def flaw(pattern: str) -> Flaw | None:
    """What is wrong with a pattern, or ``None``."""
    for token in TOKEN.finditer(pattern):
        start = token.start(token.lastgroup or 0)
        length = token.end() - start
        word = token["word"]
        if word is not None and word not in EVENT_TYPES:
            listed = ", ".join(EVENT_TYPES)
            message = f"{word!r} is not an event type: {listed}"
            return Flaw(start, length, message, word)
        if token["other"] is not None:
            message = f"{token['other']!r} has no meaning here: ( ) | ? * + have"
            return Flaw(start, length, message)
    try:
        _compiled(pattern)
    except (re.error, RecursionError) as error:
        return Flaw(0, len(pattern), f"not a pattern of events: {error}")
    return None


def fits(pattern: str, types: list[str]) -> tuple[bool, list[str]]:
    """Whether the events come as the pattern says, and those that count.

    Usage, finish, error and unknown events only count where the pattern names one.
    """
    named = {token["word"] for token in TOKEN.finditer(pattern)}
    row = [t for t in types if t in CONTENT_TYPES or t in named]
    whole = _compiled(pattern).fullmatch("".join(f"{t} " for t in row))
    return whole is not None, row


def runs(types: list[str]) -> str:
    """``text text text`` as ``text×3``."""
    counted: list[tuple[str, int]] = []
    for type_ in types:
        if counted and counted[-1][0] == type_:
            counted[-1] = (type_, counted[-1][1] + 1)
        else:
            counted.append((type_, 1))
    return " ".join(t if n == 1 else f"{t}×{n}" for t, n in counted) or "no events"


def _compiled(pattern: str) -> re.Pattern[str]:
    pieces = (
        f"(?:{token['word']} )" if token["word"] else token["sign"]
        for token in TOKEN.finditer(pattern)
    )
    return re.compile("".join(pieces))


def _look_for_matchers(reading: Reading, value: Any, at: Mark) -> None:
    if isinstance(value, Map):
        dollars = [key for key in value if key.startswith("$")]
        if len(value) == 1 and dollars and dollars[0] not in ALLOWED_DOLLARS:
            _matcher(reading, dollars[0], value)
            return
        for key in dollars:
            if key in MATCHERS:
                message = f"matcher {key!r} is not alone"
                hint = "it is its mapping's only key; a text with a comma has quotes"
                reading.wrong(value.keys_at[key], "H105", message, hint)
        for key, entry in value.items():
            _look_for_matchers(reading, entry, value.values_at[key])
    elif isinstance(value, List):
        for entry, mark in zip(value, value.items_at, strict=True):
            _look_for_matchers(reading, entry, mark)


def _matcher(reading: Reading, name: str, holder: Map) -> None:
    if name in OPERANDS:
        OPERANDS[name].look(reading, holder[name], holder.values_at[name])
        return
    hint = nearest(name, MATCHERS) or f"matchers: {' '.join(MATCHERS)}"
    reading.wrong(holder.keys_at[name], "H105", f"unknown matcher {name!r}", hint)


pattern = Kind(_look_for_matchers, {"$ref": "#/definitions/pattern"})
"""What a value is compared with: plain data, with matchers anywhere in it."""


def _look_at_row(reading: Reading, value: Any, at: Mark) -> None:
    text.look(reading, value, at)
    wrong = flaw(value) if isinstance(value, str) else None
    if wrong is None:
        return
    # Where the text stands as it is, or in quotes, the caret can be exact.
    quotes = at.length - len(value)
    if quotes in (0, 2):
        at = Mark(at.line, at.column + quotes // 2 + wrong.start, wrong.length)
    hint = nearest(wrong.word, EVENT_TYPES) if wrong.word else None
    reading.wrong(at, "H103", wrong.message, hint)


row = Kind(
    _look_at_row,
    {"type": "string", "pattern": rf"^(?:{'|'.join(EVENT_TYPES)}|[()|?*+]|\s)*$"},
)
"""A pattern of event types."""


def _look_at_events(reading: Reading, value: Any, at: Mark) -> None:
    if isinstance(value, Map) and not any(key.startswith("$") for key in value):
        record("snapshot").look(reading, value, at)
    elif isinstance(value, Map | List):
        pattern.look(reading, value, at)
    else:
        row.look(reading, value, at)


events = Kind(
    _look_at_events,
    {
        "if": {"type": "string"},
        "then": row.schema,
        "else": {
            "if": {"type": "object", "propertyNames": {"pattern": r"^[^$]"}},
            "then": record("snapshot").schema,
            "else": {"allOf": [{"type": ["array", "object"]}, pattern.schema]},
        },
    },
)
"""A row of types, an exact list, a snapshot by name, or a matcher over the list."""

OPERANDS: Mapping[str, Kind] = {
    "$any": only(True, "wanted true"),
    "$absent": only(True, "wanted true"),
    "$nonempty": only(True, "wanted true"),
    "$regex": regex,
    "$contains": pattern,
    "$len": pattern,
    "$gt": number,
    "$gte": number,
    "$lt": number,
    "$lte": number,
    "$oneof": list_of(pattern),
    "$approx": either(Map, record("approx"), number),
    "$json": pattern,
    "$each": pattern,
    "$unordered": list_of(pattern),
    "$first": pattern,
    "$last": pattern,
    "$any_item": pattern,
    "$starts_with": either(List, list_of(pattern), text),
    "$capture": text,
    "$same_as": text,
    "$exact": anything,
}
"""What each matcher takes."""


def pattern_schema() -> JsonObject:
    """A mapping whose only key begins with ``$`` is a matcher; else look inside."""
    operands = {key: kind.schema for key, kind in OPERANDS.items()}
    one_dollar = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "propertyNames": {"pattern": r"^\$"},
    }
    return {
        "if": one_dollar,
        "then": {
            "properties": operands | dict.fromkeys(ALLOWED_DOLLARS, pattern.schema),
            "additionalProperties": False,
        },
        "else": {
            "propertyNames": {"not": {"enum": list(OPERANDS)}},
            "additionalProperties": pattern.schema,
            "items": pattern.schema,
        },
    }
