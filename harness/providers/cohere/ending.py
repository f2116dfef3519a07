"""How a Cohere answer ends, both ways: why it stopped, what it cost, what went wrong.

https://docs.cohere.com/reference/chat, and for errors
https://docs.cohere.com/reference/errors: an id and a sentence, no code.
"""

from __future__ import annotations

from typing import Any

from harness.errors import NotExpressible
from harness.message.events import Error, Finish, Usage
from harness.message.parts import JsonObject
from harness.providers._retry import head_facts, worth_retrying
from harness.providers.cohere.beside import ours, said_of
from harness.wire import jsonbody
from harness.wire.http import Headers

FINISH = {
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "stop",
    "MAX_TOKENS": "length",
    "TOOL_CALL": "tool_calls",
}
"""Their finish reason, our finish reason; the first of each is the way back."""

STATUS = {"ERROR": 500, "TIMEOUT": 504}
"""Finish reasons of an answer that failed, and the HTTP status each stands for."""

UNCOUNTED = ("reasoning", "cache_write")
"""Counts of ours that this wire has no word for."""

HEAD_ONLY = frozenset({"retry_after", "retry_after_ms", "request_id"})
"""What is known of an error by its headers, and not said in its body."""


# ---------------------------------------------------------- why it stopped


def ended(
    reason: str | None, error: str | None, facts: JsonObject, *, called: bool
) -> Finish | Error:
    """How an answer ended that says so; a call in it is why, whatever it says."""
    if error is not None or reason in STATUS:
        kind = reason if reason in STATUS else "ERROR"
        return _failed(error or kind, kind, ours(facts))
    ending = FINISH.get(reason or "COMPLETE", "other")
    if ending == "stop" and called:
        ending = "tool_calls"
    return Finish(ending, reason, ours(facts))


def say_ended(last: Finish | Error) -> JsonObject:
    """The mirror image of :func:`ended`.

    Raises:
        NotExpressible: for a reason that this wire has no word for.
    """
    if isinstance(last, Error):
        kind = last.kind if last.kind in STATUS else "ERROR"
        return {"finish_reason": kind, "error": last.message}
    word = last.provider_reason
    if word and word not in STATUS and last.reason in _meanings(word):
        return {"finish_reason": word}
    words = (word for word, ending in FINISH.items() if ending == last.reason)
    word = next(words, None)
    if word is None:
        raise NotExpressible(f"cohere: no finish_reason says {last.reason!r}")
    return {"finish_reason": word}


def _meanings(word: str) -> tuple[str, ...]:
    """What a finish reason may mean to us: with a call, one that says nothing."""
    ending = FINISH.get(word, "other")
    return (ending, "tool_calls") if ending == "stop" else (ending,)


def _failed(message: Any, kind: str, metadata: JsonObject | None) -> Error:
    status = STATUS[kind]
    return Error(str(message), kind, status, worth_retrying(status), metadata)


# ------------------------------------------------------------ what it cost


def counted(raw: JsonObject) -> Usage:
    """The wire's own counts: of tokens, or where it has none, of what was billed."""
    tokens = raw.get("tokens") or raw.get("billed_units") or {}
    details = {k: v for k, v in raw.items() if k not in ("tokens", "cached_tokens")}
    if raw.get("cached_tokens") is not None:
        details["cached"] = raw["cached_tokens"]
    return Usage(tokens.get("input_tokens"), tokens.get("output_tokens"), details)


def say_counted(usage: Usage) -> JsonObject:
    """The mirror image of :func:`counted`.

    Raises:
        NotExpressible: for what this wire does not count.
    """
    for name in UNCOUNTED:
        if name in usage.details:
            raise NotExpressible(f"cohere: no count of {name} tokens")
    tokens = {"input_tokens": usage.input, "output_tokens": usage.output}
    raw = {k: v for k, v in usage.details.items() if k != "cached"}
    raw["tokens"] = {
        name: number for name, number in tokens.items() if number is not None
    }
    if "cached" in usage.details:
        raw["cached_tokens"] = usage.details["cached"]
    return raw


# -------------------------------------------------------- what went wrong


def refused(data: JsonObject) -> Error:
    """The error a body says that holds nothing else."""
    said = data.get("message")
    facts = {k: v for k, v in data.items() if k not in ("type", "message")}
    return Error(str(said or jsonbody.text(data)), provider_metadata=ours(facts))


def decode_error(status: int, headers: Headers, body: Any) -> Error:
    """An HTTP error; ``retry-after`` and the request id are kept as metadata."""
    error = refused(body if isinstance(body, dict) else {"message": body})
    facts = said_of(error.provider_metadata) | head_facts(headers)
    return Error(error.message, None, status, worth_retrying(status), ours(facts))


def say_refused(error: Error) -> JsonObject:
    """The mirror image of :func:`refused`."""
    facts = said_of(error.provider_metadata)
    return {k: v for k, v in facts.items() if k not in HEAD_ONLY} | {
        "message": error.message
    }


def synthesise_error(error: Error) -> tuple[int, JsonObject]:
    """The HTTP answer that says this error."""
    return error.status or STATUS.get(error.kind or "", 500), say_refused(error)
