"""Told: what came of a case, in pytest's words and with the command line's text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from harness.errors import Problem
from harness.run import report
from harness.run.runner import Result


def judged(result: Result, told: Iterable[str] = (), *, strict: bool = True) -> None:
    """Pass, or raise what pytest takes for the verdict.

    Args:
        result: what came of the case.
        told: the text for a failure, ours if there is none.
        strict: whether what is known to fail must, and may.
    """
    lines = [*told] or [*lines_about(result)]
    match result.verdict:
        case "skipped":
            pytest.skip(result.reason)
        case "inapplicable":
            pytest.skip(f"not applicable: {result.reason}")
        case "known":
            if strict:
                pytest.xfail(result.reason)
            pytest.fail("\n".join(lines), pytrace=False)
        case "unexpected":
            if strict:
                lines.append(f"[XPASS(strict)] {result.reason}")
                pytest.fail("\n".join(lines), pytrace=False)
        case "flaky" if result.failures:
            pytest.xfail(result.reason)
        case "failed" | "broken":
            pytest.fail("\n".join(lines), pytrace=False)


def lines_about(result: Result, options: Iterable[str] = ("-vv",)) -> Iterator[str]:
    """A case that was not as expected; the first line begins with its place."""
    # pytest has a heading of its own.
    lines = [*report.failure(result, options=(*options,))][2:]
    if result.verdict == "failed" and result.reason and not result.excuse:
        lines = [*lines[2:], *lines[:1]]  # why it is not excused
    while lines and not lines[-1]:
        lines.pop()
    yield from lines


def lines_of(problems: Iterable[Problem]) -> Iterator[str]:
    """Problems, each with its line and a caret."""
    for number, problem in enumerate(problems):
        if number:
            yield ""
        yield from report.problem(problem)
