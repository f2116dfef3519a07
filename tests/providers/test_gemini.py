"""Gemini's generateContent: chunks, whole answers and requests, heard and said again."""

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
from harness.providers.gemini import PROVIDER
from harness.providers.gemini.ending import FINISH, NUMBERED
from harness.wire import jsonarray, sse
from harness.wire.frame import Frame
from harness.wire.http import Response

SSE = (("content-type", "text/event-stream"),)
JSON = (("content-type", "application/json; charset=UTF-8"),)
PNG = b"\x89PNG\r\n\x1a\n"
BYTES = b"\xfb\xff\xbf\xff"
"""In base64 these are ``+/+//w==``, and in the other alphabet ``-_-__w``."""


def ours(**data: Any) -> JsonObject:
    return {"gemini": data}


def chunk(*parts: JsonObject, **candidate: Any) -> JsonObject:
    said = {"content": {"parts": list(parts), "role": "model"}} if parts else {}
    return {"candidates": [said | {"index": 0} | candidate]}


def text(words: str, **beside: Any) -> JsonObject:
    return {"text": words} | beside


def call(**said: Any) -> JsonObject:
    return {"functionCall": said}


STOP = chunk(text(""), finishReason="STOP")
SAID = {"modelVersion": "gemini", "responseId": "synthesised"}
"""What an answer says of itself where nobody told."""


def streamed(*chunks: Any) -> list[Event]:
    body = sse.write_crlf(Frame(json.dumps(said)) for said in chunks)
    return list(hear(PROVIDER, 200, SSE, body))


def whole(body: Any) -> list[Event]:
    return list(hear(PROVIDER, 200, JSON, [json.dumps(body).encode()]))


def again(events: list[Event], *, stream: bool) -> list[Event]:
    spoken = speak(PROVIDER, events, stream=stream)
    return list(hear(PROVIDER, 200, spoken.headers, spoken.chunks))


def parts_of(events: list[Event]) -> list[Part]:
    return [part for message in assemble(events) for part in message.parts]


def items_of(*parts: Part) -> list[JsonObject]:
    """What a whole answer of these parts holds."""
    message = Message("assistant", parts)
    body = PROVIDER.synthesise_whole([*disassemble([message]), Finish("stop")])
    (candidate,) = body["candidates"]
    items: list[JsonObject] = candidate["content"]["parts"]
    return items


# --------------------------------------------------------- parts, both ways

SIGNED = {"thoughtSignature": "+/+//w=="}
PARTS: dict[str, tuple[JsonObject, Part]] = {
    "text": (text("a"), TextPart("a")),
    "signed text": (text("a") | SIGNED, TextPart("a", ours(**SIGNED))),
    "a signature on nothing": (text("") | SIGNED, TextPart("", ours(**SIGNED))),
    "a thought": (text("h", thought=True), ReasoningPart("h")),
    "a signed thought": (
        text("h", thought=True) | SIGNED,
        ReasoningPart("h", provider_metadata=ours(**SIGNED)),
    ),
    "a call": (call(name="f", args={"a_b": None}), ToolCallPart("f", {"a_b": None})),
    "a call with an id": (
        call(id="x1", name="f", args={}),
        ToolCallPart("f", {}, "x1"),
    ),
    "a signed call": (
        call(name="f", args={}) | SIGNED,
        ToolCallPart("f", {}, provider_metadata=ours(**SIGNED)),
    ),
    "a call that says more": (
        call(name="f", args={}, priority=1),
        ToolCallPart("f", {}, provider_metadata=ours(functionCall={"priority": 1})),
    ),
    "code": (
        {"executableCode": {"language": "PYTHON", "code": "1"}},
        ToolCallPart("code_execution", {"language": "PYTHON", "code": "1"}, None, True),
    ),
    "signed code with an id": (
        {"executableCode": {"id": "e", "code": "1"}} | SIGNED,
        ToolCallPart("code_execution", {"code": "1"}, "e", True, ours(**SIGNED)),
    ),
    "what code gave": (
        {"codeExecutionResult": {"id": "e", "outcome": "OUTCOME_OK", "output": "1"}},
        ToolResultPart("code_execution", "1", "e", True),
    ),
    "code that failed": (
        {"codeExecutionResult": {"outcome": "OUTCOME_FAILED", "output": "no"}},
        ToolResultPart("code_execution", "no", None, True, exception="OUTCOME_FAILED"),
    ),
    "a search": (
        {"toolCall": {"id": "s", "toolType": "GOOGLE_SEARCH_WEB", "args": {"q": 1}}}
        | SIGNED,
        ToolCallPart("GOOGLE_SEARCH_WEB", {"q": 1}, "s", True, ours(**SIGNED)),
    ),
    "what a search found": (
        {"toolResponse": {"toolType": "URL_CONTEXT", "response": {"output": "a"}}},
        ToolResultPart("URL_CONTEXT", "a", None, True),
    ),
    "what a search found under another name": (
        {"toolResponse": {"toolType": "URL_CONTEXT", "response": {"search_hits": "a"}}},
        ToolResultPart(
            "URL_CONTEXT", "a", None, True, provider_metadata=ours(under="search_hits")
        ),
    ),
    "what a search found that is no text": (
        {"toolResponse": {"toolType": "URL_CONTEXT", "response": {"a_b": [None]}}},
        ToolResultPart(
            "URL_CONTEXT",
            '{"a_b":[null]}',
            None,
            True,
            provider_metadata=ours(whole=True),
        ),
    ),
    "a search without anything found": (
        {"toolResponse": {"toolType": "URL_CONTEXT"}},
        ToolResultPart(
            "URL_CONTEXT", "", None, True, provider_metadata=ours(whole=True)
        ),
    ),
    "a search that failed": (
        {"toolResponse": {"toolType": "URL_CONTEXT", "response": {"error": "no"}}},
        ToolResultPart("URL_CONTEXT", "no", None, True, exception="no"),
    ),
    "a picture": (
        {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}},
        AttachmentPart(Attachment("image/png", content=PNG)),
    ),
    "a picture that was only thought of": (
        {
            "inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="},
            "thought": True,
        }
        | SIGNED,
        AttachmentPart(
            Attachment("image/png", content=PNG), ours(thought=True, **SIGNED)
        ),
    ),
    "a named picture": (
        {"inlineData": {"mimeType": "a/b", "data": "", "displayName": "c"}},
        AttachmentPart(
            Attachment("a/b", content=b""), ours(inlineData={"displayName": "c"})
        ),
    ),
    "a film": (
        {
            "fileData": {"mimeType": "video/mp4", "fileUri": "gs://a/b"},
            "videoMetadata": {"fps": 2},
        },
        AttachmentPart(
            Attachment("video/mp4", url="gs://a/b"), ours(videoMetadata={"fps": 2})
        ),
    ),
    "a film of no type": (
        {"fileData": {"fileUri": "https://youtu.be/a"}},
        AttachmentPart(Attachment(url="https://youtu.be/a")),
    ),
}
"""Items and parts, each made of the other: in answers, and in the history of requests."""


@pytest.mark.parametrize(("item", "part"), PARTS.values(), ids=PARTS)
def test_an_item_is_a_part_in_every_answer(item: JsonObject, part: Part) -> None:
    for events in (streamed(chunk(item), STOP), whole(STOP | chunk(item))):
        assert parts_of(events) == [part]
    in_array = jsonarray.write(Frame(json.dumps(said)) for said in (chunk(item), STOP))
    assert parts_of(list(hear(PROVIDER, 200, JSON, in_array))) == [part]


@pytest.mark.parametrize(("item", "part"), PARTS.values(), ids=PARTS)
def test_a_part_is_said_as_its_item(item: JsonObject, part: Part) -> None:
    assert PROVIDER.cannot_say(Message("assistant", (part,))) == []
    assert items_of(part) == [item]
    said: list[Event] = [*disassemble([Message("assistant", (part,))])]
    events = [*said, Finish("stop")]
    first, last = map(json.loads, (frame.data for frame in PROVIDER.synthesise(events)))
    assert first["candidates"] == chunk(item)["candidates"]
    assert last["candidates"] == STOP["candidates"]


