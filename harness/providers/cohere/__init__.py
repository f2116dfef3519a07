"""Cohere's chat (https://docs.cohere.com/reference/chat), the second of its wires.

A message keeps content, a plan for its tools, calls and citations apart; nothing
opaque is kept between turns.
"""

from __future__ import annotations

from harness.message.parts import JsonObject, Part
from harness.message.turn import Turn
from harness.providers._bearer import bearer
from harness.providers._payload import framed_by
from harness.providers._provider import SSE, Provider
from harness.providers.cohere.answer import (
    decode,
    decode_whole,
    synthesise,
    synthesise_whole,
)
from harness.providers.cohere.beside import NAMESPACE
from harness.providers.cohere.ending import decode_error, synthesise_error
from harness.providers.cohere.limits import cannot_say
from harness.providers.cohere.request import encode, parse
from harness.providers.cohere.served import SERVER


def path(turn: Turn) -> str:
    """Where a turn is sent, under the base URL."""
    return "/v2/chat"


def call_id(number: int) -> str:
    """The n-th tool call's id, as this wire makes them."""
    return f"tool_{number:012d}"


def opaque(part: Part, value: str) -> JsonObject | None:
    """Nothing: this wire has no place for opaque strings."""
    return None


PROVIDER = Provider(
    name="cohere",
    namespace=NAMESPACE,
    base_url="https://api.cohere.com",
    framing=SSE,
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
    frame=framed_by("type"),
    encode=encode,
    parse=parse,
    path=path,
    headers=bearer,
    call_id=call_id,
    opaque=opaque,
    cannot_say=cannot_say,
    key_env="CO_API_KEY",
    server=SERVER,
)
