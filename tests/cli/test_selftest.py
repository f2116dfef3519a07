"""``harness selftest``: lies are caught, and where one is not the command says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.adapters.miniatures import LIES, Liar, Lie
from harness.cli import selftest
from harness.shell import project as projects
from tests.cli.conftest import Harness, hello, suite, write


class Honest(Liar):
    """Tells no lie (A1)."""


NOT_CAUGHT = Lie(Honest, "events.complete", "")
(DROPS,) = (lie for lie in LIES if lie.name == "DropsLastChunk")


@pytest.fixture
def lies(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One lie to tell, and two cases to tell it in."""
    write(project, suite(hello("one"), hello("two")))
    monkeypatch.setattr(selftest, "LIES", (DROPS,))


@pytest.fixture
def honest(lies: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lie beside it that nobody can catch."""
    monkeypatch.setattr(selftest, "LIES", (DROPS, NOT_CAUGHT))


def test_each_lie_is_told_in_a_line(harness: Harness, lies: None) -> None:
    done = harness("selftest", "specs")
    assert (done.code, done.err) == (0, "")
    head, blank, line, gap, summary = done.out.splitlines()
    assert (head, blank, gap) == ("harness 0.1.0  spec 1  2 cases", "", "")
    assert line == "DropsLastChunk  events.complete  1  specs/x.spec.yaml::one"
    said = "1 of 1 lie caught; the reference passes 2 cases in "
    assert summary.startswith(said)


def test_every_case_that_catches_it_is_counted(harness: Harness, lies: None) -> None:
    done = harness("selftest", "specs", "--all")
    assert "DropsLastChunk  events.complete  2  specs/x.spec.yaml::one\n" in done.out


def test_a_lie_that_is_not_caught_fails_the_run(harness: Harness, honest: None) -> None:
    done = harness("selftest", "specs")
    assert done.code == 1
    assert "Honest          events.complete  0  not caught\n" in done.out
    assert (
        "NOT CAUGHT Honest: Tells no lie (A1).\n"
        "  events.complete did not fail in any of 2 cases\n"
    ) in done.out
    assert "\n1 of 2 lies caught; the reference passes 2 cases in " in done.out
    quiet = harness("selftest", "specs", "-q")
    assert quiet.code == 1
    assert quiet.out.startswith("NOT CAUGHT Honest")


def test_some_lies_alone_are_tried_without_the_reference(
    harness: Harness, honest: None
) -> None:
    done = harness("selftest", "specs", "-k", "drops", "-q")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("1 of 1 lie caught; the reference was not tried in ")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("expect: {text: Hallo}", 'error[text]: text: wanted "Hallo", found "Hello"'),
        (
            "expect: {text: Hallo}\nxfail: [{reason: r}]",
            "KNOWN specs/x.spec.yaml::c   reference",
        ),
        ("level: should\nexpect: {text: Hallo}", "warning[text]: text: wanted"),
        ("skip: [{reason: r}]", "EXCUSED specs/x.spec.yaml::c"),
        ("xfail: [{reason: r}]", "UNEXPECTED PASS specs/x.spec.yaml::c"),
    ],
)
def test_the_reference_is_excused_nothing(
    harness: Harness, lies: None, project: Path, fields: str, said: str
) -> None:
    write(project, suite(hello("a"), hello(fields=fields)))
    done = harness("selftest", "specs")
    assert done.code == 1
    assert said in done.out
    assert "\n1 of 1 lie caught; the reference is wrong in 1 case in " in done.out


def test_json_has_a_line_a_lie_and_one_for_all(harness: Harness, honest: None) -> None:
    done = harness("selftest", "specs", "--json")
    drops, other, summary = done.rows
    assert done.code == 1
    assert drops == {
        "type": "lie",
        "name": "DropsLastChunk",
        "says": DROPS.says,
        "check": "events.complete",
        "caught": True,
        "cases": 1,
        "first": "specs/x.spec.yaml::one",
        "tried": 1,
    }
    assert (other["caught"], other["first"], other["tried"]) == (False, None, 2)
    assert (summary["lies"], summary["caught"], summary["wrong"]) == (2, 1, [])
    assert summary["reference"] == 2


def test_suites_can_be_named_and_lies_must_exist(
    harness: Harness, lies: None, project: Path
) -> None:
    write(project, suite(hello("three")), "other/y.spec.yaml")
    assert "other/y.spec.yaml::three" in harness("selftest", "other").out
    done = harness("selftest", "specs", "-k", "DropsLastChunks")
    assert done.code == 2
    assert "did you mean 'DropsLastChunk'?" in done.err


def test_without_a_path_the_suites_are_those_that_came_with_the_package(
    harness: Harness, lies: None, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, suite(hello("three")), "came/specs/z.spec.yaml")
    came = projects.Project(project / "came")
    monkeypatch.setattr(projects, "shipped", lambda here: came)
    assert "came/specs/z.spec.yaml::three" in harness("selftest").out
    monkeypatch.setattr(projects, "shipped", lambda here: None)
    done = harness("selftest")
    assert (done.code, done.out) == (2, "")
    assert "no suites came with this package: name some" in done.err