@pytest.mark.parametrize(("item", "part"), PARTS.values(), ids=PARTS)
def test_a_part_goes_back_in_place(item: JsonObject, part: Part) -> None:
    turn = Turn("m", (Message("assistant", (part, part)),))
    body = {"contents": [{"role": "model", "parts": [item, item]}]}
    assert PROVIDER.encode(turn) == body
    assert PROVIDER.parse(body, PROVIDER.path(turn)) == turn


SPELT: dict[str, tuple[JsonObject, Part]] = {
    "snake case": (
        {"function_call": {"name": "f_g", "args": {"a_b": {"c_d": 1}}}},
        ToolCallPart("f_g", {"a_b": {"c_d": 1}}),
    ),
    "a signature in snake case": (
        text("a", thought_signature="+/+//w=="),
        TextPart("a", ours(**SIGNED)),
    ),
    "a signature in the other alphabet stays as it came": (
        text("a", thoughtSignature="-_-__w"),
        TextPart("a", ours(thoughtSignature="-_-__w")),
    ),
    "nulls": (
        {"text": "a", "thought": None, "inlineData": None, "thoughtSignature": None},
        TextPart("a"),
    ),
    "a null that is an argument": (
        {"function_call": {"name": "f", "args": {"a": None}, "id": None}},
        ToolCallPart("f", {"a": None}),
    ),
    "what is no thought": (text("a", thought=False), TextPart("a")),
    "a signature and nothing else": (dict(SIGNED), TextPart("", ours(**SIGNED))),
    "a call without arguments": (call(name="f"), ToolCallPart("f", {})),
    "a call with an empty id": (call(name="f", id=""), ToolCallPart("f", {})),
    "bytes in the other alphabet": (
        {"inline_data": {"mime_type": "a/b", "data": "-_-__w=="}},
        AttachmentPart(Attachment("a/b", content=BYTES)),
    ),
    "bytes without padding": (
        {"inlineData": {"mimeType": "a/b", "data": "+/+//w"}},
        AttachmentPart(Attachment("a/b", content=BYTES)),
    ),
    "bytes that are none": (
        {"inlineData": {"mimeType": "a/b", "data": "[elided]"}},
        AttachmentPart(None, ours(inlineData={"mimeType": "a/b", "data": "[elided]"})),
    ),
    "an outcome by number": (
        {"codeExecutionResult": {"outcome": 2, "output": "no"}},
        ToolResultPart("code_execution", "no", None, True, exception="OUTCOME_FAILED"),
    ),
    "no outcome": (
        {"code_execution_result": {"output": "1"}},
        ToolResultPart("code_execution", "1", None, True),
    ),
    "a result of ours": (
        {"functionResponse": {"name": "f", "response": {"output": "1"}}},
        ToolResultPart("f", "1"),
    ),
}
"""Items that are read as these parts, and would be written otherwise."""


@pytest.mark.parametrize(("item", "part"), SPELT.values(), ids=SPELT)
def test_a_part_is_read_however_it_is_spelt(item: JsonObject, part: Part) -> None:
    for events in (streamed(chunk(item), STOP), whole(STOP | chunk(item))):
        assert parts_of(events) == [part]
    role = "user" if item.keys() & {"functionResponse"} else "model"
    body = {"contents": {"role": role, "parts": item}}
    (message,) = PROVIDER.parse(body).messages
    assert message.parts == (part,)


def test_every_level_of_an_answer_may_be_in_snake_case() -> None:
    camel = STOP | {
        "modelVersion": "m",
        "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 2},
        "promptFeedback": {"safetyRatings": []},
    }
    snake = {
        "candidates": [
            {"content": {"parts": [text("")]}, "finish_reason": "STOP", "index": 0}
        ],
        "model_version": "m",
        "usage_metadata": {"prompt_token_count": 1, "candidates_token_count": 2},
        "prompt_feedback": {"safety_ratings": []},
    }
    assert streamed(snake) == streamed(camel)
    assert whole(snake) == whole(camel)


# ------------------------------------------------------------ words that run on


def test_unsigned_words_of_one_kind_run_on_and_signed_ones_stand_alone() -> None:
    events = streamed(
        chunk(text("H", thought=True)),
        chunk(text("m", thought=True), text("A")),
        chunk(text("")),
        chunk(text("\u2028b")),
        chunk(text("c") | SIGNED),
        chunk(text("d")),
        chunk(text("") | SIGNED),
        chunk(text("") | SIGNED, finishReason="STOP"),
    )
    signed = ours(**SIGNED)
    assert parts_of(events) == [
        ReasoningPart("Hm"),
        TextPart("A\u2028b"),
        TextPart("c", signed),
        TextPart("d"),
        TextPart("", signed),
        TextPart("", signed),
    ]
    assert parts_of(again(events, stream=False)) == parts_of(events)


def test_words_do_not_run_on_over_what_stands_between() -> None:
    between = call(name="f", args={})
    events = streamed(chunk(text("a"), between, text("b")), chunk(text("c")), STOP)
    assert [type(part) for part in parts_of(events)] == [
        TextPart,
        ToolCallPart,
        TextPart,
    ]
    assert parts_of(events)[2] == TextPart("bc")


def test_each_piece_of_words_is_a_chunk_and_every_chunk_says_of_what() -> None:
    events: list[Event] = [
        StreamEvent("reasoning", "h", 0),
        StreamEvent("text", "a", 1),
        StreamEvent("text", "", 1),
        StreamEvent("text", "b", 1),
        Usage(3, 9, {"reasoning": 2}),
        Finish("stop", "STOP", ours(modelVersion="m", avgLogprobs=-1)),
    ]
    spoken = speak(PROVIDER, events, stream=True)
    assert spoken.headers == SSE
    assert all(line.endswith(b"}\r\n\r\n") for line in spoken.chunks)
    said = [json.loads(line.removeprefix(b"data: ")) for line in spoken.chunks]
    head = {"usageMetadata": {"promptTokenCount": 3}} | SAID | {"modelVersion": "m"}
    assert said[:3] == [
        chunk(text("h", thought=True)) | head,
        chunk(text("a")) | head,
        chunk(text("b")) | head,
    ]
    counts = {"promptTokenCount": 3, "candidatesTokenCount": 7, "thoughtsTokenCount": 2}
    last = STOP | head | {"usageMetadata": counts, "avgLogprobs": -1}
    assert said[3:] == [last]


def test_raw_sound_comes_in_pieces_and_is_one() -> None:
    def sound(piece: bytes, kind: str = "audio/L16;codec=pcm;rate=24000") -> JsonObject:
        data = base64.b64encode(piece).decode()
        return {"inlineData": {"mimeType": kind, "data": data}}

    first, second = sound(b"ab"), sound(b"c")
    events = streamed(chunk(first), chunk(text("")), chunk(second), STOP)
    kind = first["inlineData"]["mimeType"]
    joined = AttachmentPart(Attachment(kind, content=b"abc"))
    assert parts_of(events) == [joined]
    assert parts_of(whole(STOP | chunk(first, second))) == [joined]
    apart = streamed(chunk(first, sound(b"d", "audio/pcm"), text("a"), second), STOP)
    assert [part.type for part in parts_of(apart)] == [
        "attachment",
        "attachment",
        "text",
        "attachment",
    ]
    pictures = streamed(chunk(sound(b"a", "image/png"), sound(b"b", "image/png")), STOP)
    assert len(parts_of(pictures)) == 2
    assert [e.part_index for e in events if isinstance(e, StreamEvent)] == [0]
    unfinished = streamed(chunk(first), chunk(second))
    assert parts_of(unfinished) == [joined]


