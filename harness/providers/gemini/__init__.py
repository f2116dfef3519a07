"""Google Gemini's generateContent (https://ai.google.dev/api/generate-content).

A stream is a row of whole answers, each with the next few parts; lines end in CRLF.
Thoughts are signed where they stand, on any part, and the path names the model. Vertex
AI speaks the same wire under other paths.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from harness.message.parts import JsonObject, Part, ReasoningPart, ToolResultPart
from harness.providers._provider import SSE, Framing, Provider
from harness.providers.gemini.answer import decode, decode_whole
from harness.providers.gemini.ending import decode_error, synthesise_error
from harness.providers.gemini.limits import cannot_say
from harness.providers.gemini.parts import SIGNATURE
from harness.providers.gemini.request import encode, parse, path
from harness.providers.gemini.said import synthesise, synthesise_whole
from harness.providers.gemini.served import SERVER
from harness.providers.gemini.spelling import NAMESPACE, ours, to_base64
from harness.wire import jsonarray, sse

BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def headers(key: str | None) -> Mapping[str, str]:
    """Request headers for an API key; without one, none."""
    return {} if key is None else {"x-goog-api-key": key}


def call_id(number: int) -> str:
    """The n-th tool call's id: eight letters and digits."""
    return f"c{number:07d}"


def opaque(part: Part, value: str) -> JsonObject | None:
    """Where this wire keeps an opaque string: it signs calls, words and what its own
    tools gave, never the thought itself (none of 114 that were recorded). A signature
    is base64, and what is none is made so.
    """
    match part:
        case ReasoningPart() | ToolResultPart(server_executed=False):
            return None
    signature = value if BASE64.fullmatch(value) else to_base64(value.encode())
    return ours({SIGNATURE: signature})


EVENTS = replace(SSE, write=sse.write_crlf)
ARRAY = Framing("application/json", jsonarray.read, jsonarray.write, (b"[",))


def framing_asked(url: str) -> Framing:
    """Server-sent events where ``alt`` says so, and an array of answers elsewhere."""
    return EVENTS if "alt=sse" in url.partition("?")[2].split("&") else ARRAY


PROVIDER = Provider(
    name="gemini",
    namespace=NAMESPACE,
    base_url="https://generativelanguage.googleapis.com/v1beta",
    framing=EVENTS,
    other_framings=(ARRAY,),
    framing_asked=framing_asked,
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
    encode=encode,
    parse=parse,
    path=path,
    headers=headers,
    call_id=call_id,
    opaque=opaque,
    cannot_say=cannot_say,
    key_env="GEMINI_API_KEY",
    server=SERVER,
)
