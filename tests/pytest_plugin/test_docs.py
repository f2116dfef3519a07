"""``docs/plugin-authors.md`` is true: its tests pass, its report is what is printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.pytest_plugin import MARKERS, OPTIONS
from tests.cli.conftest import record, write
from tests.pytest_plugin.conftest import Pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "plugin-authors.md").read_text("utf-8")
FILE = re.compile(r"```\w+ title=\"([^\"]+)\"\n(.*?)```", re.DOTALL)
FILES = dict(FILE.findall(PAGE))
README = dict(FILE.findall((ROOT / "README.md").read_text("utf-8")))
NUMBERS = re.compile(r"\b\d+ (?=checks|replays|item)")
SHOWN = re.search(r"```console\n\$ pytest (.*?)\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def written(pytester: pytest.Pytester) -> Path:
    """All files of the page, and those of the README that it speaks of."""
    for name, text in FILES.items():
        write(pytester.path, text, name)
    for name in ("first.spec.yaml", "my_adapter.py"):
        write(pytester.path, README[name], name)
    record(pytester.path)
    return pytester.path


def test_its_tests_pass(project: Pytest, written: Path) -> None:
    result = project("tests")
    tests = sum(text.count("\ndef test_") for text in FILES.values())
    result.assert_outcomes(passed=tests)


def test_its_report_is_what_is_printed(project: Pytest, written: Path) -> None:
    assert SHOWN
    arguments, printed = SHOWN.groups()
    result = project(*arguments.split(), "-p", "no:randomly")
    found = [NUMBERS.sub("N ", line.rstrip()) for line in result.outlines]
    begin = found.index("collected N item")
    wanted = NUMBERS.sub("N ", printed).splitlines()
    assert found[begin : begin + len(wanted)] == wanted


def test_every_option_and_marker_is_in_its_tables() -> None:
    for name in (*OPTIONS, *MARKERS):
        assert f"| `{name}" in PAGE, name
    for name in re.findall(r"--(?:no-)?harness[\w-]*", PAGE):
        assert name in OPTIONS, name
