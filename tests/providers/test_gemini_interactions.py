"""Gemini's Interactions: steps of every kind, in streams, whole and in requests."""

from __future__ import annotations

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
from harness.providers._own import beside
from harness.providers._paths import guessed
from harness.providers._square import hear, speak
from harness.providers.gemini_interactions import PROVIDER
from harness.providers.gemini_interactions.kinds import CALLS, RESULTS

SSE = (("content-type", "text/event-stream"),)
JSON = (("content-type", "application/json"),)
PNG, PNG_BASE64 = b"\x89PNG\r\n\x1a\n", "iVBORw0KGgo="
SCHEMA = {"type": "object", "properties": {}}


def ours(**data: Any) -> JsonObject:
    return {"gemini-interactions": data}


# ------------------------------------------------------------ a stream's events

ITSELF: JsonObject = {"id": "v1_a", "object": "interaction", "model": "m"}


def event(type_: str, **fields: Any) -> JsonObject:
    return {"event_type": type_} | fields


BEGUN = [
    event("interaction.created", interaction=ITSELF | {"status": "in_progress"}),
    event("interaction.status_update", interaction_id="v1_a", status="in_progress"),
]


def over(status: str | None = "completed", **fields: Any) -> JsonObject:
    said = {"status": status} if status else {}
    return event("interaction.completed", interaction=ITSELF | said | fields)


def step(index: int, start: JsonObject, *deltas: JsonObject) -> list[JsonObject]:
    return [
        event("step.start", index=index, step=start),
        *(event("step.delta", index=index, delta=delta) for delta in deltas),
        event("step.stop", index=index),
    ]


def text(words: str) -> JsonObject:
    return {"type": "text", "text": words}


def body_of(said: list[JsonObject], *, named: bool = True, done: bool = True) -> bytes:
    lines = [
        (f"event: {data['event_type']}\n" if named else "")
        + f"data: {json.dumps(data)}\n\n"
        for data in said
    ]
    end = ("event: done\n" if named else "") + "data: [DONE]\n\n"
    return "".join([*lines, end if done else ""]).encode()


def streamed(*said: JsonObject, named: bool = True, done: bool = True) -> list[Event]:
    body = body_of(list(said), named=named, done=done)
    return list(hear(PROVIDER, 200, SSE, [body]))


def whole(body: Any) -> list[Event]:
    return list(hear(PROVIDER, 200, JSON, [json.dumps(body).encode()]))


def parts_of(events: list[Event]) -> list[Part]:
    return [part for message in assemble(events) for part in message.parts]


def spoken(events: list[Event]) -> list[Any]:
    frames = PROVIDER.framing.read(speak(PROVIDER, events, stream=True).chunks)
    said = [frame for frame in frames if frame.data != "[DONE]"]
    for frame in said:
        assert frame.event == json.loads(frame.data)["event_type"]
    return [json.loads(frame.data) for frame in said]


# -------------------------------------------------------- one table, both ways

NOTE = {"type": "url_citation", "url": "https://e.org", "start_index": 0}
IMAGE = {"type": "image", "data": PNG_BASE64, "mime_type": "image/png"}
AUDIO = {"type": "audio", "data": "AAEC", "mime_type": "audio/l16", "sample_rate": 9}
FOUND = [{"search_suggestions": "<b>"}]
FAILURE = {"code": 13, "message": "cut short"}

