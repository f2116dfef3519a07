"""``harness list``: the cases there are, and why some would not be tried."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from harness import __version__
from harness.adapters.reference import Reference
from harness.cli import _output as out
from harness.cli._output import count
from harness.cli._select import choose
from harness.providers import PROVIDERS
from harness.run.runner import Trial, not_tried
from harness.shell.project import tape_of
from harness.suite.case import Case


@click.command("list")
@click.argument("paths", nargs=-1)
@click.option("-k", "expression", default="", help="Only cases whose id matches.")
@click.option("--provider", "providers", multiple=True, help="Only this provider.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines to stdout.")
@out.color_option
def command(
    paths: tuple[str, ...],
    expression: str,
    providers: tuple[str, ...],
    as_json: bool,
    color: str,
) -> None:
    """List the cases under PATH..., each with why it would not be tried, if so."""
    chosen = choose(paths, color, expression, providers)
    trial = Trial(
        Reference(PROVIDERS, __version__),
        PROVIDERS,
        lambda case: tape_of(chosen.project, case),
    )
    rows = [(case, _reason(case, trial)) for case in chosen.cases]
    out.lines(_json(rows) if as_json else _text(rows))


def _reason(case: Case, trial: Trial) -> str:
    result = not_tried(case, trial)
    return f"{result.verdict}: {result.reason}" if result else ""


def _text(rows: list[tuple[Case, str]]) -> Iterator[str]:
    for case, reason in rows:
        yield case.nodeid + (f"   {reason}" if reason else "")
    files = len({case.source.path for case, _ in rows})
    yield f"{count(len(rows), 'case')} in {count(files, 'file')}"


def _json(rows: list[tuple[Case, str]]) -> Iterator[str]:
    for case, reason in rows:
        yield json.dumps(
            {
                "id": case.nodeid,
                "suite": case.suite,
                "description": case.description,
                "provider": case.provider,
                "model": case.model,
                "stream": case.stream,
                "requires": sorted(case.requires),
                "cassette": case.cassette,
                "file": case.source.path,
                "line": case.at.line,
                "skip": reason or None,
            },
            ensure_ascii=False,
        )
