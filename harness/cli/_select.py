"""What the commands that name cases share: paths, suites, problems."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from harness.cli import _output as out
from harness.errors import UsageError
from harness.providers import PROVIDERS
from harness.run.plan import Selection, select
from harness.run.report import Paint
from harness.shell import project as projects
from harness.suite.case import Case, Suite


@dataclass(frozen=True, slots=True)
class Chosen:
    """The project, the suites read in it, and the cases that were asked for."""

    project: projects.Project
    suites: Sequence[Suite]
    cases: Sequence[Case]


def choose(
    paths: tuple[str, ...],
    paint: Paint,
    expression: str = "",
    providers: tuple[str, ...] = (),
) -> Chosen:
    """Read the suites under ``paths`` and select cases in them.

    Leaves with exit code 3 where a suite cannot be used, with 5 where no case is
    left; both say why.
    """
    project, files, nodes = located(paths)
    suites, problems = projects.suites(project, files, PROVIDERS, Path.cwd())
    if problems:
        out.problems(problems, paint)
        where = len({p.place.path for p in problems})
        said = f"{count(len(problems), 'error')} in {count(where, 'file')}"
        click.echo(f"{said}; nothing was run", err=True)
        sys.exit(out.BAD_SPEC)
    cases = select(suites, Selection(nodes, expression, providers))
    if not cases:
        click.echo("no case was selected: 'harness list' shows what there is", err=True)
        sys.exit(out.NOTHING)
    return Chosen(project, suites, cases)


def located(
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
    files = [path.partition("::")[0] for path in paths]
    if not any("::" in path for path in paths):
        return here, files, ()
    nodes = (path if "::" in path else f"{path}::" for path in paths)
    return here, list(dict.fromkeys(files)), tuple(nodes)


def count(number: int, noun: str) -> str:
    """``1 error``, ``2 errors``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
