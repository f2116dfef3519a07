"""The plugin as it is installed, under each pytest, beside the plugins of others."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import TAPED, hello, record, suite, write
from tests.pytest_plugin.conftest import PYPROJECT

pytestmark = pytest.mark.long

ROOT = Path(__file__).parent.parent.parent
VERSIONS = ("8.4", "9")
BESIDE = (
    "httpx",
    "pytest-cov",
    "pytest-randomly",
    "pytest-recording",
    "pytest-rerunfailures",
    "pytest-xdist",
    "syrupy",
)
FAILS = "expect: {text: Bye}"
CASES = (
    hello("passes"),
    hello("also"),
    hello("fails", FAILS),
    hello("known", f"{FAILS}\nxfail: [{{reason: not yet}}]"),
    hello("unexpected", "xfail: [{reason: not yet}]"),
    hello("skipped", "skip: [{reason: no time}]"),
    hello("kept", "expect: {events: {snapshot: kept}}"),
    TAPED.replace("hello", "none"),
)
WRITTEN = """
import httpx
import pytest

BODY = {"model": "m", "max_tokens": 4096, "stream": True,
        "messages": [{"role": "user", "content": "Hi"}]}

def test_mock(harness_mock):
    mock = harness_mock("anthropic", says={"parts": [{"type": "text", "text": "Hi"}]})
    assert "message_stop" in httpx.post(mock.base_url + "/v1/messages", json=BODY).text

@pytest.mark.requires_tools
def test_replay(harness_replay):
    harness_replay("cassettes/hello.yaml")
    url = "https://api.anthropic.com/v1/messages"
    assert "Hello" in httpx.post(url, json=BODY).text

def test_case(harness_case):
    harness_case("specs/a.spec.yaml::passes").check()

def test_kept(harness_snapshot):
    assert [{"type": "text", "text": "Hi"}] == harness_snapshot
"""
TWICE = ("specs/a.spec.yaml::passes",) * 2
ALL = "3 failed, 7 passed, 1 skipped, 1 xfailed, 1 error"


def done(python: Path, *arguments: str, cwd: Path) -> str:
    names = ("COV_", "COVERAGE_", "PYTEST_", "PYTHONPATH", "CI")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(names)}
    path = f"{python.parent}{os.pathsep}{kept['PATH']}"
    ran = subprocess.run(
        [python, *arguments],
        cwd=cwd,
        env=kept | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.stdout + ran.stderr


@pytest.fixture(scope="module", params=VERSIONS)
def python(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A Python of its own with the package, not editable, and a pytest."""
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    found = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    wanted = [str(ROOT), f"pytest=={request.param}.*", *BESIDE]
    subprocess.run([found, "-m", "pip", "install", "-qqq", *wanted], check=True)
    assert f"pytest {request.param}" in done(
        found, "-m", "pytest", "--version", cwd=folder
    )
    return found


@pytest.fixture
def here(tmp_path: Path) -> Path:
    pyproject = PYPROJECT.replace(', "-p", "no:cassetter", "-ra"', "")
    write(tmp_path, pyproject, "pyproject.toml")
    write(tmp_path, suite(*CASES), "specs/a.spec.yaml")
    write(tmp_path, "harness: 1\nsuite: bad\ncases: []\n", "specs/bad.spec.yaml")
    write(tmp_path, WRITTEN, "tests/test_written.py")
    record(tmp_path)
    return tmp_path


def test_it_keeps_company(python: Path, here: Path) -> None:
    def ran(*arguments: str) -> str:
        return done(python, "-m", "pytest", "-q", *arguments, cwd=here)

    first = ran("--snapshot-update")
    assert ALL in first, first
    assert "1 snapshot generated" in first
    together = ran("-n", "2", "--reruns", "1", "--junit-xml=j.xml", "--cov=tests")
    assert f"{ALL}, 4 rerun" in together, together
    assert "1 snapshot passed" in together
    assert 'file="' not in (here / "j.xml").read_text("utf-8")
    assert re.search(r"harness: \d+ checks, \d+ replays through reference", together)
    assert "3 failed, 1 error" in ran("-p", "no:randomly", "--lf")
    assert "1 failed" in ran("-x", "-p", "no:randomly", "specs/a.spec.yaml")
    assert "1 passed" in ran("specs/a.spec.yaml::passes")
    assert "1 passed" in ran("specs/a.spec.yaml", *TWICE, "-k", "passes")
    assert "specs/a.spec.yaml::fails" in ran("--co", "-m", "harness", "-k", "fails")
    assert "4 passed" in ran("--no-harness")


def test_it_is_watched_without_a_warning(python: Path, here: Path) -> None:
    harness = ("-m", "harness", "replay", "cassettes/hello.yaml", "--")
    said = done(python, *harness, "pytest", "-q", "specs/a.spec.yaml::also", cwd=here)
    assert "1 passed" in said
    assert "not asked for: exchange 1" in said