STEPS: dict[str, tuple[list[list[JsonObject]], list[JsonObject], list[Part]]] = {
    "nothing": ([], [], []),
    "text": (
        [[{"type": "model_output"}, text("A"), text("\u2028b")]],
        [{"type": "model_output", "content": [text("A\u2028b")]}],
        [TextPart("A\u2028b")],
    ),
    "text and what it is based on": (
        [
            [
                {"type": "model_output"},
                text("A"),
                {"type": "text_annotation_delta", "annotations": [NOTE, NOTE]},
            ]
        ],
        [
            {
                "type": "model_output",
                "content": [text("A") | {"annotations": [NOTE, NOTE]}],
            }
        ],
        [TextPart("A", ours(annotations=[NOTE, NOTE]))],
    ),
    "two outputs are two steps": (
        [[{"type": "model_output"}, text("A")], [{"type": "model_output"}, text("B")]],
        [
            {"type": "model_output", "content": [text("A")]},
            {"type": "model_output", "content": [text("B")]},
        ],
        [TextPart("A"), TextPart("B")],
    ),
    "text around a picture is in one step": (
        [[{"type": "model_output"}, text("A"), IMAGE, text("B"), text("C")]],
        [{"type": "model_output", "content": [text("A"), IMAGE, text("BC")]}],
        [
            TextPart("A"),
            AttachmentPart(Attachment("image/png", content=PNG), ours(same_step=True)),
            TextPart("BC", ours(same_step=True)),
        ],
    ),
    "two texts of one step start whole": (
        [[{"type": "model_output", "content": [text("A"), text("B")]}]],
        [{"type": "model_output", "content": [text("A"), text("B")]}],
        [TextPart("A"), TextPart("B", ours(same_step=True))],
    ),
    "sound, and a picture that is elsewhere": (
        [
            [{"type": "model_output"}, AUDIO],
            [{"type": "model_output"}, {"type": "image", "uri": "https://e.org/a"}],
        ],
        [
            {"type": "model_output", "content": [AUDIO]},
            {
                "type": "model_output",
                "content": [{"type": "image", "uri": "https://e.org/a"}],
            },
        ],
        [
            AttachmentPart(
                Attachment("audio/l16", content=b"\0\1\2"), ours(sample_rate=9)
            ),
            AttachmentPart(Attachment("image/*", url="https://e.org/a")),
        ],
    ),
    "what a step says of itself": (
        [[{"type": "model_output", "error": FAILURE}, text("A")]],
        [{"type": "model_output", "error": FAILURE, "content": [text("A")]}],
        [TextPart("A", ours(step={"error": FAILURE}))],
    ),
    "a step that says of itself and nothing else": (
        [[{"type": "model_output", "error": FAILURE}]],
        [{"type": "model_output", "error": FAILURE}],
        [TextPart("", ours(step={"error": FAILURE}))],
    ),
    "a thought with its signature, and one without words": (
        [
            [
                {"type": "thought"},
                {"type": "thought_summary", "content": text("H")},
                {"type": "thought_summary", "content": text("m")},
                {"type": "thought_signature", "signature": "c2ln=="},
            ],
            [
                {"type": "thought"},
                {"type": "thought_signature", "signature": "b3RoZXI="},
            ],
        ],
        [
            {"type": "thought", "summary": [text("Hm")], "signature": "c2ln=="},
            {"type": "thought", "signature": "b3RoZXI="},
        ],
        [
            ReasoningPart("Hm", provider_metadata=ours(signature="c2ln==")),
            ReasoningPart("", provider_metadata=ours(signature="b3RoZXI=")),
        ],
    ),
    "a thought with a picture": (
        [[{"type": "thought", "signature": "s", "summary": [text("H"), IMAGE]}]],
        [{"type": "thought", "signature": "s", "summary": [text("H"), IMAGE]}],
        [
            ReasoningPart(
                "H",
                provider_metadata=ours(signature="s", summary=[text("H"), IMAGE]),
            )
        ],
    ),
    "calls of ours": (
        [
            [
                {"type": "function_call", "name": "f", "id": "c", "arguments": {}},
                {"type": "arguments_delta", "arguments": '{"a"'},
                {"type": "arguments_delta", "arguments": ":1}"},
            ],
            [
                {
                    "type": "function_call",
                    "name": "f",
                    "id": "d",
                    "signature": "s",
                    "arguments": {},
                }
            ],
        ],
        [
            {"type": "function_call", "name": "f", "id": "c", "arguments": {"a": 1}},
            {
                "type": "function_call",
                "name": "f",
                "id": "d",
                "signature": "s",
                "arguments": {},
            },
        ],
        [
            ToolCallPart("f", {"a": 1}, "c"),
            ToolCallPart("f", {}, "d", provider_metadata=ours(signature="s")),
        ],
    ),
    "a search of Google's": (
        [
            [
                {"type": "google_search_call", "id": "c", "signature": "s1"},
                {"type": "google_search_call", "arguments": {"queries": ["q"]}},
            ],
            [
                {"type": "google_search_result", "call_id": "c", "signature": ""},
                {"type": "google_search_result", "result": FOUND, "is_error": False},
            ],
        ],
        [
            {
                "type": "google_search_call",
                "id": "c",
                "signature": "s1",
                "arguments": {"queries": ["q"]},
            },
            {
                "type": "google_search_result",
                "call_id": "c",
                "signature": "",
                "result": FOUND,
                "is_error": False,
            },
        ],
        [
            ToolCallPart(
                "google_search", {"queries": ["q"]}, "c", True, ours(signature="s1")
            ),
            ToolResultPart(
                "google_search",
                '[{"search_suggestions":"<b>"}]',
                "c",
                True,
                provider_metadata=ours(signature="", is_error=False),
            ),
        ],
    ),
    "code that fails, and text that is JSON": (
        [
            [
                {"type": "code_execution_call", "id": "c"},
                {"type": "code_execution_call", "arguments": {"code": "1/0"}},
            ],
            [
                {"type": "code_execution_result", "call_id": "c"},
                {"type": "code_execution_result", "result": "[1]", "is_error": True},
            ],
        ],
        [
            {"type": "code_execution_call", "id": "c", "arguments": {"code": "1/0"}},
            {
                "type": "code_execution_result",
                "call_id": "c",
                "result": "[1]",
                "is_error": True,
            },
        ],
        [
            ToolCallPart("code_execution", {"code": "1/0"}, "c", True),
            ToolResultPart(
                "code_execution",
                "[1]",
                "c",
                True,
                exception="is_error",
                provider_metadata=ours(result_is="text"),
            ),
        ],
    ),
    "a tool of an MCP server's, named as one of Google's": (
        [
            [
                {
                    "type": "mcp_server_tool_call",
                    "name": "retrieval",
                    "server_name": "s",
                    "id": "c",
                },
                {
                    "type": "mcp_server_tool_call",
                    "name": "retrieval",
                    "server_name": "s",
                    "arguments": {"a": 1},
                },
            ],
            [
                {"type": "mcp_server_tool_result", "call_id": "c", "name": "retrieval"},
                {"type": "mcp_server_tool_result", "result": {"ok": True}},
            ],
        ],
        [
            {
                "type": "mcp_server_tool_call",
                "name": "retrieval",
                "server_name": "s",
                "id": "c",
                "arguments": {"a": 1},
            },
            {
                "type": "mcp_server_tool_result",
                "call_id": "c",
                "name": "retrieval",
                "result": {"ok": True},
            },
        ],
        [
            ToolCallPart(
                "retrieval",
                {"a": 1},
                "c",
                True,
                ours(type="mcp_server_tool_call", server_name="s"),
            ),
            ToolResultPart(
                "retrieval",
                '{"ok":true}',
                "c",
                True,
                provider_metadata=ours(type="mcp_server_tool_result"),
            ),
        ],
    ),
    "tools that say nothing of what they do": (
        [
            [{"type": "file_search_call", "id": "c", "signature": "s"}],
            [{"type": "file_search_result", "call_id": "c", "signature": "t"}],
        ],
        [
            {"type": "file_search_call", "id": "c", "signature": "s"},
            {"type": "file_search_result", "call_id": "c", "signature": "t"},
        ],
        [
            ToolCallPart("file_search", {}, "c", True, ours(signature="s")),
            ToolResultPart(
                "file_search", "", "c", True, provider_metadata=ours(signature="t")
            ),
        ],
    ),
    "a result of ours, as agents repeat it": (
        [
            [
                {"type": "function_result", "call_id": "c", "name": "f"},
                {"type": "function_result", "result": {"a": 1}},
            ]
        ],
        [
            {
                "type": "function_result",
                "call_id": "c",
                "name": "f",
                "result": {"a": 1},
            }
        ],
        [ToolResultPart("f", '{"a":1}', "c", provider_metadata=ours(result_is="json"))],
    ),
}
"""How steps start and the deltas that follow, what stands in the end, what it means."""

by_step = pytest.mark.parametrize(("said", "steps", "parts"), STEPS.values(), ids=STEPS)


def all_of(said: list[list[JsonObject]], last: JsonObject) -> list[JsonObject]:
    steps = [step(index, *one) for index, one in enumerate(said)]
    return [*BEGUN, *(one for events in steps for one in events), last]


def status_of(parts: list[Part]) -> str:
    calls = any(isinstance(p, ToolCallPart) and not p.server_executed for p in parts)
    return "requires_action" if calls else "completed"


@by_step
@pytest.mark.parametrize("named", [True, False], ids=["event lines", "data only"])
@pytest.mark.parametrize("done", [True, False], ids=["[DONE]", "no [DONE]"])
def test_a_stream_says_the_same_both_ways(
    said: list[list[JsonObject]],
    steps: list[JsonObject],
    parts: list[Part],
    named: bool,
    done: bool,
) -> None:
    stream = all_of(said, over(status_of(parts)))
    events = streamed(*stream, named=named, done=done)
    assert parts_of(events) == parts
    assert spoken(events) == stream


@by_step
def test_a_whole_answer_says_the_same_both_ways(
    said: list[list[JsonObject]], steps: list[JsonObject], parts: list[Part]
) -> None:
    status = status_of(parts)
    body = ITSELF | {"status": status, "steps": steps}
    events = whole(body)
    assert parts_of(events) == parts
    assert events[-1] == streamed(*all_of(said, over(status)))[-1]
    assert PROVIDER.synthesise_whole(events) == body


@by_step
def test_a_step_goes_back_as_it_came(
    said: list[list[JsonObject]], steps: list[JsonObject], parts: list[Part]
) -> None:
    turn = Turn("m", (Message("assistant", tuple(parts)),))
    assert PROVIDER.encode(turn)["input"] == steps
    assert PROVIDER.encode(PROVIDER.parse({"model": "m", "input": steps})) == (
        {"model": "m", "input": steps} if steps else {"model": "m"}
    )


@pytest.mark.parametrize("kind", [*CALLS, *RESULTS])
def test_every_tool_has_its_steps(kind: str) -> None:
    called, ran = kind.endswith("_call"), not kind.startswith("function")
    tool = kind.rpartition("_")[0]
    named = {"name": "f"} if tool in ("function", "mcp_server_tool") else {}
    server = {"server_name": "s"} if kind == "mcp_server_tool_call" else {}
    said: JsonObject = {"type": kind} | named | server
    said |= {"id": "c", "arguments": {"a": 1}} if called else {"call_id": "c"}
    said |= {} if called else {"result": "found"}
    events = whole({"status": "completed", "steps": [said]})
    (part,) = parts_of(events)
    assert isinstance(part, ToolCallPart if called else ToolResultPart)
    assert (part.name, part.server_executed) == (named.get("name", tool), ran)
    assert PROVIDER.synthesise_whole(events)["steps"] == [said]
    assert parts_of(streamed(*spoken(events))) == [part]


