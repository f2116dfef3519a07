"""``harness run --baseline``: what is known to fail, in a file of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Harness, hello, suite, write

WRONG = "expect: {text: Hallo}"
WHY = "reason: it is German, issue: 'https://example.com/1'"
STRANGE = "error[H601]: 's::gone' names no case"


def known(
    project: Path, *entries: str, flaky: str = "", name: str = "known.yaml"
) -> str:
    """A baseline in the project."""
    text = "baseline: 1\nknown_failures:" + ("" if entries else " []") + "\n"
    text += "".join(f"  - {{{entry}, {WHY}}}\n" for entry in entries)
    text += f"known_flaky:\n  - {{{flaky}, {WHY}}}\n" if flaky else ""
    write(project, text, name)
    return name


@pytest.fixture
def two(project: Path) -> Path:
    """A case that passes and one that does not."""
    write(project, suite(hello("good"), hello("bad", WRONG)))
    return project


def test_what_fails_and_is_listed_is_expected(harness: Harness, two: Path) -> None:
    file = known(two, "case: 's::bad', checks: [text]")
    done = harness("run", "--baseline", file)
    assert (done.code, done.err) == (0, "")
    assert "specs/x.spec.yaml  .x  2\n" in done.out
    assert "\n1 passed, 1 expected failure in " in done.out
    assert (
        "   1 expected failure: it is German\n"
        in harness("run", "--baseline", file, "-v").out
    )
    assert harness("run").code == 1


def test_what_fails_and_is_not_listed_fails(harness: Harness, two: Path) -> None:
    file = known(two, "case: 's::bad', checks: [parts]")
    done = harness("run", "--baseline", file, "-q")
    assert done.code == 1
    assert "FAIL specs/x.spec.yaml::bad" in done.out


def test_what_passes_and_is_listed_is_shown_where_it_is_listed(
    harness: Harness, two: Path
) -> None:
    file = known(
        two, "case: 's::bad', checks: [text]", "case: 's::good', checks: [text]"
    )
    done = harness("run", "--baseline", file, "-q")
    assert done.code == 1
    assert (
        "UNEXPECTED PASS specs/x.spec.yaml::good   reference   3 events, 1 part\n"
        "\n"
        "known.yaml:4:12: error[H601]: stale: good is listed as failing text, and does not\n"
        "    4 |   - {case: 's::good', checks: [text], reason: it is German, issue: 'https://example.com/1'}\n"
        "      |            ^^^^^^^^^ remove the entry, or run with --baseline-prune\n"
    ) in done.out
    (row,) = [
        r
        for r in harness("run", "--baseline", file, "--json").rows
        if "listed" in r and r["verdict"] == "unexpected"
    ]
    assert row["listed"] == "known.yaml:4:12"


def test_an_entry_that_names_no_case_fails_the_run(harness: Harness, two: Path) -> None:
    file = known(
        two, "case: 's::bad', checks: [text]", "case: 's::gone', checks: [text]"
    )
    done = harness("run", "--baseline", file)
    assert done.code == 1
    assert STRANGE in done.err
    # It is in a suite that was read, whichever cases of it were chosen.
    assert STRANGE in harness("run", "--baseline", file, "s::bad").err
    known(two, "case: 's::bad', checks: [text]", "case: 't::gone', checks: [text]")
    assert harness("run", "--baseline", file).code == 1
    done = harness("run", "--baseline", file, "specs/x.spec.yaml")
    assert (done.code, done.err) == (0, "")


def test_what_was_not_tried_says_nothing(harness: Harness, two: Path) -> None:
    write(two, suite(hello("later", "skip: [{reason: r}]"), hello("bad", WRONG)))
    file = known(
        two, "case: 's::later', checks: [text]", "case: 's::bad', checks: [text]"
    )
    assert harness("run", "--baseline", file).code == 0
    assert harness("run", "--baseline", file, "--check", "usage").code == 0
    assert harness("run", "--baseline", file, "-k", "later").code == 0


def test_an_excuse_has_a_last_day(harness: Harness, two: Path) -> None:
    file = known(two, "case: 's::bad', checks: [text], until: 2020-01-01")
    done = harness("run", "--baseline", file, "-q")
    assert done.code == 1
    assert (
        "error[H601]: excused until 2020-01-01, not any more: it is German" in done.out
    )
    known(two, "case: 's::bad', checks: [text], until: 9999-12-31")
    assert harness("run", "--baseline", file, "-q").code == 0


def test_what_is_flaky_is_counted_apart(harness: Harness, two: Path) -> None:
    file = known(two, flaky="case: 's::*', checks: [text]")
    done = harness("run", "--baseline", file)
    assert (done.code, done.err) == (0, "")
    assert "specs/x.spec.yaml  ~~  2\n" in done.out
    assert (
        "flaky specs/x.spec.yaml::good: passed   known.yaml:4:12: it is German\n"
        "flaky specs/x.spec.yaml::bad: failed text   known.yaml:4:12: it is German\n"
        "2 known to be flaky in "
    ) in done.out
    verbose = harness("run", "--baseline", file, "-v").out
    assert "FLAKY specs/x.spec.yaml::bad" in verbose
    assert (
        "  listed  known.yaml:4:12: it is German\n  issue   https://example.com/1\n"
        in verbose
    )


def test_a_baseline_that_cannot_be_used_ends_with_three(
    harness: Harness, two: Path
) -> None:
    file = known(two, "case: 's::bad', checks: [txt]")
    done = harness("run", "--baseline", file)
    assert (done.code, done.out) == (3, "")
    assert "known.yaml:3:31: error[H103]: 'txt' is not one of" in done.err
    assert "did you mean 'text'?" in done.err
    assert done.err.endswith("1 error in 1 file; nothing was run\n")
    done = harness("run", "--baseline", "nowhere.yaml")
    assert (done.code, done.out) == (3, "")
    assert "nowhere.yaml does not exist" in done.err


SETTINGS = [
    '[tool.harness]\nbaseline = "known.yaml"\n',
    '[tool.harness.adapters.reference]\nuse = "m:o"\nbaseline = "known.yaml"\n',
    '[tool.harness]\nbaseline = "x.yaml"\n[tool.harness.adapters.reference]\nuse = "m:o"\nbaseline = "known.yaml"\n',
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_a_project_has_its_own(
    harness: Harness, two: Path, settings: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(two, "case: 's::bad', checks: [text]")
    write(two, settings, "pyproject.toml")
    assert harness("run").code == 0
    monkeypatch.chdir(two / "specs")
    assert harness("run").code == 0
    other = known(two, name="specs/other.yaml")
    assert harness("run", "--baseline", Path(other).name).code == 1


@pytest.mark.parametrize("value", ["3", '"../known.yaml"', '"/known.yaml"', '""'])
def test_the_setting_is_a_file_of_the_project(
    harness: Harness, two: Path, value: str
) -> None:
    write(two, f"[tool.harness]\nbaseline = {value}\n", "pyproject.toml")
    done = harness("run")
    assert done.code == 2
    assert "tool.harness.baseline is a file of the project" in done.err


def test_what_fails_is_added_and_waits_for_somebody_to_say_why(
    harness: Harness, two: Path
) -> None:
    done = harness("run", "--baseline", "known.yaml", "--baseline-update", "-q")
    assert done.code == 1
    assert done.err == (
        "known.yaml: 1 entry added; fill in why and where it is tracked, until then "
        "the file is refused\n"
    )
    text = (two / "known.yaml").read_text("utf-8")
    assert "  - case: s::bad\n    checks: [text]\n    reason: ''   # say why" in text
    done = harness("run", "--baseline", "known.yaml")
    assert done.code == 3
    assert "known.yaml:5:13: error[H103]: the reason is missing: fill it in" in done.err
    assert "known.yaml:6:12: error[H103]: the issue is missing: fill it in" in done.err
    filled = text.replace("reason: ''", "reason: r").replace(
        "issue: ''", "issue: https://example.com/1"
    )
    write(two, filled, "known.yaml")
    assert harness("run", "--baseline", "known.yaml").code == 0
    done = harness("run", "--baseline", "known.yaml", "--baseline-update")
    assert (done.code, done.err) == (0, "known.yaml: no entries added\n")
    assert (two / "known.yaml").read_text("utf-8") == filled


def test_what_does_not_fail_is_removed(harness: Harness, two: Path) -> None:
    lines = ("case: 's::bad', checks: [text]", "case: 's::good', checks: [text]")
    file = known(two, *lines, "case: 's::gone', checks: [text]")
    done = harness(
        "run", "--baseline", file, "--baseline-prune", "-k", "nothing or bad"
    )
    assert (done.code, done.err) == (0, "known.yaml: 1 entry removed\n")
    done = harness("run", "--baseline", file, "--baseline-prune")
    assert (done.code, done.err) == (1, "known.yaml: 1 entry removed\n")
    assert (two / file).read_text("utf-8") == (
        f"baseline: 1\nknown_failures:\n  - {{{lines[0]}, {WHY}}}\n"
    )
    assert harness("run", "--baseline", file).code == 0


def test_both_at_once(harness: Harness, two: Path) -> None:
    file = known(two, "case: 's::good', checks: [text]")
    done = harness("run", "--baseline", file, "--baseline-prune", "--baseline-update")
    assert done.code == 1
    assert done.err.startswith(
        "known.yaml: 1 entry removed\nknown.yaml: 1 entry added;"
    )
    text = (two / file).read_text("utf-8")
    assert text.startswith("baseline: 1\nknown_failures:\n  - case: s::bad\n")
    assert "good" not in text


def test_which_baseline_is_to_change_must_be_said(harness: Harness, two: Path) -> None:
    done = harness("run", "--baseline-update")
    assert (done.code, done.out) == (2, "")
    assert "which baseline? name one with --baseline FILE" in done.err


def test_a_file_that_cannot_be_changed_is_left_alone(
    harness: Harness, two: Path
) -> None:
    done = harness("run", "--baseline", "pyproject.toml/known", "--baseline-update")
    assert done.code == 2
    assert "harness: pyproject.toml/known cannot be written: " in done.err
    entry = f"{{case: 's::gone', checks: [text], {WHY}}}"
    write(two, f"baseline: 1\nknown_failures: [{entry}]\n", "known.yaml")
    done = harness("run", "--baseline", "known.yaml", "--baseline-prune")
    assert done.code == 2
    assert "known.yaml cannot be changed here: give every entry lines" in done.err
