"""Answers of the Responses wire, both ways: the events of a stream, or one object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeAlias

from harness.message.assemble import merge
from harness.message.events import Error, Event, Finish, StreamEvent, Unknown
from harness.message.parts import JsonObject
from harness.providers._ids import made_up
from harness.providers._payload import payloads
from harness.providers._retry import head_facts, worth_retrying
from harness.providers.openai_responses.answer import (
    NAMESPACE,
    Answer,
    Strand,
    as_heard,
    ours,
)
from harness.providers.openai_responses.envelope import (
    CODES,
    FINAL,
    counted,
    error_in,
    facts_of,
    finish,
    response_of,
)
from harness.providers.openai_responses.events import (
    DELTAS,
    SILENT,
    STEPS,
    lines,
    piece_of,
    sound,
)
from harness.providers.openai_responses.items import (
    Spoken,
    begin,
    items,
    settle,
)
from harness.providers.openai_responses.tools import TOOLS
from harness.wire import jsonbody
from harness.wire.frame import Frame
from harness.wire.http import Headers

TERMINAL = {
    "response.completed": "completed",
    "response.incomplete": "incomplete",
    "response.failed": "failed",
}
"""Events that end a stream, and the status they mean."""

OPENING = ("response.created", "response.in_progress", "response.queued")
"""Events that only say that a response is on its way."""

IGNORED = SILENT | set(OPENING)
ADDED = "response.output_item.added"


# ------------------------------------------------------------------ decode


def decode(frames: Iterable[Frame]) -> Iterator[Event]:
    """Frames of a stream to events, parts numbered as they appear."""
    answer = Answer()
    pieces: dict[Any, Strand] = {}
    for frame, data in payloads(frames):
        if data is None:
            continue
        kind = data.get("type") or frame.event or ""
        delta = BY_BIT.get(kind)
        if delta is None:
            if kind == ADDED:
                # Some servers give every item the same place.
                pieces.clear()
            yield from _step(answer, kind, data)
            continue
        key = kind, data.get("output_index"), data.get(delta.at)
        piece = pieces.get(key)
        if piece is None:
            piece = yield from piece_of(answer, data, delta)
            if key[1] is not None:
                pieces[key] = piece
        chunk = data["delta"]
        if chunk.__class__ is not str:
            raise TypeError(f"{kind} without text")
        piece.heard.append(chunk)
        if data.get("logprobs"):
            piece.logprobs += data["logprobs"]
        yield StreamEvent(piece.type, chunk, piece.index, piece.call_id, piece.server)
    if not answer.over:
        yield from _cut(answer)


def decode_whole(body: Any) -> Iterator[Event]:
    """A whole response: every item is added and done at once."""
    if not isinstance(body, dict) or not isinstance(body.get("output"), list):
        yield error_in(body if isinstance(body, dict) else {"error": body})
        return
    yield from _close(Answer(), body.get("status") or "completed", body)


def decode_error(status: int, headers: Headers, body: Any) -> Error:
    """An HTTP error; ``retry-after`` and the request id are kept as metadata."""
    error = error_in(body if isinstance(body, dict) else {"error": body})
    facts = (error.provider_metadata or {}).get(NAMESPACE, {}) | head_facts(headers)
    retryable = worth_retrying(status) and error.kind not in FINAL
    return replace(
        error, status=status, retryable=retryable, provider_metadata=ours(facts)
    )


def _step(answer: Answer, kind: str, data: JsonObject) -> Iterator[Event]:
    step = STEPS.get(kind)
    if step is not None:
        yield from step(answer, kind, data)
    elif kind in TERMINAL and not answer.over:
        answer.over = True
        yield from _close(answer, TERMINAL[kind], data["response"])
    elif kind == "error" or (not kind and "error" in data):
        # Often followed by response.failed, which says the same and more.
        answer.error = answer.error or error_in(data)
    elif kind not in IGNORED:
        yield Unknown(kind, data)


def _cut(answer: Answer) -> Iterator[Event]:
    """The end of a stream that did not say so."""
    yield from _unfinished(answer)
    message = "the stream ended before response.completed"
    yield answer.error or Error(message, "truncated", None, True)


def _unfinished(answer: Answer) -> Iterator[Event]:
    """What is left of items whose end never came."""
    for item in list(answer.items.values()):
        if not item.done:
            yield from settle(answer, item, as_heard(item))
    yield from sound(answer)


def _close(answer: Answer, status: str, response: JsonObject) -> Iterator[Event]:
    """The end of an answer, which states all of it once more."""
    yield from _restated(answer, response.get("output") or ())
    yield from _unfinished(answer)
    if response.get("usage"):
        yield counted(response["usage"])
    error = answer.error
    if status == "failed" and error is None:
        error = error_in({"error": response.get("error") or {"message": "failed"}})
    if error is None:
        yield finish(answer, status, response)
        return
    facts = merge(facts_of(response) or {}, error.provider_metadata or {})
    yield replace(error, provider_metadata=facts or None)


def _restated(answer: Answer, output: Iterable[JsonObject]) -> Iterator[Event]:
    """Items as the end has them: more of those heard, all of those not heard."""
    left = list(answer.items.values())
    for stated in output:
        item = answer.by_id.get(stated.get("id") or "")
        if item not in left or item.kind != stated["type"]:
            # Some servers change the ids; the order of a type stays.
            item = next((i for i in left if i.kind == stated["type"]), None)
        if item is None:
            place = ("stated", len(answer.items))
            yield from begin(answer, place, stated)
            item = answer.items[place]
        else:
            left.remove(item)
        yield from settle(answer, item, stated)


BY_BIT = {f"{stem}.delta": delta for stem, delta in DELTAS.items()}
"""The events that come by the thousand, and the piece each goes on with."""


# -------------------------------------------------------------- synthesise

Line: TypeAlias = tuple[str, JsonObject]

STATELESS = (
    "additional_tools",
    "compaction",
    "custom_tool_call",
    "mcp_approval_request",
    "mcp_list_tools",
    "program",
    "reasoning",
)
"""Item types without a ``status``."""

PREFIXES = {"message": "msg", "reasoning": "rs", "compaction": "cmp"}


def synthesise(events: Iterable[Event]) -> Iterator[Frame]:
    """Events to the frames of a stream, one delta for each chunk."""
    for number, (type_, fields) in enumerate(_lines(list(events))):
        data = {"type": type_, "sequence_number": number} | fields
        text = jsonbody.text(data)
        yield Frame(text, type_)


def synthesise_whole(events: Iterable[Event]) -> JsonObject:
    """Events to the JSON of a response that was not streamed."""
    events = list(events)
    return response_of(events, _last(events), [s.json for s in _spoken(events)])


def synthesise_error(error: Error) -> tuple[int, JsonObject]:
    """The HTTP answer that says this error."""
    status = error.status or CODES.get(error.kind or "", 500)
    facts = (error.provider_metadata or {}).get(NAMESPACE, {})
    kind = "server_error" if status >= 500 else "invalid_request_error"
    said = {"message": error.message, "type": kind, "param": None, "code": error.kind}
    return status, {"error": said | {k: v for k, v in facts.items() if k in said}}


UNSAID: JsonObject = {
    "status": "in_progress",
    "completed_at": None,
    "error": None,
    "incomplete_details": None,
    "output": [],
    "usage": None,
}
"""What a response does not say before it is over."""


def _lines(events: list[Event]) -> Iterator[Line]:
    last = _last(events)
    spoken = _spoken(events)
    response = response_of(events, last, [s.json for s in spoken])
    opening = response | UNSAID
    yield "response.created", {"response": opening}
    yield "response.in_progress", {"response": opening}
    for place, item in enumerate(spoken):
        yield from lines(place, item)
    if isinstance(last, Finish):
        if response["status"] != "completed":
            # A stream has no other way to stop short.
            why = response["incomplete_details"] or {"reason": response["status"]}
            response |= {"status": "incomplete", "incomplete_details": why}
        yield f"response.{response['status']}", {"response": response}
    elif last.kind != "truncated":
        facts = (last.provider_metadata or {}).get(NAMESPACE, {})
        said = {"code": last.kind, "message": last.message}
        yield "error", said | {"param": facts.get("param")}


def _last(events: list[Event]) -> Finish | Error:
    ends = [e for e in events if isinstance(e, Finish | Error)]
    return ends[-1] if ends else Finish("stop")


def _spoken(events: list[Event]) -> list[Spoken]:
    """The items, with everything that nobody said but a server would."""
    facts = (_last(events).provider_metadata or {}).get(NAMESPACE, {})
    told = facts.get("id")
    return [
        Spoken(_complete(json, number, told), chunks)
        for number, (json, chunks) in enumerate(items(events))
    ]


def call_id(number: int) -> str:
    """The n-th tool call's id, as this wire makes them."""
    return made_up("call_", str(number), 24)


def _complete(item: JsonObject, number: int, told: str | None) -> JsonObject:
    kind = item["type"]
    row = TOOLS.get(kind)
    prefix = PREFIXES.get(kind) or (row.prefix if row else "item")
    # No item of a conversation has the id of another: servers and clients know by it.
    of = f"{number} {told or jsonbody.text(item)}"
    made: JsonObject = {"id": item.get("id") or made_up(f"{prefix}_{0:024d}", of, 24)}
    if kind not in STATELESS:
        made["status"] = "completed"
    if row is not None and row.ours and row.key == "call_id":
        made["call_id"] = call_id(number)
    return {"type": kind} | made | {k: v for k, v in item.items() if k != "id" or v}
