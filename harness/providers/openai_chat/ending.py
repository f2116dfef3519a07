"""How a chat answer ends: finish reasons, token counts and errors, both ways.

https://platform.openai.com/docs/guides/error-codes. Errors come in as many shapes as
there are hosts; what is not message, code or status is kept as it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.errors import NotExpressible
from harness.message.events import Error, Finish
from harness.message.parts import JsonObject
from harness.providers._retry import FACTS, head_facts, worth_retrying
from harness.providers._usage import Counts
from harness.providers.openai_chat.choice import Choice, Dialect
from harness.wire.http import Headers

FINISH = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
    "function_call": "tool_calls",
    "tool_use": "tool_calls",
    "eos": "stop",
    "eos_token": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_length": "length",
    "safety": "content_filter",
}
"""Their finish reason, ours; the first of each is the way back."""

NO_FINISH = ("", "null")
"""Finish reasons that are none: Snowflake's and DashScope's."""

SPOKEN = {"refusal": "stop", "pause": "stop", "other": "stop"}
"""What OpenAI itself says for reasons it has no word for."""

OF_FIRST_CHOICE = (
    "native_finish_reason",
    "content_filter_results",
    "matched_stop",
    "stop_reason",
)
"""What the first choice says beside its message: facts of the answer, to us."""

COUNTS = Counts(
    "prompt_tokens",
    "completion_tokens",
    {
        "reasoning": ("completion_tokens_details", "reasoning_tokens"),
        "cached": ("prompt_tokens_details", "cached_tokens"),
        "cache_write": ("prompt_tokens_details", "cache_write_tokens"),
    },
)

STATUS = {
    "invalid_request_error": 400,
    "context_length_exceeded": 400,
    "tool_use_failed": 400,
    "invalid_api_key": 401,
    "authentication_error": 401,
    "insufficient_balance": 402,
    "permission_error": 403,
    "permission_denied": 403,
    "model_not_found": 404,
    "not_found_error": 404,
    "rate_limit_exceeded": 429,
    "rate_limit_error": 429,
    "insufficient_quota": 429,
    "server_error": 500,
    "internal_server_error": 500,
    "api_error": 500,
    "service_unavailable": 503,
    "overloaded": 503,
    "overloaded_error": 503,
    "timeout": 504,
}
"""Error codes and types, and the HTTP status they stand for."""

KINDS = ("code", "type", "error_type")
STATUSES = ("status_code", "http_status_code")
"""Words for an error's kind and for its status, best first."""


# ------------------------------------------------------------------ finish


def reason(word: str | None, *, refused: bool, called: bool) -> str:
    """Our finish reason; where the wire gave no word, what was said decides."""
    if refused:
        return "refusal"
    if word is None:
        return "tool_calls" if called else "stop"
    return FINISH.get(word, "other")


def word(finish: Finish, dialect: Dialect) -> str:
    """The finish reason to send: the one that was heard, if it says the same here.

    Raises:
        NotExpressible: for a reason that the host has no way to give.
    """
    heard = finish.provider_reason
    if finish.reason == "refusal" and not dialect.refuses:
        raise NotExpressible(f"{dialect.name}: no answer says that it is a refusal")
    if not dialect.finishes and finish.reason not in ("stop", "tool_calls"):
        raise NotExpressible(f"{dialect.name}: no answer says why it ended")
    if heard and finish.reason == "other":
        return heard
    if heard in FINISH and finish.reason in (FINISH[heard], "refusal"):
        return heard
    return SPOKEN.get(finish.reason, finish.reason)


# -------------------------------------------------------------------- facts


def facts_of(facts: JsonObject, choices: Mapping[int, Choice]) -> JsonObject:
    """What an answer says of itself, with what its choices say of themselves."""
    first = min(choices, default=0)
    told = {}
    for index, choice in choices.items():
        own = dict(choice.facts)
        if index != first and choice.finish:
            own["finish_reason"] = choice.finish
        if index == first:
            facts = facts | {k: own.pop(k) for k in OF_FIRST_CHOICE if k in own}
        if own:
            told[str(index)] = own
    return facts | ({"choices": told} if told else {})