# ---------------------------------------------------------- calls in pieces


def piece(path: str, *, more: bool = False, **value: Any) -> JsonObject:
    return {"jsonPath": path} | value | ({"willContinue": True} if more else {})


def pieces(*said: JsonObject, more: bool = True, **beside: Any) -> JsonObject:
    return chunk(
        call(
            partialArgs=list(said), **({"willContinue": True} if more else {}), **beside
        )
    )


BEGUN = chunk(call(name="f", id="x1", willContinue=True) | SIGNED)
ENDED = chunk(call())


def test_arguments_that_come_in_pieces_are_put_together() -> None:
    events = streamed(
        BEGUN,
        pieces(piece("$.city", stringValue="Pa", more=True)),
        pieces(piece("$.city", stringValue="r", more=True)),
        pieces(
            piece("$.city", stringValue="is"),
            piece("$.days", numberValue=2),
            piece("$.where.deep['a b'][\"c'd\"]", boolValue=False),
        ),
        pieces(
            piece("$.list[0].x", nullValue="NULL_VALUE"),
            piece("$.list[1]", stringValue="y"),
            piece("$['it\\'s \"so\"\\n\\u00e9']", stringValue=""),
        ),
        ENDED,
        chunk(call(name="g", args={})),
        STOP,
    )
    arguments = {
        "city": "Paris",
        "days": 2,
        "where": {"deep": {"a b": {"c'd": False}}},
        "list": [{"x": None}, "y"],
        'it\'s "so"\né': "",
    }
    assert parts_of(events) == [
        ToolCallPart("f", arguments, "x1", provider_metadata=ours(**SIGNED)),
        ToolCallPart("g", {}),
    ]
    assert events[0] == StreamEvent("tool_call_name", "f", 0, "x1")
    assert isinstance(events[-1], Finish)
    assert events[-1].reason == "tool_calls"
    assert parts_of(again(events, stream=True)) == parts_of(events)


def test_a_call_in_pieces_may_come_at_once_and_without_end() -> None:
    said = pieces(piece("$.a", stringValue="b"), more=False, name="f", args={"c": 1})
    for events in (streamed(said, STOP), whole(STOP | said)):
        assert parts_of(events) == [ToolCallPart("f", {"c": 1, "a": "b"})]
    begun = pieces(piece("$.a", stringValue="b"), more=False)
    events = streamed(BEGUN, begun, chunk(text("c")), STOP)
    signed = ours(**SIGNED)
    assert parts_of(events) == [
        ToolCallPart("f", {"a": "b"}, "x1", provider_metadata=signed),
        TextPart("c"),
    ]


def test_what_the_end_of_a_call_says_beside_is_kept() -> None:
    events = streamed(
        chunk(call(name="f", willContinue=True)), chunk(call() | SIGNED), STOP
    )
    assert parts_of(events) == [
        ToolCallPart("f", {}, provider_metadata=ours(**SIGNED)),
    ]


@pytest.mark.parametrize(
    "after", [[], [STOP], [chunk(text("a")), STOP], [BEGUN, ENDED, STOP]]
)
def test_a_call_that_never_ends_has_no_whole_arguments(after: list[JsonObject]) -> None:
    begun = pieces(piece("$.a", stringValue="b", more=True))
    events = streamed(BEGUN, begun, *after)
    cut_short = ToolCallPart(
        "f", {"_raw": '{"a":"b"'}, "x1", provider_metadata=ours(**SIGNED)
    )
    assert parts_of(events)[0] == cut_short
    assert PROVIDER.cannot_say(Message("assistant", (cut_short,))) == []
    assert parts_of(again(events, stream=True)) == parts_of(events)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "$",
        "a",
        "$a",
        "$.",
        "$..a",
        "$[*]",
        "$.a[1]",
        "$[?x]",
        "$.*",
        "$['\\x']",
        "$.a" + "[0]" * 200,
    ],
)
def test_a_path_that_leads_nowhere_is_an_error_of_the_wire(path: str) -> None:
    with pytest.raises(WireError, match="unexpected shape"):
        streamed(BEGUN, pieces(piece(path, numberValue=1)), ENDED, STOP)


def test_a_text_of_many_pieces_is_put_together_in_time() -> None:
    more = [piece("$.a", stringValue="xy" * 50, more=True)] * 20_000
    events = streamed(BEGUN, *(pieces(said) for said in more), ENDED, STOP)
    (only,) = parts_of(events)
    assert isinstance(only, ToolCallPart)
    assert len(only.arguments["a"]) == 2_000_000


# ------------------------------------------------------------------ candidates


def test_each_candidate_is_a_message() -> None:
    def said(index: int, words: str, **beside: Any) -> JsonObject:
        return chunk(text(words), index=index, **beside)["candidates"][0]  # type: ignore[no-any-return]  # JSON made here

    events = streamed(
        {"candidates": [said(0, "a"), said(1, "b")]},
        {"candidates": [said(1, "d", finishReason="MAX_TOKENS", tokenCount=2)]},
        {"candidates": [said(0, "c", finishReason="STOP", avgLogprobs=-1)]},
    )
    assert assemble(events) == [
        Message("assistant", (TextPart("ac"),)),
        Message("assistant", (TextPart("bd"),)),
    ]
    facts = {
        "0": {"avgLogprobs": -1},
        "1": {"finishReason": "MAX_TOKENS", "tokenCount": 2},
    }
    assert events[-1] == Finish("stop", "STOP", ours(candidates=facts))
    for stream in (True, False):
        heard = again(events, stream=stream)
        assert assemble(heard) == assemble(events)
        assert heard[-1] == Finish("stop", "STOP", ours(candidates=facts, **SAID))


def test_a_candidate_without_an_index_is_the_one_in_its_place() -> None:
    bare = [{"content": {"parts": [text(words)]}} for words in "ab"]
    events = whole({"candidates": bare})
    assert [message.parts for message in assemble(events)] == [
        (TextPart("a"),),
        (TextPart("b"),),
    ]


def test_a_stream_is_not_over_before_all_its_candidates_are() -> None:
    events = streamed(chunk(text("a"), finishReason="STOP"), chunk(text("b"), index=1))
    assert isinstance(events[-1], Error)
    assert events[-1].kind == "truncated"


# ---------------------------------------------------------------- facts, usage


def test_what_is_said_of_a_candidate_grows_and_takes_nothing_away() -> None:
    found = {"groundingChunks": [{"web": {"uri": "u"}}], "webSearchQueries": ["q"]}
    events = streamed(
        chunk(
            text("a") | SIGNED,
            groundingMetadata=found,
            urlContextMetadata={"urlMetadata": [1]},
            logprobsResult={"chosenCandidates": [{"token": "a"}]},
            citationMetadata={"citations": [{"uri": "1"}]},
            safetyRatings=[{"probability": "LOW"}],
        ),
        chunk(
            text("b"),
            groundingMetadata={"groundingChunks": [{"web": {"uri": "v"}}]},
            logprobsResult={"chosenCandidates": [{"token": "b"}]},
            citationMetadata={"citations": [{"uri": "1"}, {"uri": "2"}]},
            safetyRatings=[{"probability": "HIGH"}],
        ),
        chunk(text(""), groundingMetadata={}, finishReason="STOP"),
    )
    assert parts_of(events) == [TextPart("a", ours(**SIGNED)), TextPart("b")]
    facts = {
        "groundingMetadata": found | {"groundingChunks": [{"web": {"uri": "v"}}]},
        "urlContextMetadata": {"urlMetadata": [1]},
        "logprobsResult": {"chosenCandidates": [{"token": "a"}, {"token": "b"}]},
        "citationMetadata": {"citations": [{"uri": "1"}, {"uri": "2"}]},
        "safetyRatings": [{"probability": "HIGH"}],
    }
    assert events[-1] == Finish("stop", "STOP", ours(candidates={"0": facts}))
    for stream in (True, False):
        assert again(events, stream=stream)[-1] == Finish(
            "stop", "STOP", ours(candidates={"0": facts}, **SAID)
        )


