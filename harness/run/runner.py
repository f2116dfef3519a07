"""One case, one adapter: tried, watched, checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, TypeAlias

from harness.cassette.tape import Tape
from harness.errors import CassetteError, HarnessError, NotExpressible, Problem
from harness.providers._provider import Provider
from harness.providers._square import SHAPE_ERRORS
from harness.run.door import Adapter
from harness.run.inject import inject, truncated
from harness.run.observe import observe
from harness.run.observe.seam import Seam, Watch, taken, unwatched
from harness.run.rehearse import Rehearsal, other_mode, rehearse
from harness.suite.case import Case
from harness.suite.checks import CHECKS, Failure
from harness.suite.expect import Keep, expectations, is_snapshot
from harness.suite.located import Map
from harness.suite.observation import Evidence, Observation

Verdict: TypeAlias = Literal[
    "passed",
    "failed",
    "broken",
    "known",
    "flaky",
    "unexpected",
    "skipped",
    "inapplicable",
]

CUTS = ("whole", "event", "byte")
"""How every answer is cut again, unless the case or the caller says otherwise."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one case on one adapter.

    ``excuse`` is the entry of a baseline that the verdict rests on, as a problem.
    """

    case: Case
    adapter: str
    verdict: Verdict
    failures: tuple[Failure, ...] = ()
    reason: str = ""
    checks: int = 0
    replays: int = 0
    observation: Observation | None = None
    excuse: Problem | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """All that is needed to try cases on an adapter.

    ``load_tape`` reads the cassette of a case; ``watch`` answers the HTTP of this
    process while it is entered, and reports what went past it. ``strict`` counts
    warnings as failures. ``today`` is a date such as ``2027-03-01``: what a case
    excuses until an earlier one is excused no more. ``keep`` looks after snapshots.
    """

    adapter: Adapter
    providers: Mapping[str, Provider]
    load_tape: Callable[[Case], Tape]
    cuts: tuple[str, ...] = CUTS
    only: tuple[str, ...] = ()
    watch: Watch = unwatched
    strict: bool = False
    today: str = ""
    keep: Keep | None = None


def run(case: Case, trial: Trial) -> Result:
    """Try one case.

    Raises:
        CassetteError: where its recording cannot be used.
    """
    untried = not_tried(case, trial)
    if untried is not None:
        return untried
    name, provider = trial.adapter.name, trial.providers[case.provider]
    try:
        tape, rehearsal = _tape(case, trial, provider)
    except CassetteError:
        raise
    except HarnessError as error:
        return Result(case, name, "broken", reason=str(error))
    if rehearsal is not None and rehearsal.inapplicable:
        return Result(case, name, "inapplicable", reason=rehearsal.inapplicable)
    case = _with_expectations(case, rehearsal)
    made_up = rehearsal is not None
    try:
        with taken(trial.watch) as seam:
            evidence = _evidence(case, trial, seam, tape, rehearsed=made_up)
    except NotExpressible as error:
        return Result(case, name, "inapplicable", reason=f"{name}: {error}")
    first = evidence.first
    if first.raised:
        reason = f"the adapter raised {first.raised}"
        return Result(case, name, "broken", reason=reason)
    try:
        failures, count = _judge(case, evidence, trial)
    except SHAPE_ERRORS as error:
        said = f"{type(error).__name__}: {error}"
        reason = f"what the adapter gave cannot be checked ({said})"
        return Result(case, name, "broken", reason=reason)
    verdict, reason = _verdict(case, failures, trial)
    replays = 1 + len(evidence.cuts)
    beside = (evidence.other_mode, evidence.other_way, evidence.truncated)
    replays += sum(observation is not None for observation in beside)
    return Result(case, name, verdict, tuple(failures), reason, count, replays, first)


def not_tried(case: Case, trial: Trial) -> Result | None:
    """The result of a case that is not for this adapter, or ``None`` if it is."""
    provider = trial.providers.get(case.provider)
    if provider is None:
        reason = f"there is no provider {case.provider!r} here"
        return Result(case, trial.adapter.name, "broken", reason=reason)
    name = trial.adapter.name
    if case.skip is not None:
        return Result(case, name, "skipped", reason=case.skip.reason)
    if case.provider not in trial.adapter.providers:
        return Result(
            case, name, "skipped", reason=f"{name} does not speak {case.provider}"
        )
    if trial.keep is None and _has_snapshot(case):
        reason = "its snapshot is kept by pytest: run it there"
        return Result(case, name, "skipped", reason=reason)
    missing = sorted(needed(case) - {*trial.adapter.capabilities})
    if missing:
        return Result(
            case, name, "skipped", reason=f"{name} has no {', '.join(missing)}"
        )
    unserved = sorted(case.requires - provider.capabilities - ADAPTERS_OWN)
    if unserved:
        reason = f"{case.provider} has no {', '.join(unserved)}"
        return Result(case, name, "inapplicable", reason=reason)
    return None


def needed(case: Case) -> set[str]:
    """What an adapter must have for this case, whether or not it says so."""
    needed = {*case.requires}
    needed |= {"async"} if case.mode == "async" else set()
    needed |= {"streaming"} if case.stream else set()
    asks = [turn for turn in case.turns if turn.step != "execute_tool_calls"]
    needed |= {"conversation"} if len(asks) > 1 else set()
    whole = any(turn.messages or turn.rehydrate for turn in case.turns)
    return needed | ({"messages"} if whole else set())


def _has_snapshot(case: Case) -> bool:
    expects = (turn.expect for turn in case.turns if turn.expect is not None)
    return any(is_snapshot(*item) for expect in expects for item in expect.items())


ADAPTERS_OWN = frozenset({"async", "messages", "retries"})
"""Capabilities that are the adapter's alone, whatever the wire."""


