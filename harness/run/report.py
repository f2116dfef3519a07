"""Results as lines: for people, and as JSON for machines. No box drawing in
failures, so that carets survive logs and copying.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from shlex import join
from typing import Any
from unicodedata import combining, east_asian_width

from harness.errors import Problem
from harness.message.events import Event, StreamEvent
from harness.run.runner import Result, Verdict
from harness.suite.checks import CHECKS, Failure

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
    found: Problem,
    paint: Paint = plain,
    severity: str = "error",
    before: Sequence[str] = (),
) -> Iterator[str]:
    """A problem with its line and a caret, under the lines ``before`` it if given."""
    yield (
        f"{found.place}: {paint(severity, COLOURS[severity])}[{found.code}]: "
        f"{shown(found.message)}"
    )
    if found.excerpt is None:
        if found.hint:
            yield f"  {found.hint}"
        return
    first = found.place.line - len(before)
    for number, line in enumerate(before, first):
        yield f"{number:>5} | {shown(line)[:WIDEST]}".rstrip()
    excerpt, start = shown(found.excerpt), found.place.column - 1
    if start > WIDEST - 20:
        # A very long line: show the part that matters.
        cut = start - 40
        excerpt, start = "…" + excerpt[cut:], start - cut + 1
    excerpt = excerpt[:WIDEST]
    caret = "^" * max(1, cells(excerpt[start : start + found.length]))
    yield f"{found.place.line:>5} | {excerpt}".rstrip()
    yield f"{'':>5} | {'':>{cells(excerpt[:start])}}{paint(caret, 'red')}" + (
        f" {found.hint}" if found.hint else ""
    )


COLOURS = {"error": "red", "warning": "yellow"}
"""A severity's colour."""

WIDEST = 120
"""How much of a line is shown."""


def shown(text: str) -> str:
    """Text with a picture for each control character, so that none is obeyed."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c == "\u200d" else PICTURES.get(ord(c), "\ufffd")
        for c in text
    )


PICTURES = {c: chr(0x2400 + c) for c in range(32)} | {9: " ", 127: "\u2421", 160: " "}
"""Control characters as they can be printed; a tab is one blank, as columns count."""


def cells(text: str) -> int:
    """How many columns of a terminal the text takes."""
    wide = sum(east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(combining(c) != 0 or c == "\u200d" for c in text)


def failure(
    result: Result, paint: Paint = plain, options: Sequence[str] = ("-vv",)
) -> Iterator[str]:
    """A case that was not as expected, why, and with which options to see more."""
    case = result.case
    head = HEADS.get(result.verdict, "WARN")
    turns = result.observation.turns if result.observation else ()
    events = sum(len(turn.events) for turn in turns)
    parts = sum(len(m.parts) for turn in turns for m in turn.messages)
    size = f"   {_count(events, 'event')}, {_count(parts, 'part')}" if turns else ""
    colour = "red" if result.verdict in BAD else "yellow"
    yield f"{paint(head, colour)} {case.nodeid}   {result.adapter}{size}"
    yield ""
    yield from _why(result, paint)
    for found in result.failures:
        yield from _failed_check(result, found, paint)
    for link in case.about:
        yield f"  about   {link}"
    if result.excuse is not None and result.verdict not in BAD:
        yield f"  listed  {result.excuse.place}: {result.reason}"
        yield f"  issue   {result.excuse.hint}"
    elif case.xfail is not None and case.xfail.issue:
        yield f"  issue   {case.xfail.issue}"
    yield f"  again   harness run {join([case.nodeid, *options])}"
    yield ""


def _why(result: Result, paint: Paint) -> Iterator[str]:
    """Why the verdict is no other, where no check says so."""
    case = result.case
    if result.excuse is not None and result.verdict in BAD:
        yield from problem(result.excuse, paint)
        yield ""
    elif result.verdict in EXPLAINED:
        what, hint = EXPLAINED[result.verdict]
        known = case.xfail if result.verdict == "unexpected" else None
        at = known.at if known and known.at else case.at
        code = "xfail" if known else "broken"
        said = f"{what}: {result.reason}"
        yield from problem(case.source.problem(at, code, said, hint), paint)
        yield ""
    elif result.verdict == "failed" and result.reason:
        yield f"  {result.reason}"
        yield ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


EXPLAINED: dict[Verdict, tuple[str, str | None]] = {
    "unexpected": ("listed as xfail, but it passed", "remove the xfail entry"),
    "broken": ("could not be tried", None),
}
"""What a verdict that no check gave means, and what to do."""


def _failed_check(result: Result, found: Failure, paint: Paint) -> Iterator[str]:
    at, source = found.at or result.case.at, result.case.source
    excerpt = source.problem(at, found.check, found.message, found.hint)
    severity = "error" if found.level == "must" else "warning"
    before = source.lines[max(0, at.line - 3) : max(0, at.line - 1)]
    yield from problem(excerpt, paint, severity, before if found.at else ())
    for line in found.lines:
        colour = {"-": "red", "+": "green", ">": "red"}.get(line[:1], "")
        yield "  " + (paint(shown(line), colour) if colour else shown(line))
    yield ""


def reasons(results: Iterable[Result]) -> Iterator[str]:
    """Why cases were not tried, or may fail: each reason once, with how many."""
    counted = Counter(
        (result.verdict, result.reason)
        for result in results
        if result.verdict in ("skipped", "inapplicable", "known", "flaky")
    )
    for (verdict, reason), count in counted.items():
        yield f"{count:>4} {WORDS[verdict][count != 1]}: {reason}"
    if counted:
        yield ""


def flaky(results: Iterable[Result]) -> Iterator[str]:
    """What cases did that are known to be flaky, a line each."""
    for result in results:
        if result.verdict == "flaky" and result.excuse is not None:
            failed = ", ".join(dict.fromkeys(f.check for f in result.failures))
            did = f"failed {failed}" if failed else "passed"
            place = result.excuse.place
            yield f"flaky {result.case.nodeid}: {did}   {place}: {result.reason}"


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
    warned = sum(r.verdict == "passed" and len(r.failures) > 0 for r in totals.results)
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
        | ({"listed": str(result.excuse.place)} if result.excuse else {})
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
    } | ({"hint": found.hint} if found.hint else {})


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
