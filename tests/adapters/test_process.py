"""Programs as adapters: the two of the docs pass what they claim; others are told."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.adapters.process import Process
from harness.errors import UsageError
from harness.providers import PROVIDERS
from harness.rig.mounted import mounted
from harness.run.runner import Result, Trial, run
from harness.shell import process
from harness.shell.files import find_specs
from harness.shell.project import Project, tape_of
from harness.shell.transport import replayed
from harness.suite.load import load

ROOT = Path(__file__).parent.parent.parent
NODE = pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")


def results(command: list[str]) -> Iterator[Result]:
    settings: dict[str, Any] = {"use": "process", "command": command}
    project = Project(ROOT, adapters={"mine": settings})
    adapter = mounted("mine", project)
    trial = Trial(
        adapter, PROVIDERS, lambda c: tape_of(project, c), ("byte",), watch=replayed
    )
    for path in find_specs([ROOT / "specs"]):
        for case in load(path.read_bytes(), path.name, PROVIDERS).cases:
            if case.provider in adapter.providers:
                yield run(case, trial)


@pytest.mark.long
@pytest.mark.parametrize(
    ("runner", "file", "least"),
    [
        pytest.param(sys.executable, "adapter.py", 18, id="python"),
        pytest.param("node", "adapter.mjs", 16, id="node", marks=NODE),
        pytest.param(sys.executable, "streaming.py", 41, id="python, streaming"),
        pytest.param("node", "streaming.mjs", 41, id="node, streaming", marks=NODE),
    ],
)
def test_the_examples_of_the_docs_pass_what_they_claim(
    runner: str, file: str, least: int
) -> None:
    found = [*results([runner, str(ROOT / "docs" / "examples" / file)])]
    bad = [r for r in found if r.verdict in ("failed", "broken", "unexpected")]
    assert [(r.case.nodeid, r.failures, r.reason) for r in bad] == []
    assert Counter(r.verdict for r in found)["passed"] >= least


def program(folder: Path, text: str) -> list[str]:
    file = folder / "program.py"
    file.write_text(text, "utf-8")
    return [sys.executable, str(file)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("print('hello', flush=True); input()", "wanted a JSON object a line, got 'he"),
        ("import sys; sys.exit('no key')", r"it ended with 1; it said:\nno key"),
        ("print('[]', flush=True)", r"wanted a JSON object a line, got '\[\]'"),
        ("print('{}', flush=True)", "start: wanted protocol 1, found None"),
        (
            'print(\'{"protocol": 1, "capabilities": ["flying"]}\', flush=True)',
            "start: capabilities: 'flying' is none of streaming",
        ),
        (
            'print(\'{"protocol": 1, "unseen": ["colour"]}\', flush=True)',
            "start: unseen: 'colour' is none of error.kind",
        ),
    ],
)
def test_a_program_that_is_no_adapter_is_told(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        Process(program(tmp_path, text))


def test_a_program_that_never_answers_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "PATIENCE", 0.05)
    with pytest.raises(UsageError, match="no answer in 0 s"):
        Process(program(tmp_path, "input(); input()"))


def test_a_program_that_is_not_there_is_told() -> None:
    with pytest.raises(UsageError, match=r"no-such-program: .*No such file"):
        Process("no-such-program --flag")
