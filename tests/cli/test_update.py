"""``harness update --rebase-request``: a new request is accepted, the answer kept."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cassette.tape import Exchange, Tape
from harness.message.events import Event, Finish, StreamEvent
from harness.providers import PROVIDERS
from harness.providers._square import speak
from harness.shell.files import load_tape, save_tape
from harness.wire.http import Request
from tests.cli.conftest import Harness

SUITE = """\
harness: 1
suite: old
cases:
  - id: hello
    provider: openai-chat
    model: gpt-x
    cassette: cassettes/hello.yaml
    prompt: Say hello.
"""
ASKED = {
    "model": "gpt-w",
    "messages": [{"role": "user", "content": "Say hello."}],
    "stream": True,
    "extra": 1,
}


@pytest.fixture
def old(project: Path, monkeypatch: pytest.MonkeyPatch) -> Tape:
    (project / "specs" / "old.spec.yaml").write_text(SUITE)
    events: tuple[Event, ...] = (StreamEvent("text", "Hello", 0), Finish("stop"))
    answer = speak(PROVIDERS["openai-chat"], events, stream=True)
    answer = replace(answer, delays=(7,) * len(answer.chunks))
    url = "http://127.0.0.1:8091/v1/chat/completions"
    request = Request("POST", url, (), json.dumps(ASKED).encode())
    tape = Tape(
        (Exchange(request, answer),), {"server": "acme", "recorded": "2026-01-01"}
    )
    save_tape(project, "cassettes/hello.yaml", tape, {})
    monkeypatch.delenv("CI", raising=False)
    return tape


def test_what_is_sent_now_takes_the_place_of_what_was_recorded(
    project: Path, old: Tape, harness: Harness
) -> None:
    assert harness("run").code == 1
    done = harness("update", "--rebase-request", "--yes")
    assert done.code == 0
    assert done.out.splitlines()[0] == "cassettes/hello.yaml"
    assert '    exchange 1  body.model\n      - "gpt-w"\n      + "gpt-x"\n' in done.out
    assert "    exchange 1  body.extra\n      - 1\n" in done.out
    assert done.out.endswith("rebased   cassettes/hello.yaml\n")
    (new,) = load_tape(project, "cassettes/hello.yaml").exchanges
    assert new.response == old.exchanges[0].response
    assert json.loads(new.request.body)["model"] == "gpt-x"
    assert new.request.url == old.exchanges[0].request.url
    assert harness("run").code == 0
    again = harness("update", "--rebase-request")
    assert (again.code, again.out) == (0, "every request is sent as it was recorded\n")


def test_nobody_is_asked_where_nobody_can_answer(
    project: Path, old: Tape, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (project / "cassettes" / "hello.yaml").read_bytes()
    for ci in ("", "true"):
        monkeypatch.setenv("CI", ci)
        done = harness("update", "--rebase-request")
        assert done.code == 2
        assert "nothing was written: --yes accepts 1 recording" in done.err
        assert '+ "gpt-x"' in done.out
    assert (project / "cassettes" / "hello.yaml").read_bytes() == before


def test_requests_that_are_not_sent_are_to_be_recorded_again(
    project: Path, old: Tape, harness: Harness
) -> None:
    save_tape(project, "cassettes/hello.yaml", Tape(old.exchanges * 2), {})
    done = harness("update", "--rebase-request", "--yes")
    assert done.code == 2
    assert "1 request of 2 recorded are sent: record it again" in done.err
    assert "harness record --all specs/old.spec.yaml::hello" in done.err


def test_there_is_nothing_else_to_update_yet(project: Path, harness: Harness) -> None:
    done = harness("update")
    assert done.code == 2
    assert "--rebase-request" in done.err


def test_a_recording_that_is_not_there_is_told(
    project: Path, old: Tape, harness: Harness
) -> None:
    (project / "cassettes" / "hello.yaml").unlink()
    done = harness("update", "--rebase-request", "--yes")
    assert done.code == 4
    assert "does not exist" in done.err


def test_a_secret_in_a_request_is_not_shown(
    project: Path, old: Tape, harness: Harness
) -> None:
    key = "sk-" + "proj-Ab3dEf6hIj9kLmN0pQr5"
    suite = SUITE.replace("Say hello.", f"Say {key}, and {'x' * 900}.")
    (project / "specs" / "old.spec.yaml").write_text(suite)
    done = harness("update", "--rebase-request", "--yes")
    assert done.code == 0
    assert key not in done.out + done.err
    assert "REDACTED" in done.out
    assert "x" * 500 not in done.out


def test_an_adapter_that_breaks_is_not_taken_for_one_that_agrees(
    project: Path, old: Tape, harness: Harness
) -> None:
    (project / "breaking.py").write_text(
        "class Breaking:\n"
        "    name, version = 'breaking', '1'\n"
        "    capabilities = frozenset({'streaming'})\n"
        "    providers = frozenset({'openai-chat'})\n"
        "    def open(self, who, door, run_tool):\n"
        "        raise RuntimeError('no')\n"
    )
    adapter = ("--adapter", "breaking:Breaking")
    done = harness("update", "--rebase-request", "--yes", *adapter)
    assert done.code == 2
    assert "cannot be replayed: the adapter raised RuntimeError: no" in done.err


def test_cases_that_share_a_recording_are_named(
    project: Path, old: Tape, harness: Harness
) -> None:
    more = SUITE + SUITE.partition("cases:\n")[2].replace("id: hello", "id: again")
    (project / "specs" / "old.spec.yaml").write_text(more)
    done = harness("update", "--rebase-request", "--yes")
    assert "    also of specs/old.spec.yaml::again" in done.out
