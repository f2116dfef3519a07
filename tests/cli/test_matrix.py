"""``harness matrix``: every adapter that is set, side by side."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from harness.rig import matrix
from tests.cli.conftest import Harness, hello, suite, write

ADAPTER = """
from harness.adapters.reference import Reference
from harness.providers import PROVIDERS

class Loud(Reference):
    name = "loud"
    def __init__(self):
        super().__init__(PROVIDERS, "7")
        self.unseen = {"finish_reason"}
    def open(self, who, door, run_tool):
        print("hello to stdout")
        return super().open(who, door, run_tool)
"""
SETTINGS = """
[tool.harness.environments]
acme = ["acme==1"]

[tool.harness.adapters.loud]
use = "loud:Loud"
environment = "acme"

[tool.harness.adapters.gone]
use = "nowhere:It"
"""


@pytest.fixture
def two(project: Path) -> Path:
    write(project, suite(hello(), hello("d", "expect: {text: 'No'}")))
    (project / "loud.py").write_text(ADAPTER, "utf-8")
    (project / "pyproject.toml").write_text(SETTINGS, "utf-8")
    return project


def test_adapters_are_tried_side_by_side(harness: Harness, two: Path) -> None:
    done = harness("matrix", "specs/", "--markdown", "matrix.md")
    assert done.code == 1  # one could not be tried
    reference, loud, gone = done.out.splitlines()
    assert reference == "reference (0.1.0): 1 failed, 1 passed"
    assert loud == "loud (7): 1 failed, 1 passed"
    assert gone.startswith("gone: not tried: adapter 'gone' (nowhere:It) cannot be")
    page = (two / "matrix.md").read_text("utf-8")
    assert "| adapter | must | should | s |" in page
    assert "| loud | 1/2 | – | 1/2 |" in page
    assert "7; speaks anthropic." in page
    assert "Cases by the checks that failed in them: `text` 1" in page
    assert "finish_reason" in page
    assert "Not tried: adapter 'gone'" in page


def test_results_are_lines_of_json(harness: Harness, two: Path) -> None:
    done = harness("matrix", "specs/", "--json", "-k", "d", "-j", "1")
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert [(line["type"], line["adapter"]) for line in lines] == [
        ("case", "reference"),
        ("summary", "reference"),
        ("case", "loud"),
        ("summary", "loud"),
        ("trouble", "gone"),
    ]
    assert lines[3]["unseen"] == ["finish_reason"]


def test_each_may_have_an_environment_of_its_own(
    harness: Harness, two: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[object, Path]] = []

    def python(requires: object, folder: Path) -> Path:
        asked.append((requires, folder))
        return Path(sys.executable)

    monkeypatch.setattr(matrix, "python_of", python)
    done = harness("matrix", "specs/", "--environments", "--adapter", "loud")
    assert (done.code, done.out) == (0, "loud (7): 1 failed, 1 passed\n")
    assert asked == [(("acme==1",), two / ".harness" / "environments")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--adapter", "lowd"], "no adapter named 'lowd' is set: did you mean 'loud'?"),
        (["--environments"], "tool.harness.adapters.loud.environment: 'acme': none"),
    ],
)
def test_what_is_not_set_is_told(
    harness: Harness, two: Path, arguments: list[str], said: str
) -> None:
    text = SETTINGS.replace('acme = ["acme==1"]', "")
    (two / "pyproject.toml").write_text(text, "utf-8")
    done = harness("matrix", *arguments)
    assert (done.code, said in done.err) == (2, True)
