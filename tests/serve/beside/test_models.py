"""Models and counts: each SDK is answered in its vendor's form, beside conversations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from anthropic import Anthropic
from cohere import ClientV2
from google.genai import Client as Google
from groq import Groq
from mistralai.client import Mistral
from ollama import Client as Ollama
from openai import OpenAI

from harness.cassette.tape import Exchange, Tape
from harness.message.parts import Message, TextPart
from harness.message.turn import Turn
from harness.providers import PROVIDERS
from harness.serve.mock import Mock
from harness.serve.stock.recording import of_tape
from harness.serve.stock.shelf import Shelf
from harness.shell.server import served
from harness.wire.http import Request, Response
from tests.serve.asking import answer

RECORDED = {
    "anthropic": ("claude-a", "claude-b", "claude-c"),
    "cohere": ("command-a",),
    "gemini": ("gemini-a", "gemini-b"),
    "groq": ("llama-a",),
    "mistral": ("mistral-a",),
    "ollama": ("llama3:8b",),
    "openai-chat": ("gpt-a",),
    "openai-responses": ("gpt-b",),
}
"""Models by the wire that each was recorded of."""


def recorded() -> Shelf:
    shelf = Shelf()
    for wire, models in RECORDED.items():
        provider = PROVIDERS[wire]
        for model in models:
            turn = Turn(model, (Message("user", (TextPart("Hi"),)),))
            url = provider.base_url + provider.path(turn)
            body = json.dumps(provider.encode(turn)).encode()
            exchange = Exchange(Request("POST", url, (), body), Response(200))
            shelf.add(of_tape(Tape((exchange,)), f"{model}.yaml"))
    return shelf


@pytest.fixture(scope="module")
def mock() -> Mock:
    return Mock(recorded(), require_key=True)


@pytest.fixture(scope="module")
def url(mock: Mock) -> Iterator[str]:
    with served(mock.answer) as url:
        yield url


def test_openai_lists_what_was_recorded_of_its_wires(url: str) -> None:
    with OpenAI(api_key="k", base_url=f"{url}/v1") as client:
        assert [m.id for m in client.models.list()] == ["gpt-a", "gpt-b", "harness"]
        assert client.models.retrieve("gpt-b").owned_by == "openai"


def test_anthropic_lists_page_by_page(url: str) -> None:
    with Anthropic(api_key="k", base_url=url) as client:
        page = client.models.list(limit=2)
        assert (page.has_more, page.first_id, page.last_id) == (
            True,
            "claude-a",
            "claude-b",
        )
        names = [*RECORDED["anthropic"], "harness"]
        assert [m.id for m in client.models.list(limit=2)] == names
        assert client.models.retrieve("claude-b").type == "model"


def test_anthropic_counts_tokens(url: str) -> None:
    with Anthropic(api_key="k", base_url=url) as client:
        asked: Any = {"model": "m", "messages": [{"role": "user", "content": "12345"}]}
        assert client.messages.count_tokens(**asked).input_tokens == 2


@pytest.mark.parametrize("version", ["v1beta", "v1"])
def test_google_lists_page_by_page_and_counts(url: str, version: str) -> None:
    with Google(
        api_key="k", http_options={"base_url": url, "api_version": version}
    ) as client:
        found = [m.name for m in client.models.list(config={"page_size": 1})]
        assert found == ["models/gemini-a", "models/gemini-b", "models/harness"]
        assert client.models.get(model="gemini-b").name == "models/gemini-b"
        counted = client.models.count_tokens(model="gemini-a", contents="12345")
        assert counted.total_tokens == 2


def test_cohere_lists_its_own(url: str) -> None:
    with httpx.Client() as http:
        client = ClientV2(api_key="k", base_url=f"{url}/cohere", httpx_client=http)
        listed = client.models.list()
        assert [m.name for m in listed.models] == ["command-a", "harness"]
        assert client.models.get("command-a").endpoints == ["chat"]


def test_mistral_lists_its_own(url: str) -> None:
    with Mistral(api_key="k", server_url=f"{url}/mistral") as client:
        listed: Any = client.models.list()
        assert [m.id for m in listed.data] == ["mistral-a", "harness"]
        one = client.models.retrieve(model_id="mistral-a")
        assert one.capabilities.function_calling


def test_groq_lists_its_own(url: str) -> None:
    with Groq(api_key="k", base_url=f"{url}/groq") as client:
        assert [m.id for m in client.models.list().data] == ["llama-a", "harness"]
        assert client.models.retrieve("llama-a").owned_by == "groq"


def test_ollama_tells_what_it_has_and_what_runs(mock: Mock) -> None:
    with served(Mock(mock.shelf).answer) as url, Ollama(host=url) as client:
        assert [m.model for m in client.list().models] == ["llama3:8b", "harness"]
        assert [m.model for m in client.ps().models] == ["llama3:8b", "harness"]
        assert "tools" in (client.show("llama3:8b").capabilities or ())
        assert client.show("any-other").details is not None


@pytest.mark.parametrize(
    ("path", "headers", "form"),
    [
        ("/v1/models", {"authorization": "Bearer k"}, "object"),
        ("/v1/models", {"x-api-key": "k"}, "first_id"),
        ("/v1/models", {"anthropic-version": "2023-06-01"}, "first_id"),
        ("/v1/models", {"x-goog-api-key": "k"}, "models"),
        ("/v1/models?key=k", {}, "models"),
        ("/anthropic/v1/models", {"authorization": "Bearer k"}, "first_id"),
        ("/cohere/v1/models", {}, "models"),
        ("/scope/one/openai-chat/models", {"x-api-key": "k"}, "object"),
        ("/api/v1/models", {"authorization": "Bearer k"}, "object"),
    ],
)
def test_who_asks_is_known_by_the_name_or_the_headers(
    path: str, headers: dict[str, str], form: str
) -> None:
    request = Request("GET", f"http://h{path}", tuple(headers.items()))
    assert form in json.loads(b"".join(answer(Mock(), request).chunks))


def test_a_list_that_was_recorded_goes_before_one_that_is_made_up() -> None:
    request = Request("GET", "https://api.openai.com/v1/models")
    shelf = Shelf()
    shelf.add(of_tape(Tape((Exchange(request, Response(200, (), (b"[]",))),)), "x"))
    response = answer(Mock(shelf), Request("GET", "http://h/v1/models"))
    assert response.chunks == (b"[]",)


def test_a_list_wants_a_key_where_a_conversation_does(url: str, mock: Mock) -> None:
    refused = answer(mock, Request("GET", "http://h/v1/models"))
    assert refused.status == 401
    assert mock.journal.entries[-1].provider == "openai-chat"


def test_responses_are_counted_and_sealed() -> None:
    mock = Mock()

    def told(path: str, body: Any) -> Any:
        data = json.dumps(body).encode()
        request = Request("POST", f"http://h/v1/responses/{path}", (), data)
        return json.loads(b"".join(answer(mock, request).chunks))

    asked = {"model": "m", "input": "12345"}
    assert told("input_tokens", asked)["input_tokens"] == 2
    assert [i["type"] for i in told("compact", asked)["output"]] == [
        "message",
        "compaction",
    ]
    assert told("compact", {"input": "x"})["error"]["param"] == "model"
