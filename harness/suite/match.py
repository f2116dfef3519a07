"""Matchers: what a spec wants, held against what was seen.

Mappings match as subsets, lists exactly; a mapping with the one key ``$...`` is a
matcher. Every mismatch is reported, each with the place in the spec that wanted it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from harness.suite.located import List, Map, Mark

ALLOWED_DOLLARS = ("$ref", "$defs", "$schema", "$id")
"""One-key mappings that are no matchers: real tool schemas have them."""

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "nothing"})()
"""What stands where nothing was seen."""

NO_SUCH_ITEM = "no such item"
"""What is wanted where a list goes on for too long."""


class Closed(Map):
    """A wanted mapping that allows no other keys, at any depth."""

    def __init__(self, wanted: dict[str, Any]) -> None:
        super().__init__(wanted.at if isinstance(wanted, Map) else Mark(0, 0))
        self.update(wanted)
        self.values_at = wanted.values_at if isinstance(wanted, Map) else {}


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One difference: where in what was seen, what was wanted, what was found."""

    path: str
    at: Mark | None
    wanted: str
    found: Any
    hint: str | None = None


@dataclass(slots=True)
class Memory:
    """What ``$capture`` kept, for ``$same_as`` and ``distinct``."""

    captured: dict[str, Any] = field(default_factory=dict)


