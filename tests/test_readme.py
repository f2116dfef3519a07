"""The README is a worked example: what it shows is what happens."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

import harness
from harness.message.events import Finish, StreamEvent
from harness.providers import PROVIDERS
from harness.providers._square import speak
from harness.reference.model import get_model
from harness.wire.http import Answer, Request

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BLOCK = re.compile(r"```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)```", re.DOTALL)
SECONDS = re.compile(r"\d+\.\d+s")

FILES = {title: text for _, title, text in BLOCK.findall(README) if title}
SHOWN = [
    text
    for kind, _, text in BLOCK.findall(README)
    if kind == "console" and text.startswith("$ ")
]


def run(command: str, folder: Path) -> str:
    words = re.findall(r"'[^']*'|\S+", command)
    assert words[0] == "harness"
    environment = {k: v for k, v in os.environ.items() if k != "FORCE_COLOR"}
    done = subprocess.run(
        [sys.executable, "-m", "harness", *(w.strip("'") for w in words[1:])],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=False,
    )
    assert done.stderr == b""
    return done.stdout.decode()


@pytest.mark.parametrize("shown", SHOWN, ids=lambda text: text.splitlines()[0])
def test_a_command_prints_what_the_readme_says(shown: str, tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")
    command, _, output = shown.partition("\n")
    folder = ROOT if "cassettes/" in command else tmp_path
    printed = run(command.removeprefix("$ "), folder)
    assert printed.strip()
    if output:
        assert SECONDS.sub("0.00s", printed).rstrip() == output.rstrip()


def test_the_library_does_what_the_readme_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter(
        [
            [StreamEvent("text", "Ber", 0), StreamEvent("text", "lin", 0)],
            [
                StreamEvent("tool_call_name", "population", 0, "toolu_1"),
                StreamEvent("tool_call_args", '{"city": "Berlin"}', 0, "toolu_1"),
            ],
            [StreamEvent("text", "3.8 million", 0)],
        ]
    )
    asked = []

    class Scripted:
        def send(self, request: Request) -> Answer:
            asked.append(json.loads(request.body))
            said = speak(PROVIDERS["anthropic"], [*next(answers), END], stream=True)
            return Answer(said.status, said.headers, said.chunks)

    made = partial(get_model, key="k", transport=Scripted())
    monkeypatch.setattr(harness, "get_model", made)
    exec(FILES["capitals.py"], {"__name__": "capitals"})
    printed = capsys.readouterr().out.splitlines()
    assert printed[:2] == ["text 'Ber'", "text 'lin'"]
    assert printed[2].startswith("[ToolCallPart(name='population'")
    assert printed[3:] == ["3.8 million"]
    assert asked[-1]["system"] == "Answer in one word."
    *_, results = asked[-1]["messages"]
    assert results["content"][0]["content"] == "3800000"
    described = asked[-1]["tools"][0]["input_schema"]["properties"]["city"]
    assert described == {"type": "string", "description": "its English name."}


END = Finish("stop")


def test_the_two_commands_are_those_that_ci_runs() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    for command in (
        "pip install . && harness run specs/",
        "pip install '.[test]' && pytest",
    ):
        assert command in README
        assert command in script


def test_every_check_is_named_in_the_readme() -> None:
    from harness.suite.checks import CHECKS

    assert [name for name in CHECKS if f"`{name}`" not in README] == []
