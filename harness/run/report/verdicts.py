"""Verdicts: the signs and words for them, and a run counted by them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from harness.run.runner import Result, Verdict

SIGNS: dict[Verdict, str] = {
    "passed": ".",
    "failed": "F",
    "broken": "B",
    "known": "x",
    "flaky": "~",
    "unexpected": "X",
    "skipped": "s",
    "inapplicable": "-",
}
"""One character a case."""

WORDS: dict[Verdict, tuple[str, str]] = {
    "failed": ("failed", "failed"),
    "broken": ("broken", "broken"),
    "unexpected": ("unexpected pass", "unexpected passes"),
    "passed": ("passed", "passed"),
    "known": ("expected failure", "expected failures"),
    "flaky": ("known to be flaky", "known to be flaky"),
    "skipped": ("skipped", "skipped"),
    "inapplicable": ("not applicable", "not applicable"),
}
"""What a verdict is called, one and many, in the order of the summary."""

HEADS: dict[Verdict, str] = {
    "failed": "FAIL",
    "broken": "BROKEN",
    "unexpected": "UNEXPECTED PASS",
    "known": "KNOWN",
    "flaky": "FLAKY",
}
"""How a report of one case begins; a case that passed is only shown for warnings."""

BAD: frozenset[Verdict] = frozenset({"failed", "broken", "unexpected"})
"""Verdicts that make the run fail."""


@dataclass(frozen=True, slots=True)
class Totals:
    """A run in numbers."""

    results: tuple[Result, ...]
    seconds: float

    @property
    def counts(self) -> Counter[Verdict]:
        """How many of each verdict."""
        return Counter(result.verdict for result in self.results)

    @property
    def bad(self) -> bool:
        """Whether anything was not as expected."""
        return any(result.verdict in BAD for result in self.results)
