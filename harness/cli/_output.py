"""Where output goes and how it looks: colours, problems, exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import NoReturn, TextIO

import click

from harness.errors import Problem
from harness.run.report import Paint, plain, problem

FAILED, USAGE, BAD_SPEC, BAD_RECORDING, NOTHING, INTERRUPTED = 1, 2, 3, 4, 5, 130
"""Exit codes beside 0, all as expected."""

color_option = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Colour: auto follows the terminal, NO_COLOR and FORCE_COLOR.",
)


def painter(color: str, stream: TextIO | None = None) -> Paint:
    """How to colour a stream, standard output unless it is another."""
    if color == "auto":
        forced = bool(os.environ.get("FORCE_COLOR"))
        wanted = forced or (stream or sys.stdout).isatty()
        wanted = wanted and not os.environ.get("NO_COLOR")
    else:
        wanted = color == "always"
    return _painted if wanted else plain


def _painted(text: str, colour: str) -> str:
    return click.style(text, fg=colour) if colour else text


def lines(rows: Iterable[str]) -> None:
    """Results, to standard output."""
    for row in rows:
        # click strips colours off a pipe unless it is told that they are meant.
        click.echo(_utf8(row), color=True)


def _utf8(text: str) -> str:
    """Text that can be printed: half a surrogate pair is shown by its escape."""
    return text.encode("utf-8", "backslashreplace").decode()


def problems(found: Sequence[Problem], color: str) -> None:
    """Problems, to standard error."""
    paint = painter(color, sys.stderr)
    for one in found:
        for row in problem(one, paint):
            click.echo(_utf8(row), err=True, color=True)
        click.echo(err=True)


class Progress:
    """One line on a terminal that says how far a long run is."""

    def __init__(self, total: int, quiet: bool) -> None:
        self.total = total
        self.shown = sys.stderr.isatty() and not quiet
        self.done = 0

    def step(self, name: str, seconds: float) -> None:
        """One case more; nothing is printed in the first second."""
        self.done += 1
        if self.shown and seconds > 1.0:
            line = f"{self.done}/{self.total}  {name}"[:78]
            click.echo(f"\r\x1b[K{line}", err=True, nl=False)

    def clear(self) -> None:
        """Leave the line empty."""
        if self.shown:
            click.echo("\r\x1b[K", err=True, nl=False)


def exit_with(code: int) -> NoReturn:
    """Stop here with this exit code."""
    sys.exit(code)


def rejected(found: Sequence[Problem], color: str, said: str = "") -> NoReturn:
    """Say why suites cannot be used, and stop."""
    problems(found, color)
    files = len({problem.place.path for problem in found})
    click.echo(
        f"{count(len(found), 'error')} in {count(files, 'file')}{said}", err=True
    )
    exit_with(BAD_SPEC)


def count(number: int, noun: str) -> str:
    """``1 error``, ``2 errors``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
