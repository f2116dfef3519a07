"""A project on disk, and the command line run in it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from harness import cli
from harness.cassette.tape import Exchange, Tape
from harness.message.events import Event, Finish, StreamEvent, Usage
from harness.providers import PROVIDERS
from harness.providers._square import speak
from harness.shell.files import save_tape
from harness.wire.http import Request


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines, every one of them."""
        return [json.loads(line) for line in self.out.splitlines()]


Harness: TypeAlias = Callable[..., Done]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, with nothing set that could colour it."""
    (tmp_path / "pyproject.toml").write_text("[tool.harness]\n", "utf-8")
    (tmp_path / "specs").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    return tmp_path


@pytest.fixture
def harness(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Harness:
    """Runs the command in the project; its own faults are never an answer."""

    def run(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["harness", *arguments])
        code: Any = 0
        try:
            cli.main()
        except SystemExit as left:
            code = left.code or 0
        said = capsys.readouterr()
        assert "Traceback" not in said.err + said.out
        assert "H900" not in said.err
        return Done(code, said.out, said.err)

    return run


def hello(name: str = "c", fields: str = "", text: str = "Hello") -> str:
    """A case in which somebody says hello."""
    more = "".join(f"    {line}\n" for line in fields.splitlines())
    return (
        f"  - id: {name}\n    provider: anthropic\n    prompt: Hi\n"
        f"    says: {{parts: [{{type: text, text: {text}}}]}}\n{more}"
    )


def suite(*cases: str, name: str = "s") -> str:
    """A suite of such cases."""
    return f"harness: 1\nsuite: {name}\ncases:\n{''.join(cases)}"


def write(project: Path, text: str | bytes, name: str = "specs/x.spec.yaml") -> Path:
    """A file of the project."""
    path = project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def tape(text: str = "Hello", *, stream: bool = True) -> Tape:
    """A recording of Anthropic saying something to whoever says hi."""
    events: list[Event] = [StreamEvent("text", text, 0), Usage(3, 2), Finish("stop")]
    body = {
        "model": "m",
        "max_tokens": 4096,
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": stream,
    }
    request = Request(
        "POST",
        "https://api.anthropic.com/v1/messages",
        (("content-type", "application/json"),),
        json.dumps(body).encode(),
    )
    answer = speak(PROVIDERS["anthropic"], events, stream=stream)
    return Tape((Exchange(request, answer),), {"recorded": "2026-11-22"})


def record(project: Path, name: str = "cassettes/hello.yaml", **said: Any) -> Path:
    """A recording in the project."""
    save_tape(project, name, tape(**said), {})
    return project / name


TAPED = (
    "  - id: c\n    provider: anthropic\n    model: m\n    prompt: Hi\n"
    "    cassette: cassettes/hello.yaml\n"
)
"""A case on that recording."""
