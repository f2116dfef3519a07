"""OpenAI Chat Completions (https://platform.openai.com/docs/api-reference/chat).

Half the industry speaks it, each host a little differently: one decoder understands
all of them, and a ``Dialect`` says how one is spoken.
"""

from __future__ import annotations

from harness.message.turn import Turn
from harness.providers._bearer import bearer
from harness.providers._provider import SSE, Provider
from harness.providers.openai_chat.answer import (
    decode,
    decode_error,
    decode_whole,
    synthesise,
    synthesise_error,
    synthesise_whole,
)
from harness.providers.openai_chat.choice import OPENAI
from harness.providers.openai_chat.limits import cannot_say
from harness.providers.openai_chat.reasoning import opaque
from harness.providers.openai_chat.request import encode, parse


def path(turn: Turn) -> str:
    """Where a turn is sent, under the base URL."""
    return "/chat/completions"


def call_id(number: int) -> str:
    """The n-th tool call's id, as this wire makes them."""
    return f"call_{number:024d}"


PROVIDER = Provider(
    name="openai-chat",
    namespace=OPENAI.namespace,
    base_url="https://api.openai.com/v1",
    framing=SSE,
    capabilities=frozenset(
        {
            "async",
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
    encode=encode,
    parse=parse,
    path=path,
    headers=bearer,
    call_id=call_id,
    opaque=opaque,
    cannot_say=cannot_say,
    key_env="OPENAI_API_KEY",
    refusal=OPENAI.ours({"refusal": True}),
)
