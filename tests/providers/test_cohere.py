"""Cohere's chat: streams, whole answers and requests, heard and said again."""

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
from harness.providers.cohere import PROVIDER

SSE = (("content-type", "text/event-stream"),)
JSON = (("content-type", "application/json"),)
PNG = b"\x89PNG\r\n\x1a\n"
PNG_URL = "data:image/png;base64,iVBORw0KGgo="
SCHEMA = {"type": "object", "properties": {}}


def ours(**data: Any) -> JsonObject:
    return {"cohere": data}


# ----------------------------------------------------------- a stream's events


def event(type_: str, **fields: Any) -> JsonObject:
    return {"type": type_} | fields


def adds(type_: str, index: int | None = None, **message: Any) -> JsonObject:
    numbered = {} if index is None else {"index": index}
    return event(type_, **numbered, delta={"message": message})


def words(index: int, kind: str, *pieces: str, more: tuple[Any, ...] = ()) -> list[Any]:
    return [
        adds("content-start", index, content={"type": kind, kind: ""}),
        *(adds("content-delta", index, content={kind: piece}) for piece in pieces),
        *more,
        event("content-end", index=index),
    ]


def plan(*pieces: str) -> list[Any]:
    return [adds("tool-plan-delta", tool_plan=piece) for piece in pieces]


def call(index: int, id_: str, name: str, *pieces: str) -> list[Any]:
    item = {"id": id_, "type": "function", "function": {"name": name, "arguments": ""}}
    return [
        adds("tool-call-start", index, tool_calls=item),
        *(
            adds("tool-call-delta", index, tool_calls={"function": {"arguments": p}})
            for p in pieces
        ),
        event("tool-call-end", index=index),
    ]


def cite(number: int, **citation: Any) -> list[Any]:
    return [
        adds("citation-start", number, citations=citation),
        event("citation-end", index=number),
    ]


EMPTY: JsonObject = {
    "role": "assistant",
    "content": [],
    "tool_plan": "",
    "tool_calls": [],
    "citations": [],
}
START = event("message-start", id="i", delta={"message": EMPTY})


def end(reason: str | None = "COMPLETE", **delta: Any) -> JsonObject:
    return event("message-end", delta={"finish_reason": reason} | delta)


def body_of(*said: Any, named: bool = True, done: bool = True) -> bytes:
    lines = [
        (f"event: {data['type']}\n" if named else "") + f"data: {json.dumps(data)}\n\n"
        for data in said
    ]
    return "".join([*lines, "data: [DONE]\n\n" if done else ""]).encode()


def streamed(*said: Any, named: bool = True, done: bool = True) -> list[Event]:
    return list(hear(PROVIDER, 200, SSE, [body_of(*said, named=named, done=done)]))


def whole(body: Any) -> list[Event]:
    return list(hear(PROVIDER, 200, JSON, [json.dumps(body).encode()]))


def parts_of(events: list[Event]) -> list[Part]:
    return [part for message in assemble(events) for part in message.parts]


def spoken(events: list[Event]) -> list[Any]:
    frames = PROVIDER.framing.read(speak(PROVIDER, events, stream=True).chunks)
    said = [frame for frame in frames if frame.data != "[DONE]"]
    assert [frame.event for frame in said] == [json.loads(f.data)["type"] for f in said]
    return [json.loads(frame.data) for frame in said]


# -------------------------------------------------------- one table, both ways

SOURCE = {"type": "tool", "id": "f:0", "tool_output": {"content": "4"}}
ABOUT_TEXT = {"start": 0, "end": 1, "sources": [SOURCE], "type": "TEXT_CONTENT"}
ABOUT_THOUGHT = {"start": 0, "end": 1, "type": "THINKING_CONTENT", "content_index": 0}
ABOUT_PLAN = {"start": 0, "end": 1, "type": "PLAN"}

