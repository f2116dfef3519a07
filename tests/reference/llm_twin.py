"""Twins: one script, played by a model of llm's and by a model of ours.

A script is a list of rounds, one for each prompt; a round is a list of what happens
in it: a string or an event to yield, a call to report by ``add_tool_call``, a count
of tokens to report by ``set_usage``, an exception to raise.
"""

from __future__ import annotations

import json
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Coroutine,
    Iterator,
    Sequence,
)
from copy import deepcopy
from typing import Any, TypeAlias

import llm
from llm.models import ToolCall as TheirCall
from llm.parts import StreamEvent as TheirEvent

from harness.message.events import StreamEvent, Usage
from harness.message.parts import JsonObject, ToolCallPart
from harness.reference.model import AsyncModel, Model

Happening: TypeAlias = str | StreamEvent | ToolCallPart | Usage | Exception
Round: TypeAlias = Sequence[Happening]
Script: TypeAlias = Sequence[Round]

OVER: Round = ("over",)
"""What is said once the script has run out."""

PICTURES = {"image/png"}


def event(type_: str, chunk: str = "", **fields: Any) -> StreamEvent:
    return StreamEvent(type_, chunk, **fields)


def call(name: str, arguments: str, id_: str | None) -> list[Happening]:
    """A call in the stream alone."""
    return [
        StreamEvent("tool_call_name", name, tool_call_id=id_),
        StreamEvent("tool_call_args", arguments, tool_call_id=id_),
    ]


def called(name: str, id_: str | None = "c1", **arguments: Any) -> list[Happening]:
    """A call as adapters of llm report it: in the stream, and beside it."""
    streamed = call(name, json.dumps(arguments), id_)
    return [*streamed, ToolCallPart(name, arguments, id_)]


def their_event(ours: StreamEvent) -> TheirEvent:
    """A fresh one each time: llm writes its part's index into it."""
    fields = deepcopy(ours._asdict())
    del fields["exception"], fields["attachments"]
    return TheirEvent(**fields)


def their_call(ours: ToolCallPart) -> TheirCall:
    return TheirCall(ours.name, deepcopy(ours.arguments), ours.tool_call_id)


class Playing:
    """What the four models have: the script, and the prompts that were answered."""

    def __init__(self, script: Sequence[Sequence[Any]]) -> None:
        self.script = script
        self.asked: list[Any] = []

    def _round(self, prompt: Any) -> Round:
        number = len(self.asked)
        self.asked.append(prompt)
        return self.script[number] if number < len(self.script) else OVER


def _theirs(round_: Round, response: Any) -> Iterator[Any]:
    for item in round_:
        match item:
            case StreamEvent():
                yield their_event(item)
            case ToolCallPart():
                response.add_tool_call(their_call(item))
            case _:
                yield from _either(item, response)


def _ours(round_: Round, response: Any) -> Iterator[Any]:
    for item in deepcopy(round_):
        if isinstance(item, ToolCallPart):
            response.add_tool_call(item)
        else:
            yield from _either(item, response)


def _either(item: Happening, response: Any) -> Iterator[Any]:
    match item:
        case Exception():
            raise deepcopy(item)
        case Usage(input=asked, output=answered, details=details):
            response.set_usage(
                input=asked, output=answered, details=deepcopy(details) or None
            )
        case _:
            yield item


class TheirOptions(llm.Model.Options):
    temperature: float | None = None


class Theirs(Playing, llm.Model):
    model_id = "twin"
    supports_tools = True
    supports_schema = True
    attachment_types = PICTURES
    Options = TheirOptions

    def execute(
        self, prompt: Any, stream: bool, response: Any, conversation: Any
    ) -> Iterator[Any]:
        yield from _theirs(self._round(prompt), response)


class TheirsAwaited(Playing, llm.AsyncModel):
    model_id = "twin"
    supports_tools = True
    supports_schema = True
    attachment_types = PICTURES
    Options = TheirOptions

    async def execute(
        self, prompt: Any, stream: bool, response: Any, conversation: Any
    ) -> AsyncGenerator[Any, None]:
        for item in _theirs(self._round(prompt), response):
            yield item


class Ours(Playing, Model):
    model_id = "twin"

    def execute(
        self, prompt: Any, stream: bool, response: Any, conversation: Any
    ) -> Iterator[Any]:
        yield from _ours(self._round(prompt), response)


class OursAwaited(Playing, AsyncModel):
    model_id = "twin"

    async def execute(
        self, prompt: Any, stream: bool, response: Any, conversation: Any
    ) -> AsyncIterator[Any]:
        for item in _ours(self._round(prompt), response):
            yield item


# ------------------------------------------------- reading either, awaited or not


async def now(value: Any) -> Any:
    """What a method of either kind of response comes to."""
    return await value if isinstance(value, Awaitable) else value


async def each(things: Any) -> list[Any]:
    """All that either kind of iterator gives."""
    if hasattr(things, "__aiter__"):
        return [thing async for thing in things]
    return list(things)


def streamed(response: Any) -> Any:
    """The events of either kind of response or chain."""
    awaited = getattr(response, "astream_events", None)
    return awaited() if awaited else response.stream_events()


def driven(reading: Coroutine[Any, Any, Any]) -> Any:
    """What reading comes to where nothing has to be waited for."""
    try:
        reading.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("nothing here may wait")


# --------------------------------------------------------------- either, as data


def written(messages: Any) -> list[JsonObject]:
    """Messages of either side, as JSON data."""
    return [message.to_dict() for message in messages]


def as_fields(events: Any) -> list[JsonObject]:
    """Events of either side, as the fields that llm's have."""
    names = TheirEvent.__dataclass_fields__
    return [{name: getattr(event, name) for name in names} for event in events]


def as_results(results: Any) -> list[tuple[Any, ...]]:
    """Tool results of either side; an exception by its class and its words."""
    return [
        (
            result.name,
            result.output,
            result.tool_call_id,
            [a.type for a in result.attachments],
            result.exception
            and (type(result.exception).__name__, str(result.exception)),
        )
        for result in results
    ]


def as_calls(calls: Any) -> list[tuple[Any, ...]]:
    """Calls of either side."""
    return [(call.name, call.arguments, call.tool_call_id) for call in calls]
