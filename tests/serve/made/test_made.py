"""Made up: an answer says what its server would say of itself, and ends where it must."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.message.events import Finish, Usage
from harness.message.parts import Message, ReasoningPart, TextPart
from harness.message.turn import Turn
from harness.providers import PROVIDERS, WHERE
from harness.providers._square import hear
from harness.serve.mock import Mock
from harness.serve.stock.recording import of_case
from harness.serve.stock.shelf import Shelf
from harness.wire.http import Request, Response
from tests.serve.asking import answer
from tests.suite.reading import only_case

HOST = "http://h"


def asked(name: str, *, stream: bool = False, model: str = "acme-1") -> Request:
    """The request that a provider's client sends."""
    provider = PROVIDERS[name]
    turn = Turn(
        model,
        (Message("user", (TextPart("Hi"),)),),
        stream=stream,
        options=dict(provider.defaults),
    )
    body = json.dumps(provider.encode(turn)).encode()
    return Request("POST", f"{HOST}/{name}{provider.path(turn)}", (), body)


def finish(name: str, response: Response) -> Finish:
    *_, last = hear(PROVIDERS[name], response.status, response.headers, response.chunks)
    assert isinstance(last, Finish), last
    return last


def whole(mock: Mock, path: str, body: Any) -> Any:
    request = Request("POST", HOST + path, (), json.dumps(body).encode())
    return json.loads(b"".join(answer(mock, request).chunks))


STATED = [name for name in WHERE if PROVIDERS[name].server.facts_of("m", "n")]


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("name", STATED)
def test_an_answer_is_of_the_request_and_no_other(name: str, stream: bool) -> None:
    mock = Mock(default="Hello.")
    one = finish(name, answer(mock, asked(name, stream=stream)))
    again = finish(name, answer(mock, asked(name, stream=stream)))
    other = finish(name, answer(mock, asked(name, stream=stream, model="acme-2")))
    assert one == again
    assert one.provider_metadata != other.provider_metadata


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("name", [n for n in STATED if n != "cohere"])
def test_an_answer_names_the_model_that_was_asked_for(name: str, stream: bool) -> None:
    said = answer(Mock(default="Hello."), asked(name, stream=stream))
    assert "acme-1" in repr(finish(name, said))


def test_what_a_suite_says_is_of_the_model_that_is_asked_too() -> None:
    case = only_case(
        "provider: openai-chat\nprompt: Hi\nsays: {parts: [{type: text, text: Hello.}]}"
    )
    shelf = Shelf()
    shelf.add(of_case(case))
    assert "acme-1" in repr(
        finish("anthropic", answer(Mock(shelf), asked("anthropic")))
    )


def test_a_response_repeats_what_was_asked() -> None:
    tool = {"type": "function", "name": "tide", "parameters": {"type": "object"}}
    body = {
        "model": "m",
        "input": "Hi",
        "tools": [tool],
        "tool_choice": "none",
        "instructions": "Be brief.",
        "reasoning": {"effort": "low"},
        "metadata": {"of": "ours"},
    }
    said = whole(Mock(default="Hello."), "/v1/responses", body)
    for key in ("model", "tool_choice", "instructions", "metadata"):
        assert said[key] == body[key]
    assert said["tools"] == [tool | {"description": None, "strict": True}]
    assert said["reasoning"] == {"effort": "low", "summary": None}


