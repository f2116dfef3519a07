"""Hosts of the chat and Responses wires: what each says and takes its own way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.errors import NotExpressible
from harness.message.assemble import assemble, disassemble
from harness.message.events import Error, Event, Finish, StreamEvent, Usage
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
from harness.providers import PROVIDERS
from harness.providers._square import hear, speak
from harness.wire import sse

CHAT = [
    "openai-chat",
    "azure",
    "deepseek",
    "groq",
    "huggingface",
    "llama-cpp",
    "mistral",
    "ollama-openai",
    "openrouter",
    "snowflake",
    "tgi",
    "together",
    "vllm",
    "xai",
    "zai",
]
RESPONSES = "deepseek-responses llama-cpp-responses openrouter-responses xai-responses"

TOKENS = {"total_tokens": 7, "prompt_tokens": 3, "completion_tokens": 4}


def spoken(name: str, *parts: Part, reason: str = "stop") -> bytes:
    """The stream in which a host says these parts."""
    events: list[Event] = [*disassemble([Message("assistant", parts)])]
    said = speak(PROVIDERS[name], [*events, Usage(3, 4), Finish(reason)], stream=True)
    return b"".join(said.chunks)


def chunks(name: str, *parts: Part, reason: str = "stop") -> list[JsonObject]:
    """Its chunks, without ``[DONE]``."""
    frames = [*sse.read([spoken(name, *parts, reason=reason)])]
    assert frames.pop().data == "[DONE]"
    return [json.loads(frame.data) for frame in frames]


def deltas(said: list[JsonObject]) -> list[JsonObject]:
    return [choice["delta"] for chunk in said for choice in chunk["choices"]]


def failing(name: str) -> tuple[str | None, JsonObject]:
    """How a stream of the host says that it failed: the frame's name, its JSON."""
    said: list[Event] = [
        StreamEvent("text", "Hi", 0),
        Error("Busy", "server_error", 503),
    ]
    response = speak(PROVIDERS[name], said, stream=True)
    last = [*sse.read(response.chunks)][-1]
    heard = [*hear(PROVIDERS[name], 200, response.headers, response.chunks)][-1]
    assert isinstance(heard, Error)
    assert (heard.message, heard.status) == ("Busy", 503)
    return last.event, json.loads(last.data)


def asked(name: str, *parts: Part, **more: Any) -> JsonObject:
    return PROVIDERS[name].encode(Turn("m", (Message("user", parts),), **more))


# ------------------------------------------------------------- where tokens are


@pytest.mark.parametrize("name", ["deepseek", "mistral", "together", "zai"])
def test_some_count_with_the_finish_reason(name: str) -> None:
    last = chunks(name, TextPart("Hi"))[-1]
    assert last["choices"][0]["finish_reason"] == "stop"
    assert last["usage"] == TOKENS


@pytest.mark.parametrize("name", ["openai-chat", "xai", "vllm", "llama-cpp", "tgi"])
def test_others_count_after_it_in_a_chunk_without_choices(name: str) -> None:
    *_, last, after = chunks(name, TextPart("Hi"))
    assert last["choices"][0]["finish_reason"] == "stop"
    assert (after["choices"], after["usage"]) == ([], TOKENS)


def test_groq_counts_under_a_word_of_its_own() -> None:
    last = chunks("groq", TextPart("Hi"))[-1]
    assert last["x_groq"] == {"usage": TOKENS}
    assert "usage" not in last


def test_openrouter_repeats_the_finish_reason_to_count() -> None:
    *_, last, after = chunks("openrouter", TextPart("Hi"))
    (choice,), (again,) = last["choices"], after["choices"]
    assert choice["finish_reason"] == again["finish_reason"] == "stop"
    assert after["usage"] == TOKENS


@pytest.mark.parametrize(("name", "asks"), [("openai-chat", True), ("mistral", False)])
def test_who_counts_unasked_is_not_asked(name: str, asks: bool) -> None:
    body = asked(name, TextPart("Hi"), stream=True)
    assert ("stream_options" in body) is asks


# ------------------------------------------------------------ how a stream looks


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("deepseek", "reasoning_content"),
        ("groq", "reasoning"),
        ("openrouter", "reasoning"),
        ("vllm", "reasoning"),
        ("ollama-openai", "reasoning"),
        ("xai", "reasoning_content"),
    ],
)
def test_a_host_thinks_under_its_own_word(name: str, word: str) -> None:
    said = deltas(chunks(name, ReasoningPart("Hm."), TextPart("Hi")))
    assert [delta[word] for delta in said if word in delta] == ["Hm."]