def test_each_event_has_the_number_of_its_part() -> None:
    events = streamed(*all_of(STEPS["calls of ours"][0], over()))
    numbers = [(e.type, e.part_index) for e in events if isinstance(e, StreamEvent)]
    assert numbers == [
        ("tool_call_name", 0),
        ("tool_call_args", 0),
        ("tool_call_args", 0),
        ("tool_call_name", 1),
    ]


# ------------------------------------------------------------ the older grammar

OLD_USAGE = {"total_input_tokens": 1, "total_reasoning_tokens": 2}


def old(index: int, content: JsonObject, *deltas: JsonObject) -> list[JsonObject]:
    return [
        event("content.start", index=index, content=content),
        *(event("content.delta", index=index, delta=delta) for delta in deltas),
        event("content.stop", index=index),
    ]


OLD: dict[str, tuple[list[JsonObject], list[JsonObject], list[Part]]] = {
    "text": (
        old(0, {"type": "text"}, text("A"), text("B") | {"annotations": [NOTE]}),
        [text("AB") | {"annotations": [NOTE]}],
        [TextPart("AB", ours(annotations=[NOTE]))],
    ),
    "a thought": (
        [
            *old(
                0,
                {"type": "thought"},
                {"type": "thought_summary", "text": "H"},
                {"type": "thought_summary", "content": text("m")},
                {"type": "thought_signature", "signature": "s"},
            ),
            *old(1, {"type": "text", "text": ""}, text("A")),
        ],
        [{"type": "thought", "signature": "s", "summary": "Hm"}, text("A")],
        [ReasoningPart("Hm", provider_metadata=ours(signature="s")), TextPart("A")],
    ),
    "a call that comes whole": (
        old(
            0,
            {"type": "function_call"},
            {"type": "function_call", "name": "f", "arguments": {"a": 1}, "id": "c"},
        ),
        [{"type": "function_call", "name": "f", "arguments": {"a": 1}, "id": "c"}],
        [ToolCallPart("f", {"a": 1}, "c")],
    ),
    "pictures": (
        old(0, {"type": "image"}, IMAGE),
        [IMAGE],
        [AttachmentPart(Attachment("image/png", content=PNG))],
    ),
    "a search": (
        [
            *old(
                0,
                {"type": "google_search_call", "id": "c"},
                {"type": "google_search_call", "arguments": {"queries": ["q"]}},
            ),
            *old(1, {"type": "google_search_result", "call_id": "c", "result": FOUND}),
        ],
        [
            {
                "type": "google_search_call",
                "id": "c",
                "arguments": {"queries": ["q"]},
            },
            {"type": "google_search_result", "call_id": "c", "result": FOUND},
        ],
        [
            ToolCallPart("google_search", {"queries": ["q"]}, "c", True),
            ToolResultPart(
                "google_search", '[{"search_suggestions":"<b>"}]', "c", True
            ),
        ],
    ),
}
"""Content in no step, as it was streamed and as it stood among ``outputs``."""


@pytest.mark.parametrize(("said", "outputs", "parts"), OLD.values(), ids=OLD)
def test_the_older_grammar_is_read_and_said_in_the_newer(
    said: list[JsonObject], outputs: list[JsonObject], parts: list[Part]
) -> None:
    begun = event("interaction.start", interaction=ITSELF | {"status": "in_progress"})
    status = {"status": "completed", "usage": OLD_USAGE}
    end = event("interaction.complete", interaction=ITSELF | status)
    events = streamed(begun, *said, end)
    assert parts_of(events) == parts
    assert events[-2] == Usage(1, 2, {"reasoning": 2})
    assert parts_of(whole(ITSELF | status | {"outputs": outputs})) == parts
    again = spoken(events)
    assert {e["event_type"].partition(".")[0] for e in again} == {"interaction", "step"}
    assert parts_of(streamed(*again)) == parts


@pytest.mark.parametrize(
    ("delta", "part"),
    [
        (text("A"), TextPart("A")),
        ({"type": "thought", "thought": "H"}, ReasoningPart("H")),
        ({"type": "thought", "text": "H"}, ReasoningPart("H")),
        (
            {"type": "thought", "text": "H", "signature": "s"},
            ReasoningPart("H", provider_metadata=ours(signature="s")),
        ),
        ({"type": "thought_summary", "content": text("H")}, ReasoningPart("H")),
        (
            {"type": "thought_signature", "signature": "s"},
            ReasoningPart("", provider_metadata=ours(signature="s")),
        ),
        (IMAGE, AttachmentPart(Attachment("image/png", content=PNG))),
        (
            {"type": "function_call", "name": "f", "arguments": {"a": 1}, "id": "c"},
            ToolCallPart("f", {"a": 1}, "c"),
        ),
        ({"type": "arguments_delta", "arguments": "{}"}, ToolCallPart("")),
        (
            {"type": "text_annotation_delta", "annotations": [NOTE]},
            TextPart("", ours(annotations=[NOTE])),
        ),
        (
            {"type": "url_context_result", "call_id": "c", "result": []},
            ToolResultPart("url_context", "[]", "c", True),
        ),
    ],
)
def test_a_delta_of_a_step_that_never_started_says_what_it_is(
    delta: JsonObject, part: Part
) -> None:
    for numbered in ({"index": 3}, {}):
        said = event("content.delta", delta=delta, **numbered)
        assert parts_of(streamed(said, over())) == [part]


# ----------------------------------------------------------------- oddities


def test_what_a_step_holds_as_it_starts_is_said_too() -> None:
    said = [
        *step(
            0,
            {"type": "thought", "signature": "", "summary": [text("H")]},
            {"type": "thought_summary", "content": text("m")},
            {"type": "thought_signature", "signature": "s"},
        ),
        *step(1, {"type": "model_output", "content": [text("A")]}, text("B")),
        *step(
            2,
            {"type": "function_call", "id": "c", "name": "f", "arguments": {"a": 1}},
        ),
        *step(
            3,
            {"type": "function_call", "id": "d", "name": "f", "arguments": {"a": 1}},
            {"type": "arguments_delta", "arguments": '{"a":2}'},
        ),
    ]
    assert parts_of(streamed(*said, over())) == [
        ReasoningPart("Hm", provider_metadata=ours(signature="s")),
        TextPart("AB"),
        ToolCallPart("f", {"a": 1}, "c"),
        ToolCallPart("f", {"a": 2}, "d"),
    ]


def test_steps_that_are_streamed_at_once_stay_apart() -> None:
    call = {"type": "function_call", "name": "f", "arguments": {}}
    said = [
        event("step.start", index=7, step=call | {"id": "c"}),
        event("step.start", index=2, step=call | {"id": "d"}),
        event(
            "step.delta",
            index=2,
            delta={"type": "arguments_delta", "arguments": '{"a":2}'},
        ),
        event(
            "step.delta",
            index=7,
            delta={"type": "arguments_delta", "arguments": '{"a":1}'},
        ),
        event("step.stop", index=2),
        event("step.stop", index=7),
        event("step.stop", index=9),
    ]
    assert parts_of(streamed(*said, over())) == [
        ToolCallPart("f", {"a": 1}, "c"),
        ToolCallPart("f", {"a": 2}, "d"),
    ]


