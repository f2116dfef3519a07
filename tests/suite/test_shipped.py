"""The shipped suites: how much they cover of what real adapters were seen to get wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.providers import PROVIDERS
from harness.suite.case import Case, Suite
from harness.suite.load import load

SPECS = Path(__file__).parent.parent.parent / "specs"

CLASSES = (
    *(f"A{n}" for n in range(1, 16)),
    *(f"B{n}" for n in range(1, 14)),
    *(f"C{n}" for n in range(1, 10)),
    *(f"D{n}" for n in range(1, 7)),
    *(f"E{n}" for n in range(1, 7)),
    *(f"F{n}" for n in range(1, 13)),
    "G",
    "H",
)
"""Classes of bugs: A tool calls, B thoughts, C requests, D schemas and JSON, E the life
of a response, F errors and ends, G media and citations, H registration."""

NOT_SHOWN = {
    "A15": "hooks before and after a call are Python of the framework's, on no wire",
    "D5": "no case of its own: async.parity compares every case with its async twin",
    "E1": "reading half a response and then asking for all of it is Python, not a wire",
    "E3": "an await that succeeds although the stream failed shows in async.parity",
    "E4": "which tools an async conversation takes is decided before any request",
    "E5": "a limit on chains counts the framework's own rounds",
    "E6": "a client that is not closed is seen by the event loop, not by a server",
    "H": "what happens while models are registered happens before any case begins",
}
"""Classes that neither a stream nor a request can show, and why."""

LINK = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+/(?:issues|pull)/[1-9][0-9]*")


def suites() -> Iterator[Suite]:
    for path in sorted(SPECS.glob("*.spec.yaml")):
        yield load(path.read_bytes(), f"specs/{path.name}", PROVIDERS)


@pytest.fixture(scope="module")
def cases() -> dict[tuple[str, str], Case]:
    """One case an id, whatever its matrix makes of it."""
    return {(s.name, case.id): case for s in suites() for case in s.cases}


def test_there_are_a_hundred_cases_and_more(cases: dict[object, Case]) -> None:
    assert len(cases) >= 100


def test_no_two_files_hold_the_same_suite() -> None:
    names = [suite.name for suite in suites()]
    assert len(set(names)) == len(names)


def test_every_class_that_a_wire_can_show_is_named_by_a_case(
    cases: dict[object, Case],
) -> None:
    named = {word for case in cases.values() for word in case.about}
    assert [c for c in CLASSES if c not in named and c not in NOT_SHOWN] == []


def test_what_cannot_be_shown_is_named_by_no_case(cases: dict[object, Case]) -> None:
    named = {word for case in cases.values() for word in case.about}
    assert named & NOT_SHOWN.keys() == set()
    assert set(CLASSES) >= NOT_SHOWN.keys()


def test_about_holds_classes_and_links(cases: dict[object, Case]) -> None:
    strange = {
        word
        for case in cases.values()
        for word in case.about
        if word not in CLASSES and not LINK.fullmatch(word)
    }
    assert strange == set()


def test_every_case_says_in_a_sentence_what_must_hold(
    cases: dict[object, Case],
) -> None:
    assert [c.id for c in cases.values() if not c.description.endswith(".")] == []


def test_every_file_opens_with_a_sentence_and_is_no_longer_than_three_hundred_lines() -> (
    None
):
    for path in sorted(SPECS.glob("*.spec.yaml")):
        lines = path.read_text("utf-8").splitlines()
        assert lines[0].startswith("# "), path.name
        assert len(lines) <= 300, path.name
