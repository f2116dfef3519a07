"""Anthropic Messages: every kind of block and delta, heard and said again."""

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
from harness.providers._square import hear
from harness.providers.anthropic import PROVIDER
from harness.wire.frame import Frame

SSE = (("content-type", "text/event-stream"),)
OURS = "anthropic"


def ours(**data: Any) -> JsonObject:
    return {OURS: data}


def frames(*payloads: JsonObject) -> list[Frame]:
    return [Frame(json.dumps(payload), payload.get("type")) for payload in payloads]


def streamed(*blocks: tuple[JsonObject, list[JsonObject]]) -> list[Frame]:
    """A whole stream of blocks, each with its deltas."""
    said: list[JsonObject] = [{"type": "message_start", "message": {"usage": {}}}]
    for index, (block, deltas) in enumerate(blocks):
        said.append(
            {"type": "content_block_start", "index": index, "content_block": block}
        )
        said += [
            {"type": "content_block_delta", "index": index, "delta": delta}
            for delta in deltas
        ]
        said.append({"type": "content_block_stop", "index": index})
    said.append({"type": "message_delta", "delta": {"stop_reason": "end_turn"}})
    return frames(*said, {"type": "message_stop"})


def parts_of(events: list[Event]) -> list[Part]:
    return [part for message in assemble(events) for part in message.parts]