def test_what_an_answer_says_of_itself_is_kept_and_said_again() -> None:
    facts = {
        "modelVersion": "m",
        "responseId": "r",
        "createTime": "t",
        "modelStatus": {"modelStage": "PREVIEW"},
        "futureField": [1],
    }
    events = streamed(chunk(text("a")) | {"modelVersion": "m"}, STOP | facts)
    assert events[-1] == Finish("stop", "STOP", ours(**facts))
    assert again(events, stream=True) == events
    assert again(events, stream=False) == events
    body = PROVIDER.synthesise_whole(events)
    assert {key: body[key] for key in facts} == facts


USAGES: dict[str, tuple[JsonObject, Usage]] = {
    "without thoughts": (
        {"promptTokenCount": 1, "candidatesTokenCount": 2, "totalTokenCount": 3},
        Usage(1, 2, {"totalTokenCount": 3}),
    ),
    "thoughts are output": (
        {"promptTokenCount": 1, "candidatesTokenCount": 2, "thoughtsTokenCount": 5},
        Usage(1, 7, {"reasoning": 5}),
    ),
    "thoughts and nothing else": (
        {"promptTokenCount": 1, "thoughtsTokenCount": 5},
        Usage(1, 5, {"reasoning": 5}),
    ),
    "nothing said": ({"promptTokenCount": 1}, Usage(1, None, {})),
    "an output of nothing": (
        {"promptTokenCount": 1, "candidatesTokenCount": 0},
        Usage(1, 0, {}),
    ),
    "a cache, and by modality": (
        {
            "promptTokenCount": 9,
            "cachedContentTokenCount": 8,
            "cacheTokensDetails": [{"modality": "TEXT", "tokenCount": 8}],
            "toolUsePromptTokenCount": 3,
            "trafficType": "ON_DEMAND",
        },
        Usage(
            9,
            None,
            {
                "cached": 8,
                "cacheTokensDetails": [{"modality": "TEXT", "tokenCount": 8}],
                "toolUsePromptTokenCount": 3,
                "trafficType": "ON_DEMAND",
            },
        ),
    ),
}


@pytest.mark.parametrize(("raw", "usage"), USAGES.values(), ids=USAGES)
def test_tokens_are_counted_both_ways(raw: JsonObject, usage: Usage) -> None:
    events = streamed(
        chunk(text("a")) | {"usageMetadata": {"promptTokenCount": 1}},
        STOP | {"usageMetadata": raw},
    )
    assert [event for event in events if isinstance(event, Usage)] == [usage]
    assert PROVIDER.synthesise_whole(events)["usageMetadata"] == raw
    *_, last = PROVIDER.synthesise(events)
    assert json.loads(last.data)["usageMetadata"] == raw


@pytest.mark.parametrize(
    ("usage", "reason"),
    [
        (Usage(1, 2, {"cache_write": 1}), "no count of cache_write tokens"),
        (Usage(1, 2, {"reasoning": 3}), "tokens of reasoning are tokens of output"),
    ],
)
def test_counts_that_the_wire_has_not_are_refused(usage: Usage, reason: str) -> None:
    for stream in (True, False):
        with pytest.raises(NotExpressible, match=f"^gemini: {reason}$"):
            speak(PROVIDER, [usage, Finish("stop")], stream=stream)


# ------------------------------------------------------------------- endings


@pytest.mark.parametrize(("word", "reason"), FINISH.items())
def test_why_it_ended(word: str, reason: str) -> None:
    last = chunk(text("a"), finishReason=word, finishMessage="m")
    facts = {"0": {"finishMessage": "m"}}
    for events in (streamed(last), whole(last)):
        assert events[-1] == Finish(reason, word, ours(candidates=facts))
        for stream in (True, False):
            heard = again(events, stream=stream)[-1]
            assert isinstance(heard, Finish)
            assert (heard.reason, heard.provider_reason) == (reason, word)


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ("stop", "STOP"),
        ("tool_calls", "STOP"),
        ("length", "MAX_TOKENS"),
        ("content_filter", "SAFETY"),
        ("pause", "CONTINUATION"),
        ("other", "OTHER"),
    ],
)
def test_a_reason_of_ours_has_a_word_of_theirs(reason: str, word: str) -> None:
    for heard in (None, "end_turn"):
        events: list[Event] = [StreamEvent("text", "a", 0), Finish(reason, heard)]
        (candidate,) = PROVIDER.synthesise_whole(events)["candidates"]
        wanted = "end_turn" if (heard, reason) == ("end_turn", "other") else word
        assert candidate["finishReason"] == wanted


def test_no_word_is_sent_that_means_nothing() -> None:
    body = PROVIDER.synthesise_whole([Finish("other", "FINISH_REASON_UNSPECIFIED")])
    assert body["candidates"][0]["finishReason"] == "OTHER"


def test_a_refusal_has_no_word() -> None:
    for stream in (True, False):
        with pytest.raises(NotExpressible, match="no finishReason says 'refusal'"):
            speak(PROVIDER, [Finish("refusal")], stream=stream)


@pytest.mark.parametrize(
    ("word", "items", "reason"),
    [
        ("STOP", [call(name="f", args={})], "tool_calls"),
        ("UNEXPECTED_TOOL_CALL", [call(name="f", args={})], "other"),
        ("MAX_TOKENS", [call(name="f", args={})], "length"),
        ("STOP", [{"executableCode": {"code": "1"}}], "stop"),
        ("STOP", [{"toolCall": {"toolType": "URL_CONTEXT"}}], "stop"),
        ("FUTURE", [text("a")], "other"),
    ],
)
def test_a_call_of_ours_is_why_it_stopped(
    word: str, items: list[JsonObject], reason: str
) -> None:
    for events in (
        streamed(chunk(*items), chunk(text(""), finishReason=word)),
        whole(chunk(*items, finishReason=word)),
    ):
        assert isinstance(events[-1], Finish)
        assert (events[-1].reason, events[-1].provider_reason) == (reason, word)


@pytest.mark.parametrize(("number", "word"), [*enumerate(NUMBERED[1:], 1)])
def test_a_reason_may_be_a_number(number: int, word: str) -> None:
    events = streamed(chunk(text("a"), finishReason=number))
    assert isinstance(events[-1], Finish)
    assert events[-1].provider_reason == word


@pytest.mark.parametrize("unspecified", [0, "FINISH_REASON_UNSPECIFIED", None])
def test_a_reason_that_is_unspecified_is_none(unspecified: Any) -> None:
    last = chunk(text("a"), finishReason=unspecified)
    assert isinstance(streamed(last)[-1], Error)
    assert whole(last)[-1] == Finish("stop", None)
    assert streamed(STOP, last)[-1] == Finish("stop", "STOP")


BLOCKED = {"promptFeedback": {"blockReason": "MODEL_ARMOR", "blockReasonMessage": "m"}}


def test_a_prompt_that_is_blocked_is_answered_by_nobody() -> None:
    finish = Finish("content_filter", "MODEL_ARMOR", ours(**BLOCKED))
    for events in (streamed(BLOCKED), whole(BLOCKED)):
        assert events == [finish]
    for stream in (True, False):
        (heard,) = again([finish], stream=stream)
        assert heard == Finish("content_filter", "MODEL_ARMOR", ours(**BLOCKED, **SAID))
    assert PROVIDER.synthesise_whole([finish]) == BLOCKED | SAID


def test_an_answer_that_is_blocked_midway_keeps_its_words() -> None:
    events = streamed(chunk(text("a")), BLOCKED)
    assert parts_of(events) == [TextPart("a")]
    assert events[-1] == Finish("content_filter", "MODEL_ARMOR", ours(**BLOCKED))
    for stream in (True, False):
        heard = again(events, stream=stream)
        assert parts_of(heard) == [TextPart("a")]
        assert isinstance(heard[-1], Finish)
        assert heard[-1].provider_reason == "MODEL_ARMOR"


