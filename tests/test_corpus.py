"""The recorded exchanges of real providers, and the tool that replays them."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.message.events import Error, Event, Finish, StreamEvent, Unknown
from harness.message.parts import JsonObject
from harness.providers import PROVIDERS
from harness.providers._provider import Framing, Provider, Read
from harness.providers._square import hear
from harness.wire.frame import Frame
from tests.corpus.__main__ import DEFAULT, main
from tests.corpus.agreement import LIMITS, Agreement, agree
from tests.corpus.examples import (
    CALLED,
    DONE,
    EXAMPLES,
    HI,
    MESSAGE,
    STOP,
    called,
    recording,
    stream,
)
from tests.corpus.named import NAMED
from tests.corpus.recordings import Recording, read
from tests.corpus.replay import replay
from tests.corpus.report import absent, report
from tests.corpus.trials import attempt, in_two
from tests.corpus.wires import (
    ANTHROPIC,
    BEDROCK,
    CHAT,
    COHERE,
    GEMINI,
    INTERACTIONS,
    INVOKE,
    RESPONSES,
    provider_of,
)

CORPUS = Path(__file__).parent.parent / DEFAULT
FEWEST = 100
"""How many exchanges the corpus has at least, for a replay to mean anything."""

GOOD = stream(HI, STOP, DONE)
FOLDER = {"openai-chat/good.json": {"response": {"body_text": GOOD.decode()}}}


def write(folder: Path, files: dict[str, Any]) -> Path:
    """Recordings as files; one that is bytes is written as it is."""
    for name, said in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(said if isinstance(said, bytes) else json.dumps(said).encode())
    return folder


def judged(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The tool's exit code and what it printed."""
    code = main([str(folder), "--seconds", "5"])
    return code, capsys.readouterr().out


# -------------------------------------------------------------- the corpus


def hold(seconds: float) -> None:
    """Replay the corpus if it is there, and say how many exchanges were tried."""
    if not CORPUS.is_dir():
        pytest.skip(absent(DEFAULT))
    done = replay(CORPUS, seconds)
    print(*report(done), sep="\n")
    assert done.tried >= FEWEST, f"only {done.tried} exchanges were tried"
    assert not done.problems, "\n".join(done.problems)


def test_every_recorded_exchange_holds() -> None:
    hold(8)


@pytest.mark.long
def test_every_recorded_exchange_holds_cut_at_more_places() -> None:
    hold(120)


# ---------------------------------------------------------------- the tool


def test_an_absent_folder_is_said_to_be_absent_and_is_no_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = judged(tmp_path / "nowhere", capsys)
    assert code == 1
    assert "The corpus is absent" in said
    assert "Nothing was tried" in said


def test_an_empty_folder_is_no_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = judged(tmp_path, capsys)
    assert code == 1
    assert "Tried 0 of 0 exchanges" in said
    assert "that is not a pass" in said


def test_a_folder_of_other_wires_alone_is_no_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"dashscope/a.json": {"response": {"body_text": "{}"}}})
    code, said = judged(tmp_path, capsys)
    assert code == 1
    assert "not one of these wires" in said
    assert "Tried 0 of 1 exchanges" in said


def test_a_folder_whose_recordings_hold_is_a_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = judged(write(tmp_path, FOLDER), capsys)
    assert code == 0
    assert "Tried 1 of 1 exchanges" in said
    assert "at every place of 1 bodies" in said
    assert "nothing unexplained" in said


BROKEN: dict[str, Any] = {
    "an event that is no JSON": {
        "response": {"body_text": 'data: {"a\n\ndata: [DONE]\n\n'}
    },
    "a body that is no JSON": {"response": {"body_text": '{"choices": ['}},
    "a body of another shape": {"response": {"body_text": '{"choices": [5]}'}},
    "a body that is no UTF-8": {
        "response": {"body_base64": base64.b64encode(b"data: \xff\n\n").decode()}
    },
    "a body that is no base64": {"response": {"body_base64": "a"}},
    "a status that is no number": {"response": {"status": "fine"}},
    "no response": {"surface": "openai-chat"},
    "a file that is no JSON": b"{",
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_broken_recording_is_a_problem_under_its_own_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], broken: Any
) -> None:
    write(tmp_path, FOLDER | {"openai-chat/broken.json": broken})
    code, said = judged(tmp_path, capsys)
    assert code == 1
    assert "Unexplained:\n  openai-chat/broken.json: " in said
    assert "good.json:" not in said


