"""``harness_mock``: a provider over the loopback that says what a test declares."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from harness import get_model
from harness.errors import ConnectionLost, ProviderError, UsageError
from harness.message.parts import ToolCallPart
from harness.pytest_plugin.fixtures.mock import Mocks
from tests.pytest_plugin.conftest import Pytest

pytest_plugins = ["pytester"]


@pytest.fixture
def mocks() -> Iterator[Mocks]:
    made = Mocks()
    yield made
    made.close()


def hello(**more: Any) -> dict[str, Any]:
    return {"parts": [{"type": "text", "text": "Hello, zoo 🦩"}], **more}


@pytest.mark.parametrize(
    "provider",
    ["anthropic", "openai-chat", "openai-responses", "gemini", "ollama", "cohere"],
)
@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
def test_a_client_hears_what_was_declared(
    mocks: Mocks, provider: str, stream: bool
) -> None:
    mock = mocks(provider, hello(usage={"input": 3, "output": 2}))
    model = get_model(f"{provider}/m", key="k", base_url=mock.base_url)
    response = model.prompt("Hi", stream=stream)
    assert response.text() == "Hello, zoo 🦩"
    assert response.usage().input == 3
    [asked] = mock.requests
    assert "Hi" in asked.body.decode()
    assert mock.bodies == [json.loads(asked.body)]
    assert mocks.close() == []


def test_turns_are_answered_one_after_the_other(mocks: Mocks) -> None:
    call = {"type": "tool_call", "name": "add", "arguments": {"a": 1}}
    mock = mocks("anthropic", [{"parts": [call]}, hello()])
    model = get_model("anthropic/m", key="k", base_url=mock.base_url)
    first = model.prompt("Hi")
    [found] = first.tool_calls()
    assert isinstance(found, ToolCallPart)
    assert found.arguments == {"a": 1}
    assert first.reply("go on").text() == "Hello, zoo 🦩"
    assert len(mock.bodies) == 2
    assert mocks.close() == []


def test_what_is_asked_beyond_that_is_told(mocks: Mocks) -> None:
    mock = mocks("anthropic", hello())
    model = get_model("anthropic/m", key="k", base_url=mock.base_url)
    assert model.prompt("Hi").text()
    with pytest.raises(ConnectionLost):
        model.prompt("Hi again").text()
    [line] = mocks.close()
    assert line == f"not to be answered: POST {mock.base_url}/v1/messages"


def test_errors_are_said_too(mocks: Mocks) -> None:
    mock = mocks("anthropic", {"error": {"status": 529, "message": "Too busy"}})
    model = get_model("anthropic/m", key="k", base_url=mock.base_url)
    with pytest.raises(ProviderError, match="Too busy"):
        model.prompt("Hi").text()


def test_chunks_arrive_as_they_are_cut(mocks: Mocks) -> None:
    mock = mocks("anthropic", hello(), chunks="byte")
    place = urlsplit(mock.base_url)
    connection = http.client.HTTPConnection(place.netloc, timeout=10)
    connection.request(
        "POST", "/v1/messages", b'{"stream": true, "model": "m", "messages": []}'
    )
    answer = connection.getresponse()
    assert answer.getheader("content-type") == "text/event-stream"
    assert len(answer.read1(4096)) == 1
    assert b"message_stop" in answer.read()
    connection.close()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("anthropc", {"parts": []}), "did you mean 'anthropic'"),
        (("anthropic", {"part": []}), "unknown field 'part'"),
        (
            ("ollama", {"parts": [{"type": "text", "text": "", "opaque": "x"}]}),
            "cannot say",
        ),
    ],
)
def test_what_cannot_be_said_is_refused_at_once(
    mocks: Mocks, arguments: tuple[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        mocks(*arguments)


def test_a_cut_that_does_not_exist_is_refused(mocks: Mocks) -> None:
    with pytest.raises(UsageError, match="did you mean 'byte'"):
        mocks("anthropic", hello(), chunks="bite")


def test_the_fixture_fails_the_test_that_asks_too_much(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(
        test_m="import http.client\n"
        "def ask(mock):\n"
        "    c = http.client.HTTPConnection(mock.base_url[7:], timeout=10)\n"
        "    c.request('POST', '/v1/messages', b'{}')\n"
        "    return c\n"
        "def test_m(harness_mock):\n"
        "    mock = harness_mock(provider='anthropic', says={'parts': []})\n"
        "    c = ask(mock); assert c.getresponse().status == 200; c.close()\n"
        "    assert len(mock.requests) == 1\n"
        "def test_too_much(harness_mock):\n"
        "    mock = harness_mock('anthropic', {'parts': []})\n"
        "    c = ask(mock); assert c.getresponse().status == 200; c.close()\n"
        "    c = ask(mock)\n"
        "    try: c.getresponse()\n"
        "    except http.client.RemoteDisconnected: pass\n"
        "    c.close()\n"
    )
    result = project("test_m.py")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        ["not to be answered: POST http://127.0.0.1:*/v1/messages"]
    )
