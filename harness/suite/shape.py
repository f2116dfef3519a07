"""The grammar of a suite file: which fields there are, and what each may hold.

The loader reads by these tables, so that every error points at its column;
``spec.schema.json`` says the same to editors, and a test holds the two together.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from harness.errors import Problem
from harness.message.events import FINISH_REASONS
from harness.message.parts import JsonObject
from harness.suite.case import CAPABILITIES
from harness.suite.located import List, Map, Mark, Source
from harness.suite.match import ALLOWED_DOLLARS, MATCHERS

Look: TypeAlias = Callable[["Reading", Any, Mark], None]
"""Looks at a value and reports what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a field may hold: how the loader looks at it, how JSON Schema says it."""

    look: Look
    schema: JsonObject


@dataclass(slots=True)
class Reading:
    """A file under inspection and what was found wrong so far."""

    source: Source
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, at: Mark, code: str, message: str, hint: str | None = None) -> None:
        """Report one thing."""
        self.problems.append(self.source.problem(at, code, message, hint))


def nearest(word: str, words: Iterable[str]) -> str | None:
    """``did you mean ...``, or ``None`` where nothing is near."""
    close = difflib.get_close_matches(word, list(words), n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else None


def of(wanted: str, *types: type) -> Kind:
    """Values of these Python types; ``True`` is no number here."""

    def look(reading: Reading, value: Any, at: Mark) -> None:
        boolean = isinstance(value, bool) and bool not in types
        if boolean or not isinstance(value, types):
            reading.wrong(at, "H106", f"wanted {wanted}, found {_found(value)}")

    return Kind(look, {"type": JSON_TYPES[types[0]]})


JSON_TYPES = {str: "string", bool: "boolean", int: "integer", dict: "object"}
"""Python type to its name in JSON Schema."""


def _accept(reading: Reading, value: Any, at: Mark) -> None:
    """Any value is right."""


anything = Kind(_accept, {})
"""Any value at all."""


def choice(*words: Any) -> Kind:
    """One of these values."""

    def look(reading: Reading, value: Any, at: Mark) -> None:
        if any(value == word and type(value) is type(word) for word in words):
            return
        listed = ", ".join(str(word) for word in words)
        message = f"{value!r} is not one of {listed}"
        reading.wrong(at, "H103", message, nearest(str(value), map(str, words)))

    return Kind(look, {"enum": list(words)})


def list_of(item: Kind) -> Kind:
    """A sequence of such values."""

    def look(reading: Reading, value: Any, at: Mark) -> None:
        if not isinstance(value, List):
            reading.wrong(at, "H106", f"wanted a list, found {_found(value)}")
            return
        for entry, mark in zip(value, value.items_at, strict=True):
            item.look(reading, entry, mark)

    return Kind(look, {"type": "array", "items": item.schema})


def map_of(item: Kind) -> Kind:
    """A mapping of any names to such values."""

    def look(reading: Reading, value: Any, at: Mark) -> None:
        if not isinstance(value, Map):
            reading.wrong(at, "H106", f"wanted a mapping, found {_found(value)}")
            return
        for key, entry in value.items():
            item.look(reading, entry, value.values_at[key])

    return Kind(look, {"type": "object", "additionalProperties": item.schema})


def listed_or(listed: Kind, single: Kind) -> Kind:
    """A sequence, or one value by itself."""

    def look(reading: Reading, value: Any, at: Mark) -> None:
        (listed if isinstance(value, List) else single).look(reading, value, at)

    schema = {"if": {"type": "array"}, "then": listed.schema, "else": single.schema}
    return Kind(look, schema)


def record(name: str) -> Kind:
    """A mapping with the fields of :data:`RECORDS` under that name, and no others."""

    def look(reading: Reading, value: Any, at: Mark) -> None:
        if not isinstance(value, Map):
            reading.wrong(at, "H106", f"wanted a mapping, found {_found(value)}")
            return
        fields = RECORDS[name]
        for key, entry in value.items():
            if key in fields:
                fields[key].look(reading, entry, value.values_at[key])
            else:
                message = f"unknown field {key!r}"
                listed = nearest(key, fields) or f"known: {', '.join(fields)}"
                reading.wrong(value.keys_at[key], "H101", message, listed)
        for key in REQUIRED.get(name, ()):
            if key not in value:
                reading.wrong(at, "H107", f"field {key!r} is missing")

    return Kind(look, {"$ref": f"#/definitions/{name}"})


def _look_for_matchers(reading: Reading, value: Any, at: Mark) -> None:
    if isinstance(value, Map):
        dollars = [key for key in value if key.startswith("$")]
        if len(value) == 1 and dollars and dollars[0] not in ALLOWED_DOLLARS:
            _matcher(reading, dollars[0], value.keys_at[dollars[0]])
        for key, entry in value.items():
            _look_for_matchers(reading, entry, value.values_at[key])
    elif isinstance(value, List):
        for entry, mark in zip(value, value.items_at, strict=True):
            _look_for_matchers(reading, entry, mark)


def _matcher(reading: Reading, name: str, at: Mark) -> None:
    if name not in MATCHERS:
        hint = nearest(name, MATCHERS) or f"matchers: {' '.join(MATCHERS)}"
        reading.wrong(at, "H105", f"unknown matcher {name!r}", hint)


pattern = Kind(_look_for_matchers, {})
"""What a value is compared with: plain data, with matchers anywhere in it."""


def _found(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case str():
            return f"text {value[:40]!r}"
        case int() | float():
            return f"the number {value}"
        case list():
            return "a list"
        case _:
            return "a mapping"


text = of("text", str)
flag = of("true or false", bool)
whole = of("a whole number", int)
mapping = of("a mapping", dict)
texts = list_of(text)
when = map_of(listed_or(list_of(anything), anything))

PART: dict[str, Kind] = {
    "type": choice("text", "reasoning", "tool_call", "tool_result", "attachment"),
    "text": text,
    "redacted": flag,
    "name": text,
    "arguments": anything,
    "tool_call_id": text,
    "server_executed": flag,
    "output": text,
    "exception": text,
    "attachments": list_of(mapping),
    "attachment": mapping,
    "provider_metadata": mapping,
}

CASE: dict[str, Kind] = {
    "id": text,
    "description": text,
    "about": listed_or(texts, text),
    "level": choice("must", "should"),
    "requires": list_of(choice(*CAPABILITIES)),
    "provider": text,
    "model": text,
    "stream": flag,
    "mode": choice("sync", "async"),
    "cassette": text,
    "says": record("says"),
    "prompt": text,
    "system": text,
    "messages": list_of(record("message")),
    "turns": list_of(record("turn")),
    "tools": texts,
    "server_side_tools": list_of(record("server_tool")),
    "options": mapping,
    "schema": mapping,
    "matrix": map_of(listed_or(list_of(anything), choice("all"))),
    "overrides": list_of(record("override")),
    "xfail": list_of(record("xfail")),
    "skip": list_of(record("skip")),
    "inject": record("inject"),
    "replay": record("replay"),
    "match": record("match"),
    "expect": record("expect"),
}

RECORDS: Mapping[str, Mapping[str, Kind]] = {
    "suite": {
        "harness": choice(1),
        "suite": text,
        "description": text,
        "defaults": record("defaults"),
        "tools": map_of(record("tool")),
        "cases": list_of(record("case")),
    },
    "defaults": {k: v for k, v in CASE.items() if k != "id"},
    "case": CASE,
    "override": {"when": when} | {k: v for k, v in CASE.items() if k != "id"},
    "tool": {
        "description": text,
        "input_schema": mapping,
        "output": text,
        "outputs": texts,
        "raises": record("raises"),
    },
    "raises": {"type": text, "message": text},
    "server_tool": {"spec": mapping},
    "message": {
        "role": text,
        "parts": list_of(record("part")),
        "provider_metadata": mapping,
    },
    "part": PART,
    "turn": {
        "prompt": text,
        "system": text,
        "messages": list_of(record("message")),
        "reply": record("reply"),
        "execute_tool_calls": choice(True),
        "rehydrate": flag,
        "says": record("says"),
        "expect": record("expect"),
    },
    "reply": {"prompt": text},
    "says": {
        "parts": list_of(record("said_part")),
        "events": list_of(record("event")),
        "usage": record("usage"),
        "finish_reason": choice(*FINISH_REASONS),
        "error": record("error"),
    },
    "said_part": PART | {"opaque": text},
    "event": {
        "type": text,
        "chunk": text,
        "part_index": whole,
        "message_index": whole,
        "tool_call_id": text,
        "tool_name": text,
        "server_executed": flag,
        "redacted": flag,
        "exception": text,
        "provider_metadata": mapping,
    },
    "usage": {"input": whole, "output": whole, "details": mapping},
    "error": {"message": text, "kind": text, "status": whole, "retryable": flag},
    "xfail": {
        "when": when,
        "checks": texts,
        "reason": text,
        "issue": text,
        "until": text,
    },
    "skip": {"when": when, "reason": text},
    "inject": {
        "request": whole,
        "after_events": whole,
        "at_event": whole,
        "fault": choice("disconnect", "reset", "eof", "event", "corrupt", "status"),
        "event": text,
        "data": anything,
        "status": whole,
        "headers": map_of(text),
    },
    "replay": {"chunks": texts},
    "match": {"ignore": texts},
    "expect": {
        "text": pattern,
        "parts": pattern,
        "messages": pattern,
        "tool_calls": pattern,
        "tool_results": pattern,
        "usage": pattern,
        "finish_reason": pattern,
        "error": pattern,
        "done": flag,
        "events": listed_or(pattern, text),
        "request": pattern,
        "requests": pattern,
        "distinct": texts,
    },
}
"""Every record a suite file can hold, field by field."""

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "suite": ("harness", "suite", "cases"),
    "case": ("id",),
    "message": ("role", "parts"),
    "part": ("type",),
    "said_part": ("type",),
    "event": ("type",),
    "override": ("when",),
    "xfail": ("reason",),
    "skip": ("reason",),
    "inject": ("fault",),
    "raises": ("type", "message"),
    "server_tool": ("spec",),
}
"""What may not be left out."""


def json_schema() -> JsonObject:
    """The grammar as JSON Schema draft-07, for editors and ``harness validate``."""
    definitions: JsonObject = {}
    for name, fields in RECORDS.items():
        definition: JsonObject = {
            "type": "object",
            "properties": {key: kind.schema for key, kind in fields.items()},
            "additionalProperties": False,
        }
        if name in REQUIRED:
            definition["required"] = list(REQUIRED[name])
        definitions[name] = definition
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "harness suite, format 1",
        "$ref": "#/definitions/suite",
        "definitions": definitions,
    }