def test_mistral_thinks_in_a_list_of_content() -> None:
    said = deltas(chunks("mistral", ReasoningPart("Hm."), TextPart("Hi")))
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
    assert [d["content"] for d in said if d.get("content")] == [[thought], "Hi"]


@pytest.mark.parametrize(("name", "pieces"), [("groq", 1), ("mistral", 1), ("vllm", 2)])
def test_a_call_comes_whole_or_in_pieces(name: str, pieces: int) -> None:
    call = ToolCallPart("f", {"a": 1}, PROVIDERS[name].call_id(1))
    said = deltas(chunks(name, call, reason="tool_calls"))
    calls = [delta["tool_calls"][0] for delta in said if "tool_calls" in delta]
    assert len(calls) == pieces
    assert calls[0]["id"] == call.tool_call_id
    written = [piece["function"].get("arguments", "") for piece in calls]
    assert "".join(written) == '{"a":1}'


def test_mistral_takes_ids_of_nine_letters_and_digits() -> None:
    assert PROVIDERS["mistral"].call_id(7) == "000000007"


@pytest.mark.parametrize(("name", "again"), [("openrouter", True), ("groq", False)])
def test_some_say_on_every_chunk_who_speaks(name: str, again: bool) -> None:
    said = deltas(chunks(name, TextPart("Hi")))
    assert [d.get("role") for d in said if d.get("content")] == [
        "assistant" if again else None
    ]


def test_azure_speaks_of_the_prompt_before_all_else() -> None:
    first, *rest = chunks("azure", TextPart("Hi"))
    assert first["choices"] == []
    assert first["prompt_filter_results"] == []
    assert (first["id"], first["model"], first["object"]) == ("", "", "")
    assert all("prompt_filter_results" not in chunk for chunk in rest)


def test_what_azure_found_of_the_prompt_is_said_where_it_was() -> None:
    found = [{"prompt_index": 0, "content_filter_results": {}}]
    facts = {"azure": {"prompt_filter_results": found}}
    events: list[Event] = [
        StreamEvent("text", "Hi", 0),
        Finish("stop", None, facts),
    ]
    said = speak(PROVIDERS["azure"], events, stream=True)
    (first, *_) = sse.read(said.chunks)
    assert json.loads(first.data)["prompt_filter_results"] == found
    *_, end = hear(PROVIDERS["azure"], 200, said.headers, said.chunks)
    assert isinstance(end, Finish)
    assert (end.provider_metadata or {})["azure"]["prompt_filter_results"] == found


@pytest.mark.parametrize(
    ("name", "comment"),
    [
        ("openrouter", b": OPENROUTER PROCESSING\n\n"),
        ("deepseek", b": keep-alive\n\n"),
        ("openrouter-responses", b": OPENROUTER PROCESSING\n\n"),
    ],
)
def test_some_say_that_they_are_still_there(name: str, comment: bytes) -> None:
    assert spoken(name, TextPart("Hi")).startswith(comment)


def test_snowflake_never_says_why_it_ended() -> None:
    said = chunks("snowflake", TextPart("Hi"))
    assert {c["finish_reason"] for chunk in said for c in chunk["choices"]} == {None}
    with pytest.raises(NotExpressible, match="snowflake: no answer says why it ended"):
        spoken("snowflake", TextPart("Hi"), reason="length")


# ---------------------------------------------------------------------- errors


def test_an_error_is_an_object_a_bare_one_or_its_text_alone() -> None:
    assert failing("openai-chat")[1]["error"]["message"] == "Busy"
    assert failing("mistral")[1]["object"] == "error"
    assert failing("mistral")[1]["message"] == "Busy"
    said = Error("Busy", "overloaded", 429)
    status, body = PROVIDERS["tgi"].synthesise_error(said)
    assert (status, body) == (429, {"error": "Busy", "error_type": "overloaded"})


def test_groq_names_the_event_of_an_error() -> None:
    event, said = failing("groq")
    assert event == "error"
    assert said["error"]["status_code"] == 503


def test_openrouter_numbers_an_error_that_is_not_in_a_stream() -> None:
    error = Error("slow down", "rate_limit_error", 429, True)
    status, body = PROVIDERS["openrouter"].synthesise_error(error)
    assert (status, body["error"]["code"]) == (429, 429)
    (heard,) = hear(PROVIDERS["openrouter"], 429, (), [json.dumps(body).encode()])
    assert heard == error


@pytest.mark.parametrize("kind", ["json", "json_object"])
def test_a_schema_that_is_the_value_of_a_grammar_is_a_schema(kind: str) -> None:
    provider = PROVIDERS["huggingface"]
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    form = {"type": kind, "value": schema}
    body = {"model": "m", "messages": [], "response_format": form}
    turn = provider.parse(body)
    assert turn.schema == schema
    assert turn.options == {}
    assert provider.encode(turn) == body


