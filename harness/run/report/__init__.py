"""Results as lines: for people, and as JSON for machines."""

from __future__ import annotations

from harness.run.report.lines import (
    event_line,
    failure,
    file_line,
    flaky,
    reasons,
    summary,
    trace,
    untried,
    unverified,
)
from harness.run.report.machine import as_json, summary_json
from harness.run.report.problems import Paint, plain, problem, shown
from harness.run.report.verdicts import BAD, HEADS, SIGNS, WORDS, Totals

__all__ = [
    "BAD",
    "HEADS",
    "SIGNS",
    "WORDS",
    "Paint",
    "Totals",
    "as_json",
    "event_line",
    "failure",
    "file_line",
    "flaky",
    "plain",
    "problem",
    "reasons",
    "shown",
    "summary",
    "summary_json",
    "trace",
    "untried",
    "unverified",
]
