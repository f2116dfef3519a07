"""``harness selftest``: the suites against adapters that lie, one lie each."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from harness import __version__
from harness.adapters.miniatures import LIES, Lie, Miniature
from harness.adapters.miniatures.caught import (
    Caught,
    caught,
    dishonest,
    likely_first,
    told,
)
from harness.adapters.reference import Reference
from harness.cli import _output as out
from harness.cli._select import Chosen, choose
from harness.errors import UsageError
from harness.providers import PROVIDERS, WHERE
from harness.run import report
from harness.run.runner import Result, Trial
from harness.shell import project as projects
from harness.shell.transport import replayed
from harness.suite.kind import nearest

WIRES = [name for name, where in WHERE.items() if where.endswith(":PROVIDER")]
"""Providers that have a decoder of their own; hosts that share one show no more."""


@dataclass(frozen=True, slots=True)
class Found:
    """What came of it all: of every lie, and of the reference.

    ``reference`` is ``None`` where only some lies were asked for.
    """

    lies: Sequence[Caught]
    reference: Sequence[Result] | None
    seconds: float

    @property
    def wrong(self) -> list[Result]:
        """What the reference must not have."""
        return list(dishonest(self.reference or ()))

    @property
    def bad(self) -> bool:
        """Whether a lie was let through, or the truth was not."""
        return bool(self.wrong) or not all(one.caught for one in self.lies)


@click.command("selftest")
@click.argument("paths", nargs=-1)
@click.option("-k", "word", default="", help="Only lies whose name holds this.")
@click.option("--all", "every", is_flag=True, help="Every case, every cut.")
@click.option("-q", "--quiet", is_flag=True, help="What is wrong and the summary only.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines to stdout.")
@out.color_option
def command(
    paths: tuple[str, ...],
    word: str,
    every: bool,
    quiet: bool,
    as_json: bool,
    color: str,
) -> None:
    """Try adapters that lie on the suites: each must be caught.

    A line a lie: the check that is meant to catch it, how many cases did (the first
    that does ends the search, unless --all), and the first of them. The reference,
    which tells no lie, must pass every case, with nothing excused: in every cut of its
    answers where a provider has a wire of its own, and with --all everywhere. It is
    left out where -k asks for some lies only.

    The suites are those under PATH..., or those that came with this package.
    """
    lies = _named(word)
    chosen = choose(paths, color) if paths else _shipped(color)
    progress = out.Progress(len(lies), quiet or as_json)
    found = _found(lies, chosen, progress, every=every, honest=not word)
    progress.clear()
    paint = out.painter(color)
    if as_json:
        out.lines(_json(found))
    else:
        out.lines(_printed(found, len(chosen.cases), paint, quiet=quiet))
    if found.bad:
        out.exit_with(out.FAILED)


def _named(word: str) -> list[Lie]:
    """The lies with this in their name."""
    lies = [lie for lie in LIES if word.lower() in lie.name.lower()]
    if not lies:
        hint = nearest(word, [lie.name for lie in LIES]) or "without -k all are told"
        raise click.BadParameter(f"no lie is named {word!r}: {hint}")
    return lies


def _shipped(color: str) -> Chosen:
    """The suites that came with this package."""
    came_with = projects.shipped(projects.find(Path.cwd()))
    if came_with is None:
        raise UsageError("no suites came with this package: name some")
    chosen = choose((str(came_with.root / "specs"),), color)
    return replace(chosen, project=came_with)


def _found(
    lies: Sequence[Lie],
    chosen: Chosen,
    progress: out.Progress,
    *,
    every: bool,
    honest: bool,
) -> Found:
    """Try the lies one after the other, and the truth at the end."""
    started = time.perf_counter()
    reference = Reference(PROVIDERS, __version__)
    trial = Trial(
        reference,
        PROVIDERS,
        lambda case: projects.tape_of(chosen.project, case),
        watch=replayed,
    )
    results: list[Caught] = []
    for lie in lies:
        cases = likely_first(lie, chosen.cases, WIRES)
        results.append(caught(lie, Miniature(lie), cases, trial, every=every))
        progress.step(lie.name, time.perf_counter() - started)
    truth = [*told(chosen.cases, trial, WIRES, every=every)] if honest else None
    return Found(results, truth, time.perf_counter() - started)


def _printed(
    found: Found, cases: int, paint: report.Paint, *, quiet: bool
) -> Iterator[str]:
    if not quiet:
        yield f"harness {__version__}  spec 1  {out.count(cases, 'case')}"
        yield ""
        yield from _table(found.lies)
        yield ""
    for one in found.lies:
        if not one.caught:
            yield f"{paint('NOT CAUGHT', 'red')} {one.lie.name}: {one.lie.says}"
            tried = out.count(one.tried, "case")
            yield f"  {one.lie.check} did not fail in any of {tried}"
            yield ""
    for result in found.wrong:
        if result.verdict in report.BAD or result.failures:
            yield from report.failure(result, paint)
        else:
            yield f"{paint('EXCUSED', 'red')} {result.case.nodeid}"
    yield paint(_summary(found), "red" if found.bad else "green")


def _table(lies: Sequence[Caught]) -> Iterator[str]:
    """A line a lie, in columns."""
    rows = [(one.lie.name, one.lie.check, str(len(one.by))) for one in lies]
    name, check, count = (max(map(len, column)) for column in zip(*rows, strict=True))
    for one, row in zip(lies, rows, strict=True):
        first = one.by[0] if one.by else "not caught"
        yield f"{row[0]:<{name}}  {row[1]:<{check}}  {row[2]:>{count}}  {first}"


def _summary(found: Found) -> str:
    """``84 of 85 lies caught; the reference passes 1467 cases in 15.20s``."""
    caught_ones = sum(one.caught for one in found.lies)
    said = f"{caught_ones} of {out.count(len(found.lies), 'lie')} caught; "
    if found.reference is None:
        said += "the reference was not tried"
    elif found.wrong:
        said += f"the reference is wrong in {out.count(len(found.wrong), 'case')}"
    else:
        passed = sum(result.verdict == "passed" for result in found.reference)
        said += f"the reference passes {out.count(passed, 'case')}"
    return f"{said} in {found.seconds:.2f}s"


def _json(found: Found) -> Iterator[str]:
    lines: list[dict[str, object]] = [
        {
            "type": "lie",
            "name": one.lie.name,
            "says": one.lie.says,
            "check": one.lie.check,
            "caught": one.caught,
            "cases": len(one.by),
            "first": one.by[0] if one.by else None,
            "tried": one.tried,
        }
        for one in found.lies
    ]
    lines += [
        {
            "type": "summary",
            "lies": len(found.lies),
            "caught": sum(one.caught for one in found.lies),
            "reference": None if found.reference is None else len(found.reference),
            "wrong": [result.case.nodeid for result in found.wrong],
            "seconds": round(found.seconds, 3),
        }
    ]
    yield from (json.dumps(line, ensure_ascii=False) for line in lines)
