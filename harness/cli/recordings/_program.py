"""A program: run with the seam around it, and what came of that."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from harness import __version__
from harness.cassette.deck import amiss
from harness.cli import _output as out
from harness.cli._output import count
from harness.errors import Place, Problem, UsageError
from harness.shell.child import Errand
from harness.shell.project import find

REPORTS = Path(".harness")
"""Where children write, under the project's root; nothing of it stays."""


def record(command: Sequence[str], to: str | None, *, again: bool) -> None:
    """Run a command, keep what it sends and hears, and leave as it left.

    Leaves with 1 where the command was content and a recording was refused.
    """
    if not command:
        raise UsageError("which command? harness record -- pytest")
    root = find(Path.cwd()).root
    cassette = to or f"cassettes/{Path(command[0]).stem}"
    cassette = cassette.removesuffix(".yaml").rstrip("/")
    notes = {"command": " ".join(command), "version": __version__}
    errand = Errand(str(root), "", cassette, again, notes=notes)
    code, rows = _run(command, errand)
    refused = False
    for row in rows:
        refused = refused or row["what"] == "refused"
        _say(row)
    if not rows:
        click.echo("nothing was recorded: no request went over HTTP", err=True)
    out.exit_with(code or (out.FAILED if refused else 0))


def replay(command: Sequence[str], cassettes: Sequence[str], timing: str) -> None:
    """Run a command on recordings alone, and leave as it left.

    Leaves with 1 where it asked for what is not recorded, or did not ask for all.
    """
    if not command:
        raise UsageError("which command? harness replay CASSETTE -- COMMAND")
    root = find(Path.cwd()).root
    code, rows = _run(
        command, Errand(str(root), "", plays=(*cassettes,), timing=timing)
    )
    asked = sum(row["asked"] for row in rows)
    bad = [line for row in rows for line in _amiss(row)]
    for line in bad:
        click.echo(line, err=True)
    slept = sum(row["slept"] for row in rows)
    saved = f", {slept:.1f} s of sleep left out" if slept else ""
    click.echo(f"{count(asked, 'recorded answer')} played{saved}", err=True)
    out.exit_with(code or (out.FAILED if bad or not rows else 0))


def _amiss(row: dict[str, Any]) -> Iterator[str]:
    return amiss(row["missed"], row["sockets"], row["drifted"], row["left"])


def _say(row: dict[str, Any]) -> None:
    match row:
        case {"what": "kept", "cassette": cassette, "exchanges": number}:
            click.echo(f"recorded  {cassette}   {count(number, 'exchange')}", err=True)
        case {"what": "there", "cassette": cassette}:
            click.echo(f"there     {cassette}   --all replaces it", err=True)
        case {"what": "unanswered", "asked": asked}:
            click.echo(f"no answer {asked}", err=True)
        case {"what": "refused", "problems": problems}:
            out.problems([*map(_problem, problems)], "auto")


def _problem(said: dict[str, Any]) -> Problem:
    return Problem(**{**said, "place": Place(**said["place"])})


def _run(command: Sequence[str], errand: Errand) -> tuple[int, list[dict[str, Any]]]:
    """The exit code, and the lines that the processes wrote."""
    with _report(Path(errand.root)) as report:
        told = replace(errand, report=str(report))
        try:
            with _patient():
                done = subprocess.run(
                    command, env=told.environment(dict(os.environ)), check=False
                )
        except OSError as error:
            raise UsageError(f"{command[0]}: {error.strerror}") from error
        lines = report.read_text("utf-8").splitlines() if report.exists() else []
    # One that was ended by a signal is told by a shell as 128 and its number.
    code = done.returncode if done.returncode >= 0 else 128 - done.returncode
    return code, [json.loads(line) for line in lines]


@contextmanager
def _report(root: Path) -> Iterator[Path]:
    folder = root / REPORTS
    folder.mkdir(exist_ok=True)
    report = folder / f"child-{os.getpid()}.jsonl"
    try:
        yield report
    finally:
        report.unlink(missing_ok=True)


@contextmanager
def _patient() -> Iterator[None]:
    """Ctrl-C is the child's: it ends, says what it has, and so do we."""
    # Not ignored: a child would inherit that, and never hear of it.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
