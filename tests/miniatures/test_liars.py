"""Every liar is caught by the shipped suites, and by the check meant for its lie."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import __version__
from harness.adapters.reference import Reference
from harness.providers import PROVIDERS
from harness.run.door import Adapter
from harness.run.report import BAD
from harness.run.runner import CUTS, Result, Trial, run
from harness.shell.files import find_specs
from harness.shell.hermetic import watched
from harness.shell.project import Project, tape_of
from harness.suite.case import Case
from harness.suite.load import load
from tests.miniatures.liars import LIARS, Liar, Miniature
from tests.wires import WIRES

ROOT = Path(__file__).parent.parent.parent
PROJECT = Project(ROOT)
CASES = [
    case
    for path in find_specs([ROOT / "specs"])
    for case in load(path.read_bytes(), path.name, PROVIDERS).cases
]


def results(adapter: Adapter, cases: list[Case]) -> Iterator[Result]:
    trial = Trial(
        adapter, PROVIDERS, lambda case: tape_of(PROJECT, case), CUTS, watch=watched
    )
    return (run(case, trial) for case in cases)


def test_the_reference_passes_every_shipped_case_with_nothing_excused() -> None:
    outcomes = list(results(Reference(PROVIDERS, __version__), CASES))
    assert [(r.case.name, r.failures) for r in outcomes if r.verdict in BAD] == []
    assert [r.case.name for r in outcomes if r.verdict == "known"] == []
    assert [(r.case.name, f) for r in outcomes for f in r.failures] == []


@pytest.mark.parametrize("liar", LIARS, ids=lambda liar: liar.__name__)
def test_a_liar_is_caught_by_the_check_meant_for_it(liar: type[Liar]) -> None:
    told = [case for case in CASES if case.provider in WIRES]
    failures = (f for r in results(Miniature(liar), told) for f in r.failures)
    assert any(failure.check == LIARS[liar] for failure in failures)


def test_there_is_a_liar_for_every_kind_of_lie() -> None:
    assert set(Liar.__subclasses__()) == set(LIARS)
    assert len(LIARS) >= 12