CITATION = {"type": "char_location", "cited_text": "a", "document_index": 0}
BLOCKS: dict[str, tuple[JsonObject, list[JsonObject], Part]] = {
    "text": (
        {"type": "text", "text": ""},
        [{"type": "text_delta", "text": "a"}, {"type": "text_delta", "text": "b"}],
        TextPart("ab"),
    ),
    "text that begins in its start": (
        {"type": "text", "text": "a"},
        [{"type": "text_delta", "text": "b"}],
        TextPart("ab"),
    ),
    "cited text": (
        {"type": "text", "text": "", "citations": []},
        [
            {"type": "citations_delta", "citation": CITATION},
            {"type": "text_delta", "text": "a"},
        ],
        TextPart("a", ours(citations=[CITATION])),
    ),
    "signed thinking": (
        {"type": "thinking", "thinking": "", "signature": ""},
        [
            {"type": "thinking_delta", "thinking": "hm"},
            {"type": "thinking_delta", "thinking": ""},
            {"type": "signature_delta", "signature": "s"},
        ],
        ReasoningPart("hm", provider_metadata=ours(signature="s")),
    ),
    "omitted thinking": (
        {"type": "thinking", "thinking": "", "signature": ""},
        [{"type": "signature_delta", "signature": "s"}],
        ReasoningPart("", provider_metadata=ours(signature="s")),
    ),
    "redacted thinking": (
        {"type": "redacted_thinking", "data": "xyz"},
        [],
        ReasoningPart("", True, ours(type="redacted_thinking", data="xyz")),
    ),
    "a call": (
        {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}},
        [
            {"type": "input_json_delta", "partial_json": ""},
            {"type": "input_json_delta", "partial_json": '{"a"'},
            {"type": "input_json_delta", "partial_json": ": 1}"},
        ],
        ToolCallPart("f", {"a": 1}, "toolu_1"),
    ),
    "a call without arguments": (
        {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}},
        [{"type": "input_json_delta", "partial_json": ""}],
        ToolCallPart("f", {}, "toolu_1"),
    ),
    "a call whose input is in its start": (
        {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": [1]}},
        [],
        ToolCallPart("f", {"a": [1]}, "toolu_1"),
    ),
    "a call by a program": (
        {
            "type": "tool_use",
            "id": "t",
            "name": "f",
            "input": {},
            "caller": {"type": "direct"},
        },
        [],
        ToolCallPart("f", {}, "t", provider_metadata=ours(caller={"type": "direct"})),
    ),
    "a server's call": (
        {"type": "server_tool_use", "id": "srv", "name": "web_search", "input": {}},
        [{"type": "input_json_delta", "partial_json": '{"query": "x"}'}],
        ToolCallPart("web_search", {"query": "x"}, "srv", True),
    ),
    "an MCP call": (
        {
            "type": "mcp_tool_use",
            "id": "m",
            "name": "ask",
            "input": {},
            "server_name": "w",
        },
        [],
        ToolCallPart("ask", {}, "m", True, ours(server_name="w")),
    ),
    "a search result": (
        {
            "type": "web_search_tool_result",
            "tool_use_id": "srv",
            "content": [{"url": "u"}],
        },
        [],
        ToolResultPart("web_search", '[{"url":"u"}]', "srv", True),
    ),
    "a failed search": (
        {
            "type": "web_search_tool_result",
            "tool_use_id": "srv",
            "content": {
                "type": "web_search_tool_result_error",
                "error_code": "unavailable",
            },
        },
        [],
        ToolResultPart(
            "web_search",
            '{"type":"web_search_tool_result_error","error_code":"unavailable"}',
            "srv",
            True,
            exception="unavailable",
        ),
    ),
    "an MCP result that is text like JSON": (
        {
            "type": "mcp_tool_result",
            "tool_use_id": "m",
            "content": "[1]",
            "is_error": False,
        },
        [],
        ToolResultPart(
            "mcp", "[1]", "m", True, provider_metadata=ours(content_is_text=True)
        ),
    ),
    "an MCP error": (
        {
            "type": "mcp_tool_result",
            "tool_use_id": "m",
            "content": "no",
            "is_error": True,
        },
        [],
        ToolResultPart("mcp", "no", "m", True, exception="is_error"),
    ),
    "compaction": (
        {"type": "compaction", "content": None},
        [{"type": "compaction_delta", "content": "summary", "encrypted_content": "e"}],
        ReasoningPart(
            "",
            provider_metadata=ours(
                type="compaction", content="summary", encrypted_content="e"
            ),
        ),
    ),
    "a fallback": (
        {"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}},
        [],
        ReasoningPart(
            "",
            provider_metadata={
                OURS: {"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}}
            },
        ),
    ),
    "an upload": (
        {"type": "container_upload", "file_id": "f"},
        [],
        ReasoningPart("", provider_metadata=ours(type="container_upload", file_id="f")),
    ),
}
by_block = pytest.mark.parametrize(
    ("block", "deltas", "part"), BLOCKS.values(), ids=list(BLOCKS)
)


@by_block
def test_a_block_is_its_part_streamed(
    block: JsonObject, deltas: list[JsonObject], part: Part
) -> None:
    events = list(PROVIDER.decode(streamed((block, deltas))))
    assert parts_of(events) == [part]
    assert not any(isinstance(event, Unknown) for event in events)
    assert isinstance(events[-1], Finish)


@by_block
def test_a_part_said_again_is_the_same_part(
    block: JsonObject, deltas: list[JsonObject], part: Part
) -> None:
    events = list(disassemble([Message("assistant", (part,))]))
    assert parts_of(list(PROVIDER.decode(PROVIDER.synthesise(events)))) == [part]
    whole = PROVIDER.synthesise_whole(events)
    assert parts_of(list(PROVIDER.decode_whole(whole))) == [part]


@by_block
def test_a_part_goes_back_as_the_block_it_was(
    block: JsonObject, deltas: list[JsonObject], part: Part
) -> None:
    turn = Turn("m", (Message("assistant", (part, TextPart("."))),))
    (message,) = PROVIDER.encode(turn)["messages"]
    sent = message["content"][0]
    assert sent["type"] == block["type"]
    for key in (
        "id",
        "name",
        "tool_use_id",
        "data",
        "server_name",
        "caller",
        "file_id",
    ):
        assert sent.get(key) == block.get(key)


def test_a_result_is_named_for_the_call_it_answers() -> None:
    call = {
        "type": "mcp_tool_use",
        "id": "m",
        "name": "ask",
        "input": {},
        "server_name": "w",
    }
    result = {
        "type": "mcp_tool_result",
        "tool_use_id": "m",
        "content": "x",
        "is_error": False,
    }
    parts = parts_of(list(PROVIDER.decode(streamed((call, []), (result, [])))))
    assert [getattr(part, "name", "") for part in parts] == ["ask", "ask"]


@pytest.mark.parametrize(
    ("theirs", "reason"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_calls"),
        ("pause_turn", "pause"),
        ("refusal", "refusal"),
        ("compaction", "other"),
        ("something_new", "other"),
    ],
)
def test_the_stop_reason_is_ours_and_theirs(theirs: str, reason: str) -> None:
    said = frames(
        {
            "type": "message_start",
            "message": {"id": "msg_1", "usage": {"input_tokens": 3}},
        },
        {
            "type": "message_delta",
            "delta": {"stop_reason": theirs, "stop_sequence": None},
            "usage": {"output_tokens": 5},
        },
        {"type": "message_stop"},
    )
    usage, finish = PROVIDER.decode(said)
    assert usage == Usage(3, 5)
    assert finish == Finish(reason, theirs, ours(id="msg_1"))


def test_counts_are_cumulative_and_have_our_names() -> None:
    said = frames(
        {
            "type": "message_start",
            "message": {"usage": {"input_tokens": 3, "output_tokens": 1}},
        },
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn"},
            "usage": {
                "input_tokens": 10,
                "output_tokens": 5,
                "cache_read_input_tokens": 2,
                "cache_creation_input_tokens": 0,
                "output_tokens_details": {"thinking_tokens": 4},
                "server_tool_use": {"web_search_requests": 1},
            },
        },
        {"type": "message_stop"},
    )
    usage, _ = PROVIDER.decode(said)
    searches = {"web_search_requests": 1}
    named = {"cached": 2, "cache_write": 0, "reasoning": 4}
    assert usage == Usage(10, 5, {"server_tool_use": searches} | named)


@pytest.mark.parametrize("kept", range(7))
def test_a_truncated_stream_is_an_error_never_a_finish(kept: int) -> None:
    said = streamed(
        ({"type": "text", "text": ""}, [{"type": "text_delta", "text": "a"}])
    )
    last = list(PROVIDER.decode(said[: min(kept, len(said) - 1)]))[-1]
    assert isinstance(last, Error)
    assert (last.kind, last.retryable) == ("truncated", True)


def test_an_error_in_the_stream_ends_it_and_keeps_what_came() -> None:
    body = {"type": "overloaded_error", "message": "Overloaded"}
    said = streamed(({"type": "text", "text": "a"}, []))[:2]
    said += frames({"type": "error", "error": body, "request_id": "req_1"})
    said += frames({"type": "message_stop"})
    text, error = PROVIDER.decode(said)
    assert isinstance(text, StreamEvent)
    assert error == Error(
        "Overloaded", "overloaded_error", 529, True, ours(request_id="req_1")
    )
    again = list(PROVIDER.decode(PROVIDER.synthesise([text, error])))
    assert again[-1] == error


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"type": "error", "error": {"type": "api_error", "message": "m"}}, "m"),
        ({"error": "words"}, "words"),
        ("<html>", "<html>"),
    ],
)
def test_an_http_error_is_an_error_whatever_its_body(body: Any, message: str) -> None:
    error = PROVIDER.decode_error(529, (("Retry-After", "3"),), body)
    assert (error.message, error.status, error.retryable) == (message, 529, True)
    assert error.provider_metadata == ours(retry_after="3")


