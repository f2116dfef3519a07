"""What an adapter's owner knows to fail, and the suites that came with the package."""

from __future__ import annotations

import pytest

from harness.shell.project import shipped
from tests.cli.conftest import hello, write
from tests.pytest_plugin.conftest import PYPROJECT, Pytest

pytest_plugins = ["pytester"]

FAILS = "expect: {text: Bye}"
KNOWN = """\
baseline: 1
suite: {{name: s, version: '1'}}
known_failures:
  - case: {case}
    checks: [text]
    reason: it says hello
    issue: https://example.com/1
"""


def test_what_is_listed_may_fail_and_nothing_else(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    write(pytester.path, KNOWN.format(case="s::c"), "known.yaml")
    cases = hello("c", FAILS) + hello("d", FAILS)
    project("--harness-baseline=known.yaml", core=cases).assert_outcomes(
        xfailed=1, failed=1
    )


def test_what_is_listed_and_passes_fails(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    write(pytester.path, KNOWN.format(case="s::c"), "known.yaml")
    result = project("--harness-baseline=known.yaml", core=hello("c"))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["known.yaml:4:*: error[[]H601]: stale: c is listed*"])


@pytest.mark.parametrize(
    ("more", "outcome"), [("", "passed"), (FAILS, "xfailed")], ids=["passes", "fails"]
)
def test_what_is_flaky_does_as_it_likes(
    project: Pytest, pytester: pytest.Pytester, more: str, outcome: str
) -> None:
    flaky = KNOWN.format(case="s::c").replace("known_failures", "known_flaky")
    write(pytester.path, flaky, "known.yaml")
    result = project("--harness-baseline=known.yaml", core=hello("c", more))
    result.assert_outcomes(**{outcome: 1})


def test_the_baseline_that_is_set_is_used_and_must_name_cases(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    write(pytester.path, KNOWN.format(case="s::see"), "known.yaml")
    settings = f"{PYPROJECT}baseline = 'known.yaml'\n"
    (pytester.path / "pyproject.toml").write_text(settings, "utf-8")
    result = project(core=hello("c"))
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "known.yaml:4:*: error[[]H601]: 's::see' names no case",
            "FAILED *::baseline *",
        ]
    )


def test_a_baseline_that_cannot_be_used_fails_each_suite(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    write(pytester.path, "baseline: 2\n", "known.yaml")
    result = project("--harness-baseline=known.yaml", core=hello("c"))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["known.yaml:1:*: error*"])
    project("--harness-baseline=gone.yaml").stdout.fnmatch_lines(
        ["gone.yaml:1:1: error*"]
    )


def test_the_suites_that_came_with_the_package_are_tried_on_request(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    came = shipped()
    assert came is not None
    only = (
        "--harness-shipped",
        "-k",
        "plain and anthropic and stream",
        "-m",
        "harness",
    )
    result = project(*only, core=hello("mine"))
    assert result.ret == 0
    assert result.parseoutcomes()["passed"] >= 1
    mine = project(*only[:1], "--co", "-q", "-k", "mine or (plain and anthropic)")
    mine.stdout.fnmatch_lines_random(
        ["specs/core.spec.yaml::mine", "text.spec.yaml::plain[[]anthropic-stream]"]
    )
