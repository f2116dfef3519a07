"""Anthropic's SDK."""

from __future__ import annotations

import base64
from functools import cache
from typing import Any

import anthropic

from tests.sdks.answer import Said
from tests.sdks.anthropic_sdk import said
from tests.sdks.client import KEY, SECONDS, WEATHER
from tests.serve.sdks.talker import (
    DESCRIBE,
    PNG,
    QUESTION,
    RESULTS,
    Talker,
    Weather,
)

ASKS: Any = {"role": "user", "content": QUESTION}

ASKED: Any = {
    "model": "m",
    "max_tokens": 2048,
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "tools": [
        {
            "name": WEATHER.name,
            "description": WEATHER.description,
            "input_schema": WEATHER.input_schema,
        }
    ],
}

PICTURE: Any = {
    "type": "image",
    "source": {
        "type": "base64",
        "media_type": "image/png",
        "data": base64.b64encode(PNG).decode(),
    },
}


@cache
def _client(url: str, tries: int = 1) -> anthropic.Anthropic:
    return anthropic.Anthropic(
        api_key=KEY, base_url=url, max_retries=tries - 1, timeout=SECONDS
    )


def _asked(url: str, stream: bool, messages: Any, tries: int = 1) -> Any:
    """The message that is answered, as the SDK has it."""
    client = _client(url, tries).messages
    if not stream:
        return client.create(messages=messages, **ASKED)
    with client.stream(messages=messages, **ASKED) as events:
        return events.get_final_message()


def _converse(url: str, stream: bool) -> tuple[Said, str]:
    messages = [ASKS]
    answer = _asked(url, stream, messages)
    results = [
        {
            "type": "tool_result",
            "tool_use_id": block.id,
            "content": RESULTS[block.input["city"]],
        }
        for block in answer.content
        if block.type == "tool_use"
    ]
    messages += [
        {"role": "assistant", "content": answer.content},
        {"role": "user", "content": results},
    ]
    return said(answer.content), _words(_asked(url, stream, messages))


def _words(message: Any) -> str:
    (block,) = message.content
    return str(block.text)


def _structure(url: str, stream: bool) -> Weather:
    client = _client(url).messages
    asked: Any = {"model": "m", "max_tokens": 99, "messages": [ASKS]}
    if stream:
        with client.stream(output_format=Weather, **asked) as events:
            parsed = events.get_final_message().parsed_output
    else:
        parsed = client.parse(output_format=Weather, **asked).parsed_output
    assert isinstance(parsed, Weather)
    return parsed


def _show(url: str, stream: bool) -> str:
    content = [PICTURE, {"type": "text", "text": DESCRIBE}]
    return _words(_asked(url, stream, [{"role": "user", "content": content}]))


def _say(url: str, stream: bool, tries: int) -> str:
    return _words(_asked(url, stream, [ASKS], tries))


def _told(error: Exception) -> tuple[int, str | None]:
    assert isinstance(error, anthropic.APIStatusError)
    return error.status_code, error.response.headers.get("retry-after")


TALKERS = (
    Talker(
        "anthropic",
        "anthropic",
        _converse,
        _structure,
        _show,
        _say,
        _told,
        {
            429: "RateLimitError",
            500: "InternalServerError",
            529: "OverloadedError",
        },
    ),
)
