"""What Bedrock's wires share: where they are served, and how they fail.

https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html. An error is
named by the header ``x-amzn-errortype``, or in a stream by the frame that brings it,
there with a small letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from harness.message.events import Error
from harness.message.parts import JsonObject
from harness.providers._payload import framed, payloads
from harness.providers._provider import Framing
from harness.providers._retry import FACTS, head_facts, worth_retrying
from harness.wire import eventstream, jsonbody
from harness.wire.frame import Frame
from harness.wire.http import Headers, header

BASE_URL = "https://bedrock-runtime.us-east-1.amazonaws.com"
KEY_ENV = "AWS_BEARER_TOKEN_BEDROCK"

CONTENT_TYPE = "application/vnd.amazon.eventstream"
OPENS = (b"\0", b"\1")
"""How a stream begins, as no JSON does: with the first byte of a frame's length."""

EVENT_STREAM = Framing(CONTENT_TYPE, eventstream.read, eventstream.write, OPENS)

SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
SERVED = re.compile(r"/model/(?P<model>.+)/(?P<action>[^/]+)$", re.DOTALL)

STATUS = {
    "ValidationException": 400,
    "ServiceQuotaExceededException": 400,
    "ConflictException": 400,
    "AccessDeniedException": 403,
    "ExpiredTokenException": 403,
    "UnrecognizedClientException": 403,
    "ResourceNotFoundException": 404,
    "ModelTimeoutException": 408,
    "ModelErrorException": 424,
    "ModelStreamErrorException": 424,
    "ThrottlingException": 429,
    "ModelNotReadyException": 429,
    "InternalServerException": 500,
    "ServiceUnavailableException": 503,
}
"""Their error, the HTTP status it stands for; the first of each is the way back."""

RETRY = frozenset({"ModelStreamErrorException"})
"""Errors of which the documentation says "Retry your request", whatever the status."""

FRAMED = frozenset(
    {
        "InternalServerException",
        "ModelStreamErrorException",
        "ServiceUnavailableException",
        "ThrottlingException",
        "ValidationException",
    }
)
"""Errors that any stream has an exception frame for; another is an error frame."""

FAILED = ("exception", "error")
"""Kinds of frame that bring an error."""

ERROR = frozenset({"message", "Message", "__type"})
"""What an object has that is an error, and no answer."""

REQUEST_ID = "x-amzn-requestid"


# ------------------------------------------------------------------- where


def address(model: str, action: str) -> str:
    """Where a model is asked: ``:`` and ``/`` of its name are escaped, as AWS does."""
    said = (chr(b) if b in SAFE else f"%{b:02X}" for b in model.encode())
    return f"/model/{''.join(said)}/{action}"


def addressed(path: str) -> tuple[str, str]:
    """The model and the action that a path names; empty where it names none."""
    found = SERVED.search(path.partition("?")[0])
    if not found:
        return "", ""
    model = ESCAPE.sub(lambda m: bytes.fromhex(m[1].decode()), found["model"].encode())
    return model.decode(errors="replace"), found["action"]


# ------------------------------------------------------------------- errors


def heard(frames: Iterable[Frame]) -> Iterator[tuple[Frame, Any]]:
    """Each frame with its payload; an error frame's is written as an exception's."""
    return payloads(map(_as_exception, frames))


def _as_exception(frame: Frame) -> Frame:
    if frame.kind == "error":
        return frame._replace(data=jsonbody.text({"message": frame.data}))
    if frame.kind == "exception" and not frame.data.strip():
        return frame._replace(data="{}")
    return frame


def failure(frame: Frame, namespace: str) -> Error:
    """The error that a frame of that kind brings."""
    ((_, body),) = heard([frame])
    return read_error(frame.event, body, namespace)


def is_error(body: Any) -> bool:
    """Whether a body that came with a good status says an error all the same."""
    return isinstance(body, dict) and not body.keys().isdisjoint(ERROR)


def read_error(
    kind: str | None, body: Any, namespace: str, status: int | None = None
) -> Error:
    """An error by its name and its payload; what that says beside is metadata."""
    said = dict(body) if isinstance(body, dict) else {"message": body}
    said.pop("p", None)
    kind = named(kind or said.get("__type") or said.get("code"))
    said.pop("__type", None)
    message = said.pop("message", None) or said.pop("Message", None) or kind or "error"
    status = status or STATUS.get(kind or "")
    retryable = worth_retrying(status) or kind in RETRY
    metadata = {namespace: said} if said else None
    return Error(str(message), kind, status, retryable, metadata)


def read_http_error(status: int, headers: Headers, body: Any, namespace: str) -> Error:
    """An HTTP error; ``retry-after`` and the request id are kept as metadata."""
    facts = head_facts(headers)
    request_id = header(headers, REQUEST_ID)
    facts |= {"request_id": request_id} if request_id else {}
    if not isinstance(body, dict):
        body = {"message": body or f"HTTP {status}"}
    kind = header(headers, "x-amzn-errortype") or ""
    return read_error(kind.partition(":")[0], body | facts, namespace, status)


def named(kind: Any) -> str | None:
    """An error's one name, wherever it stood.

    ``ThrottlingException`` of a header, ``com.amazon.coral#ThrottlingException`` of a
    body and ``throttlingException`` of a frame are the same.
    """
    if not isinstance(kind, str) or not kind:
        return None
    name = kind.rpartition("#")[2]
    great = name[:1].upper() + name[1:]
    return great if great in STATUS else name


def error_frame(error: Error, namespace: str, framed: frozenset[str] = FRAMED) -> Frame:
    """The frame that brings an error in the middle of a stream.

    ``framed`` are the errors that the stream has an exception frame for: what it has
    none for, AWS's clients read from an error frame alone.
    """
    kind = _kind(error)
    if kind not in framed:
        return Frame(error.message, kind, kind="error")
    small = kind[0].lower() + kind[1:]
    return Frame(jsonbody.text(_said(error, namespace)), small, kind="exception")


def frame_of(payload: Any) -> Frame:
    """The frame of ``{name: {...}}``, as AWS's clients show events and exceptions."""
    if not isinstance(payload, dict) or len(payload) != 1:
        return framed(payload)
    ((name, said),) = payload.items()
    kind = "exception" if named(name) in STATUS else "event"
    return framed(said)._replace(event=name, kind=kind)


def http_error(error: Error, namespace: str) -> tuple[int, JsonObject]:
    """The HTTP answer that says an error.

    Its name goes into the body, where AWS's clients look when no header gives it.
    """
    status = error.status or STATUS.get(error.kind or "", 500)
    return status, error_body(error, namespace)


def error_body(error: Error, namespace: str) -> JsonObject:
    """The JSON that says an error without a frame or a header to name it."""
    return {"__type": _kind(error)} | _said(error, namespace)


def _kind(error: Error) -> str:
    if error.kind:
        return error.kind
    meant = (kind for kind, status in STATUS.items() if status == error.status)
    return next(meant, "InternalServerException")


def _said(error: Error, namespace: str) -> JsonObject:
    facts = (error.provider_metadata or {}).get(namespace, {})
    of_the_head = FACTS.values()
    spare = {k: v for k, v in facts.items() if k not in of_the_head}
    return {"message": error.message} | spare
