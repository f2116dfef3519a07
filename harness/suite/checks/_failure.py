"""A failure: one thing that did not hold, with both sides side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from harness.suite.case import Case
from harness.suite.located import Mark
from harness.suite.match import show
from harness.suite.observation import Evidence


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that did not hold.

    ``at`` is where in the spec it was wanted; ``lines`` say more, ready to print.
    """

    check: str
    message: str
    at: Mark | None = None
    lines: tuple[str, ...] = ()
    hint: str | None = None
    level: Literal["must", "should"] = "must"


Check: TypeAlias = Callable[[Case, Evidence], Iterator[Failure]]


def compared(one: str, left: Any, other: str, right: Any) -> Iterator[str]:
    """Both sides, item by item, with signs where they differ."""
    if not (isinstance(left, list) and isinstance(right, list)):
        left, right = [left], [right]
    yield f"- {one}"
    yield f"+ {other}"
    for index in range(max(len(left), len(right))):
        ours = left[index] if index < len(left) else None
        theirs = right[index] if index < len(right) else None
        if ours == theirs:
            yield f"  [{index}] {show(ours)}"
            continue
        if index < len(left):
            yield f"- [{index}] {show(ours)}"
        if index < len(right):
            yield f"+ [{index}] {show(theirs)}"
