"""The reference passes every shipped case, with nothing excused.

Among the long tests, and by ``harness run specs/``, in every cut of every answer.
"""

from __future__ import annotations

import pytest

from harness.adapters.miniatures.caught import dishonest, told
from harness.suite.case import Suite
from tests.adapters.miniatures.shipped import PROBLEMS, SUITES, TRIAL
from tests.wires import WIRES

EVERY_SUITE = pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)


def wrong(suite: Suite, *, every: bool) -> list[str]:
    """What is wrong with the reference, in words."""
    results = told(suite.cases, TRIAL, WIRES, every=every)
    return [f"{r.case.nodeid} {r.verdict} {r.failures}" for r in dishonest(results)]


def test_every_suite_can_be_read() -> None:
    assert PROBLEMS == []
    assert SUITES


@EVERY_SUITE
def test_the_reference_passes_with_nothing_excused(suite: Suite) -> None:
    assert wrong(suite, every=False) == []


@pytest.mark.long
@EVERY_SUITE
def test_the_reference_passes_however_the_answers_of_hosts_are_cut(
    suite: Suite,
) -> None:
    assert wrong(suite, every=True) == []
