"""Results as lines: for people, and as JSON for machines. No box drawing in
failures, so that carets survive logs and copying.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.errors import Problem
from harness.message.events import Event, StreamEvent
from harness.run.runner import Result, Verdict
from harness.suite.checks import CHECKS, Failure

SIGNS: dict[Verdict, str] = {
    "passed": ".",
    "failed": "F",
    "broken": "B",
    "known": "x",
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
    "skipped": ("skipped", "skipped"),
    "inapplicable": ("not applicable", "not applicable"),
}
"""What a verdict is called, one and many, in the order of the summary."""

HEADS: dict[Verdict, str] = {
    "failed": "FAIL",
    "broken": "BROKEN",
    "unexpected": "UNEXPECTED PASS",
    "known": "KNOWN",
}
"""How a report of one case begins; a case that passed is only shown for warnings."""

BAD: frozenset[Verdict] = frozenset({"failed", "broken", "unexpected"})
"""Verdicts that make the run fail."""

Paint = Callable[[str, str], str]
"""Text and a colour's name to text that shows it."""


def plain(text: str, colour: str) -> str:
    """No colour at all."""
    return text


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


def file_line(path: str, results: Sequence[Result], width: int) -> str:
    """A suite file's results, a character each."""
    signs = "".join(SIGNS[result.verdict] for result in results)
    return f"{path:<{width}}  {signs}  {len(results)}"


def problem(
    found: Problem, paint: Paint = plain, severity: str = "error"
) -> Iterator[str]:
    """A problem with its line and a caret."""
    yield f"{found.place}: {paint(severity, 'red')}[{found.code}]: {found.message}"
    if found.excerpt is None:
        if found.hint:
            yield f"  {found.hint}"
        return
    number = f"{found.place.line:>5}"
    excerpt = found.excerpt.replace("\t", " ")
    start, limit = found.place.column - 1, 120
    if start > limit - 20:
        # A very long line: show the part that matters.
        cut = start - 40
        excerpt, start = "…" + excerpt[cut:], start - cut + 1
    yield f"{number} | {excerpt[:limit]}"
    caret = "^" * max(1, min(found.length, limit - start))
    yield f"{'':>5} | {'':>{start}}{paint(caret, 'red')}" + (
        f" {found.hint}" if found.hint else ""
    )


def failure(result: Result, paint: Paint = plain) -> Iterator[str]:
    """A case that was not as expected, and why."""
    case = result.case
    head = HEADS.get(result.verdict, "WARN")
    yield f"{paint(head, 'red')} {case.nodeid}   {result.adapter}"
    yield ""
    place = f"{case.source.path}:{case.at.line}:{case.at.column}"
    if result.verdict == "unexpected":
        yield f"{place}: listed as xfail, but it passed: {result.reason}"
        yield "  remove the xfail entry"
    elif result.verdict == "broken":
        yield f"{place}: could not be tried: {result.reason}"
    for found in result.failures:
        yield from _failed_check(result, found, paint)
    yield f"  again   harness run '{case.nodeid}' -vv"
    yield ""


def _failed_check(result: Result, found: Failure, paint: Paint) -> Iterator[str]:
    at = found.at or result.case.at
    code = f"{found.check}"
    shown = result.case.source.problem(at, code, found.message, found.hint)
    severity = "error" if found.level == "must" else "warning"
    yield from problem(shown, paint, severity)
    for line in found.lines:
        colour = {"-": "red", "+": "green", ">": "red"}.get(line[:1], "")
        yield "        " + (paint(line, colour) if colour else line)
    yield ""


def reasons(results: Iterable[Result]) -> Iterator[str]:
    """Why cases were not tried, or may fail: each reason once, with how many."""
    counted = Counter(
        (result.verdict, result.reason)
        for result in results
        if result.verdict in ("skipped", "inapplicable", "known")
    )
    for (verdict, reason), count in counted.items():
        yield f"{count:>4} {WORDS[verdict][count != 1]}: {reason}"
    if counted:
        yield ""


