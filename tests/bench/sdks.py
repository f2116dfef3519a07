"""The official SDKs, each handed the bytes of an answer without a network."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import boto3
import cohere
import groq
import httpx
import httpx2
import ollama
import openrouter
from anthropic import Anthropic
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from google import genai
from mistralai.client import Mistral
from openai import OpenAI

from tests.bench.streams import Stream

KEY = "sk-none"
URL = "http://127.0.0.1:9"
ASKED: Any = [{"role": "user", "content": "Hello?"}]

Ask = Callable[[], Iterable[Any]]


class Sdk(NamedTuple):
    """How an SDK is handed a stream, and its call in words."""

    open: Callable[[Stream], Ask]
    called: str


def opener(stream: Stream) -> Ask:
    """A call that asks the SDK and gives the answer, of which nothing is parsed yet."""
    return SDKS[stream.provider.name].open(stream)


def called(stream: Stream) -> str:
    """The SDK's call for streams of this wire, in words."""
    return SDKS[stream.provider.name].called


def _http2(stream: Stream) -> httpx2.Client:
    headers = list(stream.headers)
    return httpx2.Client(
        transport=httpx2.MockTransport(
            lambda _: httpx2.Response(200, headers=headers, content=stream.body)
        )
    )


def _transport(stream: Stream) -> httpx.MockTransport:
    headers = list(stream.headers)
    return httpx.MockTransport(
        lambda _: httpx.Response(200, headers=headers, content=stream.body)
    )


def _chat(stream: Stream) -> Ask:
    client = OpenAI(api_key=KEY, http_client=_http2(stream))
    create = client.chat.completions.create
    return lambda: create(model="m", messages=ASKED, stream=True)


def _responses(stream: Stream) -> Ask:
    client = OpenAI(api_key=KEY, http_client=_http2(stream))
    return lambda: client.responses.create(model="m", input="Hello?", stream=True)


def _messages(stream: Stream) -> Ask:
    client = Anthropic(api_key=KEY, http_client=_http2(stream))
    create = client.messages.create
    return lambda: create(model="m", max_tokens=9, messages=ASKED, stream=True)


def _gemini(stream: Stream) -> Ask:
    options = genai.types.HttpOptions(base_url=URL, httpx_client=_http2(stream))
    models = genai.Client(api_key=KEY, http_options=options).models
    return lambda: models.generate_content_stream(model="m", contents="Hello?")


def _interactions(stream: Stream) -> Ask:
    http: Any = httpx.Client(transport=_transport(stream))
    options = genai.types.HttpOptions(base_url=URL, httpx_client=http)
    create: Any = genai.Client(api_key=KEY, http_options=options).interactions.create
    return lambda: create(model="m", input="Hello?", stream=True)


def _ollama(stream: Stream) -> Ask:
    client: Any = ollama.Client(host=URL, transport=_transport(stream))
    return lambda: client.chat(model="m", messages=ASKED, stream=True)


def _cohere(stream: Stream) -> Ask:
    http = httpx.Client(transport=_transport(stream))
    client = cohere.ClientV2(KEY, base_url=URL, httpx_client=http)
    return lambda: client.chat_stream(model="m", messages=ASKED)


def _mistral(stream: Stream) -> Ask:
    client = Mistral(api_key=KEY, server_url=URL, client=_http2(stream))
    return lambda: client.chat.stream(model="m", messages=ASKED)


def _groq(stream: Stream) -> Ask:
    http = httpx.Client(transport=_transport(stream))
    create: Any = groq.Groq(api_key=KEY, http_client=http).chat.completions.create
    return lambda: create(model="m", messages=ASKED, stream=True)


def _openrouter(stream: Stream) -> Ask:
    http = httpx.Client(transport=_transport(stream))
    chat: Any = openrouter.OpenRouter(api_key=KEY, server_url=URL, client=http).chat
    return lambda: chat.send(model="m", messages=ASKED, stream=True)


class _Raw(io.BytesIO):
    """A body as botocore reads one from its connection."""

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.getvalue()


def _bedrock(stream: Stream) -> Ask:
    client = boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        aws_access_key_id="-",
        aws_secret_access_key="-",
    )

    def answer(**_: object) -> AWSResponse:
        headers = HTTPHeaders.from_pairs(stream.headers)
        return AWSResponse(URL, 200, headers, _Raw(stream.body))

    # What is given here is taken for what the network answered.
    client.meta.events.register("before-send.bedrock-runtime.ConverseStream", answer)
    asked = [{"role": "user", "content": [{"text": "Hello?"}]}]
    return lambda: client.converse_stream(modelId="m", messages=asked)["stream"]


SDKS: dict[str, Sdk] = {
    "openai-chat": Sdk(_chat, "openai chat.completions.create(stream=True)"),
    "openai-responses": Sdk(_responses, "openai responses.create(stream=True)"),
    "anthropic": Sdk(_messages, "anthropic messages.create(stream=True)"),
    "gemini": Sdk(_gemini, "google-genai models.generate_content_stream()"),
    "gemini-interactions": Sdk(
        _interactions, "google-genai interactions.create(stream=True)"
    ),
    "ollama": Sdk(_ollama, "ollama chat(stream=True)"),
    "cohere": Sdk(_cohere, "cohere chat_stream()"),
    "bedrock": Sdk(_bedrock, "boto3 converse_stream()"),
    "mistral": Sdk(_mistral, "mistralai chat.stream()"),
    "groq": Sdk(_groq, "groq chat.completions.create(stream=True)"),
    "openrouter": Sdk(_openrouter, "openrouter chat.send(stream=True)"),
}
"""Provider name to the SDK of its wire."""
