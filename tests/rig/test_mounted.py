"""Adapters by name: the project's, the installed ones, or a module and its object."""

from __future__ import annotations

import itertools
import sys
from importlib import metadata
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.rig.mounted import GROUP, chosen, mounted
from harness.shell.project import Project

SOURCE = """
class Mine:
    name, version = "mine", "1"
    capabilities = providers = frozenset()
    def open(self, who, door, run_tool):
        raise NotImplementedError

made = Mine()
half = object()

class Needy(Mine):
    def __init__(self, argument):
        pass
"""

NUMBERS = itertools.count()


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module beside the project's pyproject.toml, under a name not used before."""
    name = f"adapter_{next(NUMBERS)}"
    (tmp_path / f"{name}.py").write_text(SOURCE, "utf-8")
    monkeypatch.setattr(sys, "path", [*sys.path])
    return name


def test_a_class_is_made_and_an_object_taken(tmp_path: Path, module: str) -> None:
    made = mounted(f"{module}:made", Project(tmp_path))
    assert made is sys.modules[module].made
    fresh = mounted(f"{module}:Mine", Project(tmp_path))
    assert (fresh.name, fresh is made) == ("mine", False)


def test_a_name_of_the_project_comes_before_an_installed_one(
    tmp_path: Path, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def entries(group: str) -> list[metadata.EntryPoint]:
        assert group == GROUP
        return [
            metadata.EntryPoint("mine", "nowhere:it", group),
            metadata.EntryPoint("theirs", f"{module}:made", group),
        ]

    monkeypatch.setattr(metadata, "entry_points", entries)
    project = Project(tmp_path, adapters={"mine": {"use": f"{module}:Mine"}})
    assert mounted("mine", project).name == "mine"
    assert mounted("theirs", project) is sys.modules[module].made
    with pytest.raises(
        UsageError, match=r"no adapter named 'thiers': did you mean 'the"
    ):
        mounted("thiers", project)
    with pytest.raises(
        UsageError, match="known: reference, mine, mine, theirs, anthropic, "
    ):
        mounted("zzzzzz", project)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("nowhere_at_all:it", "ModuleNotFoundError"),
        ("{}:nothing", "AttributeError"),
        ("{}:Needy", "TypeError"),
        ("{}:half", "has no name, version, capabilities, providers, open"),
        (":it", "ValueError"),
        ("..:it", "TypeError"),
    ],
)
def test_what_cannot_be_an_adapter_is_the_callers_mistake(
    tmp_path: Path, module: str, target: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        mounted(target.format(module), Project(tmp_path))


def project_with(folder: Path, **settings: object) -> Project:
    return Project(folder, adapters={"mine": settings})


def test_what_is_set_is_given_to_the_adapter(tmp_path: Path, module: str) -> None:
    project = project_with(tmp_path, use=f"{module}:Needy", argument=3, baseline="b")
    assert mounted("mine", project).name == "mine"
    wrong = project_with(tmp_path, use=f"{module}:Needy", argumnet=3)
    with pytest.raises(UsageError, match="no setting 'argumnet': did you mean 'argum"):
        mounted("mine", wrong)


def test_a_kind_that_comes_with_the_harness_takes_a_model(tmp_path: Path) -> None:
    for name, project in (
        ("llm:gpt-4o-mini", Project(tmp_path)),
        ("mine", project_with(tmp_path, use="llm", model="gpt-4o-mini")),
    ):
        adapter = mounted(name, project)
        assert adapter.name == name
        assert adapter.providers == {"openai-chat"}
    with pytest.raises(UsageError, match="adapter 'llm' needs model: llm:MODEL"):
        mounted("llm", Project(tmp_path))
    with pytest.raises(UsageError, match="no setting 'modle': did you mean 'model'"):
        mounted("mine", project_with(tmp_path, use="llm", modle="gpt-4o-mini"))
    with pytest.raises(
        UsageError, match="llm has no model 'gpt-4o-mimi': did you mean"
    ):
        mounted("llm:gpt-4o-mimi", Project(tmp_path))


def test_the_only_adapter_that_is_set_is_the_one(tmp_path: Path) -> None:
    assert chosen(None, Project(tmp_path)) == "reference"
    assert chosen(None, project_with(tmp_path, use="llm", model="m")) == "mine"
    assert chosen("llm:x", project_with(tmp_path, use="llm", model="m")) == "llm:x"
    two = Project(tmp_path, adapters={"a": {"use": "m:o"}, "b": {"use": "m:o"}})
    assert chosen(None, two) == "reference"


def test_a_module_that_cannot_be_imported_is_told(tmp_path: Path, module: str) -> None:
    (tmp_path / f"{module}.py").write_text("def broken(:\n", "utf-8")
    with pytest.raises(UsageError, match="cannot be loaded: SyntaxError"):
        mounted(f"{module}:made", Project(tmp_path))
