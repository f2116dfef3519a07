"""``harness run``: replay cases through an adapter and check what comes of them."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from harness import __version__
from harness.cli import _baseline
from harness.cli import _output as out
from harness.cli._select import Chosen, Jobs, choose
from harness.errors import Problem, SpecError, UsageError
from harness.providers import PROVIDERS
from harness.rig import mounted
from harness.rig.excused import Listed, listed
from harness.rig.trying import Setup, trial_of, tried
from harness.run import report
from harness.run.baseline import judged
from harness.run.runner import Result, Trial
from harness.suite.case import Case
from harness.suite.checks import CHECKS
from harness.suite.kind import nearest
from harness.suite.shape import EXPECT
from harness.wire import cut as cuts


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for on the command line."""

    paths: tuple[str, ...]
    expression: str
    exitfirst: bool
    maxfail: int
    quiet: bool
    verbose: int
    providers: tuple[str, ...]
    checks: tuple[str, ...]
    chunks: str
    adapter: str | None
    jobs: int
    shipped: bool
    strict: bool
    as_json: bool
    baseline: str
    baseline_update: bool
    baseline_prune: bool
    color: str


@click.command("run")
@click.argument("paths", nargs=-1)
@click.option("-k", "expression", default="", help="Only cases whose id matches.")
@click.option("-x", "--exitfirst", is_flag=True, help="Stop at the first failure.")
@click.option(
    "--maxfail", type=click.IntRange(0), default=0, help="Stop after so many failures."
)
@click.option("-q", "--quiet", is_flag=True, help="Failures and the summary only.")
@click.option("-v", "--verbose", count=True, help="A line a case; twice: events too.")
@click.option("--provider", "providers", multiple=True, help="Only this provider.")
@click.option("--check", "checks", multiple=True, help="Only this check.")
@click.option("--chunks", default="", help="Cuts to try, with commas: event,byte.")
@click.option("--adapter", help="A name, KIND:MODEL as llm:gpt-5, or module:object.")
@click.option(
    "-j", "jobs", type=Jobs(), default="1", help="Processes to try in, or auto."
)
@click.option("--shipped", is_flag=True, help="The suites that came with the harness.")
@click.option("--strict", is_flag=True, help="Warnings (level should) fail too.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines to stdout.")
@_baseline.option_file
@_baseline.option_update
@_baseline.option_prune
@out.color_option
def command(**options: Any) -> None:
    """Replay the cases under PATH... and check them.

    PATH is a suite file, a folder of them, FILE::CASE[LABEL] or SUITE::CASE, with *
    and ? for what may differ. Without one: the project's specs, or the suites that
    came with this package. Cases of wires that the adapter does not speak are left out.
    """
    asked = Options(**options)
    _known(asked.providers, PROVIDERS, "provider")
    _known(asked.checks, (*CHECKS, *EXPECT), "check")
    chosen = choose(
        asked.paths,
        asked.color,
        asked.expression,
        asked.providers,
        shipped=asked.shipped,
    )
    setup = Setup(
        mounted.chosen(asked.adapter, chosen.project),
        chosen.project,
        _cuts(asked.chunks),
        asked.checks,
        asked.strict,
        time.strftime("%Y-%m-%d"),
    )
    trial = trial_of(setup)
    known = _known_failures(chosen, setup, asked)
    spoken = _spoken(chosen, trial, setup.adapter)
    _run(chosen, Work(setup, trial, spoken), asked, known)


