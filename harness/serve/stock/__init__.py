"""Stock: what a project has to put on the shelf."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.errors import CassetteError, Problem, UsageError
from harness.providers import PROVIDERS, WHERE
from harness.serve.stock.recording import Recording, of_case, of_tape
from harness.shell import census
from harness.shell.files import SPEC_SUFFIX, load_tape
from harness.shell.project import Project, shown, suites


def stocked(
    project: Project, paths: Sequence[str], cwd: Path
) -> Iterator[Recording | Problem]:
    """The recordings under some paths, and what of them cannot be served.

    Recordings of the network come before what suites say, which any wire can say.

    Args:
        project: its cassettes and suites are taken where no path is given.
        paths: cassettes, suites, and folders of them.
        cwd: where they are named from.

    Raises:
        UsageError: for a path that does not exist.
    """
    places = _places(project, paths, cwd)
    for place in places:
        if not place.exists():
            raise UsageError(f"{shown(place, cwd)}: there is no such file or folder")
    for place in places:
        yield from _recorded(project, place, cwd)
    named = [str(place) for place in places if _has_suites(place)]
    found, problems = suites(project, named, WHERE, cwd, others=PROVIDERS)
    yield from problems
    for suite in found:
        for case in suite.cases:
            if case.cassette is None:
                yield from of_case(case)


def stamps(
    project: Project, paths: Sequence[str], cwd: Path
) -> dict[Path, tuple[int, int]]:
    """When each file was written that :func:`stocked` reads, and its size."""
    found = {}
    for place in _places(project, paths, cwd):
        files = place.rglob("*.yaml") if place.is_dir() else [place]
        for file in files:
            with contextlib.suppress(OSError):  # it is being replaced
                stat = file.stat()
                found[file] = (stat.st_mtime_ns, stat.st_size)
    return found


def _places(project: Project, paths: Sequence[str], cwd: Path) -> list[Path]:
    usual = [project.root / name for name in (project.cassettes, *project.specs)]
    return [cwd / path for path in paths] or [p for p in usual if p.exists()]


def _has_suites(place: Path) -> bool:
    if place.is_dir():
        return next(place.rglob(f"*{SPEC_SUFFIX}"), None) is not None
    return place.name.endswith(SPEC_SUFFIX)


def _recorded(
    project: Project, place: Path, cwd: Path
) -> Iterator[Recording | Problem]:
    if place.is_dir():
        files = [*census.cassettes(place)]
    else:
        files = [] if place.name.endswith(SPEC_SUFFIX) else [place]
    root = project.root.resolve()
    for file in files:
        name = shown(file, cwd)
        if not file.resolve().is_relative_to(root):
            raise UsageError(f"{name}: is outside of the project")
        try:
            tape = load_tape(root, file.resolve().relative_to(root))
        except CassetteError as error:
            yield from error.problems
            continue
        yield from of_tape(tape, name)
