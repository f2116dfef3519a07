"""Spelling: the many ways in which this wire writes a message, and the one we keep.

Protocol buffers' JSON (https://protobuf.dev/programming-guides/json) lets a name be
``camelCase`` or ``snake_case``, a null stand for what is not said, a number for a word,
and bytes be base64 of either alphabet, with or without its padding. Google's own SDK
mixes them in one request. All is read in one spelling, and written in it.

What a part says beside what it holds (signatures above all, which must go back) is kept
as metadata: a field beside the part's own under its name, one inside it under both.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Any

from harness.message.parts import JsonObject
from harness.providers._own import Own

OWN = Own("gemini")
NAMESPACE, ours, said_of = OWN.namespace, OWN.ours, OWN.of
"""Its key in ``provider_metadata``; to put something there, and to take it out."""

FREE = frozenset(
    {
        "args",
        "headers",
        "labels",
        "metadata",
        "parameters",
        "parametersJsonSchema",
        "partMetadata",
        "quotaDimensions",
        "response",
        "responseJsonSchema",
        "responseSchema",
        "schema",
    }
)
"""Fields that hold names which are not the wire's: arguments, results, schemas."""

ODD_NAME = re.compile(r'"[a-z]+_[a-z0-9_]*"\s*:')
NULL = re.compile(r":\s*null")
"""What JSON that is spelt differently has somewhere: apart, each is found faster."""

DEEPEST = 64
"""How deep the wire's own names are nested at most, and more."""

OTHER_ALPHABET = str.maketrans("-_", "+/")
SNAKE = re.compile(r"(?<=[a-zA-Z0-9])_+([a-z0-9])")


def is_odd(text: str) -> bool:
    """Whether JSON may be spelt in another way; what is not needs no second look."""
    snake = "_" in text and ODD_NAME.search(text) is not None
    return snake or ("null" in text and NULL.search(text) is not None)


def plain(value: Any, deepest: int = DEEPEST) -> Any:
    """JSON with the wire's names in camel case, and without nulls."""
    if isinstance(value, list):
        return [plain(item, deepest - 1) for item in value] if deepest else value
    if not isinstance(value, dict) or not deepest:
        return value
    said: JsonObject = {}
    for key, inner in value.items():
        if inner is not None:
            name = camel(key) if "_" in key else key
            said[name] = inner if name in FREE else plain(inner, deepest - 1)
    return said


def camel(name: str) -> str:
    """A name in camel case."""
    return SNAKE.sub(lambda found: found[1].upper(), name)


def listed(value: Any) -> list[Any]:
    """A list, which may be written as the only thing in it."""
    return value if isinstance(value, list) else [value]


def by_name(value: Any, names: Sequence[str]) -> str:
    """A word of a closed set, which a server may be asked to say by its number."""
    if isinstance(value, int) and 0 <= value < len(names):
        return names[value]
    return str(value)


def to_base64(content: bytes) -> str:
    """Bytes as this wire writes them."""
    return base64.b64encode(content).decode()


def from_base64(text: str) -> bytes:
    """Bytes as anyone writes them.

    Raises:
        ValueError: for what is no base64.
    """
    text = text.translate(OTHER_ALPHABET).rstrip("=")
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


# ------------------------------------------------------------------ beside


def beside(item: JsonObject, kind: str, *read: str) -> JsonObject:
    """What an item says beside its field ``kind``, and that one beside ``read``."""
    rest = {k: v for k, v in item.items() if k != kind}
    spare = {k: v for k, v in item[kind].items() if k not in read}
    return rest | ({kind: spare} if spare else {})