SAYS: dict[str, tuple[list[Any], JsonObject, list[Part]]] = {
    "nothing": ([], {}, []),
    "text": (
        words(0, "text", "A", "\u2028b"),
        {"content": [{"type": "text", "text": "A\u2028b"}]},
        [TextPart("A\u2028b")],
    ),
    "thoughts and text are two blocks": (
        [*words(0, "thinking", "H", "m"), *words(1, "text", "A")],
        {
            "content": [
                {"type": "thinking", "thinking": "Hm"},
                {"type": "text", "text": "A"},
            ]
        },
        [ReasoningPart("Hm"), TextPart("A")],
    ),
    "two texts are two parts": (
        [*words(0, "text", "A"), *words(1, "text", "B")],
        {"content": [{"type": "text", "text": "A"}, {"type": "text", "text": "B"}]},
        [TextPart("A"), TextPart("B")],
    ),
    "a plan and two calls": (
        [
            *plan("I ", "will"),
            *call(0, "f_1", "f", '{"a"', ":1}"),
            *call(1, "g_2", "g"),
        ],
        {
            "tool_plan": "I will",
            "tool_calls": [
                {
                    "id": "f_1",
                    "type": "function",
                    "function": {"name": "f", "arguments": '{"a":1}'},
                },
                {
                    "id": "g_2",
                    "type": "function",
                    "function": {"name": "g", "arguments": "{}"},
                },
            ],
        },
        [
            ReasoningPart("I will", provider_metadata=ours(type="tool_plan")),
            ToolCallPart("f", {"a": 1}, "f_1"),
            ToolCallPart("g", {}, "g_2"),
        ],
    ),
    "a citation belongs to its text": (
        words(0, "text", "4", more=tuple(cite(0, **ABOUT_TEXT))),
        {"content": [{"type": "text", "text": "4"}], "citations": [ABOUT_TEXT]},
        [TextPart("4", ours(citations=[ABOUT_TEXT]))],
    ),
    "text, calls and citations of one number do not collide": (
        [
            *words(0, "thinking", "H", more=tuple(cite(0, **ABOUT_THOUGHT))),
            *words(1, "text", "4", more=tuple(cite(1, **ABOUT_TEXT))),
            *plan("P"),
            *cite(2, **ABOUT_PLAN),
            *call(0, "f_1", "f", "{}"),
        ],
        {
            "content": [
                {"type": "thinking", "thinking": "H"},
                {"type": "text", "text": "4"},
            ],
            "tool_plan": "P",
            "tool_calls": [
                {
                    "id": "f_1",
                    "type": "function",
                    "function": {"name": "f", "arguments": "{}"},
                }
            ],
            "citations": [ABOUT_THOUGHT, ABOUT_TEXT, ABOUT_PLAN],
        },
        [
            ReasoningPart("H", provider_metadata=ours(citations=[ABOUT_THOUGHT])),
            TextPart("4", ours(citations=[ABOUT_TEXT])),
            ReasoningPart(
                "P", provider_metadata=ours(type="tool_plan", citations=[ABOUT_PLAN])
            ),
            ToolCallPart("f", {}, "f_1"),
        ],
    ),
}
"""What a stream says, what a whole message says, and what both mean."""


@pytest.mark.parametrize(("said", "message", "parts"), SAYS.values(), ids=SAYS)
@pytest.mark.parametrize("named", [True, False], ids=["event lines", "data only"])
@pytest.mark.parametrize("done", [True, False], ids=["[DONE]", "no [DONE]"])
def test_a_stream_says_the_same_both_ways(
    said: list[Any], message: JsonObject, parts: list[Part], named: bool, done: bool
) -> None:
    events = streamed(START, *said, end(), named=named, done=done)
    assert parts_of(events) == parts
    assert spoken(events) == [START, *said, end()]


@pytest.mark.parametrize(("said", "message", "parts"), SAYS.values(), ids=SAYS)
def test_a_whole_answer_says_the_same_both_ways(
    said: list[Any], message: JsonObject, parts: list[Part]
) -> None:
    body = {
        "id": "i",
        "message": {"role": "assistant"} | message,
        "finish_reason": "COMPLETE",
    }
    events = whole(body)
    assert parts_of(events) == parts
    assert events[-1] == streamed(START, *said, end())[-1]
    assert PROVIDER.synthesise_whole(events) == body


def test_each_event_has_the_number_of_its_part() -> None:
    events = streamed(START, *SAYS["a plan and two calls"][0], end())
    numbers = [(e.type, e.part_index) for e in events if isinstance(e, StreamEvent)]
    assert numbers == [
        ("reasoning", 0),
        ("reasoning", 0),
        ("tool_call_name", 1),
        ("tool_call_args", 1),
        ("tool_call_args", 1),
        ("tool_call_name", 2),
    ]


# ----------------------------------------------------------------- oddities


def test_words_that_come_before_their_block_starts_are_kept() -> None:
    said = [
        adds("content-delta", 0, content={"thinking": "H"}),
        adds("content-delta", 0, content={"text": "A"}),
        event("content-delta", delta={"message": {"content": {"text": "B"}}}),
        adds("tool-call-delta", 0, tool_calls={"function": {"arguments": "{}"}}),
    ]
    assert parts_of(streamed(*said, end())) == [
        ReasoningPart("H"),
        TextPart("A"),
        TextPart("B"),
        ToolCallPart(""),
    ]


