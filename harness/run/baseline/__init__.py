"""Baseline: results judged again by what an adapter's owner knows to fail.

Fails and listed is known; fails and not listed has failed; passes and listed is
unexpected, since whatever is excused for nothing hides the next failure. What was
not tried, or is broken, says nothing of its entries. Only the checks that are listed
may fail; and what is listed as flaky may do as it likes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from harness.errors import Problem
from harness.run.plan import names
from harness.run.runner import Result
from harness.suite.baseline import Baseline, Entry
from harness.suite.case import Case, Suite
from harness.suite.checks import Failure
from harness.suite.kind import nearest

TRIED = frozenset({"passed", "failed", "known"})
"""Verdicts that say something of what is listed."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What results are judged by.

    ``today`` is a date such as ``2027-03-01``; ``strict`` counts warnings as
    failures; ``only`` are the checks that were made, all of them where it is empty.
    """

    baseline: Baseline
    today: str = ""
    strict: bool = False
    only: tuple[str, ...] = ()

    def problem(self, entry: Entry, message: str, hint: str | None = None) -> Problem:
        """Something to say of an entry, where it stands."""
        return self.baseline.source.problem(entry.at, CODE, message, hint)

    def expired(self, entry: Entry) -> bool:
        """Whether its last day is over."""
        return entry.until is not None and self.today > entry.until

    def made(self, entry: Entry) -> bool:
        """Whether all of its checks were."""
        return not self.only or {*entry.checks} <= {*self.only}


CODE = "H601"
"""The code of all that is wrong between a baseline and a run."""

PRUNE = "remove the entry, or run with --baseline-prune"


def judged(result: Result, terms: Terms) -> Result:
    """The result, less what the baseline excuses."""
    if result.verdict not in TRIED:
        return result
    known = _of(result.case, terms.baseline.known)
    flaky = _of(result.case, terms.baseline.flaky)
    if not known and not flaky:
        return result
    for entry in (*known, *flaky):
        if terms.expired(entry) and _hit(entry, result):
            said = f"excused until {entry.until}, not any more: {entry.reason}"
            excuse = terms.problem(entry, said)
            return replace(result, verdict="failed", reason=said, excuse=excuse)
    excused = {check for entry in (*known, *flaky) for check in entry.checks}
    if any(failure.check not in excused for failure in unexcused(result, terms)):
        return result
    return _excused(result, known, flaky, terms)


def _excused(
    result: Result, known: Sequence[Entry], flaky: Sequence[Entry], terms: Terms
) -> Result:
    """A result in which nothing failed that is not listed."""
    for entry in known:
        if terms.made(entry) and not _hit(entry, result):
            return _stale(result, entry, terms)
    used = next((entry for entry in known if _hit(entry, result)), None)
    if used is not None:
        excuse = terms.problem(used, used.reason, used.issue)
        return replace(result, verdict="known", reason=used.reason, excuse=excuse)
    if flaky and any(terms.made(entry) for entry in flaky):
        entry = next((e for e in flaky if _hit(e, result)), flaky[0])
        excuse = terms.problem(entry, entry.reason, entry.issue)
        return replace(result, verdict="flaky", reason=entry.reason, excuse=excuse)
    return result


def _stale(result: Result, entry: Entry, terms: Terms) -> Result:
    listed = ", ".join(entry.checks)
    message = f"stale: {result.case.name} is listed as failing {listed}, and does not"
    excuse = terms.problem(entry, message, PRUNE)
    return replace(result, verdict="unexpected", reason=message, excuse=excuse)


def unexcused(result: Result, terms: Terms) -> list[Failure]:
    """The failures that count, less those that the suite itself excuses."""
    counted = [f for f in result.failures if f.level == "must" or terms.strict]
    if result.verdict != "failed":
        return []  # what is excused already
    known = result.case.xfail
    if known is None or (known.until is not None and terms.today > known.until):
        return counted
    return [f for f in counted if f.check not in known.checks]


def _of(case: Case, entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if names(entry.case, case)]


def _hit(entry: Entry, result: Result) -> bool:
    """Whether one of its checks failed."""
    return any(failure.check in entry.checks for failure in result.failures)


def strangers(
    terms: Terms, suites: Sequence[Suite], *, everything: bool
) -> Iterator[tuple[Entry, Problem]]:
    """Entries that name no case, each as a problem.

    Unless ``everything`` was read, one of a suite that was not says nothing.
    """
    cases = [case for suite in suites for case in suite.cases]
    for entry in (*terms.baseline.known, *terms.baseline.flaky):
        if any(names(entry.case, case) for case in cases):
            continue
        place, _, named = entry.case.partition("::")
        there = [case for case in cases if names(f"{place}::", case)]
        if there or everything:
            ids = [word for case in there for word in (case.id, case.name)]
            places = [word for case in cases for word in (case.suite, case.source.path)]
            hint = nearest(named, ids) if there else nearest(place, places)
            message = f"{entry.case!r} names no case"
            yield entry, terms.problem(entry, message, hint or PRUNE)


def stale(
    terms: Terms, results: Iterable[Result], cases: Iterable[Case]
) -> list[Entry]:
    """Known failures of which nothing failed, although every case was tried.

    ``cases`` are all there are: where some were left out, they may still fail.
    """
    by_case = {result.case.nodeid: result for result in results}
    listed = list(cases)
    found: list[Entry] = []
    for entry in terms.baseline.known:
        mine = [case for case in listed if names(entry.case, case)]
        tried = [by_case.get(case.nodeid) for case in mine]
        if not tried or None in tried or not terms.made(entry):
            continue
        spoke = [r for r in tried if r and _says(r)]
        if spoke and not any(_hit(entry, result) for result in spoke):
            found.append(entry)
    return found


def _says(result: Result) -> bool:
    """Whether a result, judged or not, says something of what is listed."""
    return result.verdict in TRIED or result.excuse is not None