def test_the_event_that_says_it_is_done_says_nothing_else() -> None:
    done = event("done")
    assert streamed(*BEGUN, over(), done) == streamed(*BEGUN, over())
    body = body_of([over()], done=False) + b"event: done\ndata: {}\n\n"
    assert list(hear(PROVIDER, 200, SSE, [body])) == streamed(over())


def test_a_call_that_starts_again_is_the_same_and_another_step_is_another() -> None:
    call = {"type": "function_call", "id": "c", "name": "f", "arguments": {"a": 1}}
    starts = [event("step.start", index=0, step=call)] * 2
    starts.append(event("step.start", index=0, step=beside(call, "arguments")))
    other = event("step.start", index=0, step=call | {"id": "d"})
    assert parts_of(streamed(*starts, other, over())) == [
        ToolCallPart("f", {"a": 1}, "c"),
        ToolCallPart("f", {"a": 1}, "d"),
    ]


def test_a_tool_of_an_mcp_server_may_be_named_by_its_delta() -> None:
    said = step(
        0,
        {"type": "mcp_server_tool_call", "id": "c"},
        {
            "type": "mcp_server_tool_call",
            "name": "f",
            "server_name": "s",
            "arguments": {"a": 1},
        },
    )
    result = step(1, {"type": "mcp_server_tool_result", "call_id": "c", "result": "x"})
    assert parts_of(streamed(*said, *result, over())) == [
        ToolCallPart("f", {"a": 1}, "c", True, ours(server_name="s")),
        ToolResultPart("f", "x", "c", True),
    ]


def test_sound_comes_in_pieces_and_is_one() -> None:
    piece = {"type": "audio", "data": "AAEC", "mime_type": "audio/l16", "rate": 9}
    other = {"type": "audio", "data": "AAEC", "mime_type": "audio/wav"}
    said = step(0, {"type": "model_output"}, piece, piece, other, text("A"))
    events = streamed(*said, over())
    assert parts_of(events) == [
        AttachmentPart(Attachment("audio/l16", content=b"\0\1\2\0\1\2"), ours(rate=9)),
        AttachmentPart(
            Attachment("audio/wav", content=b"\0\1\2"), ours(same_step=True)
        ),
        TextPart("A", ours(same_step=True)),
    ]
    assert parts_of(streamed(*spoken(events))) == parts_of(events)


def test_pictures_in_a_row_are_several() -> None:
    events = streamed(*step(0, {"type": "model_output"}, IMAGE, IMAGE), over())
    assert len(parts_of(events)) == 2
    assert spoken(events)[2:-1] == step(0, {"type": "model_output"}, IMAGE, IMAGE)


def test_a_part_whose_step_has_gone_makes_its_own() -> None:
    part = TextPart("B", ours(same_step=True))
    for parts in ((part,), (ReasoningPart("H"), part)):
        steps = PROVIDER.encode(Turn("m", (Message("assistant", parts),)))["input"]
        assert steps[-1] == {"type": "model_output", "content": [text("B")]}
        assert PROVIDER.cannot_say(Message("assistant", parts)) == [
            "a part that is in the same step as the one before follows one"
        ]


def test_an_interaction_that_repeats_what_was_asked_says_it_again() -> None:
    asked = {"type": "user_input", "content": [text("Hi")]}
    answer = {"type": "model_output", "content": [text("A")]}
    body = ITSELF | {"status": "completed", "steps": [asked, answer]}
    events = whole(body)
    assert parts_of(events) == [TextPart("A")]
    assert events[-1] == Finish("stop", "completed", ours(**ITSELF, user_input=[asked]))
    assert PROVIDER.synthesise_whole(events) == body
    assert streamed(*spoken(events)) == events


def test_steps_that_were_not_streamed_are_read_where_it_is_over() -> None:
    answer = {"type": "model_output", "content": [text("A")]}
    assert parts_of(streamed(over(steps=[answer]))) == [TextPart("A")]
    said = step(0, {"type": "model_output"}, text("B"))
    assert parts_of(streamed(*said, over(steps=[answer]))) == [TextPart("B")]


def test_what_may_be_said_twice_is_kept_once() -> None:
    assert streamed(over(output_text="A")) == streamed(over())


UNKNOWN: dict[str, tuple[list[JsonObject], list[Unknown]]] = {
    "an event": ([event("ping", a=1)], [Unknown("ping", event("ping", a=1))]),
    "a step, and what is added to it": (
        step(0, {"type": "dream", "a": 1}, text("A"), {"type": "dream"}),
        [
            Unknown("step:dream", {"type": "dream", "a": 1}),
            Unknown("delta:text", text("A")),
            Unknown("delta:dream", {"type": "dream"}),
        ],
    ),
    "a delta": (
        step(0, {"type": "model_output"}, {"type": "smell", "a": 1}),
        [Unknown("delta:smell", {"type": "smell", "a": 1})],
    ),
    "a picture that is nowhere we know": (
        step(0, {"type": "model_output"}, {"type": "image", "file": "a"}),
        [Unknown("content:image", {"type": "image", "file": "a"})],
    ),
    "an item": (
        step(0, {"type": "model_output", "content": [{"type": "smell"}]}),
        [Unknown("content:smell", {"type": "smell"})],
    ),
}


@pytest.mark.parametrize(("said", "wanted"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_nobody_taught_us_is_kept(
    said: list[JsonObject], wanted: list[Unknown]
) -> None:
    events = streamed(*said, over())
    assert events[:-1] == wanted
    assert events[-1].type == "finish"


@pytest.mark.parametrize("said", ["a", 7, [1]])
def test_an_event_or_a_body_that_is_no_object_is_kept(said: Any) -> None:
    (unknown, _) = hear(PROVIDER, 200, SSE, [f"data: {json.dumps(said)}\n\n".encode()])
    assert unknown == Unknown("event", said)
    assert whole([said])[0] == Unknown("body", [said])


@pytest.mark.parametrize(
    "said",
    [
        step(0, {"type": "model_output"}, {"type": "text", "text": 1}),
        step(0, {"type": "model_output"}, {"type": "image", "data": "?"}),
        step(0, {"type": "model_output"}, {"type": "image", "data": 7}),
        step(0, {"type": "model_output"}, {"type": "arguments_delta"}),
        step(0, {"type": "thought"}, text("A")),
        step(0, {"type": "function_call", "id": 1}),
        step(0, {"type": "function_result", "call_id": [1]}),
        step(0, {"type": "function_result", "call_id": "c", "result": [1]}),
        step(0, {"type": "thought", "summary": 7}),
        [event("step.start", index=0)],
        [event("step.start", index=[0], step={"type": "thought"})],
        [event("step.delta", index=0, delta={})],
        [event("interaction.completed", interaction=7)],
        [event("interaction.completed", interaction={"status": [1]})],
        [event("interaction.completed", interaction={"usage": 7})],
    ],
)
def test_json_of_another_shape_is_an_error_of_the_wire(said: list[JsonObject]) -> None:
    with pytest.raises(WireError, match="unexpected shape"):
        streamed(*said)


# ------------------------------------------------------------------ the end


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        ("completed", "stop"),
        ("requires_action", "tool_calls"),
        ("incomplete", "length"),
        ("budget_exceeded", "length"),
        ("requires_continuation", "pause"),
        ("in_progress", "pause"),
        ("queued", "pause"),
        ("idle", "pause"),
        ("tired", "other"),
    ],
)
def test_why_it_ended(status: str, wanted: str) -> None:
    events = streamed(*BEGUN, over(status, continuation_token="t"))
    facts = ours(**ITSELF, continuation_token="t")
    assert events == [Finish(wanted, status, facts)]
    assert spoken(events) == [*BEGUN, over(status, continuation_token="t")]
    assert whole(PROVIDER.synthesise_whole(events)) == events


