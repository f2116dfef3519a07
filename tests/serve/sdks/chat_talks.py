"""SDKs of hosts that speak the chat wire: Groq, Mistral, Hugging Face, OpenRouter.

They leave it to the caller to add up a stream; what is sent back is a message as JSON.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import cache, partial
from typing import Any, TypeAlias

import groq
import huggingface_hub
import openrouter
from huggingface_hub.errors import HfHubHTTPError
from mistralai.client import Mistral
from mistralai.client.errors import MistralError
from mistralai.client.utils import BackoffStrategy, RetryConfig
from openrouter import utils as openrouter_utils
from openrouter.errors import OpenRouterError

from tests.sdks.answer import Said
from tests.sdks.chunks import gathered, message, plain
from tests.sdks.client import KEY, SECONDS
from tests.serve.sdks.talker import (
    ASKS,
    DESCRIBE,
    PNG,
    RESULTS,
    SCHEMA,
    TOOL,
    Talker,
    Weather,
)

Send: TypeAlias = Callable[[str, bool, dict[str, Any], int], Any]
"""Sends a request to a URL, streamed or not, at most so many times."""

PICTURE = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"

FORM: Any = {
    "type": "json_schema",
    "json_schema": {"name": "Weather", "schema": SCHEMA, "strict": True},
}

BACKOFF = (200, 2000, 1.5, 10_000)
"""Milliseconds to wait at first and at most, how that grows, and of all tries."""


def _asked(send: Send, url: str, stream: bool, tries: int = 1, **asked: Any) -> Any:
    """The message that is answered, as JSON."""
    answer = send(url, stream, {"model": "m", **asked}, tries)
    if stream:
        return gathered(map(plain, answer))
    return plain(answer)["choices"][0]["message"]


def _converse(send: Send, url: str, stream: bool) -> tuple[Said, str]:
    messages = [ASKS]
    said = _asked(send, url, stream, messages=messages, tools=[TOOL])
    calls = [
        {
            "id": call["id"],
            "type": "function",
            "function": {
                "name": call["function"]["name"],
                "arguments": call["function"]["arguments"],
            },
        }
        for call in said["tool_calls"]
    ]
    kept = {word: said[word] for word in BACK if said.get(word)}
    messages.append({"role": "assistant", **kept, "tool_calls": calls})
    for call in calls:
        city = json.loads(call["function"]["arguments"])["city"]
        result = {"role": "tool", "tool_call_id": call["id"], "content": RESULTS[city]}
        messages.append(result)
    last = _asked(send, url, stream, messages=messages, tools=[TOOL])
    return message(said), str(last["content"])


BACK = ("content", "reasoning", "reasoning_details")
"""What of a message is sent back, beside its calls."""


def _structure(send: Send, url: str, stream: bool) -> Weather:
    said = _asked(send, url, stream, messages=[ASKS], response_format=FORM)
    return Weather.model_validate_json(said["content"])


def _show(send: Send, url: str, stream: bool) -> str:
    content = [
        {"type": "text", "text": DESCRIBE},
        {"type": "image_url", "image_url": {"url": PICTURE}},
    ]
    asks = {"role": "user", "content": content}
    return str(_asked(send, url, stream, messages=[asks])["content"])


def _say(send: Send, url: str, stream: bool, tries: int) -> str:
    return str(_asked(send, url, stream, tries, messages=[ASKS])["content"])


# -------------------------------------------------------------------- Groq


@cache
def _groq(url: str, tries: int) -> Any:
    client = groq.Groq(
        api_key=KEY, base_url=url, max_retries=tries - 1, timeout=SECONDS
    )
    return client.chat.completions


def _send_groq(url: str, stream: bool, asked: dict[str, Any], tries: int) -> Any:
    return _groq(url, tries).create(stream=stream, **asked)


def _told_groq(error: Exception) -> tuple[int, str | None]:
    assert isinstance(error, groq.APIStatusError)
    return error.status_code, error.response.headers.get("retry-after")


# ----------------------------------------------------------------- Mistral


@cache
def _mistral(url: str) -> Any:
    return Mistral(api_key=KEY, server_url=url, timeout_ms=int(SECONDS * 1000)).chat


def _send_mistral(url: str, stream: bool, asked: dict[str, Any], tries: int) -> Any:
    backoff = RetryConfig("backoff", BackoffStrategy(*BACKOFF), False)
    asked = {**asked, "retries": backoff if tries > 1 else None}
    if stream:
        return (event.data for event in _mistral(url).stream(**asked))
    return _mistral(url).complete(**asked)


def _structure_mistral(url: str, stream: bool) -> Weather:
    asked: Any = {"model": "m", "messages": [ASKS], "response_format": Weather}
    if stream:
        events = _mistral(url).parse_stream(**asked)
        said = gathered(plain(event.data) for event in events)
        return Weather.model_validate_json(said["content"])
    parsed = _mistral(url).parse(**asked).choices[0].message.parsed
    assert isinstance(parsed, Weather)
    return parsed


def _told_mistral(error: Exception) -> tuple[int, str | None]:
    assert isinstance(error, MistralError)
    return error.status_code, error.headers.get("retry-after")


# ------------------------------------------------------------- Hugging Face


@cache
def _huggingface(url: str) -> Any:
    return huggingface_hub.InferenceClient(
        base_url=url, api_key=KEY, timeout=SECONDS
    ).chat_completion


def _send_huggingface(url: str, stream: bool, asked: dict[str, Any], tries: int) -> Any:
    return _huggingface(url)(stream=stream, **asked)


def _told_huggingface(error: Exception) -> tuple[int, str | None]:
    assert isinstance(error, HfHubHTTPError)
    return error.response.status_code, error.response.headers.get("retry-after")


# --------------------------------------------------------------- OpenRouter


@cache
def _openrouter(url: str) -> Any:
    return openrouter.OpenRouter(
        api_key=KEY, server_url=url, timeout_ms=int(SECONDS * 1000)
    ).chat


def _send_openrouter(url: str, stream: bool, asked: dict[str, Any], tries: int) -> Any:
    strategy = openrouter_utils.BackoffStrategy(*BACKOFF)
    backoff = openrouter_utils.RetryConfig(
        "backoff" if tries > 1 else "none", strategy, False, ["429", "5XX"]
    )
    return _openrouter(url).send(stream=stream, retries=backoff, **asked)


def _told_openrouter(error: Exception) -> tuple[int, str | None]:
    assert isinstance(error, OpenRouterError)
    return error.status_code, error.headers.get("retry-after")


Talks: TypeAlias = tuple[
    Callable[[str, bool], tuple[Said, str]],
    Callable[[str, bool], Weather],
    Callable[[str, bool], str],
    Callable[[str, bool, int], str],
]


def _talks(send: Send) -> Talks:
    """What all of them are made to do, each by its own sending."""
    return (
        partial(_converse, send),
        partial(_structure, send),
        partial(_show, send),
        partial(_say, send),
    )


TALKERS = (
    Talker(
        "groq",
        "groq",
        *_talks(_send_groq),
        _told_groq,
        {
            429: "RateLimitError",
            500: "InternalServerError",
            529: "InternalServerError",
        },
        helper="it has none",
    ),
    Talker(
        "mistralai",
        "mistral",
        partial(_converse, _send_mistral),
        _structure_mistral,
        partial(_show, _send_mistral),
        partial(_say, _send_mistral),
        _told_mistral,
        {429: "SDKError", 500: "SDKError", 529: "SDKError"},
        helper="a stream is not parsed",
    ),
    Talker(
        "huggingface_hub",
        "huggingface",
        *_talks(_send_huggingface),
        _told_huggingface,
        {429: "HfHubHTTPError", 500: "HfHubHTTPError", 529: "HfHubHTTPError"},
        retries="it tries once",
        helper="it has none",
    ),
    Talker(
        "openrouter",
        "openrouter",
        *_talks(_send_openrouter),
        _told_openrouter,
        {
            429: "TooManyRequestsResponseError",
            500: "InternalServerResponseError",
            529: "ProviderOverloadedResponseError",
        },
        helper="it has none",
    ),
)
