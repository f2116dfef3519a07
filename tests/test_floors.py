"""The house stands: floors, circles, neighbours, and the size of its rooms."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import harness.providers as providers

ROOT = Path(__file__).parent.parent
HOUSE = ROOT / "harness"
TOP_LEVEL = {
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "cassettes",
    "docs",
    "harness",
    "pyproject.toml",
    "specs",
    "tests",
}
BUILT = {"build", "dist"}
LONGEST_FILE = 410
LONGEST_FUNCTION = 45
MOST_FILES = 12


def modules() -> Iterator[Path]:
    return (p for p in sorted(HOUSE.rglob("*.py")) if "__pycache__" not in p.parts)


def test_imports_go_downhill_and_the_outside_world_is_one_folder() -> None:
    beside = Path(sys.executable).with_name("lint-imports")
    tool = str(beside) if beside.exists() else shutil.which("lint-imports")
    assert tool, "import-linter is not installed: pip install '.[test]'"
    done = subprocess.run(
        [tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_every_provider_is_in_the_contract_that_keeps_them_apart() -> None:
    contract = (ROOT / ".importlinter").read_text("utf-8")
    folder = Path(providers.__file__).parent
    names = {p.stem for p in folder.iterdir() if not p.name.startswith("_")}
    assert names == {n for n in names if f"harness.providers.{n}\n" in contract}


def test_the_top_level_holds_what_it_should_and_nothing_else() -> None:
    found = {p.name for p in ROOT.iterdir() if not p.name.startswith(".")}
    assert {n for n in found - BUILT if not n.endswith(".egg-info")} <= TOP_LEVEL


@pytest.mark.parametrize(
    "path", list(modules()), ids=lambda p: str(p.relative_to(HOUSE))
)
def test_a_file_can_be_read_top_to_bottom(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= LONGEST_FILE
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "a module opens with its caption"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name}: {length} lines"


def test_a_folder_can_be_seen_at_a_glance() -> None:
    folders = {p.parent for p in modules()}
    for folder in folders:
        files = [p for p in folder.iterdir() if p.suffix == ".py"]
        assert len(files) <= MOST_FILES, folder
