"""What an Ollama server answers beside a conversation, and insists on in one.

https://docs.ollama.com/api
"""

from __future__ import annotations

from typing import Any

from harness.message.events import Error
from harness.message.parts import JsonObject
from harness.providers._aside import Asked, aside, lacking
from harness.providers._provider import Server

VERSION = "0.12.0"
"""Of the server: clients ask whether it is new enough for what they want."""

MADE_AT = "2025-01-01T00:00:00Z"
GONE_AT = "2125-01-01T00:00:00Z"
"""When a model was last changed, and when it leaves memory."""

DETAILS: JsonObject = {
    "parent_model": "",
    "format": "gguf",
    "family": "llama",
    "families": ["llama"],
    "parameter_size": "8B",
    "quantization_level": "Q4_K_M",
}

CAN = ["completion", "tools", "thinking", "vision"]


def _entry(name: str) -> JsonObject:
    same = {"digest": "0" * 64, "size": 1, "details": DETAILS}
    return {"name": name, "model": name} | same


def _tags(asked: Asked) -> Any:
    listed = [_entry(name) | {"modified_at": MADE_AT} for name in asked.models]
    return {"models": listed}


def _running(asked: Asked) -> Any:
    loaded = {"expires_at": GONE_AT, "size_vram": 1, "context_length": 8192}
    return {"models": [_entry(name) | loaded for name in asked.models]}


def _shown(asked: Asked) -> Any:
    name = asked.body.get("model") or asked.body.get("name")
    if not name:
        return Error("model is required", None, 400)
    return {
        "license": "",
        "modelfile": f"FROM {name}",
        "parameters": "",
        "template": "{{ .Prompt }}",
        "details": DETAILS,
        "model_info": {"general.architecture": "llama", "llama.context_length": 8192},
        "capabilities": CAN,
        "modified_at": MADE_AT,
    }


def _version(asked: Asked) -> Any:
    return {"version": VERSION}


def objection(body: JsonObject) -> Error | None:
    """Why a request is turned away, if it is."""
    if lacking(body, "model") is None:
        return None
    return Error("model is required", None, 400)


ASIDES = (
    aside("GET", "/api/tags", _tags),
    aside("GET", "/api/ps", _running),
    aside("POST", "/api/show", _shown),
    aside("GET", "/api/version", _version),
)

SERVER = Server(
    facts_of=lambda model, name: {"model": model}, objection=objection, asides=ASIDES
)