def _tape(
    case: Case, trial: Trial, provider: Provider
) -> tuple[Tape, Rehearsal | None]:
    rehearsal = None
    if case.cassette is not None:
        tape = trial.load_tape(case)
    else:
        rehearsal = rehearse(case, provider, stream=case.stream)
        tape = rehearsal.tape
    if case.inject is not None and tape.exchanges:
        tape = inject(tape, case.inject, provider)
    return tape, rehearsal


def _with_expectations(case: Case, rehearsal: Rehearsal | None) -> Case:
    """The case with what must hold because the provider said it, save what it says."""
    if rehearsal is None or case.inject is not None:
        return case
    turns = []
    for turn, expected in zip(case.turns, rehearsal.expected, strict=True):
        written = turn.expect
        merged = Map(written.at if written is not None else case.at)
        if written is not None:
            merged.update(written)
            merged.keys_at, merged.values_at = written.keys_at, written.values_at
        for key, value in expected.items():
            merged.setdefault(key, value)
        turns.append(replace(turn, expect=merged))
    return replace(case, turns=tuple(turns))


def _evidence(
    case: Case, trial: Trial, seam: Seam, tape: Tape, *, rehearsed: bool
) -> Evidence:
    """The run that is judged, and those it is compared with."""
    provider = trial.providers[case.provider]
    seen = partial(observe, adapter=trial.adapter, provider=provider, seam=seam)
    first = seen(case, tape=tape, made_up=rehearsed, judged=True)
    if first.raised:
        return Evidence(first)
    cuts = {
        cut: seen(case, tape=tape, cut=cut, made_up=rehearsed, judged=False)
        for cut in case.chunks or trial.cuts
        if cut != "recorded" and _tried("chunks.invariant", trial)
    }
    other: Observation | None = None
    awaited: Observation | None = None
    short: Observation | None = None
    whole = case.inject is None and len(tape.exchanges) > 0
    if whole and _tried("stream.parity", trial):
        other_tape = _other(case, provider, tape)
        if other_tape is not None:
            flipped = replace(case, stream=not case.stream)
            other = seen(flipped, tape=other_tape, made_up=True, judged=False)
    if whole and case.stream and _tried("truncation", trial):
        short_tape = truncated(tape, provider)
        if short_tape is not None:
            opening = replace(case, turns=case.turns[:1])
            short = seen(opening, tape=short_tape, made_up=True, judged=False)
    if case.mode == "sync" and _awaits(trial):
        other_way = replace(case, mode="async")
        awaited = seen(other_way, tape=tape, made_up=True, judged=False)
    return Evidence(first, cuts, other, awaited, short, rehearsed)


def _awaits(trial: Trial) -> bool:
    return "async" in trial.adapter.capabilities and _tried("async.parity", trial)


def _tried(check: str, trial: Trial) -> bool:
    return not trial.only or check in trial.only


def _other(case: Case, provider: Provider, tape: Tape) -> Tape | None:
    try:
        return other_mode(tape, provider, stream=not case.stream)
    except HarnessError:
        return None  # what cannot be said the other way is not compared


def _judge(case: Case, evidence: Evidence, trial: Trial) -> tuple[list[Failure], int]:
    failures: list[Failure] = []
    count = 0
    only = trial.only
    for name, check in CHECKS.items():
        if only and name not in only:
            continue
        count += 1
        failures += check(case, evidence)
    count += sum(len(turn.expect or ()) for turn in case.turns)
    expected = expectations(case, evidence.first, trial.keep)
    failures += [f for f in expected if not only or f.check in only]
    if case.level == "should":
        failures = [replace(failure, level="should") for failure in failures]
    return failures, count


def _verdict(
    case: Case, failures: Sequence[Failure], trial: Trial
) -> tuple[Verdict, str]:
    """What the failures come to, given what is known to fail."""
    counted = [f for f in failures if f.level == "must" or trial.strict]
    known = case.xfail
    if known is None:
        return ("failed", "") if counted else ("passed", "")
    if known.checks:
        excused = [f for f in failures if f.check in known.checks]
    else:
        excused = [f for f in failures if f.level == case.level or f in counted]
    if known.until is not None and trial.today > known.until and excused:
        return "failed", f"excused until {known.until}, not any more: {known.reason}"
    if any(f not in excused for f in counted):
        return "failed", ""
    if not excused and trial.only:
        return "passed", ""  # the check that is known to fail may not have been tried
    return ("known" if excused else "unexpected"), known.reason
