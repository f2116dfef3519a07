"""The page about the store: what it shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness import assistant, user
from harness.cli.logged.log import command
from harness.message.digest import digest

PAGE = (Path(__file__).parent.parent.parent / "docs" / "store.md").read_text("utf-8")


def test_the_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    found = re.search(r"```python title=\"keep.py\"\n(.*?)```", PAGE, re.DOTALL)
    assert found
    exec(found[1], {"__name__": "keep"})
    assert capsys.readouterr().out.splitlines() == [
        "user Capital of France?",
        "assistant Paris.",
        "user And Germany?",
        "assistant Berlin.",
        f"2 ways on from {digest(assistant('Paris.'), digest(user('Capital of France?')))}",
    ]


def test_every_command_is_on_the_page() -> None:
    assert [n for n in command.commands if not re.search(rf"\b{n}\b", PAGE)] == []
