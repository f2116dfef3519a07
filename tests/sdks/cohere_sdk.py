"""Cohere's SDK: typed events, each index space of its own."""

from __future__ import annotations

from functools import cache
from typing import Any

import cohere
import cohere.core

from harness.providers._provider import Provider
from tests.sdks.answer import Answer, Call, Said, arguments
from tests.sdks.client import KEY, SECONDS, Client, talk

ASKED: Any = [{"role": "user", "content": "Hello?"}]


@cache
def _client(url: str) -> Any:
    return cohere.ClientV2(KEY, base_url=url, timeout=SECONDS, max_retries=0)


def _read(url: str, stream: bool) -> Answer:
    if stream:
        return _added_up(_client(url).chat_stream(model="m", messages=ASKED))
    final = _client(url).chat(model="m", messages=ASKED)
    said = final.message
    pieces = said.content or ()
    text = "".join(getattr(piece, "text", None) or "" for piece in pieces)
    thoughts = (getattr(piece, "thinking", None) or "" for piece in pieces)
    calls = tuple(_call(call) for call in said.tool_calls or ())
    reasoning = "".join((said.tool_plan or "", *thoughts))
    return Answer(
        (Said(text, "", reasoning, calls),), final.finish_reason, _tokens(final.usage)
    )


def _added_up(events: Any) -> Answer:
    text = reasoning = ""
    calls: dict[int, Any] = {}
    end: Any = None
    for event in events:
        delta: Any = getattr(event, "delta", None)
        said: Any = delta and getattr(delta, "message", None)
        match event.type:
            case "content-start" | "content-delta":
                text += getattr(said.content, "text", None) or ""
                reasoning += getattr(said.content, "thinking", None) or ""
            case "tool-plan-delta":
                reasoning += said.tool_plan
            case "tool-call-start":
                calls[event.index] = said.tool_calls
            case "tool-call-delta":
                calls[
                    event.index
                ].function.arguments += said.tool_calls.function.arguments
            case "message-end":
                end = event.delta
    whole = Said(text, "", reasoning, tuple(_call(calls[index]) for index in calls))
    return Answer((whole,), end.finish_reason, _tokens(end.usage))


def _call(call: Any) -> Call:
    return Call(call.id, call.function.name, arguments(call.function.arguments))


def _tokens(usage: Any) -> tuple[int | None, int | None] | None:
    if usage is None or usage.tokens is None:
        return None
    return int(usage.tokens.input_tokens), int(usage.tokens.output_tokens)


def _ask(url: str, provider: Provider) -> object:
    body = provider.encode(talk(provider))
    body.pop("stream", None)
    return _client(url).chat(**body)


def words(error: Exception) -> tuple[str, int | None] | None:
    """What the provider said, where this is its error."""
    if not isinstance(error, cohere.core.ApiError):
        return None
    body: Any = error.body
    said = body.get("message") if isinstance(body, dict) else body
    return str(said or ""), error.status_code


CLIENTS = (Client("cohere", "cohere", _read, _ask, words=words),)