def test_what_a_block_holds_as_it_starts_is_said_too() -> None:
    item = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{"}}
    said = [
        adds(
            "content-start", 0, content={"type": "text", "text": "A", "thinking": None}
        ),
        adds("content-delta", 0, content={"text": "B", "thinking": None}),
        adds("tool-call-start", 0, tool_calls=item),
        adds("tool-call-delta", 0, tool_calls={"function": {"arguments": "}"}}),
    ]
    assert parts_of(streamed(*said, end())) == [
        TextPart("AB"),
        ToolCallPart("f", {}, "c"),
    ]


def test_a_message_that_starts_with_content_has_said_it() -> None:
    start = event("message-start", delta={"message": {"content": "A"}})
    assert parts_of(streamed(start, end())) == [TextPart("A")]


def test_a_call_that_starts_again_is_the_same_and_another_id_is_another() -> None:
    again = call(0, "f_1", "f", "{}")
    assert parts_of(streamed(again[0], *again, *call(0, "g_2", "g"), end())) == [
        ToolCallPart("f", {}, "f_1"),
        ToolCallPart("g", {}, "g_2"),
    ]


def test_a_call_without_an_id_has_none() -> None:
    item = {"type": "function", "function": {"name": "f", "arguments": ""}}
    said = adds("tool-call-start", 0, tool_calls=item)
    events = streamed(START, said, event("tool-call-end", index=0), end())
    assert parts_of(events) == [ToolCallPart("f")]
    assert spoken(events)[1] == said


def test_arguments_that_are_cut_short_are_kept_as_they_are() -> None:
    said = call(0, "c", "f", '{"a": "b')
    events = streamed(START, *said, end("MAX_TOKENS"))
    assert parts_of(events) == [ToolCallPart("f", {"_raw": '{"a": "b'}, "c")]
    assert events[-1] == Finish("length", "MAX_TOKENS", ours(id="i"))
    assert spoken(events) == [START, *said, end("MAX_TOKENS")]


def test_what_a_block_or_a_call_says_beside_comes_back_in_its_place() -> None:
    text = {"type": "text", "text": "", "note": 1}
    item = {
        "id": "c",
        "type": "function",
        "function": {"name": "f", "arguments": "", "strict": True},
        "note": 2,
    }
    said = [
        adds("content-start", 0, content=text),
        event("content-end", index=0),
        adds("tool-call-start", 0, tool_calls=item),
        event("tool-call-end", index=0),
    ]
    events = streamed(START, *said, end("TOOL_CALL"))
    beside = ours(note=2, function={"strict": True})
    assert parts_of(events) == [
        TextPart("", ours(note=1)),
        ToolCallPart("f", {}, "c", provider_metadata=beside),
    ]
    assert spoken(events) == [START, *said, end("TOOL_CALL")]


UNPLACED: dict[str, tuple[JsonObject, int]] = {
    "the last of its kind": ({"type": "TEXT_CONTENT"}, 2),
    "the last text, where no kind is said": ({}, 2),
    "the last thought": ({"type": "THINKING_CONTENT"}, 1),
    "the one it names": ({"type": "TEXT_CONTENT", "content_index": 0}, 0),
    "the one it names, whatever its kind": ({"content_index": 1}, 1),
    "text, where its kind is new to us": ({"type": "IMAGE"}, 2),
}


@pytest.mark.parametrize(("citation", "part"), UNPLACED.values(), ids=UNPLACED)
def test_a_citation_is_about(citation: JsonObject, part: int) -> None:
    said = [*words(0, "text", "A"), *words(1, "thinking", "H"), *words(2, "text", "B")]
    parts = parts_of(streamed(START, *said, *cite(0, **citation), end()))
    wanted = [None, None, None]
    wanted[part] = ours(citations=[citation])  # type: ignore[call-overload]  # of Nones
    assert [one.provider_metadata for one in parts] == wanted


def test_a_citation_of_what_was_never_said_is_kept() -> None:
    about = {"content_index": 4, "type": "TEXT_CONTENT"}
    for parts in (
        parts_of(streamed(START, *cite(0, **about), end())),
        parts_of(whole({"message": {"citations": [about]}})),
    ):
        assert parts == [TextPart("", ours(citations=[about]))]


def test_a_citation_that_was_moved_names_its_new_place() -> None:
    about = {"type": "TEXT_CONTENT", "content_index": 7}
    moved = ours(citations=[about])
    message = Message("assistant", (TextPart("A", moved), TextPart("B", moved)))
    (said,) = PROVIDER.encode(Turn("m", (message,)))["messages"]
    assert [c["content_index"] for c in said["citations"]] == [0, 1]
    assert PROVIDER.cannot_say(message) == [
        "a cohere citation names the part it is about"
    ]
    events: list[Event] = [StreamEvent("text", "A", 0, provider_metadata=moved)]
    (again,) = spoken(events)[3:4]
    assert again == adds("citation-start", 0, citations=about | {"content_index": 0})


def test_a_citation_of_another_kind_says_of_which_it_is_now() -> None:
    citation = ours(type="tool_plan", citations=[{"type": "TEXT_CONTENT"}])
    thought = ReasoningPart("P", provider_metadata=citation)
    (said,) = PROVIDER.encode(Turn("m", (Message("assistant", (thought,)),)))[
        "messages"
    ]
    assert said["citations"] == [{"type": "PLAN"}]


def test_log_probabilities_are_kept_and_go_with_the_words() -> None:
    odds = [{"token_ids": [n], "logprobs": [-0.5]} for n in range(3)]
    said = words(0, "text", "A", "B")
    said[1]["logprobs"], said[2]["logprobs"] = odds[:2]
    events = streamed(START, *said, end())
    assert events[-1] == Finish("stop", "COMPLETE", ours(id="i", logprobs=odds[:2]))
    assert spoken(events) == [START, *said, end()]
    body = {
        "id": "i",
        "message": {"role": "assistant", "content": [{"type": "text", "text": "A"}]},
        "finish_reason": "COMPLETE",
        "logprobs": odds,
    }
    assert PROVIDER.synthesise_whole(whole(body)) == body
    told = spoken(whole(body))
    assert [e["delta"]["message"]["content"]["text"] for e in told[2:5]] == [
        "A",
        "",
        "",
    ]
    assert [e["logprobs"] for e in told[2:5]] == odds
    silent = spoken([Finish("stop", None, ours(logprobs=odds))])
    assert silent[-1] == end(logprobs=odds)
    assert streamed(*silent)[-1].provider_metadata["cohere"]["logprobs"] == odds  # type: ignore[union-attr,index]  # a Finish


def test_a_debug_event_tells_the_prompt() -> None:
    debug = event("debug", prompt="<BOS>")
    events = streamed(START, debug, end())
    assert events == [Finish("stop", "COMPLETE", ours(id="i", prompt="<BOS>"))]
    assert spoken(events) == [START, debug, end()]


UNKNOWN: dict[str, tuple[JsonObject, Unknown]] = {
    "an event": (event("ping", a=1), Unknown("ping", event("ping", a=1))),
    "an event of the old wire": (
        {"event_type": "text-generation", "text": "A"},
        Unknown("event", {"event_type": "text-generation", "text": "A"}),
    ),
    "a block": (
        adds("content-start", 0, content={"type": "image", "url": "u"}),
        Unknown("content:image", {"type": "image", "url": "u"}),
    ),
    "a delta": (
        adds("content-delta", 0, content={"sound": "s"}),
        Unknown("content-delta.sound", "s"),
    ),
    "a word of the message": (
        event("message-start", delta={"message": {"mood": "fine"}}),
        Unknown("message.mood", "fine"),
    ),
}


@pytest.mark.parametrize(("said", "wanted"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_nobody_taught_us_is_kept(said: JsonObject, wanted: Unknown) -> None:
    assert streamed(said, end(), named=False) if "type" not in said else True
    frame = f"data: {json.dumps(said)}\n\ndata: {json.dumps(end())}\n\n"
    events = list(hear(PROVIDER, 200, SSE, [frame.encode()]))
    assert events == [wanted, Finish("stop", "COMPLETE")]


@pytest.mark.parametrize("said", ["a", 7, [1]])
def test_an_event_or_a_body_that_is_no_object_is_kept(said: Any) -> None:
    frame = f"data: {json.dumps(said)}\n\n".encode()
    (unknown, _) = hear(PROVIDER, 200, SSE, [frame])
    assert unknown == Unknown("event", said)
    assert whole([said])[0] == Unknown("body", [said])


@pytest.mark.parametrize(
    "said",
    [
        adds("content-delta", 0, content={"text": 1}),
        adds("content-delta", 0, content="a"),
        adds("tool-plan-delta", tool_plan=["a"]),
        adds("tool-call-start", 0, tool_calls=[]),
        adds("tool-call-start", 0, tool_calls={"id": 1, "function": {"name": "f"}}),
        adds("tool-call-delta", 0, tool_calls={"function": {"arguments": {"a": 1}}}),
        adds("citation-start", 0, citations=7),
        event("content-delta", index=0),
        event("message-end", delta=7),
        event("message-end", delta={"usage": 7}),
    ],
)
def test_json_of_another_shape_is_an_error_of_the_wire(said: JsonObject) -> None:
    with pytest.raises(WireError, match="unexpected shape"):
        streamed(said, end())


# ------------------------------------------------------------------ the end


@pytest.mark.parametrize(
    ("reason", "said", "wanted"),
    [
        ("COMPLETE", [], "stop"),
        ("COMPLETE", call(0, "c", "f"), "tool_calls"),
        ("STOP_SEQUENCE", [], "stop"),
        ("STOP_SEQUENCE", call(0, "c", "f"), "tool_calls"),
        ("MAX_TOKENS", [], "length"),
        ("MAX_TOKENS", call(0, "c", "f"), "length"),
        ("TOOL_CALL", call(0, "c", "f"), "tool_calls"),
        ("TIRED", [], "other"),
    ],
)
def test_why_it_ended(reason: str, said: list[Any], wanted: str) -> None:
    events = streamed(START, *said, end(reason))
    assert events[-1] == Finish(wanted, reason, ours(id="i"))
    assert spoken(events) == [START, *said, end(reason)]
    assert whole(PROVIDER.synthesise_whole(events))[-1] == events[-1]


def test_an_end_without_a_reason_is_an_end() -> None:
    assert streamed(end(None))[-1] == Finish("stop", None)
    assert streamed(*call(0, "c", "f"), end(None))[-1] == Finish("tool_calls", None)


@pytest.mark.parametrize(
    ("reason", "wanted"),
    [("stop", "COMPLETE"), ("length", "MAX_TOKENS"), ("tool_calls", "TOOL_CALL")],
)
def test_our_reasons_have_words_on_this_wire(reason: str, wanted: str) -> None:
    assert spoken([Finish(reason)])[-1] == end(wanted)
    # A word of another wire is none of this one.
    assert spoken([Finish(reason, "end_turn")])[-1] == end(wanted)


@pytest.mark.parametrize("kept", range(7))
def test_a_stream_that_ends_before_its_end_is_truncated(kept: int) -> None:
    said = [START, *words(0, "text", "A"), *call(0, "c", "f", "{}"), end()]
    events = streamed(*said[:kept], done=kept % 2 == 0)
    assert not any(isinstance(event, Finish) for event in events)
    facts = ours(id="i") if kept else None
    message = "the stream ended before message-end"
    assert events[-1] == Error(message, "truncated", None, True, facts)
    told = spoken(events) if kept else []
    assert end() not in told
    chunks = speak(PROVIDER, events, stream=True).chunks
    assert b"[DONE]" not in b"".join(chunks)


def test_a_last_event_may_lack_its_blank_line_but_not_its_half() -> None:
    body = body_of(START, end(), done=False).removesuffix(b"\n\n")
    assert [*hear(PROVIDER, 200, SSE, [body])][-1].type == "finish"
    (error,) = hear(PROVIDER, 200, SSE, [body[:-9]])
    assert isinstance(error, Error)
    assert error.kind == "truncated"


def test_citations_of_a_stream_that_was_cut_are_kept() -> None:
    said = words(0, "text", "4", more=tuple(cite(0, **ABOUT_TEXT)))[:-1]
    assert parts_of(streamed(START, *said)) == [
        TextPart("4", ours(citations=[ABOUT_TEXT]))
    ]


COUNTS: dict[str, tuple[JsonObject, Usage, JsonObject | None]] = {
    "all of them": (
        {
            "billed_units": {"input_tokens": 1, "output_tokens": 2, "search_units": 3},
            "tokens": {"input_tokens": 4, "output_tokens": 5},
            "cached_tokens": 0,
        },
        Usage(
            4,
            5,
            {
                "billed_units": {
                    "input_tokens": 1,
                    "output_tokens": 2,
                    "search_units": 3,
                },
                "cached": 0,
            },
        ),
        None,
    ),
    "only tokens": ({"tokens": {"input_tokens": 4}}, Usage(4), None),
    "only what was billed": (
        {"billed_units": {"input_tokens": 1, "output_tokens": 2}},
        Usage(1, 2, {"billed_units": {"input_tokens": 1, "output_tokens": 2}}),
        {
            "billed_units": {"input_tokens": 1, "output_tokens": 2},
            "tokens": {"input_tokens": 1, "output_tokens": 2},
        },
    ),
    "one that is new to us": (
        {"tokens": {"output_tokens": 5}, "images": 1},
        Usage(None, 5, {"images": 1}),
        None,
    ),
}


@pytest.mark.parametrize(("raw", "usage", "again"), COUNTS.values(), ids=COUNTS)
def test_what_it_cost(raw: JsonObject, usage: Usage, again: JsonObject | None) -> None:
    events = streamed(START, end(usage=raw))
    assert events[:-1] == [usage]
    assert spoken(events)[-1] == end(usage=again or raw)
    assert whole(PROVIDER.synthesise_whole(events)) == events


# ------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("reason", "text", "wanted"),
    [
        ("ERROR", "out of memory", Error("out of memory", "ERROR", 500, True)),
        ("ERROR", None, Error("ERROR", "ERROR", 500, True)),
        ("TIMEOUT", None, Error("TIMEOUT", "TIMEOUT", 504, True)),
        (None, "no", Error("no", "ERROR", 500, True)),
    ],
)
def test_a_generation_that_failed_is_an_error(
    reason: str | None, text: str | None, wanted: Error
) -> None:
    said = words(0, "text", "A")
    events = streamed(*said, end(reason, **({"error": text} if text else {})))
    assert (parts_of(events), events[-1]) == ([TextPart("A")], wanted)
    for again in (streamed(*spoken(events)), whole(PROVIDER.synthesise_whole(events))):
        assert parts_of(again) == [TextPart("A")]
        assert isinstance(again[-1], Error)
        assert (again[-1].message, again[-1].kind) == (wanted.message, wanted.kind)


@pytest.mark.parametrize("named", ["", "event: error\n"])
def test_an_error_alone_in_a_stream_ends_it(named: str) -> None:
    body = body_of(*words(0, "text", "A"), done=False)
    body += f'{named}data: {{"id":"e","message":"too slow"}}\n\n'.encode()
    events = list(hear(PROVIDER, 200, SSE, [body, body_of(end())]))
    assert events[-1] == Error("too slow", provider_metadata=ours(id="e"))
    assert parts_of(events) == [TextPart("A")]


@pytest.mark.parametrize(
    ("body", "message", "facts"),
    [
        ({"id": "e", "message": "no such model"}, "no such model", {"id": "e"}),
        ({"message": "no", "data": 1}, "no", {"data": 1}),
        ("<html>", "<html>", {}),
        ({"detail": "other"}, '{"detail":"other"}', {"detail": "other"}),
    ],
)
def test_an_http_error_is_a_sentence(
    body: Any, message: str, facts: JsonObject
) -> None:
    data = body if isinstance(body, str) else json.dumps(body)
    (error,) = hear(PROVIDER, 429, (("retry-after", "2"),), [data.encode()])
    assert error == Error(message, None, 429, True, ours(retry_after="2", **facts))
    assert PROVIDER.synthesise_error(error) == (429, facts | {"message": message})


def test_an_error_in_place_of_an_answer_is_an_error() -> None:
    body = {"id": "e", "message": "no"}
    assert whole(body) == [Error("no", provider_metadata=ours(id="e"))]
    assert PROVIDER.synthesise_whole(whole(body)) == body
    assert PROVIDER.synthesise_error(Error("late", "TIMEOUT")) == (
        504,
        {"message": "late"},
    )


# ------------------------------------------------------- what cannot be said

TEXT = TextPart("a")
CALL = ToolCallPart("f", {}, "c")
PLAN = ReasoningPart("p", provider_metadata=ours(type="tool_plan"))
UNSAYABLE: dict[str, tuple[Part, ...]] = {
    "in this order only": (CALL, TEXT),
    "plan, calls": (PLAN, TEXT),
    "one tool plan": (PLAN, PLAN),
    "no empty text part": (TextPart(""),),
    "no empty reasoning part": (
        ReasoningPart("", provider_metadata=ours(type="tool_plan")),
    ),
    "no withheld reasoning": (ReasoningPart("", True),),
    "no tools of its own": (ToolCallPart("f", {}, "c", True),),
    "runs no tools": (ToolResultPart("f", "1", "c", True),),
    "hold no attachments": (AttachmentPart(Attachment("image/png", content=PNG)),),
    "and nothing else beside": (
        ReasoningPart("p", provider_metadata=ours(type="tool_plan", x=1)),
    ),
    "nothing of others beside a text": (TextPart("a", {"other": {}}),),
}


@pytest.mark.parametrize(("reason", "parts"), UNSAYABLE.items(), ids=UNSAYABLE)
def test_what_cannot_be_said_is_said_to_be_so(
    reason: str, parts: tuple[Part, ...]
) -> None:
    (said,) = PROVIDER.cannot_say(Message("assistant", parts))
    assert reason in said


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([Finish("refusal")], "no finish_reason says 'refusal'"),
        ([Finish("other", "ERROR")], "no finish_reason says 'other'"),
        ([Usage(1, 2, {"reasoning": 1})], "no count of reasoning tokens"),
        ([Usage(1, 2, {"cache_write": 1})], "no count of cache_write tokens"),
        ([StreamEvent("attachment", "", 0)], "answers hold no attachments"),
        (
            [StreamEvent("text", "a", 0), StreamEvent("text", "b", 1, message_index=1)],
            "an answer is one message",
        ),
    ],
)
def test_an_answer_without_words_for_it_is_refused(
    events: list[Event], reason: str, stream: bool
) -> None:
    with pytest.raises(NotExpressible, match=reason):
        speak(PROVIDER, events, stream=stream)