def test_openrouter_puts_an_error_beside_choices() -> None:
    event, said = failing("openrouter")
    assert event is None
    assert said["error"]["message"] == "Busy"
    assert said["choices"][0]["finish_reason"] == "error"


# ------------------------------------------------------------- what they take

PICTURE = AttachmentPart(Attachment("image/png", content=b"\x89PNG"))
SOUND = AttachmentPart(Attachment("audio/mpeg", content=b"ID3"))
VIDEO = AttachmentPart(Attachment("video/mp4", url="https://e.org/a.mp4"))
PDF = AttachmentPart(Attachment("application/pdf", url="https://e.org/a.pdf"))


@pytest.mark.parametrize(
    ("name", "part", "kind"),
    [
        ("deepseek", PICTURE, "image"),
        ("groq", SOUND, "sound"),
        ("openai-chat", VIDEO, "video"),
        ("together", PDF, "file"),
        ("deepseek-responses", PICTURE, "attachment"),
    ],
)
def test_what_a_host_does_not_take_is_named(name: str, part: Part, kind: str) -> None:
    with pytest.raises(
        NotExpressible, match=rf"^{name}: no message can carry .*{kind}"
    ):
        asked(name, part)


def test_mistral_has_documents_and_sounds_bare() -> None:
    content = asked("mistral", PDF, SOUND)["messages"][0]["content"]
    assert content == [
        {"type": "document_url", "document_url": "https://e.org/a.pdf"},
        {"type": "input_audio", "input_audio": "SUQz"},
    ]


def test_video_has_a_part_of_its_own() -> None:
    (part,) = asked("openrouter", VIDEO)["messages"][0]["content"]
    url = {"url": "https://e.org/a.mp4"}
    assert part == {"type": "video_url", "video_url": url}


def test_a_host_without_schemas_or_tools_of_its_own_says_so() -> None:
    with pytest.raises(NotExpressible, match="deepseek: no request carries a schema"):
        asked("deepseek", TextPart("Hi"), schema={})
    with pytest.raises(NotExpressible, match="mistral: it runs no tools of its own"):
        asked("mistral", TextPart("Hi"), tools=(ServerSideTool({"type": "x"}),))
    assert asked("groq", TextPart("Hi"), tools=(ServerSideTool({"type": "x"}),))[
        "tools"
    ]


def test_a_tool_keeps_what_a_host_says_of_it() -> None:
    marked = {"openrouter": {"cache_control": {"type": "ephemeral"}}}
    tool = Tool("f", "Does.", {"type": "object"}, provider_metadata=marked)
    (said,) = asked("openrouter", TextPart("Hi"), tools=(tool,))["tools"]
    assert said["cache_control"] == {"type": "ephemeral"}
    (plain,) = asked("vllm", TextPart("Hi"), tools=(tool,))["tools"]
    assert "cache_control" not in plain


def test_no_host_is_sent_what_another_has_said() -> None:
    signed = ReasoningPart("Hm.", False, {"openrouter": {"reasoning_details": [{}]}})
    turn = Turn("m", (Message("assistant", (signed, TextPart("Hi"))),))
    for name in CHAT:
        if name in ("openrouter", "tgi"):
            continue
        assert "reasoning_details" not in json.dumps(PROVIDERS[name].encode(turn)), name


@pytest.mark.parametrize(
    ("name", "parts", "reason"),
    [
        ("tgi", (ReasoningPart("Hm."),), "tgi has no reasoning"),
        (
            "tgi",
            (ToolCallPart("f", {}, "1"), ToolCallPart("g", {}, "2")),
            "tgi has no parallel tool calls",
        ),
        ("vllm", (PICTURE,), "vllm has no attachments"),
        (
            "mistral",
            (
                ToolCallPart("f", {}, "1", server_executed=True),
                ToolResultPart("f", "x", "1", server_executed=True),
            ),
            "mistral does not tell of tools it runs",
        ),
        (
            "groq",
            (TextPart("No.", {"groq": {"refusal": True}}),),
            "groq has no field for a refusal",
        ),
        (
            "deepseek",
            (ReasoningPart("Hm.", False, {"deepseek": {"reasoning_details": [{}]}}),),
            "deepseek keeps no details of reasoning",
        ),
        (
            "mistral",
            (ReasoningPart("a"), ReasoningPart("b")),
            "two reasoning chunks in a row are one",
        ),
        (
            "mistral",
            (ToolCallPart("f", {}, "1"), ReasoningPart("a")),
            "calls stand beside the content, and after it",
        ),
    ],
)
def test_what_a_host_cannot_say_is_told(
    name: str, parts: tuple[Part, ...], reason: str
) -> None:
    assert reason in PROVIDERS[name].cannot_say(Message("assistant", parts))


