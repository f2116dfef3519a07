"""``harness new``: a suite from a recording, or one that is to be recorded."""

from __future__ import annotations

import re
from pathlib import Path

import click

from harness import __version__
from harness.adapters.reference import Reference
from harness.cassette.tape import Tape
from harness.cli import _output as out
from harness.cli._known import provider_named, tape_named
from harness.errors import CassetteError, SpecError, UsageError
from harness.message.parts import JsonObject
from harness.providers import PROVIDERS, WHERE
from harness.providers._paths import guessed
from harness.providers._provider import Provider
from harness.run import report
from harness.run.draft import draft, written
from harness.run.runner import Result, Trial, run
from harness.shell.files import inside, write_atomically
from harness.shell.project import Project, find, shown
from harness.shell.transport import replayed
from harness.suite.load import load


@click.command("new")
@click.argument("name")
@click.option("--from", "cassette", metavar="CASSETTE", help="What to make it from.")
@click.option("--from-log", "tip", metavar="TIP", help="A kept conversation.")
@click.option("--log", "store", metavar="STORE", envvar="HARNESS_LOG", help="Where.")
@click.option("--to", metavar="FILE", help="The suite; specs/NAME.spec.yaml if not.")
@click.option("--provider", metavar="NAME", help="Whose wire it is.")
@click.option("--model", metavar="NAME", help="Who is asked, without --from.")
@click.option("--prompt", metavar="TEXT", help="What is asked, without --from.")
@click.option("--force", is_flag=True, help="Write over a suite that is there.")
@out.color_option
def command(
    name: str,
    cassette: str | None,
    tip: str | None,
    store: str | None,
    to: str | None,
    provider: str | None,
    model: str | None,
    prompt: str | None,
    force: bool,
    color: str,
) -> None:
    """Write a suite with the case NAME.

    From a recording: what was asked and all that came of it; from a log: what harness
    log lists, on its wire or --provider's. Without either: a case to be recorded.
    """
    project, file = _place(name, to, force)
    if cassette is None:
        if tip is None:
            then, text = "record", _to_be_recorded(name, provider, model, prompt)
        else:
            then, text = "run", _told_again(name, tip, store, provider)
        _write(file, text, name)
        click.echo(f"  {then} it: harness {then} {_node(file, name)}")
        return
    if tip is not None:
        raise UsageError("--from and --from-log are two beginnings: give one")
    try:
        tape = tape_named(cassette)
    except CassetteError as error:
        out.problems(error.problems, color)
        out.exit_with(out.BAD_RECORDING)
    wire = provider_named(provider) if provider else _wire(tape, cassette)
    path = inside(project.root, _relative(cassette, project.root))
    said = path.relative_to(project.root.resolve()).as_posix()
    text, result = _drafted(name, said, tape, wire, project, file)
    _write(file, text, name)
    if result.verdict != "passed":
        out.lines(report.failure(result, out.painter(color), ()))
        click.echo("  it does not pass as it stands: see above")
    click.echo(f"  run it: harness run {_node(file, name)}")


def _place(name: str, to: str | None, force: bool) -> tuple[Project, Path]:
    """The project, and the file in which there is room for the suite."""
    if not NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name: letters, digits, - and _ make one")
    project = find(Path.cwd())
    file = Path(to) if to else project.root / "specs" / f"{name}.spec.yaml"
    if file.exists() and not force:
        raise UsageError(f"{shown(file, Path.cwd())} is there: --force writes over it")
    return project, file


def _relative(cassette: str, root: Path) -> Path:
    whole = Path(cassette).absolute()
    return whole.relative_to(root) if whole.is_relative_to(root) else Path(cassette)


def _drafted(
    name: str, path: str, tape: Tape, wire: Provider, project: Project, file: Path
) -> tuple[str, Result]:
    """A draft that leaves out of account what our own requests have otherwise."""
    text = draft(name, path, tape, wire)
    result = _tried(text, tape, file)
    seen = result.observation
    differ = dict.fromkeys(
        drift.path.partition("[")[0] if drift.path.startswith("query") else drift.path
        for turn in (seen.turns if seen is not None else ())
        for sent in turn.sent
        for drift in sent.drift or ()
    )
    if not differ:
        return text, result
    text = draft(name, path, tape, wire, [*differ])
    return text, _tried(text, tape, file)


def _tried(text: str, tape: Tape, file: Path) -> Result:
    try:
        suite = load(text.encode(), shown(file, Path.cwd()), WHERE, PROVIDERS)
    except SpecError as error:
        said = "; ".join(problem.message for problem in error.problems)
        raise UsageError(f"this recording makes no suite: {said}") from error
    adapter = Reference(PROVIDERS, __version__)
    trial = Trial(adapter, PROVIDERS, lambda case: tape, watch=replayed)
    return run(suite.cases[0], trial)


def _wire(tape: Tape, cassette: str) -> Provider:
    urls = [exchange.request.url for exchange in tape.exchanges]
    name = next(filter(None, map(guessed, urls)), None)
    if name is None:
        raise UsageError(f"whose wire is {cassette}? say --provider NAME")
    return PROVIDERS[name]


def _told_again(name: str, tip: str, store: str | None, provider: str | None) -> str:
    from harness.cli.logged._suite import retold  # only here is a database needed

    return retold(name, tip, store, provider)


def _to_be_recorded(
    name: str, provider: str | None, model: str | None, prompt: str | None
) -> str:
    if provider is None or model is None or prompt is None:
        message = "wants --from CASSETTE, or all of --provider, --model and --prompt"
        raise UsageError(message)
    case: JsonObject = {
        "id": name,
        "provider": provider_named(provider).name,
        "model": model,
        "cassette": f"cassettes/{provider}/{name}.yaml",
        "prompt": prompt,
        "expect": {"text": {"$nonempty": True}},
    }
    return written({"harness": 1, "suite": name, "cases": [case]})


def _write(file: Path, text: str, name: str) -> None:
    try:
        write_atomically(file, text.encode())
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error
    click.echo(f"wrote {shown(file, Path.cwd())}")


def _node(file: Path, name: str) -> str:
    return f"{shown(file, Path.cwd())}::{name}"


NAME = re.compile(r"[\w-]+(?:\.[\w-]+)*")
"""What can be the name of a case and of a file."""
