"""The chat wire: every dialect as a tiny stream, and the laws both ways."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import NotExpressible, WireError
from harness.message.assemble import assemble, disassemble
from harness.message.events import Error, Event, Finish, StreamEvent, Unknown, Usage
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.message.turn import ServerSideTool, Tool, Turn
from harness.providers._square import hear, refuse, speak
from harness.providers.openai_chat import PROVIDER
from harness.wire.frame import Frame
from harness.wire.http import Headers

SSE: Headers = (("content-type", "text/event-stream"),)


def ours(**facts: Any) -> dict[str, Any]:
    return {"openai": facts}


def heard(*chunks: Any, done: bool = True) -> list[Event]:
    """Events of a stream of these chunks, each a dict or the text of a frame."""
    frames = [c if isinstance(c, Frame) else Frame(json.dumps(c)) for c in chunks]
    return list(PROVIDER.decode([*frames, Frame("[DONE]")] if done else frames))


def choice(delta: Any, finish: str | None = None, **rest: Any) -> dict[str, Any]:
    said = {"index": 0, "delta": delta, "finish_reason": finish} | rest
    return {"id": "c1", "object": "chat.completion.chunk", "choices": [said]}


def parts(events: list[Event]) -> tuple[Part, ...]:
    return tuple(part for message in assemble(events) for part in message.parts)


def deltas(*said: Any) -> tuple[Part, ...]:
    return parts(heard(*(choice(delta) for delta in said)))


def last(events: list[Event]) -> Any:
    return events[-1]


def call(**item: Any) -> dict[str, Any]:
    return {"tool_calls": [item]}


def fragment(arguments: str | None = None, name: str | None = None, **rest: Any) -> Any:
    return call(**rest, function={"name": name, "arguments": arguments})


def detail(**rest: Any) -> dict[str, Any]:
    return {"type": "reasoning.text", "index": 0} | rest


F = ToolCallPart

DIALECTS: dict[str, tuple[list[Any], tuple[Part, ...]]] = {
    "openai opens with an empty delta": (
        [{"role": "assistant", "content": "", "refusal": None}, {"content": "hi"}, {}],
        (TextPart("hi"),),
    ),
    "a delta may be null": ([None, {"content": "hi"}], (TextPart("hi"),)),
    "interleaved reasoning and text are two parts": (
        [{"reasoning_content": "a"}, {"content": "x"}, {"reasoning_content": "b"}],
        (ReasoningPart("ab"), TextPart("x")),
    ),
    "the field that reasoning came in is remembered": (
        [{"reasoning": "a"}, {"reasoning": "b"}],
        (ReasoningPart("ab", False, ours(reasoning_field="reasoning")),),
    ),
    "two fields with the same reasoning say it once": (
        [{"reasoning": "a", "reasoning_content": "a"}],
        (ReasoningPart("a"),),
    ),
    "openrouter says the same in a field and in details": (
        [
            {"reasoning": "a", "reasoning_details": [detail(text="a")]},
            {"reasoning": "b", "reasoning_details": [detail(text="b")]},
            {"content": "", "reasoning_details": [detail(signature="s")]},
        ],
        (
            ReasoningPart(
                "ab",
                False,
                ours(
                    reasoning_field="reasoning",
                    reasoning_details=[detail(text="ab", signature="s")],
                ),
            ),
        ),
    ),
    "a signature ends a detail": (
        [
            {
                "reasoning_details": [
                    {"type": "reasoning.text", "text": "a", "signature": "1"}
                ]
            },
            {
                "reasoning_details": [
                    {"type": "reasoning.text", "text": "b", "signature": "2"}
                ]
            },
        ],
        (
            ReasoningPart(
                "ab",
                False,
                ours(
                    reasoning_details=[
                        {"type": "reasoning.text", "text": "a", "signature": "1"},
                        {"type": "reasoning.text", "text": "b", "signature": "2"},
                    ]
                ),
            ),
        ),
    ),
    "ciphertext alone is withheld reasoning": (
        [
            {
                "reasoning_details": [
                    {"type": "reasoning.encrypted", "data": "x", "index": 0}
                ]
            },
            {"content": "hi"},
        ],
        (
            ReasoningPart(
                "",
                True,
                ours(
                    reasoning_details=[
                        {"type": "reasoning.encrypted", "data": "x", "index": 0}
                    ]
                ),
            ),
            TextPart("hi"),
        ),
    ),
    "think tags are text": (
        [{"content": "<think>a</think>b"}],
        (TextPart("<think>a</think>b"),),
    ),
    "groq's channel goes with the reasoning": (
        [{"reasoning_content": "a", "channel": "analysis"}],
        (ReasoningPart("a", False, ours(channel="analysis")),),
    ),
    "mistral switches from thinking chunks to strings": (
        [
            {"content": ""},
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "a"}]}
                ]
            },
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "b"}]}
                ]
            },
            {"content": [{"type": "text", "text": "c"}]},
            {"content": "d"},
        ],
        (ReasoningPart("ab", False, ours(reasoning_field="content")), TextPart("cd")),
    ),
    "mistral's order is kept where thinking and text alternate": (
        [
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "a"}]}
                ]
            },
            {"content": "b"},
            {
                "content": [
                    {
                        "type": "thinking",
                        "thinking": [{"type": "text", "text": "c"}],
                        "signature": "s",
                    },
                    {"type": "reference", "reference_ids": [1]},
                    {"type": "text", "text": "d"},
                ]
            },
        ],
        (
            ReasoningPart("a", False, ours(reasoning_field="content")),
            TextPart("b"),
            ReasoningPart("c", False, ours(reasoning_field="content", signature="s")),
            TextPart(
                "d", ours(references=[{"type": "reference", "reference_ids": [1]}])
            ),
        ),
    ),
    "cloudflare parses the json it answers with": (
        [{"content": {"a": 1}}],
        (TextPart('{"a":1}'),),
    ),
    "annotations of several deltas are one list": (
        [
            {"content": "hi", "annotations": [{"type": "url_citation", "n": 1}]},
            {"content": "", "annotations": [{"type": "url_citation", "n": 2}]},
        ],
        (
            TextPart(
                "hi",
                ours(annotations=[{"type": "url_citation", "n": n} for n in (1, 2)]),
            ),
        ),
    ),
    "words nobody taught us stay with the text": (
        [{"content": "hi", "extra_content": {"google": 1}, "padding": "xx"}],
        (TextPart("hi", ours(extra_content={"google": 1})),),
    ),
    "a refusal is a part of its own": (
        [{"refusal": "I "}, {"refusal": "won't", "content": None}],
        (TextPart("I won't", ours(refusal=True)),),
    ),
    "snowflake's zero values are nothing": (
        [
            {
                "content": "hi",
                "refusal": "",
                "tool_calls": None,
                "function_call": {"name": "", "arguments": ""},
                "audio": {"id": "", "data": "", "transcript": "", "expires_at": 0},
            }
        ],
        (TextPart("hi"),),
    ),
    "parallel calls by index": (
        [
            fragment("", "f", index=0, id="a"),
            fragment("", "g", index=1, id="b"),
            fragment('{"x":', index=0),
            fragment('{"y":', index=1),
            fragment("1}", index=0),
            fragment("2}", index=1),
        ],
        (F("f", {"x": 1}, "a"), F("g", {"y": 2}, "b")),
    ),
    "indexes that do not begin at zero": (
        [fragment("{}", "f", index=3, id="a")],
        (F("f", {}, "a"),),
    ),
    "a new id at a used index is a new call": (
        [
            fragment('{"x":1}', "f", index=0, id="a"),
            fragment('{"y":2}', "g", index=0, id="b"),
        ],
        (F("f", {"x": 1}, "a"), F("g", {"y": 2}, "b")),
    ),
    "a new name at a used index without ids is a new call": (
        [fragment("{}", "f", index=0), fragment("{}", "g", index=0)],
        (F("f", {}), F("g", {})),
    ),
    "mistral's older calls have no index": (
        [
            {
                "tool_calls": [
                    {"id": "a", "function": {"name": "f", "arguments": '{"x":1}'}},
                    {"id": "b", "function": {"name": "g", "arguments": {"y": 2}}},
                ]
            }
        ],
        (F("f", {"x": 1}, "a"), F("g", {"y": 2}, "b")),
    ),
    "calls with neither index nor id begin at a name": (
        [fragment('{"x":', "f"), fragment("1}"), fragment("{}", "f", id="")],
        (F("f", {"x": 1}), F("f", {})),
    ),
    "qwen restates the id and empties the name": (
        [
            fragment("", "f", index=0, id="a", type="function"),
            fragment('{"x":1}', "", index=0, id="a", type="function"),
        ],
        (F("f", {"x": 1}, "a"),),
    ),
    "a restated name is said once": (
        [fragment("{", "f", index=0, id="a"), fragment("}", "f", index=0, id="a")],
        (F("f", {}, "a"),),
    ),
    "a name in pieces is joined": (
        [
            fragment(None, "get_", index=0, id="a"),
            fragment("{}", "time", index=0, id="a"),
        ],
        (F("get_time", {}, "a"),),
    ),
    "an id that comes late": (
        [fragment("{", "f", index=0), fragment("}", index=0, id="a")],
        (F("f", {}, "a"),),
    ),
    "no arguments are empty arguments": (
        [fragment("", "f", index=0, id="a")],
        (F("f", {}, "a"),),
    ),
    "a call keeps what else is said of it": (
        [fragment("{}", "f", index=0, id="a", extra_content={"google": "s"})],
        (F("f", {}, "a", False, ours(extra_content={"google": "s"})),),
    ),
    "a custom call has text for arguments": (
        [
            call(index=0, id="a", type="custom", custom={"name": "f", "input": ""}),
            call(index=0, custom={"input": 'say "'}),
            call(index=0, custom={"input": '😀"'}),
        ],
        (F("f", {"input": 'say "😀"'}, "a", False, ours(type="custom")),),
    ),
    "a function call of the older api": (
        [
            {"function_call": {"name": "f", "arguments": ""}},
            {"function_call": {"arguments": '{"x":1}'}},
        ],
        (F("f", {"x": 1}, None, False, ours(type="function_call")),),
    ),
    "groq runs tools itself": (
        [
            {
                "executed_tools": [
                    {"index": 0, "type": "search", "arguments": '{"q":"x"}'}
                ]
            },
            {
                "executed_tools": [
                    {
                        "index": 0,
                        "type": "search",
                        "arguments": '{"q":"x"}',
                        "output": "found",
                        "search_results": {"results": [1]},
                    }
                ]
            },
            {"content": "hi"},
        ],
        (
            F("search", {"q": "x"}, None, True),
            ToolResultPart(
                "search",
                "found",
                None,
                True,
                provider_metadata=ours(search_results={"results": [1]}),
            ),
            TextPart("hi"),
        ),
    ),
    "audio comes in pieces, each of its own base64": (
        [
            {"audio": {"id": "au", "transcript": "be"}},
            {"audio": {"data": b64encode(b"RIFFa").decode()}},
            {"audio": {"data": b64encode(b"b").decode(), "transcript": "ep"}},
            {"audio": {"expires_at": 9}},
        ],
        (
            AttachmentPart(
                Attachment("audio/wav", content=b"RIFFab"),
                ours(audio={"id": "au", "transcript": "beep", "expires_at": 9}),
            ),
        ),
    ),
    "openrouter's pictures are data urls": (
        [
            {
                "images": [
                    {
                        "type": "image_url",
                        "image_url": {"url": "data:image/png;base64,eA=="},
                    }
                ]
            }
        ],
        (AttachmentPart(Attachment("image/png", content=b"x")),),
    ),
}


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_is_understood(name: str) -> None:
    said, wanted = DIALECTS[name]
    assert deltas(*said) == wanted


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("stream", [True, False])
def test_what_was_understood_can_be_said_again(name: str, stream: bool) -> None:
    events = heard(*(choice(delta) for delta in DIALECTS[name][0]))
    assert parts(again(events, stream=stream)) == DIALECTS[name][1]


def again(events: Sequence[Event], *, stream: bool) -> list[Event]:
    response = speak(PROVIDER, events, stream=stream)
    return list(hear(PROVIDER, response.status, response.headers, response.chunks))


# ------------------------------------------------------------ how it ends


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("stop", "stop"),
        ("eos", "stop"),
        ("stop_sequence", "stop"),
        ("length", "length"),
        ("tool_calls", "tool_calls"),
        ("function_call", "tool_calls"),
        ("content_filter", "content_filter"),
        ("insufficient_system_resource", "other"),
    ],
)
def test_finish_words_are_translated_and_kept(word: str, reason: str) -> None:
    finish = last(heard(choice({"content": "x"}, word)))
    assert (finish.reason, finish.provider_reason) == (reason, word)
    assert last(again([finish], stream=True)).provider_reason == word


@pytest.mark.parametrize("word", ["", "null", None])
def test_a_finish_word_that_is_none_leaves_it_to_done(word: str | None) -> None:
    finish = last(heard(choice({"content": "x"}, word)))
    assert finish == Finish("stop", None, ours(id="c1"))
    assert last(heard(choice({"content": "x"}, word), done=False)).kind == "truncated"


def test_without_a_finish_word_calls_say_why_it_ended() -> None:
    assert last(heard(choice(fragment("{}", "f", index=0)))).reason == "tool_calls"


def test_a_truncated_stream_is_an_error_never_a_finish() -> None:
    events = heard(choice({"content": "x"}), done=False)
    assert parts(events) == (TextPart("x"),)
    assert last(events).kind == "truncated"
    assert last(events).retryable
    assert not any(isinstance(event, Finish) for event in events)
    assert last(heard(done=False)).kind == "truncated"


def test_a_stream_cut_inside_json_is_truncated() -> None:
    cut = Frame('{"choices":[{"del', complete=False)
    assert last(heard(choice({"content": "x"}), cut, done=False)).kind == "truncated"


def test_a_finish_word_completes_a_stream_without_done() -> None:
    assert last(heard(choice({}, "stop"), done=False)).reason == "stop"


def test_together_goes_on_after_its_first_finish() -> None:
    events = heard(
        choice(fragment("{}", "f", index=0, id="a"), "tool_calls"),
        choice(fragment("{}", "g", index=1, id="b"), "tool_calls"),
    )
    assert parts(events) == (F("f", {}, "a"), F("g", {}, "b"))


def test_a_refusal_is_the_finish_reason() -> None:
    finish = last(heard(choice({"refusal": "no"}), choice({}, "stop")))
    assert (finish.reason, finish.provider_reason) == ("refusal", "stop")


def test_two_choices_are_two_messages_each_with_its_own_finish() -> None:
    events = heard(
        choice({"content": "a"}),
        choice({"content": "x"}, index=1),
        choice({"content": "b"}, "stop"),
        choice({"content": "y"}, "length", index=1),
    )
    wanted = [Message("assistant", (TextPart(t),)) for t in ("ab", "xy")]
    assert assemble(events) == wanted
    assert last(events).reason == "stop"
    assert last(events).provider_metadata == ours(
        id="c1", choices={"1": {"finish_reason": "length"}}
    )
    for stream in (True, False):
        told = again(events, stream=stream)
        assert assemble(told) == wanted
        assert last(told).provider_metadata["openai"]["choices"] == {
            "1": {"finish_reason": "length"}
        }


def test_choices_keep_their_order_whoever_speaks_first() -> None:
    events = heard(
        choice({"role": "assistant"}),
        choice({"role": "assistant"}, index=1),
        choice({"content": "second"}, "stop", index=1),
        choice({"content": "first"}, "stop"),
    )
    wanted = [Message("assistant", (TextPart(t),)) for t in ("first", "second")]
    assert assemble(events) == wanted
    assert assemble(again(events, stream=True)) == wanted
    assert assemble(again(events, stream=False)) == wanted


def test_usage_is_the_last_that_was_stated_wherever_it_stood() -> None:
    events = heard(
        choice({"content": "x"})
        | {"usage": {"prompt_tokens": 1, "completion_tokens": 1}},
        choice({}, "stop") | {"x_groq": {"id": "r", "usage": {"prompt_tokens": 2}}},
        choice({}, usage={"prompt_tokens": 3}),
        choice({}) | {"usage": None},
    )
    assert [event for event in events if isinstance(event, Usage)] == [Usage(3)]
    assert last(events).provider_metadata == ours(id="c1", x_groq={"id": "r"})


def test_usage_names_what_every_wire_counts_and_puts_it_back() -> None:
    raw = {
        "prompt_tokens": 9,
        "completion_tokens": 5,
        "total_tokens": 14,
        "prompt_tokens_details": {"cached_tokens": 4, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }
    events = heard({"choices": [], "usage": raw})
    usage = events[0]
    assert isinstance(usage, Usage)
    assert (usage.input, usage.output) == (9, 5)
    assert (usage.details["cached"], usage.details["reasoning"]) == (4, 0)
    assert usage.details["prompt_tokens_details"] == {"audio_tokens": 0}
    assert PROVIDER.synthesise_whole(events)["usage"] == raw


def test_log_probabilities_gather_on_the_part_they_are_of() -> None:
    events = heard(
        choice(
            {"reasoning_content": "t"}, logprobs={"reasoning_content": [{"token": "t"}]}
        ),
        choice(
            {"content": "a"}, logprobs={"content": [{"token": "a"}], "refusal": None}
        ),
        choice({"content": "b"}, logprobs={"content": [{"token": "b"}]}),
    )
    wanted = (
        ReasoningPart("t", False, ours(logprobs=[{"token": "t"}])),
        TextPart("ab", ours(logprobs=[{"token": "a"}, {"token": "b"}])),
    )
    assert parts(events) == wanted
    assert parts(again(events, stream=True)) == wanted
    assert parts(again(events, stream=False)) == wanted


def test_what_the_answer_says_of_itself_comes_with_the_finish() -> None:
    events = heard(
        {"id": "", "created": 0, "model": "", "object": "", "choices": [], "p": "xx"},
        choice({"content": "a"}, obfuscation="y") | {"provider": "P", "p": "x"},
        choice({}, "stop", native_finish_reason="end") | {"id": "c2", "created": 7},
    )
    facts = last(events).provider_metadata["openai"]
    assert facts.pop("choices") == {"0": {"obfuscation": "y"}}
    assert facts == {
        "id": "c1",
        "created": 7,
        "provider": "P",
        "native_finish_reason": "end",
    }
    assert not any(isinstance(event, Unknown) for event in events)


def test_perplexity_repeats_the_message_beside_the_delta() -> None:
    running = {"role": "assistant", "content": "ab"}
    events = heard(
        choice({"content": "a"}, message={"content": "a"}),
        choice({"content": "b"}, message=running),
        choice({"content": ""}, "stop", message=running)
        | {"object": "chat.completion.done"},
    )
    assert parts(events) == (TextPart("ab"),)


def test_a_stream_of_one_whole_message_is_read() -> None:
    said = {"index": 0, "message": {"content": "hi"}, "finish_reason": "stop"}
    assert parts(heard({"object": "chat.completion", "choices": [said]})) == (
        TextPart("hi"),
    )


def test_a_chunk_of_no_known_shape_is_kept() -> None:
    assert heard({"object": "ping", "n": 1})[0] == Unknown(
        "ping", {"object": "ping", "n": 1}
    )
    assert heard([1])[0] == Unknown("list", [1])


# ----------------------------------------------------------------- errors


ERRORS: dict[str, tuple[Any, Error]] = {
    "openai's object": (
        {
            "error": {
                "message": "m",
                "type": "server_error",
                "param": None,
                "code": None,
            }
        },
        Error("m", "server_error", 500, True),
    ),
    "just text": ({"error": "broken"}, Error("broken")),
    "tgi's text and type": (
        {"error": "slow", "error_type": "overloaded"},
        Error("slow", "overloaded", 503, True),
    ),
    "mistral's flat object": (
        {
            "object": "error",
            "message": "m",
            "type": "invalid_request_error",
            "code": None,
        },
        Error("m", "invalid_request_error", 400),
    ),
    "vllm's numeric code": (
        {"error": {"message": "m", "type": "BadRequestError", "code": 400}},
        Error("m", "BadRequestError", 400),
    ),
    "a code that is no status": (
        {"error": {"message": "m", "code": "1302"}},
        Error("m", "1302"),
    ),
    "groq's generation that failed": (
        Frame(
            json.dumps(
                {
                    "error": {
                        "message": "m",
                        "type": "invalid_request_error",
                        "code": "tool_use_failed",
                        "failed_generation": "{",
                        "status_code": 400,
                    }
                }
            ),
            "error",
        ),
        Error(
            "m",
            "tool_use_failed",
            400,
            False,
            ours(type="invalid_request_error", failed_generation="{"),
        ),
    ),
    "an error event without an error": (
        Frame('{"message":"m"}', "error"),
        Error("m"),
    ),
    "groq's other place": (
        choice({}) | {"x_groq": {"error": "over capacity"}},
        Error("over capacity"),
    ),
    "openrouter's, beside a choice": (
        choice({"content": ""})
        | {"error": {"code": 429, "message": "m", "metadata": {"p": 1}}},
        Error("m", None, 429, True, ours(metadata={"p": 1})),
    ),
    "in the choice": (
        choice({}, error={"code": 502, "message": "m"}),
        Error("m", None, 502, True),
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_in_the_stream_ends_it_and_what_was_said_stands(name: str) -> None:
    chunk, wanted = ERRORS[name]
    events = heard(
        choice({"content": "x"}, "length"), chunk, choice({"content": "never"})
    )
    assert parts(events) == (TextPart("x"),)
    assert last(events) == wanted
    assert not any(isinstance(event, Finish) for event in events)
    assert last(again(events, stream=True)) == wanted


@pytest.mark.parametrize(
    ("status", "body", "wanted"),
    [
        (429, {"error": {"message": "m", "type": "requests", "code": "rate_limit_exceeded"}},
         Error("m", "rate_limit_exceeded", 429, True, ours(type="requests", retry_after="3"))),
        (502, "<html>Bad Gateway</html>",
         Error("<html>Bad Gateway</html>", None, 502, True, ours(retry_after="3"))),
        (500, "", Error("HTTP 500", None, 500, True, ours(retry_after="3"))),
        (400, [{"error": {"code": 400, "message": "m", "status": "INVALID"}}],
         Error("m", None, 400, False, ours(status="INVALID", retry_after="3"))),
        (422, {"detail": [{"loc": ["body"]}]},
         Error('[{"loc": ["body"]}]', None, 422, False, ours(retry_after="3"))),
    ],
)  # fmt: skip
def test_http_errors_of_every_shape(status: int, body: Any, wanted: Error) -> None:
    assert PROVIDER.decode_error(status, (("Retry-After", "3"),), body) == wanted


@pytest.mark.parametrize(
    "error",
    [
        Error("m", "rate_limit_exceeded", 429, True),
        Error("m", "server_error", 500, True),
        Error("m", None, 503, True),
        Error("m", "1302", 400, False, ours(type="business")),
    ],
)
def test_an_error_is_answered_as_it_was_meant(error: Error) -> None:
    response = refuse(PROVIDER, error)
    (told,) = hear(PROVIDER, response.status, response.headers, response.chunks)
    assert told == error
    assert last(again([error], stream=True)) == error


def test_an_error_inside_http_200_is_an_error() -> None:
    body = {"error": {"code": 429, "message": "m"}, "user_id": "u"}
    assert list(PROVIDER.decode_whole(body)) == [
        Error("m", None, 429, True, ours(user_id="u"))
    ]


def test_finish_reason_error_is_an_error() -> None:
    assert last(heard(choice({"content": "x"}, "error"))).kind == "error"


def test_a_truncated_stream_is_synthesised_without_its_end() -> None:
    events: list[Event] = [StreamEvent("text", "x", 0), Error("cut", "truncated")]
    frames = list(PROVIDER.synthesise(events))
    assert frames[-1].data != "[DONE]"
    assert last(list(PROVIDER.decode(frames))).kind == "truncated"


# -------------------------------------------------------------- synthesise


def test_a_synthesised_stream_is_openais_own() -> None:
    events: list[Event] = [
        StreamEvent("text", "he", 0),
        StreamEvent("tool_call_name", "f", 1, "a"),
        StreamEvent("tool_call_name", "g", 2, "b"),
        StreamEvent("tool_call_args", '{"x":', 1, "a"),
        StreamEvent("tool_call_args", "{}", 2, "b"),
        StreamEvent("tool_call_args", "1}", 1, "a"),
        Usage(1, 2),
    ]
    frames = [frame.data for frame in PROVIDER.synthesise(events)]
    assert frames.pop() == "[DONE]"
    chunks = [json.loads(data) for data in frames]
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert chunks.pop()["usage"] == {
        "total_tokens": 3,
        "prompt_tokens": 1,
        "completion_tokens": 2,
    }
    end = chunks.pop()["choices"][0]
    assert (end["delta"], end["finish_reason"]) == ({}, "tool_calls")
    said = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert said[:3] == [
        {"role": "assistant", "content": ""},
        {"content": "he"},
        call(index=0, id="a", type="function", function={"name": "f", "arguments": ""}),
    ]
    assert [item["tool_calls"][0]["index"] for item in said[3:]] == [1, 0, 1, 0]


def test_line_separators_and_lone_surrogates_are_escaped() -> None:
    text = "a\u2028b\x85c\ud83dd"
    events: list[Event] = [StreamEvent("text", text, 0)]
    response = speak(PROVIDER, events, stream=True)
    assert "\u2028" not in b"".join(response.chunks).decode()
    assert parts(list(hear(PROVIDER, 200, SSE, response.chunks))) == (TextPart(text),)


# ---------------------------------------------------------------- the laws

TEXT = st.text(min_size=1)
JSON = st.dictionaries(TEXT, st.none() | st.integers() | st.text(), max_size=3)
TYPES = st.sampled_from(["image/png", "image/webp"])
SOUND = st.builds(
    Attachment,
    type=st.sampled_from(["audio/wav", "audio/mpeg", "audio/pcm", "audio/opus"]),
    content=st.binary(min_size=1),
)
PICTURE = st.builds(Attachment, type=TYPES, content=st.binary(min_size=1))


@st.composite
def reasonings(draw: st.DrawFn) -> Part:
    text = draw(TEXT)
    field = draw(st.sampled_from([None, "reasoning", "reasoning_text"]))
    part = ReasoningPart(text, False, ours(reasoning_field=field) if field else None)
    kind = draw(st.sampled_from(["plain", "signed", "sealed"]))
    if kind == "plain":
        return part
    part = ReasoningPart("", True) if kind == "sealed" else ReasoningPart(text)
    metadata = PROVIDER.opaque(part, draw(TEXT))
    return ReasoningPart(part.text, part.redacted, metadata)


@st.composite
def answers(draw: st.DrawFn) -> Message:
    said: list[Part] = draw(st.lists(reasonings(), max_size=1))
    for name in draw(st.lists(TEXT, max_size=2)):
        id_ = draw(st.none() | TEXT)
        said.append(ToolCallPart(name, draw(JSON), id_, True))
        said.append(ToolResultPart(name, draw(st.text()), id_, True))
    said += draw(st.lists(st.builds(TextPart, TEXT), max_size=1))
    said += draw(
        st.lists(st.builds(TextPart, TEXT, st.just(PROVIDER.refusal)), max_size=1)
    )
    said += [AttachmentPart(a) for a in draw(st.lists(SOUND, max_size=1))]
    said += [AttachmentPart(a) for a in draw(st.lists(PICTURE, max_size=2))]
    names = draw(st.lists(TEXT, max_size=3))
    said += [F(name, draw(JSON), f"call_{n}") for n, name in enumerate(names)]
    return Message("assistant", tuple(said))


@given(answers(), st.booleans())
def test_an_answer_survives_the_wire(message: Message, stream: bool) -> None:
    assert PROVIDER.cannot_say(message) == []
    wanted = [message] if message.parts else []
    assert assemble(again(list(disassemble([message])), stream=stream)) == wanted


@given(answers())
def test_pieces_of_any_size_say_the_same(message: Message) -> None:
    events = [piece for event in disassemble([message]) for piece in letters(event)]
    wanted = [message] if message.parts else []
    assert assemble(again(events, stream=True)) == wanted


def letters(event: StreamEvent) -> Iterator[StreamEvent]:
    """The event letter by letter; the first letter has everything else."""
    for number, letter in enumerate(event.chunk or ("",)):
        piece = event._replace(chunk=letter)
        yield piece if number == 0 else piece._replace(provider_metadata=None)


CANNOT: dict[str, tuple[Part, ...]] = {
    "two texts": (TextPart("a"), TextPart("b")),
    "text after a call": (F("f", {}, "a"), TextPart("b")),
    "empty text": (TextPart(""),),
    "our own tool's result": (ToolResultPart("f", "x", "a"),),
    "a host's call alone": (F("f", {}, "a", True),),
    "a host's tool that failed": (
        F("f", {}, "a", True),
        ToolResultPart("f", "x", "a", True, exception="E: x"),
    ),
    "withheld reasoning without data": (ReasoningPart("", True),),
    "a document": (AttachmentPart(Attachment("application/pdf", content=b"x")),),
    "a path": (AttachmentPart(Attachment("image/png", path="x.png")),),
    "another provider's metadata": (TextPart("x", {"anthropic": {"a": 1}}),),
}


@pytest.mark.parametrize("name", CANNOT)
def test_what_cannot_be_said_has_a_reason(name: str) -> None:
    assert PROVIDER.cannot_say(Message("assistant", CANNOT[name]))


def test_only_an_assistant_answers() -> None:
    assert PROVIDER.cannot_say(Message("user", (TextPart("x"),)))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["choices", "delta", "message", "content", "tool_calls", "function",
                     "index", "id", "error", "usage", "type", "audio", "executed_tools",
                     "reasoning_details", "logprobs", "x_groq", "images", "arguments"]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=20,
    ),
    st.booleans(),
)  # fmt: skip
def test_garbage_yields_events_or_a_wire_error(payload: Any, stream: bool) -> None:
    body = json.dumps(payload)
    headers = SSE if stream else (("content-type", "application/json"),)
    chunks = [f"data: {body}\n\n".encode() if stream else body.encode()]
    try:
        events = list(hear(PROVIDER, 200, headers, chunks))
    except WireError:
        return
    assert events


# ----------------------------------------------------------------- requests

PNG = Attachment("image/png", content=b"x")

TURNS = {
    "text": Turn("m", (Message("system", (TextPart("s"),)), Message("user", (TextPart("u"),)))),
    "an empty text": Turn("m", (Message("user", (TextPart(""),)),)),
    "nothing at all": Turn("m", (Message("user"), Message("assistant"))),
    "a developer, and names": Turn(
        "m", (Message("developer", (TextPart("s"),)), Message("user", (TextPart("u"),), ours(name="Bo"))),
    ),
    "attachments of every kind": Turn(
        "m",
        (
            Message(
                "user",
                (
                    TextPart("u", ours(cache_control={"type": "ephemeral"})),
                    AttachmentPart(PNG, ours(detail="low")),
                    AttachmentPart(Attachment(url="https://x/y.png")),
                    AttachmentPart(Attachment("audio/wav", content=b"x")),
                    AttachmentPart(Attachment("application/pdf", content=b"x")),
                    AttachmentPart(Attachment("application/pdf", url="https://x/y.pdf")),
                    AttachmentPart(Attachment("text/plain", content=b"x"), ours(filename="a.txt")),
                    AttachmentPart(None, ours(type="file", file={"file_id": "f"})),
                ),
            ),
        ),
    ),
    "tools, and their results": Turn(
        "m",
        (
            Message("user", (TextPart("u"),)),
            Message(
                "assistant",
                (TextPart("t"), F("f", {"x": 1}, "a"), F("g", {"_raw": '{"x'}, "b")),
            ),
            Message(
                "tool",
                (ToolResultPart("f", "1", "a"), ToolResultPart("g", "", "b", attachments=(PNG,))),
            ),
        ),
        tools=(
            Tool("f", "does f", {"type": "object", "properties": {"x": {"type": "integer"}}}),
            Tool("g"),
            ServerSideTool({"type": "browser_search"}),
        ),
    ),
    "the older function call": Turn(
        "m",
        (
            Message("assistant", (F("f", {}, None, False, ours(type="function_call")),)),
            Message("tool", (ToolResultPart("f", "1"),)),
        ),
    ),
    "reasoning in its own words": Turn(
        "m",
        (
            Message("assistant", (ReasoningPart("r"), TextPart("t"))),
            Message("assistant", (ReasoningPart("r", False, ours(reasoning_field="reasoning")),)),
            Message(
                "assistant",
                (ReasoningPart("r", False, PROVIDER.opaque(ReasoningPart("r"), "sig")), TextPart("t")),
            ),
            Message(
                "assistant",
                (ReasoningPart("", True, PROVIDER.opaque(ReasoningPart("", True), "data")), TextPart("t")),
            ),
            Message(
                "assistant",
                (ReasoningPart("r", False, ours(reasoning_field="content", closed=True)), TextPart("t")),
            ),
            Message("assistant", (TextPart("no", PROVIDER.refusal),)),
        ),
    ),
    "a schema, streamed, with options": Turn(
        "m",
        (Message("user", (TextPart("u"),)),),
        stream=True,
        schema={"type": "object"},
        options={"temperature": 0.5, "tool_choice": "auto"},
    ),
    "other formats and stream options are options": Turn(
        "m",
        (),
        stream=True,
        options={
            "response_format": {"type": "json_object"},
            "stream_options": {"include_usage": False},
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TURNS)
def test_a_turn_survives_the_request(name: str) -> None:
    body = json.loads(json.dumps(PROVIDER.encode(TURNS[name])))
    assert PROVIDER.parse(body) == TURNS[name]


@given(answers())
def test_an_answer_survives_being_sent_back(message: Message) -> None:
    kept = tuple(part for part in message.parts if not is_sound(part))
    turn = Turn("m", (Message("assistant", kept),))
    assert PROVIDER.parse(json.loads(json.dumps(PROVIDER.encode(turn)))) == turn


def is_sound(part: Part) -> bool:
    attachment = part.attachment if isinstance(part, AttachmentPart) else None
    return bool(attachment and (attachment.type or "").startswith("audio/"))


def test_the_request_is_openais_own() -> None:
    assert PROVIDER.encode(TURNS["tools, and their results"])["messages"] == [
        {"role": "user", "content": "u"},
        {
            "role": "assistant",
            "content": "t",
            "tool_calls": [
                {
                    "id": "a",
                    "type": "function",
                    "function": {"name": "f", "arguments": '{"x":1}'},
                },
                {
                    "id": "b",
                    "type": "function",
                    "function": {"name": "g", "arguments": '{"x'},
                },
            ],
        },
        {"role": "tool", "tool_call_id": "a", "content": "1"},
        {
            "role": "tool",
            "tool_call_id": "b",
            "content": [
                {"type": "text", "text": ""},
                {
                    "type": "image_url",
                    "image_url": {"url": "data:image/png;base64,eA=="},
                },
            ],
        },
    ]
    streamed = PROVIDER.encode(TURNS["a schema, streamed, with options"])
    assert streamed["stream_options"] == {"include_usage": True}
    assert streamed["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "response", "schema": {"type": "object"}},
    }


def test_sound_goes_back_by_its_id() -> None:
    sound = AttachmentPart(
        Attachment("audio/wav", content=b"RIFF"), ours(audio={"id": "au"})
    )
    turn = Turn("m", (Message("assistant", (sound,)),))
    (message,) = PROVIDER.encode(turn)["messages"]
    assert message["audio"] == {"id": "au"}


def test_what_was_only_reported_is_not_sent_back() -> None:
    text = TextPart("t", ours(logprobs=[1], annotations=[2]) | {"anthropic": {"x": 1}})
    turn = Turn("m", (Message("assistant", (text,)),))
    assert PROVIDER.encode(turn)["messages"] == [{"role": "assistant", "content": "t"}]


UNSAYABLE = {
    "a path": Message("user", (AttachmentPart(Attachment("image/png", path="x.png")),)),
    "sound by url": Message("user", (AttachmentPart(Attachment("audio/wav", url="https://x")),)),
    "reasoning of a user": Message("user", (ReasoningPart("r"),)),
    "text of a tool": Message("tool", (TextPart("t"),)),
    "sound of a tool": Message(
        "tool", (ToolResultPart("f", "x", "a", attachments=(Attachment("audio/wav", content=b"x"),)),)
    ),
    "withheld reasoning of another": Message(
        "assistant", (ReasoningPart("", True, {"anthropic": {"data": "x"}}),)
    ),
    "sound without an id": Message(
        "assistant", (AttachmentPart(Attachment("audio/wav", content=b"x")),)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNSAYABLE)
def test_what_a_request_cannot_carry_is_refused(name: str) -> None:
    with pytest.raises(NotExpressible):
        PROVIDER.encode(Turn("m", (UNSAYABLE[name],)))


@pytest.mark.parametrize(
    "options", [{"model": "x"}, {"response_format": {"type": "text"}}]
)
def test_an_option_that_says_a_field_twice_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(NotExpressible, match="said twice"):
        PROVIDER.encode(Turn("m", (), schema={}, options=options))


def test_where_and_how_it_is_asked() -> None:
    assert PROVIDER.path(Turn("m", ())) == "/chat/completions"
    assert PROVIDER.headers("k") == {"authorization": "Bearer k"}
    assert PROVIDER.call_id(1) != PROVIDER.call_id(2)
    assert PROVIDER.opaque(TextPart("t"), "s") is None


def test_a_body_that_is_no_answer_is_kept_and_is_an_error() -> None:
    unknown, error = PROVIDER.decode_whole({"object": "list", "data": []})
    assert unknown == Unknown("list", {"object": "list", "data": []})
    assert isinstance(error, Error)


def test_a_late_id_without_an_index_belongs_to_the_call_before() -> None:
    assert deltas(fragment("{", "f"), fragment("}", id="a")) == (F("f", {}, "a"),)
