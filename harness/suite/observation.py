"""Observation: all that an adapter was seen to do, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from harness.message.assemble import assemble
from harness.message.events import Error, Event
from harness.message.parts import JsonObject, Message, ToolCallPart, ToolResultPart
from harness.message.turn import Turn as Asked
from harness.wire.http import Request


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference between the request recorded and the request sent.

    ``path`` is like ``body.messages[1].content``.
    """

    path: str
    recorded: Any
    sent: Any


@dataclass(frozen=True, slots=True)
class Sent:
    """One request the adapter sent.

    ``body`` is its JSON, or ``None`` where it is none; ``asked`` is what the provider
    reads in it, or ``None`` where it cannot; ``drift`` is how it differs from the
    recorded request, ``None`` where none was recorded.
    """

    request: Request
    body: Any = None
    asked: Asked | None = None
    drift: tuple[Drift, ...] | None = None


@dataclass(frozen=True)  # without slots: what it adds up to is kept
class TurnSeen:
    """What one turn brought.

    ``truth`` is what the harness itself reads in the same bytes; ``should_ask`` the
    messages that the request should have held. ``again`` is ``dumped`` after a round
    trip through the adapter's own ``from_dict``.
    """

    events: tuple[Event, ...] = ()
    messages: tuple[Message, ...] = ()
    tool_calls: tuple[ToolCallPart, ...] = ()
    tool_results: tuple[ToolResultPart, ...] = ()
    usage: JsonObject | None = None
    finish_reason: str | None = None
    error: Error | None = None
    done: bool = True
    sent: tuple[Sent, ...] = ()
    truth: tuple[Event, ...] = ()
    should_ask: tuple[Message, ...] = ()
    dumped: Any = None
    again: Any = None

    @cached_property
    def told(self) -> tuple[Message, ...]:
        """What the wire told, put together."""
        return tuple(assemble(self.truth))

    @cached_property
    def added_up(self) -> tuple[Message, ...]:
        """What the adapter's events add up to."""
        return tuple(assemble(self.events))


@dataclass(frozen=True, slots=True)
class Observation:
    """What one run of a case brought.

    ``unplayed`` counts recorded exchanges nobody asked for; ``unmatched`` describes
    requests that nothing was recorded for; ``sockets`` the connections that were
    tried although everything is recorded; ``key`` is the API key it was given;
    ``raised`` is what the adapter raised instead of going on; ``unseen`` what it has
    no way to tell, under the names that ``expect`` uses.
    """

    turns: tuple[TurnSeen, ...] = ()
    unplayed: int = 0
    unmatched: tuple[str, ...] = ()
    sockets: tuple[str, ...] = ()
    key: str = ""
    raised: str | None = None
    unseen: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Evidence:
    """All runs of one case: the one that is judged, and those it is compared with.

    ``cuts`` are the same bytes cut elsewhere, by the cut's name; ``other_mode`` is
    the same answer streamed if the case is not, and the other way round;
    ``other_way`` the same conversation awaited; ``truncated`` is the first answer
    without its end. ``None`` where not tried.
    """

    first: Observation
    cuts: dict[str, Observation] = field(default_factory=dict)
    other_mode: Observation | None = None
    other_way: Observation | None = None
    truncated: Observation | None = None
    rehearsed: bool = False