CHAT_URL = "https://example.com/v9/chat/completions?x=1"
ODD: dict[str, Any] = {
    "no request, no headers, no surface": {"response": {"body_text": GOOD.decode()}},
    "null everywhere": {
        "request": None,
        "response": {"status": None, "headers": None, "body_text": None},
    },
    "no body": {"response": {"status": 200}},
    "an empty body that should be JSON": {
        "response": {"headers": {"content-type": "application/json"}, "body_text": ""}
    },
    "a body in base64": {"response": {"body_base64": base64.b64encode(GOOD).decode()}},
    "headers in pairs": {
        "response": {
            "headers": [["Content-Type", "text/event-stream"], ["odd"]],
            "body_text": GOOD.decode(),
        }
    },
    "headers in lists": {
        "response": {
            "headers": {"Content-Type": ["text/event-stream"]},
            "body_text": GOOD.decode(),
        }
    },
    "headers about what was undone": {
        "response": {
            "headers": {"Content-Encoding": "br", "Content-Length": "1"},
            "body_text": GOOD.decode(),
        }
    },
    "a stream that claims to be JSON": {
        "response": {
            "headers": {"content-type": "application/json"},
            "body_text": GOOD.decode(),
        }
    },
    "JSON that claims to be a stream": {
        "response": {
            "headers": {"content-type": "text/event-stream"},
            "body_text": '{"choices": [{"index": 0, "message": {"role": "assistant", "content": "a"}, "finish_reason": "stop"}]}',
        }
    },
    "an error in words": {
        "response": {
            "status": 502,
            "headers": {"content-type": "text/html"},
            "body_text": "<html>Bad gateway</html>",
        }
    },
    "an error without a body": {"response": {"status": 500}},
    "an error in a good answer": {
        "response": {
            "status": 200,
            "body_text": '{"error": {"message": "no", "code": 429}}',
        }
    },
    "a page of a proxy": {
        "response": {"headers": {"content-type": "text/html"}, "body_text": "<html>"}
    },
    "a stream cut short": {"response": {"body_text": GOOD.decode()[:-40]}},
    "a stream of nothing but [DONE]": {"response": {"body_text": "data: [DONE]\n\n"}},
    "a surface nobody listed": {
        "surface": "new",
        "request": {"url": CHAT_URL},
        "response": {"body_text": GOOD.decode()},
    },
    "another endpoint": {
        "request": {"url": "https://example.com/v1/embeddings"},
        "response": {"body_text": '{"data": []}'},
    },
    "no exchange at all": {"made": "by hand"},
    "a list": [],
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_odd_recording_is_read_as_far_as_it_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], odd: Any
) -> None:
    write(tmp_path, FOLDER | {"openai-chat/odd.json": odd, "manifest.json": []})
    code, said = judged(tmp_path, capsys)
    assert code == 0, said


@pytest.mark.parametrize(
    ("surface", "url", "wire"),
    [
        ("openai-responses", "", RESPONSES),
        ("new", CHAT_URL, CHAT),
        ("gemini-generate", "https://g/v1beta/openai/chat/completions", CHAT),
        ("openai-compatible", "https://h/v1/chat", CHAT),
        ("openai-compatible", "https://h/v1/responses", RESPONSES),
        ("new", "https://h/v1/messages?beta=true", ANTHROPIC),
        ("anthropic-messages", "https://h/v1/messages/count_tokens", None),
        ("openai-compatible", "https://h/v1/completions", None),
        ("openai-responses", "https://h/v1/responses/resp_1/input_items", None),
        ("bedrock-converse", "", BEDROCK),
        ("new", "https://h/model/a%3A0/invoke", INVOKE),
        ("new", "https://h/model/amazon.nova/invoke", None),
        ("new", "https://api.groq.com/openai/v1/chat/completions", "groq"),
        ("new", "https://openrouter.ai/api/v1/responses", "openrouter-responses"),
        ("dashscope", "https://h/api/v1/generation", None),
        ("new", "", None),
    ],
)
def test_the_url_says_which_wire_it_is_before_the_surface_does(
    surface: str, url: str, wire: str | None
) -> None:
    provider = provider_of(replace(recording(b""), surface=surface, url=url))
    assert (provider.name if provider else None) == wire


