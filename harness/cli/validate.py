"""``harness validate``: suites and recordings checked without running anything."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import click

from harness.cli import _output as out
from harness.cli._output import count
from harness.cli._select import located
from harness.errors import Problem
from harness.providers import PROVIDERS, WHERE
from harness.shell import census
from harness.shell import project as projects
from harness.shell.files import SPEC_SUFFIX
from harness.suite.case import Suite
from harness.suite.located import Map, Mark, parse


@click.command("validate")
@click.argument("paths", nargs=-1)
@out.color_option
def command(paths: tuple[str, ...], color: str) -> None:
    """Check the suites under PATH... and every recording; run nothing.

    PATH may be a recording, too, or a folder of them. Recordings are read whole
    and looked through for secrets: those of a known shape, and the values of the
    variables in the environment that hold one, in whatever form.
    """
    recordings = tuple(path for path in paths if _holds_recordings(path))
    others = tuple(path for path in paths if path not in recordings)
    suites: list[Suite] = []
    project = projects.find(Path.cwd())
    if others or not recordings:
        project, suites = _suites(others, color)
    cases = [case for suite in suites for case in suite.cases]
    files = [file for path in recordings for file in _recordings(Path(path))]
    found = census.taken(project, cases, os.environ, Path.cwd(), files)
    _leaking(found, color)
    if not recordings:
        _unusable(projects.cassettes(project, cases), color)
    _tell(found, bool(others), project.max_age, color)
    click.echo(
        f"{count(len(suites), 'suite')}, {count(len(cases), 'case')}, "
        f"{count(len(found.seen), 'recording')}: all valid"
    )


def _holds_recordings(path: str) -> bool:
    folder = Path(path)
    if not folder.is_dir():
        return census.is_cassette(path)
    has_suites = next(folder.rglob(f"*{SPEC_SUFFIX}"), None) is not None
    return not has_suites and next(census.cassettes(folder), None) is not None


def _recordings(path: Path) -> list[Path]:
    return [*census.cassettes(path)] if path.is_dir() else [path]


def _suites(paths: tuple[str, ...], color: str) -> tuple[projects.Project, list[Suite]]:
    project, files, _ = located(paths)
    suites, problems = projects.suites(
        project, files, WHERE, Path.cwd(), others=PROVIDERS
    )
    for suite in suites:
        problems += _against_schema(suite)
    if problems:
        out.rejected(problems, color)
    if not suites:
        click.echo("no suite was found: suites end in .spec.yaml", err=True)
        out.exit_with(out.NOTHING)
    return project, suites


def _leaking(found: census.Census, color: str) -> None:
    """Before all else: leave with 1 where there is a secret."""
    if found.leaks:
        out.problems(found.leaks, color)
        click.echo(f"{count(len(found.leaks), 'leak')}", err=True)
        out.exit_with(out.FAILED)


def _unusable(problems: list[Problem], color: str) -> None:
    if problems:
        out.problems(problems, color)
        click.echo(f"{count(len(problems), 'recording')} cannot be used", err=True)
        out.exit_with(out.BAD_RECORDING)


def _tell(found: census.Census, some: bool, max_age: int | None, color: str) -> None:
    """Say what nobody names, and leave with 4 for what is damaged or too old."""
    if not some:  # of some suites alone nobody can say what no case names
        for name in found.orphaned:
            click.echo(f"no case names {name}", err=True)
    _unusable([*found.damaged], color)
    for name, age, case in found.stale:
        said = f"{name} was recorded {age} days ago: max-age is {max_age}d"
        again = f"; harness record --all '{case}' records it again" if case else ""
        click.echo(said + again, err=True)
    if found.stale:
        out.exit_with(out.BAD_RECORDING)


def schema() -> Any:
    """The JSON Schema of suite files, as editors use it."""
    text = (
        resources.files("harness.suite").joinpath("spec.schema.json").read_text("utf-8")
    )
    return json.loads(text)


def _against_schema(suite: Suite) -> Iterator[Problem]:
    """What JSON Schema says, where our own reader said nothing."""
    from jsonschema import Draft7Validator  # 150 ms: only here

    tree, source = parse(Path(suite.path).read_bytes(), suite.path)
    for error in Draft7Validator(schema()).iter_errors(tree):
        at = _mark(tree, tuple(error.absolute_path))
        yield source.problem(at, "H100", f"JSON Schema: {error.message}")


def _mark(tree: Any, path: tuple[str | int, ...]) -> Mark:
    at = Mark(1, 1)
    for step in path:
        marks: Any = tree.values_at if isinstance(tree, Map) else tree.items_at
        at, tree = marks[step], tree[step]
    return at
