"""The liars, and for each the check that is meant to catch it."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from harness import __version__
from harness.adapters.reference import Reference, Replies
from harness.errors import ConnectionLost, HarnessError
from harness.message.events import Error, Event, Finish, StreamEvent, Usage
from harness.message.parts import Message, Part, ReasoningPart
from harness.message.turn import Turn
from harness.providers import PROVIDERS
from harness.providers._provider import Provider
from harness.reference.prompt import Prompt
from harness.reference.response import Response
from harness.reference.wired import WiredModel
from harness.run.door import Ask, Reply, Session, Who
from harness.wire.http import Answer, Request, Transport

RunTool = Callable[[str, object], str]


class Liar(Replies):
    """A session that is honest until a subclass says otherwise."""

    def __init__(
        self, provider: Provider, who: Who, door: Transport, run_tool: RunTool
    ) -> None:
        super().__init__(provider, who, door, run_tool)
        self.model = Lying(
            provider,
            who.model,
            base_url=who.base_url,
            key=who.key,
            transport=self.through(door),
        )
        self.model.liar = self

    def through(self, door: Transport) -> Transport:
        """The door as this adapter would use it."""
        return door

    def turn(self, turn: Turn) -> Turn:
        """What is asked, as this adapter would ask it."""
        return turn

    def request(self, request: Request) -> Request:
        """The request as this adapter would send it."""
        return request

    def changed(self, events: list[Event]) -> list[Event]:
        """The events as this adapter would give them."""
        return events

    def told(self, events: Iterator[Event]) -> Iterator[Event]:
        """An answer, with what it fails with at its end."""
        heard: list[Event] = []
        try:
            heard += events
        finally:
            yield from self.changed(heard)


class Lying(WiredModel):
    """The model through which a liar speaks."""

    liar: Liar

    def turn(self, prompt: Prompt, stream: bool) -> Turn:
        return self.liar.turn(super().turn(prompt, stream))

    def request(self, prompt: Prompt, stream: bool, key: str | None = None) -> Request:
        return self.liar.request(super().request(prompt, stream, key))

    def execute(
        self, prompt: Prompt, stream: bool, response: Response, conversation: Any
    ) -> Iterator[Event]:
        return self.liar.told(super().execute(prompt, stream, response, conversation))


class DropsLastChunk(Liar):
    """Loses the last piece of text, as readers do that wait for one more newline."""

    def changed(self, events: list[Event]) -> list[Event]:
        texts = [i for i, e in enumerate(events) if e.type == "text"]
        return [e for i, e in enumerate(events) if not texts or i != texts[-1]]


class SwapsToolIds(Liar):
    """Pairs parallel calls with each other's ids."""

    def changed(self, events: list[Event]) -> list[Event]:
        ids = [
            e.tool_call_id
            for e in events
            if isinstance(e, StreamEvent) and e.tool_call_id
        ]
        distinct = list(dict.fromkeys(ids))
        swapped = dict(zip(distinct, reversed(distinct), strict=True))
        return [
            e._replace(tool_call_id=swapped[e.tool_call_id])
            if isinstance(e, StreamEvent) and e.tool_call_id
            else e
            for e in events
        ]


class LosesSignature(Liar):
    """Keeps thoughts and throws away what signs them."""

    def turn(self, turn: Turn) -> Turn:
        return replace(turn, messages=tuple(_bare(m) for m in turn.messages))


def _bare(message: Message) -> Message:
    parts: list[Part] = [
        replace(p, provider_metadata=None)
        if isinstance(p, ReasoningPart) and p.text
        else p
        for p in message.parts
    ]
    return replace(message, parts=tuple(parts))


class DecodesPerChunk(Liar):
    """Decodes UTF-8 chunk by chunk, so that a character cut in two is lost."""

    def through(self, door: Transport) -> Transport:
        return _Lossy(door)


@dataclass
class _Lossy:
    door: Transport

    def send(self, request: Request) -> Answer:
        answer = self.door.send(request)
        return replace(
            answer, chunks=(c.decode(errors="ignore").encode() for c in answer.chunks)
        )


class ParsesPerChunk(Liar):
    """Takes every network chunk for whole events."""

    def through(self, door: Transport) -> Transport:
        return _PerChunk(door)