Matcher: TypeAlias = Callable[[Any, Any, "Spot"], Iterator[Mismatch]]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a comparison stands: path in what was seen, mark in the spec."""

    path: str
    at: Mark | None
    memory: Memory

    def inside(self, step: str | int, at: Mark | None) -> Spot:
        """One level deeper."""
        path = (
            f"{self.path}[{step}]"
            if isinstance(step, int)
            else _dotted(self.path, step)
        )
        return Spot(path, at or self.at, self.memory)

    def wrong(self, wanted: str, found: Any, hint: str | None = None) -> Mismatch:
        """A mismatch here."""
        return Mismatch(self.path, self.at, wanted, found, hint)


def match(wanted: Any, found: Any, spot: Spot) -> Iterator[Mismatch]:
    """Every way in which ``found`` is not what was ``wanted``."""
    name = matcher_name(wanted)
    if name is not None:
        yield from MATCHERS[name](wanted[name], found, spot)
    elif isinstance(wanted, dict):
        yield from _mapping(wanted, found, spot)
    elif isinstance(wanted, list):
        yield from _list(wanted, found, spot)
    elif not same(wanted, found):
        yield spot.wrong(show(wanted), found)


def matcher_name(wanted: Any) -> str | None:
    """The matcher a mapping is, or ``None``."""
    if isinstance(wanted, dict) and len(wanted) == 1:
        (key,) = wanted
        if key in MATCHERS:
            return str(key)
    return None


def same(wanted: Any, found: Any) -> bool:
    """Equal, and ``True`` is no 1."""
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    return bool(wanted == found)


def show(value: Any) -> str:
    """A value as a report prints it: one line, as YAML flow would have it."""
    if value is MISSING:
        return "nothing"
    if isinstance(value, dict):
        # What must not be there is left out, as its author left it out.
        value = {k: v for k, v in value.items() if v != {"$absent": True}}
    return json.dumps(value, ensure_ascii=False, default=repr)


def _mapping(wanted: dict[str, Any], found: Any, spot: Spot) -> Iterator[Mismatch]:
    if not isinstance(found, dict):
        yield spot.wrong("a mapping", found)
        return
    marks = wanted.values_at if isinstance(wanted, Map) else {}
    for key, value in wanted.items():
        inner = spot.inside(key, marks.get(key))
        value = _closed(value) if isinstance(wanted, Closed) else value
        yield from match(value, found.get(key, MISSING), inner)
    if isinstance(wanted, Closed):
        for key in sorted(found.keys() - wanted.keys()):
            yield spot.inside(key, None).wrong("nothing", found[key])


def _closed(wanted: Any) -> Any:
    if isinstance(wanted, dict):
        return Closed(wanted)
    if isinstance(wanted, list):
        return mapped(_closed, wanted)
    return wanted


def mapped(change: Callable[[Any], Any], items: list[Any]) -> List:
    """A list with every item changed, at the places where they stood."""
    changed = List(items.at if isinstance(items, List) else Mark(0, 0))
    changed.extend(map(change, items))
    changed.items_at = items.items_at if isinstance(items, List) else []
    return changed


def _list(wanted: list[Any], found: Any, spot: Spot) -> Iterator[Mismatch]:
    if not isinstance(found, list):
        yield spot.wrong("a list", found)
        return
    marks: list[Mark | None] = [None] * len(wanted)
    if isinstance(wanted, List) and wanted.items_at:
        marks = [*wanted.items_at]
    for index, (value, item) in enumerate(zip(wanted, found, strict=False)):
        yield from match(value, item, spot.inside(index, marks[index]))
    for index in range(len(wanted), len(found)):
        last = marks[-1] if marks else spot.at
        hint = "should end after this one" if marks else "should be empty"
        extra = Spot(f"{spot.path}[{index}]", last, spot.memory)
        yield extra.wrong(NO_SUCH_ITEM, found[index], hint)
    for index in range(len(found), len(wanted)):
        yield spot.inside(index, marks[index]).wrong(show(wanted[index]), MISSING)


def _holds(wanted: Any, found: Any, spot: Spot) -> bool:
    """Whether it matches; what it captures is kept only if it does."""
    trial = Memory(dict(spot.memory.captured))
    if next(match(wanted, found, Spot(spot.path, spot.at, trial)), None) is None:
        spot.memory.captured.update(trial.captured)
        return True
    return False


def _any(wanted: Any, found: Any, spot: Spot) -> Iterator[Mismatch]:
    if found is MISSING or found is None:
        yield spot.wrong("anything", found)


def _absent(wanted: Any, found: Any, spot: Spot) -> Iterator[Mismatch]:
    if found is not MISSING and found is not None:
        yield spot.wrong("nothing", found)


def _nonempty(wanted: Any, found: Any, spot: Spot) -> Iterator[Mismatch]:
    if not isinstance(found, str | list | dict) or not found:
        yield spot.wrong("something that is not empty", found)


def _regex(wanted: Any, found: Any, spot: Spot) -> Iterator[Mismatch]:
    if not isinstance(found, str) or not re.search(wanted, found):
        yield spot.wrong(f"text that matches /{wanted}/", found)


def _contains(wanted: Any, found: Any, spot: Spot) -> Iterator[Mismatch]:
    if isinstance(found, str) and isinstance(wanted, str):
        holds = wanted in found
    elif isinstance(found, list):
        holds = any(_holds(wanted, item, spot) for item in found)
    else:
        holds = False
    if not holds:
        yield spot.wrong(f"something that contains {show(wanted)}", found)


def _len(wanted: Any, found: Any, spot: Spot) -> Iterator[Mismatch]:
    if not isinstance(found, str | list | dict):
        yield spot.wrong("something with a length", found)
        return
    yield from match(
        wanted, len(found), Spot(f"len({spot.path})", spot.at, spot.memory)
    )


def _compared(sign: str, holds: Callable[[Any, Any], bool]) -> Matcher:
    def matcher(wanted: Any, found: Any, spot: Spot) -> Iterator[Mismatch]:
        number = isinstance(found, int | float) and not isinstance(found, bool)
        if not number or not holds(found, wanted):
            yield spot.wrong(f"a number {sign} {wanted}", found)

    return matcher


def _oneof(wanted: Any, found: Any, spot: Spot) -> Iterator[Mismatch]:
    if not any(_holds(candidate, found, spot) for candidate in wanted):
        yield spot.wrong(f"one of {show(wanted)}", found)


def _approx(wanted: Any, found: Any, spot: Spot) -> Iterator[Mismatch]:
    value, within = wanted, 1e-6 * abs(wanted) if not isinstance(wanted, dict) else 0.0
    if isinstance(wanted, dict):
        value, within = wanted["value"], wanted["within"]
    number = isinstance(found, int | float) and not isinstance(found, bool)
    if not number or math.fabs(found - value) > within:
        yield spot.wrong(f"about {value} (within {within:g})", found)


def _json(wanted: Any, found: Any, spot: Spot) -> Iterator[Mismatch]:
    try:
        parsed = json.loads(found)
    except (TypeError, ValueError):
        yield spot.wrong("text that is JSON", found)
        return
    yield from match(wanted, parsed, Spot(f"json({spot.path})", spot.at, spot.memory))


def _each(wanted: Any, found: Any, spot: Spot) -> Iterator[Mismatch]:
    if not isinstance(found, list) or not found:
        yield spot.wrong("a list with something in it", found)
        return
    for index, item in enumerate(found):
        yield from match(wanted, item, spot.inside(index, None))


def _unordered(wanted: Any, found: Any, spot: Spot) -> Iterator[Mismatch]:
    if not isinstance(found, list):
        yield spot.wrong("a list", found)
        return
    owners: dict[int, int] = {}
    for number in range(len(wanted)):
        _place(number, wanted, found, spot, owners, set())
    for index, number in sorted(owners.items()):
        _holds(wanted[number], found[index], spot)
    for number, value in enumerate(wanted):
        if number not in owners.values():
            yield spot.wrong(f"an item like {show(value)}", found)
    for index, item in enumerate(found):
        if index not in owners:
            extra = Spot(f"{spot.path}[{index}]", spot.at, spot.memory)
            yield extra.wrong(NO_SUCH_ITEM, item)


def _place(
    number: int,
    wanted: list[Any],
    found: list[Any],
    spot: Spot,
    owners: dict[int, int],
    seen: set[int],
) -> bool:
    """Find an item for the wanted one, moving others on where they have a choice."""
    for index, item in enumerate(found):
        trial = Spot(spot.path, spot.at, Memory(dict(spot.memory.captured)))
        if index in seen or not _holds(wanted[number], item, trial):
            continue
        seen.add(index)
        free = index not in owners
        if free or _place(owners[index], wanted, found, spot, owners, seen):
            owners[index] = number
            return True
    return False


def _at_end(name: str, index: int) -> Matcher:
    def matcher(wanted: Any, found: Any, spot: Spot) -> Iterator[Mismatch]:
        if not isinstance(found, list) or not found:
            yield spot.wrong(f"a list with a {name} item", found)
            return
        yield from match(wanted, found[index], spot.inside(index % len(found), None))

    return matcher


def _any_item(wanted: Any, found: Any, spot: Spot) -> Iterator[Mismatch]:
    if not isinstance(found, list) or not any(_holds(wanted, x, spot) for x in found):
        yield spot.wrong(f"a list with an item like {show(wanted)}", found)


def _starts_with(wanted: Any, found: Any, spot: Spot) -> Iterator[Mismatch]:
    if isinstance(wanted, str):
        if not isinstance(found, str) or not found.startswith(wanted):
            yield spot.wrong(f"text that starts with {show(wanted)}", found)
        return
    head = found[: len(wanted)] if isinstance(found, list) else found
    yield from match(wanted, head, spot)


def _capture(wanted: Any, found: Any, spot: Spot) -> Iterator[Mismatch]:
    if found is MISSING or found is None:
        yield spot.wrong(f"something to capture as {wanted!r}", found)
        return
    spot.memory.captured[wanted] = found


def _same_as(wanted: Any, found: Any, spot: Spot) -> Iterator[Mismatch]:
    if wanted not in spot.memory.captured:
        yield spot.wrong(f"a capture named {wanted!r}", MISSING, "nothing captured it")
    elif not same(spot.memory.captured[wanted], found):
        captured = show(spot.memory.captured[wanted])
        yield spot.wrong(f"{captured}, captured as {wanted!r}", found)


def _exact(wanted: Any, found: Any, spot: Spot) -> Iterator[Mismatch]:
    if not same(wanted, found):
        yield spot.wrong(f"exactly {show(wanted)}", found)


def _dotted(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


MATCHERS: dict[str, Matcher] = {
    "$any": _any,
    "$absent": _absent,
    "$nonempty": _nonempty,
    "$regex": _regex,
    "$contains": _contains,
    "$len": _len,
    "$gt": _compared(">", lambda found, wanted: found > wanted),
    "$gte": _compared(">=", lambda found, wanted: found >= wanted),
    "$lt": _compared("<", lambda found, wanted: found < wanted),
    "$lte": _compared("<=", lambda found, wanted: found <= wanted),
    "$oneof": _oneof,
    "$approx": _approx,
    "$json": _json,
    "$each": _each,
    "$unordered": _unordered,
    "$first": _at_end("first", 0),
    "$last": _at_end("last", -1),
    "$any_item": _any_item,
    "$starts_with": _starts_with,
    "$capture": _capture,
    "$same_as": _same_as,
    "$exact": _exact,
}
"""Every matcher by its name."""
