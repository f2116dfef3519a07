"""Normal: a request without the differences that mean nothing to its server.

Every rule says why it is one. What remains different is a difference.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.wires import wire_named

CHAT = frozenset({"openai-chat"})
RESPONSES = frozenset({"openai-responses"})
ANTHROPIC = frozenset({"anthropic", "bedrock-invoke"})
TYPED = CHAT | RESPONSES | ANTHROPIC | {"cohere"}
"""Wires whose content is a string, or a list of objects with a ``type``."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Two ways to say one thing; ``change`` makes one of them the other.

    ``change`` is given every object of the body, innermost first; or with ``whole``
    the body alone.
    """

    reason: str
    change: Callable[[dict[str, Any]], dict[str, Any]]
    wires: frozenset[str] | None = None
    whole: bool = False


def normal(name: str, body: Any, used: set[str] | None = None) -> Any:
    """The body in its normal form; ``used`` gathers the reasons of the rules it took."""
    wire = wire_named(name)
    for rule in RULES:
        if rule.wires is None or wire in rule.wires:
            changed = (
                rule.change(body) if rule.whole else _everywhere(body, rule.change)
            )
            if used is not None and changed != body:
                used.add(rule.reason)
            body = changed
    return body


def differing(a: Any, b: Any, path: str = "$") -> Iterator[str]:
    """Every difference between two JSON values, by its path."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(a.keys() | b.keys()):
            if key not in b:
                yield f"{path}.{key}: lost {a[key]!r:.80}"
            elif key not in a:
                yield f"{path}.{key}: added {b[key]!r:.80}"
            else:
                yield from differing(a[key], b[key], f"{path}.{key}")
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for place, pair in enumerate(zip(a, b, strict=True)):
            yield from differing(*pair, f"{path}[{place}]")
    elif a != b:
        yield f"{path}: {a!r:.80} became {b!r:.80}"


def _everywhere(value: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    if isinstance(value, list):
        return [_everywhere(item, change) for item in value]
    if isinstance(value, dict):
        return change({k: _everywhere(v, change) for k, v in value.items()})
    return value


# ------------------------------------------------------------------- rules


def _without_nulls(said: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in said.items() if v is not None}


def _without(said: dict[str, Any], silent: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    left = dict(said)
    for key, default in silent:
        if key in left and left[key] == default and type(left[key]) is type(default):
            del left[key]
    return left


def _without_defaults(said: dict[str, Any]) -> dict[str, Any]:
    return _without(said, DEFAULTS)


def _one_text(said: dict[str, Any]) -> dict[str, Any]:
    return said | {k: _text(v) for k, v in said.items() if k in ("content", "system")}


def _text(content: Any) -> Any:
    match content:
        case [{"type": "text" | "input_text" | "output_text", "text": text, **rest}]:
            empty = {k: v for k, v in rest.items() if k != "annotations" or v}
            return content if empty else text
    return content


def _without_words(said: dict[str, Any]) -> dict[str, Any]:
    called = "tool_calls" in said and said.get("role") == "assistant"
    silent = called and said.get("content") in ("", [], None)
    return {k: v for k, v in said.items() if not (silent and k == "content")}


def _parsed(said: dict[str, Any]) -> dict[str, Any]:
    text = said.get("arguments")
    if isinstance(text, str):
        try:
            return said | {"arguments": json.loads(text)}
        except ValueError:
            return said
    return said


def _uncounted(said: dict[str, Any]) -> dict[str, Any]:
    return _without(said, [("stream_options", {"include_usage": True})])


def _untyped(said: dict[str, Any]) -> dict[str, Any]:
    is_message = said.get("type") == "message" and "role" in said
    return _without(said, [("type", "message")]) if is_message else said


def _unnumbered(said: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in said.items() if k != "index" or "function" not in said}


def _of_type_function(said: dict[str, Any]) -> dict[str, Any]:
    return _without(said, [("type", "function")]) if "function" in said else said


def _camel(said: dict[str, Any]) -> dict[str, Any]:
    """Keys of the wire, and not those of what it carries for somebody else."""
    changed = {}
    for key, value in said.items():
        first, *rest = key.split("_")
        name = first + "".join(word.capitalize() for word in rest)
        changed[name] = value if name in FOREIGN else _camel_inside(value)
    return changed


def _camel_inside(value: Any) -> Any:
    if isinstance(value, list):
        return [_camel_inside(item) for item in value]
    return _camel(value) if isinstance(value, dict) else value


def _standard_base64(said: dict[str, Any]) -> dict[str, Any]:
    coded = {k: v for k, v in said.items() if k in BASE64 and isinstance(v, str)}
    plain = {k: v.translate(ALPHABET).rstrip("=") for k, v in coded.items()}
    return said | plain


def _completed(said: dict[str, Any]) -> dict[str, Any]:
    return _without(said, [("status", "completed")]) if "role" in said else said


DEFAULTS: tuple[tuple[str, Any], ...] = (
    ("stream", False),
    ("tools", []),
    ("tool_calls", []),
    ("is_error", False),
    ("prefix", False),
    ("thought", False),
    ("citations", []),
    ("generationConfig", {}),
    ("description", ""),
    ("instructions", ""),
)
"""Words that say no more than their absence."""

GEMINI = frozenset({"gemini"})
FOREIGN = frozenset(
    {
        "args",
        "labels",
        "parameters",
        "parametersJsonSchema",
        "response",
        "responseJsonSchema",
        "responseSchema",
    }
)
"""Keys under which Gemini carries what is not in its own words."""

BASE64 = frozenset({"data", "thoughtSignature"})
ALPHABET = str.maketrans("-_", "+/")

RULES = (
    Rule("its words are in either case", _camel, GEMINI, whole=True),
    Rule("base64 is in either alphabet", _standard_base64, GEMINI),
    Rule("null is as good as nothing", _without_nulls),
    Rule("a default may be said or not", _without_defaults),
    Rule("one text is a string, or a list of it", _one_text, TYPED),
    Rule(
        "beside calls no text is null, empty or absent",
        _without_words,
        CHAT | {"cohere"},
    ),
    Rule("JSON inside a string may be spaced", _parsed, CHAT | RESPONSES | {"cohere"}),
    Rule("we ask every stream for its tokens", _uncounted, CHAT),
    Rule("what holds a function is of that type", _of_type_function, CHAT),
    Rule("in a request a call's place is its index", _unnumbered, CHAT),
    Rule("a message that was answered is completed", _completed, RESPONSES),
    Rule("an input item with a role is a message", _untyped, RESPONSES),
)
"""In the order in which they are applied."""
