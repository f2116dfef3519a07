"""An independent checker, llm-comply, asks the mock what it asks of a real server."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from docs.examples.answer import answer
from harness.serve.mock import Mock
from harness.shell.server import served

CHECKER = "llm-comply==0.5.0"

SURFACES = {
    "open-responses": ("/v1", "gpt-5", 13),
    "openai-chat": ("/v1", "gpt-5", 9),
    "anthropic": ("/v1", "claude-sonnet-4", 9),
    "google-genai": ("", "gemini-3", 9),
    "google-interactions": ("", "gemini-3", 9),
}
"""Where each is asked, of a model of which no check is skipped, and how many there are."""

FAILING: dict[str, dict[str, str]] = {}
"""By surface, the checks that do not pass, each with the reason: there is none."""


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("checker")
    subprocess.run([sys.executable, "-m", "venv", home], check=True, timeout=120)
    python = home / "bin" / "python"
    got = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", CHECKER, "jsonschema"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if got.returncode:
        pytest.skip(f"{CHECKER} cannot be had: {got.stderr[-200:]}")
    return home / "bin" / "llm-comply"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served(Mock(function=answer).answer) as url:
        yield url


def checked(checker: Path, url: str, surface: str) -> list[dict[str, Any]]:
    base, model, _ = SURFACES[surface]
    asked = ["--format", surface, "--base-url", url + base, "--model", model]
    done = subprocess.run(
        [checker, *asked, "--api-key", "none", "--json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    results: list[dict[str, Any]] = json.loads(done.stdout)["results"]
    return results


@pytest.mark.long
@pytest.mark.parametrize("surface", SURFACES)
def test_the_checker_finds_what_the_table_says_and_nothing_else(
    checker: Path, url: str, surface: str
) -> None:
    results = checked(checker, url, surface)
    assert len(results) == SURFACES[surface][2]
    failing = {one["id"]: one for one in results if one["status"] != "passed"}
    assert set(failing) == set(FAILING.get(surface, {})), failing
    assert [one for one in results if one.get("warnings")] == []