def trace(result: Result) -> Iterator[str]:
    """Every turn of a case: what was sent, and the events that came."""
    if result.observation is None:
        return
    for number, turn in enumerate(result.observation.turns, 1):
        for sent in turn.sent:
            yield f"  turn {number}: {sent.request.method} {sent.request.url}"
            yield f"    {json.dumps(sent.body, ensure_ascii=False)}"
        for index, event in enumerate(turn.events):
            yield f"    {index:>3} {event_line(event)}"
    yield ""


def event_line(event: Event) -> str:
    """An event in one line: its type, its part, and what it says."""
    if not isinstance(event, StreamEvent):
        return f"{event.type:<14} {event!r}"
    said = [repr(event.chunk)]
    named = ("tool_call_id", "tool_name", "exception")
    said += [f"{n}={getattr(event, n)}" for n in named if getattr(event, n)]
    said += [n for n in ("server_executed", "redacted") if getattr(event, n)]
    if event.attachments:
        said.append(f"attachments={[a.type or a.url for a in event.attachments]}")
    if event.provider_metadata:
        said.append(json.dumps(event.provider_metadata, ensure_ascii=False))
    return f"{event.type:<14} {event.part_index!s:>3}  {'  '.join(said)}"


def summary(totals: Totals, cuts: Sequence[str], paint: Paint = plain) -> Iterator[str]:
    """The last lines: counts, and what nobody verified."""
    counts = totals.counts
    said = [
        f"{counts[verdict]} {words[counts[verdict] != 1]}"
        for verdict, words in WORDS.items()
        if counts[verdict]
    ]
    checks = sum(result.checks for result in totals.results)
    replays = sum(result.replays for result in totals.results)
    colour = "red" if totals.bad else "green"
    line = f"{', '.join(said)} in {totals.seconds:.2f}s"
    named = ", ".join(("recorded", *(c for c in cuts if c != "recorded")))
    yield paint(line, colour) + f"   {checks} checks, {replays} replays ({named})"
    warned = sum(
        1 for r in totals.results if any(f.level == "should" for f in r.failures)
    )
    if warned:
        yield f"{warned} with warnings (level should): -v shows them"


def unverified(results: Iterable[Result], capabilities: Iterable[str]) -> Iterator[str]:
    """Capabilities the adapter declares that no case tried."""
    tried = {
        capability
        for result in results
        if result.verdict not in ("skipped", "inapplicable", "broken")
        for capability in result.case.requires
    }
    never = sorted(set(capabilities) - tried)
    if never:
        listed = ", ".join(never)
        yield f"not verified: {listed} (declared, no case that requires it ran)"


def as_json(result: Result) -> str:
    """One result as a JSON line."""
    case = result.case
    return _line(
        {
            "type": "case",
            "id": case.nodeid,
            "suite": case.suite,
            "adapter": result.adapter,
            "provider": case.provider,
            "verdict": result.verdict,
            "level": case.level,
            "checks": result.checks,
            "replays": result.replays,
            "file": case.source.path,
            "line": case.at.line,
            "column": case.at.column,
        }
        | ({"reason": result.reason} if result.reason else {})
        | {"failures": [_failure_json(result, found) for found in result.failures]}
    )


def _failure_json(result: Result, found: Failure) -> dict[str, Any]:
    at = found.at or result.case.at
    return {
        "check": found.check,
        "level": found.level,
        "message": found.message,
        "line": at.line,
        "column": at.column,
        "details": list(found.lines),
    }


def summary_json(totals: Totals, adapter: str, version: str) -> str:
    """The run as the last JSON line."""
    counts = totals.counts
    return _line(
        {
            "type": "summary",
            "adapter": adapter,
            "adapter_version": version,
            "counts": {verdict: counts[verdict] for verdict in WORDS},
            "checks": sum(result.checks for result in totals.results),
            "replays": sum(result.replays for result in totals.results),
            "seconds": round(totals.seconds, 3),
            "check_ids": list(CHECKS),
        }
    )


def _line(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False)
