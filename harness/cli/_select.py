"""What the commands that name cases share: paths, suites, problems."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from harness.cli import _output as out
from harness.errors import UsageError
from harness.providers import PROVIDERS, WHERE
from harness.run.plan import Selection, select, unmatched
from harness.shell import project as projects
from harness.suite.case import Case, Suite
from harness.suite.kind import nearest


@dataclass(frozen=True, slots=True)
class Chosen:
    """The project, the suites read in it, and the cases that were asked for."""

    project: projects.Project
    suites: Sequence[Suite]
    cases: Sequence[Case]


def choose(
    paths: tuple[str, ...],
    color: str,
    expression: str = "",
    providers: tuple[str, ...] = (),
    *,
    shipped: bool = False,
) -> Chosen:
    """Read the suites under ``paths`` and select cases in them.

    Leaves with exit code 3 where a suite cannot be used, with 5 where no case is
    left; both say why.
    """
    project, files, nodes = located(paths, shipped=shipped)
    # Those that came with the harness have the names that they have at home.
    here = project.root if project.settings is not None else Path.cwd()
    suites, problems = projects.suites(project, files, WHERE, here, others=PROVIDERS)
    if problems:
        out.rejected(problems, color, "; nothing was run")
    for node in unmatched(suites, nodes):
        names = {case.id for suite in suites for case in suite.cases}
        hint = nearest(node.partition("::")[2], names) or "see 'harness list'"
        click.echo(f"no case is named by {node!r}: {hint}", err=True)
        out.exit_with(out.NOTHING)
    cases = select(suites, Selection(nodes, expression, providers))
    if not cases:
        click.echo("no case was selected: 'harness list' shows what there is", err=True)
        out.exit_with(out.NOTHING)
    return Chosen(project, suites, cases)


def located(
    paths: tuple[str, ...], *, shipped: bool = False
) -> tuple[projects.Project, list[str], tuple[str, ...]]:
    """The project, the files to read in it, and the cases named in them.

    Args:
        paths: what was asked for; the project's own suites if nothing was.
        shipped: whether to look among those that came with the harness instead.
    """
    here = projects.find(Path.cwd())
    if shipped:
        came_with, folders = _came_with(here)
        return came_with, folders, paths
    if not paths:
        return (*_suites_of(here), ())
    if not any("::" in path for path in paths):
        return here, list(paths), ()
    files, nodes = [], []
    for path in paths:
        place, _, pattern = path.partition("::")
        if _names_a_suite(place):
            here, folders = _suites_of(here)
            files += folders
        else:
            files.append(place)
            place = projects.shown(Path(place), Path.cwd())
        nodes.append(f"{place}::{pattern}")
    return here, list(dict.fromkeys(files)), tuple(nodes)


def _suites_of(here: projects.Project) -> tuple[projects.Project, list[str]]:
    """The project's own suites, or those that came with this package."""
    folders = [str(here.root / folder) for folder in here.specs]
    if any(Path(folder).is_dir() for folder in folders):
        return here, folders
    return _came_with(here)


def _came_with(here: projects.Project) -> tuple[projects.Project, list[str]]:
    came_with = projects.shipped(here)
    if came_with is None:
        raise UsageError("there is no specs/ here: name a suite file or a folder")
    return came_with, [str(came_with.root / "specs")]


class Jobs(click.ParamType):  # type: ignore[type-arg]  # older click has none
    """How many processes: a number, or ``auto`` for one a core."""

    name = "N"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """The number."""
        if value == "auto":
            return os.cpu_count() or 1
        try:
            number = int(value)
        except ValueError:
            number = 0
        if number < 1:
            self.fail(f"{value!r} is no number of processes: 1 or more, or auto")
        return number


def _names_a_suite(place: str) -> bool:
    """``core`` in ``core::one-tool``: no file, and not meant for one."""
    return not Path(place).exists() and "/" not in place and "." not in place
