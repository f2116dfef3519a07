"""The bench: what a session tries cases on, made when the first is met."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import pytest

from harness.errors import CassetteError, HarnessError, Problem, UsageError
from harness.providers import PROVIDERS, WHERE
from harness.pytest_plugin.album import Album, snapshots_of
from harness.pytest_plugin.taking import NotKept, Recorder
from harness.pytest_plugin.told import lines_about, lines_of
from harness.rig.excused import listed
from harness.rig.mounted import chosen, mounted
from harness.run.baseline import Terms, judged, strangers
from harness.run.door import Adapter
from harness.run.plan import Selection, select
from harness.run.runner import CUTS, Result, Trial, run
from harness.shell import project as projects
from harness.shell.transport import replayed
from harness.suite.case import Case
from harness.suite.checks import CHECKS
from harness.suite.kind import nearest
from harness.suite.shape import EXPECT
from harness.wire import cut


class Stand:
    """A project, and the adapter that its cases are tried on."""

    def __init__(self, project: projects.Project, config: pytest.Config) -> None:
        self.project = project
        self._config = config
        self._today = time.strftime("%Y-%m-%d")
        self._cuts = _cuts(config.getoption("harness_chunks"))
        self._checks = tuple(config.getoption("harness_check") or ())

    @cached_property
    def name(self) -> str:
        """The adapter asked for, or the one that is set, or our own."""
        asked: str | None = self._config.getoption("harness_adapter")
        return chosen(asked, self.project)

    @cached_property
    def adapter(self) -> Adapter:
        """That adapter.

        Raises:
            UsageError: where there is none, or it cannot be imported.
        """
        return mounted(self.name, self.project)

    @cached_property
    def trial(self) -> Trial:
        """How its cases are tried."""
        return Trial(
            self.adapter,
            PROVIDERS,
            lambda case: projects.tape_of(self.project, case),
            self._cuts or self.project.chunks or CUTS,
            self._checks,
            replayed,
            today=self._today,
        )

    @cached_property
    def terms(self) -> Terms | None:
        """What is known to fail.

        Raises:
            SpecError: where the file that says so cannot be used.
        """
        here = self._config.invocation_params.dir
        given: str | None = self._config.getoption("harness_baseline")
        path = here / given if given else None
        known = listed(
            path,
            self.name,
            self.project,
            here,
            today=self._today,
            only=self._checks,
        )
        return known.terms if known is not None else None

    def speaks(self, case: Case) -> bool:
        """Whether the adapter speaks the wire; one that is not there says so later."""
        try:
            return case.provider in self.adapter.providers
        except UsageError:
            return True

    @cached_property
    def recorder(self) -> Recorder:
        """What records for it."""
        return Recorder(
            self.project, self.adapter, self._config.getoption("harness_record")
        )


class Bench:
    """Tries the cases of a session, wherever they are."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._stands: dict[tuple[Path, Path], Stand] = {}
        self._albums: dict[Path, Album] = {}
        self.left_out = 0

    @property
    def here(self) -> Path:
        """The folder that pytest was called in."""
        return self._config.invocation_params.dir

    def stand(self, folder: Path) -> Stand:
        """The stand of the project around a folder."""
        project = self._shipped
        if project is None or not folder.is_relative_to(project.root / "specs"):
            project = projects.find(folder)
            if not (project.root / "pyproject.toml").is_file():
                project = replace(project, root=self._config.rootpath)
        place = project.root, project.home
        return self._stands.setdefault(place, Stand(project, self._config))

    @cached_property
    def _shipped(self) -> projects.Project | None:
        """The suites that came with the package, for the project one is in."""
        return projects.shipped(projects.find(self._config.rootpath))

    def cases(self, path: Path) -> tuple[list[Case], list[Problem]]:
        """The cases of a suite file that are wanted, and what is wrong with it."""
        stand = self.stand(path.parent)
        suites, problems = projects.suites(
            stand.project, [str(path)], WHERE, self.here, others=PROVIDERS
        )
        if stand.terms is not None:
            found = strangers(stand.terms, suites, everything=False)
            problems += [problem for _, problem in found]
        for suite in suites:
            self._album(path).expect(path, snapshots_of(suite.cases))
        providers = tuple(self._config.getoption("harness_provider") or ())
        cases = select(suites, Selection(providers=providers))
        spoken = [case for case in cases if stand.speaks(case)]
        self.left_out += len(cases) - len(spoken)
        return spoken, problems

    def tried(self, path: Path, case: Case) -> Result:
        """What comes of a case; fails where its recording cannot be used."""
        stand = self.stand(path.parent)
        try:
            trial = replace(stand.trial, keep=self._album(path).keep)
            stand.recorder.record(case, trial)
            result = run(case, trial)
            return judged(result, stand.terms) if stand.terms else result
        except NotKept as error:
            pytest.fail(str(error), pytrace=False)
        except CassetteError as error:
            problems = [*error.problems]
        except HarnessError as error:
            problems = [case.source.problem(case.at, "broken", str(error))]
        pytest.fail("\n".join(lines_of(problems)), pytrace=False)

    def told(self, path: Path, result: Result) -> list[str]:
        """What to say of a case that was not as expected."""
        name = self.stand(path.parent).name
        chosen = () if name == "reference" else ("--adapter", name)
        lines = [*lines_about(result, (*chosen, "-vv"))]
        for wanted in snapshots_of([result.case]):
            lines += self._album(path).differences.get(wanted, ())
        return lines

    def described(self) -> Iterator[str]:
        """What is tested, a line for each project."""
        for stand in self._stands.values():
            try:
                adapter = stand.adapter
            except UsageError as error:
                yield f"no adapter: {error}"
                continue
            where = projects.shown(stand.project.root, self.here)
            beside = f" ({where})" if len(self._stands) > 1 else ""
            yield f"adapter {stand.name} {adapter.version}{beside}"

    def orphans(self) -> Iterator[str]:
        """Snapshots that no case has."""
        for album in self._albums.values():
            yield from (projects.shown(one, self.here) for one in album.orphans())

    def _album(self, path: Path) -> Album:
        update = self._config.getoption("harness_update")
        fresh = Album(path.parent / "snapshots", update=update)
        return self._albums.setdefault(path.parent, fresh)