def test_an_error_body_with_status_200_is_an_error() -> None:
    body = {"type": "error", "error": {"type": "api_error", "message": "m"}}
    (error,) = PROVIDER.decode_whole(body)
    assert isinstance(error, Error)
    (odd,) = (e for e in PROVIDER.decode_whole([]) if isinstance(e, Error))
    assert odd.message


def test_what_nobody_taught_us_is_unknown_and_kept() -> None:
    said = streamed(({"type": "hologram", "x": 1}, [{"type": "light_delta", "y": 2}]))
    said[3:3] = frames({"type": "new_event", "z": 3})
    unknown = [e for e in PROVIDER.decode(said) if isinstance(e, Unknown)]
    assert [e.tag for e in unknown] == [
        "content_block:hologram",
        "content_block_delta:light_delta",
        "new_event",
    ]
    assert unknown[0].data == {"type": "hologram", "x": 1}


@pytest.mark.parametrize(
    "payload",
    [
        [],
        {"type": "content_block_delta", "index": 0, "delta": None},
        {
            "type": "content_block_delta",
            "index": "0",
            "delta": {"type": "text_delta", "text": "a"},
        },
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": 1},
        },
        {"type": "content_block_start", "index": 0},
    ],
)
def test_json_of_the_wrong_shape_is_a_wire_error_with_its_place(payload: Any) -> None:
    first = b'data: {"type":"ping"}\n\n'
    body = first + b"data: " + json.dumps(payload).encode() + b"\n\n"
    with pytest.raises(WireError) as caught:
        list(hear(PROVIDER, 200, SSE, [body]))
    assert caught.value.offset == len(first)


