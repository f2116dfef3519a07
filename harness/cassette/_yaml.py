"""YAML as a cassette uses it: plain values, read within bounds, each with a place.

Values are built straight from the parser's events. PyYAML's C composer recurses on
the C stack, so that 50 KB of ``[`` end the process with a segmentation fault; an
event loop bounds depth, aliases and tags where they stand, and is faster too.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import yaml

from harness.cassette._flaw import Flaw, Way
from harness.errors import Place, Problem

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # PyYAML built without libyaml: slower, the same otherwise
    from yaml import SafeLoader as Loader  # type: ignore[assignment]

DEEPEST = 200
"""Collections inside collections; JSON bodies seen in recordings reach 20."""
TOO_DEEP = f"nested more than {DEEPEST} deep"
ALLOWANCE = 16 << 20
"""Letters and nodes that aliases may add to a file's own."""
LONGEST_EXCERPT = 200
"""Columns of a source line worth showing: bodies can be one line of a megabyte."""


class Body(str):
    """Text to be written as a block a person can read, where YAML can hold it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Folded:
    """Text that is not a body yet: what was folded out of it is elsewhere."""

    text: str


class Row(list[int]):
    """Numbers to be written on one line."""

    __slots__ = ()


def read(text: str) -> Any:
    """The one document in ``text``; dicts with text keys, lists, text, bytes...

    Raises:
        Flaw: for whatever is not YAML, or not what a cassette has any need of.
    """
    try:
        return _built(yaml.parse(text, Loader), len(text) + ALLOWANCE)
    except yaml.reader.ReaderError as error:
        found = chr(error.character)
        message = f"control character U+{ord(found):04X}: this is not a text file"
        raise Flaw(text.index(found), "H506", message) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = ", ".join(s for s in (error.problem, error.context) if s)
        at = mark.index if mark else 0
        if "nesting depth" in said:  # libyaml looks further ahead than we ask it to
            raise Flaw(at, "H507", TOO_DEEP) from error
        raise Flaw(at, "H502", f"not YAML: {said}") from error


def write(data: Any) -> bytes:
    """The document, keys in the order they have."""
    written: bytes = yaml.dump(
        data,
        Dumper=_Dumper,
        allow_unicode=True,
        encoding="utf-8",
        sort_keys=False,
        width=88,
    )
    return written


def problem(flaw: Flaw, text: str, path: str) -> Problem:
    """The flaw with its file, line and column, and the line itself."""
    index = flaw.at if isinstance(flaw.at, int) else _index(text, flaw.at)
    # Lines as editors count them: libyaml also breaks at U+0085 and U+2028.
    start = text.rfind("\n", 0, index) + 1
    end = text.find("\n", index)
    line = text[start : end if end >= 0 else len(text)].rstrip("\r")
    place = Place(path, text.count("\n", 0, index) + 1, index - start + 1)
    excerpt = line if len(line) <= LONGEST_EXCERPT else None
    return Problem(place, flaw.code, flaw.message, flaw.hint, excerpt=excerpt)


def _index(text: str, way: Way) -> int:
    """Where the way leads, as far as it can be followed; the text reads well."""
    node = yaml.compose(text, Loader)
    for step in way:
        if isinstance(node, yaml.MappingNode):
            values = [v for k, v in node.value if k.value == step]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            values = node.value[step : step + 1]
        else:
            break
        if not values:
            break
        node = values[0]
    return node.start_mark.index if node else 0


def _built(events: Iterable[Any], most: int) -> Any:
    """The value the events describe, of a weight (nodes and letters) below most."""
    documents: list[Any] = []
    stack: list[tuple[Any, list[Any], list[Any], int]] = [(None, documents, [], 0)]
    anchors: dict[str, tuple[Any, int]] = {}
    weight = 0
    for event in events:
        kind = type(event)
        opening, before = event, weight
        if kind is yaml.ScalarEvent:
            weight += len(event.value) + 1
            value = event.value if event.implicit[1] else _scalar(event)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            opening, items, marks, before = stack.pop()
            value = _collection(opening, items, marks)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            _check_opening(event, len(stack))
            weight += 1
            stack.append((event, [], [], before))
            continue
        elif kind is yaml.AliasEvent:
            value, more = _aliased(event, anchors, most - weight)
            weight += more
        elif kind is yaml.DocumentStartEvent and documents:
            raise _flaw(event, "H502", "a second document begins here")
        else:
            continue
        if opening.anchor:
            anchors[opening.anchor] = value, weight - before
        stack[-1][1].append(value)
        stack[-1][2].append(opening.start_mark)
    return documents[0] if documents else None


def _flaw(event: Any, code: str, message: str, hint: str | None = None) -> Flaw:
    return Flaw(event.start_mark.index, code, message, hint)


def _check_opening(event: Any, depth: int) -> None:
    if depth > DEEPEST:
        raise _flaw(event, "H507", TOO_DEEP)
    tags = MAPPINGS if type(event) is yaml.MappingStartEvent else SEQUENCES
    if event.tag and event.tag not in tags:
        raise _refused(event)


def _aliased(
    event: Any, anchors: dict[str, tuple[Any, int]], room: int
) -> tuple[Any, int]:
    value, weight = anchors.get(event.anchor, (None, None))
    if weight is None:
        message = f"alias *{event.anchor} stands for nothing that came before"
        raise _flaw(event, "H502", message)
    if weight > room:
        raise _flaw(event, "H507", "aliases expand this file beyond reason")
    return value, weight


def _refused(event: Any) -> Flaw:
    tag = event.tag.replace("tag:yaml.org,2002:", "!!")
    return _flaw(
        event,
        "H504",
        f"tag {tag}: a cassette holds only text, numbers, bytes, lists and mappings",
        "a tag can run code when it is loaded: record the cassette again",
    )


def _scalar(event: Any) -> Any:
    if event.implicit[0]:
        return _plain(event.value)
    if event.tag not in SCALARS:
        raise _refused(event)
    try:
        return SCALARS[event.tag](event.value)
    except ValueError as error:
        raise _flaw(event, "H502", f"not base64: {error}") from error


def _plain(text: str) -> Any:
    """Only what YAML 1.1 and 1.2 agree is not text; what one of them quotes is."""
    if text in WORDS:
        return WORDS[text]
    if text[0] in "-+0123456789" and NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text


def _bytes(text: str) -> bytes:
    return b64decode("".join(text.split()), validate=True)


def _collection(opening: Any, items: list[Any], marks: list[Any]) -> Any:
    if type(opening) is yaml.SequenceStartEvent:
        return items
    keys = items[::2]
    for key, mark in zip(keys, marks[::2], strict=True):
        if type(key) is not str:
            raise Flaw(mark.index, "H503", f"key {key!r} is not text: quote it")
    mapping = dict(zip(keys, items[1::2], strict=True))
    if len(mapping) < len(keys):
        first = {key: n for n, key in reversed([*enumerate(keys)])}
        second = next(n for n, key in enumerate(keys) if first[key] < n)
        message = f"key {keys[second]!r} stands twice in one mapping"
        raise Flaw(marks[2 * second].index, "H503", message)
    if opening.tag in STREAMS:
        return _once_a_stream(mapping, STREAMS[opening.tag])
    return mapping


def _once_a_stream(mapping: dict[str, Any], key: str) -> bytes:
    """The bytes of a file or an iterator that vcrpy stored as a Python object."""
    held = mapping.get(key)
    held = held[0] if isinstance(held, list) and held else b""
    pieces = held if isinstance(held, list) else [held]
    return b"".join(p if isinstance(p, bytes) else str(p).encode() for p in pieces)


class _Dumper(yaml.SafeDumper):
    """The pure one: the C dumper cannot write an emoji but as an escape."""

    def ignore_aliases(self, data: Any) -> bool:
        """Equal values are written out, each in its own place."""
        return True


def _write_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if isinstance(text, Body) else None
    # PyYAML thinks it can keep these three unquoted, and loses them.
    return dumper.represent_scalar(STR, text, '"' if LOST.search(text) else style)


def _write_folded(dumper: yaml.SafeDumper, body: Folded) -> yaml.ScalarNode:
    style = '"' if LOST.search(body.text) else "|"
    return dumper.represent_scalar(FOLDED, body.text, style)


def _write_row(dumper: yaml.SafeDumper, row: Row) -> yaml.SequenceNode:
    return dumper.represent_sequence(CORE + "seq", row, flow_style=True)


_Dumper.add_representer(str, _write_text)
_Dumper.add_representer(Body, _write_text)
_Dumper.add_representer(Folded, _write_folded)
_Dumper.add_representer(Row, _write_row)

CORE = "tag:yaml.org,2002:"
FOLDED = "!folded"
STR = CORE + "str"
STREAMS = {
    CORE + "python/object/new:_io.BytesIO": "state",
    CORE + "python/object/apply:builtins.iter": "args",
}
MAPPINGS = ("!", CORE + "map", *STREAMS)
SEQUENCES = ("!", CORE + "seq", CORE + "python/tuple")
SCALARS: dict[str, Callable[[str], Any]] = {
    STR: str,
    CORE + "python/str": str,
    CORE + "python/unicode": str,
    CORE + "binary": _bytes,
    FOLDED: Folded,
    CORE + "null": _plain,
    CORE + "bool": _plain,
    CORE + "int": _plain,
    CORE + "float": _plain,
}
WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
NUMBER = re.compile(
    r"[-+]?(?:0|[1-9][0-9]{0,300})(?:\.[0-9]{0,300}(?:[eE][-+][0-9]{1,9})?)?"
)
LOST = re.compile("[\x85\u2028\u2029]")
