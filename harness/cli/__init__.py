"""The command line: parse, wire together, print. One file a command."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import click

from harness import __version__

COMMANDS = {
    "run": ("run", "replay and check"),
    "matrix": ("matrix", "adapters by suites, side by side"),
    "validate": ("validate", "check suites and recordings without running them"),
    "list": ("list", "the cases there are"),
    "show": ("show", "a recording or a case, decoded"),
    "selftest": ("selftest", "the suites against adapters that lie"),
    "record": ("recordings.record", "record cases, or whatever a command sends"),
    "serve": ("serve", "every provider on one local port, out of recordings"),
    "replay": ("recordings.replay", "run a command on recordings alone"),
    "diff": ("recordings.diff", "what has changed from one recording to another"),
    "update": ("recordings.update", "accept new requests, and keep the answers"),
    "import": ("recordings.importing", "make recordings of other tools ours"),
    "new": ("recordings.new", "a spec from a recording, or one to record"),
    "prompt": ("asking.prompt", "ask a model, and see its answer as it comes"),
    "log": (
        "logged.log",
        "conversations that were kept: list, search, export",
    ),
    "models": ("asking.models", "who can be asked"),
}
"""Command to where it is, a file of its own, and what it does."""

FAULT = 70
"""Exit code of a fault of the harness itself (EX_SOFTWARE of sysexits.h)."""

READER_LEFT = 141
"""Exit code where the reader of a pipe left: what a shell says of SIGPIPE."""

ALIASES = {"lint": "validate"}


class Lazy(click.Group):
    """A group that imports a command when it is called, so that none waits for all."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table."""
        return [*COMMANDS]  # once imported, list is the command of that name

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of that name."""
        name = ALIASES.get(name, name)
        if name not in COMMANDS:
            return None
        module, _ = COMMANDS[name]
        command: click.Command = import_module(f"harness.cli.{module}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command in the arguments; where it is none, the nearest one is named."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            from difflib import get_close_matches  # only to say what was meant

            known = [*COMMANDS, *ALIASES]
            close = get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else ", ".join(COMMANDS)
            ctx.fail(f"no command named {name!r}: {hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; when its reader has seen enough, it ends and says nothing.

        So does ``head`` end any other command.
        """
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # Python flushes once more at its end, which must not fail again.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            sys.exit(READER_LEFT)

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """The table, without importing what it names."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, said) for name, (_, said) in COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="harness")
@click.option(
    "--debug", is_flag=True, help="Show tracebacks of the harness's own faults."
)
def group(debug: bool) -> None:
    """Test LLM adapters against recorded and declared provider streams."""


def main() -> None:
    """The ``harness`` command."""
    from harness.cli._output import INTERRUPTED, USAGE
    from harness.errors import HarnessError

    try:
        group(standalone_mode=False)
    except click.Abort:
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except HarnessError as error:
        click.echo(f"harness: {error}", err=True)
        sys.exit(USAGE)
    except Exception as error:  # the last door: our own fault
        if "--debug" in sys.argv[1:2]:
            raise
        name = type(error).__name__
        message = (
            f"harness: error[H900]: a fault of the harness itself ({name}: {error})"
        )
        click.echo(f"{message}\n  show it with: harness --debug COMMAND", err=True)
        sys.exit(FAULT)