def test_a_call_that_nobody_answered_is_why_it_ended() -> None:
    call = {"type": "function_call", "id": "c", "name": "f", "arguments": {}}
    answer = {"type": "function_result", "call_id": "c", "result": "1"}
    for steps, wanted in (([call], "tool_calls"), ([call, answer], "stop")):
        events = whole(ITSELF | {"status": "completed", "steps": steps})
        assert events[-1] == Finish(wanted, "completed", ours(**ITSELF))
        assert PROVIDER.synthesise_whole(events)["status"] == "completed"
    search = {"type": "google_search_call", "id": "c", "arguments": {}}
    (_, finish) = whole({"status": "completed", "steps": [search]})
    assert finish == Finish("stop", "completed")


@pytest.mark.parametrize(
    ("reason", "wanted"),
    [
        ("stop", "completed"),
        ("length", "incomplete"),
        ("tool_calls", "requires_action"),
        ("pause", "requires_continuation"),
    ],
)
def test_our_reasons_have_words_on_this_wire(reason: str, wanted: str) -> None:
    for finish in (
        Finish(reason),
        Finish(reason, "end_turn"),
        Finish(reason, "failed"),
    ):
        assert PROVIDER.synthesise_whole([finish])["status"] == wanted


def test_an_end_without_a_status_is_an_end() -> None:
    assert streamed(event("interaction.completed")) == [Finish("stop", None)]


ALL = all_of(STEPS["a search of Google's"][0], over())


@pytest.mark.parametrize("kept", range(len(ALL)))
def test_a_stream_that_ends_before_its_end_is_truncated(kept: int) -> None:
    events = streamed(*ALL[:kept], done=kept % 2 == 0)
    facts = ours(**ITSELF) if kept else None
    message = "the stream ended before interaction.completed"
    assert events[-1] == Error(message, "truncated", None, True, facts)
    assert [e.type for e in events].count("error") == 1
    assert not any(isinstance(event, Finish) for event in events)
    chunks = speak(PROVIDER, events, stream=True).chunks
    assert b"interaction.completed" not in b"".join(chunks)
    assert parts_of(list(hear(PROVIDER, 200, SSE, chunks))) == parts_of(events)


def test_a_last_event_may_lack_its_blank_line_but_not_its_half() -> None:
    body = body_of([over()], done=False).removesuffix(b"\n\n")
    assert [*hear(PROVIDER, 200, SSE, [body])][-1].type == "finish"
    (error,) = hear(PROVIDER, 200, SSE, [body[:-9]])
    assert isinstance(error, Error)
    assert error.kind == "truncated"


def test_the_place_to_go_on_from_is_kept() -> None:
    said = [BEGUN[0] | {"event_id": "e1"}, over() | {"event_id": "e2"}]
    events = streamed(*said)
    assert events == [Finish("stop", "completed", ours(**ITSELF, event_id="e2"))]
    assert spoken(events)[-1] == said[-1]
    (cut,) = streamed(said[0])
    assert isinstance(cut, Error)
    assert cut.provider_metadata == ours(**ITSELF, event_id="e1")


def test_the_last_count_of_each_kind_stands() -> None:
    first = {"total_input_tokens": 1, "total_output_tokens": 1, "total_tokens": 2}
    said = [
        event("interaction.status_update", status="in_progress", usage=first),
        event(
            "step.delta",
            index=0,
            delta=text("A"),
            metadata={"total_usage": {"total_output_tokens": 2}},
        ),
        event(
            "step.stop",
            index=0,
            usage={"total_cached_tokens": 3},
            step_usage={"total_tokens": 9},
        ),
        over(usage={"total_thought_tokens": 4, "total_tokens": 7}),
    ]
    (_, usage, finish) = events = streamed(*BEGUN, *said)
    details = {"total_tokens": 7, "cached": 3, "reasoning": 4}
    # What was thought is output too.
    assert usage == Usage(1, 6, details)
    spent = {"0": {"total_tokens": 9}}
    assert finish == Finish("stop", "completed", ours(**ITSELF, step_usage=spent))
    again = spoken(events)
    assert again[-2] == event("step.stop", index=0, step_usage=spent["0"])
    assert streamed(*again) == events
    assert whole(PROVIDER.synthesise_whole(events)) == events


def test_an_agent_has_no_model() -> None:
    body = {"id": "i", "object": "interaction", "agent": "deep-research"}
    events = whole(body | {"status": "completed", "steps": []})
    assert spoken(events)[0]["interaction"] == body | {"status": "in_progress"}
    assert PROVIDER.synthesise_whole(events) == body | {
        "status": "completed",
        "steps": [],
    }


# ------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (
            event("error", error={"code": "not_found", "message": "gone"}),
            Error("gone", "not_found", 404, False, ours(**ITSELF)),
        ),
        (
            event("error", error={"code": "internal", "message": "oh"}),
            Error("oh", "internal", 500, True, ours(**ITSELF)),
        ),
        (
            event("error", error={"message": "oh"}),
            Error("oh", None, None, False, ours(**ITSELF)),
        ),
        (event("error"), Error("error", None, None, False, ours(**ITSELF))),
        (
            {"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}},
            Error("busy", "UNAVAILABLE", 503, True, ours(**ITSELF)),
        ),
    ],
)
def test_an_error_ends_the_stream_and_keeps_what_was_said(
    said: JsonObject, wanted: Error
) -> None:
    spent = event("interaction.status_update", usage={"total_tokens": 7})
    told = [*BEGUN, *step(0, {"type": "model_output"}, text("A")), spent]
    body = body_of([*told, {"event_type": ""} | said, over()], named=False)
    events = list(hear(PROVIDER, 200, SSE, [body]))
    assert parts_of(events) == [TextPart("A")]
    assert events[-2:] == [Usage(details={"total_tokens": 7}), wanted]
    assert streamed(*spoken(events), over()) == events
    (error,) = (
        e for e in whole(PROVIDER.synthesise_whole(events)) if e.type == "error"
    )
    assert isinstance(error, Error)
    assert (error.message, error.kind or "failed") == (
        wanted.message,
        wanted.kind or "failed",
    )


FAILED: dict[str, tuple[JsonObject, Error]] = {
    "failed": (
        {"status": "failed"},
        Error("failed", "failed", provider_metadata=ours(**ITSELF)),
    ),
    "cancelled": (
        {"status": "cancelled", "errors": [{"message": "by you"}]},
        Error("by you", "cancelled", 499, provider_metadata=ours(**ITSELF)),
    ),
    "failed, and why": (
        {
            "status": "failed",
            "errors": [
                {"code": "unavailable", "message": "a"},
                {"code": "b", "message": "b"},
            ],
        },
        Error(
            "a",
            "unavailable",
            503,
            True,
            ours(**ITSELF, errors=[{"code": "b", "message": "b"}]),
        ),
    ),
}


