"""``harness import``: recordings and fixtures of other tools, made ours."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from harness import __version__
from harness.cassette.foreign import aimock, recorders
from harness.cassette.foreign.fixtures import is_fixtures
from harness.cassette.redact import redact
from harness.cassette.secret import MASK
from harness.cassette.tape import Exchange, Tape
from harness.cli import _output as out
from harness.cli._known import provider_named
from harness.cli._output import count
from harness.errors import (
    CassetteError,
    HarnessError,
    Place,
    Problem,
    SpecError,
    UsageError,
)
from harness.providers import PROVIDERS, WHERE
from harness.providers._paths import guessed
from harness.providers._square import hear
from harness.shell import blobs
from harness.shell.files import (
    MOST_BYTES,
    SPEC_SUFFIX,
    inside,
    leaks,
    read_bytes,
    save_tape,
    write_atomically,
)
from harness.shell.project import Project, find, shown
from harness.suite.load import load

SUFFIXES = (".yaml", ".yml", ".json", ".toml")
"""Files that are looked at in a folder."""


@click.command("import")
@click.argument("files", nargs=-1, required=True)
@click.option("--to", metavar="FOLDER", help="Where to, in this project.")
@click.option(
    "--provider", help="Whose wire it is; guessed from the URLs if not given."
)
@click.option("--dry-run", is_flag=True, help="Say what would be written.")
@click.option("--force", is_flag=True, help="Write over what is there.")
@out.color_option
def command(
    files: tuple[str, ...],
    to: str | None,
    provider: str | None,
    dry_run: bool,
    force: bool,
    color: str,
) -> None:
    """Make FILE... ours: recordings of other tools, or all that are in a folder.

    Cassettes of vcrpy, pytest-recording and cassetter become cassettes of this
    project, redacted. Fixtures of aimock become suites. What cannot be taken over is
    said, with its place.
    """
    if provider is not None:
        provider_named(provider)
    importer = Importer(find(Path.cwd()), to, provider)
    plans, failed = _planned(importer, files, color)
    _check_targets(plans, importer.project.root, force=force)
    for plan in plans:
        out.lines(plan.said)
        _say_remarks(plan.remarks, color)
        failed = not (dry_run or _written(plan, importer.project, color)) or failed
    if dry_run:
        click.echo("nothing was written: --dry-run")
    if failed:
        out.exit_with(out.BAD_RECORDING)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file becomes, and where: a tape, or the text of a suite."""

    source: str
    target: str
    said: Sequence[str]
    remarks: Sequence[Problem]
    made: Tape | bytes


@dataclass(frozen=True, slots=True)
class Importer:
    """Plans what files become in a project."""

    project: Project
    to: str | None
    provider: str | None

    def plan(self, file: Path, below: Path) -> Plan:
        """What the file becomes, ``below`` being where it is kept in its folder.

        Raises:
            CassetteError: where it cannot be taken over whole.
            SpecError: where it would be no suite.
        """
        name = shown(file, Path.cwd())
        data = read_bytes(file, MOST_BYTES, name)
        if file.suffix == ".json" and is_fixtures(data):
            return self._suite(data, name, below)
        return self._cassette(
            recorders.read(data, name, blobs.fetcher(file)), name, below
        )

    def _suite(self, data: bytes, name: str, below: Path) -> Plan:
        title = "-".join(below.stem.split()) or "imported"
        made = aimock.suite(data, name, title, self.provider)
        target = self._target(self.project.specs[0], below.with_name(title))
        load(made.text, target + SPEC_SUFFIX, WHERE, PROVIDERS)
        said = [
            f"{name}   aimock, {made.taken} of {count(made.listed, 'fixture')} "
            f"in {count(made.cases, 'case')} -> {target}{SPEC_SUFFIX}",
            f"    next: harness run {target}{SPEC_SUFFIX}",
        ]
        return Plan(name, target + SPEC_SUFFIX, said, made.remarks, made.text)

    def _cassette(self, found: recorders.Found, name: str, below: Path) -> Plan:
        if found.unread:
            raise CassetteError(*found.unread, *found.left_out)
        before = found.tape.exchanges
        after = tuple(redact(exchange, self.project.rules) for exchange in before)
        folder = self._home(before)
        target = self._target(f"{self.project.cassettes}/{folder}", below) + ".yaml"
        heard = (f"    {line}" for line in self._heard(after))
        recorded = found.tape.provenance.get("recorded", "on no day that it tells")
        said = [
            f"{name}   {found.tool}, {count(len(after), 'exchange')} -> {target}",
            *heard,
            f"    recorded {recorded}; {_redacted(before, after)}",
            f"    next: harness new {below.stem} --from {target}",
        ]
        tape = Tape(after, {**found.tape.provenance, "version": __version__})
        return Plan(name, target, said, found.left_out, tape)

    def _home(self, exchanges: Iterable[Exchange]) -> str:
        """The folder: of the provider whose wire is spoken most."""
        if self.provider is not None:
            return self.provider
        names = Counter(filter(None, (guessed(e.request.url) for e in exchanges)))
        return names.most_common(1)[0][0] if names else "imported"

    def _target(self, usual: str, below: Path) -> str:
        """Where a file goes, without its suffix, relative to the project."""
        folder = Path(usual) if self.to is None else self._wanted(self.to)
        return (folder / below.with_suffix("")).as_posix()

    def _wanted(self, to: str) -> Path:
        whole = (Path.cwd() / to).resolve()
        root = self.project.root.resolve()
        if not whole.is_relative_to(root):
            raise UsageError(f"--to {to}: outside the project at {root.name}/")
        return whole.relative_to(root)

    def _heard(self, exchanges: Iterable[Exchange]) -> Iterator[str]:
        """Each exchange in a line, and what its provider's decoder makes of it."""
        for number, exchange in enumerate(exchanges, 1):
            request, response = exchange.request, exchange.response
            path = request.url.partition("?")[0].partition("://")[2].partition("/")[2]
            line = f"[{number}] {request.method} /{path} {response.status}"
            name = guessed(request.url) and (self.provider or guessed(request.url))
            if name is None:
                yield f"{line}   of no provider's wire, kept as it is"
                continue
            try:
                heard = hear(
                    PROVIDERS[name], response.status, response.headers, response.chunks
                )
                yield f"{line}   {name}, {count(len([*heard]), 'event')}"
            except HarnessError as error:
                yield f"{line}   {name} cannot read the answer: {error}"


