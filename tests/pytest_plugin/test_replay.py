"""``harness_replay``: a test written by hand, answered by recordings alone."""

from __future__ import annotations

import pytest

from tests.cli.conftest import record
from tests.pytest_plugin.conftest import Pytest

pytest_plugins = ["pytester"]

ASKED = """
import httpx
URL = "https://api.anthropic.com/v1/messages"
BODY = {"model": "m", "max_tokens": 4096, "stream": True,
        "messages": [{"role": "user", "content": "Hi"}]}
def ask(**more):
    return httpx.post(URL, json=BODY | more).text
"""


def tried(project: Pytest, pytester: pytest.Pytester, test: str) -> pytest.RunResult:
    record(pytester.path)
    pytester.makepyfile(test_r=f"{ASKED}\n{test}")
    return project("test_r.py")


def test_the_recording_answers_until_the_test_ends(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    test = (
        "def test_r(harness_replay):\n"
        "    replay = harness_replay('cassettes/hello.yaml', timing='none')\n"
        "    assert 'Hello' in ask()\n"
        "    assert replay.deck.left == []\n"
        "    assert replay.slept == []\n"
    )
    tried(project, pytester, test).assert_outcomes(passed=1)


def test_or_until_its_block_ends_and_again(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    test = (
        "def test_r(harness_replay):\n"
        "    for _ in range(2):\n"
        "        with harness_replay('cassettes/hello.yaml'):\n"
        "            assert 'Hello' in ask()\n"
        "    assert httpx.HTTPTransport.handle_request.__module__.startswith('httpx')\n"
    )
    tried(project, pytester, test).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("pass", "not asked for: exchange 1"),
        (
            "ask(temperature=1)",
            "changed: exchange 1 is asked for with another body.temperature",
        ),
        (
            "ask()\n    import pytest\n    pytest.raises(httpx.HTTPError, ask)",
            "not recorded: POST https://api.anthropic.com/v1/messages",
        ),
        (
            "ask()\n    import socket, pytest\n"
            "    pytest.raises(OSError, socket.create_connection, ('127.0.0.1', 9))",
            "refused: socket.*",
        ),
    ],
)
@pytest.mark.parametrize("block", [False, True], ids=["call", "with"])
def test_what_goes_wrong_fails_the_test_in_the_words_of_the_command_line(
    project: Pytest, pytester: pytest.Pytester, body: str, said: str, block: bool
) -> None:
    play = "harness_replay('cassettes/hello.yaml')"
    test = f"def test_r(harness_replay):\n    {play}\n    {body}\n"
    if block:
        body = body.replace("\n    ", "\n        ")
        test = f"def test_r(harness_replay):\n    with {play}:\n        {body}\n"
    result = tried(project, pytester, test)
    result.assert_outcomes(**({"failed": 1} if block else {"passed": 1, "errors": 1}))
    result.stdout.fnmatch_lines([said])


def test_what_may_differ_may(project: Pytest, pytester: pytest.Pytester) -> None:
    test = (
        "def test_r(harness_replay):\n"
        "    harness_replay('cassettes/hello.yaml', ignore=['body.temperature'])\n"
        "    ask(temperature=1)\n"
    )
    tried(project, pytester, test).assert_outcomes(passed=1)


def test_a_failure_in_the_block_is_what_is_told(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    test = (
        "def test_r(harness_replay):\n"
        "    with harness_replay('cassettes/hello.yaml'):\n        assert 0\n"
    )
    result = tried(project, pytester, test)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E * assert 0"])


def test_a_recording_that_is_not_there_fails_the_test(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    test = "def test_r(harness_replay):\n    harness_replay('cassettes/hullo.yaml')\n"
    result = tried(project, pytester, test)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "cassettes/hullo.yaml:1:1: error[[]H501]: cassettes/hullo.yaml does not exist",
            "  closest: cassettes/hello.yaml",
        ]
    )


def test_it_imports_no_client(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(pytester.path)
    pytester.makepyfile(
        "import sys\n"
        "def test(harness_replay):\n"
        "    replay = harness_replay('cassettes/hello.yaml')\n"
        "    for name in ('httpx', 'requests', 'aiohttp', 'vcr'):\n"
        "        assert name not in sys.modules\n"
        "    replay.close()\n"
    )
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    result = pytester.runpytest_subprocess("-p", "harness.pytest_plugin")
    result.assert_outcomes(passed=1)
