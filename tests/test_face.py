"""The face: every public name is there, and costs nothing until it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import harness


def shown() -> dict[str, list[str]]:
    """Public names by module, as they are written for type checkers."""
    tree = ast.parse(Path(harness.__file__).read_text("utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    return {
        str(node.module).removeprefix("harness."): [alias.name for alias in node.names]
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
    }


def test_every_name_is_found_where_type_checkers_are_told_it_is() -> None:
    written = {module: names.split() for module, names in harness.WHERE.items()}
    assert written == shown()
    names = [name for found in written.values() for name in found]
    assert sorted([*names, "__version__"]) == sorted(harness.__all__)
    assert [name for name in harness.__all__ if not hasattr(harness, name)] == []
    assert set(harness.__all__) <= set(dir(harness))


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'harness' has no attribute 'Modle'"):
        getattr(harness, "Modle")  # noqa: B009 - type checkers know that it is not


def test_importing_the_package_imports_nothing_of_it() -> None:
    code = "import sys, harness; print([m for m in sys.modules if 'harness.' in m])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
