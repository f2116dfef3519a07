"""``harness run``: replay cases through an adapter and check what comes of them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from harness import __version__
from harness.adapters.reference import Reference
from harness.cli import _output as out
from harness.errors import CassetteError, Problem, UsageError
from harness.providers import PROVIDERS
from harness.run import report
from harness.run.door import Adapter
from harness.run.plan import Selection, select
from harness.run.runner import CUTS, Result, Trial, run
from harness.shell import project as projects
from harness.shell.adapters import named as adapter_named
from harness.shell.hermetic import watched
from harness.suite.case import Case
from harness.suite.checks import CHECKS
from harness.suite.shape import RECORDS, nearest
from harness.wire import cut as cuts


@click.command("run")
@click.argument("paths", nargs=-1)
@click.option("-k", "expression", default="", help="Only cases whose id matches.")
@click.option("-x", "--exitfirst", is_flag=True, help="Stop at the first failure.")
@click.option("--maxfail", type=int, default=0, help="Stop after so many failures.")
@click.option("-q", "--quiet", is_flag=True, help="Failures and the summary only.")
@click.option("-v", "--verbose", count=True, help="A line a case; twice: events too.")
@click.option("--provider", "providers", multiple=True, help="Only this provider.")
@click.option("--check", "checks", multiple=True, help="Only this check.")
@click.option("--chunks", default="", help="Cuts to try, with commas: event,byte.")
@click.option("--adapter", default="reference", help="A name, or module:object.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines to stdout.")
@out.color_option
def command(
    paths: tuple[str, ...],
    expression: str,
    exitfirst: bool,
    maxfail: int,
    quiet: bool,
    verbose: int,
    providers: tuple[str, ...],
    checks: tuple[str, ...],
    chunks: str,
    adapter: str,
    as_json: bool,
    color: str,
) -> None:
    """Replay the cases under PATH... and check them.

    PATH is a suite file, a folder of them, or FILE::CASE[LABEL]. Without one: the
    project's specs, or the suites that came with this package.
    """
    paint = out.painter(color)
    project, files, nodes = _located(paths)
    _check_names(providers, checks)
    tested = _adapter(adapter, project)
    cut = _cuts(chunks) or project.chunks or CUTS
    suites, problems = projects.suites(project, files, PROVIDERS, Path.cwd())
    if problems:
        out.problems(problems, paint)
        where = len({p.place.path for p in problems})
        click.echo(
            f"{_count(len(problems), 'error')} in {_count(where, 'file')}; "
            "nothing was run",
            err=True,
        )
        sys.exit(out.BAD_SPEC)
    cases = select(suites, Selection(nodes, expression, providers))
    if not cases:
        click.echo("no case was selected: 'harness list' shows what there is", err=True)
        sys.exit(out.NOTHING)
    trial = Trial(
        tested,
        PROVIDERS,
        lambda case: projects.tape_of(project, case),
        cut,
        checks,
        watched,
    )
    started = time.perf_counter()
    unusable: list[Problem] = []
    limit = 1 if exitfirst else maxfail
    results = []
    progress = out.Progress(len(cases), quiet or as_json)
    for result in _results(cases, trial, limit, unusable):
        progress.step(result.case.name, time.perf_counter() - started)
        results.append(result)
    progress.clear()
    totals = report.Totals(tuple(results), time.perf_counter() - started)
    if as_json:
        out.lines(report.as_json(result) for result in results)
        out.lines([report.summary_json(totals, tested.name, tested.version)])
    else:
        out.lines(_printed(totals, tested, cut, quiet, verbose, paint))
    out.problems(unusable, paint)
    if unusable:
        sys.exit(out.BAD_RECORDING)
    if totals.bad:
        sys.exit(out.FAILED)


def _results(
    cases: Sequence[Case], trial: Trial, limit: int, unusable: list[Problem]
) -> Iterator[Result]:
    """Results as they come; recordings that cannot be used are put aside."""
    bad = 0
    for case in cases:
        try:
            result = run(case, trial)
        except CassetteError as error:
            unusable += [p for p in error.problems if p not in unusable]
            first = error.problems[0]
            reason = f"{first.place}: {first.message}"
            result = Result(case, trial.adapter.name, "broken", reason=reason)
        yield result
        bad += result.verdict in report.BAD
        if limit and bad >= limit:
            return


def _printed(
    totals: report.Totals,
    tested: Adapter,
    cut: Sequence[str],
    quiet: bool,
    verbose: int,
    paint: report.Paint,
) -> Iterator[str]:
    if not quiet:
        yield f"harness {__version__}  spec 1  adapter: {tested.name} {tested.version}"
        yield ""
        yield from _files(totals.results, verbose)
        yield ""
    for result in totals.results:
        shown = result.verdict in report.BAD or (verbose and result.failures)
        if shown:
            yield from report.failure(result, paint)
            if verbose > 1:
                yield from report.trace(result)
    if verbose:
        yield from report.reasons(totals.results)
    yield from report.summary(totals, cut, paint)
    if not quiet:
        yield from report.unverified(totals.results, tested.capabilities)


def _files(results: Iterable[Result], verbose: int) -> Iterator[str]:
    by_file: dict[str, list[Result]] = {}
    for result in results:
        by_file.setdefault(result.case.source.path, []).append(result)
    width = max(map(len, by_file), default=0)
    for path, found in by_file.items():
        if verbose:
            for result in found:
                yield f"{report.SIGNS[result.verdict]} {result.case.nodeid}"
        else:
            yield report.file_line(path, found, width)


def _located(
    paths: tuple[str, ...],
) -> tuple[projects.Project, list[str], tuple[str, ...]]:
    """The project, the files to read in it, and the cases named in them."""
    here = projects.find(Path.cwd())
    if not paths:
        folders = [str(here.root / folder) for folder in here.specs]
        if any(Path(folder).is_dir() for folder in folders):
            return here, folders, ()
        came_with = projects.shipped()
        if came_with is None:
            raise UsageError("there is no specs/ here: name a suite file or a folder")
        return came_with, [str(came_with.root / "specs")], ()
    files = list(dict.fromkeys(path.partition("::")[0] for path in paths))
    nodes = tuple(
        f"{Path(path.partition('::')[0]).as_posix()}::{path.partition('::')[2]}"
        for path in paths
        if "::" in path
    )
    if nodes:
        whole = tuple(f"{path}::" for path in paths if "::" not in path)
        nodes += whole
    return here, files, nodes


def _adapter(name: str, project: projects.Project) -> Adapter:
    if name == "reference":
        return Reference(PROVIDERS, __version__)
    return adapter_named(name, project)


def _check_names(providers: Iterable[str], checks: Iterable[str]) -> None:
    known = (*CHECKS, *RECORDS["expect"])
    for words, legal, what in ((providers, PROVIDERS, "provider"), (checks, known, "check")):
        for word in words:
            if word not in legal:
                hint = nearest(word, legal) or f"one of {', '.join(legal)}"
                raise click.BadParameter(f"no {what} named {word!r}: {hint}")


def _cuts(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        try:
            cuts.named(name)
        except KeyError:
            hint = nearest(name, cuts.CUTS) or f"one of {', '.join(cuts.CUTS)}"
            raise click.BadParameter(f"no cut named {name!r}: {hint}") from None
    return names


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
