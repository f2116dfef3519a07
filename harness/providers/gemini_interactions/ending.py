"""How an interaction ends, both ways: its status, what it cost, what went wrong.

https://ai.google.dev/api/interactions-api, and for errors
https://cloud.google.com/apis/design/errors.
"""

from __future__ import annotations

from typing import Any

from harness.errors import NotExpressible
from harness.message.events import Error, Finish, Usage
from harness.message.parts import JsonObject
from harness.providers._google import STATUS
from harness.providers._own import beside
from harness.providers._retry import head_facts, worth_retrying
from harness.providers._usage import Counts
from harness.providers.gemini_interactions.kinds import ours, said_of
from harness.wire import jsonbody
from harness.wire.http import Headers

REASONS = {
    "completed": "stop",
    "requires_action": "tool_calls",
    "incomplete": "length",
    "budget_exceeded": "length",
    "requires_continuation": "pause",
    "in_progress": "pause",
    "queued": "pause",
    "idle": "pause",
}
"""Their status, our finish reason; the first of each is the way back."""

FAILED = ("failed", "cancelled")
"""The statuses of an interaction that came to nothing."""

COUNTS = Counts(
    "total_input_tokens",
    "total_output_tokens",
    {"reasoning": ("total_thought_tokens",), "cached": ("total_cached_tokens",)},
)
OLD_THOUGHTS = "total_reasoning_tokens"
"""What thoughts were counted under before."""

HEAD_ONLY = ("retry_after", "retry_after_ms", "request_id")
"""What is known of an error by its headers, and not said in its body."""


# --------------------------------------------------------------------- status


def ended(status: str | None, facts: JsonObject, *, called: bool) -> Finish | Error:
    """How an interaction ended; a call that nobody answered is why, if it can be."""
    if status in FAILED:
        first, *others = facts.get("errors") or [{}]
        facts = beside(facts, "errors") | ({"errors": others} if others else {})
        return refused({"code": status, "message": status} | first, facts)
    reason = REASONS.get(status or "completed", "other")
    if reason == "stop" and called:
        reason = "tool_calls"
    return Finish(reason, status, ours(facts))


def say_ended(last: Finish | Error) -> JsonObject:
    """The mirror image of :func:`ended`.

    Raises:
        NotExpressible: for a reason that no status says.
    """
    if isinstance(last, Error):
        others = said_of(last.provider_metadata).get("errors", [])
        if last.kind not in FAILED:
            error = say_error(last)
            return {"status": "failed", "errors": [error, *others]}
        said = [{"message": last.message}] if last.message != last.kind else []
        errors = [*said, *others]
        return {"status": last.kind} | ({"errors": errors} if errors else {})
    word = last.provider_reason
    if word and word not in FAILED:
        meant = REASONS.get(word, "other")
        if last.reason in (meant, "tool_calls" if meant == "stop" else meant):
            return {"status": word}
    words = (word for word, reason in REASONS.items() if reason == last.reason)
    word = next(words, None)
    if word is None:
        raise NotExpressible(f"gemini-interactions: no status says {last.reason!r}")
    return {"status": word}


# --------------------------------------------------------------------- usage


def counted(raw: JsonObject) -> JsonObject:
    """Counts under the names they have today."""
    if OLD_THOUGHTS not in raw:
        return raw
    return {"total_thought_tokens": raw[OLD_THOUGHTS]} | beside(raw, OLD_THOUGHTS)


def read_usage(raw: JsonObject) -> Usage:
    """The counts of an answer; theirs of the output is without what was thought."""
    usage = COUNTS.read(raw)
    thought = usage.details.get("reasoning")
    output = usage.output if thought is None else (usage.output or 0) + thought
    return Usage(usage.input, output, usage.details)


def say_usage(usage: Usage) -> JsonObject:
    """The mirror image of :func:`read_usage`.

    Raises:
        NotExpressible: for counts that this wire has not.
    """
    if "cache_write" in usage.details:
        raise NotExpressible("gemini-interactions: no count of cache_write tokens")
    output = usage.output
    if output is not None:
        output -= usage.details.get("reasoning") or 0
        if output < 0:
            wanted = "tokens of reasoning are tokens of output"
            raise NotExpressible(f"gemini-interactions: {wanted}")
    return COUNTS.write(Usage(usage.input, output, usage.details))


# --------------------------------------------------------------------- errors


def refused(error: Any, more: JsonObject) -> Error:
    """An error object, of a stream or of an HTTP answer, and what is said beside.

    Google's APIs give a number as its code and a word as its status; this one gives
    the word as its code.
    """
    if error is None:
        error = {}
    if not isinstance(error, dict):
        error = {"message": error if isinstance(error, str) else jsonbody.text(error)}
    code, word = error.get("code"), error.get("status")
    word = word if isinstance(word, str) else code if isinstance(code, str) else None
    status = code if isinstance(code, int) else STATUS.get((word or "").upper())
    message = str(error.get("message") or word or "error")
    facts = ours(beside(error, "code", "message", "status") | more)
    return Error(message, word, status, worth_retrying(status), facts)


def decode_error(status: int, headers: Headers, body: Any) -> Error:
    """An HTTP error; when to try again, and the request's id, are kept as metadata."""
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    held = body if isinstance(body, dict) and "error" in body else {"error": body}
    error = refused(held["error"], beside(held, "error"))
    facts = said_of(error.provider_metadata)
    facts = _wait(facts.get("details")) | facts | head_facts(headers)
    again = worth_retrying(status)
    return Error(error.message, error.kind, status, again, ours(facts))


def _wait(details: Any) -> JsonObject:
    """The seconds to wait, from Google's ``RetryInfo``: ``{"retryDelay": "3s"}``."""
    for detail in details if isinstance(details, list) else ():
        delay = detail.get("retryDelay") if isinstance(detail, dict) else None
        if isinstance(delay, str):
            return {"retry_after": delay.removesuffix("s")}
    return {}


def say_error(error: Error) -> JsonObject:
    """The error object of a stream."""
    code = error.kind or error.status
    return ({"code": code} if code else {}) | {"message": error.message}


def synthesise_error(error: Error) -> tuple[int, JsonObject]:
    """The HTTP answer that says this error; without a word, its status says enough.

    Google's SDK reads no code of an error that is not a word.
    """
    word = error.kind or ""
    status = error.status or STATUS.get(word.upper(), 500)
    said: JsonObject = {"code": status, "message": error.message, "status": word}
    if word not in STATUS:
        said = ({"code": word} if word else {}) | {"message": error.message}
    facts = beside(said_of(error.provider_metadata), *HEAD_ONLY)
    return status, {"error": said | facts}


# ----------------------------------------------------------------- made up

SUMMED = ("total_input_tokens", "total_output_tokens", "total_thought_tokens")
"""What the total is the sum of."""


def completed(payload: JsonObject) -> JsonObject:
    """An interaction, or the event that ends one, whose counts have their sum."""
    if "interaction" in payload:
        return payload | {"interaction": completed(payload["interaction"])}
    usage = payload.get("usage")
    if not usage:
        return payload
    total = sum(usage.get(name, 0) for name in SUMMED)
    return payload | {"usage": {"total_tokens": total} | usage}
