"""A kind: what a field may hold, as the loader looks at it and JSON Schema says it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from harness.errors import Problem
from harness.message.parts import JsonObject
from harness.suite.located import List, Map, Mark, Source

Look: TypeAlias = Callable[["Reading", Any, Mark], None]
"""Looks at a value and reports what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a field may hold: how the loader looks at it, how JSON Schema says it."""

    look: Look
    schema: JsonObject


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with known fields.

    Where ``tag`` names a field, ``variants`` says for each of its values which other
    fields go with it, and which of them may not be left out.
    """

    fields: Mapping[str, Kind]
    required: tuple[str, ...] = ()
    tag: str | None = None
    variants: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = field(
        default_factory=dict
    )


@dataclass(slots=True)
class Reading:
    """A file under inspection and what was found wrong so far."""

    source: Source
    records: Mapping[str, Record]
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, at: Mark, code: str, message: str, hint: str | None = None) -> None:
        """Report one thing, once: a line may be read for many combinations."""
        problem = self.source.problem(at, code, message, hint)
        if problem not in self.problems:
            self.problems.append(problem)


def nearest(word: str, words: Iterable[str]) -> str | None:
    """``did you mean ...``, or ``None`` where nothing is near."""
    from difflib import get_close_matches  # only where something is wrong

    close = get_close_matches(word, list(words), n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else None


def of(wanted: str, *types: type) -> Kind:
    """Values of these Python types; ``True`` is no number here."""

    def look(reading: Reading, value: Any, at: Mark) -> None:
        boolean = isinstance(value, bool) and bool not in types
        if boolean or not isinstance(value, types):
            reading.wrong(at, "H106", f"wanted {wanted}, found {found(value)}")

    names = list(dict.fromkeys(JSON_TYPES[type_] for type_ in types))
    return Kind(look, {"type": names[0] if len(names) == 1 else names})


JSON_TYPES = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    dict: "object",
    list: "array",
}
"""Python type to its name in JSON Schema."""


def at_least(least: int) -> Kind:
    """A whole number that is not smaller."""
    number = of("a whole number", int)

    def look(reading: Reading, value: Any, at: Mark) -> None:
        if isinstance(value, int) and not isinstance(value, bool) and value < least:
            reading.wrong(at, "H103", f"wanted {least} or more, found {value}")
        number.look(reading, value, at)

    return Kind(look, number.schema | {"minimum": least})


def text_like(pattern: str, wanted: str, hint: str | None = None) -> Kind:
    """Text that a regular expression matches from end to end."""
    whole = re.compile(pattern)

    def look(reading: Reading, value: Any, at: Mark) -> None:
        if not isinstance(value, str):
            reading.wrong(at, "H106", f"wanted {wanted}, found {found(value)}")
        elif not whole.fullmatch(value):
            reading.wrong(at, "H103", f"wanted {wanted}, found {value[:40]!r}", hint)

    return Kind(look, {"type": "string", "pattern": f"^(?:{pattern})$"})


def choice(*words: Any) -> Kind:
    """One of these values."""

    def look(reading: Reading, value: Any, at: Mark) -> None:
        if any(value == word and type(value) is type(word) for word in words):
            return
        listed = ", ".join(str(word) for word in words)
        message = f"{value!r} is not one of {listed}"
        reading.wrong(at, "H103", message, nearest(str(value), map(str, words)))

    return Kind(look, {"enum": list(words)})


def only(word: Any, message: str) -> Kind:
    """One value and no other."""

    def look(reading: Reading, value: Any, at: Mark) -> None:
        if value != word or type(value) is not type(word):
            reading.wrong(at, "H103", f"{message}, found {found(value)}")

    return Kind(look, {"enum": [word]})


def list_of(item: Kind, *, least: int = 0) -> Kind:
    """A sequence of such values."""

    def look(reading: Reading, value: Any, at: Mark) -> None:
        if not isinstance(value, List):
            reading.wrong(at, "H106", f"wanted a list, found {found(value)}")
            return
        if len(value) < least:
            reading.wrong(at, "H103", "wanted a list with something in it")
        for entry, mark in zip(value, value.items_at, strict=True):
            item.look(reading, entry, mark)

    schema: JsonObject = {"type": "array", "items": item.schema}
    return Kind(look, schema | ({"minItems": least} if least else {}))


