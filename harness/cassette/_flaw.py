"""A flaw: something wrong in a cassette, and where; the shapes that prevent it."""

from __future__ import annotations

from typing import Any, TypeAlias

Way: TypeAlias = tuple[str | int, ...]
"""Keys and indexes that lead to a node."""

AGAIN = "record it again with the tool that wrote it"


class Flaw(Exception):
    """Something wrong at a character of the text, or at the end of a way."""

    def __init__(
        self, at: int | Way, code: str, message: str, hint: str | None = None
    ) -> None:
        self.at, self.code, self.message, self.hint = at, code, message, hint
        super().__init__(message)


def get(mapping: dict[str, Any], key: str, kind: type, at: Way) -> Any:
    """What stands under ``key``, proven to be of that kind."""
    if key not in mapping:
        message = f"{spelt(at)} has no {key!r}; was the file cut short?"
        raise Flaw(at, "H503", message, AGAIN)
    check_kind(mapping[key], kind, (*at, key))
    return mapping[key]


def check_kind(value: Any, kind: type, at: Way) -> None:
    """Raise a flaw for a value of another kind; true and false are of none."""
    if not isinstance(value, kind) or isinstance(value, bool):
        message = f"{spelt(at)} should be {NAMES[kind]}, not {name_of(value)}"
        raise Flaw(at, "H503", message, AGAIN)


def check_known(mapping: dict[str, Any], known: tuple[str, ...], at: Way) -> None:
    """Raise a flaw for a key nobody taught us."""
    for key in mapping:
        if key not in known:
            message = f"{key!r} is none of {', '.join(known)}"
            raise Flaw((*at, key), "H503", message)


def spelt(way: Way) -> str:
    """The way in words, such as ``interactions[0].request``."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in way)
    return "".join(steps).lstrip(".") or "the cassette"


def name_of(value: Any) -> str:
    """What a person calls a value of this kind."""
    return NAMES.get(type(value), f"a {type(value).__name__}")


NAMES: dict[type, str] = {
    dict: "a mapping",
    list: "a list",
    str: "text",
    bytes: "bytes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    type(None): "nothing",
}
