"""Every lie is caught by the shipped suites, and by the check meant for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from harness.adapters import miniatures
from harness.adapters.miniatures import LIES, Liar, Lie, Miniature
from harness.adapters.miniatures.caught import caught, likely_first
from harness.suite.checks import CHECKS
from harness.suite.shape import EXPECT
from tests.adapters.miniatures.shipped import CASES, TRIAL
from tests.wires import WIRES

NOT_LIES = {"Forgetful"}
"""Liars that are there for others to share, and tell no lie themselves."""

NO_LIARS = {"async.parity"}
"""Checks that no liar is meant for: the reference, and so each of them, is sync."""


def liars(kind: type[Liar] = Liar) -> Iterator[type[Liar]]:
    """Those that are shipped; tests may have some of their own."""
    for liar in kind.__subclasses__():
        if liar.__module__.startswith(miniatures.__name__):
            yield liar
            yield from liars(liar)


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.name)
def test_a_lie_is_caught_by_the_check_meant_for_it(lie: Lie) -> None:
    cases = likely_first(lie, CASES, WIRES)
    assert caught(lie, Miniature(lie), cases, TRIAL).caught


def test_every_liar_is_in_the_table_once() -> None:
    names = [lie.name for lie in LIES]
    assert len(names) == len(set(names)) >= 40
    assert {liar.__name__ for liar in liars()} - NOT_LIES == set(names)


def test_every_check_has_a_liar() -> None:
    meant = {lie.check for lie in LIES}
    assert meant <= {*CHECKS, *EXPECT}
    assert set(CHECKS) - meant == NO_LIARS


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.name)
def test_a_lie_is_said_in_a_sentence(lie: Lie) -> None:
    assert re.fullmatch(r"[A-Z][^.()]+( \([A-H][0-9]*\))?\.", lie.says)


def test_the_lies_of_a_file_are_in_order() -> None:
    files = (
        miniatures.asking,
        miniatures.calls,
        miniatures.ending,
        miniatures.hearing,
        miniatures.history,
        miniatures.keeping,
        miniatures.thinking,
    )
    for file in files:
        names = [lie.name for lie in file.LIES]
        assert names == sorted(names)
