"""The GitHub Action: its steps, run as a runner runs them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.adapters.trying import ROOT

ACTION = ROOT / ".github/actions/serve/action.yml"


def step(name: str) -> dict[str, Any]:
    action = yaml.safe_load(ACTION.read_text("utf-8"))
    found: dict[str, Any] = next(
        one for one in action["runs"]["steps"] if one["name"] == name
    )
    return found


def run(folder: Path, arguments: str) -> subprocess.CompletedProcess[str]:
    """Its second step in a project; ``python`` is the one of this environment."""
    beside = str(Path(sys.executable).parent)
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", step("Serve")["run"]],
        cwd=folder,
        env={
            **os.environ,
            "PATH": f"{beside}:{os.environ['PATH']}",
            "RUNNER_TEMP": str(folder),
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_ENV": str(folder / "env"),
            "ARGUMENTS": arguments,
            "PORT": "0",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_it_serves_the_project_to_the_steps_that_follow(tmp_path: Path) -> None:
    done = run(tmp_path, "--default Hello. --control")
    assert done.returncode == 0, done.stdout + done.stderr
    url = (tmp_path / "output").read_text().removeprefix("url=").strip()
    assert (tmp_path / "env").read_text().strip() == f"HARNESS_URL={url}"
    try:
        assert httpx.get(f"{url}/harness/health").json()["status"] == "ok"
        assert httpx.get(f"{url}/harness/journal").json() == []
    finally:
        _end(url)


def _end(url: str) -> None:
    """End the server, which belongs to nobody now, by the port it listens on."""
    port = url.rpartition(":")[2]
    found = subprocess.run(
        ["pgrep", "-f", "harness serve --port 0 --default Hello."],
        capture_output=True,
        text=True,
        check=True,
    )
    for number in found.stdout.split():
        os.kill(int(number), signal.SIGTERM)
    assert port.isdigit()


def test_a_server_that_does_not_start_fails_the_step(tmp_path: Path) -> None:
    done = run(tmp_path, "--nothing")
    assert done.returncode == 1
    assert "::error::harness serve did not start" in done.stdout
    assert "No such option" in done.stdout


def test_it_installs_what_it_is_told_to() -> None:
    assert step("Install")["run"] == 'python -m pip install --quiet "$PACKAGE"'
    assert step("Install")["env"] == {"PACKAGE": "${{ inputs.package }}"}


@pytest.mark.parametrize("name", ["arguments", "port", "package", "working-directory"])
def test_every_input_is_used(name: str) -> None:
    assert f"inputs.{name}" in ACTION.read_text("utf-8")
