"""Bedrock's Converse: frames, whole objects and requests, heard and said again."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from harness.errors import NotExpressible, WireError
from harness.message.assemble import assemble, disassemble
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
from harness.providers._square import hear, refuse, speak
from harness.providers.bedrock import PROVIDER
from harness.run.rehearse import rehearse
from harness.wire.frame import Frame
from harness.wire.http import Headers
from tests.suite.reading import read

STREAM: Headers = (("content-type", "application/vnd.amazon.eventstream"),)
JSON: Headers = (("content-type", "application/json"),)

Lines = list[tuple[str, JsonObject]]


def ours(**data: Any) -> JsonObject:
    return {"bedrock": data}


def at(index: int, tag: str, **fields: Any) -> tuple[str, JsonObject]:
    return f"contentBlock{tag}", {"contentBlockIndex": index} | fields


def block(index: int, *deltas: JsonObject, start: JsonObject | None = None) -> Lines:
    """A block as the API streams it: a start only where there is something to say."""
    begins = [] if start is None else [at(index, "Start", start=start)]
    said = [at(index, "Delta", delta=delta) for delta in deltas]
    return [*begins, *said, at(index, "Stop")]


START: Lines = [("messageStart", {"role": "assistant"})]
METRICS = {"latencyMs": 7}
COUNTS = {"inputTokens": 3, "outputTokens": 4, "totalTokens": 7}


def ended(reason: str = "end_turn") -> Lines:
    cost = {"metrics": METRICS, "usage": COUNTS}
    return [("messageStop", {"stopReason": reason}), ("metadata", cost)]


def frames(lines: Lines) -> list[Frame]:
    """Each padded to its own length, as on the wire."""
    said = enumerate(lines)
    return [
        Frame(json.dumps(data | {"p": "abc"[: n % 4]}), tag) for n, (tag, data) in said
    ]


def streamed(
    *lines: tuple[str, JsonObject], more: tuple[Frame, ...] = ()
) -> list[Event]:
    body = PROVIDER.framing.write([*frames(list(lines)), *more])
    return list(hear(PROVIDER, 200, STREAM, body))


def whole(*content: JsonObject, reason: str = "end_turn", **beside: Any) -> list[Event]:
    message = {"role": "assistant", "content": list(content)}
    said: JsonObject = {"output": {"message": message}, "stopReason": reason}
    said |= {"usage": COUNTS, "metrics": METRICS} | beside
    return list(hear(PROVIDER, 200, JSON, [json.dumps(said).encode()]))


def parts_of(events: list[Event]) -> list[Part]:
    return [part for message in assemble(events) for part in message.parts]


# ------------------------------------------------------------------ hearing

BLOB = base64.b64encode(b"RXU4RUNr").decode()
PNG = base64.b64encode(b"\x89PNG").decode()
CITED = {
    "title": "t",
    "sourceContent": [{"text": "s"}],
    "location": {"documentPage": {"documentIndex": 0, "start": 1, "end": 2}},
}
WEB = {"location": {"web": {"url": "https://e.org", "domain": "e.org"}}}
CALL: JsonObject = {"toolUseId": "t1", "name": "f"}
RUN: JsonObject = {"toolUseId": "t1", "name": "run", "type": "server_tool_use"}
RAN: JsonObject = {"toolUseId": "t1", "status": "success", "type": "run_result"}
OUT: list[JsonObject] = [{"json": {"stdOut": "7", "exitCode": 0}}]

BLOCKS: dict[str, tuple[Lines, JsonObject, Part]] = {
    "text": (
        block(0, {"text": "Hé"}, {"text": "llo"}),
        {"text": "Héllo"},
        TextPart("Héllo"),
    ),
    "thought and signature": (
        block(
            0,
            {"reasoningContent": {"text": "h"}},
            {"reasoningContent": {"text": "m"}},
            {"reasoningContent": {"signature": "sig=="}},
        ),
        {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "sig=="}}},
        ReasoningPart("hm", provider_metadata=ours(signature="sig==")),
    ),
    "only a signature": (
        block(0, {"reasoningContent": {"signature": "sig=="}}),
        {"reasoningContent": {"reasoningText": {"text": "", "signature": "sig=="}}},
        ReasoningPart("", provider_metadata=ours(signature="sig==")),
    ),
    "a withheld thought": (
        block(0, {"reasoningContent": {"redactedContent": BLOB}}),
        {"reasoningContent": {"redactedContent": BLOB}},
        ReasoningPart("", True, ours(redactedContent=BLOB)),
    ),
    "cited text": (
        block(0, {"citation": CITED}, {"citation": WEB}, {"text": "a"}, {"text": "b"}),
        {"citationsContent": {"content": [{"text": "ab"}], "citations": [CITED, WEB]}},
        TextPart("ab", ours(citations=[CITED, WEB])),
    ),
    "a source for no word": (
        block(0, {"citation": WEB}),
        {"citationsContent": {"citations": [WEB]}},
        TextPart("", ours(citations=[WEB])),
    ),
    "a call": (
        block(
            0,
            {"toolUse": {"input": '{"a'}},
            {"toolUse": {"input": '": [1]}'}},
            start={"toolUse": CALL},
        ),
        {"toolUse": CALL | {"input": {"a": [1]}}},
        ToolCallPart("f", {"a": [1]}, "t1"),
    ),
    "a tool that the provider runs": (
        block(0, {"toolUse": {"input": "{}"}}, start={"toolUse": RUN}),
        {"toolUse": RUN | {"input": {}}},
        ToolCallPart("run", {}, "t1", server_executed=True),
    ),
    "what it gave back": (
        block(0, {"toolResult": OUT}, start={"toolResult": RAN}),
        {"toolResult": RAN | {"content": OUT}},
        ToolResultPart(
            "run",
            '{"stdOut":"7","exitCode":0}',
            "t1",
            server_executed=True,
            provider_metadata=ours(status="success", type="run_result", content=OUT),
        ),
    ),
    "its words": (
        block(0, {"toolResult": [{"text": "7"}]}, start={"toolResult": RAN}),
        {"toolResult": RAN | {"content": [{"text": "7"}]}},
        ToolResultPart(
            "run",
            "7",
            "t1",
            server_executed=True,
            provider_metadata=ours(status="success", type="run_result"),
        ),
    ),
    "that it failed": (
        block(
            0,
            {"toolResult": [{"text": "no"}]},
            start={"toolResult": RAN | {"status": "error"}},
        ),
        {"toolResult": RAN | {"status": "error", "content": [{"text": "no"}]}},
        ToolResultPart(
            "run",
            "no",
            "t1",
            server_executed=True,
            exception="no",
            provider_metadata=ours(type="run_result"),
        ),
    ),
    "a picture": (
        block(
            0,
            {"image": {"source": {"bytes": PNG}}},
            start={"image": {"format": "png"}},
        ),
        {"image": {"format": "png", "source": {"bytes": PNG}}},
        AttachmentPart(Attachment("image/png", content=b"\x89PNG")),
    ),
    "a picture in S3": (
        block(
            0,
            {
                "image": {
                    "source": {"s3Location": {"uri": "s3://b/a", "bucketOwner": "1"}},
                    "error": {"message": "blurred"},
                }
            },
            start={"image": {"format": "webp"}},
        ),
        {
            "image": {
                "format": "webp",
                "source": {"s3Location": {"uri": "s3://b/a", "bucketOwner": "1"}},
                "error": {"message": "blurred"},
            }
        },
        AttachmentPart(
            Attachment("image/webp", url="s3://b/a"),
            ours(error={"message": "blurred"}, bucketOwner="1"),
        ),
    ),
}
"""A block as it streams, as it is whole, and the part that it is."""

by_block = pytest.mark.parametrize(
    ("lines", "said", "part"), BLOCKS.values(), ids=list(BLOCKS)
)


@by_block
def test_a_block_is_its_part_streamed_and_whole(
    lines: Lines, said: JsonObject, part: Part
) -> None:
    for events in (streamed(*START, *lines, *ended()), whole(said)):
        assert parts_of(events) == [part]
        assert isinstance(events[-1], Finish)
        assert not any(isinstance(event, Unknown) for event in events)


@by_block
def test_what_was_heard_is_said_in_the_same_words(
    lines: Lines, said: JsonObject, part: Part
) -> None:
    events = streamed(*START, *lines, *ended())
    spoken = list(PROVIDER.framing.read(speak(PROVIDER, events, stream=True).chunks))
    assert [(f.event, json.loads(f.data)) for f in spoken][1:-2] == lines
    (content,) = PROVIDER.synthesise_whole(events)["output"]["message"]["content"]
    assert content == said


@by_block
def test_a_part_goes_back_as_the_block_it_was(
    lines: Lines, said: JsonObject, part: Part
) -> None:
    (message,) = PROVIDER.encode(Turn("m", (Message("assistant", (part,)),)))[
        "messages"
    ]
    assert message == {"role": "assistant", "content": [said]}
    turn = PROVIDER.parse({"messages": [message]})
    assert turn.messages == (Message("assistant", (part,)),)


def test_keys_of_a_frame_are_sorted_as_the_api_sorts_them() -> None:
    events = streamed(*START, *BLOCKS["a call"][0], *ended())
    for frame in PROVIDER.synthesise(events):
        keys = list(json.loads(frame.data))
        assert keys == sorted(keys)


@pytest.mark.parametrize("start", [{}, {"text": ""}, {"text": {}}])
def test_text_may_say_how_it_starts(start: JsonObject) -> None:
    lines = block(0, {"text": "a"}, start=start)
    assert parts_of(streamed(*START, *lines, *ended())) == [TextPart("a")]


def test_words_in_the_start_are_words() -> None:
    lines = block(0, {"text": "b"}, start={"text": "a"})
    assert parts_of(streamed(*START, *lines, *ended())) == [TextPart("ab")]


def test_a_block_of_nothing_is_no_part() -> None:
    lines = [*block(0, {"text": ""}), *block(1, {"reasoningContent": {"text": "h"}})]
    assert parts_of(streamed(*START, *lines, *ended())) == [ReasoningPart("h")]
    assert parts_of(whole({"text": ""}, {"text": "a"})) == [TextPart("a")]


def test_blocks_may_interleave() -> None:
    one = block(0, {"text": "a"}, {"text": "b"})
    two = block(1, {"toolUse": {"input": '{"x":1}'}}, start={"toolUse": CALL})
    mixed = [one[0], two[0], two[1], one[1], one[2], two[2]]
    assert parts_of(streamed(*START, *mixed, *ended())) == [
        TextPart("ab"),
        ToolCallPart("f", {"x": 1}, "t1"),
    ]


def test_nova_says_of_a_call_that_it_is_one() -> None:
    said = CALL | {"type": "tool_use"}
    lines = block(0, {"toolUse": {"input": "{}"}}, start={"toolUse": said})
    events = streamed(*START, *lines, *ended("tool_use"))
    assert parts_of(events) == [ToolCallPart("f", {}, "t1")]
    # In a request the API has no such word.
    assert "type" not in json.dumps(PROVIDER.synthesise_whole(events)["output"])


@pytest.mark.parametrize("pieces", [[], [""]])
def test_a_call_without_arguments_has_none(pieces: list[str]) -> None:
    lines = block(
        0, *({"toolUse": {"input": p}} for p in pieces), start={"toolUse": CALL}
    )
    assert parts_of(streamed(*START, *lines, *ended())) == [ToolCallPart("f", {}, "t1")]


def test_arguments_that_were_cut_off_are_kept_as_they_are() -> None:
    lines = block(0, {"toolUse": {"input": '{"a'}}, start={"toolUse": CALL})
    events = streamed(*START, *lines, *ended("max_tokens"))
    (part,) = parts_of(events)
    assert part == ToolCallPart("f", {"_raw": '{"a'}, "t1")
    again = PROVIDER.synthesise_whole(events)
    assert parts_of(list(PROVIDER.decode_whole(again))) == [part]


def test_a_result_may_come_in_pieces() -> None:
    lines = block(
        0,
        {"toolResult": [{"text": "a"}]},
        {"toolResult": [{"text": "b"}, {"json": {"c": 1}}]},
        {"toolResult": []},
        {"toolResult": [{"text": "d"}]},
        start={"toolResult": {"toolUseId": "t1", "type": "run_result"}},
    )
    (part,) = parts_of(streamed(*START, *lines, *ended()))
    assert isinstance(part, ToolResultPart)
    assert (part.name, part.output) == ("run", 'ab\n{"c":1}\nd')
    assert part.provider_metadata == ours(
        type="run_result", content=[{"text": "ab"}, {"json": {"c": 1}}, {"text": "d"}]
    )


def test_a_result_is_named_for_the_call_it_answers() -> None:
    result = {"toolUseId": "t1", "content": [{"text": "7"}]}
    call, part = parts_of(
        whole({"toolUse": RUN | {"input": {}}}, {"toolResult": result})
    )
    assert getattr(call, "name", "") == getattr(part, "name", "") == "run"


def test_a_picture_may_come_in_pieces() -> None:
    pieces = [base64.b64encode(piece).decode() for piece in (b"\x89P", b"NG")]
    lines = block(
        0,
        *({"image": {"source": {"bytes": piece}}} for piece in pieces),
        start={"image": {"format": "png"}},
    )
    (part,) = parts_of(streamed(*START, *lines, *ended()))
    assert part == AttachmentPart(Attachment("image/png", content=b"\x89PNG"))


def test_cited_pieces_are_one_text() -> None:
    said = {"content": [{"text": "a"}, {"text": "b"}], "citations": [WEB]}
    assert parts_of(whole({"citationsContent": said})) == [
        TextPart("ab", ours(citations=[WEB]))
    ]


@pytest.mark.parametrize(
    ("theirs", "reason"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_calls"),
        ("guardrail_intervened", "content_filter"),
        ("content_filtered", "content_filter"),
        ("malformed_model_output", "other"),
        ("malformed_tool_use", "other"),
    ],
)
def test_the_stop_reason_is_ours_and_theirs(theirs: str, reason: str) -> None:
    for events in (streamed(*START, *ended(theirs)), whole(reason=theirs)):
        finish = Finish(reason, theirs, ours(metrics=METRICS))
        assert events == [Usage(3, 4, {"totalTokens": 7}), finish]
        assert PROVIDER.synthesise_whole(events)["stopReason"] == theirs


def test_a_stop_reason_that_nobody_taught_us_is_kept() -> None:
    (*_, finish) = streamed(*START, *ended("tired"))
    assert isinstance(finish, Finish)
    assert (finish.reason, finish.provider_reason) == ("other", "tired")
    assert PROVIDER.synthesise_whole([finish])["stopReason"] == "tired"


def test_an_answer_that_calls_waits_for_it_whatever_it_says() -> None:
    said = {"toolUse": CALL | {"input": {}}}
    lines = block(0, {"toolUse": {"input": "{}"}}, start={"toolUse": CALL})
    for events in (streamed(*START, *lines, *ended()), whole(said)):
        finish = events[-1]
        assert isinstance(finish, Finish)
        assert (finish.reason, finish.provider_reason) == ("tool_calls", "end_turn")
        assert PROVIDER.synthesise_whole(events)["stopReason"] == "end_turn"


def test_a_call_that_the_provider_runs_is_not_waited_for() -> None:
    said = {"toolUse": RUN | {"input": {}}}
    lines = block(0, {"toolUse": {"input": "{}"}}, start={"toolUse": RUN})
    for events in (streamed(*START, *lines, *ended()), whole(said)):
        assert getattr(events[-1], "reason", None) == "stop"


COST = {
    "inputTokens": 3,
    "outputTokens": 5,
    "totalTokens": 108,
    "cacheReadInputTokens": 60,
    "cacheWriteInputTokens": 40,
    "cacheDetails": [{"ttl": "5m", "inputTokens": 40}],
}


def test_counts_have_our_names_and_the_rest_their_own() -> None:
    details = {
        "totalTokens": 108,
        "cacheDetails": COST["cacheDetails"],
        "cached": 60,
        "cache_write": 40,
    }
    lines = [ended()[0], ("metadata", {"usage": COST, "metrics": {}})]
    for events in (streamed(*START, *lines), whole(usage=COST)):
        assert events[0] == Usage(3, 5, details)
        assert PROVIDER.synthesise_whole(events)["usage"] == COST


def test_the_total_that_nobody_gave_counts_what_was_cached() -> None:
    said: list[Event] = [Usage(3, 5, {"cached": 60, "cache_write": 40}), Finish("stop")]
    assert PROVIDER.synthesise_whole(said)["usage"]["totalTokens"] == 108
    assert PROVIDER.synthesise_whole([Finish("stop")])["usage"] == {
        "inputTokens": 0,
        "outputTokens": 0,
        "totalTokens": 0,
    }


def test_what_an_answer_says_of_itself_is_kept_and_said_in_its_place() -> None:
    trace = {"guardrail": {"actionReason": "masked"}}
    beside = {"trace": trace, "serviceTier": {"type": "flex"}, "news": 1}
    fields = {"additionalModelResponseFields": {"stop_sequence": "."}}
    stop = {"stopReason": "stop_sequence"} | fields
    cost = {"usage": COUNTS, "metrics": METRICS} | beside
    lines: Lines = [("messageStop", stop), ("metadata", cost)]
    said = streamed(*START, *lines)
    assert said == whole(reason="stop_sequence", **beside, **fields)
    assert said[-1] == Finish(
        "stop", "stop_sequence", ours(**fields, metrics=METRICS, **beside)
    )
    spoken = [(f.event, json.loads(f.data)) for f in PROVIDER.synthesise(said)]
    assert spoken[1:] == lines


def test_the_counts_may_be_missing_but_not_the_end() -> None:
    assert streamed(*START, ended()[0]) == [Finish("stop", "end_turn")]


FULL = [*START, *BLOCKS["a call"][0], *ended()]


@pytest.mark.parametrize("kept", range(len(FULL) - 1))
def test_a_stream_that_stops_before_its_end_is_truncated(kept: int) -> None:
    events = streamed(*FULL[:kept])
    assert isinstance(events[-1], Error)
    assert (events[-1].kind, events[-1].retryable) == ("truncated", True)
    assert [e for e in events if isinstance(e, Finish | Error)] == events[-1:]
    spoken = speak(PROVIDER, events, stream=True)
    again = list(hear(PROVIDER, 200, spoken.headers, spoken.chunks))
    assert again[-1] == events[-1]
    assert assemble(again) == assemble(events)


def test_a_frame_cut_short_is_a_stream_that_stopped() -> None:
    body = b"".join(PROVIDER.framing.write(frames(FULL[:-1])))
    for kept in range(len(body)):
        (*_, last) = hear(PROVIDER, 200, STREAM, [body[:kept]])
        assert isinstance(last, Error)
        assert last.kind == "truncated"


@pytest.mark.parametrize("name", ["what it gave back", "cited text", "a picture"])
def test_what_was_open_when_the_stream_stopped_is_not_lost(name: str) -> None:
    lines, _, part = BLOCKS[name]
    assert parts_of(streamed(*START, *lines[:-1])) == [part]


# ------------------------------------------------------------------- errors


def exception(kind: str, **payload: Any) -> Frame:
    return Frame(json.dumps(payload), kind, kind="exception")


FAILURES = [
    ("throttlingException", "ThrottlingException", 429, True),
    ("serviceUnavailableException", "ServiceUnavailableException", 503, True),
    ("internalServerException", "InternalServerException", 500, True),
    ("modelStreamErrorException", "ModelStreamErrorException", 424, True),
    ("validationException", "ValidationException", 400, False),
]


@pytest.mark.parametrize(("tag", "kind", "status", "retryable"), FAILURES)
def test_an_exception_ends_the_stream_and_keeps_what_came(
    tag: str, kind: str, status: int, retryable: bool
) -> None:
    failed = exception(tag, message="no", p="abc")
    events = streamed(*START, *block(0, {"text": "a"}), more=(failed, *frames(ended())))
    assert events == [StreamEvent("text", "a", 0), Error("no", kind, status, retryable)]
    (*_, frame) = PROVIDER.synthesise(events)
    assert frame == Frame('{"message":"no"}', tag, kind="exception")


def test_an_exception_says_what_the_model_said() -> None:
    facts = {"originalStatusCode": 500, "originalMessage": "oops"}
    failed = exception("modelStreamErrorException", message="no", **facts)
    (error,) = streamed(more=(failed,))
    assert error == Error("no", "ModelStreamErrorException", 424, True, ours(**facts))
    (*_, frame) = PROVIDER.synthesise([error])
    assert json.loads(frame.data) == {"message": "no"} | facts


def test_an_error_frame_is_an_error_by_its_code() -> None:
    failed = Frame("it broke", "InternalFailure", kind="error")
    (error,) = streamed(more=(failed,))
    assert error == Error("it broke", "InternalFailure")
    (*_, frame) = PROVIDER.synthesise([error])
    assert frame == failed


@pytest.mark.parametrize("payload", ["", "[]", "null", '"words"'])
def test_an_exception_of_any_payload_is_an_error(payload: str) -> None:
    failed = Frame(payload, "throttlingException", kind="exception")
    (error,) = streamed(more=(failed,))
    assert isinstance(error, Error)
    assert (error.kind, error.status) == ("ThrottlingException", 429)
    assert error.message


@pytest.mark.parametrize(
    "error",
    [
        Error("no", "AccessDeniedException", 403),
        Error("no", "ModelTimeoutException", 408, True),
    ],
)
def test_an_error_that_no_frame_is_made_for_goes_as_an_error_frame(
    error: Error,
) -> None:
    (*_, frame) = PROVIDER.synthesise([error])
    assert frame == Frame("no", error.kind, kind="error")
    assert streamed(more=(frame,)) == [error]


def test_an_error_without_a_name_is_named_for_its_status() -> None:
    for status, tag in (
        (429, "throttlingException"),
        (None, "internalServerException"),
    ):
        (*_, frame) = PROVIDER.synthesise([Error("no", None, status)])
        assert (frame.event, frame.kind) == (tag, "exception")


COAL = "http://internal.amazon.com/coral/com.amazon.bedrock/"


@pytest.mark.parametrize(
    ("named", "status", "retryable"),
    [
        ("ValidationException", 400, False),
        ("AccessDeniedException", 403, False),
        ("ResourceNotFoundException", 404, False),
        ("ModelTimeoutException", 408, True),
        ("ModelErrorException", 424, False),
        ("ThrottlingException", 429, True),
        ("ModelNotReadyException", 429, True),
        ("InternalServerException", 500, True),
        ("ServiceUnavailableException", 503, True),
    ],
)
def test_an_http_error_is_named_by_its_head(
    named: str, status: int, retryable: bool
) -> None:
    headers = (
        ("x-amzn-RequestId", "r"),
        ("x-amzn-ErrorType", f"{named}:{COAL}"),
        ("Retry-After", "2"),
    )
    (error,) = hear(PROVIDER, status, headers, [b'{"message":"no"}'])
    facts = ours(retry_after="2", request_id="r")
    assert error == Error("no", named, status, retryable, facts)
    said = refuse(PROVIDER, error)
    assert json.loads(b"".join(said.chunks)) == {"__type": named, "message": "no"}
    (again,) = hear(PROVIDER, said.status, said.headers, said.chunks)
    assert again == error  # when to come back, and all


@pytest.mark.parametrize(
    ("body", "message", "kind"),
    [
        ('{"Message":"no"}', "no", None),
        ('{"message":"no","__type":"com.amazon.coral#Throttled"}', "no", "Throttled"),
        ('{"message":null}', "error", None),
        ("<html>", "<html>", None),
        ("", "HTTP 502", None),
        ("[1]", "[1]", None),
    ],
)
def test_an_http_error_is_an_error_whatever_its_body(
    body: str, message: str, kind: str | None
) -> None:
    (error,) = hear(PROVIDER, 502, (), [body.encode()])
    assert error == Error(message, kind, 502, True)


def test_an_error_with_a_good_status_is_an_error() -> None:
    said = PROVIDER.synthesise_whole([Error("no", "ThrottlingException", 429)])
    assert list(PROVIDER.decode_whole(said)) == [
        Error("no", "ThrottlingException", 429, True)
    ]


# ----------------------------------------------------- what nobody taught us


def test_what_nobody_taught_us_is_unknown_and_kept() -> None:
    odd = {"hologram": {"x": 1}}
    lines = block(0, {"light": {"y": 2}}, start=odd)
    events = streamed(*START, ("newEvent", {"z": 3}), *lines, *ended())
    unknown = [e for e in events if isinstance(e, Unknown)]
    assert [e.tag for e in unknown] == [
        "newEvent",
        "contentBlockStart:hologram",
        "contentBlockDelta:light",
    ]
    assert unknown[1].data == odd
    assert [e for e in whole(odd) if isinstance(e, Unknown)] == [
        Unknown("block:hologram", odd)
    ]
    sealed = {"reasoningContent": {"elsewhere": 1}}
    assert whole(sealed)[0] == Unknown("block:reasoningContent", sealed)


@pytest.mark.parametrize("body", [{}, [], "a", {"generation": "a"}])
def test_a_body_that_is_no_answer_is_kept_and_never_an_end(body: Any) -> None:
    said, last = hear(PROVIDER, 200, JSON, [json.dumps(body).encode()])
    assert said == Unknown("body", body)
    assert isinstance(last, Error)
    assert last.kind == "truncated"


WRONG: list[tuple[str, Any]] = [
    ("messageStop", [1]),
    ("contentBlockDelta", {"contentBlockIndex": 0}),
    at(0, "Delta", delta=None),
    at(0, "Delta", delta={"text": 1}),
    at(0, "Delta", delta={"reasoningContent": {"text": ["a"]}}),
    at(0, "Delta", delta={"toolUse": {"input": {"a": 1}}}),
    at(0, "Delta", delta={"image": {"source": {"bytes": "?"}}}),
    ("contentBlockDelta", {"contentBlockIndex": "0", "delta": {"text": "a"}}),
    at(0, "Start", start={"toolUse": {"name": "f"}}),
    at(0, "Start", start={"toolUse": {"toolUseId": [1], "name": "f"}}),
]


@pytest.mark.parametrize("line", WRONG)
def test_json_of_the_wrong_shape_is_a_wire_error_with_its_place(
    line: tuple[str, Any],
) -> None:
    first = b"".join(PROVIDER.framing.write(frames(START)))
    body = b"".join(PROVIDER.framing.write([Frame(json.dumps(line[1]), line[0])]))
    with pytest.raises(WireError, match="unexpected shape") as caught:
        list(hear(PROVIDER, 200, STREAM, [first + body]))
    assert caught.value.offset == len(first)


def test_a_delta_of_another_blocks_kind_is_a_wire_error() -> None:
    lines = [
        at(0, "Start", start={"toolUse": CALL}),
        at(0, "Delta", delta={"text": "a"}),
    ]
    with pytest.raises(WireError, match="block 0 is toolUse, not text"):
        streamed(*START, *lines)


def test_a_stream_that_does_not_say_so_is_known_by_its_first_byte() -> None:
    body = b"".join(PROVIDER.framing.write(frames([*START, *ended()])))
    for headers in ((), (("content-type", "application/json"),)):
        (*_, last) = hear(PROVIDER, 200, headers, [body])
        assert isinstance(last, Finish)


# ------------------------------------------------------------------- saying

SAYABLE = (TextPart("a"), ReasoningPart("h"), ToolCallPart("f", [1], "t1"))
RUNS = ToolCallPart("run", {}, "t1", server_executed=True)
UNSAYABLE: dict[str, tuple[Part, ...]] = {
    "keeps citations beside a text, and nothing else": (TextPart("a", ours(x=1)),),
    "no other provider's metadata": (TextPart("a", {"anthropic": {"x": 1}}),),
    "withheld reasoning is a blob, and has none": (ReasoningPart("", True),),
    "no block that says this reasoning part": (
        ReasoningPart("h", True, ours(redactedContent=BLOB)),
    ),
    "calls and results have ids": (ToolCallPart("f", {}),),
    "only results of server tools": (ToolResultPart("f", "1", "t1"),),
    "gives back on bedrock is text or JSON": (
        RUNS,
        ToolResultPart("run", "", "t1", True, (Attachment("image/png", content=b"x"),)),
    ),
    "no block that says this tool_result part": (
        ToolResultPart("run", "1", "t1", True),
    ),
    "hold pictures, and no other attachments": (
        AttachmentPart(Attachment("application/pdf", content=b"x")),
    ),
    "an attachment part holds something": (AttachmentPart(None),),
    "given by its bytes or an s3:// address": (
        AttachmentPart(Attachment("image/png", url="https://e.org/a.png")),
    ),
    "no image block can carry image/bmp": (
        AttachmentPart(Attachment("image/bmp", content=b"x")),
    ),
}


@pytest.mark.parametrize(("reason", "parts"), UNSAYABLE.items(), ids=UNSAYABLE)
def test_what_cannot_be_said_is_said_to_be_so(
    reason: str, parts: tuple[Part, ...]
) -> None:
    (said,) = PROVIDER.cannot_say(Message("assistant", parts))
    assert reason in said
    with pytest.raises(NotExpressible, match=reason):
        speak(PROVIDER, disassemble([Message("assistant", parts)]), stream=True)


@pytest.mark.parametrize("part", [TextPart(""), ReasoningPart("")])
def test_what_says_nothing_is_not_said(part: TextPart | ReasoningPart) -> None:
    (said,) = PROVIDER.cannot_say(Message("assistant", (part,)))
    assert said == f"bedrock says no empty {part.type} part"


def test_what_can_be_said_has_nothing_against_it() -> None:
    assert PROVIDER.cannot_say(Message("assistant", SAYABLE)) == []


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([Finish("refusal")], "no stopReason says 'refusal'"),
        ([Finish("pause")], "no stopReason says 'pause'"),
        (
            [Usage(1, 2, {"reasoning": 1}), Finish("stop")],
            "no count of reasoning tokens",
        ),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_without_words_for_it_is_refused(
    events: list[Event], reason: str, stream: bool
) -> None:
    with pytest.raises(NotExpressible, match=f"bedrock: {reason}"):
        speak(PROVIDER, events, stream=stream)


def test_opaque_state_is_kept_with_thoughts_alone() -> None:
    assert PROVIDER.opaque(ReasoningPart("h"), "é") == ours(signature="é")
    sealed = base64.b64encode("é".encode()).decode()
    assert PROVIDER.opaque(ReasoningPart("", True), "é") == ours(redactedContent=sealed)
    assert PROVIDER.opaque(TextPart("a"), "é") is None


# ------------------------------------------------------------------- asking

SCHEMA = {"type": "object", "properties": {}}
PDF = base64.b64encode(b"%PDF").decode()


def test_a_request_says_everything_and_is_read_back() -> None:
    turn = Turn(
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        (
            Message("system", (TextPart("s", ours(cachePoint={"type": "default"})),)),
            Message(
                "user",
                (
                    TextPart("a"),
                    AttachmentPart(Attachment("image/png", content=b"\x89PNG")),
                    AttachmentPart(
                        Attachment("application/pdf", content=b"%PDF"), ours(name="R")
                    ),
                    AttachmentPart(
                        Attachment("video/3gpp", url="s3://b/v"), ours(bucketOwner="1")
                    ),
                ),
            ),
            Message(
                "assistant",
                (
                    ReasoningPart("h", provider_metadata=ours(signature="sig")),
                    ToolCallPart("f", {"x": 1}, "t1"),
                    ToolCallPart("g", {}, "t2"),
                ),
            ),
            Message(
                "tool",
                (
                    ToolResultPart("f", "1", "t1"),
                    ToolResultPart("g", "no", "t2", exception="no"),
                ),
            ),
            Message("user", (TextPart("and?", ours(cachePoint={"type": "default"})),)),
        ),
        (
            Tool("f", "does", SCHEMA, provider_metadata=ours(strict=True)),
            Tool("g", None, SCHEMA),
            ServerSideTool({"systemTool": {"name": "nova_grounding"}}),
            ServerSideTool({"cachePoint": {"type": "default"}}),
        ),
        True,
        SCHEMA,
        {
            "inferenceConfig": {"maxTokens": 9},
            "toolConfig": {"toolChoice": {"any": {}}},
            "outputConfig": {"effort": "low"},
            "additionalModelRequestFields": {"thinking": {"type": "adaptive"}},
        },
        ours(schema={"name": "n"}),
    )
    mark = {"cachePoint": {"type": "default"}}
    body = PROVIDER.encode(turn)
    assert body == {
        "system": [{"text": "s"}, mark],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"text": "a"},
                    {"image": {"format": "png", "source": {"bytes": PNG}}},
                    {
                        "document": {
                            "format": "pdf",
                            "name": "R",
                            "source": {"bytes": PDF},
                        }
                    },
                    {
                        "video": {
                            "format": "three_gp",
                            "source": {
                                "s3Location": {"uri": "s3://b/v", "bucketOwner": "1"}
                            },
                        }
                    },
                ],
            },
            {
                "role": "assistant",
                "content": [
                    {
                        "reasoningContent": {
                            "reasoningText": {"text": "h", "signature": "sig"}
                        }
                    },
                    {"toolUse": {"toolUseId": "t1", "name": "f", "input": {"x": 1}}},
                    {"toolUse": {"toolUseId": "t2", "name": "g", "input": {}}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"toolResult": {"toolUseId": "t1", "content": [{"text": "1"}]}},
                    {
                        "toolResult": {
                            "toolUseId": "t2",
                            "content": [{"text": "no"}],
                            "status": "error",
                        }
                    },
                    {"text": "and?"},
                    mark,
                ],
            },
        ],
        "toolConfig": {
            "tools": [
                {
                    "toolSpec": {
                        "name": "f",
                        "description": "does",
                        "inputSchema": {"json": SCHEMA},
                        "strict": True,
                    }
                },
                {"toolSpec": {"name": "g", "inputSchema": {"json": SCHEMA}}},
                {"systemTool": {"name": "nova_grounding"}},
                mark,
            ],
            "toolChoice": {"any": {}},
        },
        "outputConfig": {
            "textFormat": {
                "type": "json_schema",
                "structure": {
                    "jsonSchema": {
                        "schema": '{"type":"object","properties":{}}',
                        "name": "n",
                    }
                },
            },
            "effort": "low",
        },
        "inferenceConfig": {"maxTokens": 9},
        "additionalModelRequestFields": {"thinking": {"type": "adaptive"}},
    }
    path = PROVIDER.path(turn)
    assert path == (
        "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream"
    )
    assert PROVIDER.parse(json.loads(json.dumps(body)), path) == turn


GUARD = {"text": "a", "qualifiers": ["query"]}
JPEG = {"format": "jpeg", "source": {"bytes": PNG}}
FOUND = {"source": "s", "title": "t", "content": [{"text": "c"}]}
CONTENTS: dict[str, list[JsonObject]] = {
    "guarded words": [{"guardContent": {"text": GUARD}}],
    "guarded words of no kind": [{"guardContent": {"text": {"text": "a"}}}],
    "a guarded picture": [{"guardContent": {"image": JPEG}}],
    "a mark before everything": [{"cachePoint": {"type": "default"}}, {"text": "a"}],
    "two marks": [
        {"text": "a"},
        {"cachePoint": {"type": "default", "ttl": "1h"}},
        {"cachePoint": {"type": "default"}},
    ],
    "words that are none": [{"text": ""}, {"text": "a"}],
    "a search result": [{"searchResult": FOUND}],
    "a tool that is added": [{"toolAddition": {"tool": {"name": "f"}}}],
    "a document of text": [
        {"document": {"format": "md", "name": "d", "source": {"text": "# a"}}}
    ],
    "a document of blocks, without a format": [
        {"document": {"name": "d", "source": {"content": [{"text": "a"}]}}}
    ],
    "a document with context": [
        {
            "document": {
                "format": "docx",
                "name": "d",
                "source": {"s3Location": {"uri": "s3://b/d"}},
                "context": "c",
                "citations": {"enabled": True},
            }
        }
    ],
    "a sound in a format of several names": [
        {"audio": {"format": "mpga", "source": {"bytes": PNG}}}
    ],
    "a format nobody taught us": [
        {"image": {"format": "tiff", "source": {"bytes": PNG}}}
    ],
    "bytes that are not base64": [
        {"image": {"format": "png", "source": {"bytes": "AAAA...[elided]"}}}
    ],
    "results of every shape": [
        {
            "toolResult": {
                "toolUseId": "t1",
                "content": [
                    {"json": {"a": 1}},
                    {"image": JPEG},
                    {"text": "b"},
                    {"searchResult": FOUND},
                    {"document": {"name": "d", "source": {"text": "c"}}},
                ],
                "status": "success",
            }
        }
    ],
    "a result without a format": [
        {"toolResult": {"toolUseId": "t1", "content": [{"image": {"source": {}}}]}}
    ],
    "a guarded thing nobody taught us": [{"guardContent": {"x": 1}}],
    "a call that is not the user's": [{"toolUse": CALL | {"input": {}}}],
    "a result of nothing": [{"toolResult": {"toolUseId": "t1", "content": []}}],
    "a failure without words": [
        {"toolResult": {"toolUseId": "t1", "content": [], "status": "error"}}
    ],
    "a result after words": [
        {"text": "a"},
        {"toolResult": {"toolUseId": "t1", "content": [{"text": "b"}]}},
    ],
    "words and a mark after a result": [
        {"toolResult": {"toolUseId": "t1", "content": [{"text": "b"}]}},
        {"cachePoint": {"type": "default"}},
        {"text": "a"},
    ],
}
"""What a user message may hold, beside what every wire has."""


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_what_a_user_sends_is_read_and_sent_again_to_the_letter(
    content: list[JsonObject],
) -> None:
    body = {"messages": [{"role": "user", "content": content}]}
    turn = PROVIDER.parse(body, "/model/m/converse")
    assert PROVIDER.encode(turn) == body
    assert PROVIDER.parse(PROVIDER.encode(turn), PROVIDER.path(turn)) == turn


def parsed(*content: JsonObject, role: str = "user") -> tuple[Part, ...]:
    (message,) = PROVIDER.parse(
        {"messages": [{"role": role, "content": list(content)}]}
    ).messages
    return message.parts


def test_what_we_do_read_is_not_kept_whole() -> None:
    assert parsed({"guardContent": {"text": GUARD}}) == (
        TextPart("a", ours(guardContent={"qualifiers": ["query"]})),
    )
    assert parsed({"guardContent": {"image": JPEG}}) == (
        AttachmentPart(
            Attachment("image/jpeg", content=b"\x89PNG"), ours(guardContent={})
        ),
    )
    assert parsed({"searchResult": FOUND}) == (
        TextPart("", ours(block={"searchResult": FOUND})),
    )


def test_a_result_is_its_words_and_what_it_holds() -> None:
    (result,) = CONTENTS["results of every shape"]
    (part,) = parsed(result)
    assert isinstance(part, ToolResultPart)
    assert part.output == '{"a":1}\nb\nc'
    assert part.attachments == (
        Attachment("image/jpeg", content=b"\x89PNG"),
        Attachment("text/plain", content=b"c"),
    )


def test_a_document_without_a_name_has_one_of_its_own() -> None:
    content = (b"one", b"one", b"two")
    parts = tuple(AttachmentPart(Attachment("text/csv", content=c)) for c in content)
    turn = Turn("m", (Message("user", parts),))
    (message,) = PROVIDER.encode(turn)["messages"]
    names = [said["document"]["name"] for said in message["content"]]
    assert names == ["document-7a6c86f1", "document-7a6c86f1", "document-11ca8a66"]
    assert PROVIDER.parse({"messages": [message]}).messages == turn.messages


@pytest.mark.parametrize(
    ("type_", "format_"),
    [("image/jpg", "jpeg"), ("audio/mp3", "mp3"), ("audio/x-wav", "wav")],
)
def test_a_type_is_known_by_its_other_names(type_: str, format_: str) -> None:
    part = AttachmentPart(Attachment(type_, content=b"x"))
    (message,) = PROVIDER.encode(Turn("m", (Message("user", (part,)),)))["messages"]
    ((kind, said),) = message["content"][0].items()
    assert (kind, said["format"]) == (type_.partition("/")[0], format_)


MESSAGES: dict[str, list[JsonObject]] = {
    "two of one role": [
        {"role": "user", "content": [{"text": "a"}]},
        {"role": "user", "content": [{"text": "b"}]},
    ],
    "words in a message of their own after results": [
        {"role": "assistant", "content": [{"toolUse": CALL | {"input": {}}}]},
        {
            "role": "user",
            "content": [{"toolResult": {"toolUseId": "t1", "content": []}}],
        },
        {"role": "user", "content": [{"text": "a"}]},
    ],
    "the system first, but not before them": [
        {"role": "system", "content": [{"text": "s"}]},
        {"role": "user", "content": [{"text": "a"}]},
    ],
    "the system among them": [
        {"role": "user", "content": [{"text": "a"}]},
        {"role": "system", "content": [{"text": "s"}]},
    ],
    "one with more to say": [{"role": "user", "content": [{"text": "a"}], "x": 1}],
    "one of nothing": [{"role": "user", "content": []}],
}


@pytest.mark.parametrize("messages", MESSAGES.values(), ids=MESSAGES)
def test_messages_stay_apart_where_they_were(messages: list[JsonObject]) -> None:
    for body in ({"messages": messages}, {"system": [], "messages": messages}):
        turn = PROVIDER.parse(body)
        assert PROVIDER.encode(turn) == body


OPTIONS: dict[str, JsonObject] = {
    "no tools": {"toolConfig": {"tools": []}},
    "a choice of no tools": {"toolConfig": {"toolChoice": {"auto": {}}}},
    "a tool without a schema": {"toolConfig": {"tools": [{"toolSpec": {"name": "f"}}]}},
    "a tool described by nothing": {
        "toolConfig": {
            "tools": [
                {
                    "toolSpec": {
                        "name": "f",
                        "description": "",
                        "inputSchema": {"json": {}},
                    }
                }
            ]
        }
    },
    "a tool of another kind": {"toolConfig": {"tools": [{"x": 1}]}},
    "an empty configuration": {"inferenceConfig": {}, "toolConfig": {}},
    "effort alone": {"outputConfig": {"effort": "low"}},
    "a format nobody taught us": {"outputConfig": {"textFormat": {"type": "regex"}}},
    "a schema that is none": {
        "outputConfig": {
            "textFormat": {
                "type": "json_schema",
                "structure": {"jsonSchema": {"schema": "{"}},
            }
        }
    },
}


@pytest.mark.parametrize("beside", OPTIONS.values(), ids=OPTIONS)
def test_what_a_request_says_beside_comes_back(beside: JsonObject) -> None:
    body: JsonObject = {"messages": []} | beside
    assert PROVIDER.encode(PROVIDER.parse(body)) == body


def test_a_schema_is_kept_as_it_was_written() -> None:
    written = '{ "type": "object" }'
    schema = {"schema": written, "name": "n", "description": "d"}
    format_ = {"type": "json_schema", "structure": {"jsonSchema": schema}}
    body = {"messages": [], "outputConfig": {"textFormat": format_}}
    turn = PROVIDER.parse(body)
    assert turn.schema == {"type": "object"}
    assert turn.options == {}
    assert PROVIDER.encode(turn) == body


def test_empty_parts_are_not_sent() -> None:
    said = (TextPart(""), ReasoningPart(""), TextPart("a"))
    (message,) = PROVIDER.encode(Turn("m", (Message("assistant", said),)))["messages"]
    assert message["content"] == [{"text": "a"}]


def test_what_others_said_of_a_part_is_not_sent() -> None:
    part = TextPart("a", {"anthropic": {"cache_control": {}}})
    (message,) = PROVIDER.encode(Turn("m", (Message("user", (part,)),)))["messages"]
    assert message["content"] == [{"text": "a"}]


UNASKABLE: dict[str, tuple[str, Part]] = {
    "no user message can carry a part of tool_call": ("user", RUNS),
    "no user message can carry a part of reasoning": ("user", ReasoningPart("h")),
    "no system message can carry a part of attachment": (
        "system",
        AttachmentPart(Attachment("image/png", content=b"x")),
    ),
    "no developer message can carry a part of text": ("developer", TextPart("a")),
    "withheld reasoning is a blob, and has none": (
        "assistant",
        ReasoningPart("", True),
    ),
    "a tool_call part has an id": ("assistant", ToolCallPart("f", {})),
    "a tool_result part has the id of its call": ("tool", ToolResultPart("f", "1")),
    "no tool_result part can carry a sound": (
        "tool",
        ToolResultPart(
            "f", "", "t1", attachments=(Attachment("audio/wav", content=b"x"),)
        ),
    ),
    "an attachment part is given by its bytes or an s3:// address": (
        "user",
        AttachmentPart(Attachment("image/png", url="https://e.org/a.png")),
    ),
    "no document block can carry application/zip": (
        "user",
        AttachmentPart(Attachment("application/zip", content=b"x")),
    ),
    "no document block can carry an attachment without a type": (
        "user",
        AttachmentPart(Attachment(content=b"x")),
    ),
}


@pytest.mark.parametrize(("reason", "asked"), UNASKABLE.items(), ids=UNASKABLE)
def test_what_cannot_be_asked_is_named(reason: str, asked: tuple[str, Part]) -> None:
    role, part = asked
    with pytest.raises(NotExpressible, match=f"^bedrock: {reason}$"):
        PROVIDER.encode(Turn("m", (Message(role, (part,)),)))


# ------------------------------------------------------------------ the path

ARN = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude"


@pytest.mark.parametrize(
    ("path", "model", "stream"),
    [
        ("/model/amazon.nova-lite-v1%3A0/converse", "amazon.nova-lite-v1:0", False),
        ("/model/amazon.nova-lite-v1:0/converse-stream", "amazon.nova-lite-v1:0", True),
        (f"/model/{ARN}/converse", ARN, False),
        (f"/proxy/model/{ARN.replace('/', '%2F')}/converse-stream?a=/b", ARN, True),
        ("/model/%C3%A9%ff/converse", "é\ufffd", False),
        ("/v1/messages", "", False),
        ("", "", False),
    ],
)
def test_the_path_names_the_model_and_whether_it_streams(
    path: str, model: str, stream: bool
) -> None:
    turn = PROVIDER.parse({"messages": []}, path)
    assert (turn.model, turn.stream) == (model, stream)


def test_a_model_is_escaped_as_aws_escapes_it() -> None:
    assert PROVIDER.path(Turn(ARN, ())) == (
        "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3A"
        "inference-profile%2Fus.anthropic.claude/converse"
    )


@pytest.mark.parametrize("stream", [True, False])
def test_its_path_is_known_to_show(stream: bool) -> None:
    address = PROVIDER.base_url + PROVIDER.path(Turn("a:0", (), stream=stream))
    assert guessed(address) == PROVIDER.name


# ------------------------------------------------------------------ the facts


def test_a_key_is_sent_if_there_is_one() -> None:
    assert PROVIDER.headers(None) == {}
    assert PROVIDER.headers("k") == {"authorization": "Bearer k"}
    assert PROVIDER.key_env == "AWS_BEARER_TOKEN_BEDROCK"


def test_what_the_wire_has_no_word_for_does_not_apply() -> None:
    says = "says: {parts: [{type: text, text: a}], finish_reason: refusal}"
    case = f"provider: bedrock, prompt: Hi, {says}"
    suite = read(f"harness: 1\nsuite: s\ncases: [{{id: c, {case}}}]\n", ("bedrock",))
    (only,) = suite.cases
    reason = "bedrock: no stopReason says 'refusal'"
    assert rehearse(only, PROVIDER, stream=True).inapplicable == reason
