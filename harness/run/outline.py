"""An outline: what an answer holds, without what a model may choose to say.

Twice over: the shape of its JSON, as paths and kinds of value, and what our own
decoder hears in it, as countable facts.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from harness.cassette.tape import Exchange
from harness.errors import HarnessError
from harness.message.assemble import assemble
from harness.message.events import Error, Event, Finish, StreamEvent, Unknown, Usage
from harness.message.parts import (
    AttachmentPart,
    JsonObject,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.providers._provider import Provider
from harness.providers._square import framing_in, hear
from harness.wire.http import Response

Shape: TypeAlias = dict[str, frozenset[str]]
"""Paths, such as ``choices[*].delta.content``, to the kinds of value seen there."""


@dataclass(frozen=True, slots=True)
class Outline:
    """One answer.

    ``facts`` counts what was heard, by words for it; ``said`` is its text;
    ``finish`` how it ended and ``error`` what was wrong, if it says.
    """

    shape: Shape
    facts: Counter[str]
    said: str = ""
    finish: str | None = None
    error: str | None = None


def outline(exchange: Exchange, provider: Provider | None) -> Outline:
    """The outline of an answer; without a provider, of its JSON alone."""
    response = exchange.response
    shape = _shape(response, provider)
    if provider is None:
        return Outline(shape, Counter())
    events: list[Event] = []
    error = None
    try:
        events += hear(provider, response.status, response.headers, response.chunks)
        messages = assemble([e for e in events if isinstance(e, StreamEvent)])
    except HarnessError as fault:
        error, messages = str(fault), []
    said = (p.text for m in messages for p in m.parts if isinstance(p, TextPart))
    return Outline(
        shape,
        Counter(_facts(events, messages)),
        "".join(said),
        next((e.reason for e in events if isinstance(e, Finish)), None),
        next((e.message for e in events if isinstance(e, Error)), error),
    )


# ------------------------------------------------------------------------- its JSON


def _shape(response: Response, provider: Provider | None) -> Shape:
    kinds: dict[str, set[str]] = {}
    for root, value in _values(response, provider):
        for path, kind in _walk(value, root):
            kinds.setdefault(path, set()).add(kind)
    return {path: frozenset(found) for path, found in kinds.items()}


def _values(response: Response, provider: Provider | None) -> Iterator[tuple[str, Any]]:
    """The JSON of an answer: one body, or each frame under the name of its event."""
    body = b"".join(response.chunks)
    framing = None
    if provider is not None and response.status < 400:
        framing = framing_in(provider, response)
    if framing is None:
        yield from (("", value) for value in _json(body.decode(errors="replace")))
        return
    try:
        for frame in framing.read(response.chunks):
            for value in _json(frame.data):
                told = value.get("type") if isinstance(value, dict) else None
                name = frame.event or (told if isinstance(told, str) else "")
                yield name, value
    except HarnessError:
        return  # what is heard says so


def _json(text: str) -> Iterator[Any]:
    try:
        yield json.loads(text)
    except (ValueError, RecursionError):
        return


def _walk(value: Any, root: str) -> Iterator[tuple[str, str]]:
    todo = [(root, value)]
    while todo:
        path, found = todo.pop()
        yield path, KINDS[type(found)]
        if isinstance(found, dict):
            todo += [
                (f"{path}.{key}".lstrip("."), below) for key, below in found.items()
            ]
        elif isinstance(found, list):
            todo += [(f"{path}[*]", below) for below in found]


KINDS: dict[type, str] = {
    str: "text",
    int: "a number",
    float: "a number",
    bool: "true or false",
    dict: "an object",
    list: "a list",
    type(None): "null",
}


# ---------------------------------------------------------------------- what is heard


def _facts(events: list[Event], messages: list[Message]) -> Iterator[str]:
    for message in messages:
        for part in message.parts:
            yield from _of_part(part)
    for event in events:
        match event:
            case Usage():
                yield from (f"usage {path}" for path in _of_usage(event))
            case Finish():
                yield "the finish reason"
                yield from _of_metadata("finish", event.provider_metadata)
            case Unknown(tag=tag):
                yield f"unknown {tag}"


def _of_part(part: Part) -> Iterator[str]:
    name = NAMES[type(part)]
    yield name
    yield from _of_metadata(name, part.provider_metadata)
    match part:
        case ToolCallPart():
            yield f"call of {part.name}"
            if isinstance(part.arguments, dict):
                yield from (f"argument {key} of {part.name}" for key in part.arguments)
            if part.tool_call_id is not None:
                yield "id of a tool call"
        case ReasoningPart(redacted=True):
            yield "hidden reasoning"


def _of_metadata(name: str, metadata: JsonObject | None) -> Iterator[str]:
    """``citations of the text``: the keys below each provider's own."""
    for held in (metadata or {}).values():
        if isinstance(held, dict):
            yield from (f"{key} of {name}" for key, value in held.items() if value)


def _of_usage(usage: Usage) -> Iterator[str]:
    yield from ("input" for _ in [usage.input] if usage.input is not None)
    yield from ("output" for _ in [usage.output] if usage.output is not None)
    yield from (f"details.{key}" for key in usage.details)


NAMES: dict[type, str] = {
    TextPart: "text",
    ReasoningPart: "reasoning",
    ToolCallPart: "tool call",
    ToolResultPart: "tool result",
    AttachmentPart: "attachment",
}
