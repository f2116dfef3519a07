"""Ollama's chat: lines, whole objects and requests, heard and said again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.errors import NotExpressible, WireError
from harness.message.assemble import assemble
from harness.message.events import Error, Event, Finish, StreamEvent, Unknown, Usage
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    JsonObject,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.message.turn import ServerSideTool, Tool, Turn
from harness.providers._paths import guessed
from harness.providers._square import hear, speak
from harness.providers.ollama import PROVIDER
from harness.run.rehearse import rehearse
from tests.suite.reading import read

NDJSON = (("content-type", "application/x-ndjson"),)
JSON = (("content-type", "application/json; charset=utf-8"),)
PNG = b"\x89PNG\r\n\x1a\n"


def ours(**data: Any) -> JsonObject:
    return {"ollama": data}


def line(done: bool = False, **message: Any) -> JsonObject:
    said = {"role": "assistant", "content": ""} | message
    return {"model": "m", "created_at": "t", "message": said, "done": done}


DONE = line(True) | {"done_reason": "stop"}


def call(name: str, arguments: Any, **beside: Any) -> JsonObject:
    return {"function": {"name": name, "arguments": arguments}} | beside


def streamed(*lines: Any) -> list[Event]:
    body = "".join(json.dumps(said) + "\n" for said in lines)
    return list(hear(PROVIDER, 200, NDJSON, [body.encode()]))


def whole(body: Any) -> list[Event]:
    return list(hear(PROVIDER, 200, JSON, [json.dumps(body).encode()]))


def parts_of(events: list[Event]) -> list[Part]:
    return [part for message in assemble(events) for part in message.parts]


# ------------------------------------------------------------------ hearing


def test_words_of_one_kind_in_a_row_are_one_part() -> None:
    events = streamed(
        line(thinking="H"),
        line(thinking="m", content=""),
        line(content="A"),
        line(content="\u2028b"),
        DONE,
    )
    assert parts_of(events) == [ReasoningPart("Hm"), TextPart("A\u2028b")]


def test_parts_come_in_the_order_of_their_lines() -> None:
    events = streamed(
        line(content="a", tool_calls=[call("f", {"x": 1})]),
        line(thinking="b", content="c"),
        DONE,
    )
    assert parts_of(events) == [
        TextPart("a"),
        ToolCallPart("f", {"x": 1}),
        ReasoningPart("b"),
        TextPart("c"),
    ]


def test_calls_without_ids_stay_apart() -> None:
    calls = [call("f", {}), call("f", {}), call("g", {"a": [None]}, id="call_1")]
    for events in (
        streamed(line(tool_calls=calls[:1]), line(tool_calls=calls[1:]), DONE),
        whole(DONE | line(True, tool_calls=calls)),
    ):
        assert parts_of(events) == [
            ToolCallPart("f", {}),
            ToolCallPart("f", {}),
            ToolCallPart("g", {"a": [None]}, "call_1"),
        ]


def test_what_a_call_says_beside_comes_back_in_its_place() -> None:
    said = {
        "id": "c",
        "type": "function",
        "function": {"name": "f", "arguments": {"a": 1}, "index": 1},
    }
    (part,) = parts_of(streamed(line(tool_calls=[said]), DONE))
    facts = ours(type="function", function={"index": 1})
    assert part == ToolCallPart("f", {"a": 1}, "c", provider_metadata=facts)
    turn = Turn("m", (Message("assistant", (part,)),))
    (message,) = PROVIDER.encode(turn)["messages"]
    assert message["tool_calls"] == [said]


@pytest.mark.parametrize(
    ("reason", "calls", "wanted"),
    [
        ("stop", [], "stop"),
        ("stop", [call("f", {})], "tool_calls"),
        ("length", [], "length"),
        ("length", [call("f", {})], "length"),
        ("load", [], "other"),
        ("unload", [], "other"),
        ("tired", [], "other"),
        (None, [], "stop"),
    ],
)
def test_why_it_ended(reason: str | None, calls: list[JsonObject], wanted: str) -> None:
    last = line(True, tool_calls=calls) | {"done_reason": reason}
    for events in (streamed(last), whole(last)):
        finish = events[-1]
        assert isinstance(finish, Finish)
        assert (finish.reason, finish.provider_reason) == (wanted, reason)
        again = speak(PROVIDER, events, stream=True)
        assert events[-1].type == "finish"
        assert b"".join(again.chunks).count(b'"done":true') == 1


def test_the_last_line_counts_and_the_rest_of_it_is_kept() -> None:
    cost = {
        "total_duration": 9,
        "load_duration": 1,
        "prompt_eval_count": 3,
        "prompt_eval_duration": 2,
        "eval_count": 4,
        "eval_duration": 5,
    }
    odd = {"logprobs": [{"token": "a"}]}
    usage, finish = streamed(
        line(content="a") | odd, line(content="b") | odd, DONE | cost | {"remote": "r"}
    )[-2:]
    durations = {k: v for k, v in cost.items() if k.endswith("duration")}
    assert usage == Usage(3, 4, durations)
    facts = ours(logprobs=odd["logprobs"] * 2, model="m", created_at="t", remote="r")
    assert finish == Finish("stop", "stop", facts)
    spoken = PROVIDER.synthesise_whole([StreamEvent("text", "ab", 0), usage, finish])
    assert spoken == DONE | line(True, content="ab") | cost | odd | {
        "logprobs": odd["logprobs"] * 2,
        "remote": "r",
    }


@pytest.mark.parametrize("kept", [0, 1])
def test_a_stream_that_ends_before_it_is_done_is_truncated(kept: int) -> None:
    events = streamed(*[line(content="a")] * kept)
    assert [event.type for event in events] == ["text"] * kept + ["error"]
    assert isinstance(events[-1], Error)
    assert (events[-1].kind, events[-1].retryable) == ("truncated", True)


def test_a_last_line_may_lack_its_end_but_not_its_half() -> None:
    body = json.dumps(DONE).encode()
    assert [*hear(PROVIDER, 200, NDJSON, [body])][-1].type == "finish"
    (cut_short,) = hear(PROVIDER, 200, NDJSON, [body[:-9]])
    assert isinstance(cut_short, Error)
    assert cut_short.kind == "truncated"


def test_an_error_line_ends_the_stream_and_keeps_what_was_said() -> None:
    text, error = streamed(line(content="a"), {"error": "out of memory"}, DONE)
    assert text == StreamEvent("text", "a", 0)
    assert error == Error("out of memory")


@pytest.mark.parametrize(
    ("body", "message", "facts"),
    [
        ({"error": "model 'x' not found"}, "model 'x' not found", {}),
        ({"error": "no", "signin_url": "u"}, "no", {"signin_url": "u"}),
        ({"error": {"message": "by a proxy"}}, "by a proxy", {}),
        ("<html>", "<html>", {}),
        ({"detail": "other"}, '{"detail":"other"}', {"detail": "other"}),
    ],
)
def test_an_http_error_is_a_sentence(
    body: Any, message: str, facts: JsonObject
) -> None:
    data = body if isinstance(body, str) else json.dumps(body)
    (error,) = hear(PROVIDER, 404, (("retry-after", "2"),), [data.encode()])
    assert error == Error(message, None, 404, False, ours(retry_after="2", **facts))
    status, said = PROVIDER.synthesise_error(error)
    assert (status, said) == (404, {"error": message} | facts)


@pytest.mark.parametrize("said", [{"response": "a"}, [1], "a", 7, None])
def test_a_line_that_nobody_taught_us_is_kept(said: Any) -> None:
    assert streamed(said, DONE)[0] == Unknown("line", said)


def test_a_word_that_nobody_taught_us_is_kept() -> None:
    assert streamed(line(images=["aGk="]), DONE)[0] == Unknown(
        "message.images", ["aGk="]
    )


@pytest.mark.parametrize(
    "message",
    [
        {"content": 1},
        {"thinking": {}, "content": ["a"]},
        {"tool_calls": 7},
        {"tool_calls": [call("f", {}, id=[1])]},
        {"tool_calls": [call({"a": 1}, {})]},  # type: ignore[arg-type]  # that is the point
    ],
)
def test_words_that_are_none_are_an_error_of_the_wire(message: JsonObject) -> None:
    with pytest.raises(WireError, match="unexpected shape"):
        streamed(line(**message), DONE)


def test_a_line_that_is_no_json_is_an_error_of_the_wire() -> None:
    with pytest.raises(WireError):
        list(hear(PROVIDER, 200, NDJSON, [b"data: {}\n\n"]))


# ------------------------------------------------------------------- saying


def test_each_chunk_is_a_line_and_each_call_is_whole() -> None:
    events: list[Event] = [
        StreamEvent("reasoning", "h", 0),
        StreamEvent("text", "a", 1),
        StreamEvent("text", "b", 1),
        StreamEvent("tool_call_name", "f", 2, "c"),
        StreamEvent("tool_call_args", '{"a"', 2, "c"),
        StreamEvent("tool_call_args", ":1}", 2, "c"),
        Usage(1, 2),
        Finish("tool_calls"),
    ]
    spoken = speak(PROVIDER, events, stream=True)
    assert spoken.headers == NDJSON
    lines = [json.loads(chunk) for chunk in spoken.chunks]
    assert [said["message"] for said in lines] == [
        {"role": "assistant", "content": "", "thinking": "h"},
        {"role": "assistant", "content": "a"},
        {"role": "assistant", "content": "b"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [call("f", {"a": 1}, id="c")],
        },
        {"role": "assistant", "content": ""},
    ]
    assert [said["done"] for said in lines] == [False] * 4 + [True]
    assert lines[-1]["done_reason"] == "stop"
    assert (lines[-1]["prompt_eval_count"], lines[-1]["eval_count"]) == (1, 2)


TEXT = TextPart("a")
CALL = ToolCallPart("f", {}, "c")
UNSAYABLE: dict[str, tuple[Part, ...]] = {
    "one text part": (TEXT, TextPart("b")),
    "in this order only": (CALL, TEXT),
    "keeps nothing beside a text": (TextPart("a", ours(x=1)),),
    "nothing beside a tool_call": (ToolCallPart("f", {}, "c", False, {"other": {}}),),
    "no empty text part": (TextPart(""),),
    "no withheld reasoning": (ReasoningPart("", True),),
    "no tools of its own": (ToolCallPart("f", {}, "c", True),),
    "calls come whole": (ToolCallPart("f", {"_raw": '{"a'}),),
    "hold no attachments": (AttachmentPart(Attachment("image/png", content=PNG)),),
}


@pytest.mark.parametrize(("reason", "parts"), UNSAYABLE.items(), ids=UNSAYABLE)
def test_what_cannot_be_said_is_said_to_be_so(
    reason: str, parts: tuple[Part, ...]
) -> None:
    (said,) = PROVIDER.cannot_say(Message("assistant", parts))
    assert reason in said


def test_what_can_be_said_has_nothing_against_it() -> None:
    parts = (ReasoningPart("h"), TEXT, CALL, ToolCallPart("g", {"a": 1}))
    assert PROVIDER.cannot_say(Message("assistant", parts)) == []


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([Finish("refusal")], "no done_reason says 'refusal'"),
        ([Usage(1, 2, {"cached": 1}), Finish("stop")], "no count of cached tokens"),
        (
            [
                StreamEvent("tool_call_name", "f", 0),
                StreamEvent("text", "a", 1),
                Finish("stop"),
            ],
            "in this order only",
        ),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_without_words_for_it_is_refused(
    events: list[Event], reason: str, stream: bool
) -> None:
    with pytest.raises(NotExpressible, match=reason):
        speak(PROVIDER, events, stream=stream)


def test_errors_are_said_in_both_ways() -> None:
    events: list[Event] = [StreamEvent("text", "a", 0), Error("no", "k")]
    spoken = speak(PROVIDER, events, stream=True)
    assert json.loads(spoken.chunks[-1]) == {"error": "no"}
    assert PROVIDER.synthesise_whole(events) == {"error": "no"}
    truncated = [events[0], Error("cut", "truncated")]
    assert len(speak(PROVIDER, truncated, stream=True).chunks) == 1


# ------------------------------------------------------------------- asking

SCHEMA = {"type": "object", "properties": {}}


def test_a_request_says_everything_and_is_read_back() -> None:
    turn = Turn(
        "m",
        (
            Message("system", (TextPart("s"),)),
            Message(
                "user",
                (TEXT, AttachmentPart(Attachment("image/png", content=PNG))),
            ),
            Message("assistant", (ReasoningPart("h"), TEXT, CALL)),
            Message("tool", (ToolResultPart("f", "1", "c"), ToolResultPart("g", "2"))),
        ),
        (Tool("f", "does", SCHEMA), Tool("g", None, SCHEMA)),
        False,
        SCHEMA,
        {"think": True, "options": {"num_ctx": 9}, "keep_alive": "5m"},
    )
    body = PROVIDER.encode(turn)
    assert body == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": "a", "images": ["iVBORw0KGgo="]},
            {
                "role": "assistant",
                "content": "a",
                "thinking": "h",
                "tool_calls": [call("f", {}, id="c")],
            },
            {"role": "tool", "content": "1", "tool_name": "f", "tool_call_id": "c"},
            {"role": "tool", "content": "2", "tool_name": "g"},
        ],
        "tools": [
            {
                "type": "function",
                "function": {"name": "f", "description": "does", "parameters": SCHEMA},
            },
            {"type": "function", "function": {"name": "g", "parameters": SCHEMA}},
        ],
        "stream": False,
        "format": SCHEMA,
        "think": True,
        "options": {"num_ctx": 9},
        "keep_alive": "5m",
    }
    assert PROVIDER.parse(json.loads(json.dumps(body))) == turn


def test_a_request_that_does_not_say_so_streams() -> None:
    assert PROVIDER.parse({"model": "m", "messages": []}).stream is True


def test_json_without_a_schema_is_an_option() -> None:
    body = {"model": "m", "messages": [], "stream": False, "format": "json"}
    turn = PROVIDER.parse(body)
    assert (turn.schema, turn.options) == (None, {"format": "json"})
    assert PROVIDER.encode(turn) == body


def test_a_result_without_a_name_has_that_of_its_call() -> None:
    said = {"role": "assistant", "content": "", "tool_calls": [call("f", {}, id="c")]}
    result = {"role": "tool", "content": "1", "tool_call_id": "c"}
    turn = PROVIDER.parse({"model": "m", "messages": [said, result]})
    assert turn.messages[1].parts == (ToolResultPart("f", "1", "c"),)


def test_what_a_request_says_beside_comes_back() -> None:
    body = {
        "model": "m",
        "messages": [{"role": "user", "content": "a", "name": "Ann"}],
        "tools": [{"type": "web"}],
        "stream": True,
    }
    turn = PROVIDER.parse(body)
    assert turn.messages[0].provider_metadata == ours(name="Ann")
    assert turn.tools == (ServerSideTool({"type": "web"}),)
    with pytest.raises(NotExpressible, match="no tools of its own"):
        PROVIDER.encode(turn)


def test_an_answer_that_went_back_and_forth_is_sent_with_its_words_together() -> None:
    message = Message("assistant", (TEXT, CALL, TextPart("b")))
    (said,) = PROVIDER.encode(Turn("m", (message,)))["messages"]
    assert said["content"] == "ab"


UNASKABLE: dict[str, tuple[str, Part]] = {
    "an attachment part is an image, not application/pdf": (
        "user",
        AttachmentPart(Attachment("application/pdf", content=b"%PDF")),
    ),
    "an attachment part is given by its bytes": (
        "user",
        AttachmentPart(Attachment("image/png", url="https://e.org/a.png")),
    ),
    "no assistant message can carry a part of attachment": (
        "assistant",
        AttachmentPart(Attachment("image/png", content=PNG)),
    ),
    "no assistant message can carry a part of redacted reasoning": (
        "assistant",
        ReasoningPart("", True),
    ),
    "no assistant message can carry a part of server-side tool call": (
        "assistant",
        ToolCallPart("f", {}, "c", True),
    ),
    "no message can carry a server-side tool_result": (
        "assistant",
        ToolResultPart("f", "1", "c", True),
    ),
    "a tool_result part carries no attachments": (
        "tool",
        ToolResultPart("f", "1", "c", attachments=(Attachment("image/png"),)),
    ),
    "the arguments of a tool_call part are an object": (
        "assistant",
        ToolCallPart("f", [1]),
    ),
    "no user message can carry a part of tool_call": ("user", CALL),
}


@pytest.mark.parametrize(("reason", "asked"), UNASKABLE.items(), ids=UNASKABLE)
def test_what_cannot_be_asked_is_named(reason: str, asked: tuple[str, Part]) -> None:
    role, part = asked
    with pytest.raises(NotExpressible, match=f"^ollama: {reason}$"):
        PROVIDER.encode(Turn("m", (Message(role, (part,)),)))


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF----WEBP", "image/webp"),
        (b"?", "image/*"),
    ],
)
def test_a_picture_is_known_by_how_it_begins(start: bytes, kind: str) -> None:
    picture = AttachmentPart(Attachment(kind, content=start))
    turn = Turn("m", (Message("user", (picture,)),))
    assert PROVIDER.parse(PROVIDER.encode(turn)) == turn


def test_a_picture_that_is_not_base64_is_refused() -> None:
    message = {"role": "user", "content": "a", "images": ["data:image/png;base64,aGk="]}
    with pytest.raises(NotExpressible, match="not base64"):
        PROVIDER.parse({"model": "m", "messages": [message]})


# ------------------------------------------------------------------ the facts


def test_a_key_is_sent_if_there_is_one() -> None:
    assert PROVIDER.headers(None) == {}
    assert PROVIDER.headers("k") == {"authorization": "Bearer k"}
    assert PROVIDER.key_env == "OLLAMA_API_KEY"


def test_its_path_is_known_to_show() -> None:
    address = PROVIDER.base_url + PROVIDER.path(Turn("m", ()))
    assert guessed(address) == PROVIDER.name


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ("finish_reason: refusal", "ollama: no done_reason says 'refusal'"),
        ("usage: {details: {cached: 1}}", "ollama: no count of cached tokens"),
    ],
)
def test_what_the_wire_has_no_word_for_does_not_apply(fields: str, reason: str) -> None:
    says = f"says: {{parts: [{{type: text, text: a}}], {fields}}}"
    case = f"provider: ollama, prompt: Hi, {says}"
    suite = read(f"harness: 1\nsuite: s\ncases: [{{id: c, {case}}}]\n", ("ollama",))
    (only,) = suite.cases
    assert rehearse(only, PROVIDER, stream=True).inapplicable == reason
