"""Tried: one case of a suite, from a test that was written by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from harness.errors import CassetteError, UsageError
from harness.providers import PROVIDERS, WHERE
from harness.pytest_plugin.bench import bench
from harness.pytest_plugin.told import judged, lines_about, lines_of
from harness.run.door import Adapter
from harness.run.plan import Selection, select
from harness.run.runner import Result, run
from harness.shell import project as projects
from harness.suite.case import Case
from harness.suite.kind import nearest
from harness.suite.observation import Observation


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a case."""

    result: Result

    @property
    def observation(self) -> Observation:
        """All that the adapter was seen to do; nothing where it was not tried."""
        return self.result.observation or Observation()

    def check(self) -> None:
        """Pass, or fail, skip or xfail the test as the case itself would."""
        __tracebackhide__ = True
        judged(self.result, lines_about(self.result))


class Cases:
    """Tries cases of the project that a test is in."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._stand = bench(request.config).stand(request.path.parent)

    def __call__(self, name: str, adapter: Adapter | None = None) -> Tried:
        """Try a case.

        Args:
            name: ``specs/text.spec.yaml::hello[anthropic]``, relative to the project.
            adapter: whom to try; the session's if it is left out.

        Raises:
            UsageError: for a name that is not that of one case.
        """
        case = self._case(name)
        trial = self._stand.trial
        if adapter is not None:
            trial = replace(trial, adapter=adapter)
        try:
            return Tried(run(case, trial))
        except CassetteError as error:
            pytest.fail("\n".join(lines_of(error.problems)), pytrace=False)

    def _case(self, name: str) -> Case:
        place, _, pattern = name.partition("::")
        root = self._stand.project.root
        suites, problems = projects.suites(
            self._stand.project, [str(root / place)], WHERE, root, others=PROVIDERS
        )
        if problems:
            pytest.fail("\n".join(lines_of(problems)), pytrace=False)
        found = select(suites, Selection((f"::{pattern}",)))
        if len(found) == 1:
            return found[0]
        names = [case.name for suite in suites for case in suite.cases]
        hint = nearest(pattern, names) or f"one of {', '.join(names)}"
        many = f"{len(found)} cases are" if found else "no case is"
        raise UsageError(f"{many} named {name!r}: {hint}")
