"""Cohere's SDK."""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import Any

import cohere
import cohere.core

from tests.sdks.answer import Call, Said
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


@cache
def _client(url: str, tries: int = 1) -> Any:
    return cohere.ClientV2(KEY, base_url=url, timeout=SECONDS, max_retries=tries - 1)


def _asked(url: str, stream: bool, tries: int = 1, **asked: Any) -> dict[str, Any]:
    """The message that is answered: its content, its plan and its calls, as JSON."""
    client = _client(url, tries)
    if stream:
        return _added_up(client.chat_stream(model="m", **asked))
    said: dict[str, Any] = client.chat(model="m", **asked).message.model_dump(
        exclude_none=True
    )
    return said


def _added_up(events: Any) -> dict[str, Any]:
    content: dict[int, dict[str, Any]] = {}
    calls: dict[int, dict[str, Any]] = {}
    plan = ""
    for event in events:
        said: Any = getattr(getattr(event, "delta", None), "message", None)
        match event.type:
            case "content-start":
                content[event.index] = said.content.model_dump(exclude_none=True)
            case "content-delta":
                for word, text in said.content.model_dump(exclude_none=True).items():
                    content[event.index][word] += text
            case "tool-plan-delta":
                plan += said.tool_plan
            case "tool-call-start":
                calls[event.index] = said.tool_calls.model_dump(exclude_none=True)
            case "tool-call-delta":
                more = said.tool_calls.function.arguments
                calls[event.index]["function"]["arguments"] += more
    found = {
        "content": [content[index] for index in sorted(content)],
        "tool_plan": plan,
        "tool_calls": [calls[index] for index in sorted(calls)],
    }
    return {"role": "assistant"} | {k: v for k, v in found.items() if v}


def _converse(url: str, stream: bool) -> tuple[Said, str]:
    messages = [ASKS]
    said = _asked(url, stream, messages=messages, tools=[TOOL])
    messages.append(said)
    for call in said["tool_calls"]:
        city = json.loads(call["function"]["arguments"])["city"]
        result = {"role": "tool", "tool_call_id": call["id"], "content": RESULTS[city]}
        messages.append(result)
    last = _asked(url, stream, messages=messages, tools=[TOOL])
    return _said(said), _text(last)


def _said(said: dict[str, Any]) -> Said:
    calls = (
        Call(
            call["id"],
            call["function"]["name"],
            json.loads(call["function"]["arguments"]),
        )
        for call in said.get("tool_calls") or ()
    )
    thoughts = "".join(c.get("thinking") or "" for c in said.get("content") or ())
    return Said(_text(said), "", said.get("tool_plan", "") + thoughts, tuple(calls))


def _text(said: dict[str, Any]) -> str:
    return "".join(c.get("text") or "" for c in said.get("content") or ())


def _structure(url: str, stream: bool) -> Weather:
    form = {"type": "json_object", "schema": SCHEMA}
    said = _asked(url, stream, messages=[ASKS], response_format=form)
    return Weather.model_validate_json(_text(said))


def _show(url: str, stream: bool) -> str:
    picture = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    content = [
        {"type": "text", "text": DESCRIBE},
        {"type": "image_url", "image_url": {"url": picture}},
    ]
    asks = {"role": "user", "content": content}
    return _text(_asked(url, stream, messages=[asks]))


def _say(url: str, stream: bool, tries: int) -> str:
    return _text(_asked(url, stream, tries, messages=[ASKS]))


def _told(error: Exception) -> tuple[int, str | None]:
    assert isinstance(error, cohere.core.ApiError)
    assert error.status_code is not None
    return error.status_code, (error.headers or {}).get("retry-after")


TALKERS = (
    Talker(
        "cohere",
        "cohere",
        _converse,
        _structure,
        _show,
        _say,
        _told,
        {429: "TooManyRequestsError", 500: "InternalServerError", 529: "ApiError"},
        retries_streams="it tries once",
        helper="it has none",
    ),
)
