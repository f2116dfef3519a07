"""YAML as plain data that still knows where each thing stood.

Read with libyaml by the YAML 1.2 core schema (https://yaml.org/spec/1.2.2/#103-core-schema),
so that ``no``, ``on``, ``12:30`` and ``2026-01-01`` are the strings they look like.
Duplicate keys, tags, and aliases that expand without bound are errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml

from harness.errors import Place, Problem, SpecError

try:
    from yaml import CSafeLoader as _YamlLoader
except ImportError:  # pragma: no cover - a PyYAML built without libyaml
    from yaml import SafeLoader as _YamlLoader  # type: ignore[assignment]  # same use

MOST_NODES = 500_000
"""More than any suite needs, aliases counted as often as they stand for something."""

DEEPEST = 100
"""More nesting than anybody can read."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Line and column, from 1, and how many columns the thing is long."""

    line: int
    column: int
    length: int = 1


class Map(dict[str, Any]):
    """A mapping; ``keys_at`` and ``values_at`` say where each key and value stood."""

    __slots__ = ("at", "keys_at", "values_at")

    def __init__(self, at: Mark) -> None:
        super().__init__()
        self.at = at
        self.keys_at: dict[str, Mark] = {}
        self.values_at: dict[str, Mark] = {}


class List(list[Any]):
    """A sequence; ``items_at`` says where each item stood."""

    __slots__ = ("at", "items_at")

    def __init__(self, at: Mark) -> None:
        super().__init__()
        self.at = at
        self.items_at: list[Mark] = []


@dataclass(frozen=True, slots=True)
class Source:
    """A file's name and lines, for messages that show the line."""

    path: str
    lines: tuple[str, ...]

    def problem(
        self, at: Mark, code: str, message: str, hint: str | None = None
    ) -> Problem:
        """A problem at a mark, with the line it is on."""
        inside = 0 < at.line <= len(self.lines)
        excerpt = self.lines[at.line - 1] if inside else None
        place = Place(self.path, at.line, at.column)
        return Problem(place, code, message, hint, at.length, excerpt)


def parse(data: bytes, path: str) -> tuple[Any, Source]:
    """The one document in ``data``, and the source to point into.

    Raises:
        SpecError: for anything that is not one plain YAML document.
    """
    source = Source(path, ())
    start = Mark(1, 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        at = Mark(before.count(b"\n") + 1, len(before.rpartition(b"\n")[2]) + 1)
        message = f"byte 0x{data[error.start]:02x} is not UTF-8"
        raise SpecError(
            source.problem(at, "H102", message, "save the file as UTF-8")
        ) from error
    source = Source(path, tuple(text.split("\n")))
    try:
        node = _compose(text)
    except (yaml.YAMLError, ValueError) as error:
        raise SpecError(_syntax(error, source)) from error
    if node is None:
        hint = "start with 'harness: 1'"
        raise SpecError(source.problem(start, "H102", "the file is empty", hint))
    return _Build(source).value(node, 0), source


def _compose(text: str) -> yaml.Node | None:
    loader = _CoreLoader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def _syntax(error: Exception, source: Source) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        at = Mark(mark.line + 1, mark.column + 1)
    else:
        position = getattr(error, "position", 0)
        before = "\n".join(source.lines)[: position if isinstance(position, int) else 0]
        at = Mark(before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1)
    said = getattr(error, "problem", None) or getattr(error, "reason", None)
    return source.problem(at, "H102", f"not YAML: {said or error}")


class _CoreLoader(_YamlLoader):
    """libyaml's parser with the types of the 1.2 core schema."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


PREFIX = "tag:yaml.org,2002:"
CORE: tuple[tuple[str, str, str], ...] = (
    ("null", r"(?:~|null|Null|NULL|)\Z", "~nN\0"),
    ("bool", r"(?:true|True|TRUE|false|False|FALSE)\Z", "tTfF"),
    ("int", r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z", "-+0123456789"),
    (
        "float",
        r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z",
        "-+.0123456789",
    ),
)
"""Tag, the text that has it, and the characters such text may begin with."""

for _tag, _pattern, _first in CORE:
    _CoreLoader.add_implicit_resolver(
        PREFIX + _tag, re.compile(_pattern), ["" if c == "\0" else c for c in _first]
    )


def _int(text: str) -> int:
    for prefix, radix in (("0o", 8), ("0x", 16)):
        if text.startswith(prefix):
            return int(text[2:], radix)
    return int(text)


def _float(text: str) -> float:
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


SCALARS: dict[str, Callable[[str], Any]] = {
    PREFIX + "null": lambda text: None,
    PREFIX + "bool": lambda text: text.lower() == "true",
    PREFIX + "int": _int,
    PREFIX + "float": _float,
    PREFIX + "str": str,
}
"""Tag to the function that reads its text."""


class _Build:
    """Nodes to values, counting as it goes."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.nodes = 0

    def value(self, node: yaml.Node, depth: int) -> Any:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            message = f"more than {MOST_NODES} values once aliases are followed"
            raise self.error(node, message, "write it out, or split the file")
        if depth > DEEPEST:
            raise self.error(node, f"nested deeper than {DEEPEST} levels")
        if isinstance(node, yaml.MappingNode):
            return self.map(node, depth)
        if isinstance(node, yaml.SequenceNode):
            return self.list(node, depth)
        read = SCALARS.get(node.tag)
        if read is None:
            raise self.error(node, f"tag {node.tag!r} is not allowed: specs have none")
        try:
            return read(node.value)
        except ValueError as error:
            raise self.error(node, f"not a number: {error}") from error

    def map(self, node: yaml.MappingNode, depth: int) -> Map:
        if node.tag != PREFIX + "map":
            raise self.error(node, f"tag {node.tag!r} is not allowed: specs have none")
        built = Map(_mark(node))
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self.error(key_node, "a key must be text")
            key = key_node.value
            if key in built:
                first = built.keys_at[key].line
                message = f"duplicate key {key!r}, already on line {first}"
                raise self.error(key_node, message, "remove one of the two")
            built.keys_at[key] = _mark(key_node)
            built.values_at[key] = _mark(value_node)
            built[key] = self.value(value_node, depth + 1)
        return built

    def list(self, node: yaml.SequenceNode, depth: int) -> List:
        if node.tag != PREFIX + "seq":
            raise self.error(node, f"tag {node.tag!r} is not allowed: specs have none")
        built = List(_mark(node))
        for item in node.value:
            built.items_at.append(_mark(item))
            built.append(self.value(item, depth + 1))
        return built

    def error(self, node: yaml.Node, message: str, hint: str | None = None) -> SpecError:
        return SpecError(self.source.problem(_mark(node), "H104", message, hint))


def _mark(node: yaml.Node) -> Mark:
    start, end = node.start_mark, node.end_mark
    same_line = end.line == start.line and isinstance(node, yaml.ScalarNode)
    length = end.column - start.column if same_line else 1
    return Mark(start.line + 1, start.column + 1, max(1, length))

