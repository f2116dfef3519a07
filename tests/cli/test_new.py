"""``harness new``: suites from recordings run as they stand."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from harness.cassette.tape import Exchange, Tape, settled
from harness.cli.recordings.new import _drafted
from harness.errors import HarnessError
from harness.message.events import Event, Finish, StreamEvent, Usage
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    Message,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.message.turn import Tool, Turn
from harness.providers import PROVIDERS
from harness.providers._paths import guessed
from harness.providers._square import speak
from harness.shell.files import save_tape
from harness.shell.project import Project
from harness.wire.http import Request, Response
from tests.cli.conftest import Harness
from tests.corpus import recordings
from tests.corpus.__main__ import DEFAULT
from tests.corpus.report import absent

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / DEFAULT
RECORDED = sorted(
    p.relative_to(ROOT).as_posix() for p in (ROOT / "cassettes").rglob("*.yaml")
)

WITHOUT = {
    "amazon.nova": "on InvokeModel each vendor has a wire of its own; ours is Anthropic's",
    "meta.llama2": "the same",
    "video_part_is_refused": "a part that this wire has no word for, and its server refuses",
}
"""Exchanges of the corpus that make no suite that passes, by a word of their URL or name."""


@pytest.mark.parametrize("path", RECORDED)
def test_a_recording_makes_a_suite_that_passes(
    project: Path, harness: Harness, path: str
) -> None:
    (project / path).parent.mkdir(parents=True)
    shutil.copy(ROOT / path, project / path)
    done = harness("new", "case", "--from", path)
    assert done.code == 0
    assert done.out == (
        "wrote specs/case.spec.yaml\n  run it: harness run specs/case.spec.yaml::case\n"
    )
    assert harness("validate").code == 0
    assert harness("run").code == 0


@pytest.mark.long
@pytest.mark.skipif(not CORPUS.is_dir(), reason=absent(DEFAULT))
def test_recordings_of_many_providers_make_suites_that_pass(tmp_path: Path) -> None:
    counts: Counter[str] = Counter()
    unexplained: list[str] = []
    for recording in recordings.read(CORPUS):
        assert isinstance(recording, recordings.Recording)
        name = guessed(recording.url) if recording.request else None
        if name is None:
            counts["without a request or a wire that its path tells"] += 1
            continue
        verdict = _verdict(_tape(recording), name, tmp_path)
        counts[verdict] += 1
        told = f"{recording.path} {recording.url}"
        if verdict != "passed" and not any(word in told for word in WITHOUT):
            unexplained.append(f"{recording.path}: {verdict}")
    assert unexplained == []
    assert counts["passed"] >= 187


def _tape(recording: recordings.Recording) -> Tape:
    body = json.dumps(recording.request, ensure_ascii=False).encode()
    headers = (("content-type", recording.claimed), *recording.headers)
    request = Request(recording.method or "POST", recording.url, (), body)
    response = Response(recording.status, headers, (recording.body,))
    return settled(Tape((Exchange(request, response),)))


def _verdict(tape: Tape, provider: str, folder: Path) -> str:
    wire, file = PROVIDERS[provider], folder / "x.spec.yaml"
    try:
        _, result = _drafted("x", "cassettes/x.yaml", tape, wire, Project(folder), file)
    except HarnessError as error:
        return f"error: {error}"
    return result.verdict


# ------------------------------------------------------------------- a conversation

CALL = ToolCallPart("get_weather", {"city": "Zürich"}, "call_1")
TOOL = Tool(
    "get_weather",
    "Weather in a city.",
    {"type": "object", "properties": {"city": {"type": "string"}}},
)
SAID = (
    Message("system", (TextPart("Be brief."),)),
    Message("user", (TextPart("Weather in Zürich?"),)),
)
ANSWERED = (
    *SAID,
    Message("assistant", (CALL,)),
    Message("tool", (ToolResultPart(CALL.name, "14 degrees, rain", "call_1"),)),
)


def talk(*asked: tuple[Message, ...]) -> Tape:
    provider = PROVIDERS["openai-chat"]
    called: tuple[Event, ...] = (
        StreamEvent("tool_call_name", "get_weather", 0, "call_1"),
        StreamEvent("tool_call_args", '{"city": "Zürich"}', 0, "call_1"),
        Usage(3, 4),
        Finish("tool_calls"),
    )
    told: tuple[Event, ...] = (
        StreamEvent("text", "1e5 drops", 0),
        Usage(5, 6),
        Finish("stop"),
    )
    exchanges = []
    for messages, events in zip(asked, (called, told), strict=False):
        turn = Turn("gpt-x", messages, (TOOL,), True)
        url = provider.base_url + provider.path(turn)
        body = json.dumps(provider.encode(turn)).encode()
        answer = speak(provider, events, stream=True)
        exchanges.append(Exchange(Request("POST", url, (), body), answer))
    return settled(Tape(tuple(exchanges)))


def test_a_conversation_with_a_tool_is_replied_to(
    project: Path, harness: Harness
) -> None:
    save_tape(project, "cassettes/x.yaml", talk(SAID, ANSWERED), {})
    assert harness("new", "weather", "--from", "cassettes/x.yaml").code == 0
    text = (project / "specs" / "weather.spec.yaml").read_text()
    assert text.startswith("# Drafted from cassettes/x.yaml")
    assert "    output: 14 degrees, rain\n" in text
    assert "  - reply: {}\n" in text
    assert "text: 1e5 drops\n" in text
    done = harness("run", "-v")
    assert done.code == 0, done.out


def test_requests_that_are_no_one_conversation_are_told(
    project: Path, harness: Harness
) -> None:
    save_tape(project, "cassettes/x.yaml", talk(SAID, SAID), {})
    done = harness("new", "x", "--from", "cassettes/x.yaml")
    assert done.code == 2
    assert "request 2 does not go on from the one before" in done.err
    assert not (project / "specs" / "x.spec.yaml").exists()


def test_more_than_a_text_after_an_answer_is_told(
    project: Path, harness: Harness
) -> None:
    picture = AttachmentPart(Attachment("image/png", url="https://example.com/a.png"))
    more = (*ANSWERED, Message("user", (TextPart("This one?"), picture)))
    save_tape(project, "cassettes/x.yaml", talk(SAID, more), {})
    done = harness("new", "x", "--from", "cassettes/x.yaml")
    assert done.code == 2
    assert "can be one text so far, and here it is 2 parts" in done.err


def test_what_our_requests_have_otherwise_is_left_out_of_account(
    project: Path, harness: Harness
) -> None:
    (exchange,) = talk(SAID).exchanges
    body = json.loads(exchange.request.body) | {"user": None}
    request = Request("POST", exchange.request.url, (), json.dumps(body).encode())
    save_tape(
        project, "cassettes/x.yaml", Tape((Exchange(request, exchange.response),)), {}
    )
    assert harness("new", "x", "--from", "cassettes/x.yaml").code == 0
    assert harness("run").code == 0


def test_a_suite_that_is_there_is_not_written_over(
    project: Path, harness: Harness
) -> None:
    save_tape(project, "cassettes/x.yaml", talk(SAID), {})
    file = project / "specs" / "x.spec.yaml"
    file.write_text("mine")
    done = harness("new", "x", "--from", "cassettes/x.yaml")
    assert (done.code, file.read_text()) == (2, "mine")
    assert "specs/x.spec.yaml is there: --force writes over it" in done.err
    assert harness("new", "x", "--from", "cassettes/x.yaml", "--force").code == 0
    assert file.read_text() != "mine"


def test_a_suite_to_be_recorded_says_how(project: Path, harness: Harness) -> None:
    asked = ("--provider", "anthropic", "--model", "claude-x", "--prompt", "Hi")
    done = harness("new", "hello", *asked)
    assert done.code == 0
    assert "record it: harness record specs/hello.spec.yaml::hello" in done.out
    listed = harness("list").out
    assert "specs/hello.spec.yaml::hello" in listed
    done = harness("new", "other", *asked[:-2])
    assert done.code == 2
    assert "wants --from CASSETTE" in done.err


def test_a_recording_of_no_known_wire_wants_a_provider(
    project: Path, harness: Harness
) -> None:
    (exchange,) = talk(SAID).exchanges
    moved = Request("POST", "https://h/somewhere", (), exchange.request.body)
    save_tape(
        project, "cassettes/x.yaml", Tape((Exchange(moved, exchange.response),)), {}
    )
    done = harness("new", "x", "--from", "cassettes/x.yaml")
    assert done.code == 2
    assert "whose wire is cassettes/x.yaml? say --provider NAME" in done.err


@pytest.mark.parametrize("name", ["../x", "/x", "a/b", "a b", ".x", ""])
def test_a_name_that_leads_elsewhere_is_none(
    project: Path, harness: Harness, name: str
) -> None:
    save_tape(project, "cassettes/x.yaml", talk(SAID), {})
    done = harness("new", name, "--from", "cassettes/x.yaml")
    assert done.code == 2
    assert "is no name" in done.err
    assert [*(project / "specs").iterdir()] == []


def test_a_recording_outside_of_the_project_is_told(
    project: Path, harness: Harness
) -> None:
    done = harness("new", "x", "--from", "../x.yaml")
    assert done.code == 4
    assert "is outside the project" in done.err