def ends(
    facts: JsonObject, finish: Finish, opened: list[int], said: str, dialect: Dialect
) -> list[JsonObject]:
    """The mirror image: each choice as it ends; empties ``facts`` of its words."""
    own = {int(index): dict(told) for index, told in facts.pop("choices", {}).items()}
    indexes = sorted({*opened, *own}) or [0]
    firsts = {key: facts.pop(key) for key in OF_FIRST_CHOICE if key in facts}
    ended = []
    for index in indexes:
        told: JsonObject = {"finish_reason": word(finish, dialect)} | own.get(index, {})
        told = {said: told.pop("message", {})} | told | firsts
        if not dialect.finishes:
            told["finish_reason"] = "" if said == "message" else None
        ended.append({"index": index} | told)
        firsts = {}
    return ended


# ------------------------------------------------------------------- errors


def error_in(chunk: JsonObject, event: str | None, dialect: Dialect) -> Error | None:
    """The error that a chunk or a body holds, if it does."""
    found = chunk.get("error")
    if found:
        beside = {} if "choices" in chunk else chunk
        beside = {k: v for k, v in beside.items() if k != "error"}
        return read_error(found, beside, dialect)
    if event == "error" or chunk.get("object") == "error":
        return read_error(chunk, {}, dialect)
    groq = chunk.get("x_groq")
    if groq and groq.get("error"):
        return read_error(groq["error"], {}, dialect)
    for choice in chunk.get("choices") or ():
        if choice.get("error"):
            return read_error(choice["error"], {}, dialect)
    return None


def read_error(
    found: Any, beside: JsonObject, dialect: Dialect, status: int | None = None
) -> Error:
    """An error as a host words it, with the fields that stood ``beside`` it."""
    if not isinstance(found, dict):
        found = {"message": found}
    facts = {k: v for k, v in (beside | found).items() if v is not None}
    facts.pop("object", None)
    text = facts.pop("message", None) or facts.pop("detail", None)
    numbers = [facts.pop(name) for name in STATUSES if name in facts]
    code = str(facts.get("code"))
    if code.isdigit() and _is_status(int(code)):
        numbers.append(int(facts.pop("code")))
    kind = next((str(facts[name]) for name in KINDS if facts.get(name)), None)
    facts = {k: v for k, v in facts.items() if k not in KINDS or str(v) != kind}
    stated = [n for n in (status, *numbers, STATUS.get(kind or "")) if _is_status(n)]
    status = stated[0] if stated else None
    message = text if isinstance(text, str) else json.dumps(text) if text else kind
    return Error(
        message or "error", kind, status, worth_retrying(status), dialect.ours(facts)
    )


def _is_status(number: int | None) -> bool:
    return number is not None and 400 <= number < 600


def read_http_error(
    status: int, headers: Headers, body: Any, dialect: Dialect
) -> Error:
    """An HTTP error: its body in any of the hosts' shapes, or plain text."""
    if isinstance(body, list) and body:
        body = body[0]
    beside = head_facts(headers)
    if isinstance(body, dict):
        found = body.get("error") or body
        if found is not body:
            beside |= {k: v for k, v in body.items() if k != "error"}
    else:
        found = str(body or "").strip() or f"HTTP {status}"
    return read_error(found, beside, dialect, status)


def write_error(error: Error, dialect: Dialect, *, streamed: bool) -> JsonObject:
    """The JSON object that says an error; in a stream it says its status too.

    OpenRouter's code is a number where it is not in a stream:
    https://openrouter.ai/docs/api-reference/errors.
    """
    facts = dict((error.provider_metadata or {}).get(dialect.namespace) or {})
    if dialect.errors == "text":
        return {"error": error.message, "error_type": error.kind or "generation"}
    body = {
        "message": error.message,
        "type": facts.pop("type", error.kind),
        "param": facts.pop("param", None),
        "code": error.kind or error.status,
    }
    if dialect.errors == "chunk" and not streamed:
        body["code"] = http_status(error)
    facts = {k: v for k, v in facts.items() if k not in FACTS.values()}
    if streamed and error.kind and error.status:
        facts["status_code"] = error.status
    if dialect.errors == "bare":
        return {"object": "error"} | body | facts
    return {"error": body | facts}


def http_status(error: Error) -> int:
    """The status of the HTTP answer that says an error."""
    known = error.status or STATUS.get(error.kind or "")
    return known or (500 if error.retryable else 400)
