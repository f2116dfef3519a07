"""What the head of an HTTP error says: whether to try again, and when."""

from __future__ import annotations

from harness.message.events import Error
from harness.message.parts import JsonObject
from harness.wire.http import Headers, header

FACTS = {
    "retry-after": "retry_after",
    "retry-after-ms": "retry_after_ms",
    "request-id": "request_id",
    "x-request-id": "request_id",
}
"""The headers that say something of an error, and our name for it."""


def worth_retrying(status: int | None) -> bool:
    """Whether the official clients try again after this status."""
    return status is not None and (status in (408, 409, 429) or status >= 500)


def head_facts(headers: Headers) -> JsonObject:
    """What the headers of an error add to it."""
    found = {ours: header(headers, theirs) for theirs, ours in FACTS.items()}
    found["request_id"] = header(headers, "request-id") or found["request_id"]
    return {name: value for name, value in found.items() if value is not None}


def head_of(error: Error, namespace: str) -> Headers:
    """The mirror image of :func:`head_facts`: the headers that say so of an error."""
    facts = (error.provider_metadata or {}).get(namespace) or {}
    told = ((theirs, facts.get(ours)) for theirs, ours in FACTS.items())
    return tuple((theirs, str(value)) for theirs, value in told if value is not None)
