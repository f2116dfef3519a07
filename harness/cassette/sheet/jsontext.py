"""JSON as some recorders write cassettes in it: its values, and where they stand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from harness.cassette._flaw import Flaw, Way


def read(text: str) -> Any:
    """The value.

    Raises:
        Flaw: for what is not JSON, nests beyond reason, or has a key twice.
    """
    try:
        return json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise Flaw(error.pos, "H502", f"not JSON: {error.msg}") from error
    except ValueError as error:  # a number of thousands of digits
        raise Flaw(0, "H502", f"not JSON: {error}") from error
    except RecursionError as error:
        raise Flaw(0, "H507", "nested too deep") from error


def index(text: str, way: Way) -> int:
    """Where the way leads, as far as it can be followed; the text reads well."""
    at = _past_blanks(text, 0)
    for step in way:
        found = (start for key, start in _members(text, at) if key == step)
        start = next(found, None)
        if start is None:
            break
        at = start
    return at


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise Flaw((), "H503", f"key {twice!r} stands twice in one mapping")
    return mapping


def _members(text: str, at: int) -> Iterator[tuple[str | int, int]]:
    """Each key or index of a collection, and where its value begins."""
    if text[at : at + 1] not in ("{", "["):
        return
    named, number = text[at] == "{", 0
    at = _past_blanks(text, at + 1)
    while text[at] not in "}]":
        key: str | int = number
        if named:
            key, at = DECODER.raw_decode(text, at)
            at = _past_blanks(text, _past_blanks(text, at) + 1)
        yield key, at
        _, at = DECODER.raw_decode(text, at)
        at = _past_blanks(text, at)
        if text[at] == ",":
            at = _past_blanks(text, at + 1)
        number += 1


def _past_blanks(text: str, at: int) -> int:
    found = BLANKS.match(text, at)
    return found.end() if found else at


BLANKS = re.compile(r"[ \t\r\n]*")
DECODER = json.JSONDecoder()
