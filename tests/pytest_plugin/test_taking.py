"""Recording from within pytest, as ``harness record`` does."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from harness.errors import ConnectionLost
from harness.pytest_plugin import taking
from harness.rig.live import Live
from harness.shell.server import served
from harness.wire.http import Request, Response
from tests.cli.conftest import TAPED, record, tape
from tests.pytest_plugin.conftest import Pytest

pytest_plugins = ["pytester"]

TWICE = TAPED + TAPED.replace("id: c", "id: d")


class Vendor:
    """Says hello to everybody, unless it is down."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.down = False

    def answer(self, request: Request) -> Response:
        self.asked.append(request)
        if self.down:
            raise ConnectionLost("down")
        return tape("Hello from afar").exchanges[0].response


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    made = Vendor()
    with served(made.answer) as url:
        monkeypatch.setattr(taking, "Live", partial(Live, base_url=url))
        yield made


def test_what_is_missing_is_recorded_once_and_replayed(
    project: Pytest, pytester: pytest.Pytester, vendor: Vendor
) -> None:
    missing = ("--harness-record", "missing")
    project(*missing, core=TWICE).assert_outcomes(passed=2)
    assert len(vendor.asked) == 1
    kept = (pytester.path / "cassettes/hello.yaml").read_text("utf-8")
    assert "from afar" in kept
    project(*missing).assert_outcomes(passed=2)
    project().assert_outcomes(passed=2)
    assert len(vendor.asked) == 1


def test_all_is_recorded_again(
    project: Pytest, pytester: pytest.Pytester, vendor: Vendor
) -> None:
    record(pytester.path)
    project("--harness-record=all", core=TWICE).assert_outcomes(passed=2)
    assert len(vendor.asked) == 1
    assert "from afar" in (pytester.path / "cassettes/hello.yaml").read_text("utf-8")


def test_what_does_not_pass_is_not_kept(
    project: Pytest, pytester: pytest.Pytester, vendor: Vendor
) -> None:
    fails = f"{TAPED}    expect: {{text: Bye}}\n"
    result = project("--harness-record=missing", core=fails)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "*: error[[]record]: cassettes/hello.yaml was not kept",
            '*error[[]text]: text: wanted "Bye", found "Hello from afar"',
        ]
    )
    assert not (pytester.path / "cassettes").exists()


def test_who_does_not_answer_is_told(project: Pytest, vendor: Vendor) -> None:
    vendor.down = True
    result = project("--harness-record=missing", core=TAPED)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*no answer for cassettes/hello.yaml: *"])


def test_without_a_key_nothing_is_asked(
    project: Pytest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    result = project("--harness-record=missing", core=TAPED)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*no key for anthropic: set ANTHROPIC_API_KEY*"])


@pytest.mark.parametrize("mode", ["missing", "all"])
def test_nothing_is_recorded_in_ci(
    project: Pytest, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setenv("CI", "true")
    result = project(f"--harness-record={mode}", core=TAPED)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: --harness-record: nothing is recorded where CI*"]
    )


def test_one_process_records(project: Pytest) -> None:
    result = project("--harness-record=all", "-n", "2", core=TAPED)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: --harness-record: one process records: add -n 0"]
    )
