"""The matrix: adapters by suites, read off the JSON lines of their runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

PASSES = frozenset({"passed"})
UNTRIED = frozenset({"skipped", "inapplicable"})


@dataclass(frozen=True, slots=True)
class Row:
    """One adapter's run: its JSON lines, or why there are none."""

    adapter: str
    cases: Sequence[Mapping[str, Any]] = ()
    summary: Mapping[str, Any] = field(default_factory=dict)
    trouble: str = ""


def markdown(rows: Sequence[Row]) -> Iterator[str]:
    """The matrix as a page."""
    suites = sorted({case["suite"] for row in rows for case in row.cases})
    yield "# Adapters by suites"
    yield ""
    yield (
        "Written by `harness matrix`. A cell is how many of the cases that apply were "
        "passed; what an adapter does not claim, or its wire cannot say, is not "
        "counted. *must* is what a vendor documents or a user's data needs; *should* "
        "is the rest."
    )
    yield ""
    yield from _table(rows, suites)
    yield ""
    yield "## Each adapter"
    for row in rows:
        yield ""
        yield from _about(row)


def _table(rows: Sequence[Row], suites: Sequence[str]) -> Iterator[str]:
    head = ["adapter", "must", "should", *suites]
    yield "| " + " | ".join(head) + " |"
    yield "|---" * len(head) + "|"
    for row in rows:
        if row.trouble:
            yield f"| {row.adapter} | {row.trouble.splitlines()[0]} |" + " |" * (
                len(head) - 2
            )
            continue
        cells = [
            _share(c for c in row.cases if c["suite"] == suite) for suite in suites
        ]
        levels = [
            _share(case for case in row.cases if case["level"] == level)
            for level in ("must", "should")
        ]
        yield "| " + " | ".join([row.adapter, *levels, *cells]) + " |"


def _share(cases: Any) -> str:
    """``12/14``: passed, of those that were tried; a sign where none was."""
    tried = [case for case in cases if case["verdict"] not in UNTRIED]
    if not tried:
        return "–"
    passed = sum(case["verdict"] in PASSES for case in tried)
    return "all" if passed == len(tried) else f"{passed}/{len(tried)}"


def _about(row: Row) -> Iterator[str]:
    yield f"### {row.adapter}"
    yield ""
    if row.trouble:
        yield f"Not tried: {row.trouble}"
        return
    wires = ", ".join(sorted({case["provider"] for case in row.cases}))
    yield f"{row.summary['adapter_version']}; speaks {wires}."
    yield ""
    counts = Counter(case["verdict"] for case in row.cases)
    said = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common())
    yield f"{said}."
    failing = Counter(
        failure["check"]
        for case in row.cases
        for failure in {f["check"]: f for f in case["failures"]}.values()
        if failure["level"] == "must"
    )
    if failing:
        yield ""
        yield "Cases by the checks that failed in them: " + ", ".join(
            f"`{check}` {count}" for check, count in failing.most_common()
        )
    never = [*row.summary.get("unverified", ()), *row.summary.get("unseen", ())]
    if never:
        yield ""
        yield f"Never verified: {', '.join(never)}."