def test_a_delta_of_another_blocks_kind_is_a_wire_error() -> None:
    delta = [{"type": "text_delta", "text": "a"}]
    body = b"".join(
        PROVIDER.framing.write(
            streamed(({"type": "tool_use", "id": "t", "name": "f", "input": {}}, delta))
        )
    )
    with pytest.raises(WireError, match="block 0 is tool_use"):
        list(hear(PROVIDER, 200, SSE, [body]))


TURNS = {
    "system and words": Turn(
        "m",
        (Message("system", (TextPart("s"),)), Message("user", (TextPart("u"),))),
        stream=True,
    ),
    "tools, schema and options": Turn(
        "m",
        (Message("user", (TextPart("u"),)),),
        (
            Tool("f", "does f", {"type": "object"}),
            ServerSideTool({"type": "web_search_20250305", "name": "web_search"}),
        ),
        schema={"type": "object"},
        options={"output_config": {"effort": "low"}, "thinking": {"type": "adaptive"}},
    ),
    "results before the next words": Turn(
        "m",
        (
            Message("user", (TextPart("u"),)),
            Message(
                "assistant", (ToolCallPart("f", {}, "1"), ToolCallPart("g", {}, "2"))
            ),
            Message(
                "tool",
                (
                    ToolResultPart("f", "o", "1"),
                    ToolResultPart("g", "no", "2", exception="no"),
                ),
            ),
            Message("user", (TextPart("and?"),)),
        ),
    ),
    "attachments": Turn(
        "m",
        (
            Message(
                "user",
                (
                    TextPart("see", ours(cache_control={"type": "ephemeral"})),
                    AttachmentPart(Attachment("image/png", content=b"\x89PNG")),
                    AttachmentPart(Attachment("image/*", url="https://e.org/a.png")),
                    AttachmentPart(
                        Attachment("application/pdf", content=b"%PDF"), ours(title="t")
                    ),
                    AttachmentPart(Attachment("text/plain", content=b"words")),
                ),
            ),
        ),
    ),
    "a result with an image": Turn(
        "m",
        (
            Message("assistant", (ToolCallPart("f", {}, "1"),)),
            Message(
                "tool",
                (
                    ToolResultPart(
                        "f",
                        "o",
                        "1",
                        attachments=(Attachment("image/png", content=b"x"),),
                    ),
                ),
            ),
        ),
    ),
}


@pytest.mark.parametrize("turn", TURNS.values(), ids=list(TURNS))
def test_a_turn_survives_its_request(turn: Turn) -> None:
    assert PROVIDER.parse(json.loads(json.dumps(PROVIDER.encode(turn)))) == turn


