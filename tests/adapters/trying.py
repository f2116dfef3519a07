"""What the tests of adapters share: the shipped cases, tried on one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from harness.providers import PROVIDERS
from harness.run.door import Adapter
from harness.run.runner import Result, Trial, run
from harness.shell.files import find_specs
from harness.shell.project import Project, tape_of
from harness.shell.transport import replayed
from harness.suite.case import Case
from harness.suite.load import load

ROOT = Path(__file__).parent.parent.parent
PROJECT = Project(ROOT)


@cache
def cases(suite: str = "") -> tuple[Case, ...]:
    """The shipped cases, of one suite or of all."""
    found = (
        case
        for path in find_specs([ROOT / "specs"])
        for case in load(path.read_bytes(), path.name, PROVIDERS).cases
    )
    return tuple(case for case in found if not suite or case.suite == suite)


def tried(
    adapter: Adapter, suite: str = "", *ids: str, cuts: tuple[str, ...] = ("byte",)
) -> Iterator[Result]:
    """What comes of the cases of a suite that are for this adapter."""
    trial = Trial(
        adapter, PROVIDERS, lambda c: tape_of(PROJECT, c), cuts, watch=replayed
    )
    for case in cases(suite):
        if case.provider in adapter.providers and (not ids or case.id in ids):
            yield run(case, trial)


def failures(results: Iterator[Result]) -> dict[str, list[str]]:
    """The checks that failed, not the warnings, by the case's name."""
    return {
        result.case.name: sorted(
            {f.check for f in result.failures if f.level == "must"}
        )
        or [result.reason]
        for result in results
        if result.verdict in ("failed", "broken")
    }
