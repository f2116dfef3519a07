"""OpenAI Responses (https://platform.openai.com/docs/api-reference/responses).

An answer is a row of typed items, each with an id of its own; most of them are
wanted back exactly as they were said, in the same order.
"""

from __future__ import annotations

from harness.errors import NotExpressible
from harness.message.assemble import disassemble
from harness.message.parts import JsonObject, Message, Part, ReasoningPart
from harness.message.turn import Turn
from harness.providers._bearer import bearer
from harness.providers._provider import SSE, Provider
from harness.providers.openai_responses.answer import NAMESPACE, ours, own
from harness.providers.openai_responses.items import items
from harness.providers.openai_responses.request import encode, parse
from harness.providers.openai_responses.stream import (
    call_id,
    decode,
    decode_error,
    decode_whole,
    synthesise,
    synthesise_error,
    synthesise_whole,
)


def path(turn: Turn) -> str:
    """Where a turn is sent, under the base URL."""
    return "/responses"


def opaque(part: Part, value: str) -> JsonObject | None:
    """Where this wire keeps an opaque string for a part."""
    if isinstance(part, ReasoningPart):
        return ours({"encrypted_content": value})
    return None


def cannot_say(message: Message) -> list[str]:
    """Why this wire cannot answer with these parts; empty if it can."""
    reasons = [
        "reasoning is only redacted with encrypted content"
        for part in message.parts
        if isinstance(part, ReasoningPart) and part.redacted and not _sealed(part)
    ]
    try:
        items(disassemble([message]))
    except NotExpressible as error:
        reasons.append(str(error))
    return reasons


def _sealed(part: ReasoningPart) -> bool:
    return "encrypted_content" in own(part) and not part.text


PROVIDER = Provider(
    name="openai-responses",
    namespace=NAMESPACE,
    base_url="https://api.openai.com/v1",
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
            "async",
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
    encode=encode,
    parse=parse,
    path=path,
    headers=bearer,
    call_id=call_id,
    opaque=opaque,
    cannot_say=cannot_say,
    key_env="OPENAI_API_KEY",
    refusal={NAMESPACE: {"refusal": True}},
)