# ------------------------------------------------------------------- asking


def asked(*messages: JsonObject, **fields: Any) -> JsonObject:
    return {"model": "m", "messages": list(messages)} | fields


REQUESTS: dict[str, tuple[JsonObject, Turn]] = {
    "words": (
        asked(
            {"role": "system", "content": "s"},
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": "b"},
            {"role": "user", "content": ""},
            stream=True,
        ),
        Turn(
            "m",
            (
                Message("system", (TextPart("s"),)),
                Message("user", (TEXT,)),
                Message("assistant", (TextPart("b"),)),
                Message("user"),
            ),
            stream=True,
        ),
    ),
    "pictures, by address and by content": (
        asked(
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "a", "note": 1},
                    {
                        "type": "image_url",
                        "image_url": {"url": "https://e.org/a", "detail": "low"},
                    },
                    {"type": "image_url", "image_url": {"url": PNG_URL}},
                ],
                "name": "Ann",
            }
        ),
        Turn(
            "m",
            (
                Message(
                    "user",
                    (
                        TextPart("a", ours(note=1)),
                        AttachmentPart(
                            Attachment("image/*", url="https://e.org/a"),
                            ours(image_url={"detail": "low"}),
                        ),
                        AttachmentPart(Attachment("image/png", content=PNG)),
                    ),
                    ours(name="Ann"),
                ),
            ),
        ),
    ),
    "an answer with everything": (
        asked(
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "h"},
                    {"type": "text", "text": "a"},
                ],
                "tool_plan": "p",
                "tool_calls": [
                    {
                        "id": "c",
                        "type": "function",
                        "function": {"name": "f", "arguments": '{"x":[1]}'},
                    }
                ],
                "citations": [ABOUT_TEXT, ABOUT_PLAN],
            },
            {"role": "tool", "tool_call_id": "c", "content": "1"},
        ),
        Turn(
            "m",
            (
                Message(
                    "assistant",
                    (
                        ReasoningPart("h"),
                        TextPart("a", ours(citations=[ABOUT_TEXT])),
                        ReasoningPart(
                            "p",
                            provider_metadata=ours(
                                type="tool_plan", citations=[ABOUT_PLAN]
                            ),
                        ),
                        ToolCallPart("f", {"x": [1]}, "c"),
                    ),
                ),
                Message("tool", (ToolResultPart("f", "1", "c"),)),
            ),
        ),
    ),
    "an answer with citations alone": (
        asked({"role": "assistant", "content": "a", "citations": [ABOUT_TEXT]}),
        Turn(
            "m",
            (Message("assistant", (TextPart("a", ours(citations=[ABOUT_TEXT])),)),),
        ),
    ),
    "results in documents": (
        asked(
            {
                "role": "tool",
                "tool_call_id": "c",
                "content": [
                    {"type": "document", "document": {"id": "d", "data": {"a": 1}}},
                    {"type": "document", "document": {"data": "plain"}},
                    {"type": "text", "text": "more"},
                ],
            },
            {"role": "tool", "tool_call_id": "e", "content": "1", "note": 1},
        ),
        Turn(
            "m",
            (
                Message(
                    "tool",
                    (
                        ToolResultPart(
                            "",
                            '{"a":1}\nplain\nmore',
                            "c",
                            provider_metadata=ours(
                                content=[
                                    {
                                        "type": "document",
                                        "document": {"id": "d", "data": {"a": 1}},
                                    },
                                    {"type": "document", "document": {"data": "plain"}},
                                    {"type": "text", "text": "more"},
                                ]
                            ),
                        ),
                        ToolResultPart("", "1", "e", provider_metadata=ours(note=1)),
                    ),
                ),
            ),
        ),
    ),
    "tools": (
        asked(
            tools=[
                {
                    "type": "function",
                    "function": {
                        "name": "f",
                        "description": "does",
                        "parameters": SCHEMA,
                    },
                },
                {
                    "type": "function",
                    "function": {"name": "g", "parameters": {}, "strict": True},
                },
                {"type": "web_search"},
            ],
            tool_choice="REQUIRED",
            strict_tools=True,
        ),
        Turn(
            "m",
            (),
            (
                Tool("f", "does", SCHEMA),
                Tool("g", provider_metadata=ours(function={"strict": True})),
                ServerSideTool({"type": "web_search"}),
            ),
            options={"tool_choice": "REQUIRED", "strict_tools": True},
        ),
    ),
    "a schema": (
        asked(response_format={"type": "json_object", "json_schema": SCHEMA}),
        Turn("m", (), schema=SCHEMA),
    ),
    "a schema under its old name": (
        asked(response_format={"type": "json_object", "schema": SCHEMA, "x": 1}),
        Turn(
            "m",
            (),
            schema=SCHEMA,
            provider_metadata=ours(response_format={"x": 1, "schema_in": "schema"}),
        ),
    ),
    "JSON without a schema, and all the rest": (
        asked(
            response_format={"type": "json_object"},
            documents=["a", {"id": "d", "data": {"text": "b"}}],
            thinking={"type": "enabled", "token_budget": 9},
            citation_options={"mode": "FAST"},
            safety_mode="OFF",
            logprobs=True,
        ),
        Turn(
            "m",
            (),
            options={
                "response_format": {"type": "json_object"},
                "documents": ["a", {"id": "d", "data": {"text": "b"}}],
                "thinking": {"type": "enabled", "token_budget": 9},
                "citation_options": {"mode": "FAST"},
                "safety_mode": "OFF",
                "logprobs": True,
            },
        ),
    ),
    "what nobody taught us": (
        asked(
            {"role": "user", "content": [{"type": "audio", "audio": "u"}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "text", "text": "a"},
                    {"type": "image_url", "image_url": {"url": "u"}},
                ],
                "mood": "fine",
            },
        ),
        Turn(
            "m",
            (
                Message(
                    "user",
                    (AttachmentPart(None, ours(type="audio", audio="u")),),
                ),
                Message(
                    "assistant",
                    (TEXT,),
                    ours(
                        mood="fine",
                        content=[
                            {"type": "text", "text": "a"},
                            {"type": "image_url", "image_url": {"url": "u"}},
                        ],
                    ),
                ),
            ),
        ),
    ),
}


