"""Models as Google lists them: https://ai.google.dev/api/models."""

from __future__ import annotations

from typing import Any

from harness.message.parts import JsonObject
from harness.providers._aside import Asked, page

METHODS = ["generateContent", "streamGenerateContent", "countTokens"]


def entry(name: str) -> JsonObject:
    """One of them."""
    return {
        "name": f"models/{name}",
        "version": "001",
        "displayName": name,
        "description": name,
        "inputTokenLimit": 1048576,
        "outputTokenLimit": 65536,
        "supportedGenerationMethods": METHODS,
        "temperature": 1,
        "topP": 0.95,
        "topK": 64,
    }


def models(asked: Asked) -> Any:
    """A page of them."""
    names, more = page(asked, "pageSize", "pageToken", 50)
    listed = {"models": [entry(name) for name in names]}
    return listed | ({"nextPageToken": more} if more else {})


def model(asked: Asked) -> Any:
    """The one that the path names; there is each that is asked for."""
    return entry(asked.named)