MARK = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
FOUND = {"type": "search_result", "source": "s", "title": "t", "content": []}
FILE = {"type": "file", "file_id": "file_1"}
RESULT: JsonObject = {"type": "tool_result", "tool_use_id": "t1", "content": "1"}
CONTENTS: dict[str, list[JsonObject]] = {
    "a picture by the id of its file": [{"type": "image", "source": FILE} | MARK],
    "a document by the id of its file": [{"type": "document", "source": FILE}],
    "a document of blocks": [
        {
            "type": "document",
            "source": {"type": "content", "content": [{"type": "text", "text": "a"}]},
            "title": "t",
        }
    ],
    "a document of a type that we do not send": [
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "text/csv", "data": "YQ=="},
        }
    ],
    "bytes that are not base64": [
        {
            "type": "image",
            "source": {"type": "base64", "media_type": "image/png", "data": "AAAA..."},
        }
    ],
    "a search result": [FOUND],
    "words without citations": [{"type": "text", "text": "a", "citations": None}],
    "words that are none": [
        {"type": "text", "text": ""},
        {"type": "text", "text": "a"},
    ],
    "a marked result": [RESULT | MARK],
    "a result that says it is none of a failure": [RESULT | {"is_error": False}],
    "a failure without words": [RESULT | {"content": "", "is_error": True}],
    "a result without content": [{"type": "tool_result", "tool_use_id": "t1"}],
    "a result of many blocks": [
        RESULT
        | {
            "content": [
                {"type": "text", "text": "a"} | MARK,
                {"type": "image", "source": FILE},
                FOUND | {"content": [{"type": "text", "text": "b"}]},
                {"type": "tool_reference", "tool_name": "f"},
            ]
        }
    ],
    "a result after words": [{"type": "text", "text": "a"}, RESULT],
    "words after a result": [RESULT, {"type": "text", "text": "a"}],
}
"""What a user message may hold, beside what every wire has."""


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_what_a_user_sends_is_read_and_sent_again_to_the_letter(
    content: list[JsonObject],
) -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": content}]}
    assert PROVIDER.encode(PROVIDER.parse(body)) == body


def parsed(*content: JsonObject, role: str = "user") -> Part:
    said = {"role": role, "content": list(content)}
    (message,) = PROVIDER.parse({"model": "m", "messages": [said]}).messages
    return message.parts[-1]


def test_what_we_do_read_is_not_kept_whole() -> None:
    assert parsed({"type": "image", "source": FILE}) == AttachmentPart(
        Attachment("image/*"), ours(source=FILE)
    )
    assert parsed(FOUND) == ReasoningPart("", provider_metadata=ours(**FOUND))
    said = {"type": "text", "text": "a", "citations": None}
    assert parsed(said) == TextPart("a", ours(block=said))


def test_a_result_is_its_words_and_what_it_holds() -> None:
    (result,) = CONTENTS["a result of many blocks"]
    part = parsed(result)
    assert isinstance(part, ToolResultPart)
    assert part.output == "a\nb"
    assert part.attachments == (Attachment("image/*"),)


ASSISTANT: dict[str, JsonObject] = {
    "an MCP result that does not say whether it failed": {
        "type": "mcp_tool_result",
        "tool_use_id": "m",
        "content": [],
    },
    "a block nobody taught us": {"type": "hologram", "x": 1},
}


@pytest.mark.parametrize("block", ASSISTANT.values(), ids=ASSISTANT)
def test_what_an_assistant_said_is_sent_again_to_the_letter(block: JsonObject) -> None:
    said = {"role": "assistant", "content": [block]}
    body = {"model": "m", "messages": [said]}
    assert PROVIDER.encode(PROVIDER.parse(body)) == body


WORDS = {"role": "user", "content": "a"}
MESSAGES: dict[str, list[JsonObject]] = {
    "two of one role": [WORDS, WORDS],
    "words in a message of their own after results": [
        {"role": "user", "content": [RESULT]},
        WORDS,
    ],
    "the system first, but not before them": [
        {"role": "system", "content": "s"},
        WORDS,
    ],
    "the system among them": [WORDS, {"role": "system", "content": "s"}],
    "one with more to say": [WORDS | {"x": 1}],
}


@pytest.mark.parametrize("messages", MESSAGES.values(), ids=MESSAGES)
def test_messages_stay_apart_where_they_were(messages: list[JsonObject]) -> None:
    for system in ({}, {"system": "s"}):
        body: JsonObject = {"model": "m", "messages": messages} | system
        assert PROVIDER.encode(PROVIDER.parse(body)) == body


