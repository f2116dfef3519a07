"""``harness serve`` as a user starts it, and ends it."""

from __future__ import annotations

import json
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from harness.serve.mock import Mock
from harness.shell.server import served
from harness.store import Store
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


SAYS = "harness: 1\nsuite: s\ncases:\n  - id: c\n    provider: openai-chat\n    prompt: Hi\n"


def test_what_changes_is_read_again_and_what_is_wrong_told(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.harness]\n")
    suite = tmp_path / "specs/s.spec.yaml"
    suite.parent.mkdir()

    def write_suite(says: str) -> None:
        suite.write_text(f"{SAYS}    says: {says}\n")

    def heard(status: int, text: str) -> bool:
        got = chat(url, "Hi")
        return got.status_code == status and text in got.text

    write_suite("{parts: [{type: text, text: Before.}]}")
    with serving(tmp_path, "--reload") as (url, _):
        assert heard(200, "Before.")
        write_suite("{parts: [{type: text, text: After.}]}")
        until(lambda: heard(200, "After."))
        write_suite("{parts: 7}")
        time.sleep(1)
        assert heard(200, "After.")


def until(holds: Callable[[], bool]) -> None:
    """Wait for something, and no longer than it may take."""
    late = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < late
        time.sleep(0.05)


def test_tls_is_trusted_by_whom_is_told_whom_to_trust(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.harness]\n")
    with serving(tmp_path, "--tls", "--default", "Yes.") as (url, _):
        assert url.startswith("https://127.0.0.1:")
        context = ssl.create_default_context(cafile=tmp_path / ".harness/serve-ca.pem")
        body = {"model": "m", "messages": [{"role": "user", "content": "?"}]}
        asked = f"{url}/v1/chat/completions"
        said = httpx.post(asked, json=body, verify=context, timeout=20)
        assert said.json()["choices"][0]["message"]["content"] == "Yes."
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE"):
            httpx.post(asked, json=body, timeout=20)


def test_what_is_not_recorded_is_recorded_or_fails(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.harness]\n")
    vendor = Mock(default="From afar.")
    with served(vendor.answer) as upstream:
        record = ("--record", "cassettes", "--upstream", upstream)
        with serving(tmp_path, *record, "--on-miss", "fail") as (url, _):
            assert chat(url, "Hi").status_code == 404
        with serving(tmp_path, *record) as (url, many):
            assert many == 0
            assert "From afar." in chat(url, "Hi").text
    with serving(tmp_path, *record, "--on-miss", "fail") as (url, many):
        assert many == 1
        assert "From afar." in chat(url, "Hi").text
    assert len(vendor.journal.entries) == 1


def test_conversations_are_kept_in_a_store(tmp_path: Path) -> None:
    arguments = ("--default", "Yes.", "--log", str(tmp_path / "log.db"))
    with serving(tmp_path, *arguments) as (url, _):
        assert chat(url, "Hi").status_code == 200
    with Store(tmp_path / "log.db") as store:
        (turn,) = store.turns()
        assert [m.role for m in store.conversation(turn.tip)] == ["user", "assistant"]


def test_limits_are_those_of_the_command_line(tmp_path: Path) -> None:
    limits = ("--default", "Yes.", "--requests-per-minute", "1")
    with serving(tmp_path, *limits) as (url, _):
        assert [chat(url, "Hi").status_code for _ in range(2)] == [200, 429]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--answer", "mine"], "--answer: wanted module:function, found 'mine'"),
        (["--answer", "no.such:thing"], "--answer: no.such:thing: No module named"),
        (["nowhere"], "nowhere: there is no such file or folder"),
        (["--timing", "fast"], "no timing 'fast'"),
        (["--upstream", "nobody/m"], "no model named 'nobody/m'"),
        (
            ["--upstream", "anthropic/m", "--record", "c"],
            "--record: wants --upstream URL",
        ),
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
