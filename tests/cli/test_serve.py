"""``harness serve`` as a user starts it, and ends it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.adapters.trying import ROOT
from tests.cli.conftest import Harness, write


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[tuple[str, int]]:
    """A server of a folder: its URL, and how many recordings it has."""
    command = [sys.executable, "-m", "harness", "serve", "--port", "0", *arguments]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            told = json.loads(server.stdout.readline())
            yield told["url"], told["recordings"]
        finally:
            server.send_signal(signal.SIGINT)
            assert server.wait(20) == 0


def chat(url: str, text: str) -> httpx.Response:
    asked = [{"role": "user", "content": text}]
    body = {"model": "m", "messages": asked}
    return httpx.post(f"{url}/v1/chat/completions", json=body, timeout=20)


def test_a_project_is_served_until_somebody_ends_it() -> None:
    with serving(ROOT, "specs/text.spec.yaml", "cassettes", "--control") as (url, many):
        assert many > 31
        said = chat(url, "Say hello.").json()
        assert said["choices"][0]["message"]["content"] == "Hello there."
        missed = chat(url, "Say hullo.")
        assert missed.status_code == 404
        assert "nearest is" in missed.json()["error"]["message"]
        entries = httpx.get(f"{url}/harness/journal").json()
        assert [entry["how"] for entry in entries] == ["conversation", "miss"]
        assert httpx.get(f"{url}/harness/health").json()["recordings"] == many


def test_a_function_of_the_project_answers(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "def answer(turn):\n    return f'You said {turn.messages[-1].parts[0].text}'\n"
    )
    with serving(tmp_path, "--answer", "mine:answer") as (url, many):
        assert many == 0
        said = chat(url, "boo").json()
        assert said["choices"][0]["message"]["content"] == "You said boo"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--answer", "mine"], "--answer: wanted module:function, found 'mine'"),
        (["--answer", "no.such:thing"], "--answer: no.such:thing: No module named"),
        (["nowhere"], "nowhere: there is no such file or folder"),
        (["--timing", "fast"], "no timing 'fast'"),
        (["--port", "1", "--host", "203.0.113.1"], "203.0.113.1:1 cannot be listened"),
    ],
)
def test_what_cannot_be_served_is_told(
    harness: Harness, arguments: list[str], said: str
) -> None:
    done = harness("serve", *arguments)
    assert done.code == 2
    assert said in done.err


def test_a_damaged_recording_is_told_and_nothing_served(
    harness: Harness, project: Path
) -> None:
    write(project, "interactions: 7\n", "cassettes/x.yaml")
    done = harness("serve")
    assert done.code == 3
    assert "cassettes/x.yaml:1" in done.err
    assert "nothing is served" in done.err