@dataclass
class _PerChunk:
    door: Transport

    def send(self, request: Request) -> Answer:
        answer = self.door.send(request)
        return replace(answer, chunks=(c + b"\n\n" for c in answer.chunks))


class RunsServerTools(Liar):
    """Runs the provider's own tools a second time."""

    def changed(self, events: list[Event]) -> list[Event]:
        return [
            e._replace(server_executed=False)
            if isinstance(e, StreamEvent) and _is_call(e)
            else e
            for e in events
        ]


def _is_call(event: Event) -> bool:
    return isinstance(event, StreamEvent) and event.type.startswith("tool_call")


class EatsErrors(Liar):
    """Takes an error in the stream for its end."""

    def told(self, events: Iterator[Event]) -> Iterator[Event]:
        ended = False
        with suppress(HarnessError):
            for event in events:
                if not isinstance(event, Error):
                    ended = ended or isinstance(event, Finish)
                    yield event
        if not ended:
            yield Finish("stop")


class TakesTruncationForSuccess(Liar):
    """Calls a stream that just stops a complete answer."""

    def changed(self, events: list[Event]) -> list[Event]:
        return [
            Finish("stop") if isinstance(e, Error) and e.kind == "truncated" else e
            for e in events
        ]


class ForgetsSystemPrompt(Liar):
    """Sends the system prompt on the first turn only."""

    def turn(self, turn: Turn) -> Turn:
        if any(m.role == "assistant" for m in turn.messages):
            rest = tuple(m for m in turn.messages if m.role != "system")
            return replace(turn, messages=rest)
        return turn


class MergesParallelCalls(Liar):
    """Glues the arguments of parallel calls together, as one index would."""

    def changed(self, events: list[Event]) -> list[Event]:
        calls = [
            e.part_index for e in events if isinstance(e, StreamEvent) and _is_call(e)
        ]
        return [
            e._replace(part_index=calls[0], tool_call_id=None)
            if isinstance(e, StreamEvent) and _is_call(e)
            else e
            for e in events
        ]


class MixesReasoningIntoText(Liar):
    """Gives thoughts as if they were the answer."""

    def changed(self, events: list[Event]) -> list[Event]:
        return [
            e._replace(type="text", redacted=False)
            if isinstance(e, StreamEvent) and e.type == "reasoning"
            else e
            for e in events
        ]


class InventsSpaces(Liar):
    """Adds a blank after a call, which no provider said."""

    def changed(self, events: list[Event]) -> list[Event]:
        if not any(_is_call(e) for e in events):
            return events
        last = max(e.part_index or 0 for e in events if isinstance(e, StreamEvent))
        return [*events, StreamEvent("text", " ", last + 1)]


class ForgetsOnTheWayThroughJson(Liar):
    """Serialises text and forgets everything else."""

    def _heard(self, response: Response) -> Reply:
        reply = super()._heard(response)
        again = json.loads(json.dumps(reply.dumped))
        for message in again["messages"]:
            message["parts"] = [p for p in message["parts"] if p["type"] == "text"]
        return replace(reply, again=again)


class SaysOtherwiseWhenNotStreaming(Liar):
    """Puts calls before text when it does not stream."""

    def _heard(self, response: Response) -> Reply:
        reply = super()._heard(response)
        if self.who.stream:
            return reply
        messages = tuple(
            replace(
                m, parts=tuple(sorted(m.parts, key=lambda p: p.type != "tool_call"))
            )
            for m in reply.messages
        )
        return replace(reply, messages=messages)


class AddsUsageUp(Liar):
    """Counts every token twice, as sums of cumulative counts do."""

    def changed(self, events: list[Event]) -> list[Event]:
        return [
            Usage((e.input or 0) * 2, (e.output or 0) * 2, e.details)
            if isinstance(e, Usage)
            else e
            for e in events
        ]


class CountsBelowZero(Liar):
    """Reports token counts that cannot be."""

    def changed(self, events: list[Event]) -> list[Event]:
        return [replace(e, output=-1) if isinstance(e, Usage) else e for e in events]


class PutsTheKeyInTheUrl(Liar):
    """Sends the API key where every log keeps it."""

    def request(self, request: Request) -> Request:
        return replace(request, url=f"{request.url}?key={self.who.key}")


