"""How an answer of Anthropic's ends: stop reasons, counts and errors, both ways.

https://platform.claude.com/docs/en/api/errors
"""

from __future__ import annotations

from typing import Any

from harness.message.assemble import merge
from harness.message.events import Error, Finish
from harness.message.parts import JsonObject
from harness.providers._own import beside
from harness.providers._retry import head_facts, worth_retrying
from harness.providers._usage import Counts
from harness.providers.anthropic.beside import NAMESPACE, ours
from harness.wire.http import Headers

FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "pause_turn": "pause",
    "refusal": "refusal",
    "compaction": "other",
}
"""Their stop reason, our finish reason; the first of each is the way back."""

STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""Their error type, the HTTP status it stands for."""

TYPES = {status: kind for kind, status in STATUS.items()}
"""An HTTP status to the error type that it is said by."""

COUNTS = Counts(
    "input_tokens",
    "output_tokens",
    {
        "cached": ("cache_read_input_tokens",),
        "cache_write": ("cache_creation_input_tokens",),
        "reasoning": ("output_tokens_details", "thinking_tokens"),
    },
)

OF_THE_STOP = ("amazon-bedrock-invocationMetrics",)
"""Facts that come with the last event of a stream, where Bedrock puts them."""


def stop_reason(last: Finish | Error) -> str | None:
    """The stop reason that was heard, if it is one; else the first that says it."""
    if isinstance(last, Error):
        return None
    words = (theirs for theirs, ours in FINISH.items() if ours == last.reason)
    return last.provider_reason if last.provider_reason in FINISH else next(words, None)


def read_error(data: JsonObject) -> Error:
    """The error in an event or a body."""
    error = data.get("error")
    if not isinstance(error, dict):
        error = {"message": error}
    kind = error.get("type")
    status = STATUS.get(kind or "")
    facts = beside(error, "type", "message") | beside(data, "type", "error")
    message = str(error.get("message") or kind or "error")
    return Error(message, kind, status, worth_retrying(status), ours(facts))


def decode_error(status: int, headers: Headers, body: Any) -> Error:
    """An HTTP error; ``retry-after`` and the request id are kept as metadata."""
    error = read_error(body if isinstance(body, dict) else {"error": body})
    metadata = merge(ours(head_facts(headers)) or {}, error.provider_metadata or {})
    retryable = worth_retrying(status)
    return Error(error.message, error.kind, status, retryable, metadata or None)


def error_body(error: Error) -> JsonObject:
    """The object that says an error, without its own ``type``."""
    kind = error.kind or TYPES.get(error.status or 500, "api_error")
    said = {"type": kind, "message": error.message}
    facts = (error.provider_metadata or {}).get(NAMESPACE, {})
    return {"error": said} | {k: v for k, v in facts.items() if k == "request_id"}


def synthesise_error(error: Error) -> tuple[int, JsonObject]:
    """The HTTP answer that says this error."""
    status = error.status or STATUS.get(error.kind or "", 500)
    return status, {"type": "error"} | error_body(error)
