"""A project on disk, and pytest run in it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import TypeAlias

import pytest

from harness import pytest_plugin
from harness.providers import PROVIDERS
from tests.cli.conftest import suite, write

Pytest: TypeAlias = Callable[..., pytest.RunResult]

PYPROJECT = """\
[tool.pytest.ini_options]
testpaths = ["specs", "tests"]
addopts = ["--strict-markers", "--strict-config", "-p", "no:cassetter", "-ra"]
filterwarnings = ["error"]
[tool.harness]
"""


NEEDED = (
    "harness.rig.live",
    "harness.shell.http",
    "httpcore",  # httpx loads it, and keeps its errors, when it is first used
    "httpx",
    "llm.parts",
    "syrupy.extensions.single_file",
)


@pytest.fixture(autouse=True, scope="session")
def _imported() -> None:
    """All that a run imports: what is imported inside it is forgotten after it."""
    for module in pkgutil.walk_packages(
        pytest_plugin.__path__, "harness.pytest_plugin."
    ):
        importlib.import_module(module.name)
    for needed in NEEDED:
        importlib.import_module(needed)
    for name in ("anthropic", "gemini", "ollama", "openai-chat", "openai-responses"):
        assert PROVIDERS[name].name == name


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Pytest:
    """Runs pytest in an empty project."""
    monkeypatch.delenv("CI", raising=False)
    (pytester.path / "pyproject.toml").write_text(PYPROJECT, "utf-8")

    def run(*arguments: str, **cases: str) -> pytest.RunResult:
        for name, text in cases.items():
            write(pytester.path, suite(text), f"specs/{name}.spec.yaml")
        return pytester.runpytest_inprocess(*arguments)

    return run