@pytest.mark.parametrize(("ending", "wanted"), FAILED.values(), ids=FAILED)
def test_an_interaction_that_failed_is_an_error(
    ending: JsonObject, wanted: Error
) -> None:
    steps = [{"type": "model_output", "content": [text("A")]}]
    body = ITSELF | ending | {"steps": steps}
    events = whole(body)
    assert parts_of(events) == [TextPart("A")]
    last = events[-1]
    assert isinstance(last, Error)
    assert (last.message, last.kind, last.retryable, last.provider_metadata) == (
        wanted.message,
        wanted.kind,
        wanted.retryable,
        wanted.provider_metadata,
    )
    assert PROVIDER.synthesise_whole(events) == body
    again = streamed(*spoken(events))
    assert parts_of(again) == [TextPart("A")]
    assert isinstance(again[-1], Error)
    assert (again[-1].message, again[-1].kind) == (wanted.message, wanted.kind)


def test_a_stream_may_end_with_the_news_that_it_failed() -> None:
    said = event("interaction.status_update", interaction_id="v1_a", status="cancelled")
    (error,) = streamed(*BEGUN, said)
    assert error == Error("cancelled", "cancelled", 499, False, ours(**ITSELF))


RETRY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3s"}


@pytest.mark.parametrize(
    ("body", "message", "kind", "facts"),
    [
        (
            {"error": {"code": 429, "message": "slow", "status": "RESOURCE_EXHAUSTED"}},
            "slow",
            "RESOURCE_EXHAUSTED",
            {},
        ),
        ([{"error": {"code": 429, "message": "slow"}}], "slow", None, {}),
        (
            {"error": {"code": "too_many", "message": "slow"}, "note": 1},
            "slow",
            "too_many",
            {"note": 1},
        ),
        (
            {"error": {"code": 429, "message": "slow", "details": [{}, RETRY]}},
            "slow",
            None,
            {"retry_after": "3", "details": [{}, RETRY]},
        ),
        ({"error": "slow"}, "slow", None, {}),
        ("<html>", "<html>", None, {}),
        ({"message": "slow"}, "slow", None, {}),
        ([], "[]", None, {}),
    ],
)
def test_an_http_error_is_googles(
    body: Any, message: str, kind: str | None, facts: JsonObject
) -> None:
    data = body if isinstance(body, str) else json.dumps(body)
    (error,) = hear(PROVIDER, 429, (("x-request-id", "r"),), [data.encode()])
    assert error == Error(message, kind, 429, True, ours(request_id="r", **facts))


def test_when_to_try_again_is_first_of_all_what_the_header_says() -> None:
    body = json.dumps({"error": {"details": [RETRY]}}).encode()
    (error,) = hear(PROVIDER, 503, (("retry-after", "9"),), [body])
    assert isinstance(error, Error)
    assert (error.provider_metadata or {})["gemini-interactions"]["retry_after"] == "9"


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (
            Error("a", "NOT_FOUND"),
            404,
            {"code": 404, "message": "a", "status": "NOT_FOUND"},
        ),
        (Error("a", "bad", 400), 400, {"code": "bad", "message": "a"}),
        (Error("a", None, 418), 418, {"message": "a"}),
        (
            Error("a", None, None, False, ours(details=[], request_id="r")),
            500,
            {"message": "a", "details": []},
        ),
    ],
)
def test_an_error_is_said_by_its_word(
    error: Error, status: int, said: JsonObject
) -> None:
    assert PROVIDER.synthesise_error(error) == (status, {"error": said})


def test_an_error_in_place_of_an_answer_is_an_error() -> None:
    body = {"error": {"code": "not_found", "message": "gone"}}
    assert whole(body) == [Error("gone", "not_found", 404)]


# ------------------------------------------------------- what cannot be said

SHOWN = Attachment("image/png", content=PNG)
UNSAYABLE: dict[str, Part] = {
    "no withheld reasoning but a signature": ReasoningPart("h", True),
    "arguments of an interaction's calls are objects": ToolCallPart("f", [1], "c"),
    "own tools are JSON": ToolResultPart("f", "1", "c", True, (SHOWN,)),
    "an attachment of an interaction is there": AttachmentPart(None),
    "has bytes or a URL": AttachmentPart(Attachment("image/png", path="a.png")),
    "says no empty text part": TextPart(""),
    "says no empty reasoning part": ReasoningPart(""),
    "keeps nothing of others beside a text part": TextPart("a", {"other": {}}),
    "says that it failed, not how": ToolResultPart("f", "1", "c", True, (), "E: x"),
    "has a type": AttachmentPart(Attachment(None, content=PNG)),
}


@pytest.mark.parametrize(("reason", "part"), UNSAYABLE.items(), ids=UNSAYABLE)
def test_what_cannot_be_said_is_said_to_be_so(reason: str, part: Part) -> None:
    reasons = PROVIDER.cannot_say(Message("assistant", (part,)))
    assert any(reason in said for said in reasons)


def test_what_can_be_said_has_nothing_against_it() -> None:
    parts = [part for _, _, parts in STEPS.values() for part in parts]
    assert PROVIDER.cannot_say(Message("assistant", tuple(parts))) == []


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([Finish("refusal")], "no status says 'refusal'"),
        ([Usage(1, 2, {"cache_write": 1})], "no count of cache_write tokens"),
        ([Usage(1, 2, {"reasoning": 3})], "tokens of reasoning are tokens of output"),
        ([StreamEvent("reasoning", "h", 0, redacted=True)], "no withheld reasoning"),
        (
            [
                StreamEvent("tool_call_name", "f", 0),
                StreamEvent("tool_call_args", "[1]", 0),
            ],
            "are objects",
        ),
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


def test_arguments_that_are_cut_short_are_kept_as_they_are() -> None:
    call = {"type": "function_call", "name": "f", "id": "c", "arguments": {}}
    said = step(0, call, {"type": "arguments_delta", "arguments": '{"a": "b'})
    events = streamed(*BEGUN, *said, over("incomplete"))
    part = ToolCallPart("f", {"_raw": '{"a": "b'}, "c")
    assert parts_of(events) == [part]
    assert spoken(events) == [*BEGUN, *said, over("incomplete")]
    assert parts_of(whole(PROVIDER.synthesise_whole(events))) == [part]


# ------------------------------------------------------------------- asking


def asked(input_: Any, **fields: Any) -> JsonObject:
    return {"model": "m", "input": input_} | fields


def user(*parts: Part, **facts: Any) -> Message:
    return Message("user", parts, ours(**facts) if facts else None)


CALL = ToolCallPart("f", {}, "c")
CALLED = {"type": "function_call", "name": "f", "id": "c", "arguments": {}}
HI, A = TextPart("Hi"), TextPart("A")


def result(value: Any, **fields: Any) -> JsonObject:
    said = {"type": "function_result", "call_id": "c", "name": "f", "result": value}
    return said | fields


def answered(output: str, **fields: Any) -> Message:
    return Message("tool", (ToolResultPart("f", output, "c", **fields),))


