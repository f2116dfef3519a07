"""Environments: made once for a list of packages, by whatever installer there is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.errors import UsageError
from harness.rig import environments
from harness.rig.environments import _ourselves, python_of

REQUIRES = ["acme==1", "other"]


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that are run; none is."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        if "venv" in command:
            home = Path(command[-1])
            (home / "bin").mkdir(parents=True, exist_ok=True)
            (home / "bin" / "python").touch()
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    return commands


@pytest.mark.parametrize("uv", [None, "/usr/bin/uv"], ids=["pip", "uv"])
def test_an_environment_is_made_once(
    tmp_path: Path,
    ran: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    uv: str | None,
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: uv)
    python = python_of(REQUIRES, tmp_path)
    made, installed = ran
    assert made[0] == (uv or sys.executable)
    assert installed[-2:] == REQUIRES
    assert [one for one in installed if one in _ourselves()] == _ourselves()
    assert python.is_relative_to(tmp_path)
    assert python_of(REQUIRES, tmp_path) == python
    assert len(ran) == 2
    assert python_of(["acme==2"], tmp_path) != python


def test_an_environment_that_was_half_made_is_made_again(
    tmp_path: Path, ran: list[list[str]]
) -> None:
    python = python_of(REQUIRES, tmp_path)
    (python.parent.parent / "requires.txt").unlink()
    assert python_of(REQUIRES, tmp_path) == python
    assert len(ran) == 4


def test_what_cannot_be_installed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "No matching distribution")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(UsageError, match=r"failed:\nNo matching distribution"):
        python_of(REQUIRES, tmp_path)


def test_the_installed_harness_is_installed_again_by_its_version(
    tmp_path: Path, ran: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    away = tmp_path / "site-packages" / "harness" / "rig" / "environments.py"
    monkeypatch.setattr(environments, "__file__", str(away))
    monkeypatch.setattr("shutil.which", lambda name: None)
    python_of(REQUIRES, tmp_path)
    assert any(word.startswith("llm-adapter-harness==") for word in ran[-1])
