"""The project's adapters fail what their baselines list, and nothing else.

Each is tried where it is installed in the version of its environment in pyproject.toml;
``harness matrix specs/ --environments`` tries them all.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib import metadata
from typing import Any

import pytest

from harness.rig.mounted import KINDS
from harness.suite.baseline import load
from tests.adapters.trying import ROOT, cases

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"][
    "harness"
]
ADAPTERS: dict[str, dict[str, Any]] = SETTINGS["adapters"]
BASELINES = sorted((ROOT / "docs" / "baselines").glob("*.yaml"))

NEEDS = {"google-genai": "google-genai", "langchain": "langchain-core"}
"""The package of a kind of adapter, where it is not the kind's name."""


def missing(name: str) -> str:
    """What must be installed to try an adapter, and is not."""
    adapter = ADAPTERS[name]
    kind: str = adapter["use"]
    wanted = {NEEDS.get(kind, kind), *adapter.get("plugins", ())}
    lines: list[str] = SETTINGS["environments"][adapter["environment"]]
    for line in lines:
        bundle, _, version = line.partition("==")
        package = bundle.partition("[")[0]
        # One is a bundle of extras around what is tested.
        if package.removesuffix("-slim") in wanted:
            try:
                if metadata.version(package) != version:
                    return f"{package} {version}"
            except metadata.PackageNotFoundError:
                return package
    return ""


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness", "run", *arguments, "--adapter", name]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.long
@pytest.mark.parametrize("name", ADAPTERS)
def test_an_adapter_fails_what_is_known_of_it(name: str) -> None:
    if missing(name):
        pytest.skip(f"needs {missing(name)}")
    ran = run(name, "specs/text.spec.yaml", "specs/reasoning.spec.yaml")
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.long
@pytest.mark.parametrize("name", ADAPTERS)
def test_an_adapter_fails_what_is_known_of_it_in_every_suite(name: str) -> None:
    if missing(name):
        pytest.skip(f"needs {missing(name)}")
    ran = run(name, "specs/")
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("path", BASELINES, ids=lambda path: path.stem)
def test_a_baseline_is_of_an_adapter_and_of_cases_that_there_are(path: Any) -> None:
    assert ADAPTERS[path.stem]["baseline"] == str(path.relative_to(ROOT))
    baseline = load(path.read_bytes(), path.name)
    known = {f"{case.suite}::{case.id}" for case in cases()}
    listed = {entry.case.partition("[")[0] for entry in baseline.known}
    assert listed <= known
    for entry in baseline.known:
        if not entry.issue.startswith("https://"):
            assert (ROOT / entry.issue.partition("#")[0]).is_file(), entry.issue


def test_every_kind_that_needs_a_name_of_its_own_is_one() -> None:
    assert {*NEEDS} <= {*KINDS}
