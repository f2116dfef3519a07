"""Lies about tool calls: their names, arguments, ids, order, and who runs them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from harness.adapters.miniatures.liar import Liar, Lie, is_call, pieces
from harness.message.events import Error, Event, Finish, StreamEvent
from harness.message.parts import ToolCallPart, ToolResultPart
from harness.run.door import Reply


class DoublesFirstArguments(Liar):
    """Adds the first fragment of every call's arguments twice (A1)."""

    def changed(self, events: list[Event]) -> list[Event]:
        doubled: list[Event] = []
        begun: set[int | None] = set()
        for event in events:
            if isinstance(event, StreamEvent) and event.type == "tool_call_args":
                if event.part_index not in begun:
                    event = event._replace(chunk=event.chunk * 2)
                begun.add(event.part_index)
            doubled.append(event)
        return doubled


class FailsOnEmptyArguments(Liar):
    """Takes arguments that were left out for JSON that is broken (A2)."""

    def changed(self, events: list[Event]) -> list[Event]:
        said = {e.part_index for e in pieces(events, "tool_call_args") if e.chunk}
        named = {e.part_index for e in pieces(events, "tool_call_name")}
        if named <= said:
            return events
        rest = [e for e in events if not isinstance(e, Finish)]
        return [*rest, Error("Expecting value: line 1 column 1 (char 0)")]


class JoinsArgumentsToTheLatestCall(Liar):
    """Gives every fragment of arguments to the call that was named last (A3)."""

    def changed(self, events: list[Event]) -> list[Event]:
        latest: tuple[int | None, str | None] = None, None
        joined: list[Event] = []
        for event in events:
            if isinstance(event, StreamEvent) and event.type == "tool_call_name":
                latest = event.part_index, event.tool_call_id
            elif isinstance(event, StreamEvent) and event.type == "tool_call_args":
                index, id_ = latest
                event = event._replace(part_index=index, tool_call_id=id_)
            joined.append(event)
        return joined


class MergesParallelCalls(Liar):
    """Glues the arguments of parallel calls together, as one index would (A4)."""

    def changed(self, events: list[Event]) -> list[Event]:
        calls = [
            e.part_index for e in events if isinstance(e, StreamEvent) and is_call(e)
        ]
        return [
            e._replace(part_index=calls[0], tool_call_id=None)
            if isinstance(e, StreamEvent) and is_call(e)
            else e
            for e in events
        ]


class LosesToolIds(Liar):
    """Gives calls without the ids that the provider gave them (A5)."""

    def changed(self, events: list[Event]) -> list[Event]:
        return [
            e._replace(tool_call_id=None)
            if isinstance(e, StreamEvent) and is_call(e)
            else e
            for e in events
        ]


class SwapsToolIds(Liar):
    """Pairs parallel calls with each other's ids (A6)."""

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


class GivesOneIdToAll(Liar):
    """Gives all calls of an answer the id of the first (A6)."""

    def changed(self, events: list[Event]) -> list[Event]:
        calls = [e for e in events if isinstance(e, StreamEvent) and is_call(e)]
        first = next((e.tool_call_id for e in calls if e.tool_call_id), None)
        return [
            e._replace(tool_call_id=first)
            if isinstance(e, StreamEvent) and is_call(e) and not e.server_executed
            else e
            for e in events
        ]


class KeepsFirstPieceOfName(Liar):
    """Keeps the first piece of a name that comes in several (A7)."""

    def changed(self, events: list[Event]) -> list[Event]:
        kept: list[Event] = []
        named: set[int | None] = set()
        for event in events:
            if isinstance(event, StreamEvent) and event.type == "tool_call_name":
                if event.part_index in named:
                    continue
                named.add(event.part_index)
            kept.append(event)
        return kept


class TakesBadJsonForNothing(Liar):
    """Takes arguments that are no JSON for an empty object (A8)."""

    def changed(self, events: list[Event]) -> list[Event]:
        said: dict[int | None, str] = {}
        for piece in pieces(events, "tool_call_args"):
            said[piece.part_index] = said.get(piece.part_index, "") + piece.chunk
        bad = {index for index, text in said.items() if not _is_json(text)}
        return [
            e._replace(chunk="")
            if isinstance(e, StreamEvent)
            and is_call(e)
            and e.part_index in bad
            # The name is not what is bad.
            and e.type == "tool_call_args"
            else e
            for e in events
        ]