@pytest.mark.parametrize("reason", [0, "BLOCKED_REASON_UNSPECIFIED", None])
def test_feedback_on_a_prompt_may_be_harmless(reason: Any) -> None:
    feedback = {"promptFeedback": {"blockReason": reason, "safetyRatings": []}}
    events = streamed(chunk(text("a"), finishReason="STOP") | feedback)
    assert isinstance(events[-1], Finish)
    assert events[-1].reason == "stop"


def test_a_candidate_that_was_stopped_before_a_word_says_why() -> None:
    said = chunk(finishReason="MODEL_ARMOR", finishMessage="m")
    events = whole(said)
    facts = ours(candidates={"0": {"finishMessage": "m"}})
    assert events == [Finish("content_filter", "MODEL_ARMOR", facts)]
    assert PROVIDER.synthesise_whole(events) == said | SAID


@pytest.mark.parametrize("kept", range(3))
def test_a_stream_that_ends_before_its_reason_is_truncated(kept: int) -> None:
    usage = {"usageMetadata": {"promptTokenCount": 1}}
    chunks = [chunk(text("a")) | usage, chunk(call(name="f", args={}))]
    events = streamed(*chunks[:kept])
    assert isinstance(events[-1], Error)
    assert (events[-1].kind, events[-1].retryable) == ("truncated", True)
    assert len(parts_of(events)) == kept
    assert [e for e in events if isinstance(e, Usage)] == [Usage(1)] * bool(kept)


def test_an_array_without_its_end_is_truncated_unless_it_gave_its_reason() -> None:
    array = list(
        jsonarray.write(Frame(json.dumps(c)) for c in (chunk(text("a")), STOP))
    )
    assert [
        type(list(hear(PROVIDER, 200, JSON, array[:n]))[-1]) for n in (1, 2, 3)
    ] == [
        Error,
        Finish,
        Finish,
    ]


@pytest.mark.parametrize("body", [{}, {"candidates": []}, {"modelVersion": "m"}])
def test_a_body_without_candidates_is_no_answer(body: JsonObject) -> None:
    error = whole(body)[-1]
    assert isinstance(error, Error)
    assert (error.message, error.kind) == ("the body holds no candidates", "truncated")


# -------------------------------------------------------------------- errors

NOT_FOUND = {"code": 404, "message": "no such model", "status": "NOT_FOUND"}
RETRY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "17.5s"}
QUOTA = {
    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
    "violations": [{"quotaDimensions": {"a_b": "c"}}],
}


@pytest.mark.parametrize("status", [200, 404])
def test_an_error_may_be_wrapped_in_a_list(status: int) -> None:
    wanted = Error("no such model", "NOT_FOUND", 404)
    for body in ({"error": NOT_FOUND}, [{"error": NOT_FOUND}]):
        said = json.dumps(body).encode()
        assert list(hear(PROVIDER, status, JSON, [said])) == [wanted]
    assert refuse(PROVIDER, wanted) == Response(
        404,
        (("content-type", "application/json"),),
        (json.dumps({"error": NOT_FOUND}, separators=(",", ":")).encode(),),
    )


def test_an_error_says_when_to_try_again() -> None:
    body = {
        "error": {
            "code": 429,
            "message": "slow down",
            "status": "RESOURCE_EXHAUSTED",
            "details": [QUOTA, RETRY],
        }
    }
    (error,) = hear(PROVIDER, 429, JSON, [json.dumps(body).encode()])
    facts = ours(details=[QUOTA, RETRY], retry_after="17.5")
    assert error == Error("slow down", "RESOURCE_EXHAUSTED", 429, True, facts)
    assert PROVIDER.synthesise_error(error) == (429, body)
    head = (("retry-after", "3"), *JSON)
    (error,) = hear(PROVIDER, 429, head, [json.dumps(body).encode()])
    assert isinstance(error, Error)
    assert (error.provider_metadata or {})["gemini"]["retry_after"] == "3"


def test_an_error_midway_ends_the_stream_and_keeps_what_was_said() -> None:
    failed = {"error": {"code": 503, "message": "Overloaded", "status": "UNAVAILABLE"}}
    for body in (failed, [failed]):
        events = streamed(chunk(text("a")), body, STOP)
        assert events == [
            StreamEvent("text", "a", 0),
            Error("Overloaded", "UNAVAILABLE", 503, True),
        ]
    assert again(events, stream=True) == events
    assert PROVIDER.synthesise_whole(events) == failed


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("<html>bad</html>", Error("<html>bad</html>", None, 500, True)),
        ({"error": "no"}, Error("no", None, 500, True)),
        ({"error": {}}, Error("error", None, 500, True)),
        ({"detail": "x"}, Error("error", None, 500, True, ours(detail="x"))),
        (
            {"error": {"code": 8, "status": "RESOURCE_EXHAUSTED"}, "a": 1},
            Error(
                "RESOURCE_EXHAUSTED", "RESOURCE_EXHAUSTED", 500, True, ours(a=1, code=8)
            ),
        ),
        ([], Error("[]", None, 500, True)),
        ({"error": {"status": {}, "details": [None, {"@type": 1}]}}, None),
        ({"error": {"details": [RETRY | {"retryDelay": {"seconds": 1}}]}}, None),
    ],
)
def test_an_error_may_have_any_shape(body: Any, error: Error | None) -> None:
    said = body if isinstance(body, str) else json.dumps(body)
    (heard,) = hear(PROVIDER, 500, (), [said.encode()])
    assert isinstance(heard, Error)
    assert error is None or heard == error


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (Error("m", "NOT_FOUND"), 404, "NOT_FOUND"),
        (Error("m", None, 401), 401, "UNAUTHENTICATED"),
        (Error("m", "rate_limit_error", 429), 429, "rate_limit_error"),
        (Error("m", "overloaded_error", retryable=True), 503, "overloaded_error"),
        (Error("m"), 500, "INTERNAL"),
        (Error("m", None, 418), 418, "UNKNOWN"),
    ],
)
def test_an_error_has_a_code_and_a_status(error: Error, code: int, status: str) -> None:
    body = {"error": {"code": code, "message": "m", "status": status}}
    assert PROVIDER.synthesise_error(error) == (code, body)
    assert PROVIDER.synthesise_whole([error]) == body


def test_a_stream_that_was_cut_is_said_without_an_end() -> None:
    events: list[Event] = [StreamEvent("text", "a", 0), Error("x", "truncated")]
    assert len(speak(PROVIDER, events, stream=True).chunks) == 1


# ------------------------------------------------------------------- unknown


@pytest.mark.parametrize("said", [{"response": "a"}, "a", 7, [[]]])
def test_a_chunk_that_nobody_taught_us_is_kept(said: Any) -> None:
    kept = said[0] if isinstance(said, list) else said
    assert streamed(said, STOP)[0] == Unknown("chunk", kept)


def test_a_part_that_nobody_taught_us_is_kept_and_goes_back() -> None:
    item = {"thoughtSignature": "c2ln", "futurePart": {"a": 1}}
    assert streamed(chunk(item), STOP)[0] == Unknown("part.futurePart", item)
    body = {"contents": [{"role": "model", "parts": [item]}]}
    assert PROVIDER.encode(PROVIDER.parse(body)) == body


def test_a_field_of_a_content_that_nobody_taught_us_is_kept() -> None:
    said = {"candidates": [{"content": {"parts": [], "role": "model", "mood": 1}}]}
    assert streamed(said, STOP)[0] == Unknown("content.mood", 1)


@pytest.mark.parametrize("done", ["data: [DONE]\n\n", ": ping\n\n", "data:\n\n"])
def test_what_other_wires_say_between_chunks_says_nothing(done: str) -> None:
    body = f"data: {json.dumps(STOP)}\n\n{done}"
    (finish,) = hear(PROVIDER, 200, SSE, [body.encode()])
    assert isinstance(finish, Finish)