@pytest.mark.parametrize(("body", "turn"), REQUESTS.values(), ids=REQUESTS)
def test_a_request_says_the_same_both_ways(body: JsonObject, turn: Turn) -> None:
    assert PROVIDER.parse(json.loads(json.dumps(body))) == turn
    assert PROVIDER.encode(turn) == body


SAID_OTHERWISE: dict[str, tuple[JsonObject, JsonObject]] = {
    "a list of one text is a text": (
        {"role": "user", "content": [{"type": "text", "text": "a"}]},
        {"role": "user", "content": "a"},
    ),
    "so it is in a result": (
        {
            "role": "tool",
            "tool_call_id": "c",
            "content": [{"type": "text", "text": "a"}],
        },
        {"role": "tool", "tool_call_id": "c", "content": "a"},
    ),
    "what is empty is not there": (
        {
            "role": "assistant",
            "content": None,
            "tool_plan": None,
            "citations": [],
            "tool_calls": [],
        },
        {"role": "assistant"},
    ),
}


@pytest.mark.parametrize(("body", "again"), SAID_OTHERWISE.values(), ids=SAID_OTHERWISE)
def test_in_a_request_said_otherwise(body: JsonObject, again: JsonObject) -> None:
    assert PROVIDER.encode(PROVIDER.parse(asked(body)))["messages"] == [again]


