"""Ollama's chat (https://docs.ollama.com/api/chat), line by line.

A stream is NDJSON, and the default; arguments are objects; a call may have no id, and
nothing opaque is kept between turns.
"""

from __future__ import annotations

from harness.message.parts import JsonObject, Part
from harness.message.turn import Turn
from harness.providers._bearer import bearer
from harness.providers._provider import Framing, Provider
from harness.providers.ollama.answer import (
    decode,
    decode_error,
    decode_whole,
    synthesise,
    synthesise_error,
    synthesise_whole,
)
from harness.providers.ollama.calls import NAMESPACE
from harness.providers.ollama.limits import cannot_say
from harness.providers.ollama.request import encode, parse
from harness.providers.ollama.served import SERVER
from harness.wire import ndjson


def path(turn: Turn) -> str:
    """Where a turn is sent, under the base URL."""
    return "/api/chat"


def call_id(number: int) -> str:
    """The n-th tool call's id, as this wire makes them."""
    return f"call_{number:08d}"


def opaque(part: Part, value: str) -> JsonObject | None:
    """Nothing: this wire has no place for opaque strings."""
    return None


PROVIDER = Provider(
    name="ollama",
    namespace=NAMESPACE,
    base_url="http://localhost:11434",
    framing=Framing("application/x-ndjson", ndjson.read, ndjson.write),
    capabilities=frozenset(
        {
            "attachments",
            "conversation",
            "parallel_tool_calls",
            "reasoning",
            "schema",
            "streaming",
            "tools",
            "usage",
        }
    ),
    decode=decode,
    decode_whole=decode_whole,
    decode_error=decode_error,
    synthesise=synthesise,
    synthesise_whole=synthesise_whole,
    synthesise_error=synthesise_error,
    encode=encode,
    parse=parse,
    path=path,
    headers=bearer,
    call_id=call_id,
    opaque=opaque,
    cannot_say=cannot_say,
    key_env="OLLAMA_API_KEY",
    needs_key=False,
    server=SERVER,
)