def _known_failures(chosen: Chosen, setup: Setup, asked: Options) -> Listed | None:
    """The baseline that was named, or is set for the adapter."""
    change = asked.baseline_update or asked.baseline_prune
    try:
        known = listed(
            Path(asked.baseline) if asked.baseline else None,
            setup.adapter,
            chosen.project,
            Path.cwd(),
            today=setup.today,
            strict=setup.strict,
            only=setup.only,
            change=change,
        )
    except SpecError as error:
        out.rejected(error.problems, asked.color, "; nothing was run")
    if change and known is None:
        raise UsageError("which baseline? name one with --baseline FILE")
    return known


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be tried: the cases of wires that the adapter speaks."""

    setup: Setup
    trial: Trial
    cases: tuple[Case, ...]


def _spoken(chosen: Chosen, trial: Trial, name: str) -> tuple[Case, ...]:
    wires = trial.adapter.providers
    cases = tuple(case for case in chosen.cases if case.provider in wires)
    if not cases:
        named = sorted({case.provider for case in chosen.cases})
        some = ", ".join(named[:6]) + (" ..." if len(named) > 6 else "")
        click.echo(f"{name} speaks none of the wires of these cases: {some}", err=True)
        out.exit_with(out.NOTHING)
    return cases


def _run(chosen: Chosen, work: Work, asked: Options, known: Listed | None) -> None:
    """Try the cases, print what came of them, and leave with what it comes to."""
    cases, trial = work.cases, work.trial
    unusable: list[Problem] = []
    results: list[Result] = []
    interrupted = False
    started = time.perf_counter()
    progress = out.Progress(len(cases), asked.quiet or asked.as_json)
    try:
        limit = 1 if asked.exitfirst else asked.maxfail
        with redirect_stdout(sys.stderr):  # ours is for results; adapters print, too
            for result in _results(work, asked.jobs, limit, unusable, known):
                progress.step(result.case.name, time.perf_counter() - started)
                results.append(result)
    except KeyboardInterrupt:
        interrupted = True
    progress.clear()
    totals = report.Totals(tuple(results), time.perf_counter() - started)
    left_out = len(chosen.cases) - len(cases)
    if asked.as_json:
        out.lines(_as_json(totals, trial))
    else:
        name, away = work.setup.adapter, chosen.project.settings is not None
        out.lines(_printed(totals, trial, asked, name, left_out, from_afar=away))
    out.problems(unusable, asked.color)
    if len(results) < len(cases):
        why = "interrupted" if interrupted else "stopped"
        said = f"{why}: {len(results)} of {out.count(len(cases), 'case')} tried"
        click.echo(said, err=True)
    if interrupted:
        out.exit_with(out.INTERRUPTED)
    _leave(totals, unusable, _settled(known, chosen, results, asked))


def _settled(
    known: Listed | None,
    chosen: Chosen,
    results: Sequence[Result],
    asked: Options,
) -> bool:
    """Whether the baseline fits the suites; says where it does not."""
    if known is None:
        return True
    strange = _baseline.settled(
        known,
        results,
        chosen,
        everything=not asked.paths,
        update=asked.baseline_update,
        prune=asked.baseline_prune,
    )
    out.problems(strange, asked.color)
    return not strange


def _leave(totals: report.Totals, unusable: Sequence[Problem], fits: bool) -> None:
    if unusable:
        out.exit_with(out.BAD_RECORDING)
    if totals.bad or not fits:
        out.exit_with(out.FAILED)


def _results(
    work: Work,
    jobs: int,
    limit: int,
    unusable: list[Problem],
    known: Listed | None,
) -> Iterator[Result]:
    """Results as they come; recordings that cannot be used are put aside."""
    bad = 0
    for result, problems in tried(work.cases, work.trial, work.setup, jobs):
        unusable += [problem for problem in problems if problem not in unusable]
        if known is not None:
            result = judged(result, known.terms)
        yield result
        bad += result.verdict in report.BAD
        if limit and bad >= limit:
            return


def _as_json(totals: report.Totals, trial: Trial) -> Iterator[str]:
    adapter = trial.adapter
    yield from map(report.as_json, totals.results)
    never = report.untried(totals.results, adapter.capabilities)
    unseen = getattr(adapter, "unseen", ())
    yield report.summary_json(totals, adapter.name, adapter.version, never, unseen)


def _printed(
    totals: report.Totals,
    trial: Trial,
    asked: Options,
    name: str,
    left_out: int,
    *,
    from_afar: bool,
) -> Iterator[str]:
    paint, adapter = out.painter(asked.color), trial.adapter
    chosen = () if name == "reference" else ("--adapter", name)
    again = (*chosen, *(("--shipped",) if from_afar else ()), "-vv")
    if not asked.quiet:
        version = adapter.version
        shown = f"({version})" if " " in version else version
        yield f"harness {__version__}  spec 1  adapter: {adapter.name} {shown}"
        yield ""
        yield from _files(totals.results, asked.verbose)
        yield ""
    for result in totals.results:
        if result.verdict in report.BAD or (asked.verbose and result.failures):
            yield from report.failure(result, paint, again)
        if asked.verbose > 1:
            yield from report.trace(result)
    if asked.verbose:
        yield from report.reasons(totals.results)
    yield from report.flaky(totals.results)
    yield from report.summary(totals, trial.cuts, paint)
    if not asked.quiet:
        unseen = getattr(adapter, "unseen", ())
        yield from report.unverified(totals.results, adapter.capabilities, unseen)
        if left_out:
            yield f"left out: {out.count(left_out, 'case')} of wires it does not speak"


def _files(results: Iterable[Result], verbose: int) -> Iterator[str]:
    by_file: dict[str, list[Result]] = {}
    for result in results:
        by_file.setdefault(result.case.source.path, []).append(result)
    width = max(map(len, by_file), default=0)
    for path, found in by_file.items():
        if verbose:
            yield from (f"{report.SIGNS[r.verdict]} {r.case.nodeid}" for r in found)
        else:
            yield report.file_line(path, found, width)


def _known(words: Iterable[str], legal: Collection[str], what: str) -> None:
    for word in words:
        if word not in legal:
            hint = nearest(word, legal) or f"one of {', '.join(legal)}"
            raise click.BadParameter(f"no {what} named {word!r}: {hint}")


def _cuts(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if not cuts.exists(name):
            hint = nearest(name, cuts.CUTS) or f"one of {', '.join(cuts.CUTS)}"
            raise click.BadParameter(f"no cut named {name!r}: {hint}")
    return names
