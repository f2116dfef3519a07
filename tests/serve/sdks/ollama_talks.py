"""Ollama's SDK."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import ollama

from harness.message.parts import Part, ToolCallPart, ToolResultPart
from tests.sdks.answer import Call, Said
from tests.sdks.client import SECONDS
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
def _client(url: str) -> Any:
    return ollama.Client(host=url, timeout=SECONDS)


def _asked(url: str, stream: bool, **asked: Any) -> ollama.Message:
    """The message that is answered; a stream is added up, as Ollama's examples do."""
    answer = _client(url).chat(model="m", stream=stream, **asked)
    if not stream:
        whole: ollama.Message = answer.message
        return whole
    text = thought = ""
    calls: list[Any] = []
    for chunk in answer:
        text += chunk.message.content or ""
        thought += chunk.message.thinking or ""
        calls += chunk.message.tool_calls or ()
    return ollama.Message(
        role="assistant", content=text, thinking=thought, tool_calls=calls or None
    )


def _converse(url: str, stream: bool) -> tuple[Said, str]:
    messages = [ASKS]
    said = _asked(url, stream, messages=messages, tools=[TOOL])
    messages.append(said)
    functions = [call.function for call in said.tool_calls or ()]
    for function in functions:
        result = RESULTS[function.arguments["city"]]
        messages.append({"role": "tool", "tool_name": function.name, "content": result})
    calls = (Call(None, f.name, dict(f.arguments)) for f in functions)
    heard = Said(said.content or "", "", said.thinking or "", tuple(calls))
    last = _asked(url, stream, messages=messages, tools=[TOOL])
    return heard, last.content or ""


def _structure(url: str, stream: bool) -> Weather:
    said = _asked(url, stream, messages=[ASKS], format=SCHEMA)
    return Weather.model_validate_json(said.content or "")


def _show(url: str, stream: bool) -> str:
    asks = {"role": "user", "content": DESCRIBE, "images": [PNG]}
    return _asked(url, stream, messages=[asks]).content or ""


def _say(url: str, stream: bool, tries: int) -> str:
    return _asked(url, stream, messages=[ASKS]).content or ""


def _told(error: Exception) -> tuple[int, str | None]:
    assert isinstance(error, ollama.ResponseError)
    return error.status_code, None


def _without_ids(said: Said) -> Said:
    return replace(said, calls=tuple(replace(call, id=None) for call in said.calls))


def _returned(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """What has an id comes back without it."""
    called = (ToolCallPart, ToolResultPart)
    return tuple(
        replace(part, tool_call_id=None) if isinstance(part, called) else part
        for part in parts
    )


TALKERS = (
    Talker(
        "ollama",
        "ollama",
        _converse,
        _structure,
        _show,
        _say,
        _told,
        {429: "ResponseError", 500: "ResponseError", 529: "ResponseError"},
        returned=_returned,
        heard=_without_ids,
        retries="it tries once",
        passes_on=False,
        helper="it has none",
    ),
)
