"""``harness run``: replay cases through an adapter and check what comes of them."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import click

from harness import __version__
from harness.cli import _baseline
from harness.cli import _output as out
from harness.cli._select import Chosen, choose, tested
from harness.errors import CassetteError, Problem, SpecError
from harness.providers import PROVIDERS
from harness.run import report
from harness.run.baseline import judged
from harness.run.runner import CUTS, Result, Trial, run
from harness.shell import project as projects
from harness.shell.transport import replayed
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
    adapter: str
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
@click.option("--adapter", default="reference", help="A name, or module:object.")
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
    came with this package.
    """
    asked = Options(**options)
    _known(asked.providers, PROVIDERS, "provider")
    _known(asked.checks, (*CHECKS, *EXPECT), "check")
    chosen = choose(asked.paths, asked.color, asked.expression, asked.providers)
    trial = Trial(
        tested(asked.adapter, chosen.project),
        PROVIDERS,
        lambda case: projects.tape_of(chosen.project, case),
        _cuts(asked.chunks) or chosen.project.chunks or CUTS,
        asked.checks,
        replayed,
        asked.strict,
        time.strftime("%Y-%m-%d"),
    )
    change = asked.baseline_update or asked.baseline_prune
    try:
        known = _baseline.listed(
            asked.baseline, asked.adapter, chosen, trial, change=change
        )
    except SpecError as error:
        out.rejected(error.problems, asked.color, "; nothing was run")
    _run(chosen, trial, asked, known)


def _run(
    chosen: Chosen, trial: Trial, asked: Options, known: _baseline.Listed | None
) -> None:
    """Try the cases, print what came of them, and leave with what it comes to."""
    cases = chosen.cases
    unusable: list[Problem] = []
    results: list[Result] = []
    interrupted = False
    started = time.perf_counter()
    progress = out.Progress(len(cases), asked.quiet or asked.as_json)
    try:
        limit = 1 if asked.exitfirst else asked.maxfail
        for result in _results(cases, trial, limit, unusable, known):
            progress.step(result.case.name, time.perf_counter() - started)
            results.append(result)
    except KeyboardInterrupt:
        interrupted = True
    progress.clear()
    totals = report.Totals(tuple(results), time.perf_counter() - started)
    out.lines((_as_json if asked.as_json else _printed)(totals, trial, asked))
    out.problems(unusable, asked.color)
    if len(results) < len(cases):
        why = "interrupted" if interrupted else "stopped"
        said = f"{why}: {len(results)} of {out.count(len(cases), 'case')} tried"
        click.echo(said, err=True)
    if interrupted:
        out.exit_with(out.INTERRUPTED)
    _leave(totals, unusable, _settled(known, chosen, results, asked))


def _settled(
    known: _baseline.Listed | None,
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
    cases: Sequence[Case],
    trial: Trial,
    limit: int,
    unusable: list[Problem],
    known: _baseline.Listed | None,
) -> Iterator[Result]:
    """Results as they come; recordings that cannot be used are put aside."""
    bad = 0
    for case in cases:
        try:
            result = run(case, trial)
        except CassetteError as error:
            unusable += [p for p in error.problems if p not in unusable]
            reason = error.problems[0].message
            result = Result(case, trial.adapter.name, "broken", reason=reason)
        if known is not None:
            result = judged(result, known.terms)
        yield result
        bad += result.verdict in report.BAD
        if limit and bad >= limit:
            return


def _as_json(totals: report.Totals, trial: Trial, asked: Options) -> Iterator[str]:
    name, version = trial.adapter.name, trial.adapter.version
    yield from map(report.as_json, totals.results)
    yield report.summary_json(totals, name, version)


def _printed(totals: report.Totals, trial: Trial, asked: Options) -> Iterator[str]:
    paint, adapter = out.painter(asked.color), trial.adapter
    chosen = () if asked.adapter == "reference" else ("--adapter", asked.adapter)
    again = (*chosen, "-vv")
    if not asked.quiet:
        name = f"{adapter.name} {adapter.version}"
        yield f"harness {__version__}  spec 1  adapter: {name}"
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
        yield from report.unverified(totals.results, adapter.capabilities)


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
