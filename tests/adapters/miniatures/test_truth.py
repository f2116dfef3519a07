"""The reference passes every shipped case, with nothing excused.

Cuts are for framings, which hosts share with the wire they speak: a host is tried on
the hardest of them alone, except among the long tests and by ``harness run specs/``.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.adapters.miniatures.caught import dishonest
from harness.run.runner import run
from harness.suite.case import Suite
from tests.adapters.miniatures.shipped import PROBLEMS, SUITES, TRIAL
from tests.wires import WIRES

EVERY_SUITE = pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)


def wrong(suite: Suite, *, hosts_by: tuple[str, ...]) -> list[str]:
    """What is wrong with the reference, in words."""
    trials = (replace(TRIAL, cuts=hosts_by), TRIAL)
    results = [run(case, trials[case.provider in WIRES]) for case in suite.cases]
    return [f"{r.case.nodeid} {r.verdict} {r.failures}" for r in dishonest(results)]


def test_every_suite_can_be_read() -> None:
    assert PROBLEMS == []
    assert SUITES


@EVERY_SUITE
def test_the_reference_passes_with_nothing_excused(suite: Suite) -> None:
    assert wrong(suite, hosts_by=("byte",)) == []


@pytest.mark.long
@EVERY_SUITE
def test_the_reference_passes_however_the_answers_of_hosts_are_cut(
    suite: Suite,
) -> None:
    assert wrong(suite, hosts_by=TRIAL.cuts) == []