@pytest.mark.parametrize(
    "url",
    [
        "data:image/png;base64,iVBORw0KGgo",
        "data:image/png;charset=x;base64,iVBO\nRw0KGgo=",
        "data:application/pdf;base64,JVBERi0=",
        "data:image/svg+xml,<svg/>",
        "data:;base64,",
    ],
)
def test_a_url_whose_bytes_would_not_give_it_again_stays_a_url(url: str) -> None:
    item = {"type": "image_url", "image_url": {"url": url}}
    body = asked({"role": "user", "content": [item]})
    turn = PROVIDER.parse(body)
    picture = AttachmentPart(Attachment("image/*", url=url))
    assert turn.messages[0].parts == (picture,)
    assert PROVIDER.encode(turn) == body


def test_what_others_said_beside_is_never_sent() -> None:
    foreign = {"anthropic": {"signature": "s"}}
    parts = (ReasoningPart("", provider_metadata=foreign), TextPart("a", foreign))
    message = Message("assistant", parts, foreign)
    assert PROVIDER.encode(Turn("m", (message,), provider_metadata=foreign)) == asked(
        {"role": "assistant", "content": "a"}
    )


def test_an_answer_that_went_back_and_forth_is_sent_in_the_order_of_the_wire() -> None:
    message = Message("assistant", (CALL, PLAN, TEXT, PLAN))
    (said,) = PROVIDER.encode(Turn("m", (message,)))["messages"]
    assert (said["content"], said["tool_plan"], len(said["tool_calls"])) == (
        "a",
        "pp",
        1,
    )


