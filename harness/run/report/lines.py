"""Lines for people. No box drawing in failures, so that carets survive logs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from shlex import join

from harness.message.events import Event, StreamEvent
from harness.run.report.problems import Paint, plain, problem, shown
from harness.run.report.verdicts import BAD, HEADS, SIGNS, WORDS, Totals
from harness.run.runner import Result, Verdict, needed
from harness.suite.checks import Failure


def file_line(path: str, results: Sequence[Result], width: int) -> str:
    """A suite file's results, a character each."""
    signs = "".join(SIGNS[result.verdict] for result in results)
    return f"{path:<{width}}  {signs}  {len(results)}"


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


def untried(results: Iterable[Result], capabilities: Iterable[str]) -> list[str]:
    """Capabilities that an adapter declares, and no case that needs them ran."""
    tried = {
        capability
        for result in results
        if result.verdict not in ("skipped", "inapplicable", "broken")
        for capability in needed(result.case)
    }
    return sorted(set(capabilities) - tried)


def unverified(
    results: Iterable[Result],
    capabilities: Iterable[str],
    unseen: Iterable[str] = (),
) -> Iterator[str]:
    """What the adapter declares and no case tried, and what it cannot tell."""
    never = untried(results, capabilities)
    if never:
        listed = ", ".join(never)
        yield f"not verified: {listed} (declared, no case that needs it ran)"
    if unseen:
        listed = ", ".join(sorted(unseen))
        yield f"not verified: {listed} (the adapter has no way to tell)"
