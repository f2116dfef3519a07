"""``harness matrix``: adapters by suites, side by side."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from harness.cli import _output as out
from harness.cli._select import Jobs
from harness.errors import UsageError
from harness.rig.matrix import Plan, rows
from harness.run.report.matrix import Row, markdown
from harness.shell import project as projects
from harness.shell.files import inside, write_atomically
from harness.suite.kind import nearest


@click.command("matrix")
@click.argument("paths", nargs=-1)
@click.option("--adapter", "adapters", multiple=True, help="Only this adapter.")
@click.option(
    "--environments", "apart", is_flag=True, help="Each adapter in its own environment."
)
@click.option("-k", "expression", default="", help="Only cases whose id matches.")
@click.option("-j", "jobs", type=Jobs(), default="auto", help="Adapters at a time.")
@click.option("--markdown", "page", help="Write the matrix to this file.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines to stdout.")
def command(
    paths: tuple[str, ...],
    adapters: tuple[str, ...],
    apart: bool,
    expression: str,
    jobs: int,
    page: str | None,
    as_json: bool,
) -> None:
    """Try every adapter that is set in the project on the cases under PATH...

    Each runs in a process of its own, and with --environments in an environment of its
    own: the packages that [tool.harness.environments] lists under the name that the
    adapter has as its environment.
    """
    project = projects.find(Path.cwd())
    names = _named(adapters, project)
    arguments = [*paths, *(("-k", expression) if expression else ())]
    found: list[Row] = []
    for row in rows(Plan(project, names, arguments, apart), jobs):
        found.append(row)
        if as_json:
            out.lines(_lines(row))
        else:
            out.lines([_line(row)])
    if page is not None:
        text = "\n".join(markdown(found)) + "\n"
        write_atomically(inside(project.home, page), text.encode())
    if any(row.trouble for row in found):
        out.exit_with(out.FAILED)


def _named(adapters: Sequence[str], project: projects.Project) -> list[str]:
    known = ["reference", *project.adapters]
    for name in adapters:
        if name not in known:
            hint = nearest(name, known) or f"known: {', '.join(known)}"
            raise UsageError(f"no adapter named {name!r} is set: {hint}")
    return [*adapters] or known


def _line(row: Row) -> str:
    if row.trouble:
        return f"{row.adapter}: not tried: {row.trouble}"
    counts = row.summary["counts"]
    said = ", ".join(f"{n} {verdict}" for verdict, n in counts.items() if n)
    return f"{row.adapter} ({row.summary['adapter_version']}): {said}"


def _lines(row: Row) -> Iterator[str]:
    if row.trouble:
        said = {"type": "trouble", "adapter": row.adapter, "message": row.trouble}
        yield json.dumps(said, ensure_ascii=False)
    for line in (*row.cases, row.summary):
        if line:
            yield json.dumps(line, ensure_ascii=False)
