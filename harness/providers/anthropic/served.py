"""What Anthropic's server answers beside a conversation, and insists on in one.

https://platform.claude.com/docs/en/api/models-list,
https://platform.claude.com/docs/en/api/messages-count-tokens
"""

from __future__ import annotations

from typing import Any

from harness.message.events import Error
from harness.message.parts import JsonObject
from harness.providers._aside import Asked, aside, lacking, page
from harness.providers._aside.tokens import asked_of
from harness.providers._provider import Server
from harness.providers.anthropic.request import parse

CREATED_AT = "2025-01-01T00:00:00Z"

WANTED = ("model", "max_tokens", "messages")
COUNTED = ("model", "messages")
"""What a request must have, and one that only wants its tokens counted."""


def _entry(name: str) -> JsonObject:
    return {
        "type": "model",
        "id": name,
        "display_name": name,
        "created_at": CREATED_AT,
    }


def _models(asked: Asked) -> Any:
    names, more = page(asked, "limit", "after_id", 20)
    return {
        "data": [_entry(name) for name in names],
        "has_more": more is not None,
        "first_id": names[0] if names else None,
        "last_id": names[-1] if names else None,
    }


def _model(asked: Asked) -> Any:
    return _entry(asked.named)


def _count(asked: Asked) -> Any:
    wrong = _lacks(asked.body, COUNTED)
    return wrong or {"input_tokens": asked_of(parse(asked.body))}


def objection(body: JsonObject) -> Error | None:
    """Why a request is turned away, if it is."""
    return _lacks(body, WANTED)


def _lacks(body: JsonObject, wanted: tuple[str, ...]) -> Error | None:
    name = lacking(body, *wanted)
    if name is None:
        return None
    return Error(f"{name}: Field required", "invalid_request_error", 400)


NOTHING = {"container": None, "stop_details": None}
UNCOUNTED: JsonObject = {
    "cache_creation": {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": 0},
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
    "inference_geo": "global",
    "output_tokens_details": {"thinking_tokens": 0},
    "server_tool_use": {"web_fetch_requests": 0, "web_search_requests": 0},
    "service_tier": "standard",
}
OF_BLOCKS: JsonObject = {
    "text": {"citations": []},
    "thinking": {"signature": ""},
    "tool_use": {"caller": {"type": "direct"}},
}
"""What a message, its usage and its blocks say where there is nothing to say. The
documentation has ``null`` for most of it, and clients that take no ``null``.
"""


def completed(payload: JsonObject) -> JsonObject:
    """A message, or the event that starts one, with all that is always there."""
    if payload.get("type") == "message_start":
        return payload | {"message": completed(payload["message"])}
    if payload.get("type") != "message":
        return payload
    blocks = [OF_BLOCKS.get(b["type"], {}) | b for b in payload["content"]]
    usage = UNCOUNTED | payload["usage"]
    return NOTHING | payload | {"content": blocks, "usage": usage}


ASIDES = (
    aside("GET", "/v1/models", _models),
    aside("GET", "/v1/models/(.+)", _model),
    aside("POST", "/v1/messages/count_tokens", _count),
)

SERVER = Server(
    facts_of=lambda model, name: {"model": model, "id": f"msg_{name}"},
    completed=completed,
    objection=objection,
    asides=ASIDES,
)
