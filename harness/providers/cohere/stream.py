"""The events of a Cohere stream that make up its message, both ways.

https://docs.cohere.com/v2/docs/streaming. What an event adds is in
``delta.message``, under the key it has there when it is whole; of a list it is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any, TypeAlias

from harness.message.assemble import merge
from harness.message.events import Event, Unknown
from harness.message.parts import JsonObject
from harness.providers.cohere.message import (
    CALL,
    CONTENT,
    PLAN,
    THE_PLAN,
    Heard,
    Said,
    hear_arguments,
    hear_block,
    hear_call,
    hear_citation,
    hear_words,
)

Hear: TypeAlias = Callable[[Heard, JsonObject], Iterable[Event]]
Told: TypeAlias = tuple[str, JsonObject]
"""A stream event: its type and its other fields."""

NOTHING: tuple[Event, ...] = ()


# -------------------------------------------------------------------- hear


def _content_start(heard: Heard, data: JsonObject) -> Iterator[Event]:
    return hear_block(heard, data.get("index"), _added(data)["content"])


def _content_delta(heard: Heard, data: JsonObject) -> Iterator[Event]:
    if data.get("logprobs") is not None:
        heard.logprobs.append(data["logprobs"])
    index = data.get("index")
    for word, value in _added(data)["content"].items():
        if word in CONTENT:
            yield from hear_words(heard, (word, index), value)
        elif word != "type":
            yield Unknown(f"content-delta.{word}", value)


def _plan_delta(heard: Heard, data: JsonObject) -> Iterator[Event]:
    return hear_words(heard, THE_PLAN, _added(data)[PLAN])


def _call_start(heard: Heard, data: JsonObject) -> Iterator[Event]:
    return hear_call(heard, data.get("index"), _added(data)[CALL])


def _call_delta(heard: Heard, data: JsonObject) -> Iterator[Event]:
    function = _added(data)[CALL].get("function") or {}
    return hear_arguments(heard, data.get("index"), function)


def _citation_start(heard: Heard, data: JsonObject) -> Iterable[Event]:
    hear_citation(heard, _added(data)["citations"])
    return NOTHING


def _over(heard: Heard, data: JsonObject) -> Iterable[Event]:
    """A block, a call or a citation is over: what comes next says as much."""
    return NOTHING


HEAR: dict[str, Hear] = {
    "content-start": _content_start,
    "content-delta": _content_delta,
    "content-end": _over,
    "tool-plan-delta": _plan_delta,
    "tool-call-start": _call_start,
    "tool-call-delta": _call_delta,
    "tool-call-end": _over,
    "citation-start": _citation_start,
    "citation-end": _over,
}
"""Event type to the function that hears it."""


def _added(data: JsonObject) -> JsonObject:
    message: JsonObject = data["delta"]["message"]
    return message


# -------------------------------------------------------------------- tell


def tell(parts: list[Said], logprobs: Iterator[Any]) -> Iterator[Told]:
    """The events of these parts, one delta for each piece.

    A delta of content takes the next of ``logprobs``; what is left when all content
    has been said goes with pieces that are empty.
    """
    numbers = count()
    last = [part for part in parts if part.kind in CONTENT][-1:]
    for part in parts:
        yield from TELL.get(part.kind, _tell_content)(part, logprobs)
        if part in last:
            yield from (_piece(part, "", [logprob]) for logprob in logprobs)
        for citation, number in zip(part.citations, numbers, strict=False):
            yield "citation-start", _adds("citations", citation, number)
            yield "citation-end", {"index": number}
        if part.kind != PLAN:
            end = "tool-call-end" if part.kind == CALL else "content-end"
            yield end, {"index": part.index}


def _tell_content(part: Said, logprobs: Iterator[Any]) -> Iterator[Told]:
    item = {"type": part.kind, part.kind: ""} | part.item
    yield "content-start", _adds("content", item, part.index)
    for piece in part.pieces:
        yield _piece(part, piece, logprobs)


def _piece(part: Said, words: str, logprobs: Iterable[Any]) -> Told:
    said = _adds("content", {part.kind: words}, part.index)
    for logprob in logprobs:
        return "content-delta", said | {"logprobs": logprob}
    return "content-delta", said


def _tell_plan(part: Said, logprobs: Iterator[Any]) -> Iterator[Told]:
    for piece in part.pieces:
        yield "tool-plan-delta", _adds(PLAN, piece)


def _tell_call(part: Said, logprobs: Iterator[Any]) -> Iterator[Told]:
    item = merge(part.item, {"function": {"arguments": ""}})
    yield "tool-call-start", _adds(CALL, item, part.index)
    for piece in part.pieces:
        item = {"function": {"arguments": piece}}
        yield "tool-call-delta", _adds(CALL, item, part.index)


TELL: dict[str, Callable[[Said, Iterator[Any]], Iterator[Told]]] = {
    PLAN: _tell_plan,
    CALL: _tell_call,
}
"""Kind of part to the function that tells it; the others are content."""


def _adds(word: str, value: Any, index: int | None = None) -> JsonObject:
    numbered = {} if index is None else {"index": index}
    return numbered | {"delta": {"message": {word: value}}}
