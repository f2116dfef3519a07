"""Claude by InvokeModel: Anthropic's words in Amazon's frames, paths and errors."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from harness.errors import WireError
from harness.message.assemble import assemble
from harness.message.events import Error, Event, Finish, StreamEvent, Unknown, Usage
from harness.message.parts import JsonObject, Message, ReasoningPart, TextPart
from harness.message.turn import Tool, Turn
from harness.providers import PROVIDERS
from harness.providers._paths import guessed
from harness.providers._square import hear, refuse, speak
from harness.providers.anthropic.on_bedrock import PROVIDER
from harness.wire import cut, eventstream
from harness.wire.frame import Frame
from harness.wire.http import Headers

STREAM: Headers = (("content-type", "application/vnd.amazon.eventstream"),)
JSON: Headers = (("content-type", "application/json"),)
MESSAGES = PROVIDERS["anthropic"]

METRICS = {"inputTokenCount": 3, "outputTokenCount": 5, "firstByteLatency": 9}
LINES: list[JsonObject] = [
    {
        "type": "message_start",
        "message": {
            "id": "msg_bdrk_1",
            "type": "message",
            "role": "assistant",
            "model": "claude",
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": 3, "output_tokens": 1},
        },
    },
    {
        "type": "content_block_start",
        "index": 0,
        "content_block": {"type": "text", "text": ""},
    },
    {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "text_delta", "text": "Hé"},
    },
    {"type": "content_block_stop", "index": 0},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"input_tokens": 3, "output_tokens": 5},
    },
    {"type": "message_stop", "amazon-bedrock-invocationMetrics": METRICS},
]
FACTS = {
    "anthropic": {
        "id": "msg_bdrk_1",
        "model": "claude",
        "amazon-bedrock-invocationMetrics": METRICS,
    }
}
HEARD: list[Event] = [
    StreamEvent("text", "Hé", 0),
    Usage(3, 5),
    Finish("stop", "end_turn", FACTS),
]


def chunk(said: Any) -> Frame:
    """One of Amazon's frames, its payload padded as on the wire."""
    text = said if isinstance(said, str) else json.dumps(said)
    held = base64.b64encode(text.encode()).decode()
    return Frame(json.dumps({"bytes": held, "p": "abcd"}), "chunk")


def body(*said: Frame | JsonObject) -> bytes:
    frames = (one if isinstance(one, Frame) else chunk(one) for one in said)
    return b"".join(eventstream.write(frames))


def streamed(*said: Frame | JsonObject) -> list[Event]:
    return list(hear(PROVIDER, 200, STREAM, [body(*said)]))


def whole(said: Any) -> list[Event]:
    return list(hear(PROVIDER, 200, JSON, [json.dumps(said).encode()]))


# ------------------------------------------------------------------ hearing


def test_a_chunk_holds_an_event_of_anthropics() -> None:
    assert streamed(*LINES) == HEARD


@pytest.mark.parametrize("name", ["byte", "random:1", "random:2"])
def test_chunks_may_be_cut_anywhere(name: str) -> None:
    said = cut.named(name)([body(*LINES)])
    assert list(hear(PROVIDER, 200, STREAM, said)) == HEARD


def test_a_frame_is_named_for_what_it_holds() -> None:
    frames = list(PROVIDER.framing.read([body(*LINES)]))
    assert [frame.event for frame in frames] == [line["type"] for line in LINES]
    assert [json.loads(frame.data) for frame in frames] == LINES
    again = list(PROVIDER.framing.read(PROVIDER.framing.write(frames)))
    assert [f._replace(offset=0) for f in again] == [
        f._replace(offset=0) for f in frames
    ]


def test_what_was_heard_is_said_in_the_same_words() -> None:
    spoken = speak(PROVIDER, HEARD, stream=True)
    assert spoken.headers == STREAM
    for frame in eventstream.read(spoken.chunks):
        assert (frame.event, list(json.loads(frame.data))) == ("chunk", ["bytes"])
    said = [json.loads(frame.data) for frame in PROVIDER.framing.read(spoken.chunks)]
    assert said == LINES