FUNCTION: JsonObject = {"name": "f", "input_schema": {"type": "object"}}
OPTIONS: dict[str, JsonObject] = {
    "no tools": {"tools": []},
    "a tool of the server's": {"tools": [{"type": "bash_20250124", "name": "bash"}]},
    "a tool without a schema": {"tools": [{"name": "f"}]},
    "a tool described by null": {"tools": [FUNCTION | {"description": None}]},
    "another format": {"output_config": {"format": {"type": "regex"}}},
    "a named format": {
        "output_config": {
            "format": {"type": "json_schema", "schema": {}, "name": "n"},
            "effort": "low",
        }
    },
}


@pytest.mark.parametrize("beside", OPTIONS.values(), ids=OPTIONS)
def test_what_a_request_says_beside_comes_back(beside: JsonObject) -> None:
    body: JsonObject = {"model": "m", "messages": []} | beside
    turn = PROVIDER.parse(body)
    assert turn.schema is None
    assert PROVIDER.encode(turn) == body


@pytest.mark.parametrize("facts", [{"strict": True}, {"type": "custom"} | MARK])
def test_what_is_said_of_a_tool_beside_is_kept_with_it(facts: JsonObject) -> None:
    body: JsonObject = {"model": "m", "messages": [], "tools": [FUNCTION | facts]}
    turn = PROVIDER.parse(body)
    schema = FUNCTION["input_schema"]
    assert turn.tools == (Tool("f", None, schema, provider_metadata=ours(**facts)),)
    assert PROVIDER.encode(turn) == body
    others = Tool("f", None, schema, provider_metadata={"bedrock": {"strict": True}})
    assert PROVIDER.encode(Turn("m", (), (others,)))["tools"] == [FUNCTION]


def test_results_go_into_the_user_message_that_follows_them() -> None:
    body = PROVIDER.encode(TURNS["results before the next words"])
    assert [message["role"] for message in body["messages"]] == [
        "user",
        "assistant",
        "user",
    ]
    kinds = [block["type"] for block in body["messages"][2]["content"]]
    assert kinds == ["tool_result", "tool_result", "text"]


@pytest.mark.parametrize(
    ("role", "part"),
    [
        ("assistant", AttachmentPart(Attachment("image/png", content=b"x"))),
        ("user", AttachmentPart(Attachment("audio/wav", content=b"x"))),
        ("user", AttachmentPart(Attachment("image/png", path="a.png"))),
        ("user", ReasoningPart("hm")),
    ],
)
def test_what_no_block_can_carry_is_refused_by_name(role: str, part: Part) -> None:
    with pytest.raises(NotExpressible, match="anthropic: "):
        PROVIDER.encode(Turn("m", (Message(role, (part,)),)))


@pytest.mark.parametrize(
    "part",
    [
        AttachmentPart(Attachment("image/png", content=b"x")),
        ToolResultPart("f", "o", "1"),
        ToolCallPart("f", [1], "1"),
        TextPart(""),
    ],
)
def test_what_an_answer_cannot_hold_is_said_beforehand(part: Part) -> None:
    assert len(PROVIDER.cannot_say(Message("assistant", (part,)))) == 1


def test_the_official_client_reads_what_we_say() -> None:
    import anthropic
    import httpx2

    said = [part for _, _, part in list(BLOCKS.values())[:9]]
    events: list[Event] = [
        *disassemble([Message("assistant", tuple(said))]),
        Usage(3, 4),
        Finish("stop"),
    ]
    body = b"".join(PROVIDER.framing.write(PROVIDER.synthesise(events)))

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers=dict(SSE), content=body)

    client = anthropic.Anthropic(
        api_key="k", http_client=httpx2.Client(transport=httpx2.MockTransport(answer))
    )
    with client.messages.stream(
        model="m", max_tokens=9, messages=[{"role": "user", "content": "?"}]
    ) as stream:
        message = stream.get_final_message()
    client.close()
    again = parts_of(list(PROVIDER.decode_whole(message.model_dump(exclude_none=True))))
    assert [(p.type, getattr(p, "text", None)) for p in again] == [
        (p.type, getattr(p, "text", None)) for p in said
    ]
