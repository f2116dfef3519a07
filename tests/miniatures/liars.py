"""The liars, and for each the check that is meant to catch it."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from harness import __version__
from harness.adapters.reference import Conversation, Reference
from harness.errors import ConnectionLost
from harness.message.events import Error, Event, Finish, StreamEvent, Usage
from harness.message.parts import Message, Part, ReasoningPart
from harness.message.turn import Turn
from harness.providers import PROVIDERS
from harness.run.door import Ask, Door, Reply, Session, Who
from harness.wire.http import Answer, Request

RunTool = Callable[[str, object], str]


class Liar(Conversation):
    """A conversation that is honest until a subclass says otherwise."""

    def changed(self, events: list[Event]) -> list[Event]:
        """The events as this adapter would give them."""
        return events

    def send(self, turn: Turn) -> tuple[list[Event], Error | None]:
        """Send, and lie about what came."""
        events, error = super().send(turn)
        return self.changed(events), error


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

    def turn(self) -> Turn:
        turn = super().turn()
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

    def __init__(self, provider: Any, who: Who, door: Door, run_tool: RunTool) -> None:
        super().__init__(provider, who, _Lossy(door), run_tool)


@dataclass
class _Lossy:
    door: Door

    def send(self, request: Request) -> Answer:
        answer = self.door.send(request)
        return replace(
            answer, chunks=(c.decode(errors="ignore").encode() for c in answer.chunks)
        )


class ParsesPerChunk(Liar):
    """Takes every network chunk for whole events."""

    def __init__(self, provider: Any, who: Who, door: Door, run_tool: RunTool) -> None:
        super().__init__(provider, who, _PerChunk(door), run_tool)


@dataclass
class _PerChunk:
    door: Door

    def send(self, request: Request) -> Answer:
        answer = self.door.send(request)
        return replace(answer, chunks=(c + b"\n\n" for c in answer.chunks))


class RunsServerTools(Liar):
    """Runs the provider's own tools a second time."""

    def heard(self, events: Sequence[Event], error: Error | None) -> Reply:
        ours = [
            e._replace(server_executed=False)
            if isinstance(e, StreamEvent) and _is_call(e)
            else e
            for e in events
        ]
        return super().heard(ours, error)


def _is_call(event: Event) -> bool:
    return isinstance(event, StreamEvent) and event.type.startswith("tool_call")


class EatsErrors(Liar):
    """Takes an error in the stream for its end."""

    def send(self, turn: Turn) -> tuple[list[Event], Error | None]:
        events, _ = super().send(turn)
        kept: list[Event] = [e for e in events if not isinstance(e, Error)]
        ended = any(isinstance(e, Finish) for e in kept)
        return kept if ended else [*kept, Finish("stop")], None


class TakesTruncationForSuccess(Liar):
    """Calls a stream that just stops a complete answer."""

    def send(self, turn: Turn) -> tuple[list[Event], Error | None]:
        events, error = super().send(turn)
        if error is None or error.kind != "truncated":
            return events, error
        return [*(e for e in events if e is not error), Finish("stop")], None


class ForgetsSystemPrompt(Liar):
    """Sends the system prompt on the first turn only."""

    def turn(self) -> Turn:
        turn = super().turn()
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

    def heard(self, events: Sequence[Event], error: Error | None) -> Reply:
        reply = super().heard(events, error)
        again = json.loads(json.dumps(reply.dumped))
        for message in again["messages"]:
            message["parts"] = [p for p in message["parts"] if p["type"] == "text"]
        return replace(reply, again=again)


class SaysOtherwiseWhenNotStreaming(Liar):
    """Puts calls before text when it does not stream."""

    def heard(self, events: Sequence[Event], error: Error | None) -> Reply:
        reply = super().heard(events, error)
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

    def request(self, turn: Turn) -> Request:
        request = super().request(turn)
        return replace(request, url=f"{request.url}?key={self.who.key}")


class AsksTwice(Liar):
    """Sends every request twice, as a hidden retry does."""

    def send(self, turn: Turn) -> tuple[list[Event], Error | None]:
        result = super().send(turn)
        if result[1] is None:
            with suppress(ConnectionLost):
                self.door.send(self.request(turn))
        return result


class OpensASocket(Liar):
    """Phones home during a replay, and hides that it failed."""

    def send(self, turn: Turn) -> tuple[list[Event], Error | None]:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", 9), timeout=0.1)
        return super().send(turn)


class DropsToolResults(Liar):
    """Goes on without telling the model what its tools gave."""

    def reply(self, ask: Ask) -> Reply:
        return self.prompt(ask)


class ReordersHistory(Liar):
    """Sends the conversation newest first."""

    def turn(self) -> Turn:
        turn = super().turn()
        system = [m for m in turn.messages if m.role == "system"]
        rest = [m for m in turn.messages if m.role != "system"]
        return replace(turn, messages=(*system, *reversed(rest)))


class HidesFromMessages(Liar):
    """Streams every part and then leaves reasoning out of ``messages()``."""

    def heard(self, events: Sequence[Event], error: Error | None) -> Reply:
        reply = super().heard(events, error)
        messages = tuple(
            replace(m, parts=tuple(p for p in m.parts if p.type != "reasoning"))
            for m in reply.messages
        )
        return replace(reply, messages=tuple(m for m in messages if m.parts))


class ListsNoCalls(Liar):
    """Has tool calls among its parts and none in ``tool_calls()``."""

    def heard(self, events: Sequence[Event], error: Error | None) -> Reply:
        return replace(super().heard(events, error), tool_calls=())


class NamesAfterArguments(Liar):
    """Gives a call's arguments before its name."""

    def changed(self, events: list[Event]) -> list[Event]:
        names = [e for e in events if e.type == "tool_call_name"]
        rest = [e for e in events if e.type != "tool_call_name"]
        ends = [e for e in rest if not isinstance(e, StreamEvent)]
        return [*(e for e in rest if isinstance(e, StreamEvent)), *names, *ends]


class ChangesTheRequest(Liar):
    """Adds a parameter nobody asked for to every request."""

    def turn(self) -> Turn:
        turn = super().turn()
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

    def open(self, who: Who, door: Door, run_tool: RunTool) -> Session:
        """A conversation that lies."""
        return self.liar(PROVIDERS[who.provider], who, door, run_tool)