def _planned(
    importer: Importer, files: Iterable[str], color: str
) -> tuple[list[Plan], bool]:
    """A plan for each file, and whether there are some that have none."""
    plans: list[Plan] = []
    failed = False
    for file, below in _found(files):
        try:
            plans.append(importer.plan(file, below))
        except (CassetteError, SpecError) as error:
            out.problems(error.problems, color)
            click.echo(f"{shown(file, Path.cwd())}: not imported", err=True)
            failed = True
    return plans, failed


def _found(files: Iterable[str]) -> Iterator[tuple[Path, Path]]:
    """Files, and where each is below the folder that was named."""
    for given in files:
        path = Path(given)
        if not path.is_dir():
            yield path, Path(path.name)
            continue
        among = (p for p in sorted(path.rglob("*")) if p.suffix in SUFFIXES)
        there = [(p, p.relative_to(path)) for p in among if p.is_file()]
        if not there:
            raise UsageError(f"no {', '.join(SUFFIXES)} file in {given}")
        yield from there


def _check_targets(plans: Iterable[Plan], root: Path, *, force: bool) -> None:
    """Raise where two files would become one, or one would go over another."""
    sources: dict[str, str] = {}
    for plan in plans:
        other = sources.setdefault(plan.target, plan.source)
        if other != plan.source:
            message = f"{other} and {plan.source} would both be {plan.target}"
            raise UsageError(f"{message}: import them one by one, with --to")
        if not force and inside(root, plan.target).exists():
            raise UsageError(
                f"{plan.target} is there already: --force writes over it; "
                "nothing was written"
            )


def _say_remarks(remarks: Iterable[Problem], color: str) -> None:
    paint = out.painter(color)
    for one in remarks:
        out.lines([f"    {paint(str(one.place), '')}: {one.message}"])


def _written(plan: Plan, project: Project, color: str) -> bool:
    """Write what a file became; whether that could be."""
    try:
        if isinstance(plan.made, Tape):
            save_tape(project.root, plan.target, plan.made, os.environ, project.fold)
        else:
            _save_suite(plan.made, plan.target, project)
    except CassetteError as error:
        out.problems(error.problems, color)
        click.echo(f"{plan.source}: not imported", err=True)
        return False
    return True


def _save_suite(text: bytes, target: str, project: Project) -> None:
    hint = "take it out of the fixtures; nothing was saved"
    leaking = [*leaks(text, Tape(()), os.environ, target, hint)]
    if leaking:
        raise CassetteError(*leaking)
    try:
        write_atomically(inside(project.root, target), text)
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise CassetteError(Problem(Place(target), "H511", message)) from error


def _redacted(before: Sequence[Exchange], after: Sequence[Exchange]) -> str:
    """How much was left out and masked."""
    headers = _headers(before) - _headers(after)
    masks = _masks(after) - _masks(before)
    return f"{count(headers, 'header')} left out, {count(masks, 'place')} masked"


def _headers(exchanges: Iterable[Exchange]) -> int:
    return sum(len(e.request.headers) + len(e.response.headers) for e in exchanges)


def _masks(exchanges: Iterable[Exchange]) -> int:
    mask = MASK.encode()
    return sum(
        e.request.url.count(MASK)
        + e.request.body.count(mask)
        + b"".join(e.response.chunks).count(mask)
        + sum(v.count(MASK) for _, v in (*e.request.headers, *e.response.headers))
        for e in exchanges
    )
