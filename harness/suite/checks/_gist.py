"""The gist of a turn: what counts when it is compared with another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from harness.errors import EventError
from harness.message.events import Event, StreamEvent
from harness.message.parts import Message
from harness.message.place import resolve
from harness.suite.observation import TurnSeen


def gist(messages: Iterable[Message]) -> list[Any]:
    """Parts without what differs for good reasons between two ways of saying them."""
    gist = []
    for message in messages:
        for part in message.parts:
            d: dict[str, Any] = {**part.to_dict()}
            d.pop("provider_metadata", None)
            says_nothing = d.get("text") == "" and not d.get("redacted")
            if not says_nothing:
                gist.append(d)
    return gist


def asked_gist(messages: Iterable[Message]) -> list[Any]:
    """A conversation as any wire can carry it: speakers and what they said."""
    asked: list[Any] = []
    for message in messages:
        said = []
        for part in message.parts:
            d: dict[str, Any] = {**part.to_dict()}
            if part.type == "reasoning" or d.get("text") == "":
                continue
            for key in ("provider_metadata", "exception", "name"):
                if key != "name" or part.type == "tool_result":
                    d.pop(key, None)
            said.append(d)
        if said:
            asked.append({"role": message.role, "parts": said})
    return asked


def meaning(turn: TurnSeen) -> list[Any]:
    """A turn's events with neighbours of one part joined: only meaning counts."""
    joined: list[Any] = []
    try:
        placed = list(resolve(turn.events))
    except (EventError, TypeError):
        return [repr(turn.events)]
    for event in placed:
        last = joined[-1] if joined else None
        if last and (last[0], last[1]) == (event.type, event.part_index):
            last[2] += event.chunk
        else:
            joined.append([event.type, event.part_index, event.chunk])
    error = turn.error.kind if turn.error else None
    messages = [m.to_dict() for m in turn.messages]
    return [joined, messages, turn.usage, turn.finish_reason, error]


def parts_of(messages: Iterable[Message], kind: type[Any]) -> list[Any]:
    return [p for m in messages for p in m.parts if isinstance(p, kind)]


def joined(events: Iterable[Event], kind: str) -> str:
    return "".join(
        e.chunk for e in events if isinstance(e, StreamEvent) and e.type == kind
    )
