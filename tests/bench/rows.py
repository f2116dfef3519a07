"""A row: one comparison, the ratio it came to, and the ratio aimed at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal, TypeAlias

Unit: TypeAlias = Literal["s", "ms", "kB", "MB"]


@dataclass(frozen=True, slots=True)
class Aim:
    """What a ratio should be: at least ``factor`` times as fast, or at most as slow.

    ``faster`` says which: the ratio is theirs over ours, or ours over theirs. So few
    seconds as are ``enough`` are met at any ratio.
    """

    factor: float
    faster: bool
    enough: float = 0.0

    def __str__(self) -> str:
        ratio = f"{'≥' if self.faster else '≤'} {self.factor:g}×"
        return f"{ratio} or {self.enough * 1000:g} ms" if self.enough else ratio


@dataclass(frozen=True, slots=True)
class Row:
    """Ours against theirs.

    ``ours`` and ``theirs`` are medians in seconds (or bytes), shown in ``unit``;
    ``ratio`` is the median of the rounds' own ratios, each of which compares
    neighbours in time, and ``spread`` their quartiles.
    """

    measure: str
    what: str
    against: str
    ours: float
    theirs: float
    ratio: float
    spread: tuple[float, float]
    aim: Aim
    unit: Unit = "ms"
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the ratio is what was aimed at."""
        if self.ours <= self.aim.enough:
            return True
        if self.aim.faster:
            return self.ratio >= self.aim.factor
        return self.ratio <= self.aim.factor


def compare(
    names: tuple[str, str, str],
    ours: Sequence[float],
    theirs: Sequence[float],
    aim: Aim,
    unit: Unit = "ms",
    note: str = "",
) -> Row:
    """The row that the rounds of two sides add up to.

    Args:
        names: what is measured, on what, and against what.
        ours: seconds, one for each round.
        theirs: the same rounds.
        aim: the ratio that is wanted.
        unit: how the seconds are shown.
        note: what a reader of the ratio should know.
    """
    above, below = (theirs, ours) if aim.faster else (ours, theirs)
    ratios = sorted(a / b for a, b in zip(above, below, strict=True))
    edge = len(ratios) // 4
    spread = (ratios[edge], ratios[-1 - edge])
    middle = median(ratios)
    return Row(*names, median(ours), median(theirs), middle, spread, aim, unit, note)


def as_json(row: Row) -> dict[str, object]:
    """The row as a JSON object; times in seconds, sizes in bytes."""
    of = "bytes" if row.unit in ("kB", "MB") else "seconds"
    return {
        "measure": row.measure,
        "what": row.what,
        "against": row.against,
        f"ours_{of}": row.ours,
        f"theirs_{of}": row.theirs,
        "ratio": round(row.ratio, 3),
        "spread": [round(edge, 3) for edge in row.spread],
        "aim": {"at_least" if row.aim.faster else "at_most": row.aim.factor},
        "met": row.met,
        "note": row.note,
    }


def table(rows: Iterable[Row]) -> Iterator[str]:
    """The rows as a table of Markdown, each line padded for the terminal."""
    lines = [HEAD, *map(_cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = ["-" * (width - 1) + ":" for width in widths]
    rule[:WORDS] = ["-" * width for width in widths[:WORDS]]
    for line in (HEAD, rule, *lines[1:]):
        cells = (
            f"{cell:<{width}}" if number < WORDS else f"{cell:>{width}}"
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        yield f"| {' | '.join(cells)} |"


def _cells(row: Row) -> list[str]:
    scale = SCALES[row.unit]
    return [
        row.measure,
        row.what,
        row.against,
        f"{row.ours * scale:.2f} {row.unit}",
        f"{row.theirs * scale:.2f} {row.unit}",
        f"{row.ratio:.2f}×",
        str(row.aim),
        "yes" if row.met else "no",
    ]


HEAD = ["measure", "what", "against", "ours", "theirs", "ratio", "aim", "met"]
WORDS = 3
"""How many columns are words; the rest are figures."""

SCALES: dict[Unit, float] = {"s": 1, "ms": 1000, "kB": 1e-3, "MB": 1e-6}