def _is_json(text: str) -> bool:
    try:
        json.loads(text or "{}")
    except ValueError:
        return False
    return True


class RepairsTruncatedCalls(Liar):
    """Lists a call that was cut off by the token limit as one to run (A9)."""

    def given(self, reply: Reply) -> Reply:
        return replace(reply, tool_calls=tuple(map(_repaired, reply.tool_calls)))


def _repaired(call: ToolCallPart) -> ToolCallPart:
    raw: Any = call.arguments.get("_raw") if isinstance(call.arguments, dict) else None
    return replace(call, arguments={"repaired": raw}) if raw else call


class ListsNoCalls(Liar):
    """Has tool calls among its parts and lists none as calls to run (A10)."""

    def given(self, reply: Reply) -> Reply:
        return replace(reply, tool_calls=())


class SaysOtherwiseWhenNotStreaming(Liar):
    """Puts calls before text when it does not stream (A11)."""

    def given(self, reply: Reply) -> Reply:
        return reply if self.who.stream else _calls_first(reply)


class PutsCallsFirst(Liar):
    """Puts calls before the words that came before them (A12)."""

    def given(self, reply: Reply) -> Reply:
        return _calls_first(reply)


def _calls_first(reply: Reply) -> Reply:
    messages = tuple(
        replace(m, parts=tuple(sorted(m.parts, key=lambda p: p.type != "tool_call")))
        for m in reply.messages
    )
    return replace(reply, messages=messages)


class NamesAfterArguments(Liar):
    """Gives a call's arguments before its name."""

    def changed(self, events: list[Event]) -> list[Event]:
        names = [e for e in events if e.type == "tool_call_name"]
        rest = [e for e in events if e.type != "tool_call_name"]
        ends = [e for e in rest if not isinstance(e, StreamEvent)]
        return [*(e for e in rest if isinstance(e, StreamEvent)), *names, *ends]


class DropsUnknownTools(Liar):
    """Says nothing of a call whose tool it does not have (A14)."""

    def execute_tool_calls(self) -> Sequence[ToolResultPart]:
        known = {tool.name for tool in self.who.tools}
        return [r for r in super().execute_tool_calls() if r.name in known]


class RunsServerTools(Liar):
    """Runs the provider's own tools a second time (C7)."""

    def changed(self, events: list[Event]) -> list[Event]:
        return [
            e._replace(server_executed=False)
            if isinstance(e, StreamEvent) and is_call(e)
            else e
            for e in events
        ]


LIES = (
    Lie(DoublesFirstArguments, "events.valid", "tools::one-call"),
    Lie(DropsUnknownTools, "tool_results", "tools::unknown-tool"),
    Lie(FailsOnEmptyArguments, "error", "tools::no-arguments[*-whole]"),
    Lie(GivesOneIdToAll, "distinct", "tools::parallel-calls"),
    Lie(JoinsArgumentsToTheLatestCall, "tool_calls", "::*interleaved*"),
    Lie(KeepsFirstPieceOfName, "events.complete", "::*name*"),
    Lie(ListsNoCalls, "tool_calls.parity", "tools::one-call"),
    Lie(LosesToolIds, "tool_calls.ids", "tools::one-call"),
    Lie(MergesParallelCalls, "tool_calls", "tools::parallel-calls"),
    Lie(NamesAfterArguments, "events.valid", "tools::one-call"),
    Lie(PutsCallsFirst, "events.complete", "tools::text-then-call"),
    Lie(RepairsTruncatedCalls, "tool_calls.parity", "tools::truncated-call"),
    Lie(RunsServerTools, "tool_calls", "server-tools::search-and-answer"),
    Lie(SaysOtherwiseWhenNotStreaming, "stream.parity", "tools::text-then-call"),
    Lie(SwapsToolIds, "tool_calls.ids", "tools::parallel-calls"),
    Lie(TakesBadJsonForNothing, "parts", "tools::truncated-call"),
)
"""Each lie, the check meant for it, and where it shows."""
