"""``harness_serve``: every provider on one port, and nothing of another test's."""

from __future__ import annotations

import pytest

from tests.cli.conftest import hello, record, write
from tests.pytest_plugin.conftest import Pytest

pytest_plugins = ["pytester"]

ASKS = """\
import httpx

BODY = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}


def asked(serve, text="Hi"):
    body = BODY | {"messages": [{"role": "user", "content": text}]}
    return httpx.post(f"{serve.base_url('anthropic')}/v1/messages", json=body)


"""


def test_a_project_is_served_to_its_tests(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    record(pytester.path)
    tests = (
        "def test_a(harness_serve):\n"
        "    assert 'Hello' in asked(harness_serve).text\n"
        "    [entry] = harness_serve.journal\n"
        "    assert entry['how'] == 'conversation'\n"
        "def test_b(harness_serve):\n"
        "    assert harness_serve.journal == []\n"
        "    harness_serve.says({'parts': [{'type': 'text', 'text': 'Mine.'}]})\n"
        "    assert 'Mine.' in asked(harness_serve).text\n"
        "    harness_serve.fault('limit', retry_after=7)\n"
        "    assert asked(harness_serve).status_code == 429\n"
        "    assert 'Hello' in asked(harness_serve).text\n"
        "    assert 'ignored retry-after' in harness_serve.verdict[0]\n"
    )
    write(pytester.path, ASKS + tests, "tests/test_it.py")
    project("tests").assert_outcomes(passed=2)


def test_a_suite_is_said_to_one_test_alone(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    tests = (
        "SUITE = '''harness: 1\nsuite: s\ncases:\n" + hello(text="Loaded.") + "'''\n"
        "def test_a(harness_serve):\n"
        "    harness_serve.cases(SUITE)\n"
        "    assert 'Loaded.' in asked(harness_serve).text\n"
        "def test_b(harness_serve):\n"
        "    assert asked(harness_serve).status_code == 404\n"
    )
    write(pytester.path, ASKS + tests, "tests/test_it.py")
    result = project("tests")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*request 2: nothing is recorded for anthropic*"])


def test_what_is_said_to_nobody_fails(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    tests = (
        "def test_a(harness_serve):\n"
        "    harness_serve.says({'parts': [{'type': 'text', 'text': 'Mine.'}]})\n"
    )
    write(pytester.path, ASKS + tests, "tests/test_it.py")
    result = project("tests")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*never asked for: says::told turn 1*"])


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("harness_serve.base_url('antropic')", "did you mean 'anthropic'"),
        ("harness_serve.fault('stal')", "there is no 'stal'"),
        ("harness_serve.says({'part': []})", "did you mean 'parts'"),
        ("harness_serve.cases('7')", "suite:1:1"),
    ],
)
def test_what_cannot_be_is_told(
    project: Pytest, pytester: pytest.Pytester, does: str, said: str
) -> None:
    write(
        pytester.path, f"def test_a(harness_serve):\n    {does}\n", "tests/test_it.py"
    )
    result = project("tests")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*UsageError: *{said}*"])


def test_a_project_that_cannot_be_read_is_told(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    write(pytester.path, "interactions: 7\n", "cassettes/x.yaml")
    write(pytester.path, "def test_a(harness_serve): ...\n", "tests/test_it.py")
    result = project("tests")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*cassettes/x.yaml:1*"])
