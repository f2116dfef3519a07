"""``harness_case``: a case of a suite, tried from a test written by hand."""

from __future__ import annotations

import pytest

from tests.cli.conftest import hello, suite, write
from tests.pytest_plugin.conftest import Pytest

pytest_plugins = ["pytester"]

LIAR = (
    "from harness.adapters.reference import Reference, Replies\n"
    "from harness.providers import PROVIDERS\n"
    "class Liar(Reference):\n"
    "    name = 'liar'\n"
    "    def __init__(self): super().__init__(PROVIDERS, '7')\n"
)


def tried(project: Pytest, pytester: pytest.Pytester, body: str) -> pytest.RunResult:
    cases = (
        hello("good"),
        hello("bad", "expect: {text: Bye}"),
        hello("skipped", "skip: [{reason: no time}]"),
        hello("known", "expect: {text: Bye}\nxfail: [{reason: not yet}]"),
    )
    write(pytester.path, suite(*cases), "suites/x.spec.yaml")
    pytester.makepyfile(test_c=f"{LIAR}\ndef test_c(harness_case):\n    {body}\n")
    return project("test_c.py")


def test_a_case_is_tried_on_any_adapter(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    body = (
        "tried = harness_case('suites/x.spec.yaml::good', Liar())\n"
        "    assert tried.result.adapter == 'liar'\n"
        "    [turn] = tried.observation.turns\n"
        "    assert turn.messages[0].parts[0].text == 'Hello'\n"
        "    tried.check()"
    )
    tried(project, pytester, body).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("case", "outcome", "said"),
    [
        ("bad", "failed", 'suites/x.spec.yaml:*: error[[]text]: text: wanted "Bye"*'),
        ("skipped", "skipped", "*no time*"),
        ("known", "xfailed", "*not yet*"),
        (
            "god",
            "failed",
            "*UsageError: no case is named '*::god': did you mean 'good'?",
        ),
        ("*", "failed", "*UsageError: 4 cases are named '*"),
    ],
)
def test_the_test_ends_as_the_case_does(
    project: Pytest, pytester: pytest.Pytester, case: str, outcome: str, said: str
) -> None:
    body = f"harness_case('suites/x.spec.yaml::{case}').check()"
    result = tried(project, pytester, body)
    result.assert_outcomes(**{outcome: 1})
    result.stdout.fnmatch_lines([said])


def test_a_suite_that_cannot_be_used_fails_the_test(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    write(pytester.path, "harness: 2\n", "suites/y.spec.yaml")
    result = tried(project, pytester, "harness_case('suites/y.spec.yaml::c')")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["suites/y.spec.yaml:1:*: error*"])