@pytest.mark.parametrize(
    "said",
    [
        chunk({"text": 1}),
        chunk({"text": ["a"], "thoughtSignature": "s"}),
        chunk(call(name={"a": 1})),
        chunk(call(name="f", id=[1])),
        chunk(call(name="f", partialArgs=[{}])),
        chunk(call(name="f", partialArgs=7)),
        chunk({"inlineData": 7}),
        chunk({"toolCall": None, "functionResponse": [1]}),
        chunk(index="0"),
        {"candidates": 7},
        {"candidates": ["a"]},
        {"usageMetadata": "ab"},
        {"usageMetadata": {"candidatesTokenCount": "a", "thoughtsTokenCount": 1}},
        {"promptFeedback": 7},
    ],
)
def test_a_shape_that_is_none_is_an_error_of_the_wire(said: JsonObject) -> None:
    with pytest.raises(WireError, match="unexpected shape"):
        streamed(said, STOP)


def test_a_chunk_that_is_no_json_is_an_error_of_the_wire() -> None:
    with pytest.raises(WireError, match="not JSON"):
        list(hear(PROVIDER, 200, SSE, [b"data: {a}\r\n\r\n"]))


# ------------------------------------------------------------------- saying

TEXT = TextPart("a")
PCM = AttachmentPart(Attachment("audio/pcm", content=b"a"))
UNSAYABLE: dict[str, tuple[Part, ...]] = {
    "two text parts in a row are one, unless one is signed": (TEXT, TEXT),
    "two reasoning parts in a row are one, unless one is signed": (
        ReasoningPart("a"),
        ReasoningPart("b"),
    ),
    "two pieces of raw sound in a row are one": (PCM, PCM),
    "gemini says no empty text part, unless it is signed": (TextPart(""),),
    "gemini says no empty reasoning part, unless it is signed": (ReasoningPart(""),),
    "gemini has no withheld reasoning": (ReasoningPart("", True),),
    "gemini keeps no other provider's metadata": (TextPart("a", {"other": {"a": 1}}),),
    "gemini's calls come whole: their arguments are a JSON object": (
        ToolCallPart("f", {"_raw": '{"a'}),
    ),
    "a gemini answer holds only results of gemini's own tools": (
        ToolResultPart("f", "1"),
    ),
    "gemini's own tools give back no attachments": (
        ToolResultPart("f", "1", None, True, (Attachment("a/b", content=b"c"),)),
    ),
    "what a gemini tool failed with is what it gave back": (
        ToolResultPart("f", "1", None, True, exception="no"),
    ),
    "an attachment of a gemini answer is its bytes or its URL": (AttachmentPart(None),),
}


@pytest.mark.parametrize(("reason", "parts"), UNSAYABLE.items(), ids=UNSAYABLE)
def test_what_cannot_be_said_is_named(reason: str, parts: tuple[Part, ...]) -> None:
    message = Message("assistant", parts)
    assert PROVIDER.cannot_say(message) == [reason]
    events: list[Event] = [*disassemble([message]), Finish("stop")]
    if not assemble(events):
        return  # empty words are gone before anybody says them
    for stream in (True, False):
        with pytest.raises(NotExpressible, match=f"^{reason}$"):
            speak(PROVIDER, events, stream=stream)


@pytest.mark.parametrize(
    "part",
    [
        ToolCallPart("f", [1]),
        ToolCallPart("f", {"_raw": '{"a"'}, None, True),
        AttachmentPart(Attachment("a/b", path="p", content=b"c")),
        AttachmentPart(Attachment("a/b", url="u", content=b"c")),
        ToolResultPart("code_execution", "1", None, True, exception="OUTCOME_OK"),
    ],
)
def test_there_is_more_that_cannot_be_said(part: Part) -> None:
    assert len(PROVIDER.cannot_say(Message("assistant", (part,)))) == 1


@pytest.mark.parametrize(
    "parts",
    [
        (TEXT, TextPart("b", ours(**SIGNED)), TextPart("c")),
        (TEXT, ReasoningPart("b"), TextPart("c")),
        (PCM, AttachmentPart(Attachment("audio/L16", content=b"a"))),
        (ToolCallPart("f", {"_raw": 1}), ToolCallPart("f", {"_raw": "a", "b": 1})),
        (ToolResultPart("code_execution", "1", None, True, exception="OUTCOME_X"),),
    ],
)
def test_what_can_be_said_has_nothing_against_it(parts: tuple[Part, ...]) -> None:
    message = Message("assistant", parts)
    assert PROVIDER.cannot_say(message) == []
    events: list[Event] = [*disassemble([message]), Finish("stop")]
    for stream in (True, False):
        assert assemble(again(events, stream=stream)) == [message]


def test_an_answer_of_nothing_still_ends() -> None:
    (only,) = PROVIDER.synthesise([Finish("stop")])
    assert json.loads(only.data)["candidates"] == [{"index": 0, "finishReason": "STOP"}]
    assert again([Finish("stop")], stream=True)[-1] == Finish(
        "stop", "STOP", ours(**SAID)
    )


# ------------------------------------------------------------------- asking

SCHEMA = {"type": "object", "properties": {"a_b": {"type": "string"}}}
WHOLE = "/v1beta/models/m:generateContent"


def test_a_request_says_everything_and_is_read_back() -> None:
    turn = Turn(
        "m",
        (
            Message("system", (TextPart("s"),)),
            Message(
                "user",
                (
                    TEXT,
                    AttachmentPart(Attachment("image/png", content=PNG)),
                    AttachmentPart(
                        Attachment("video/mp4", url="https://youtu.be/a"),
                        ours(videoMetadata={"startOffset": "1s"}),
                    ),
                ),
            ),
            Message(
                "assistant",
                (
                    ReasoningPart("h"),
                    ToolCallPart("f", {"a": 1}, "c", provider_metadata=ours(**SIGNED)),
                    ToolCallPart("g", {}),
                ),
            ),
            Message(
                "tool",
                (
                    ToolResultPart(
                        "f", "1", "c", attachments=(Attachment("a/b", content=BYTES),)
                    ),
                    ToolResultPart("g", "no", exception="no"),
                ),
            ),
        ),
        (
            Tool("f", "does", SCHEMA, provider_metadata=ours(under="parameters")),
            Tool("g", None, SCHEMA),
            ServerSideTool({"googleSearch": {}}),
        ),
        True,
        SCHEMA,
        {
            "generationConfig": {"temperature": 0, "thinkingConfig": {"a": 1}},
            "toolConfig": {"functionCallingConfig": {"mode": "ANY"}},
            "cachedContent": "cachedContents/c",
        },
    )
    body = PROVIDER.encode(turn)
    assert body == {
        "systemInstruction": {"parts": [text("s")]},
        "contents": [
            {
                "role": "user",
                "parts": [
                    text("a"),
                    {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}},
                    {
                        "fileData": {
                            "mimeType": "video/mp4",
                            "fileUri": "https://youtu.be/a",
                        },
                        "videoMetadata": {"startOffset": "1s"},
                    },
                ],
            },
            {
                "role": "model",
                "parts": [
                    text("h", thought=True),
                    call(id="c", name="f", args={"a": 1}) | SIGNED,
                    call(name="g", args={}),
                ],
            },
            {
                "role": "user",
                "parts": [
                    {
                        "functionResponse": {
                            "id": "c",
                            "name": "f",
                            "response": {"output": "1"},
                            "parts": [
                                {"inlineData": {"mimeType": "a/b", "data": "+/+//w=="}}
                            ],
                        }
                    },
                    {"functionResponse": {"name": "g", "response": {"error": "no"}}},
                ],
            },
        ],
        "tools": [
            {
                "functionDeclarations": [
                    {"name": "f", "description": "does", "parameters": SCHEMA},
                    {"name": "g", "parametersJsonSchema": SCHEMA},
                ]
            },
            {"googleSearch": {}},
        ],
        "generationConfig": {
            "responseMimeType": "application/json",
            "responseJsonSchema": SCHEMA,
            "temperature": 0,
            "thinkingConfig": {"a": 1},
        },
        "toolConfig": {"functionCallingConfig": {"mode": "ANY"}},
        "cachedContent": "cachedContents/c",
    }
    assert PROVIDER.parse(json.loads(json.dumps(body)), PROVIDER.path(turn)) == turn


