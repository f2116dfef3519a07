"""A census: every cassette of a project, what it leaks, how old it is, whose it is."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from harness.cassette import paper
from harness.cassette.tape import Tape
from harness.errors import CassetteError, Place, Problem
from harness.shell import blobs
from harness.shell.files import MOST_BYTES, SPEC_SUFFIX, inside, leaks, read_bytes
from harness.shell.project import Project, shown
from harness.suite.case import Case

HINT = "take it out of the file and of its history, and have the key revoked"


@dataclass(frozen=True, slots=True)
class Census:
    """What was found.

    ``leaks`` and ``damaged`` are problems with their places; ``stale`` and
    ``orphaned`` name cassettes, the stale ones with their age in days and the case
    that names them, if one does.
    """

    seen: tuple[str, ...] = ()
    leaks: tuple[Problem, ...] = ()
    damaged: tuple[Problem, ...] = ()
    stale: tuple[tuple[str, int, str | None], ...] = ()
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
        cases: all there are, which name cassettes, in the folder or elsewhere.
        environment: where keys may stand.
        cwd: relative to it files are named.
        only: cassettes to look at instead, wherever they are.
    """
    named = dict(_named(project, cases))
    wanted = [*only]
    damaged: list[Problem] = []
    files = wanted or [*_kept(project, named, cwd, damaged)]
    read = [_read(file, shown(file, cwd), environment) for file in files]
    seen = [one for one in read if wanted or not _is_something_else(one, named)]
    orphaned = [] if wanted else [*_orphaned(project, seen, named)]
    return Census(
        tuple(one.name for one in seen),
        tuple(leak for one in read for leak in one.leaks),
        (*damaged, *(problem for one in seen for problem in one.damaged)),
        tuple(_stale(seen, named, project.max_age)),
        tuple(shown(file, cwd) for file in orphaned),
    )


def cassettes(folder: Path) -> Iterator[Path]:
    """All that may be a cassette below a folder, sorted."""
    for file in sorted(folder.rglob("*")):
        if is_cassette(file.name) and file.is_file():
            yield file


def is_cassette(name: str) -> bool:
    """Whether a file of that name may be a cassette."""
    return name.endswith(SUFFIXES) and not name.endswith(SPEC_SUFFIX)


def _named(project: Project, cases: Iterable[Case]) -> Iterator[tuple[Path, str]]:
    """Cassettes that cases name, where they may be, each with one that does."""
    for case in cases:
        try:
            if case.cassette is not None:
                yield inside(project.root, case.cassette), case.nodeid
        except CassetteError:
            continue  # told where the suite is


def _kept(
    project: Project, named: Iterable[Path], cwd: Path, damaged: list[Problem]
) -> Iterator[Path]:
    """The cassettes in the folder, and those that cases name elsewhere."""
    root = project.root.resolve()
    home = root / project.cassettes
    found = dict.fromkeys(cassettes(home))
    found.update(dict.fromkeys(file for file in named if file.is_file()))
    for file in found:
        try:
            inside(root, file.relative_to(root))
        except CassetteError as error:  # a link that leads out of the project
            place = Place(shown(file.parent, cwd) + f"/{file.name}")
            hint = "put the file itself there, not a link to it"
            damaged += (replace(p, place=place, hint=hint) for p in error.problems)
        else:
            yield file


@dataclass(frozen=True, slots=True)
class _Read:
    """What came of reading a file."""

    file: Path
    name: str
    tape: Tape
    leaks: tuple[Problem, ...]
    damaged: tuple[Problem, ...]

    @property
    def home(self) -> Path:
        """Where it is, whichever way leads there."""
        return self.file.resolve()


def _read(file: Path, name: str, environment: Mapping[str, str]) -> _Read:
    """The tape, and its leaks; of one that is damaged those of its text."""
    data, tape = b"", Tape(())
    damaged: tuple[Problem, ...] = ()
    try:
        data = read_bytes(file, MOST_BYTES, name)
        tape = paper.load(data, name, blobs.fetcher(file))
    except CassetteError as error:
        damaged = error.problems
    leaking = tuple(leaks(data, tape, environment, name, HINT))
    return _Read(file, name, tape, leaking, damaged)


def _is_something_else(one: _Read, named: Collection[Path]) -> bool:
    """Whether a file lies among cassettes without being meant for one."""
    is_other = one.file.suffix in OTHER_SUFFIXES and one.home not in named
    return is_other and bool(one.damaged)


def _orphaned(
    project: Project, seen: Iterable[_Read], named: Collection[Path]
) -> Iterator[Path]:
    yield from (one.file for one in seen if one.home not in named)
    home = project.root / project.cassettes
    if home.is_dir():
        yield from blobs.orphans(home)


def _stale(
    seen: Iterable[_Read], named: Mapping[Path, str], most: int | None
) -> Iterator[tuple[str, int, str | None]]:
    for one in seen:
        age = _age(one.tape)
        if most is not None and age is not None and age > most:
            yield one.name, age, named.get(one.home)


def _age(tape: Tape) -> int | None:
    """Days since it was recorded, if it says when."""
    try:
        then = date.fromisoformat(tape.provenance["recorded"])
    except (KeyError, ValueError):
        return None
    return (date.fromisoformat(time.strftime("%Y-%m-%d")) - then).days


OTHER_SUFFIXES = (".json", ".toml")
SUFFIXES = (".yaml", ".yml", *OTHER_SUFFIXES)
