"""How a Gemini answer ends: finish reasons, token counts and errors, both ways.

https://ai.google.dev/api/generate-content#FinishReason and #UsageMetadata;
https://docs.cloud.google.com/apis/design/errors.
"""

from __future__ import annotations

from typing import Any

from harness.errors import NotExpressible
from harness.message.events import Error, Finish, Usage
from harness.message.parts import JsonObject
from harness.providers._google import STATUS
from harness.providers._retry import FACTS, head_facts, worth_retrying
from harness.providers._usage import Counts
from harness.providers.gemini.spelling import by_name, ours, plain, said_of
from harness.wire import jsonbody
from harness.wire.http import Headers

FINISH = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "MODEL_ARMOR": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "IMAGE_PROHIBITED_CONTENT": "content_filter",
    "IMAGE_RECITATION": "content_filter",
    "CONTINUATION": "pause",
    "OTHER": "other",
    "LANGUAGE": "other",
    "MALFORMED_FUNCTION_CALL": "other",
    "UNEXPECTED_TOOL_CALL": "other",
    "TOO_MANY_TOOL_CALLS": "other",
    "MISSING_THOUGHT_SIGNATURE": "other",
    "MALFORMED_RESPONSE": "other",
    "IMAGE_OTHER": "other",
    "NO_IMAGE": "other",
    "ESCALATION": "other",
    "PUP_LIMITED_DISABLED": "other",
}
"""Their finish reason, ours; the first of each is the way back."""

NUMBERED = (
    "FINISH_REASON_UNSPECIFIED",
    "STOP",
    "MAX_TOKENS",
    "SAFETY",
    "RECITATION",
    "OTHER",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "MALFORMED_FUNCTION_CALL",
    "MODEL_ARMOR",
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_RECITATION",
    "IMAGE_OTHER",
    "UNEXPECTED_TOOL_CALL",
    "NO_IMAGE",
)
"""What Vertex says by number where it is asked for ``enum-encoding=int``."""

UNSPECIFIED = "UNSPECIFIED"
"""How the name of a reason ends that is none."""

RETRY = "google.rpc.RetryInfo"

COUNTS = Counts(
    "promptTokenCount",
    "candidatesTokenCount",
    {"cached": ("cachedContentTokenCount",), "reasoning": ("thoughtsTokenCount",)},
)


# ------------------------------------------------------------------ finish


def named(reason: Any) -> str | None:
    """A reason by its name, however the server gave it; one unspecified is none."""
    name = by_name(reason, NUMBERED)
    return None if name.endswith(UNSPECIFIED) else name


def block_reason(facts: JsonObject) -> str | None:
    """Why the prompt was not answered, if it was not."""
    reason = (facts.get("promptFeedback") or {}).get("blockReason")
    return str(reason) if reason and named(reason) else None


def word(finish: Finish) -> str:
    """The finish reason to send: the one that was heard, if it says the same here.

    Raises:
        NotExpressible: for a reason that this wire has no way to give.
    """
    wanted = "stop" if finish.reason == "tool_calls" else finish.reason
    heard = named(finish.provider_reason or UNSPECIFIED)
    if heard and FINISH.get(heard, "other") == wanted:
        return heard
    for theirs, ours_ in FINISH.items():
        if ours_ == wanted:
            return theirs
    raise NotExpressible(f"gemini: no finishReason says {finish.reason!r}")


# ------------------------------------------------------------------- usage


def read_usage(raw: JsonObject) -> Usage:
    """The counts of an answer; theirs of what was said is without what was thought."""
    usage = COUNTS.read(raw)
    thought = usage.details.get("reasoning")
    if thought is None:
        return usage
    return Usage(usage.input, (usage.output or 0) + thought, usage.details)


def write_usage(usage: Usage) -> JsonObject:
    """The mirror image; a count of nothing is left out, as protocol buffers do.

    Raises:
        NotExpressible: for counts that this wire has not.
    """
    if "cache_write" in usage.details:
        raise NotExpressible("gemini: no count of cache_write tokens")
    raw = COUNTS.write(usage)
    thought = usage.details.get("reasoning")
    if thought and usage.output is not None:
        raw[COUNTS.output] = said = usage.output - thought
        if said < 0:
            raise NotExpressible("gemini: tokens of reasoning are tokens of output")
        if not said:
            del raw[COUNTS.output]
    return raw


# ------------------------------------------------------------------ errors


def read_error(body: Any, status: int | None = None) -> Error:
    """The error in a body, which may be wrapped in a list of one."""
    if isinstance(body, list) and body:
        body = body[0]
    found = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(found, dict):
        text = found if isinstance(found, str) else jsonbody.text(found)
        found = {"message": text.strip()}
    beside = body if isinstance(body, dict) and "error" in body else {}
    facts = {k: v for k, v in (beside | found).items() if k != "error"}
    kind = facts.pop("status") if isinstance(facts.get("status"), str) else None
    message = facts.pop("message", None)
    stated = [status, facts.get("code"), STATUS.get(kind or "")]
    status = next((code for code in stated if _is_status(code)), None)
    if facts.get("code") == status:
        facts.pop("code", None)
    facts |= _later(facts.get("details"))
    said = str(message or kind or "error")
    return Error(said, kind, status, worth_retrying(status), ours(facts))


def decode_error(status: int, headers: Headers, body: Any) -> Error:
    """An HTTP error; when to try again is in its head or in its details."""
    error = read_error(plain(body), status)
    facts = said_of(error) | head_facts(headers)
    return Error(error.message, error.kind, status, error.retryable, ours(facts))


def synthesise_error(error: Error) -> tuple[int, JsonObject]:
    """The HTTP answer that says an error."""
    return _http_status(error), write_error(error)


def write_error(error: Error) -> JsonObject:
    """The body that says an error."""
    code = _http_status(error)
    status = next((name for name, of in STATUS.items() if of == code), "UNKNOWN")
    facts = {k: v for k, v in said_of(error).items() if k not in FACTS.values()}
    said = {"code": code, "message": error.message, "status": error.kind or status}
    return {"error": said | facts}


def _http_status(error: Error) -> int:
    known = error.status or STATUS.get(error.kind or "")
    return known or (503 if error.retryable else 500)


def _is_status(code: Any) -> bool:
    return isinstance(code, int) and 400 <= code < 600


def _later(details: Any) -> JsonObject:
    """When to try again, in seconds, if the details of an error say so."""
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, dict) and str(detail.get("@type", "")).endswith(RETRY):
            delay = detail.get("retryDelay")
            if isinstance(delay, str) and delay.endswith("s"):
                return {"retry_after": delay.removesuffix("s")}
    return {}