BENCH = pytest.StashKey[Bench]()


def bench(config: pytest.Config) -> Bench:
    """The session's bench."""
    return config.stash.setdefault(BENCH, Bench(config))


def add_shipped(config: pytest.Config) -> None:
    """Collect the suites that came with the package, too."""
    found = projects.shipped()
    specs = str(found.root / "specs") if found else ""
    if specs and specs not in config.args:  # a worker is told by its controller
        config.args.append(specs)


def ignored(path: Path) -> bool | None:
    """Whether to leave a path alone; ``None`` where that is not ours to say.

    The suites that came with the package may be in a virtual environment, which pytest
    leaves alone: they are collected, and nothing else in it.
    """
    found = projects.shipped()
    if found is None:
        return None
    specs = found.root / "specs"
    if specs.is_relative_to(path) or path.is_relative_to(specs):
        return False
    homes = (home for home in specs.parents if (home / "pyvenv.cfg").is_file())
    return True if any(map(path.is_relative_to, homes)) else None


def checked(config: pytest.Config) -> None:
    """Refuse options that name what does not exist."""
    try:
        _known(config.getoption("harness_provider"), PROVIDERS, "provider")
        _known(config.getoption("harness_check"), (*CHECKS, *EXPECT), "check")
        _cuts(config.getoption("harness_chunks"))
        if config.getoption("harness_adapter"):
            _ = bench(config).stand(config.rootpath).adapter
    except HarnessError as error:
        raise pytest.UsageError(str(error)) from None


def _known(words: Iterable[str] | None, legal: Collection[str], what: str) -> None:
    for word in words or ():
        if word not in legal:
            hint = nearest(word, legal) or f"one of {', '.join(legal)}"
            raise UsageError(f"--harness-{what}: no {what} named {word!r}: {hint}")


def _cuts(text: str | None) -> tuple[str, ...]:
    names = tuple(name.strip() for name in (text or "").split(",") if name.strip())
    for name in names:
        if not cut.exists(name):
            hint = nearest(name, cut.CUTS) or f"one of {', '.join(cut.CUTS)}"
            raise UsageError(f"--harness-chunks: no cut named {name!r}: {hint}")
    return names