REQUESTS: dict[str, tuple[JsonObject, Turn]] = {
    "a string": (
        asked("Hi", stream=True, system_instruction="s"),
        Turn(
            "m",
            (
                Message("system", (TextPart("s"),)),
                user(HI, form="bare", content_is="text"),
            ),
            stream=True,
        ),
    ),
    "an item": (
        asked(text("Hi")),
        Turn("m", (user(HI, form="bare", content_is="one"),)),
    ),
    "a list of items": (
        asked([text("Hi") | {"x": 1}, IMAGE, IMAGE | {"resolution": "low"}]),
        Turn(
            "m",
            (
                user(
                    TextPart("Hi", ours(x=1)),
                    AttachmentPart(SHOWN),
                    AttachmentPart(SHOWN, ours(resolution="low")),
                    form="bare",
                ),
            ),
        ),
    ),
    "a list of steps": (
        asked(
            [
                {"type": "user_input", "content": [text("Hi")]},
                {"type": "thought", "signature": "s"},
                CALLED,
                result("1"),
                {"type": "model_output", "content": [text("A")]},
                {"type": "user_input", "content": [text("Hi")], "x": 1},
            ]
        ),
        Turn(
            "m",
            (
                user(HI),
                Message(
                    "assistant",
                    (ReasoningPart("", provider_metadata=ours(signature="s")), CALL),
                ),
                answered("1"),
                Message("assistant", (A,)),
                user(HI, x=1),
            ),
        ),
    ),
    "a list of turns": (
        asked(
            [
                {"role": "user", "content": "Hi"},
                {
                    "role": "model",
                    "content": [
                        {"type": "thought", "signature": "s"},
                        text("A"),
                        CALLED,
                    ],
                },
                {"role": "user", "content": [result("1")]},
                {"role": "model", "content": "A"},
                {"role": "user", "content": [text("Hi"), IMAGE], "x": 1},
            ]
        ),
        Turn(
            "m",
            (
                user(HI, content_is="text", form="turn"),
                Message(
                    "assistant",
                    (ReasoningPart("", provider_metadata=ours(signature="s")), A, CALL),
                    ours(form="turn"),
                ),
                Message("tool", (ToolResultPart("f", "1", "c"),), ours(form="turn")),
                Message("assistant", (A,), ours(content_is="text", form="turn")),
                user(HI, AttachmentPart(SHOWN), x=1, form="turn"),
            ),
        ),
    ),
    "media of every kind": (
        asked(
            [
                {"type": "audio", "data": "AAEC", "mime_type": "audio/wav"},
                {"type": "video", "uri": "https://e.org/v", "mime_type": "video/mp4"},
                {"type": "video", "uri": "https://youtu.be/v"},
                {"type": "document", "uri": "files/a", "mime_type": "application/pdf"},
                {"type": "document", "uri": "files/a"},
                {"type": "document", "data": "AAEC", "mime_type": "image/png"},
            ]
        ),
        Turn(
            "m",
            (
                user(
                    AttachmentPart(Attachment("audio/wav", content=b"\0\1\2")),
                    AttachmentPart(Attachment("video/mp4", url="https://e.org/v")),
                    AttachmentPart(Attachment("video/*", url="https://youtu.be/v")),
                    AttachmentPart(Attachment("application/pdf", url="files/a")),
                    AttachmentPart(Attachment(None, url="files/a")),
                    AttachmentPart(
                        Attachment("image/png", content=b"\0\1\2"),
                        ours(type="document"),
                    ),
                    form="bare",
                ),
            ),
        ),
    ),
    "results inside a step of the user's": (
        asked([{"type": "user_input", "content": [result({"sum": 18.0})]}]),
        Turn(
            "m",
            (
                Message(
                    "tool",
                    (
                        ToolResultPart(
                            "f",
                            '{"sum":18.0}',
                            "c",
                            provider_metadata=ours(result_is="json"),
                        ),
                    ),
                    ours(form="user_input"),
                ),
            ),
        ),
    ),
    "results beside words of the user's": (
        asked([{"type": "user_input", "content": [text("Hi"), result("1")]}]),
        Turn("m", (user(HI, ToolResultPart("f", "1", "c")),)),
    ),
    "results that failed, with pictures and without": (
        asked(
            [
                result("no", is_error=True),
                result([text("1"), IMAGE, {"type": "image", "uri": "https://e.org"}]),
                result([IMAGE], x=1),
                result([text("1")]),
                result(""),
            ]
        ),
        Turn(
            "m",
            (
                Message(
                    "tool",
                    (
                        ToolResultPart("f", "no", "c", exception="no"),
                        ToolResultPart(
                            "f",
                            "1",
                            "c",
                            attachments=(
                                SHOWN,
                                Attachment("image/*", url="https://e.org"),
                            ),
                        ),
                        ToolResultPart(
                            "f",
                            "",
                            "c",
                            attachments=(SHOWN,),
                            provider_metadata=ours(x=1),
                        ),
                        ToolResultPart(
                            "f", "1", "c", provider_metadata=ours(result=[text("1")])
                        ),
                        ToolResultPart("f", "", "c"),
                    ),
                ),
            ),
        ),
    ),
    "tools": (
        asked(
            "Hi",
            tools=[
                {
                    "type": "function",
                    "name": "f",
                    "description": "does",
                    "parameters": SCHEMA,
                },
                {"type": "function", "name": "g", "defer_loading": True},
                {"type": "function", "name": "h", "parameters": {}},
                {"type": "google_search"},
                {"type": "mcp_server", "name": "s", "url": "https://e.org"},
            ],
            generation_config={"tool_choice": "any"},
        ),
        Turn(
            "m",
            (user(HI, form="bare", content_is="text"),),
            (
                Tool("f", "does", SCHEMA),
                Tool("g", provider_metadata=ours(defer_loading=True)),
                Tool("h", provider_metadata=ours(parameters={})),
                ServerSideTool({"type": "google_search"}),
                ServerSideTool(
                    {"type": "mcp_server", "name": "s", "url": "https://e.org"}
                ),
            ),
            options={"generation_config": {"tool_choice": "any"}},
        ),
    ),
    "a schema": (
        {
            "model": "m",
            "response_format": {
                "type": "text",
                "mime_type": "application/json",
                "schema": SCHEMA,
            },
        },
        Turn("m", (), schema=SCHEMA),
    ),
    "a schema, said otherwise": (
        {"model": "m", "response_format": {"type": "text", "schema": SCHEMA}},
        Turn(
            "m",
            (),
            schema=SCHEMA,
            provider_metadata=ours(response_format={"type": "text"}),
        ),
    ),
    "a schema, as it was said once": (
        {
            "model": "m",
            "response_format": SCHEMA,
            "response_mime_type": "application/json",
        },
        Turn(
            "m",
            (),
            schema=SCHEMA,
            options={"response_mime_type": "application/json"},
            provider_metadata=ours(response_format={}),
        ),
    ),
    "formats without a schema": (
        {
            "model": "m",
            "response_format": [{"type": "text"}, {"type": "image"}],
            "system_instruction": {"parts": []},
        },
        Turn(
            "m",
            (),
            options={
                "response_format": [{"type": "text"}, {"type": "image"}],
                "system_instruction": {"parts": []},
            },
        ),
    ),
    "an agent, and all the rest": (
        {
            "agent": "deep-research",
            "input": "Hi",
            "previous_interaction_id": "v1_a",
            "store": False,
            "background": True,
            "response_format": {"type": "image"},
        },
        Turn(
            "deep-research",
            (user(HI, form="bare", content_is="text"),),
            options={
                "previous_interaction_id": "v1_a",
                "store": False,
                "background": True,
                "response_format": {"type": "image"},
            },
            provider_metadata=ours(named_by="agent"),
        ),
    ),
}


@pytest.mark.parametrize(("body", "turn"), REQUESTS.values(), ids=REQUESTS)
def test_a_request_says_the_same_both_ways(body: JsonObject, turn: Turn) -> None:
    assert PROVIDER.parse(json.loads(json.dumps(body))) == turn
    assert PROVIDER.encode(turn) == body


