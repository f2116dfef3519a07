"""``harness record`` and ``replay``, against a server that answers as a provider does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.message.events import Error, Event, Finish, StreamEvent, Usage
from harness.providers import PROVIDERS
from harness.providers._square import refuse, speak
from harness.shell.files import load_tape
from harness.wire.http import Response
from tests.cli.conftest import Harness
from tests.sdks.loopback import Loopback, loopback

CHAT = PROVIDERS["openai-chat"]
KEY = "sk-" + "live-q7Rk2mZ9xW4vB8nL1cF6hD3"
SUITE = """\
harness: 1
suite: live
defaults: {provider: openai-chat, model: gpt-x}
cases:
  - id: hello
    cassette: cassettes/hello.yaml
    prompt: Say hello.
    expect: {text: Hello}
  - id: talk
    cassette: cassettes/talk.yaml
    turns:
      - prompt: Say hello.
      - prompt: And again?
        expect: {text: Hello}
  - id: refused
    cassette: cassettes/refused.yaml
    prompt: Say hello.
    expect: {error: {status: 429}}
  - id: said
    prompt: Say hello.
    says: {parts: [{type: text, text: Hello}]}
"""


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback() as started:
        yield started


@pytest.fixture
def live(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (project / "specs" / "live.spec.yaml").write_text(SUITE)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return project


def answer(text: str = "Hello", *, stream: bool = True) -> Response:
    events: tuple[Event, ...] = (
        *(StreamEvent("text", letter, 0) for letter in text),
        Usage(3, 4),
        Finish("stop"),
    )
    return speak(CHAT, events, stream=stream)


def record(harness: Harness, server: Loopback, *arguments: str) -> tuple[int, str, str]:
    done = harness("record", *arguments, "--base-url", f"{server.url}/v1")
    assert KEY not in done.out + done.err
    return done.code, done.out, done.err


def test_what_is_missing_is_recorded_and_passes_from_then_on(
    live: Path, harness: Harness, server: Loopback
) -> None:
    server.answers += [answer(), answer(), answer()]
    code, out, _ = record(harness, server, "-k", "hello or talk")
    assert code == 0
    assert [line.split("   ")[0] for line in out.splitlines()] == [
        "recorded  cassettes/hello.yaml",
        "recorded  cassettes/talk.yaml",
    ]
    assert harness("run", "-k", "hello or talk").code == 0
    tape = load_tape(live, "cassettes/talk.yaml")
    assert len(tape.exchanges) == 2
    assert tape.exchanges[0].response.chunks == answer().chunks
    assert tape.exchanges[0].response.ending == "eof"
    assert len(tape.exchanges[0].response.delays) == len(answer().chunks)
    assert tape.provenance.keys() >= {"recorded", "version", "adapter", "client"}
    assert tape.provenance["recorder"] == "harness"
    for file in live.rglob("*"):
        assert file.is_dir() or KEY.encode() not in file.read_bytes()


def test_what_is_there_is_left_unless_all_is_asked_for(
    live: Path, harness: Harness, server: Loopback
) -> None:
    server.answers += [answer(), answer()]
    record(harness, server, "-k", "hello")
    before = (live / "cassettes" / "hello.yaml").read_bytes()
    code, out, _ = record(harness, server, "-k", "hello")
    assert (code, len(server.requests)) == (0, 1)
    assert out == "1 recording there already: --all, or --verify\n"
    assert (live / "cassettes" / "hello.yaml").read_bytes() == before
    code, out, _ = record(harness, server, "-k", "hello", "--all")
    assert out.startswith("recorded  cassettes/hello.yaml")
    assert len(server.requests) == 2


def test_what_does_not_pass_is_not_kept_unless_it_is_wanted(
    live: Path, harness: Harness, server: Loopback
) -> None:
    server.answers += [answer("Bye"), answer("Bye")]
    code, out, _ = record(harness, server, "-k", "hello")
    assert code == 1
    assert out.startswith("not kept  cassettes/hello.yaml")
    assert "error[text]" in out
    assert "--keep-failing" in out
    assert not (live / "cassettes").exists()
    code, out, _ = record(harness, server, "-k", "hello", "--keep-failing")
    assert code == 0
    assert out.endswith("though it fails\n")
    assert (live / "cassettes" / "hello.yaml").exists()


def test_a_status_that_nobody_expects_is_not_kept_and_one_that_is_expected_is(
    live: Path, harness: Harness, server: Loopback
) -> None:
    busy = refuse(CHAT, Error("Too fast", "rate_limit_exceeded", 429, retryable=True))
    server.answers += [busy, busy]
    code, out, _ = record(harness, server, "-k", "hello")
    assert code == 1
    assert "it was answered 429: Too fast" in out
    assert not (live / "cassettes").exists()
    code, out, _ = record(harness, server, "-k", "refused")
    assert (code, out.split("   ")[0]) == (0, "recorded  cassettes/refused.yaml")


def test_verify_compares_and_writes_nothing(
    live: Path, harness: Harness, server: Loopback
) -> None:
    server.answers += [answer(), answer("Hallo")]
    record(harness, server, "-k", "hello")
    before = (live / "cassettes" / "hello.yaml").read_bytes()
    code, out, _ = record(harness, server, "-k", "hello", "--verify")
    assert code == 0
    assert "harmless  the text says something else" in out
    other = answer()
    chunks = tuple(c.replace(b'"content"', b'"contents"') for c in other.chunks)
    server.answers.append(replace(other, chunks=chunks))
    code, out, _ = record(harness, server, "-k", "hello", "--verify")
    assert code == 1
    assert "field choices[*].delta.content is now called contents" in out
    assert "breaking" in out
    assert (live / "cassettes" / "hello.yaml").read_bytes() == before


def test_a_dry_run_says_what_would_be_sent_and_sends_nothing(
    live: Path, harness: Harness, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = record(harness, server, "-k", "talk", "--dry-run")
    assert (code, server.requests) == (0, [])
    assert "2 requests, OPENAI_API_KEY is there" in out
    assert f"POST {server.url}/v1/chat/completions" in out
    assert '"content":"Say hello."' in out.replace('": "', '":"')
    monkeypatch.delenv("OPENAI_API_KEY")
    _, out, _ = record(harness, server, "-k", "talk", "--dry-run")
    assert "OPENAI_API_KEY is not there" in out


def test_without_a_key_nothing_is_sent(
    live: Path, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    done = harness("record", "-k", "hello")
    assert done.code == 2
    assert "no key for openai-chat: set OPENAI_API_KEY, or give --keys FILE" in done.err


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "openai", "openai-chat"])
def test_a_key_may_come_from_a_file(
    live: Path, harness: Harness, server: Loopback, name: str
) -> None:
    other = "sk-" + "file-q7Rk2mZ9xW4vB8nL1cF6hD3"
    (live / "keys.json").write_text(json.dumps({"// Note": "x", name: other}))
    server.answers.append(answer())
    code, out, err = record(harness, server, "-k", "hello", "--keys", "keys.json")
    assert code == 0
    assert ("Authorization", f"Bearer {other}") in [
        (n.title(), v) for n, v in server.requests[0].headers
    ]
    assert other not in out + err
    assert other.encode() not in (live / "cassettes" / "hello.yaml").read_bytes()


def test_a_key_that_the_server_says_again_is_masked_or_not_written(
    live: Path, harness: Harness, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = "q7Rk2mZ9xW4vB8n/L1cF6hD3"
    monkeypatch.setenv("SOME_SECRET", odd)
    server.answers.append(answer(odd))
    done = harness(
        "record", "-k", "hello", "--keep-failing", "--base-url", f"{server.url}/v1"
    )
    assert done.code == 1
    assert "error[H508]" in done.err
    assert "SOME_SECRET" in done.err
    assert odd not in done.err + done.out
    assert not (live / "cassettes").exists()


@pytest.mark.parametrize("text", ["", "[]", "{", '"sk-secret-in-a-file"'])
def test_a_file_of_keys_that_is_none_is_not_quoted(
    live: Path, harness: Harness, text: str
) -> None:
    (live / "keys.json").write_text(text)
    done = harness("record", "-k", "hello", "--keys", "keys.json")
    assert done.code == 2
    assert "--keys keys.json: wants JSON" in done.err
    assert "secret" not in done.err


def test_an_answer_may_be_hung_up_on(
    live: Path, harness: Harness, server: Loopback
) -> None:
    server.answers.append(answer())
    arguments = ("-k", "hello", "--hang-up-after", "2", "--keep-failing")
    code, _, _ = record(harness, server, *arguments)
    assert code == 0
    (exchange,) = load_tape(live, "cassettes/hello.yaml").exchanges
    assert exchange.response.chunks == answer().chunks[:2]
    assert exchange.response.ending == "cut"


def test_a_note_is_kept_beside_the_recording(
    live: Path, harness: Harness, server: Loopback
) -> None:
    server.answers.append(answer())
    record(harness, server, "-k", "hello", "--note", "server", "acme 1.0")
    tape = load_tape(live, "cassettes/hello.yaml")
    assert tape.provenance["server"] == "acme 1.0"


def test_a_server_that_is_not_there_is_told(live: Path, harness: Harness) -> None:
    done = harness("record", "-k", "hello", "--base-url", "http://127.0.0.1:9/v1")
    assert done.code == 1
    assert done.out.startswith("no answer cassettes/hello.yaml")


def test_cases_that_say_their_answer_need_no_recording(
    live: Path, harness: Harness
) -> None:
    done = harness("record", "-k", "said")
    assert done.code == 2
    assert "need no recording" in done.err


# ------------------------------------------------------------------ whole programs

PROGRAM = """\
import sys
import httpx
with httpx.stream("POST", sys.argv[1] + "/v1/chat/completions", json={"a": sys.argv[2]},
                  headers={"authorization": "Bearer KEY"}) as response:
    for chunk in response.iter_text():
        print(chunk, end="")