UNASKABLE: dict[str, tuple[str, Part]] = {
    "an attachment part is an image, not application/pdf": (
        "user",
        AttachmentPart(Attachment("application/pdf", content=b"%PDF")),
    ),
    "an attachment part needs a URL or content": (
        "user",
        AttachmentPart(Attachment("image/png", path="a.png")),
    ),
    "no user message can carry a part of attachment": ("user", AttachmentPart(None)),
    "no system message can carry a part of attachment": (
        "system",
        AttachmentPart(Attachment("image/png", content=PNG)),
    ),
    "no user message can carry a part of reasoning": ("user", ReasoningPart("h")),
    "no user message can carry a part of tool_call": ("user", CALL),
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
}


@pytest.mark.parametrize(("reason", "said"), UNASKABLE.items(), ids=UNASKABLE)
def test_what_cannot_be_asked_is_named(reason: str, said: tuple[str, Part]) -> None:
    role, part = said
    with pytest.raises(NotExpressible, match=f"^cohere: {reason}$"):
        PROVIDER.encode(Turn("m", (Message(role, (part,)),)))


# ------------------------------------------------------------------ the facts


def test_it_keeps_nothing_opaque() -> None:
    assert PROVIDER.opaque(ReasoningPart("h"), "x") is None


def test_its_path_is_known_to_show() -> None:
    address = PROVIDER.base_url + PROVIDER.path(Turn("m", ()))
    assert address == "https://api.cohere.com/v2/chat"
    assert guessed(address) == PROVIDER.name
