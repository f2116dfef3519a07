"""Bedrock's Converse (https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference.html).

A stream is Amazon's event stream, in binary; the model stands in the path; text and
reasoning begin without a word, and what they cost is said after the end.
"""

from __future__ import annotations

import base64

from harness.message.parts import JsonObject, Part, ReasoningPart
from harness.providers._bearer import bearer
from harness.providers._bedrock import BASE_URL, EVENT_STREAM, KEY_ENV, frame_of
from harness.providers._provider import Provider
from harness.providers.bedrock.answer import (
    decode,
    decode_error,
    decode_whole,
    synthesise,
    synthesise_error,
    synthesise_whole,
)
from harness.providers.bedrock.beside import NAMESPACE, ours
from harness.providers.bedrock.content import SEALED
from harness.providers.bedrock.limits import cannot_say
from harness.providers.bedrock.request import encode, parse, path


def call_id(number: int) -> str:
    """The n-th tool call's id, as this wire makes them."""
    return f"tooluse_{number:022d}"


def opaque(part: Part, value: str) -> JsonObject | None:
    """Where this wire keeps an opaque string for a part; a blob is base64 in JSON."""
    match part:
        case ReasoningPart(redacted=True):
            return ours({SEALED: base64.b64encode(value.encode()).decode()})
        case ReasoningPart():
            return ours({"signature": value})
    return None


PROVIDER = Provider(
    name="bedrock",
    namespace=NAMESPACE,
    base_url=BASE_URL,
    framing=EVENT_STREAM,
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
    frame=frame_of,
    encode=encode,
    parse=parse,
    path=path,
    headers=bearer,
    call_id=call_id,
    opaque=opaque,
    cannot_say=cannot_say,
    key_env=KEY_ENV,
)
