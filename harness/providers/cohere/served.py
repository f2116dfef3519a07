"""What Cohere's server answers beside a conversation.

https://docs.cohere.com/reference/list-models
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from harness.message.parts import JsonObject
from harness.providers._aside import Asked, aside, page
from harness.providers._ids import made_up
from harness.providers.cohere.beside import ours
from harness.wire import jsonbody


def _entry(name: str) -> JsonObject:
    return {
        "name": name,
        "endpoints": ["chat"],
        "finetuned": False,
        "context_length": 128000,
        "tokenizer_url": None,
        "default_endpoints": [],
        "features": ["tools", "json_schema"],
    }


def _models(asked: Asked) -> Any:
    names, more = page(asked, "page_size", "page_token", 20)
    listed = {"models": [_entry(name) for name in names]}
    return listed | ({"next_page_token": more} if more else {})


def _model(asked: Asked) -> Any:
    return _entry(asked.named)


def stated(body: JsonObject, path: str) -> JsonObject | None:
    """What an answer says of itself: an id; it names no model."""
    of = made_up("", jsonbody.text(body), 32)
    cuts = (0, 8, 12, 16, 20, 32)
    uuid = "-".join(of[a:b] for a, b in pairwise(cuts))
    return ours({"id": uuid})


ASIDES = (
    aside("GET", "/v1/models", _models),
    aside("GET", "/v1/models/(.+)", _model),
)
