"""The newcomer's path: what ``docs/plugin-authors.md`` says to type, typed for real.

A new plugin of llm, with the bug that most have had once, in an empty folder and a fresh
environment.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "plugin-authors.md").read_text("utf-8")
TYPED = re.search(r"```shell\n(.*?)```", PAGE, re.DOTALL)
MOST_COMMANDS = 5

PYPROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "llm-toy"
version = "0.1"
dependencies = ["llm", "httpx"]

[project.entry-points.llm]
toy = "llm_toy"

[tool.setuptools]
py-modules = ["llm_toy"]

[tool.harness.adapters.mine]
use = "llm"
model = "toy"
"""

PLUGIN = """
import json

import httpx
import llm


@llm.hookimpl
def register_models(register):
    register(Toy())


class Toy(llm.KeyModel):
    model_id = needs_key = "toy"
    can_stream = True

    def execute(self, prompt, stream, response, conversation, key):
        messages = [
            {"role": m.role, "content": "".join(p.text for p in m.parts)}
            for m in prompt.messages
        ]
        body = {"model": "toy-1", "messages": messages, "stream": stream}
        url = "https://api.toy.example/v1/chat/completions"
        with httpx.stream("POST", url, json=body) as answer:
            if not stream:
                yield json.loads(answer.read())["choices"][0]["message"]["content"]
                return
            for chunk in answer.iter_text():
                for line in chunk.splitlines():  # the bug: a chunk is not a line
                    if line.startswith("data: {"):
                        for choice in json.loads(line[6:])["choices"]:
                            yield choice["delta"].get("content") or ""
"""


def typed() -> list[list[str]]:
    """The commands of the page, for this plugin and this harness."""
    assert TYPED
    lines = (line.partition(" #")[0].strip() for line in TYPED[1].splitlines())
    here = f"{ROOT}[pytest]"
    return [
        shlex.split(
            line.replace("llm-adapter-harness[pytest]", here).replace(
                "your-model", "toy"
            )
        )
        for line in lines
        if line
    ]


def test_it_is_five_commands_at_most() -> None:
    assert len(typed()) <= MOST_COMMANDS


@pytest.mark.long
def test_a_new_plugin_has_its_first_failure_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, "utf-8")
    (tmp_path / "llm_toy.py").write_text(PLUGIN, "utf-8")
    home = tmp_path / ".venv"
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTEST")
    } | {"PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"}

    def run(words: list[str]) -> tuple[int, str, float]:
        began = time.perf_counter()
        done = subprocess.run(
            words, cwd=tmp_path, env=environment, capture_output=True, check=False
        )
        said = (done.stdout + done.stderr).decode()
        return done.returncode, said, time.perf_counter() - began

    install, first, baseline, whole, again = typed()
    assert run(install)[0] == 0
    code, report, seconds = run(first)
    assert code == 1
    assert (
        "error[chunks.invariant]: the answer depends on how its bytes are cut" in report
    )
    assert "again   harness run 'specs/" in report
    code, said, _ = run(baseline)
    assert "entries added; fill in why" in said
    assert (tmp_path / "known.yaml").is_file()
    code, said, _ = run(whole)
    failed = re.search(r"(\d+) failed", said)
    assert code == 1
    assert failed
    assert f"{failed[1]} failed" in run(again)[1]
    with capsys.disabled():
        print(f"\nfirst failing report after the install: {seconds:.1f} s")