def test_an_answer_that_is_not_streamed_is_anthropics() -> None:
    said = PROVIDER.synthesise_whole(HEARD)
    assert said == MESSAGES.synthesise_whole(HEARD)
    assert whole(said) == HEARD


def test_anthropic_itself_keeps_what_bedrock_adds() -> None:
    (*_, last) = MESSAGES.synthesise(HEARD)
    assert json.loads(last.data) == LINES[-1]
    assert list(MESSAGES.decode(MESSAGES.synthesise(HEARD))) == HEARD


@pytest.mark.parametrize("kept", range(len(LINES)))
def test_a_stream_that_stops_before_its_end_is_truncated(kept: int) -> None:
    said = body(*LINES[:kept])
    half = body(LINES[kept])[:-1]
    for end in (b"", half):
        (*_, last) = hear(PROVIDER, 200, STREAM, [said + end])
        assert isinstance(last, Error)
        assert (last.kind, last.retryable) == ("truncated", True)


# ------------------------------------------------------------------- errors


def test_an_exception_ends_the_stream_and_keeps_what_came() -> None:
    failed = Frame('{"message":"slow"}', "throttlingException", kind="exception")
    events = streamed(*LINES[:3], failed, *LINES[3:])
    error = Error("slow", "ThrottlingException", 429, True)
    assert events == [HEARD[0], Usage(3, 1), error]
    frames = list(
        PROVIDER.framing.read(PROVIDER.framing.write(PROVIDER.synthesise(events)))
    )
    assert frames[-1]._replace(offset=0) == failed


def test_a_model_that_took_too_long_has_a_frame_of_its_own_here() -> None:
    error = Error("no", "ModelTimeoutException", 408, True)
    (*_, frame) = PROVIDER.synthesise([error])
    assert (frame.event, frame.kind) == ("modelTimeoutException", "exception")
    assert streamed(frame) == [error]


def test_an_error_frame_is_an_error_by_its_code() -> None:
    failed = Frame("it broke", "InternalFailure", kind="error")
    events = streamed(failed)
    assert events == [Error("it broke", "InternalFailure")]
    assert streamed(*list(PROVIDER.synthesise(events))[-1:]) == events


def test_an_error_in_anthropics_own_words_is_one_too() -> None:
    error = {"type": "overloaded_error", "message": "Overloaded"}
    (said,) = streamed({"type": "error", "error": error})
    assert said == Error("Overloaded", "overloaded_error", 529, True)


def test_a_truncated_answer_has_no_error_to_say() -> None:
    events: list[Event] = [HEARD[0], Error("cut", "truncated", None, True)]
    frames = list(PROVIDER.synthesise(events))
    assert frames[-1].event == "content_block_stop"


def test_an_http_error_is_bedrocks() -> None:
    named = "ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/"
    headers = (("x-amzn-errortype", named), ("x-amzn-requestid", "r"))
    (error,) = hear(PROVIDER, 400, headers, [b'{"message":"no"}'])
    facts = {"anthropic": {"request_id": "r"}}
    assert error == Error("no", "ValidationException", 400, False, facts)
    said = refuse(PROVIDER, error)
    (again,) = hear(PROVIDER, said.status, said.headers, said.chunks)
    assert again == error  # by the same name, all of it


def test_an_error_with_a_good_status_is_an_error() -> None:
    error = Error("no", "ThrottlingException", 429, True)
    assert whole(PROVIDER.synthesise_whole([error])) == [error]


# ------------------------------------------------------- other models' answers


def test_another_models_stream_is_kept_and_is_an_error() -> None:
    said: list[JsonObject] = [
        {"messageStart": {"role": "assistant"}},
        {"messageStop": {}},
    ]
    *kept, last = streamed(*said)
    assert kept == [Unknown("another model's body", line) for line in said]
    assert isinstance(last, Error)
    assert (last.kind, last.retryable) == ("another_model", False)