class AsksTwice(Liar):
    """Sends every request twice, as a hidden retry does."""

    def through(self, door: Transport) -> Transport:
        return _Twice(door)


@dataclass
class _Twice:
    door: Transport

    def send(self, request: Request) -> Answer:
        answer = self.door.send(request)
        with suppress(ConnectionLost):
            self.door.send(request)
        return answer


class OpensASocket(Liar):
    """Phones home during a replay, and hides that it failed."""

    def request(self, request: Request) -> Request:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", 9), timeout=0.1)
        return request


class DropsToolResults(Liar):
    """Goes on without telling the model what its tools gave."""

    def reply(self, ask: Ask) -> Reply:
        return self.prompt(ask)


class ReordersHistory(Liar):
    """Sends the conversation newest first."""

    def turn(self, turn: Turn) -> Turn:
        system = [m for m in turn.messages if m.role == "system"]
        rest = [m for m in turn.messages if m.role != "system"]
        return replace(turn, messages=(*system, *reversed(rest)))


class HidesFromMessages(Liar):
    """Streams every part and then leaves reasoning out of ``messages()``."""

    def _heard(self, response: Response) -> Reply:
        reply = super()._heard(response)
        messages = tuple(
            replace(m, parts=tuple(p for p in m.parts if p.type != "reasoning"))
            for m in reply.messages
        )
        return replace(reply, messages=tuple(m for m in messages if m.parts))


class ListsNoCalls(Liar):
    """Has tool calls among its parts and none in ``tool_calls()``."""

    def _heard(self, response: Response) -> Reply:
        return replace(super()._heard(response), tool_calls=())


class NamesAfterArguments(Liar):
    """Gives a call's arguments before its name."""

    def changed(self, events: list[Event]) -> list[Event]:
        names = [e for e in events if e.type == "tool_call_name"]
        rest = [e for e in events if e.type != "tool_call_name"]
        ends = [e for e in rest if not isinstance(e, StreamEvent)]
        return [*(e for e in rest if isinstance(e, StreamEvent)), *names, *ends]


class ChangesTheRequest(Liar):
    """Adds a parameter nobody asked for to every request."""

    def turn(self, turn: Turn) -> Turn:
        return replace(turn, options={**turn.options, "top_p": 0.5})


class ForgetsTheFinishReason(Liar):
    """Calls every end a good one."""

    def changed(self, events: list[Event]) -> list[Event]:
        return [Finish("stop") if isinstance(e, Finish) else e for e in events]


LIARS: dict[type[Liar], str] = {
    AddsUsageUp: "usage",
    AsksTwice: "replay.hermetic",
    ChangesTheRequest: "request.unchanged",
    CountsBelowZero: "usage.sane",
    DecodesPerChunk: "chunks.invariant",
    DropsLastChunk: "events.complete",
    DropsToolResults: "request.complete",
    EatsErrors: "error",
    ForgetsOnTheWayThroughJson: "roundtrip.response",
    ForgetsSystemPrompt: "request.complete",
    ForgetsTheFinishReason: "finish_reason",
    HidesFromMessages: "events.assemble",
    InventsSpaces: "events.valid",
    ListsNoCalls: "tool_calls.parity",
    LosesSignature: "reply.echo",
    MergesParallelCalls: "tool_calls",
    MixesReasoningIntoText: "events.valid",
    NamesAfterArguments: "events.valid",
    OpensASocket: "replay.hermetic",
    ParsesPerChunk: "chunks.invariant",
    PutsTheKeyInTheUrl: "request.secret",
    ReordersHistory: "request.complete",
    RunsServerTools: "tool_calls",
    SaysOtherwiseWhenNotStreaming: "stream.parity",
    SwapsToolIds: "parts",
    TakesTruncationForSuccess: "truncation",
}
"""Each liar and the check meant for its lie."""


class Miniature(Reference):
    """The reference adapter with a liar for its conversations."""

    def __init__(self, liar: type[Liar]) -> None:
        super().__init__(PROVIDERS, __version__)
        self.name = liar.__name__
        self.liar = liar

    def open(self, who: Who, door: Transport, run_tool: RunTool) -> Session:
        """A conversation that lies."""
        return self.liar(PROVIDERS[who.provider], who, door, run_tool)