def test_what_the_sdks_have_a_type_for_is_named() -> None:
    assert {"response.output_text.delta", "mcp_call"} <= NAMED[RESPONSES]
    assert {"message_stop", "web_search_tool_result", "text_delta"} <= NAMED[ANTHROPIC]
    assert {"metadata", "reasoningContent", "cachePoint"} <= NAMED[BEDROCK]
    assert {"step.delta", "thought", "arguments_delta"} <= NAMED[INTERACTIONS]
    assert {"inlineData", "toolCall"} <= NAMED[GEMINI]
    assert "tool-plan-delta" in NAMED[COHERE]
    assert all(NAMED.values())


# -------------------------------------------------------------- the limits

CASES = [
    pytest.param(PROVIDERS[name], reason, body, id=f"{name}: {reason} ({number})")
    for name, examples in EXAMPLES.items()
    for number, (reason, body) in enumerate(examples)
]


def heard(provider: Provider, said: Recording) -> list[Event]:
    return list(hear(provider, said.status, said.headers, [said.body]))


def asked(provider: Provider, said: Recording, events: list[Event]) -> Agreement:
    agreement = agree(provider, said, events)
    assert agreement is not None, "there is an SDK to ask"
    return agreement


@pytest.mark.parametrize(("provider", "reason", "body"), CASES)
def test_a_limit_is_met_for_its_reason_alone(
    provider: Provider, reason: str, body: bytes
) -> None:
    said = recording(body)
    agreement = asked(provider, said, heard(provider, said))
    assert agreement.differences == ()
    assert agreement.reasons == (reason,)


@pytest.mark.parametrize(("provider", "reason", "body"), CASES)
def test_a_limit_excuses_the_sdk_and_never_us(
    provider: Provider, reason: str, body: bytes
) -> None:
    said = recording(body)
    wrong = [*map(spoilt, heard(provider, said))]
    assert asked(provider, said, wrong).differences


def spoilt(event: Event) -> Event:
    """The event as a decoder might have it that got it wrong."""
    match event:
        case StreamEvent():
            return event._replace(chunk=event.chunk + "!")
        case Error():
            return replace(event, message="something else")
        case Finish():
            return replace(event, provider_reason="something else")
    return event


def test_every_limit_has_an_example() -> None:
    met = {reason for examples in EXAMPLES.values() for reason, _ in examples}
    assert met == {limit.reason for limits in LIMITS.values() for limit in limits}


# -------------------------------------------- decoders that are wrong are found

TALK = recording(
    stream(HI, *(called(n, f"call_{n}", "f", "{}") for n in (0, 1)), CALLED, DONE)
)


def lying(**lies: Any) -> Provider:
    return replace(PROVIDERS[CHAT], **lies)


def decoding(lie: Callable[[list[Event]], Iterable[Event]]) -> Provider:
    def decode(frames: Iterable[Frame]) -> Iterator[Event]:
        return iter(lie(list(PROVIDERS[CHAT].decode(frames))))

    return lying(decode=decode)


def framing(lie: Read) -> Provider:
    honest = PROVIDERS[CHAT].framing
    return lying(framing=Framing(honest.content_type, lie, honest.write))


def one_frame_a_chunk(chunks: Iterable[bytes]) -> Iterator[Frame]:
    for chunk in chunks:
        yield from PROVIDERS[CHAT].framing.read([chunk])


def mute(events: Iterable[Event]) -> Iterator[Frame]:
    return PROVIDERS[CHAT].synthesise([e for e in events if isinstance(e, Finish)])


def mute_body(events: Iterable[Event]) -> JsonObject:
    return PROVIDERS[CHAT].synthesise_whole(
        [e for e in events if isinstance(e, Finish)]
    )


def out_of_order(frames: Iterable[Frame]) -> Iterator[Event]:
    raise RuntimeError("out of order")


