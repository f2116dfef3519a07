"""``harness prompt -c``: what is kept of an answer, and going on from it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from harness.message.events import Error, StreamEvent
from harness.message.parts import Attachment, AttachmentPart
from tests.cli.asked import (
    CALLS,
    STOP,
    Scripted,
    brought,
    called,
    chunks,
    installed,
    saying,
    serving,
    stdin,
)
from tests.cli.conftest import Done, Harness, write

HELLO: list[Any] = ["Hello", STOP]
LAST = ".harness/last-response.json"


def first(harness: Harness, *more: str) -> Done:
    done = harness("prompt", "-m", "scripted", *more, "Hi")
    assert done.code == 0
    return done


def roles(model: Scripted) -> list[str]:
    return [message.role for message in model.prompts[-1].messages]


def test_the_next_prompt_goes_on_as_before(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = brought(monkeypatch, HELLO, HELLO, HELLO)
    schema = '{"type": "object"}'
    first(harness, "-s", "Be brief", "-o", "n", "1", "-o", "t", "0", "--schema", schema)
    assert harness("prompt", "-c", "-o", "t", "1", "And?").out == "Hello\n"
    assert harness("prompt", "-c", "So?").out == "Hello\n"
    assert roles(model) == ["system", "user", "assistant", "user", "assistant", "user"]
    assert model.prompts[-1].schema == {"type": "object"}
    assert [p.options["t"] for p in model.prompts] == [0, 1, 1]
    assert [p.options["n"] for p in model.prompts] == [1, 1, 1]


def test_it_goes_on_from_anywhere_in_the_project(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    model = brought(monkeypatch, HELLO, HELLO)
    picture = write(project, b"\x89PNG\r\n\x1a\n" + b"\0" * 20, "x.png")
    first(harness, "-a", "x.png")
    content = picture.read_bytes()
    picture.unlink()
    monkeypatch.chdir(project / "specs")
    assert harness("prompt", "-c", "And?").code == 0
    shown = AttachmentPart(Attachment("image/png", content=content))
    assert model.prompts[-1].messages[0].parts[-1] == shown
    assert not Path(LAST).exists()


def test_a_system_prompt_said_later_stands_where_it_is_said(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = brought(monkeypatch, HELLO, HELLO)
    first(harness)
    harness("prompt", "-c", "-s", "In French", "And?")
    assert roles(model) == ["user", "assistant", "system", "user"]


def test_somebody_else_may_go_on_without_options_of_another_wire(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, other = Scripted(HELLO), Scripted(HELLO, HELLO)
    other.model_id = "other"
    stdin(monkeypatch)
    installed(monkeypatch, package=lambda register: [*map(register, (ours, other))])
    first(harness, "-o", "max_tokens", "7")
    assert harness("prompt", "-c", "-m", "other", "And?").code == 0
    assert roles(other) == ["user", "assistant", "user"]
    assert other.prompts[0].options == {}
    assert harness("prompt", "-c", "So?").code == 0
    assert len(other.prompts) == 2


def test_the_same_server_is_asked_but_not_with_the_key_that_was_given(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    stdin(monkeypatch)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    body = chunks(StreamEvent("text", "Hello", 0))
    with serving(saying(*body, content_type="text/event-stream")) as server:
        given = ["-m", "openai-chat/m", "--key", "sk-secret", "-o", "max_tokens", "7"]
        url = server.url.replace("//", "//ada:sk-hidden@")
        assert harness("prompt", *given, "--base-url", url, "Hi").out == "Hello\n"
        assert harness("prompt", "-c", "And?").out == "Hello\n"
        other = harness("prompt", "-c", "-m", "openai-chat/n", "So?")
    assert "no key for openai-chat" in other.err  # another model is on its own host
    body_sent = json.loads(server.asked[1].body)
    assert [m["role"] for m in body_sent["messages"]] == ["user", "assistant", "user"]
    assert (body_sent["model"], body_sent["max_tokens"]) == ("m", 7)
    assert server.asked[1].headers["authorization"] is None
    for file in (project / ".harness").iterdir():
        assert "sk-" not in file.read_text()


def test_what_is_kept_is_out_of_the_way_of_version_control(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    brought(monkeypatch, HELLO, HELLO)
    first(harness)
    folder = project / ".harness"
    assert {f.name for f in folder.iterdir()} == {".gitignore", "last-response.json"}
    ignore = folder / ".gitignore"
    assert ignore.read_text() == "*\n"
    ignore.write_text("mine\n")
    first(harness)
    assert ignore.read_text() == "mine\n"


def test_an_answer_is_kept_whole_or_the_one_before_stays(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    brought(monkeypatch, HELLO, ["Other", STOP])
    first(harness)
    before = (project / LAST).read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    done = first(harness)
    assert done.out == "Other\n"
    assert done.err == (
        f"harness: {LAST} cannot be written, so -c will not go on: "
        "No space left on device\n"
    )
    assert (project / LAST).read_bytes() == before
    assert len([*(project / ".harness").iterdir()]) == 2


def test_after_a_failure_the_answer_before_it_is_the_last(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    model = brought(monkeypatch, HELLO, ["Ha", Error("Oops", "x", 500)], HELLO)
    first(harness)
    assert harness("prompt", "-c", "And?").code == 1
    harness("prompt", "-c", "So?")
    assert roles(model) == ["user", "assistant", "user"]


def test_waiting_calls_are_run_before_it_goes_on(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    call = [*called("add", '{"a": 1}'), CALLS]
    model = brought(monkeypatch, call, HELLO)
    write(project, "def add(a: int): return a + 1", "t.py")
    first(harness)
    done = harness("prompt", "-c", "And?")
    assert done.code == 2
    assert done.err == "harness: the last answer calls add: give its file with -T\n"
    done = harness("prompt", "-c", "-T", "t.py", "And?")
    assert (done.out, done.err) == ("Hello\n", 'add({"a": 1})\n  2\n')
    assert roles(model) == ["user", "assistant", "tool", "user"]


def test_there_must_be_something_to_go_on_from(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = brought(monkeypatch)
    done = harness("prompt", "-m", "scripted", "-c", "Hi")
    assert (done.code, model.prompts) == (2, [])
    assert done.err == (
        "harness: there is no last answer here to go on from: ask without -c first\n"
    )


def test_there_must_be_something_to_go_on_with(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought(monkeypatch, HELLO)
    first(harness)
    done = harness("prompt", "-c")
    assert (done.code, "what is asked?" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (b"", "not JSON: "),
        (b"\xff", "not JSON: "),
        (b"[" * 100_000, "not JSON: "),
        (b"[]", "it has no model"),
        (b'{"model": 1}', "it has no model"),
        (b'{"model": "scripted"}', "it has no response"),
        (b'{"model": "scripted", "response": {}}', "it is damaged"),
        (b'{"model": "scripted", "response": {"messages": [1]}}', "it is damaged"),
        (b'{"model": "scripted", "response": {"messages": 1}}', "it is damaged"),
        (None, "Is a directory"),
    ],
)
def test_what_was_kept_may_be_damaged(
    harness: Harness,
    monkeypatch: pytest.MonkeyPatch,
    project: Path,
    kept: bytes | None,
    said: str,
) -> None:
    brought(monkeypatch)
    if kept is None:
        (project / LAST).mkdir(parents=True)
    else:
        write(project, kept, LAST)
    done = harness("prompt", "-c", "Hi")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"harness: {LAST} is of no use: {said}")
    assert done.err.endswith("; ask without -c to begin anew\n")
