"""Environments: a Python of its own for each list of packages, made once and kept."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from harness.errors import UsageError

MOST_SHOWN = 1500
"""Characters of what an installer says that are shown where it fails."""


def python_of(requires: Sequence[str], folder: Path) -> Path:
    """The Python of an environment with these packages and this harness in it.

    It is made where there is none yet: by uv if that is installed, else by venv and
    pip.

    Args:
        requires: requirements, as pip takes them.
        folder: where environments are kept.

    Raises:
        UsageError: where they cannot be installed.
    """
    wanted = "\n".join((sys.version, *requires))
    name = hashlib.sha256(wanted.encode()).hexdigest()[:12]
    home = folder / name
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    done = home / "requires.txt"
    if done.is_file() and python.is_file():
        return python
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    packages = [*_ourselves(), *requires]
    uv = shutil.which("uv")
    if uv:
        _run([uv, "venv", "--quiet", "--python", sys.executable, str(home)])
        _run([uv, "pip", "install", "--quiet", "--python", str(python), *packages])
    else:
        _run([sys.executable, "-m", "venv", str(home)])
        _run([str(python), "-m", "pip", "install", "--quiet", *packages])
    done.write_text("\n".join(requires) + "\n", "utf-8")
    return python


def _ourselves() -> list[str]:
    """This harness, as it can be installed once more."""
    checkout = Path(__file__).parent.parent.parent
    if (checkout / "pyproject.toml").is_file():
        return ["--editable", str(checkout)]
    return [f"llm-adapter-harness=={metadata.version('llm-adapter-harness')}"]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-MOST_SHOWN:]
        raise UsageError(f"{' '.join(command[:5])} ... failed:\n{said}")
