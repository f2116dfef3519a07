"""What Cohere's server answers beside a conversation.

https://docs.cohere.com/reference/list-models
"""

from __future__ import annotations

from typing import Any

from harness.message.parts import JsonObject
from harness.providers._aside import Asked, aside, page
from harness.providers._provider import Server


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


ASIDES = (
    aside("GET", "/v1/models", _models),
    aside("GET", "/v1/models/(.+)", _model),
)

SERVER = Server(facts_of=lambda model, name: {"id": name}, asides=ASIDES)
