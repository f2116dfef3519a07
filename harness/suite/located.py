"""YAML as plain data that still knows where each thing stood.

Read with libyaml's parser by the YAML 1.2 core schema
(https://yaml.org/spec/1.2.2/#103-core-schema), so that ``no``, ``on``, ``12:30`` and
``2026-01-01`` are the strings they look like. Duplicate keys, tags, and aliases that
expand without bound are errors. Values are built from the parser's events, never by
PyYAML's composer: its C half recurses, and enough brackets crash the process.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from harness.errors import Place, Problem, SpecError

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # pragma: no cover - a PyYAML built without libyaml
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]  # same use

MOST_VALUES = 500_000
"""More than any suite needs, aliases counted as often as they stand for something."""

DEEPEST = 100
"""More nesting than anybody can read."""
TOO_DEEP = f"nested deeper than {DEEPEST} levels"

LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What libyaml counts as the end of a line."""

UNREADABLE = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no YAML may hold (https://yaml.org/spec/1.2.2/#51-character-set)."""

MOST_DIGITS = 400
"""Longer than any number a wire carries."""


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
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        at = Mark(before.count(b"\n") + 1, len(before.rpartition(b"\n")[2]) + 1)
        message = f"byte 0x{data[error.start]:02x} is not UTF-8"
        problem = Source(path, ()).problem(at, "H102", message, "save it as UTF-8")
        raise SpecError(problem) from error
    source = Source(path, tuple(LINE_END.split(text)))
    loader = _Loader(text)
    try:
        return _Builder(source).document(iter(loader.get_event, None)), source
    except yaml.YAMLError as error:
        raise SpecError(_syntax(error, source, text)) from error
    finally:
        loader.dispose()


def _syntax(error: Exception, source: Source, text: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        at = Mark(mark.line + 1, mark.column + 1)
    else:
        # libyaml says in bytes where it was, PyYAML's own reader in characters.
        unreadable = UNREADABLE.search(text)
        lines = LINE_END.split(text[: unreadable.start() if unreadable else 0])
        at = Mark(len(lines), len(lines[-1]) + 1)
    said = getattr(error, "problem", None) or getattr(error, "reason", None)
    if "nesting depth" in str(said):  # libyaml looks further ahead than we ask it to
        return source.problem(at, "H104", TOO_DEEP)
    return source.problem(at, "H102", f"not YAML: {said or error}")


def _int(text: str) -> int:
    for prefix, radix in (("0o", 8), ("0x", 16)):
        if text.startswith(prefix):
            return int(text[2:], radix)
    return int(text)


def _float(text: str) -> float:
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


PLAIN: tuple[tuple[re.Pattern[str], Callable[[str], Any]], ...] = (
    (re.compile(r"~|null|Null|NULL|"), lambda text: None),
    (re.compile(r"true|True|TRUE|false|False|FALSE"), lambda t: t.lower() == "true"),
    (re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"), _int),
    (
        re.compile(
            r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
            r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
        ),
        _float,
    ),
)
"""What text without quotes means by the core schema; anything else is text."""

SPECIAL = frozenset("~nNtTfF-+.0123456789")
"""What text begins with that may mean something else than itself."""


class _Builder:
    """Parser events to values, counting as it goes."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.values = 0
        self.anchors: dict[str, tuple[Any, int]] = {}

    def document(self, events: Iterable[Any]) -> Any:
        """The value of the only document there is."""
        stream = iter(events)
        documents = 0
        value = None
        for event in stream:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    message = "a second document begins here: a suite is one document"
                    raise self.error(_mark(event), message)
            elif isinstance(event, NodeEvent):
                value = self.tree(event, stream)
        if documents == 0:
            problem = self.source.problem(
                Mark(1, 1), "H102", "the file is empty", "start with 'harness: 1'"
            )
            raise SpecError(problem)
        return value

    def tree(self, first: Any, stream: Iterable[Any]) -> Any:
        """The value that begins with ``first``; open collections wait on a stack."""
        stack: list[tuple[Map | List, str | None, int]] = []
        key: str | None = None
        event = first
        events = iter(stream)
        while True:
            if isinstance(event, CollectionEndEvent):
                done, anchor, before = stack.pop()
                if anchor:
                    self.anchors[anchor] = (done, self.values - before)
                if not stack:
                    return done
                event = next(events)
                continue
            holder = stack[-1][0] if stack else None
            if isinstance(holder, Map) and key is None:
                key = self.key(event, holder)
                event = next(events)
                continue
            value = self.value(event)
            if isinstance(holder, Map) and key is not None:
                holder[key] = value
                holder.values_at[key] = _mark(event)
                key = None
            elif isinstance(holder, List):
                holder.append(value)
                holder.items_at.append(_mark(event))
            if isinstance(event, MappingStartEvent | SequenceStartEvent):
                stack.append((value, event.anchor, self.values))
                if len(stack) > DEEPEST:
                    raise self.error(_mark(event), TOO_DEEP)
            elif not stack:
                return value
            event = next(events)

    def value(self, event: Any) -> Any:
        """What one event stands for; a collection is empty yet."""
        self.values += 1
        if isinstance(event, AliasEvent):
            value, size = self.anchors.get(event.anchor or "", (None, -1))
            if size < 0:
                message = f"*{event.anchor} stands for nothing that is complete here"
                raise self.error(_mark(event), message)
            self.values += size
        elif isinstance(event, ScalarEvent):
            value = self.scalar(event)
        else:
            self.no_tag(event)
            kind = Map if isinstance(event, MappingStartEvent) else List
            value = kind(_mark(event))
        if self.values > MOST_VALUES:
            message = f"more than {MOST_VALUES} values once aliases are followed"
            raise self.error(_mark(event), message, "write it out, or split the file")
        return value

    def scalar(self, event: ScalarEvent) -> Any:
        """Text, or what text without quotes means."""
        self.no_tag(event)
        plain = event.implicit[0] and event.tag is None
        value = self.meant(event) if plain else event.value
        if event.anchor:
            self.anchors[event.anchor] = (value, 1)
        return value

    def meant(self, event: ScalarEvent) -> Any:
        """What text without quotes means."""
        text: str = event.value
        if text and text[0] not in SPECIAL:
            return text
        for pattern, read in PLAIN:
            if pattern.fullmatch(text):
                if len(text) > MOST_DIGITS:
                    message = f"a number of more than {MOST_DIGITS} digits"
                    hint = "quote it to keep it as text"
                    raise self.error(_mark(event), message, hint)
                return read(text)
        return text

    def key(self, event: Any, holder: Map) -> str:
        """A mapping's key: text, and not there already."""
        if not isinstance(event, ScalarEvent):
            raise self.error(_mark(event), "a key must be text")
        self.no_tag(event)
        key: str = event.value
        if key in holder.keys_at:
            first = holder.keys_at[key].line
            message = f"duplicate key {key!r}, already on line {first}"
            raise self.error(_mark(event), message, "remove one of the two")
        holder.keys_at[key] = _mark(event)
        return key

    def no_tag(self, event: Any) -> None:
        """Raise for a value with a tag."""
        if event.tag is not None and event.tag != "!":
            message = f"tag {event.tag!r} is not allowed: specs have none"
            raise self.error(_mark(event), message)

    def error(self, at: Mark, message: str, hint: str | None = None) -> SpecError:
        """A problem in this file, ready to raise."""
        return SpecError(self.source.problem(at, "H104", message, hint))


def _mark(event: Any) -> Mark:
    start, end = event.start_mark, event.end_mark
    same_line = end.line == start.line and isinstance(event, ScalarEvent)
    length = end.column - start.column if same_line else 1
    return Mark(start.line + 1, start.column + 1, max(1, length))
