"""Items: a suite file, and each of its cases in each combination."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError, Place, Problem, SpecError
from harness.pytest_plugin.bench import bench
from harness.pytest_plugin.told import judged, lines_of
from harness.run.runner import Result
from harness.suite.case import Case

OURS = re.compile(rb"harness[\"']?\s*:")

PROPERTIES = ("adapter", "verdict", "checks", "replays")
"""What reports say of a case beside its outcome."""

RESULT = pytest.StashKey[Result]()
"""What came of a case, between its set-up and its call."""


def is_ours(path: Path) -> bool:
    """Whether the file says ``harness:``; one that cannot be read may have."""
    try:
        return OURS.search(path.read_bytes()) is not None
    except OSError:
        return True


class SuiteFile(pytest.File):
    """One ``*.spec.yaml``."""

    def collect(self) -> Iterator[pytest.Item]:
        """Its cases, and an item that fails where it, or a baseline, is wrong."""
        try:
            cases, problems = bench(self.config).cases(self.path)
        except SpecError as error:
            cases, problems = [], [*error.problems]
        except HarnessError as error:
            cases, problems = [], [Problem(Place(self.name), "usage", str(error))]
        if problems:
            for name in ["baseline"] if cases else self._asked():
                yield Unusable.from_parent(self, name=name, problems=problems)
        for case in cases:
            # Said whole: pytest 9.2 finds failures again by what it reads in it.
            nodeid = f"{self.nodeid}::{case.name}"
            yield CaseItem.from_parent(self, name=case.name, nodeid=nodeid, case=case)

    def _asked(self) -> list[str]:
        """What is asked for in this file; pytest knows no other reason to show it."""
        named = (argument.partition("::") for argument in self.config.args)
        here = self.config.invocation_params.dir
        asked = (n for file, _, n in named if n and (here / file) == self.path)
        return [*dict.fromkeys(asked)] or ["spec"]


class Unusable(pytest.Item):
    """A suite file that cannot be used, as a test that fails."""

    def __init__(self, *, problems: Iterable[Problem], **more: Any) -> None:
        super().__init__(**more)
        self.problems = [*problems]
        self.add_marker("harness")

    def runtest(self) -> None:
        """Say what is wrong, all of it."""
        pytest.fail("\n".join(lines_of(self.problems)), pytrace=False)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the first error is, if it is in this file and not in a baseline."""
        place = self.problems[0].place
        is_here = Path(place.path).name == self.path.name
        return self.path, place.line - 1 if is_here else 0, self.name


class CaseItem(pytest.Item):
    """One case, in one combination."""

    def __init__(self, *, case: Case, **more: Any) -> None:
        super().__init__(**more)
        self.case = case
        for marker in _markers(case):
            if marker.startswith("provider_"):  # of a package that we do not know
                self.config.addinivalue_line("markers", marker)
            self.add_marker(marker)

    def setup(self) -> None:
        """Try it: what cannot be tried is an error, and no failure."""
        result = bench(self.config).tried(self.path, self.case)
        self.stash[RESULT] = result
        told = {name: getattr(result, name) for name in PROPERTIES}
        others = [p for p in self.user_properties if p[0] not in told]
        self.user_properties = [*others, *told.items()]
        if result.verdict in ("broken", "skipped", "inapplicable"):
            judged(result, bench(self.config).told(self.path, result))
        elif result.verdict == "passed" and result.failures:
            warned = "\n".join(bench(self.config).told(self.path, result))
            self.add_report_section("setup", "harness", warned)

    def runtest(self) -> None:
        """Judge what came of it."""
        result = self.stash[RESULT]
        runxfail = self.config.getoption("runxfail", False)
        judged(result, bench(self.config).told(self.path, result), strict=not runxfail)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it is written; pytest counts lines from 0."""
        return self.path, self.case.at.line - 1, self.name


def placed(report: pytest.TestReport, item: CaseItem) -> None:
    """Put a report where the case is written, where it points into this plugin."""
    path, line, _ = item.reportinfo()
    if report.skipped and isinstance(report.longrepr, tuple):
        report.longrepr = (str(path), line + 1, report.longrepr[2])
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None and Path(crash.path).parent == Path(__file__).parent:
        crash.path, crash.lineno = str(path), line + 1


def _markers(case: Case) -> Iterator[str]:
    yield "harness"
    yield "provider_" + re.sub(r"\W", "_", case.provider)
    for capability in sorted(case.requires):
        yield f"requires_{capability}"