"""
TESTS = """\
import os
import httpx
import pytest

@pytest.mark.parametrize("name", ["one", "two/2"])
def test_ask(name):
    url = os.environ["URL"] + "/v1/chat/completions"
    assert httpx.post(url, json={"a": name}).status_code == 200
"""


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, since a child needs one."""
    command = [sys.executable, "-m", "harness", *arguments]
    return subprocess.run(
        command, cwd=project, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture
def program(project: Path, server: Loopback) -> list[str]:
    (project / "ask.py").write_text(PROGRAM.replace("KEY", KEY))
    return [sys.executable, "ask.py", server.url]


def test_a_program_is_recorded_and_then_runs_on_the_recording_alone(
    project: Path, server: Loopback, program: list[str]
) -> None:
    server.answers.append(answer())
    done = run(project, "record", "--to", "cassettes/ask.yaml", "--", *program, "x")
    assert (done.returncode, done.stdout) == (0, b"".join(answer().chunks).decode())
    assert "recorded  cassettes/ask.yaml   1 exchange" in done.stderr
    tape = load_tape(project, "cassettes/ask.yaml")
    assert tape.exchanges[0].response.chunks == answer().chunks
    assert KEY.encode() not in (project / "cassettes" / "ask.yaml").read_bytes()
    again = run(project, "replay", "cassettes/ask.yaml", "--", *program, "x")
    assert (again.returncode, again.stdout) == (0, done.stdout)
    assert "1 recorded answer played" in again.stderr
    assert len(server.requests) == 1
    assert [*(project / ".harness").iterdir()] == []


def test_a_replay_tells_of_what_is_not_recorded_changed_or_left(
    project: Path, server: Loopback, program: list[str]
) -> None:
    server.answers += [answer(), answer()]
    run(project, "record", "--to", "cassettes/x", "--", *program, "x")
    other = run(project, "replay", "cassettes/x.yaml", "--", *program, "y")
    assert other.returncode == 1
    assert "changed: exchange 1 is asked for with another body.a" in other.stderr
    nothing = [sys.executable, "-c", "pass"]
    left = run(project, "replay", "cassettes/x.yaml", "--", *nothing)
    assert left.returncode == 1
    assert "not asked for: exchange 1" in left.stderr
    (project / "ask.py").write_text(PROGRAM.replace("chat/completions", "elsewhere"))
    missed = run(project, "replay", "cassettes/x.yaml", "--", *program, "x")
    assert missed.returncode == 1
    assert f"not recorded: POST {server.url}/v1/elsewhere" in missed.stderr
    raw = [
        sys.executable,
        "-c",
        "import socket; socket.create_connection(('127.0.0.1', 9))",
    ]
    refused = run(project, "replay", "cassettes/x.yaml", "--", *raw)
    assert "refused: socket.getaddrinfo 127.0.0.1" in refused.stderr


@pytest.mark.long
def test_of_pytest_each_test_has_its_recording(
    project: Path, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("URL", server.url)
    (project / "test_ask.py").write_text(TESTS)
    server.answers += [answer(stream=False), answer(stream=False)]
    tests = (sys.executable, "-m", "pytest", "-q", "-p", "no:cassetter", "test_ask.py")
    done = run(project, "record", "--to", "cassettes/live", "--", *tests)
    assert done.returncode == 0, done.stdout
    found = sorted(
        p.name for p in (project / "cassettes" / "live" / "test_ask").iterdir()
    )
    assert found == ["test_ask[one].yaml", "test_ask[two-2].yaml"]
    again = run(project, "record", "--to", "cassettes/live", "--", *tests)
    assert "there     cassettes/live/test_ask/test_ask[one].yaml" in again.stderr


def test_a_program_leaves_as_it_left_and_one_that_is_not_there_is_told(
    project: Path,
) -> None:
    seven = [sys.executable, "-c", "raise SystemExit(7)"]
    done = run(project, "record", "--", *seven)
    assert done.returncode == 7
    assert "nothing was recorded" in done.stderr
    done = run(project, "record", "--", "no-such-program")
    assert done.returncode == 2
    assert "no-such-program: No such file" in done.stderr
    done = run(project, "record", "--")
    assert "which command? harness record -- pytest" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C goes to a group of processes")
def test_ctrl_c_is_the_programs_and_what_it_heard_is_kept(
    project: Path, server: Loopback, program: list[str]
) -> None:
    (project / "ask.py").write_text(
        PROGRAM + "import time\nprint('ready')\ntime.sleep(60)\n"
    )
    server.answers.append(answer())
    command = [sys.executable, "-m", "harness", "record", "--to", "cassettes/x", "--"]
    process = subprocess.Popen(
        [*command, *program, "x"],
        cwd=project,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    while b"ready" not in process.stdout.readline():
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert b"KeyboardInterrupt" in err
    assert b"recorded  cassettes/x.yaml   1 exchange" in err
    assert (project / "cassettes" / "x.yaml").exists()


def test_a_cassette_outside_of_the_project_is_not_written(
    live: Path, harness: Harness, server: Loopback
) -> None:
    outside = SUITE.replace("cassettes/hello.yaml", "../hello.yaml")
    (live / "specs" / "live.spec.yaml").write_text(outside)
    server.answers.append(answer())
    done = harness("record", "-k", "hello", "--base-url", f"{server.url}/v1")
    assert done.code == 1
    assert "../hello.yaml is outside the project" in done.err
    assert not (live.parent / "hello.yaml").exists()


def test_a_damaged_recording_cannot_be_verified(live: Path, harness: Harness) -> None:
    (live / "cassettes").mkdir()
    (live / "cassettes" / "hello.yaml").write_text("interactions: [")
    done = harness("record", "-k", "hello", "--verify")
    assert done.code == 4
    assert "cassettes/hello.yaml:1:" in done.err


def test_a_program_whose_own_start_is_customized_starts_so_still(
    project: Path, server: Loopback, program: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "mine").mkdir()
    (project / "mine" / "sitecustomize.py").write_text("print('mine')\n")
    monkeypatch.setenv("PYTHONPATH", str(project / "mine"))
    server.answers.append(answer())
    done = run(project, "record", "--to", "cassettes/x", "--", *program, "x")
    assert done.stdout.startswith("mine\n")
    assert (project / "cassettes" / "x.yaml").exists()


def test_a_timing_that_is_none_is_told_before_anything_runs(project: Path) -> None:
    done = run(project, "replay", "x.yaml", "--timing", "fast", "--", "python")
    assert done.returncode == 2
    assert "no timing 'fast': none, recorded, or ×N as in ×10" in done.stderr
    done = run(project, "replay", "x.yaml", "--", "python")
    assert done.returncode == 4
    assert "x.yaml does not exist" in done.stderr
