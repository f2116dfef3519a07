"""Words: what a message says, as both engines index it, and as it is asked for.

Texts are cut into words here and not by the engines, so that both find the same:
letters and digits of any script, small and without accents, and each ideograph by
itself, since nothing stands between them.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import UsageError

FIELDS = ("text", "reasoning", "tools", "output")
"""Where words may stand: what is said, what is thought, what tools are called and with
what, and what they gave back."""

LONGEST = 100
"""Letters of a word that count; longer ones are base64, which nobody looks up."""

IDEOGRAPHS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
WORD = re.compile(f"[{IDEOGRAPHS}]|[^\\W_{IDEOGRAPHS}]+")
ACCENT = re.compile("[\u0300-\u036f]+")
ASKED = re.compile(r'"([^"]*)"?|(\S+)')


def words(text: str) -> list[str]:
    """The words of a text, in order."""
    if not text.isascii():
        text = ACCENT.sub("", unicodedata.normalize("NFKD", text))
    return [word[:LONGEST] for word in WORD.findall(text.casefold())]


def spoken(message: Mapping[str, Any]) -> dict[str, str]:
    """The texts of a message by field, from its JSON data."""
    found: dict[str, list[str]] = {}
    for part in message["parts"]:
        for field, text in _texts(part):
            found.setdefault(field, []).append(text)
    return {field: "\n".join(texts) for field, texts in found.items()}


def _texts(part: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    match part["type"]:
        case "text" | "reasoning" as field:
            yield field, part["text"]
        case "tool_call":
            yield "tools", part["name"]
            yield "tools", "\n".join(_strings(part["arguments"]))
        case "tool_result":
            yield "tools", part["name"]
            yield "output", part["output"]


def _strings(value: Any) -> Iterator[str]:
    """Keys and values of JSON, as text."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
    else:
        yield value if isinstance(value, str) else json.dumps(value)


@dataclass(frozen=True, slots=True)
class Term:
    """Words that must stand one after the other; the last may go on if ``begins``."""

    words: tuple[str, ...]
    begins: bool = False


def asked(query: str) -> list[Term]:
    """What is looked for: words, ``"phrases"`` and beginnings, as in ``weath*``.

    Raises:
        UsageError: for a query without a word in it.
    """
    terms = [*_terms(ASKED.findall(query))]
    if not terms:
        message = f"{query!r} has no word to look for: give letters or digits"
        raise UsageError(message)
    return terms


def _terms(found: Iterable[tuple[str, str]]) -> Iterator[Term]:
    for phrase, word in found:
        said = tuple(words(phrase or word))
        if said:
            yield Term(said, word.endswith("*"))