LIES = {
    "drops a word": (decoding(lambda e: e[1:]), "SDK: text"),
    "says a word twice": (decoding(lambda e: [e[0], *e]), "SDK: text"),
    "drops a call": (decoding(lambda e: [*e[:1], *e[3:]]), "SDK: calls"),
    "forgets the finish": (decoding(lambda e: e[:-1]), "decode: wanted one ending"),
    "goes on after the end": (
        decoding(lambda e: [*e, e[0]]),
        "decode: wanted one ending",
    ),
    "misreads the finish": (
        decoding(lambda e: [*e[:-1], Finish("stop", "stop")]),
        "SDK: finish reason",
    ),
    "means another finish": (
        decoding(lambda e: [*e[:-1], Finish("length", "tool_calls")]),
        "SDK: finish reason: tool_calls is not length",
    ),
    "misses the end": (
        decoding(lambda e: [*e[:-1], Error("?", "truncated")]),
        "decode: the stream's end",
    ),
    "knows no text": (decoding(lambda e: [Unknown("text"), *e[1:]]), "unknown: 'text'"),
    "raises": (lying(decode=out_of_order), "decode: RuntimeError: out of order"),
    "trusts the chunks": (framing(one_frame_a_chunk), "cut: "),
    "speaks no content": (lying(synthesise=mute), "spoken as stream: other messages"),
    "says no content": (
        lying(synthesise_whole=mute_body),
        "spoken as whole: other messages",
    ),
}


def test_an_honest_decoder_has_no_problems() -> None:
    assert attempt(PROVIDERS[CHAT], TALK).problems == []


@pytest.mark.parametrize(("provider", "problem"), LIES.values(), ids=LIES)
def test_a_decoder_that_is_wrong_is_found(provider: Provider, problem: str) -> None:
    problems = attempt(provider, TALK).problems
    assert any(found.startswith(problem) for found in problems), problems


def test_a_finish_that_a_stream_never_gave_is_found() -> None:
    end = Finish("stop", None)
    provider = decoding(lambda events: [*events[:-1], end])
    (problem, *_) = attempt(provider, recording(stream(HI))).problems
    assert problem == "decode: a finish that the stream never gave"


def test_a_cut_that_only_one_place_minds_is_found() -> None:
    def read(chunks: Iterable[bytes]) -> Iterator[Frame]:
        pieces = list(chunks)
        lost = len(pieces) == 2 and len(pieces[0]) == 7
        return PROVIDERS[CHAT].framing.read(pieces[:1] if lost else pieces)

    trial = attempt(framing(read), TALK)
    assert trial.problems == []
    in_two(trial, time.monotonic() + 60)
    assert trial.problems == ["cut: other frames when cut at byte 7"]


def test_when_the_time_is_up_it_says_how_many_places_were_tried() -> None:
    trial = attempt(PROVIDERS[CHAT], TALK)
    assert in_two(trial, time.monotonic() - 1) == (0, len(TALK.body) - 1)


def test_a_file_is_read_as_what_its_body_is(tmp_path: Path) -> None:
    headers = {"content-type": "application/json", "x-request-id": "r"}
    said = {"response": {"status": 200, "headers": headers, "body_text": "data: 1\n\n"}}
    (found,) = read(write(tmp_path, {"xai/a.json": said}))
    assert isinstance(found, Recording)
    assert (found.surface, found.streamed, found.belied) == ("xai", True, True)
    assert found.headers == (("x-request-id", "r"),)


def test_items_of_a_response_count_as_calls_by_their_ids() -> None:
    item = {
        "type": "web_search_call",
        "id": "ws_1",
        "status": "completed",
        "action": {"type": "search", "query": "q"},
    }
    body = json.dumps({"id": "r", "status": "completed", "output": [item, MESSAGE]})
    said = recording(body.encode())
    events = heard(PROVIDERS[RESPONSES], said)
    assert asked(PROVIDERS[RESPONSES], said, events).differences == ()
    nameless = [
        e._replace(tool_call_id=None) if isinstance(e, StreamEvent) else e
        for e in events
    ]
    (problem,) = asked(PROVIDERS[RESPONSES], said, nameless).differences
    assert "ws_1" in problem