# ----------------------------------------------------------- requests come back


@pytest.mark.parametrize("name", CHAT)
def test_reasoning_that_was_empty_is_said_to_have_been(name: str) -> None:
    """DeepSeek turns away a turn that thought nothing and does not say so."""
    said = {"role": "assistant", "content": "Hi", "reasoning_content": ""}
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}, said]}
    provider = PROVIDERS[name]
    assert provider.encode(provider.parse(body)) == body


@pytest.mark.parametrize(
    "item",
    [
        {"type": "video_url", "video_url": {"url": "https://e.org/a.mp4", "fps": 1}},
        {"type": "document_url", "document_url": "https://e.org/a.pdf", "name": "a"},
        {"type": "input_audio", "input_audio": "SUQz"},
        {"type": "input_audio", "input_audio": "https://e.org/a.mp3"},
        {"type": "input_audio", "input_audio": {"data": "SUQ", "format": "mp3"}},
        {"type": "file", "file_id": "f-1"},
        {"type": "image_url", "image_url": "https://e.org/a.png"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,SU"}},
        {"type": "image_url", "image_url": {"url": "data:;a=b;base64,SUQz"}},
        {
            "type": "image_url",
            "image_url": {"url": "https://e.org/a.png", "detail": "low"},
            "cache_control": {"type": "ephemeral"},
        },
        {"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}},
    ],
    ids=lambda item: str(item["type"]),
)
def test_what_a_message_shows_comes_back_as_it_was(item: JsonObject) -> None:
    name = "openrouter" if item["type"] == "video_url" else "mistral"
    provider = PROVIDERS[name]
    body = {"model": "m", "messages": [{"role": "user", "content": [item]}]}
    assert provider.encode(provider.parse(body)) == body


TEXT = {"type": "text", "text": "x"}
PNG_PART = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBO"}}
BROKEN = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVB"}}


def test_a_result_keeps_its_mark_its_role_and_its_pictures() -> None:
    cached = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}
    messages = [
        {"role": "tool", "tool_call_id": "1", "content": [cached]},
        {"role": "tool", "name": "f", "content": "y"},
        {"role": "tool", "content": "z"},
        {"role": "function", "name": "f", "content": "z"},
        {"role": "tool", "tool_call_id": "2", "content": [PNG_PART]},
        {"role": "tool", "tool_call_id": "3", "content": [{**PNG_PART, "x": 1}]},
        {"role": "tool", "tool_call_id": "4", "content": [TEXT, TEXT]},
        {"role": "tool", "tool_call_id": "5", "content": [TEXT, BROKEN]},
    ]
    body = {"model": "m", "messages": messages}
    provider = PROVIDERS["openrouter"]
    assert provider.encode(provider.parse(body)) == body


# ------------------------------------------------------------------- Responses


def frames(name: str) -> list[Any]:
    return [*sse.read([spoken(name, ReasoningPart("Hm."), TextPart("Hi"))])]


def test_openrouter_names_no_event_and_ends_with_a_sentinel() -> None:
    *said, last = frames("openrouter-responses")
    assert last.data == "[DONE]"
    assert {frame.event for frame in said} == {None}
    assert json.loads(said[0].data)["type"] == "response.created"


def test_llama_cpp_does_not_say_where_anything_belongs() -> None:
    said = [json.loads(frame.data) for frame in frames("llama-cpp-responses")]
    places = {"output_index", "content_index", "sequence_number", "summary_index"}
    assert all(places.isdisjoint(data) for data in said)


@pytest.mark.parametrize("name", RESPONSES.split())
def test_every_host_of_the_responses_wire_is_heard_alike(name: str) -> None:
    parts = (
        ReasoningPart("Hm."),
        TextPart("Hi"),
        ToolCallPart("f", {"a": 1}, "call_1"),
    )
    provider = PROVIDERS[name]
    (message,) = assemble(hear(provider, 200, (), [spoken(name, *parts)]))
    assert [part.type for part in message.parts] == ["reasoning", "text", "tool_call"]
    assert message.parts[2] == ToolCallPart(
        "f", {"a": 1}, "call_1", provider_metadata=message.parts[2].provider_metadata
    )


def test_each_host_says_who_it_is() -> None:
    for name in (*CHAT, *RESPONSES.split()):
        provider = PROVIDERS[name]
        assert repr(provider) == f"Provider({name!r})"
        assert provider.needs_key is bool(provider.key_env)
        local = provider.base_url.startswith("http://localhost")
        assert local is not provider.needs_key