def map_of(item: Kind, **known: Kind) -> Kind:
    """A mapping of any names to such values; some names may have their own kind."""

    def look(reading: Reading, value: Any, at: Mark) -> None:
        if not isinstance(value, Map):
            reading.wrong(at, "H106", f"wanted a mapping, found {found(value)}")
            return
        for key, entry in value.items():
            known.get(key, item).look(reading, entry, value.values_at[key])

    schema: JsonObject = {"type": "object", "additionalProperties": item.schema}
    if known:
        schema["properties"] = {key: kind.schema for key, kind in known.items()}
    return Kind(look, schema)


def either(type_: type, this: Kind, otherwise: Kind) -> Kind:
    """One kind where the value is a text, a list or a mapping; else the other."""
    name = BRANCHES[type_]

    def look(reading: Reading, value: Any, at: Mark) -> None:
        kind = this if isinstance(value, type_) else otherwise
        kind.look(reading, value, at)

    schema = {"if": {"type": name}, "then": this.schema, "else": otherwise.schema}
    return Kind(look, schema)


BRANCHES: Mapping[type, str] = {List: "array", Map: "object", str: "string"}
"""What :func:`either` can tell apart, and its name in JSON Schema."""


def record(name: str) -> Kind:
    """A mapping with the fields of the record of that name, and no others."""

    def look(reading: Reading, value: Any, at: Mark) -> None:
        if not isinstance(value, Map):
            reading.wrong(at, "H106", f"wanted a mapping, found {found(value)}")
            return
        known = reading.records[name]
        for key, entry in value.items():
            if key in known.fields:
                known.fields[key].look(reading, entry, value.values_at[key])
            else:
                message = f"unknown field {key!r}"
                hint = nearest(key, known.fields)
                hint = hint or f"known: {', '.join(known.fields)}"
                reading.wrong(value.keys_at[key], "H101", message, hint)
        for key in known.required:
            if key not in value:
                reading.wrong(at, "H107", f"field {key!r} is missing")
        _variant(reading, known, value, at)

    return Kind(look, {"$ref": f"#/definitions/{name}"})


def _variant(reading: Reading, known: Record, value: Map, at: Mark) -> None:
    """Whether the fields go with each other."""
    tag = value.get(known.tag or "")
    if not isinstance(tag, str) or tag not in known.variants:
        return
    fields, required = known.variants[tag]
    for key in value:
        if key in known.fields and key != known.tag and key not in fields:
            message = f"field {key!r} does not go with {known.tag}: {tag}"
            hint = f"these do: {', '.join(fields)}"
            reading.wrong(value.keys_at[key], "H101", message, hint)
    for key in required:
        if key not in value:
            message = f"field {key!r} is missing: {known.tag}: {tag} needs it"
            reading.wrong(at, "H107", message)


def schema_of(known: Record) -> JsonObject:
    """A record as JSON Schema."""
    schema: JsonObject = {
        "type": "object",
        "properties": {key: kind.schema for key, kind in known.fields.items()},
        "additionalProperties": False,
    }
    if known.required:
        schema["required"] = list(known.required)
    if known.tag is not None:
        schema["allOf"] = [
            {
                "if": {"properties": {known.tag: {"const": tag}}},
                "then": {"propertyNames": {"enum": [known.tag, *fields]}}
                | ({"required": list(required)} if required else {}),
            }
            for tag, (fields, required) in known.variants.items()
        ]
    return schema


def found(value: Any) -> str:
    """A value in a few words."""
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


def _any_value(reading: Reading, value: Any, at: Mark) -> None:
    """Any value is right."""


def _regex(reading: Reading, value: Any, at: Mark) -> None:
    text.look(reading, value, at)
    try:
        re.compile(value if isinstance(value, str) else "")
    except (re.error, OverflowError, RecursionError) as error:
        reading.wrong(at, "H103", f"not a regular expression: {error}")


def _base64(reading: Reading, value: Any, at: Mark) -> None:
    text.look(reading, value, at)
    try:
        base64.b64decode(value if isinstance(value, str) else "", validate=True)
    except (binascii.Error, ValueError) as error:
        reading.wrong(at, "H103", f"not base64: {error}")


anything = Kind(_any_value, {})
text = of("text", str)
flag = of("true or false", bool)
number = of("a number", int, float)
mapping = of("a mapping", dict)
scalar = of("text, a number, true or false", str, int, float, bool)
texts = list_of(text)
regex = Kind(_regex, {"type": "string"})
base64_text = Kind(_base64, {"type": "string"})