def content(*parts: JsonObject, role: str = "user") -> JsonObject:
    return {"role": role, "parts": list(parts)}


def result(**said: Any) -> JsonObject:
    return {"functionResponse": {"name": "f"} | said}


OUTPUT = result(response={"output": "1"})
REQUESTS: dict[str, JsonObject] = {
    "a system with a role": {
        "systemInstruction": content(text("s")),
        "contents": [content(text("a"))],
    },
    "words and results in one content": {
        "contents": [content(text("a"), OUTPUT, OUTPUT, text("b"), OUTPUT)]
    },
    "two contents in a row": {"contents": [content(OUTPUT), content(text("b"))]},
    "roles of old": {"contents": [content(OUTPUT, role="function")]},
    "a content of nothing": {"contents": [content(), content(role="model")]},
    "a content that says more": {"contents": [content(text("a")) | {"futureField": 1}]},
    "two texts of the model": {
        "contents": [content(text("a"), text("b"), role="model")]
    },
    "empty text": {"contents": [content(text(""))]},
    "results of every shape": {
        "contents": [
            content(
                result(response={"result": "a_b"}),
                result(response={"return_value": {"a_b": None}}),
                result(response={"output": 1}),
                result(response={"a_b": "1", "c": "2"}),
                result(response={}),
                result(),
                result(response={"output": ""}, scheduling="SILENT", willContinue=True),
            )
        ]
    },
    "pieces of a result": {
        "contents": [
            content(
                result(
                    response={"output": {"$ref": "a.png"}},
                    parts=[
                        {
                            "inlineData": {
                                "mimeType": "image/png",
                                "data": "iVBORw0KGgo=",
                                "displayName": "a.png",
                            }
                        },
                        {"fileData": {"fileUri": "u"}},
                        {"futurePiece": 1},
                        {"inlineData": {"data": "[elided]"}},
                    ],
                )
            )
        ]
    },
    "arguments in pieces, echoed": {
        "contents": [
            content(
                call(name="f", args={}, willContinue=True),
                call(name="", args={}, partialArgs=[piece("$.a", stringValue="b")]),
                role="model",
            )
        ]
    },
    "functions of every kind": {
        "contents": [],
        "tools": [
            {
                "functionDeclarations": [
                    {"name": "a"},
                    {"name": "b", "description": ""},
                    {"name": "c", "parameters": {}},
                    {"name": "d", "parametersJsonSchema": {}},
                    {"name": "e", "parameters": {"any_of": []}, "behavior": "BLOCKING"},
                    {"name": "f", "response": {"type": "STRING", "a_b": 1}},
                    {"name": "g", "parameters": SCHEMA, "parametersJsonSchema": SCHEMA},
                ]
            },
            {"functionDeclarations": []},
            {"googleSearch": {"timeRangeFilter": {}}, "urlContext": {}},
        ],
    },
    "a schema of OpenAPI": {
        "contents": [],
        "generationConfig": {
            "responseMimeType": "application/json",
            "responseSchema": {"type": "OBJECT", "property_ordering": ["a_b"]},
        },
    },
    "a schema of another type": {
        "contents": [],
        "generationConfig": {
            "responseMimeType": "text/x.enum",
            "responseSchema": {"type": "STRING", "enum": ["a"]},
        },
    },
    "a schema and no type": {
        "contents": [],
        "generationConfig": {"responseJsonSchema": SCHEMA, "topK": 1},
    },
    "a type and no schema": {
        "contents": [],
        "generationConfig": {"responseMimeType": "application/json"},
    },
    "no configuration": {"contents": [], "generationConfig": {}},
    "labels": {"contents": [], "labels": {"a_b": "c"}},
}
"""Requests that are read and written again as they are."""


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_comes_back_as_it_was(name: str) -> None:
    body = REQUESTS[name]
    turn = PROVIDER.parse(json.loads(json.dumps(body)), WHOLE)
    assert PROVIDER.encode(turn) == body
    assert PROVIDER.parse(PROVIDER.encode(turn), PROVIDER.path(turn)) == turn


def test_results_are_messages_of_their_own() -> None:
    body = REQUESTS["words and results in one content"]
    said = [(m.role, len(m.parts)) for m in PROVIDER.parse(body).messages]
    assert said == [("user", 1), ("tool", 2), ("user", 1), ("tool", 1)]


def test_the_output_of_a_result_is_its_only_text_or_all_of_it() -> None:
    body = REQUESTS["results of every shape"]
    (message,) = PROVIDER.parse(body).messages
    assert [p.output for p in message.parts if isinstance(p, ToolResultPart)] == [
        "a_b",
        '{"return_value":{"a_b":null}}',
        '{"output":1}',
        '{"a_b":"1","c":"2"}',
        "{}",
        "",
        "",
    ]


def test_what_was_an_object_and_is_none_any_more_is_said_as_text() -> None:
    changed = ToolResultPart("f", "cut", provider_metadata=ours(whole=True))
    turn = Turn("m", (Message("tool", (changed,)),))
    (said,) = PROVIDER.encode(turn)["contents"]
    assert said["parts"] == [result(response={"output": "cut"})]


NORMAL: dict[str, tuple[JsonObject, JsonObject]] = {
    "the mixed casing of Google's SDK": (
        {
            "contents": [
                content(
                    {"inlineData": {"data": "__4=", "mime_type": "a/b"}},
                    {"file_data": {"file_uri": "u", "mime_type": "a/b"}},
                )
            ],
            "tools": [
                {
                    "functionDeclarations": [
                        {"name": "f", "parameters_json_schema": SCHEMA}
                    ]
                },
                {"fileSearch": {"file_search_store_names": ["a_b"]}},
            ],
            "generationConfig": {"thinkingConfig": {"include_thoughts": True}},
            "modelArmorConfig": {"prompt_template_name": "a_b"},
        },
        {
            "contents": [
                content(
                    {"inlineData": {"data": "//4=", "mimeType": "a/b"}},
                    {"fileData": {"fileUri": "u", "mimeType": "a/b"}},
                )
            ],
            "tools": [
                {
                    "functionDeclarations": [
                        {"name": "f", "parametersJsonSchema": SCHEMA}
                    ]
                },
                {"fileSearch": {"fileSearchStoreNames": ["a_b"]}},
            ],
            "generationConfig": {"thinkingConfig": {"includeThoughts": True}},
            "modelArmorConfig": {"promptTemplateName": "a_b"},
        },
    ),
    "snake case everywhere": (
        {
            "system_instruction": {"parts": [text("s")]},
            "contents": [
                content({"function_response": {"name": "f", "response": {"a_b": "c"}}})
            ],
            "generation_config": {
                "response_mime_type": "application/json",
                "response_schema": SCHEMA,
            },
        },
        {
            "systemInstruction": {"parts": [text("s")]},
            "contents": [content(result(response={"a_b": "c"}))],
            "generationConfig": {
                "responseMimeType": "application/json",
                "responseSchema": SCHEMA,
            },
        },
    ),
    "nulls and things left out": (
        {
            "systemInstruction": None,
            "safetySettings": None,
            "tools": [{"functionDeclarations": [{"name": "f", "description": None}]}],
            "contents": [{"parts": [text("a", thought=False)]}],
        },
        {
            "contents": [content(text("a"))],
            "tools": [{"functionDeclarations": [{"name": "f"}]}],
        },
    ),
    "a thing where there may be many": (
        {
            "contents": {"role": "USER", "parts": text("a")},
            "tools": {"functionDeclarations": {"name": "f"}},
        },
        {
            "contents": [content(text("a"), role="USER")],
            "tools": [{"functionDeclarations": [{"name": "f"}]}],
        },
    ),
    "functions beside a tool of theirs, and apart": (
        {
            "contents": [],
            "tools": [
                {"functionDeclarations": [{"name": "f"}]},
                {"functionDeclarations": [{"name": "g"}], "googleSearch": {}},
            ],
        },
        {
            "contents": [],
            "tools": [
                {"functionDeclarations": [{"name": "f"}, {"name": "g"}]},
                {"googleSearch": {}},
            ],
        },
    ),
}
"""Requests, and the one spelling in which we write them."""


