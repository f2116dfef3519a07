"""A census: every cassette of a project, what it leaks, how old it is, whose it is."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from harness.cassette import paper
from harness.cassette.tape import Tape
from harness.errors import CassetteError, Problem
from harness.shell import blobs
from harness.shell.files import MOST_BYTES, leaks, read_bytes
from harness.shell.project import Project, shown
from harness.suite.case import Case

HINT = "take it out of the file and of its history, and have the key revoked"


@dataclass(frozen=True, slots=True)
class Census:
    """What was found.

    ``leaks`` and ``damaged`` are problems with their places; ``stale`` and
    ``orphaned`` name cassettes, the stale ones with their age in days.
    """

    seen: tuple[str, ...] = ()
    leaks: tuple[Problem, ...] = ()
    damaged: tuple[Problem, ...] = ()
    stale: tuple[tuple[str, int], ...] = ()
    orphaned: tuple[str, ...] = ()


def taken(
    project: Project,
    cases: Iterable[Case],
    environment: Mapping[str, str],
    cwd: Path,
    only: Iterable[Path] = (),
) -> Census:
    """Look at every cassette of the project, those that no case names too.

    Args:
        project: whose cassettes.
        cases: all there are, which name cassettes.
        environment: where keys may stand.
        cwd: relative to it files are named.
        only: cassettes to look at instead, wherever they are.
    """
    named = {project.root / case.cassette for case in cases if case.cassette}
    home = project.root / project.cassettes
    files = [*only] or [*_cassettes(home)]
    leaking: list[Problem] = []
    damaged: list[Problem] = []
    stale: list[tuple[str, int]] = []
    for file in files:
        name = shown(file, cwd)
        tape, found = _read(file, name, damaged, environment)
        leaking += found
        age = _age(tape)
        if project.max_age is not None and age is not None and age > project.max_age:
            stale.append((name, age))
    orphaned = [f for f in files if f not in named] if not only else []
    orphaned += blobs.orphans(home) if not only and home.is_dir() else []
    return Census(
        tuple(shown(file, cwd) for file in files),
        tuple(leaking),
        tuple(damaged),
        tuple(stale),
        tuple(shown(file, cwd) for file in orphaned),
    )


def _read(
    file: Path, name: str, damaged: list[Problem], environment: Mapping[str, str]
) -> tuple[Tape, list[Problem]]:
    """The tape, and its leaks; of one that is damaged those of its text."""
    data, tape = b"", Tape(())
    try:
        data = read_bytes(file, MOST_BYTES, name)
        tape = paper.load(data, name, blobs.fetcher(file))
    except CassetteError as error:
        damaged += error.problems
    return tape, [*leaks(data, tape, environment, name, HINT)]


def _cassettes(folder: Path) -> Iterator[Path]:
    for suffix in ("*.yaml", "*.yml"):
        yield from sorted(f for f in folder.rglob(suffix) if f.is_file())


def _age(tape: Tape) -> int | None:
    """Days since it was recorded, if it says when."""
    try:
        then = date.fromisoformat(tape.provenance["recorded"])
    except (KeyError, ValueError):
        return None
    return (date.fromisoformat(time.strftime("%Y-%m-%d")) - then).days
