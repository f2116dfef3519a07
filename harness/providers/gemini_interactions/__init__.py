"""Gemini's Interactions (https://ai.google.dev/gemini-api/docs/interactions).

An answer is a row of steps, each of a kind: thoughts, signed, which must come back in
their place; output; calls and results, of our tools and of the provider's own.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.message.parts import (
    JsonObject,
    Part,
    ReasoningPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.message.turn import Turn
from harness.providers._payload import framed_by
from harness.providers._provider import SSE, Provider, Server
from harness.providers.gemini_interactions.answer import (
    decode,
    decode_whole,
    synthesise,
    synthesise_whole,
)
from harness.providers.gemini_interactions.ending import (
    completed,
    decode_error,
    synthesise_error,
)
from harness.providers.gemini_interactions.kinds import NAMESPACE, ours
from harness.providers.gemini_interactions.limits import cannot_say
from harness.providers.gemini_interactions.request import encode, parse


def path(turn: Turn) -> str:
    """Where a turn is sent, under the base URL."""
    return "/interactions?alt=sse" if turn.stream else "/interactions"


def headers(key: str | None) -> Mapping[str, str]:
    """Request headers for an API key, if there is one."""
    # The one that has steps.
    revision = {"api-revision": "2026-05-20"}
    return revision if key is None else {"x-goog-api-key": key} | revision


def call_id(number: int) -> str:
    """The n-th tool call's id, as this wire makes them."""
    return f"{number:08x}"


def opaque(part: Part, value: str) -> JsonObject | None:
    """Where this wire keeps an opaque string for a part."""
    match part:
        case ReasoningPart(redacted=False):
            return ours({"signature": value})
        case ToolCallPart() | ToolResultPart(server_executed=True):
            return ours({"signature": value})
    return None


PROVIDER = Provider(
    name="gemini-interactions",
    namespace=NAMESPACE,
    base_url="https://generativelanguage.googleapis.com/v1beta",
    framing=SSE,
    capabilities=frozenset(
        {
            "attachments",
            "conversation",
            "parallel_tool_calls",
            "reasoning",
            "schema",
            "server_side_tools",
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
    frame=framed_by("event_type", sentinel="done"),
    encode=encode,
    parse=parse,
    path=path,
    headers=headers,
    call_id=call_id,
    opaque=opaque,
    cannot_say=cannot_say,
    key_env="GEMINI_API_KEY",
    server=Server(
        facts_of=lambda model, name: {"model": model, "id": name}, completed=completed
    ),
)
