"""The mock: whose wire a path is, what answers, what breaks, and what is written down."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path
from typing import Any

import pytest

from harness.cassette.tape import Exchange, Tape
from harness.message.parts import TextPart
from harness.providers import WHERE
from harness.serve.fault import BREAKS
from harness.serve.mock import Mock, paced
from harness.serve.stock import stocked
from harness.serve.stock.recording import of_case, of_tape
from harness.serve.stock.shelf import Shelf
from harness.serve.surface import place
from harness.shell.project import Project
from harness.shell.server import served
from harness.wire.http import Request, Response
from tests.adapters.trying import ROOT
from tests.serve.asking import (
    CHAT,
    HOST,
    answer,
    chat,
    error,
    said,
    with_header,
    words,
)
from tests.shell.server.raw import answered, connected
from tests.suite.reading import read, suite_of

# -------------------------------------------------------------------------- surfaces


@pytest.mark.parametrize(
    ("target", "provider"),
    [
        ("/v1/chat/completions", "openai-chat"),
        ("/v1/responses", "openai-responses"),
        ("/v1/messages", "anthropic"),
        ("/v1beta/models/gemini-x:generateContent?key=k", "gemini"),
        ("/v1/models/gemini-x:streamGenerateContent?alt=sse", "gemini"),
        ("/v1beta/interactions", "gemini-interactions"),
        ("/api/chat", "ollama"),
        ("/v2/chat", "cohere"),
        ("/model/us.acme%3A0/converse-stream", "bedrock"),
        ("/model/acme/invoke", "bedrock-invoke"),
        ("/openai/v1/chat/completions", "azure"),
        ("/groq/openai/v1/chat/completions", "groq"),
        ("/mistral/v1/chat/completions", "mistral"),
        ("/scope/one/v1/messages", "anthropic"),
        ("/v1/nothing", None),
        ("/../../etc/passwd", None),
        ("/%00/%2e%2e/%2f", None),
    ],
)
def test_a_path_says_whose_wire_it_is(target: str, provider: str | None) -> None:
    found = place(target).provider
    assert (found.name if found else None) == provider


@pytest.mark.parametrize("name", WHERE)
def test_every_provider_is_asked_for_by_its_name(name: str) -> None:
    provider = place(f"/{name}/anything").provider
    assert provider is not None
    assert provider.name == name


# --------------------------------------------------------------------------- answers


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("name", ["openai-chat", "mistral", "groq"])
def test_what_a_suite_says_is_said_on_any_wire(name: str, stream: bool) -> None:
    mock = Mock(said("Hello."))
    path = f"/{name}{CHAT}"
    assert words(answer(mock, chat("Hi", path, stream=stream)), name) == "Hello."
    assert mock.journal.entries[-1].source.endswith("turn 1")


def test_a_later_turn_is_known_by_the_conversation_before_it() -> None:
    (case,) = read(
        suite_of(
            "provider: openai-chat\ntools: [tide]\nturns:\n"
            "  - prompt: Tide?\n"
            "    says: {parts: [{type: tool_call, name: tide, arguments: {at: Dover}}]}\n"
            "  - reply: {}\n    says: {parts: [{type: text, text: High.}]}",
            "tools: {tide: {input_schema: {type: object}, output: high}}\n",
        )
    ).cases
    shelf = Shelf()
    shelf.add(of_case(case))
    mock = Mock(shelf)
    first = json.loads(b"".join(answer(mock, chat("Tide?")).chunks))
    message = first["choices"][0]["message"]
    (call,) = message["tool_calls"]
    result = {"role": "tool", "tool_call_id": call["id"], "content": "high"}
    asked = [{"role": "user", "content": "Tide?"}, message, result]
    body = json.dumps({"model": "m", "messages": asked}).encode()
    assert words(answer(mock, Request("POST", HOST + CHAT, (), body))) == "High."


def test_what_is_asked_again_is_answered_in_turn_in_each_scope() -> None:
    shelf = said("One.")
    shelf.add(said("Two.").recordings)
    mock = Mock(shelf)
    assert [words(answer(mock, chat("Hi"))) for _ in range(3)] == [
        "One.",
        "Two.",
        "Two.",
    ]
    other = chat("Hi", f"/scope/b{CHAT}")
    assert words(answer(mock, other)) == "One."
    third = with_header(chat("Hi"), "x-harness-scope", "c")
    assert words(answer(mock, third)) == "One."


def test_a_miss_names_what_is_nearest_and_where_it_differs() -> None:
    mock = Mock(said("Hello."))
    response = answer(mock, chat("Ho"))
    assert response.status == 404
    assert "messages[0].parts[0].text: recorded Hi, sent Ho" in error(response).message
    assert mock.journal.entries[-1].how == "miss"


def test_a_strict_shelf_wants_the_whole_request_alike() -> None:
    shelf = said("Hello.")
    shelf.strict = True
    message = error(answer(Mock(shelf), chat("Hi", temperature=0.5))).message
    assert "nearest" in message


def test_a_function_answers_then_the_default() -> None:
    def made_up(turn: Any) -> Any:
        return [TextPart("Made up.")] if turn.model == "m" else None

    mock = Mock(function=made_up, default="Nothing else.")
    assert words(answer(mock, chat("Hi"))) == "Made up."
    assert words(answer(mock, chat("Hi", model="n"))) == "Nothing else."
    assert [e.how for e in mock.journal.entries] == ["function", "default"]


def test_the_recorded_request_gets_the_recorded_bytes() -> None:
    request = chat("Hi", "https://api.openai.com" + CHAT)
    response = Response(200, (("x-odd", "1"),), (b'{"a"', b":1}"))
    shelf = Shelf()
    shelf.add(of_tape(Tape((Exchange(request, response),)), "x.yaml"))
    mock = Mock(shelf)
    assert answer(mock, chat("Hi")) == response
    assert mock.journal.entries[-1].source == "x.yaml#1"


def test_a_project_is_stocked_with_its_recordings_and_its_suites() -> None:
    found = [*stocked(Project(ROOT), (), ROOT)]
    sources = [getattr(one, "source", one) for one in found]
    assert "cassettes/anthropic/plain-text.yaml#1" in sources
    assert any("text.spec.yaml::plain" in str(source) for source in sources)
    one = ROOT / "cassettes" / "anthropic" / "plain-text.yaml"
    assert len([*stocked(Project(ROOT), (str(one),), Path.cwd())]) == 1


def test_a_key_is_insisted_on_where_it_is_asked_for() -> None:
    mock = Mock(said("Hello."), require_key=True)
    refused = answer(mock, chat("Hi"))
    assert (refused.status, error(refused).status) == (401, 401)
    keyed = with_header(chat("Hi"), "authorization", "Bearer k")
    assert words(answer(mock, keyed)) == "Hello."


@pytest.mark.parametrize("target", ["/v1/models", "/api/tags", "/mistral/v1/models"])
def test_models_are_listed(target: str) -> None:
    mock = Mock(model="acme")
    response = answer(mock, Request("GET", HOST + target))
    assert b"acme" in b"".join(response.chunks)


def test_what_is_no_request_of_a_wire_is_refused_in_its_words() -> None:
    mock = Mock(said("Hello."))
    for body in (b"", b"[]", b"{", b'"x"', b'{"messages": 7}'):
        response = answer(mock, Request("POST", HOST + CHAT, (), body))
        assert (response.status, error(response).status) == (400, 400)
    assert answer(mock, Request("POST", HOST + "/nowhere")).status == 404


# ---------------------------------------------------------------------------- faults


@pytest.mark.parametrize(
    "fault", ["status=503", "eof", "disconnect=2", "reset", "corrupt", *BREAKS]
)
def test_a_header_breaks_the_answer(fault: str) -> None:
    mock = Mock(said("Hello there."))
    whole = answer(mock, chat("Hi", stream=True))
    asked = with_header(chat("Hi", stream=True), "x-harness-fault", fault)
    broken = answer(mock, asked)
    assert broken != whole
    assert answer(mock, asked) == broken
    assert mock.journal.entries[-1].fault == fault.partition("=")[0]


@pytest.mark.parametrize(("fault", "least"), [("slow=80", 0.08), ("stall=1", 0.3)])
def test_a_fault_is_waited_for_though_recordings_are_not(
    fault: str, least: float
) -> None:
    mock = Mock(said("Hello there."))
    request = chat("Hi", stream=True)
    began = time.monotonic()
    with served(mock.answer, pace=paced(lambda ms: 0.0)) as url:
        head = f"x-harness-fault: {fault}\r\n"
        with connected(url) as sock:
            sock.settimeout(0.3)
            sock.sendall(
                f"POST {CHAT} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n{head}"
                f"content-length: {len(request.body)}\r\n\r\n".encode()
                + request.body
            )
            with contextlib.suppress(TimeoutError):
                answered(sock)
    assert time.monotonic() - began >= least


def test_a_limit_says_when_to_come_back() -> None:
    mock = Mock(said("Hello."))
    asked = with_header(chat("Hi"), "x-harness-fault", "limit=7")
    response = answer(mock, asked)
    assert response.status == 429
    assert ("retry-after", "7") in response.headers
    assert mock.journal.entries[-1].wait == 7


@pytest.mark.parametrize("fault", ["stal", "status=x", "{", "{}"])
def test_a_fault_that_is_none_is_told(fault: str) -> None:
    asked = with_header(chat("Hi"), "x-harness-fault", fault)
    response = answer(Mock(said("Hello.")), asked)
    assert response.status == 400
    assert error(response).message.startswith("fault: ")
