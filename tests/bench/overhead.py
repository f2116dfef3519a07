"""What ``stream_events()`` costs an event, against llm's, on the same scripted events.

Both sides have a model that only gives events it was handed, so that what is timed is
placing, keeping and passing on.
"""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import llm
from llm.parts import StreamEvent as TheirEvent

from harness.message.events import Event, StreamEvent
from harness.reference.model import AsyncModel, Model
from tests.bench.clock import Side, turn_about
from tests.bench.rows import Aim, Row, compare

MEASURE = "stream_events()"
AIM = Aim(3, faster=True)
EVENTS = 20_000
MEGABYTE = 1 << 20


def measure(rounds: int, events: int = EVENTS) -> Iterator[Row]:
    """A row for each kind of stream, and for the async side of one.

    Args:
        rounds: how often.
        events: how many a stream has.
    """
    for what, script in SCRIPTS.items():
        said = script(events)
        sides = [_ours(said), _theirs(said)]
        ours, theirs = turn_about(sides, rounds)
        yield compare((MEASURE, f"{events} events, {what}", "llm"), ours, theirs, AIM)
    said = SCRIPTS[TEXT](events)
    ours, theirs = turn_about([_ours_awaited(said), _theirs_awaited(said)], rounds)
    what = f"{events} events, {TEXT}, awaited"
    yield compare((MEASURE, what, "llm"), ours, theirs, AIM)


def growth(megabytes: int) -> int:
    """Bytes by which memory peaks while so many megabytes of text go by unkept."""

    class Talker(Model):
        model_id = "talker"

        def execute(self, *_: Any) -> Iterator[Event]:
            for number in range(megabytes * 256):
                yield StreamEvent("text", f"{number:08}" * 512)

    response = Talker().prompt("talk", keep_events=False)
    events = response.stream_events()
    next(events)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    heard = sum(len(event.chunk) for event in events)
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    assert heard >= (megabytes - 1) * MEGABYTE
    return peak


# ------------------------------------------------------------------- what is said


def _text(number: int) -> list[StreamEvent]:
    return [StreamEvent("text", "word ") for _ in range(number)]


def _indexed(number: int) -> list[StreamEvent]:
    return [StreamEvent("text", "word ", 0) for _ in range(number)]


def _mixed(number: int) -> list[StreamEvent]:
    """Thoughts, then words, then calls in fifty pieces each."""
    third = number // 3
    calls = [_call(place, str(place // 50)) for place in range(number - 2 * third)]
    thoughts = [StreamEvent("reasoning", "hm ") for _ in range(third)]
    return [*thoughts, *_text(third), *calls]


def _call(place: int, id_: str) -> StreamEvent:
    if place % 50:
        return StreamEvent("tool_call_args", "12", tool_call_id=id_)
    return StreamEvent("tool_call_name", "f", tool_call_id=id_)


TEXT = "text"
SCRIPTS: dict[str, Callable[[int], list[StreamEvent]]] = {
    TEXT: _text,
    "text, each with its part's index": _indexed,
    "reasoning, text and tool calls": _mixed,
}

# ---------------------------------------------------------------------- who says it


class Ours(Model):
    """Ours; gives what it was handed."""

    model_id = "ours"

    def __init__(self, events: list[StreamEvent]) -> None:
        self.events = events

    def execute(self, *_: Any) -> Iterator[Event]:
        """The events."""
        yield from self.events


class OursAwaited(AsyncModel):
    """Ours, awaited."""

    model_id = "ours"

    def __init__(self, events: list[StreamEvent]) -> None:
        self.events = events

    async def execute(self, *_: Any) -> AsyncIterator[Event]:
        """The events."""
        for event in self.events:
            yield event


class Theirs(llm.Model):
    """llm's; the same."""

    model_id = "theirs"
    can_stream = True

    def __init__(self, events: list[TheirEvent]) -> None:
        self.events = events

    def execute(self, *_: Any, **__: Any) -> Iterator[TheirEvent]:
        """The events."""
        yield from self.events


class TheirsAwaited(llm.AsyncModel):
    """llm's, awaited."""

    model_id = "theirs"
    can_stream = True

    def __init__(self, events: list[TheirEvent]) -> None:
        self.events = events

    async def execute(self, *_: Any, **__: Any) -> AsyncIterator[TheirEvent]:  # type: ignore[override]  # theirs is declared as a coroutine
        """The events."""
        for event in self.events:
            yield event


def _ours(said: list[StreamEvent]) -> Side:
    return Side(lambda: Ours(said).prompt("go"), _heard)


def _theirs(said: list[StreamEvent]) -> Side:
    # llm writes the index into the event, so that each round needs new ones.
    return Side(lambda: Theirs(_llms(said)).prompt("go"), _heard)


def _heard(response: Any) -> None:
    for _ in response.stream_events():
        pass


def _ours_awaited(said: list[StreamEvent]) -> Side:
    return Side(lambda: OursAwaited(said).prompt("go"), _awaited)


def _theirs_awaited(said: list[StreamEvent]) -> Side:
    return Side(lambda: TheirsAwaited(_llms(said)).prompt("go"), _awaited)


def _awaited(response: Any) -> None:
    async def hear() -> None:
        async for _ in response.astream_events():
            pass

    asyncio.run(hear())


def _llms(said: list[StreamEvent]) -> list[TheirEvent]:
    return [
        TheirEvent(e.type, e.chunk, e.part_index, tool_call_id=e.tool_call_id)
        for e in said
    ]
