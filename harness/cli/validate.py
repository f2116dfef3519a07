"""``harness validate``: suites and recordings checked without running anything."""

from __future__ import annotations

import json
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
from harness.shell import project as projects
from harness.suite.case import Suite
from harness.suite.located import Map, Mark, parse


@click.command("validate")
@click.argument("paths", nargs=-1)
@out.color_option
def command(paths: tuple[str, ...], color: str) -> None:
    """Check the suites under PATH... and the recordings they name; run nothing."""
    project, files, _ = located(paths)
    suites, problems = projects.suites(
        project, files, WHERE, Path.cwd(), others=PROVIDERS
    )
    for suite in suites:
        problems += _against_schema(suite)
    if problems:
        out.rejected(problems, color)
    cases = [case for suite in suites for case in suite.cases]
    unusable = projects.cassettes(project, cases)
    if unusable:
        out.problems(unusable, color)
        click.echo(f"{count(len(unusable), 'recording')} cannot be used", err=True)
        out.exit_with(out.BAD_RECORDING)
    if not suites:
        click.echo("no suite was found: suites end in .spec.yaml", err=True)
        out.exit_with(out.NOTHING)
    taped = len({case.cassette for case in cases if case.cassette})
    click.echo(
        f"{count(len(suites), 'suite')}, {count(len(cases), 'case')}, "
        f"{count(taped, 'recording')}: all valid"
    )


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
