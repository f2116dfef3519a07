"""A plugin author's whole CI is one file: that of the docs, run against llm-anthropic."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

WHY = "llm-anthropic is not installed: pip install '.[plugins]', in its own environment"
pytest.importorskip("llm_anthropic", reason=WHY)

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "plugin-authors.md").read_text("utf-8")
TOML = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
WORKFLOW = re.search(r"```yaml\n(# \.github/.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A repository with what the page says to put into its ``pyproject.toml``."""
    wanted = ("[tool.harness.adapters.mine]", "[tool.pytest.ini_options]")
    tables = [text for text in TOML if text.startswith(wanted)]
    assert len(tables) == 2
    (tmp_path / "pyproject.toml").write_text("\n".join(tables), "utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "specs").mkdir()
    return tmp_path


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTEST")
    }
    environment |= {"PATH": path, "CI": "true"}
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def steps() -> list[list[str]]:
    """What the workflow of the page runs."""
    assert WORKFLOW
    jobs: dict[str, Any] = yaml.safe_load(WORKFLOW[1])["jobs"]
    (job,) = jobs.values()
    return [shlex.split(step["run"]) for step in job["steps"] if "run" in step]


def explained(baseline: Path) -> None:
    """Fill in what only a person can: the same of everything, here."""
    text = baseline.read_text("utf-8")
    text = re.sub(r"reason: ''.*", "reason: as it was released", text)
    text = re.sub(
        r"issue: ''.*", "issue: https://github.com/simonw/llm-anthropic/issues", text
    )
    baseline.write_text(text, "utf-8")


@pytest.mark.skipif(shutil.which("harness") is None, reason="harness is not on PATH")
def test_ci_is_green_with_what_is_known_and_red_without(plugin: Path) -> None:
    install, test = steps()
    assert install[:2] == ["pip", "install"]  # it is: this environment has them all
    (plugin / "known.yaml").write_text("baseline: 1\nknown_failures: []\n", "utf-8")
    red = run(test, plugin)
    assert red.returncode == 1, red.stdout + red.stderr
    assert re.search(r"\d+ failed", red.stdout)
    known = ["harness", "run", "--shipped", "--baseline", "known.yaml"]
    run([*known, "--baseline-update", "-q"], plugin)
    explained(plugin / "known.yaml")
    green = run(test, plugin)
    assert green.returncode == 0, green.stdout[-3000:] + green.stderr
    assert re.search(r"\d+ passed, .*\d+ xfailed", green.stdout)
    assert (plugin / "report.xml").is_file()
