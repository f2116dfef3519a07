"""The mock: whose wire a path is, what answers, what breaks, and what is written down."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.cassette.tape import Exchange, Tape
from harness.message.assemble import assemble
from harness.message.events import Error
from harness.message.parts import TextPart
from harness.providers import PROVIDERS, WHERE
from harness.providers._square import hear
from harness.serve.control import Control
from harness.serve.fault import BREAKS
from harness.serve.journal import Entry, verdict
from harness.serve.mock import Mock, paced
from harness.serve.recording import of_case, of_tape
from harness.serve.shelf import Shelf
from harness.serve.stock import stocked
from harness.serve.surface import place
from harness.shell.project import Project
from harness.shell.server import served
from harness.wire.http import Request, Response
from tests.adapters.trying import ROOT
from tests.shell.server.raw import answered, connected
from tests.suite.reading import only_case, read, suite_of

HOST = "http://h"
CHAT = "/v1/chat/completions"


def chat(text: str, path: str = CHAT, **more: Any) -> Request:
    body = {"model": "m", "messages": [{"role": "user", "content": text}], **more}
    return Request("POST", HOST + path, (), json.dumps(body).encode())


def answer(mock: Mock | Control, request: Request) -> Response:
    """The answer to a request that nobody has to await."""
    found = mock.answer(request)
    assert isinstance(found, Response)
    return found


def with_header(request: Request, name: str, value: str) -> Request:
    return replace(request, headers=(*request.headers, (name, value)))


def words(response: Response, provider: str = "openai-chat") -> str:
    heard = hear(
        PROVIDERS[provider], response.status, response.headers, response.chunks
    )
    parts = (part for message in assemble(heard) for part in message.parts)
    return "".join(part.text for part in parts if isinstance(part, TextPart))


def error(response: Response, provider: str = "openai-chat") -> Error:
    heard = [
        *hear(PROVIDERS[provider], response.status, response.headers, response.chunks)
    ]
    assert isinstance(heard[-1], Error)
    return heard[-1]


def said(text: str, prompt: str = "Hi") -> Shelf:
    case = only_case(
        f"provider: openai-chat\nprompt: {prompt}\n"
        f"says: {{parts: [{{type: text, text: {text}}}]}}"
    )
    shelf = Shelf()
    shelf.add(of_case(case))
    return shelf


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


# ------------------------------------------------------------------- journal, control


def entry(number: int, at: float, status: int = 200, **more: Any) -> Entry:
    fields: dict[str, Any] = {
        "method": "POST",
        "path": CHAT,
        "scope": "",
        "provider": "openai-chat",
        "model": "m",
        "stream": False,
        "how": "exact",
        "same": "d",
    }
    return Entry(number=number, at=at, status=status, **(fields | more))


def test_a_client_is_judged_by_what_it_sends_again() -> None:
    limited = entry(1, 0.0, 429, wait=2.0)
    assert [*verdict([limited, entry(2, 2.5)])] == []
    (ignored,) = verdict([limited, entry(2, 0.5)])
    assert ignored.startswith("request 2 ignored retry-after: it came 0.50 s after")
    (soon,) = verdict([entry(1, 0.0, 503), entry(2, 0.01)])
    assert soon.startswith("request 2 retried too soon: 10 ms after request 1")
    (final,) = verdict([entry(1, 0.0, 401), entry(2, 5.0)])
    assert "retried what no retry helps" in final
    storm = [entry(n, n * 1.0, 503) for n in range(1, 7)]
    assert [*verdict(storm)] == [
        "retry storm: request 1 was sent 6 times, and 6 of them failed"
    ]
    assert [*verdict([entry(1, 0.0, 503, same="a"), entry(2, 0.0, same="b")])] == []


def told(control: Control, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    data = b"" if body is None else json.dumps(body).encode()
    response = answer(control, Request(method, f"{HOST}/harness/{path}", (), data))
    text = b"".join(response.chunks)
    return response.status, json.loads(text) if text[:1] in b"[{" else text.decode()


def test_the_control_api_is_closed_unless_it_is_opened() -> None:
    control = Control(Mock(said("Hello.")))
    assert told(control, "GET", "health") == (200, {"status": "ok", "recordings": 1})
    assert told(control, "GET", "metrics")[0] == 200
    for asked in ("journal", "verdict"):
        assert told(control, "GET", asked)[0] == 403
    assert told(control, "POST", "fault", {"fault": "stall"})[0] == 403


def test_the_control_api_sets_faults_and_tells_the_journal() -> None:
    control = Control(Mock(said("Hello.")), open_=True)
    fault = {"fault": "status", "status": 529, "times": 2}
    assert told(control, "POST", "fault?scope=a", fault) == (200, {"waiting": 2})
    assert told(control, "POST", "fault", {"fault": "x"})[0] == 400
    asked = chat("Hi", f"/scope/a{CHAT}")
    assert [answer(control, asked).status for _ in range(3)] == [529, 529, 200]
    assert answer(control, chat("Hi")).status == 200
    _, entries = told(control, "GET", "journal?scope=a")
    assert [e["status"] for e in entries] == [529, 529, 200]
    assert len(told(control, "GET", "verdict?scope=a")[1]) == 2
    _, text = told(control, "GET", "metrics")
    assert 'provider="openai-chat",how="conversation",status="529"} 2' in text
    assert told(control, "POST", "reset?scope=a")[0] == 200
    assert told(control, "GET", "journal?scope=a")[1] == []
    assert len(told(control, "GET", "journal")[1]) == 1
    assert told(control, "POST", "nothing")[0] == 404