@pytest.mark.parametrize(
    "said", [{"generation": "a", "stop_reason": "length"}, [1], "a"]
)
def test_another_models_body_is_kept_and_is_an_error(said: Any) -> None:
    kept, last = whole(said)
    assert kept == Unknown("another model's body", said)
    assert isinstance(last, Error)
    assert last.kind == "another_model"


def test_a_frame_that_is_no_chunk_is_kept() -> None:
    kept, *rest = streamed(Frame('{"x":1}', "news"), *LINES)
    assert kept == Unknown("news", {"x": 1})
    assert rest == HEARD


@pytest.mark.parametrize(
    "payload", ["{", "[]", "{}", '{"bytes":7}', '{"bytes":"?"}', '{"bytes":"/w=="}']
)
def test_a_chunk_that_holds_nothing_is_a_wire_error_with_its_place(
    payload: str,
) -> None:
    first = body(LINES[0])
    with pytest.raises(WireError) as caught:
        list(hear(PROVIDER, 200, STREAM, [first + body(Frame(payload, "chunk"))]))
    assert caught.value.offset == len(first)


def test_bytes_that_are_no_json_are_a_wire_error() -> None:
    with pytest.raises(WireError, match="not JSON"):
        streamed(*LINES[:1], chunk("{not json"))


# ------------------------------------------------------------------- asking

TURN = Turn(
    "us.anthropic.claude-3-5-sonnet-20240620-v1:0",
    (
        Message("system", (TextPart("s"),)),
        Message("user", (TextPart("u"),)),
        Message(
            "assistant",
            (
                ReasoningPart("h", provider_metadata={"anthropic": {"signature": "x"}}),
                TextPart("a"),
            ),
        ),
    ),
    (Tool("f", None, {"type": "object"}),),
    True,
    None,
    {"max_tokens": 9, "anthropic_beta": ["b"]},
)


def test_a_request_is_anthropics_less_what_stands_in_the_path() -> None:
    said = PROVIDER.encode(TURN)
    native = MESSAGES.encode(TURN)
    assert (native.pop("model"), native.pop("stream")) == (TURN.model, True)
    assert said == native | {"anthropic_version": "bedrock-2023-05-31"}
    path = PROVIDER.path(TURN)
    assert path == (
        "/model/us.anthropic.claude-3-5-sonnet-20240620-v1%3A0"
        "/invoke-with-response-stream"
    )
    assert PROVIDER.parse(json.loads(json.dumps(said)), path) == TURN


def test_another_version_is_kept() -> None:
    said = {"anthropic_version": "bedrock-2030-01-01", "messages": []}
    turn = PROVIDER.parse(said, "/model/m/invoke")
    assert (turn.model, turn.stream) == ("m", False)
    assert PROVIDER.encode(turn) == said


@pytest.mark.parametrize("stream", [True, False])
def test_its_path_is_known_to_show(stream: bool) -> None:
    address = PROVIDER.base_url + PROVIDER.path(Turn("a:0", (), stream=stream))
    assert guessed(address) == PROVIDER.name


# ------------------------------------------------------------------ the facts


def test_a_key_is_sent_as_amazon_wants_it() -> None:
    assert PROVIDER.headers(None) == {}
    assert PROVIDER.headers("k") == {"authorization": "Bearer k"}
    assert PROVIDER.key_env == "AWS_BEARER_TOKEN_BEDROCK"


def test_what_claude_keeps_is_the_same_on_either_host() -> None:
    thought = ReasoningPart("h")
    assert PROVIDER.namespace == MESSAGES.namespace
    assert PROVIDER.opaque(thought, "x") == MESSAGES.opaque(thought, "x")
    said = speak(PROVIDER, HEARD, stream=True)
    (message,) = assemble(hear(PROVIDER, 200, said.headers, said.chunks))
    assert message.parts == (TextPart("Hé"),)
