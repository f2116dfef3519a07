"""The gist of a turn: what counts when it is compared with another."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from harness.errors import EventError
from harness.message.events import Event, StreamEvent
from harness.message.parts import Message
from harness.message.place import resolve
from harness.suite.observation import TurnSeen


def gist(messages: Iterable[Message]) -> list[Any]:
    """Parts without what differs for good reasons between two ways of saying them.

    Of ids only which call they are of is left: where a wire has none, each adapter
    makes its own. That those of the wire are kept is for ``tool_calls.ids``.
    """
    gist = []
    calls = Calls()
    for message in messages:
        for part in message.parts:
            d = calls.numbered(part.to_dict())
            metadata = d.pop("provider_metadata", None)
            if d["type"] == "reasoning" and not d["text"]:
                # Withheld: said by a flag, or by metadata where words would be.
                if d.pop("redacted", False) or metadata:
                    gist.append(d)
            elif d.get("text") != "":
                gist.append(d)
    return gist


class Calls:
    """Calls by the order they come in, and results by the call they answer."""

    def __init__(self) -> None:
        self._ids: list[str | None] = []
        self._open: list[tuple[str, str | None, int]] = []

    def numbered(self, part: Mapping[str, Any]) -> dict[str, Any]:
        """The part with the number of its call where its id was."""
        d = {**part}
        if d["type"] == "tool_call":
            d["tool_call_id"] = self._call(d["name"], d.get("tool_call_id"))
        elif d["type"] == "tool_result":
            d["tool_call_id"] = self._result(d["name"], d.get("tool_call_id"))
            d["output"] = _meant(d["output"])
        return d

    def _call(self, name: str, id_: str | None) -> int:
        if id_ is None or id_ not in self._ids:
            self._ids.append(id_)
            self._open.append((name, id_, len(self._ids)))
            return len(self._ids)
        return self._ids.index(id_) + 1

    def _result(self, name: str, id_: str | None) -> int | None:
        """One whose call is not known by its id answers the first open call of its
        name, if it has one: where the wire gave no id, somebody may have made it up.
        """
        if id_ is not None and id_ in self._ids:
            return self._ids.index(id_) + 1
        able = [one for one in self._open if id_ is None or one[1] is None]
        named = (one for one in able if one[0] == name)
        answered = next(named, able[0] if able and not name else None)
        if answered is None:
            return None
        self._open.remove(answered)
        return answered[2]


def _meant(output: str) -> Any:
    """What a tool gave, as JSON where it is: spaces and order say nothing."""
    if output[:1] not in ("{", "["):
        return output
    try:
        return json.loads(output)
    except ValueError:
        return output


def asked_gist(messages: Iterable[Message]) -> list[Any]:
    """A conversation as any wire can carry it: speakers and what they said.

    What the system says stands first, and its words alone count: many wires have one
    place for all of it, and everybody joins it there in a way of their own. What came
    with results is counted behind them, since some wires have no other place for it.
    """
    asked: list[Any] = []
    rules: list[str] = []
    came: list[Any] | None = None
    calls = Calls()
    for message in messages:
        said = _said(message, calls)
        if message.role == "system":
            rules += [word for d in said for word in d.get("text", "").split()]
            continue
        if message.role == "tool":
            came = [] if came is None else came
            for d in said:
                came += d.pop("attachments", ())
        elif came is not None:
            while message.role == "user" and said and said[0]["type"] == "attachment":
                came.append(said.pop(0)["attachment"])
            if said:
                asked += [{"role": "tool", "attachments": came}] if came else []
                came = None
        if said:
            asked.append({"role": message.role, "parts": said})
    asked += [{"role": "tool", "attachments": came}] if came else []
    return [{"role": "system", "words": sorted(rules)}, *asked] if rules else asked


def _said(message: Message, calls: Calls) -> list[dict[str, Any]]:
    """The parts of a message that every wire carries."""
    said = []
    for part in message.parts:
        d = calls.numbered(part.to_dict())
        if part.type == "reasoning" or d.get("text") == "":
            continue
        for key in ("provider_metadata", "exception", "name"):
            if key != "name" or part.type == "tool_result":
                d.pop(key, None)
        said.append(d)
    return said


def meaning(turn: TurnSeen, unseen: Collection[str] = ()) -> list[Any]:
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
    error = turn.error and ("error.kind" in unseen or turn.error.kind)
    calls = Calls()
    messages = [
        [m.role, *(calls.numbered(p.to_dict()) for p in m.parts)] for m in turn.messages
    ]
    return [joined, messages, turn.usage, turn.finish_reason, error]


def parts_of(messages: Iterable[Message], kind: type[Any]) -> list[Any]:
    """The parts of one kind, whosever message they are in."""
    return [p for m in messages for p in m.parts if isinstance(p, kind)]


def joined(events: Iterable[Event], kind: str) -> str:
    """The text of all events of one kind."""
    return "".join(
        e.chunk for e in events if isinstance(e, StreamEvent) and e.type == kind
    )
