"""Anthropic Messages (https://platform.claude.com/docs/en/api/messages).

An answer is a row of numbered blocks; thinking is signed, and every block that is
not plain text must come back as it was said.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.message.parts import (
    AttachmentPart,
    JsonObject,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.message.turn import Turn
from harness.providers._payload import framed_by
from harness.providers._provider import SSE, Provider
from harness.providers.anthropic.answer import (
    decode,
    decode_whole,
    synthesise,
    synthesise_whole,
)
from harness.providers.anthropic.beside import NAMESPACE, ours
from harness.providers.anthropic.ending import decode_error, synthesise_error
from harness.providers.anthropic.request import encode, parse
from harness.providers.anthropic.served import SERVER


def path(turn: Turn) -> str:
    """Where a turn is sent, under the base URL."""
    return "/v1/messages"


def headers(key: str | None) -> Mapping[str, str]:
    """Request headers for an API key, if there is one."""
    version = {"anthropic-version": "2023-06-01"}
    return version if key is None else {"x-api-key": key} | version


def call_id(number: int) -> str:
    """The n-th tool call's id, as this wire makes them."""
    return f"toolu_01{number:022d}"


def opaque(part: Part, value: str) -> JsonObject | None:
    """Where this wire keeps an opaque string for a part."""
    match part:
        case ReasoningPart(redacted=True):
            return ours({"type": "redacted_thinking", "data": value})
        case ReasoningPart():
            return ours({"signature": value})
    return None


def cannot_say(message: Message) -> list[str]:
    """Why this wire cannot answer with these parts; empty if it can."""
    reasons = []
    for part in message.parts:
        match part:
            case AttachmentPart():
                reasons.append("anthropic answers hold no attachments")
            case ToolResultPart(server_executed=False):
                reasons.append("an answer holds only results of server tools")
            case ToolCallPart(arguments=arguments) if not isinstance(arguments, dict):
                reasons.append("tool input is a JSON object")
            case TextPart(text=""):
                reasons.append("text blocks are not empty")
    return reasons


PROVIDER = Provider(
    name="anthropic",
    namespace=NAMESPACE,
    base_url="https://api.anthropic.com",
    framing=SSE,
    capabilities=frozenset(
        {
            "streaming",
            "tools",
            "parallel_tool_calls",
            "reasoning",
            "server_side_tools",
            "attachments",
            "schema",
            "usage",
            "conversation",
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
    headers=headers,
    call_id=call_id,
    opaque=opaque,
    cannot_say=cannot_say,
    key_env="ANTHROPIC_API_KEY",
    defaults={"max_tokens": 4096},
    server=SERVER,
)