def test_a_stream_begins_with_the_response_that_it_ends_with() -> None:
    body = {"model": "m", "input": "Hi", "stream": True, "temperature": 0.5}
    request = Request("POST", f"{HOST}/v1/responses", (), json.dumps(body).encode())
    text = b"".join(answer(Mock(default="Hello."), request).chunks).decode()
    said = [json.loads(line[6:]) for line in text.splitlines() if line[:5] == "data:"]
    first, last = said[0]["response"], said[-1]["response"]
    assert (first["status"], last["status"]) == ("in_progress", "completed")
    assert (first["output"], first["usage"]) == ([], None)
    assert first["id"] == last["id"]
    assert first["temperature"] == last["temperature"] == 0.5


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("/v1/chat/completions", {"messages": []}, "model"),
        ("/v1/chat/completions", {"model": "m"}, "messages"),
        ("/v1/responses", {"input": "Hi"}, "model"),
        ("/v1/responses", {"model": "m"}, "input"),
    ],
)
def test_openai_says_which_parameter_is_missing(
    path: str, body: Any, param: str
) -> None:
    mock = Mock(default="Hello.")
    request = Request("POST", HOST + path, (), json.dumps(body).encode())
    response = answer(mock, request)
    error = json.loads(b"".join(response.chunks))["error"]
    assert response.status == 400
    assert (error["type"], error["param"]) == ("invalid_request_error", param)
    assert mock.journal.entries[-1].how == "refused"
    assert mock.journal.entries[-1].why == error["message"]


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        (
            "/v1/messages",
            {"model": "m", "messages": []},
            {
                "type": "error",
                "error": {
                    "type": "invalid_request_error",
                    "message": "max_tokens: Field required",
                },
            },
        ),
        (
            "/v1beta/models/m:generateContent",
            {},
            {
                "error": {
                    "code": 400,
                    "message": "* GenerateContentRequest.contents: contents is not specified\n",
                    "status": "INVALID_ARGUMENT",
                }
            },
        ),
        ("/api/chat", {"messages": []}, {"error": "model is required"}),
    ],
)
def test_others_refuse_in_their_own_words(path: str, body: Any, said: Any) -> None:
    assert whole(Mock(default="Hello."), path, body) == said


def test_a_server_of_ones_own_wants_no_model() -> None:
    said = whole(
        Mock(default="Hello."), "/llama-cpp/v1/chat/completions", {"messages": []}
    )
    assert said["choices"][0]["message"]["content"] == "Hello."


@pytest.mark.parametrize(
    ("path", "body", "text", "ended"),
    [
        (
            "/v1/chat/completions",
            {"model": "m", "messages": [], "stop": "three"},
            "one two ",
            "stop",
        ),
        (
            "/v1/chat/completions",
            {"model": "m", "messages": [], "max_completion_tokens": 1},
            "one ",
            "length",
        ),
        (
            "/mistral/v1/chat/completions",
            {"model": "m", "messages": [], "stop": ["five", "two"]},
            "one ",
            "stop",
        ),
    ],
)
def test_an_answer_ends_where_the_request_says(
    path: str, body: Any, text: str, ended: str
) -> None:
    mock = Mock(default="one two three four")
    choice = whole(mock, path, body)["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == (text, ended)
    assert mock.journal.entries[-1].why.startswith("cut at ")


def test_limits_are_found_where_each_wire_has_them() -> None:
    mock = Mock(default="one two three four")
    gemini = {"contents": [], "generationConfig": {"maxOutputTokens": 1}}
    said = whole(mock, "/v1beta/models/m:generateContent", gemini)
    assert said["candidates"][0]["finishReason"] == "MAX_TOKENS"
    ollama = {
        "model": "m",
        "messages": [],
        "stream": False,
        "options": {"stop": ["two"]},
    }
    assert whole(mock, "/api/chat", ollama)["message"]["content"] == "one "


@pytest.mark.parametrize("name", ["anthropic", "gemini", "cohere", "openai-chat"])
def test_tokens_are_about_a_quarter_of_the_letters(name: str) -> None:
    mock = Mock(function=lambda turn: [ReasoningPart("12345678"), TextPart("1234567")])
    response = answer(mock, asked(name))
    usages = [
        event
        for event in hear(PROVIDERS[name], 200, response.headers, response.chunks)
        if isinstance(event, Usage)
    ]
    assert (usages[-1].input, usages[-1].output) == (1, 4)
    assert usages[-1].details.get("reasoning") == (None if name == "cohere" else 2)
