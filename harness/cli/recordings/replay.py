"""``harness replay``: a command that is answered by recordings alone."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli import _output as out
from harness.cli.recordings import _program
from harness.cli.recordings._dashed import Dashed
from harness.errors import CassetteError
from harness.shell.files import load_tape
from harness.shell.pace import pace
from harness.shell.project import find


@click.command("replay", cls=Dashed)
@click.argument("cassettes", nargs=-1, required=True)
@click.option(
    "--timing",
    default="none",
    metavar="none|recorded|×N",
    help="Wait for each chunk: not at all, as recorded, or N times as fast.",
)
@out.color_option
@click.pass_context
def command(
    ctx: click.Context, cassettes: tuple[str, ...], timing: str, color: str
) -> None:
    """Run a command on recordings: harness replay CASSETTE... -- COMMAND...

    Every request is answered from the cassettes, with the chunks, and if asked for
    the waits, that were recorded; nothing leaves the machine. What is not recorded,
    what else opens a connection, and what nobody asked for is reported.
    """
    pace(timing)
    root = find(Path.cwd()).root
    try:
        for cassette in cassettes:
            load_tape(root, cassette)
    except CassetteError as error:
        out.problems(error.problems, color)
        out.exit_with(out.BAD_RECORDING)
    _program.replay(ctx.meta.get("program", ()), cassettes, timing)
