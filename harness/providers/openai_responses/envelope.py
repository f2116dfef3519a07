"""The response around the items of a Responses answer: ids, tokens, how it ended."""

from __future__ import annotations

from dataclasses import replace

from harness.message.events import Error, Event, Finish, Usage
from harness.message.parts import JsonObject
from harness.providers._retry import worth_retrying
from harness.providers._usage import Counts
from harness.providers.openai_responses.answer import NAMESPACE, Answer, ours

INCOMPLETE = {
    "max_output_tokens": "length",
    "content_filter": "content_filter",
}
"""Why they broke off, and what we call it; anything else is ``other``."""

CODES = {
    "invalid_request_error": 400,
    "invalid_prompt": 400,
    "context_length_exceeded": 400,
    "data_residency_mismatch": 400,
    "bio_policy": 400,
    "misalignment_policy_violation": 400,
    "image_content_policy_violation": 400,
    "invalid_image": 400,
    "invalid_image_format": 400,
    "invalid_base64_image": 400,
    "invalid_image_url": 400,
    "invalid_image_mode": 400,
    "image_too_large": 400,
    "image_too_small": 400,
    "image_parse_error": 400,
    "image_file_too_large": 400,
    "image_file_not_found": 400,
    "unsupported_image_media_type": 400,
    "empty_image_file": 400,
    "failed_to_download_image": 400,
    "invalid_api_key": 401,
    "model_not_found": 404,
    "rate_limit_exceeded": 429,
    "insufficient_quota": 429,
    "server_error": 500,
    "server_is_overloaded": 503,
    "slow_down": 503,
    "vector_store_timeout": 504,
}
"""Their error code, the HTTP status it stands for."""

FINAL = ("insufficient_quota",)
"""Codes that no retry helps, whatever their status."""

ECHOED = frozenset(
    {
        "background",
        "context_management",
        "error",
        "frequency_penalty",
        "include",
        "incomplete_details",
        "input",
        "instructions",
        "max_output_tokens",
        "max_tool_calls",
        "metadata",
        "object",
        "output",
        "output_text",
        "parallel_tool_calls",
        "presence_penalty",
        "prompt",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "reasoning",
        "safety_identifier",
        "store",
        "stream",
        "temperature",
        "text",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "truncation",
        "usage",
        "user",
    }
)
"""What a response repeats of its request, or says elsewhere among our events."""

COUNTS = Counts(
    "input_tokens",
    "output_tokens",
    {
        "cached": ("input_tokens_details", "cached_tokens"),
        "cache_write": ("input_tokens_details", "cache_write_tokens"),
        "reasoning": ("output_tokens_details", "reasoning_tokens"),
    },
)

BLANK: JsonObject = {
    "id": "resp_0000000000000000000000000000000000000000000000",
    "object": "response",
    "created_at": 1700000000,
    "status": "completed",
    "completed_at": 1700000000,
    "background": False,
    "error": None,
    "frequency_penalty": 0.0,
    "incomplete_details": None,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "model": "harness",
    "output": [],
    "parallel_tool_calls": True,
    "presence_penalty": 0.0,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "reasoning": {"effort": None, "summary": None},
    "safety_identifier": None,
    "service_tier": "default",
    "store": True,
    "temperature": 1.0,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
    "usage": None,
    "user": None,
    "metadata": {},
}
"""A response that says nothing yet."""


# -------------------------------------------------------------------- hear


def facts_of(response: JsonObject) -> JsonObject | None:
    """What a response says of itself alone, as metadata."""
    return ours(
        {k: v for k, v in response.items() if v is not None and k not in ECHOED}
    )


def finish(answer: Answer, status: str, response: JsonObject) -> Finish:
    """How an answer ended that did not fail."""
    facts = facts_of(response)
    if status == "incomplete":
        reason = (response.get("incomplete_details") or {}).get("reason")
        return Finish(INCOMPLETE.get(reason or "", "other"), reason or status, facts)
    if status != "completed":
        return Finish("other", status, facts)
    if answer.refuses:
        return Finish("refusal", status, facts)
    return Finish("tool_calls" if answer.calls_us else "stop", status, facts)


def counted(raw: JsonObject) -> Usage:
    """Token counts, without a total that is only the sum."""
    usage = COUNTS.read(raw)
    total = (usage.input or 0) + (usage.output or 0)
    details = {k: v for k, v in usage.details.items() if v != {}}
    if details.get("total_tokens") == total:
        del details["total_tokens"]
    return replace(usage, details=details)


def error_in(data: JsonObject) -> Error:
    """An error, flat as documented or nested as it is often sent."""
    error = data.get("error", data)
    if not isinstance(error, dict):
        error = {"message": error, "code": data.get("code")}
    nested = error is not data
    kind = error.get("code") or (error.get("type") if nested else None)
    kind = None if kind is None else str(kind)
    status = CODES.get(kind or "")
    said = ("message", "code", "sequence_number", *(() if nested else ("type",)))
    facts = {k: v for k, v in error.items() if k not in said and v is not None}
    message = str(error.get("message") or kind or "error")
    retryable = worth_retrying(status) and kind not in FINAL
    return Error(message, kind, status, retryable, ours(facts))


# --------------------------------------------------------------------- say


def response_of(
    events: list[Event], last: Finish | Error, output: list[JsonObject]
) -> JsonObject:
    """The response that holds these items and ended like this."""
    facts: JsonObject = (last.provider_metadata or {}).get(NAMESPACE, {})
    if isinstance(last, Error):
        facts = {k: v for k, v in facts.items() if k in BLANK}
    usages = [e for e in events if isinstance(e, Usage)]
    return BLANK | facts | _ending(last) | {"output": output, "usage": _usage(usages)}


def _ending(last: Finish | Error) -> JsonObject:
    if isinstance(last, Error):
        return {
            "status": "failed",
            "error": {"code": last.kind, "message": last.message},
        }
    if last.reason in ("stop", "tool_calls", "refusal"):
        return {"status": "completed"}
    if last.provider_reason in ("queued", "in_progress", "cancelled"):
        return {"status": last.provider_reason}
    words = (word for word, reason in INCOMPLETE.items() if reason == last.reason)
    why = next(words, last.provider_reason or last.reason)
    return {"status": "incomplete", "incomplete_details": {"reason": why}}


def _usage(usages: list[Usage]) -> JsonObject | None:
    if not usages:
        return None
    usage = usages[-1]
    # The API always gives these two, zeros and all, and clients read them unasked.
    details = {"cached": 0, "reasoning": 0} | usage.details
    raw = COUNTS.write(replace(usage, details=details))
    return {"total_tokens": (usage.input or 0) + (usage.output or 0)} | raw
