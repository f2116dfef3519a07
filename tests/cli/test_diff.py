"""``harness diff``: two recordings compared, for people and for machines."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cassette.tape import Exchange, Tape
from harness.message.events import Event, Finish, StreamEvent
from harness.providers import PROVIDERS
from harness.providers._square import speak
from harness.shell.files import save_tape
from harness.wire.http import Request
from tests.cli.conftest import Harness

URL = "https://h/v1/chat/completions"


@pytest.fixture
def recorded(project: Path) -> Path:
    events: tuple[Event, ...] = (StreamEvent("text", "Hello", 0), Finish("stop"))
    answer = speak(PROVIDERS["openai-chat"], events, stream=True)
    chunks = tuple(c.replace(b'"content"', b'"contents"') for c in answer.chunks)
    for name, url, response in (
        ("old", URL, answer),
        ("new", URL, replace(answer, chunks=chunks)),
        ("moved", f"{URL}?x=1", answer),
        ("strange", "https://h/elsewhere", answer),
    ):
        tape = Tape(
            (Exchange(Request("POST", url, (), b"{}"), response),),
            {"recorded": "2026-01-01", "server": name},
        )
        save_tape(project, f"cassettes/{name}.yaml", tape, {})
    return project


def test_what_is_called_otherwise_is_breaking(recorded: Path, harness: Harness) -> None:
    done = harness("diff", "cassettes/old.yaml", "cassettes/new.yaml")
    assert done.code == 1
    assert done.out.splitlines() == [
        "- cassettes/old.yaml  2026-01-01  old",
        "+ cassettes/new.yaml  2026-01-01  new",
        "exchange 1: asked the same, answered otherwise",
        "  breaking  field choices[*].delta.content is now called contents",
        "  breaking  text lost",
    ]


def test_the_same_has_not_changed(recorded: Path, harness: Harness) -> None:
    done = harness("diff", "cassettes/old.yaml", "cassettes/old.yaml")
    assert (done.code, done.out.splitlines()[-1]) == (0, "nothing has changed")


def test_what_is_suspicious_fails_if_it_is_to(recorded: Path, harness: Harness) -> None:
    both = ("cassettes/old.yaml", "cassettes/moved.yaml")
    assert harness("diff", *both).code == 0
    done = harness("diff", "--strict", *both)
    assert done.code == 1
    assert "suspicious  the request's query.x was not there" in done.out


def test_machines_read_lines_of_json(recorded: Path, harness: Harness) -> None:
    done = harness("diff", "--json", "cassettes/old.yaml", "cassettes/new.yaml")
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert rows[0]["severity"] == "breaking"
    assert rows[0]["path"] == "choices[*].delta.content"


def test_a_wire_that_no_path_tells_may_be_said(
    recorded: Path, harness: Harness
) -> None:
    both = ("cassettes/strange.yaml", "cassettes/new.yaml")
    done = harness("diff", *both, "--provider", "openai-chat")
    assert "text lost" in done.out
    assert "text lost" not in harness("diff", *both).out
    done = harness("diff", *both, "--provider", "openai-chad")
    assert (done.code, "openai-chat" in done.err) == (2, True)


def test_one_recording_is_compared_by_verify(recorded: Path, harness: Harness) -> None:
    done = harness("diff", "cassettes/old.yaml")
    assert done.code == 2
    assert "harness record --verify CASE" in done.err


def test_a_recording_that_is_not_there_is_told(
    recorded: Path, harness: Harness
) -> None:
    done = harness("diff", "cassettes/old.yaml", "cassettes/no.yaml")
    assert done.code == 4
    assert "cassettes/no.yaml does not exist" in done.err
