"""The official SDKs, each handed the bytes of an answer without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import httpx2
from anthropic import Anthropic
from openai import OpenAI

from tests.bench.streams import Stream

KEY = "sk-none"
ASKED: Any = [{"role": "user", "content": "Hello?"}]


def opener(stream: Stream) -> Callable[[], Iterable[Any]]:
    """A call that asks the SDK and gives the answer, of which nothing is parsed yet."""
    headers = list(stream.headers)
    transport = httpx2.MockTransport(
        lambda _: httpx2.Response(200, headers=headers, content=stream.body)
    )
    call, _ = CALLS[stream.provider.name]
    return call(httpx2.Client(transport=transport))


def called(stream: Stream) -> str:
    """The SDK's call for streams of this wire, in words."""
    return CALLS[stream.provider.name][1]


def _chat(http: httpx2.Client) -> Callable[[], Iterable[Any]]:
    client = OpenAI(api_key=KEY, http_client=http)
    create = client.chat.completions.create
    return lambda: create(model="m", messages=ASKED, stream=True)


def _responses(http: httpx2.Client) -> Callable[[], Iterable[Any]]:
    client = OpenAI(api_key=KEY, http_client=http)
    return lambda: client.responses.create(model="m", input="Hello?", stream=True)


def _messages(http: httpx2.Client) -> Callable[[], Iterable[Any]]:
    client = Anthropic(api_key=KEY, http_client=http)
    create = client.messages.create
    return lambda: create(model="m", max_tokens=9, messages=ASKED, stream=True)


CALLS: dict[str, tuple[Callable[[httpx2.Client], Callable[[], Iterable[Any]]], str]] = {
    "openai-chat": (_chat, "openai chat.completions.create(stream=True)"),
    "openai-responses": (_responses, "openai responses.create(stream=True)"),
    "anthropic": (_messages, "anthropic messages.create(stream=True)"),
}
