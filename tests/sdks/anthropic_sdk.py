"""Anthropic's SDK, which adds up a stream itself."""

from __future__ import annotations

from functools import cache
from typing import Any

import anthropic

from harness.providers._provider import Provider
from tests.sdks.answer import Answer, Call, Said, sealed
from tests.sdks.client import KEY, SECONDS, Client, talk

ASKED: Any = {"model": "m", "messages": [], "max_tokens": 64}


@cache
def _client(url: str) -> Any:
    return anthropic.Anthropic(
        api_key=KEY, base_url=url, max_retries=0, timeout=SECONDS
    ).beta.messages


def words(error: Exception) -> tuple[str, int | None] | None:
    """What the provider said, where this is its error."""
    if not isinstance(error, anthropic.APIError):
        return None
    status = getattr(error, "status_code", None)
    body: Any = error.body
    if body is None and not status:
        return None
    if isinstance(body, dict) and body.get("error"):
        body = body["error"]
    text = body.get("message") or "" if isinstance(body, dict) else body
    return str(text or ""), status


def _read(url: str, stream: bool) -> Answer:
    if stream:
        with _client(url).stream(**ASKED) as events:
            final: Any = events.get_final_message()
    else:
        final = _client(url).create(**ASKED)
    usage = final.usage
    return Answer(
        (said(final.content or ()),),
        final.stop_reason,
        (usage.input_tokens, usage.output_tokens) if usage else None,
    )


def said(blocks: Any) -> Said:
    """What the blocks of a message come to."""
    calls = (Call(b.id, b.name, b.input) for b in blocks if b.type.endswith("tool_use"))
    return Said(
        "".join(b.text for b in blocks if b.type == "text"),
        "",
        "".join(b.thinking for b in blocks if b.type == "thinking"),
        tuple(calls),
        tuple(word for b in blocks for word in sealed(b.model_dump())),
    )


def _ask(url: str, provider: Provider) -> object:
    return _client(url).create(**provider.encode(talk(provider)))


CLIENTS = (Client("anthropic", "anthropic", _read, _ask, words=words),)