@pytest.mark.parametrize(("body", "normal"), NORMAL.values(), ids=NORMAL)
def test_a_request_is_read_however_it_is_spelt(
    body: JsonObject, normal: JsonObject
) -> None:
    assert PROVIDER.encode(PROVIDER.parse(body, WHOLE)) == normal
    assert PROVIDER.parse(body, WHOLE) == PROVIDER.parse(normal, WHOLE)


PLACES: dict[str, tuple[str, bool, str]] = {
    "gemini-3.5-flash": (
        "gemini-3.5-flash",
        False,
        "/models/gemini-3.5-flash:generateContent",
    ),
    "streamed": ("m", True, "/models/m:streamGenerateContent?alt=sse"),
    "a tuned model": ("tunedModels/t", False, "/tunedModels/t:generateContent"),
    "an endpoint": ("endpoints/7", True, "/endpoints/7:streamGenerateContent?alt=sse"),
    "a name that is no path": (
        "a/b c:é",
        False,
        "/models/a%2Fb%20c%3A%C3%A9:generateContent",
    ),
}


@pytest.mark.parametrize(("model", "stream", "path"), PLACES.values(), ids=PLACES)
def test_the_path_names_the_model(model: str, stream: bool, path: str) -> None:
    turn = Turn(model, (), stream=stream)
    assert PROVIDER.path(turn) == path
    for prefix in ("", "/v1", "/v1beta", "/proxy/v1beta"):
        assert PROVIDER.parse({"contents": []}, prefix + path) == turn


VERTEX = "/v1beta1/projects/p/locations/l/publishers/google/models/m"


@pytest.mark.parametrize(
    ("path", "model", "stream"),
    [
        (f"{VERTEX}:generateContent", "m", False),
        (f"{VERTEX}:streamGenerateContent?alt=sse", "m", True),
        (f"{VERTEX}:generateContent?%24alt=json%3Benum-encoding%3Dint", "m", False),
        ("/v1beta/models/m:streamGenerateContent", "m", True),
        ("/v1beta/models/m:streamGenerateContent?key=k:l/models/n", "m", True),
        (
            "/v1/projects/p/locations/l/endpoints/7:generateContent",
            "endpoints/7",
            False,
        ),
        ("", "", False),
    ],
)
def test_a_path_of_theirs_names_it_too(path: str, model: str, stream: bool) -> None:
    turn = PROVIDER.parse({"contents": []}, path)
    assert (turn.model, turn.stream) == (model, stream)


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("models/m", "/models/m:generateContent"),
        ("publishers/google/models/m", "/publishers/google/models/m:generateContent"),
    ],
)
def test_a_model_that_is_a_path_is_one(model: str, path: str) -> None:
    assert PROVIDER.path(Turn(model, ())) == path
    assert PROVIDER.parse({"contents": []}, path).model == "m"


def test_where_no_path_names_it_the_body_may() -> None:
    turn = PROVIDER.parse({"model": "models/m", "contents": []})
    assert (turn.model, turn.options) == ("m", {})
    turn = PROVIDER.parse({"model": "models/n", "contents": []}, WHOLE)
    assert (turn.model, turn.options) == ("m", {"model": "models/n"})


RESULT = ToolResultPart("f", "1")
UNASKABLE: dict[str, tuple[str, Part]] = {
    "no user message can carry a part of tool_call": ("user", ToolCallPart("f", {})),
    "no user message can carry a part of reasoning": ("user", ReasoningPart("h")),
    "no user message can carry a part of tool_result": ("user", RESULT),
    "no assistant message can carry a part of tool_result": ("assistant", RESULT),
    "no tool message can carry a part of text": ("tool", TEXT),
    "no tool message can carry a part of tool_result": (
        "tool",
        ToolResultPart("f", "1", None, True),
    ),
    "no system message can carry a part of tool_call": (
        "system",
        ToolCallPart("f", {}),
    ),
    "no message can carry a part of redacted reasoning": (
        "assistant",
        ReasoningPart("", True),
    ),
    "the arguments of a tool_call part are an object": (
        "assistant",
        ToolCallPart("f", [1]),
    ),
    "an attachment part is its bytes or its URL": (
        "user",
        AttachmentPart(Attachment("image/png", path="a.png")),
    ),
    "no content is said by the critic": ("critic", TEXT),
}


@pytest.mark.parametrize(("reason", "asked"), UNASKABLE.items(), ids=UNASKABLE)
def test_what_cannot_be_asked_is_named(reason: str, asked: tuple[str, Part]) -> None:
    role, part = asked
    with pytest.raises(NotExpressible, match=f"^gemini: {reason}$"):
        PROVIDER.encode(Turn("m", (Message(role, (part,)),)))


def test_a_system_comes_first_and_once() -> None:
    system = Message("system", (TextPart("s"),))
    with pytest.raises(NotExpressible, match="no content is said by the system"):
        PROVIDER.encode(Turn("m", (system, system)))


def test_what_others_keep_beside_a_part_is_not_sent() -> None:
    part = TextPart("a", {"other": {"signature": "s"}} | ours(**SIGNED))
    (said,) = PROVIDER.encode(Turn("m", (Message("user", (part,)),)))["contents"]
    assert said["parts"] == [text("a") | SIGNED]


# ------------------------------------------------------------------ the facts


def test_a_key_is_sent_if_there_is_one() -> None:
    assert PROVIDER.headers(None) == {}
    assert PROVIDER.headers("k") == {"x-goog-api-key": "k"}
    assert PROVIDER.key_env == "GEMINI_API_KEY"


@pytest.mark.parametrize("stream", [True, False])
def test_its_path_is_known_to_show(stream: bool) -> None:
    turn = Turn("m", (), stream=stream)
    assert guessed(PROVIDER.base_url + PROVIDER.path(turn)) == PROVIDER.name


@pytest.mark.parametrize(
    ("value", "signature"),
    [("c2lnbg==", "c2lnbg=="), ("sig-1", "c2lnLTE="), ("é", "w6k="), ("", "")],
)
def test_a_signature_is_base64_and_made_so(value: str, signature: str) -> None:
    signed = ours(thoughtSignature=signature)
    for part in (TEXT, ToolCallPart("f", {}), PCM):
        assert PROVIDER.opaque(part, value) == signed


@pytest.mark.parametrize("part", [ReasoningPart("h"), ReasoningPart("", True), RESULT])
def test_not_every_part_is_signed(part: Part) -> None:
    assert PROVIDER.opaque(part, "s") is None


def test_ids_are_as_short_as_theirs() -> None:
    assert [PROVIDER.call_id(n) for n in (1, 12)] == ["c0000001", "c0000012"]


class Counted(Tool):
    """A tool that somebody made more of."""


def test_functions_are_declared_together_whatever_class_they_are_of() -> None:
    tools = (Tool("a"), Counted("b"), ServerSideTool({"search": {}}))
    body = PROVIDER.encode(Turn("m", (), tools))
    assert body["tools"] == [
        {"functionDeclarations": [{"name": "a"}, {"name": "b"}]},
        {"search": {}},
    ]