AS_IT_CAME: dict[str, JsonObject] = {
    "a step that is new to us": {"type": "dream", "a": 1},
    "an empty thought": {"type": "thought"},
    "an empty output": {"type": "model_output", "content": []},
    "a summary in pieces": {"type": "thought", "summary": [text("a"), text("b")]},
    "an item that is new to us": {
        "type": "model_output",
        "content": [text("a"), {"type": "smell"}, text("b")],
    },
    "a picture that was shortened": {
        "type": "model_output",
        "content": [{"type": "image", "data": "iVBO...", "mime_type": "image/png"}],
    },
    "base64 that is not as we write it": {
        "type": "model_output",
        "content": [
            {"type": "image", "data": "iVBORw0KGgp=", "mime_type": "image/png"}
        ],
    },
    "a call without arguments": {"type": "function_call", "id": "c", "name": "f"},
    "arguments that are no object": {
        "type": "function_call",
        "id": "c",
        "name": "f",
        "arguments": [1],
    },
    "a result without a name": {
        "type": "function_result",
        "call_id": "c",
        "result": "1",
    },
    "a result that is nothing": {"type": "function_result", "call_id": "c"},
    "a result of things new to us": result([{"type": "smell"}, text("a")]),
    "a result with a picture that was shortened": result(
        [text("a"), {"type": "image", "data": "iVBO..."}]
    ),
    "nulls": {"type": "thought", "signature": None, "summary": None},
    "a user's picture that was shortened": {
        "type": "user_input",
        "content": [{"type": "image", "data": "iVBO...", "mime_type": "image/png"}],
    },
    "a user's base64": {
        "type": "user_input",
        "content": [
            {"type": "image", "data": "iVBORw0KGgp=", "mime_type": "image/png"}
        ],
    },
    "a user's picture that is not there": {
        "type": "user_input",
        "content": [{"type": "image", "mime_type": "image/png"}],
    },
    "a user's smell": {"type": "user_input", "content": [{"type": "smell"}]},
    "words of a user in no list": {"type": "user_input", "content": "Hi"},
}


@pytest.mark.parametrize("said", AS_IT_CAME.values(), ids=AS_IT_CAME)
def test_in_a_request_everything_goes_back_as_it_came(said: JsonObject) -> None:
    for input_ in (
        [CALLED, said],
        [said, {"type": "model_output", "content": [text("A")]}],
    ):
        turn = PROVIDER.parse(asked(json.loads(json.dumps(input_))))
        assert PROVIDER.encode(turn) == asked(input_)
    if said["type"] == "function_result":
        assert turn.messages[0].role == "tool"


def test_a_result_without_a_name_has_that_of_its_call() -> None:
    (_, message) = PROVIDER.parse(
        asked([CALLED, {"type": "function_result", "call_id": "c", "result": "1"}])
    ).messages
    (part,) = message.parts
    assert isinstance(part, ToolResultPart)
    assert part.name == "f"


def test_a_question_that_was_a_string_is_a_step_once_there_is_an_answer() -> None:
    (question,) = PROVIDER.parse(asked("Hi")).messages
    later = (question, Message("assistant", (A,)), user(HI))
    assert PROVIDER.encode(Turn("m", later))["input"] == [
        {"type": "user_input", "content": [text("Hi")]},
        {"type": "model_output", "content": [text("A")]},
        {"type": "user_input", "content": [text("Hi")]},
    ]


def test_what_follows_a_turn_is_a_turn() -> None:
    messages = PROVIDER.parse(asked([{"role": "user", "content": "Hi"}])).messages
    later = (*messages, Message("assistant", (A, CALL)), answered("1"))
    assert PROVIDER.encode(Turn("m", later))["input"] == [
        {"role": "user", "content": "Hi"},
        {"role": "model", "content": [text("A"), CALLED]},
        {"role": "user", "content": [result("1")]},
    ]


def test_what_others_said_beside_is_never_sent() -> None:
    foreign = {"anthropic": {"signature": "s"}}
    parts = (ReasoningPart("", provider_metadata=foreign), TextPart("A", foreign))
    messages = (Message("user", (HI,), foreign), Message("assistant", parts, foreign))
    turn = Turn("m", messages, (Tool("f", provider_metadata=foreign),))
    assert PROVIDER.encode(turn) == asked(
        [
            {"type": "user_input", "content": [text("Hi")]},
            {"type": "model_output", "content": [text("A")]},
        ],
        tools=[{"type": "function", "name": "f"}],
    )


UNASKABLE: dict[str, tuple[str, Part]] = {
    "no system can say a part of attachment": ("system", AttachmentPart(SHOWN)),
    "no user can say a part of reasoning": ("user", ReasoningPart("h")),
    "no user can say a part of tool_call": ("user", CALL),
    "no user can say a part of attachment": ("user", AttachmentPart(None)),
    "no tool can say a part of text": ("tool", HI),
    "an attachment needs a URL or bytes": (
        "user",
        AttachmentPart(Attachment("image/png", path="a.png")),
    ),
    "an attachment of an interaction has bytes or a URL": (
        "tool",
        ToolResultPart("f", "1", "c", attachments=(Attachment("image/png", path="a"),)),
    ),
    "an interaction has no withheld reasoning but a signature": (
        "assistant",
        ReasoningPart("", True),
    ),
    "the arguments of an interaction's calls are objects": (
        "assistant",
        ToolCallPart("f", [1], "c"),
    ),
}


@pytest.mark.parametrize(("reason", "said"), UNASKABLE.items(), ids=UNASKABLE)
def test_what_cannot_be_asked_is_named(reason: str, said: tuple[str, Part]) -> None:
    role, part = said
    with pytest.raises(NotExpressible, match=f"^gemini-interactions: {reason}$"):
        PROVIDER.encode(Turn("m", (Message(role, (part,)),)))


def test_a_system_message_comes_first() -> None:
    late = (user(HI), Message("system", (TextPart("s"),)))
    with pytest.raises(NotExpressible, match="no system can say a part of text"):
        PROVIDER.encode(Turn("m", late))


# ------------------------------------------------------------------ the facts


def test_signatures_have_their_place() -> None:
    signed = ours(signature="s")
    assert PROVIDER.opaque(ReasoningPart("h"), "s") == signed
    assert PROVIDER.opaque(CALL, "s") == signed
    assert PROVIDER.opaque(ToolResultPart("f", "1", "c", True), "s") == signed
    assert PROVIDER.opaque(ToolResultPart("f", "1", "c"), "s") is None
    assert PROVIDER.opaque(ReasoningPart("", True), "s") is None
    assert PROVIDER.opaque(HI, "s") is None


def test_a_stream_is_asked_for_in_the_address_too() -> None:
    assert PROVIDER.path(Turn("m", (), stream=True)) == "/interactions?alt=sse"
    assert PROVIDER.path(Turn("m", ())) == "/interactions"


def test_its_path_is_known_to_show() -> None:
    address = PROVIDER.base_url + PROVIDER.path(Turn("m", (), stream=True))
    assert guessed(address) == PROVIDER.name


@pytest.mark.parametrize("output", ['{"a":"\\u0008"}', '{"a": 1}', "[1, 2]", '{"a":1}'])
def test_what_a_tool_of_theirs_gave_back_stays_as_it_was_written(output: str) -> None:
    call = ToolCallPart("google_search", {}, "c", server_executed=True)
    result = ToolResultPart("google_search", output, "c", server_executed=True)
    events: list[Event] = [*disassemble([Message("assistant", (call, result))])]
    for stream in (True, False):
        said = speak(PROVIDER, [*events, Finish("stop")], stream=stream)
        (heard,) = assemble(hear(PROVIDER, 200, said.headers, said.chunks))
        (again,) = [part for part in heard.parts if isinstance(part, ToolResultPart)]
        assert again.output == output
