"""What Google's server answers beside a conversation, and insists on in one.

https://ai.google.dev/api/models, https://ai.google.dev/api/tokens
"""

from __future__ import annotations

from typing import Any

from harness.message.events import Error
from harness.message.parts import JsonObject
from harness.providers._aside import Asked, aside, lacking
from harness.providers._aside.tokens import asked_of
from harness.providers._provider import Server
from harness.providers.gemini.request import parse
from harness.providers.gemini.served.models import model, models
from harness.providers.gemini.spelling import plain

COUNTED = ("promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount")
"""What the total is the sum of."""


def _count(asked: Asked) -> Any:
    said = plain(asked.body)
    said = said.get("generateContentRequest") or said
    wrong = objection(said)
    if wrong is not None:
        return wrong
    count = asked_of(parse(said))
    details = [{"modality": "TEXT", "tokenCount": count}]
    return {"totalTokens": count, "promptTokensDetails": details}


def objection(body: JsonObject) -> Error | None:
    """Why a request is turned away, if it is."""
    if lacking(plain(body), "contents") is None:
        return None
    said = "* GenerateContentRequest.contents: contents is not specified\n"
    return Error(said, "INVALID_ARGUMENT", 400)


def completed(payload: JsonObject) -> JsonObject:
    """An answer whose counts have their sum."""
    usage = payload.get("usageMetadata")
    if not usage:
        return payload
    total = sum(usage.get(name, 0) for name in COUNTED)
    return payload | {"usageMetadata": {"totalTokenCount": total} | usage}


ASIDES = (
    aside("GET", "/models", models),
    aside("GET", "/models/([^:/]+)", model),
    aside("POST", "/models/([^:/]+):countTokens", _count),
)

SERVER = Server(
    facts_of=lambda model, name: {"modelVersion": model, "responseId": name},
    completed=completed,
    several="candidateCount",
    objection=objection,
    asides=ASIDES,
)
