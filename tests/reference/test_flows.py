"""Flows: whatever stops an answer, it is sent once, said once, and closed."""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ResponseClosed
from harness.message.assemble import assemble
from harness.message.events import Event, Finish, StreamEvent, Usage
from harness.message.parts import Message
from tests.reference.faults import (
    EXPECTED,
    SOURCES,
    Fault,
    faults,
    let_others,
    model_of,
    play,
    said,
    stopped,
    told,
)
from tests.reference.scripted import (
    ASYNC,
    KINDS,
    SYNC,
    Kind,
    Play,
    Stage,
    close,
    got,
    reader,
    step,
)

pytestmark = pytest.mark.usefixtures("quiet")
kinds = pytest.mark.parametrize("kind", KINDS, ids=repr)

# ------------------------------------------------- one answer, read in any way


reads = st.lists(
    st.tuples(st.just("read"), st.integers(0, 2), st.integers(1, 3))
    | st.sampled_from(
        [("text",), ("messages",), ("usage",), ("reply",), ("write",), ("close",)]
    ),
    max_size=8,
)


@dataclass
class Reading:
    """Readers of one response, and what each has seen."""

    response: Any
    stage: Stage
    wanted: list[Event]
    fails: bool
    readers: dict[int, Any] = field(default_factory=dict)
    seen: dict[int, list[StreamEvent]] = field(default_factory=dict)

    async def do(self, what: str, number: int = 0, count: int = 0) -> None:
        """Read in one way; whatever fails must fail as the response did."""
        asked = [number, count] if what == "read" else []
        error = await stopped(partial(getattr(self, what), *asked))
        assert error in (None, self.response.error)

    async def read(self, number: int, count: int) -> None:
        """Read on with one of the readers."""
        if number not in self.readers:
            self.readers[number] = reader(self.response)
            self.seen[number] = []
        for _ in range(count):
            event = await step(self.readers[number])
            if event is not None:
                self.seen[number].append(event)

    async def text(self) -> None:
        """Hear all of the text."""
        text = await got(self.response.text())
        assert text == "".join(e.chunk for e in self.content if e.type == "text")

    async def messages(self) -> None:
        """Hear all of the messages."""
        assert await got(self.response.messages()) == assemble(self.wanted)

    async def usage(self) -> None:
        """Hear all, for its count."""
        counts = [e for e in self.wanted if isinstance(e, Usage)]
        assert await got(self.response.usage()) == (counts or [Usage()])[-1]

    async def reply(self) -> None:
        """Go on; nothing is sent by that alone."""
        reply = await got(self.response.reply("more"))
        said = [*self.response.prompt.messages, *assemble(self.wanted)]
        assert list(reply.prompt.messages[: len(said)]) == said

    async def write(self) -> None:
        """Write it down, once it was heard."""
        await got(self.response.messages())
        assert self.response.to_dict()["model"] == self.response.model.model_id

    async def close(self) -> None:
        """Close it."""
        await close(self.response)

    @property
    def content(self) -> list[StreamEvent]:
        """What readers are to see."""
        return [e for e in self.wanted if isinstance(e, StreamEvent)]

    def check(self) -> None:
        """What holds at any time."""
        heard, stage = self.response.so_far.events, self.stage
        assert heard == self.wanted[: len(heard)]
        assert len(stage.answers) <= 1
        for seen in self.seen.values():
            assert seen == self.content[: len(seen)]
        over = self.response.done or self.response.error is not None
        for answer, script in zip(stage.answers, stage.plays, strict=False):
            all_came = answer.steps == len(script.steps)  # closed by its own end
            assert answer.closed == over or all_came
        if self.response.done:
            assert heard == self.wanted
            assert not self.fails
            assert self.response.error is None


@kinds
@given(source=st.sampled_from(SOURCES), events=said(calls=0), fault=faults, ways=reads)
def test_an_answer_is_asked_for_once_however_it_is_read(
    kind: Kind,
    source: str,
    events: list[Event],
    fault: Fault | None,
    ways: list[tuple[Any, ...]],
) -> None:
    async def flow() -> None:
        answer = play(source, events, fault)
        stage = Stage([answer])
        response = model_of(kind, source, stage).prompt("go")
        reading = Reading(response, stage, *told(source, answer))
        errors = []
        for way in ways:
            await reading.do(*way)
            reading.check()
            errors.append(response.error)
        for error in filter(None, errors):
            assert error is response.error
        del response
        await _dropped(kind, reading.__dict__)
        assert stage.open == 0

    kind.run(flow())


async def _dropped(kind: Kind, holder: dict[str, Any]) -> None:
    """Let go of everything that is held, and let the loop clean up."""
    for name in ("response", "readers"):
        holder.pop(name, None)
    gc.collect()
    await let_others(kind, 12)


@kinds
@pytest.mark.parametrize("source", SOURCES)
def test_an_answer_nobody_holds_is_closed_at_once(kind: Kind, source: str) -> None:
    async def flow() -> None:
        events = [StreamEvent("text", "a", 0), StreamEvent("text", "b", 0)]
        stage = Stage([play(source, [*events, Finish("stop")])])
        reading = reader(model_of(kind, source, stage).prompt("go"))
        await step(reading)
        assert stage.open == 1
        del reading
        await let_others(kind, 12)
        assert stage.open == 0

    gc.disable()  # counting references is enough, where it is all there is
    try:
        kind.run(flow())
    finally:
        gc.enable()


@kinds
@given(
    source=st.sampled_from(SOURCES),
    events=said(calls=1),
    fault=faults,
    taken=st.integers(0, 6),
)
def test_a_block_that_is_left_closes_its_answer(
    kind: Kind, source: str, events: list[Event], fault: Fault | None, taken: int
) -> None:
    async def flow() -> None:
        answer = play(source, events, fault)
        stage = Stage([answer])
        response = model_of(kind, source, stage).prompt("go")
        reading = Reading(response, stage, *told(source, answer))
        if kind is SYNC:
            with response:
                await reading.do("read", 0, taken)
        else:
            async with response:
                await reading.do("read", 0, taken)
        assert stage.open == 0
        assert response.done or response.error is not None
        if not response.done:
            heard = list(response.so_far.events)
            with pytest.raises(type(response.error)):
                await got(response.text())
            assert response.so_far.events == heard

    kind.run(flow())


@given(
    source=st.sampled_from(SOURCES),
    events=said(calls=1),
    fault=faults,
    pauses=st.lists(st.integers(0, 3), min_size=2, max_size=3),
)
def test_tasks_that_read_at_the_same_time_see_the_same(
    source: str, events: list[Event], fault: Fault | None, pauses: list[int]
) -> None:
    async def read(response: Any, pause: int) -> tuple[list[Any], object]:
        seen = []
        try:
            async for event in response.astream_events():
                seen.append(event)
                await let_others(ASYNC, pause)
        except EXPECTED as error:
            return seen, error
        return seen, None

    async def flow() -> None:
        answer = play(source, events, fault)
        stage = Stage([answer])
        response = model_of(ASYNC, source, stage).prompt("go")
        wanted, fails = told(source, answer)
        ends = await asyncio.gather(*(read(response, pause) for pause in pauses))
        content = [e for e in wanted if isinstance(e, StreamEvent)]
        assert [seen for seen, _ in ends] == [content] * len(pauses)
        assert {id(error) for _, error in ends} == {id(response.error)}
        assert fails == (response.error is not None)
        assert (len(stage.answers), stage.open) == (1, 0)

    ASYNC.run(flow())


@given(
    source=st.sampled_from(SOURCES),
    events=said(calls=1),
    turns=st.integers(0, 40),
    asks=st.sampled_from(("text", "messages")),
)
def test_a_task_that_is_cancelled_leaves_nothing_open(
    source: str, events: list[Event], turns: int, asks: str
) -> None:
    async def flow() -> None:
        answer = play(source, events)
        stage = Stage([answer])
        response = model_of(ASYNC, source, stage).prompt("go")
        wanted, _ = told(source, answer)
        task = asyncio.create_task(getattr(response, asks)())
        await let_others(ASYNC, turns)
        task.cancel()
        ended = (await asyncio.gather(task, return_exceptions=True))[0]
        heard = list(response.so_far.events)
        assert heard == wanted[: len(heard)]
        assert stage.open == 0
        if not isinstance(ended, asyncio.CancelledError):
            assert response.done
        elif response.error is not None:
            with pytest.raises(ResponseClosed):
                await response.text()
            assert response.so_far.events == heard
        elif not response.done:  # it had not begun
            await response.text()
        assert len(stage.answers) <= 1

    ASYNC.run(flow())


def test_a_task_that_only_waits_its_turn_can_be_cancelled_alone() -> None:
    async def flow() -> None:
        events: list[Event] = [StreamEvent("text", c, 0) for c in "abcdef"]
        stage = Stage([play("model", [*events, Finish("stop")])])
        response = model_of(ASYNC, "model", stage).prompt("go")
        reads, waits = (asyncio.create_task(response.text()) for _ in range(2))
        await let_others(ASYNC, 2)
        waits.cancel()
        assert await reads == "abcdef"
        assert waits.cancelled()

    ASYNC.run(flow())


def test_aclose_waits_for_the_event_that_a_task_waits_for() -> None:
    async def flow() -> None:
        events: list[Event] = [StreamEvent("text", c, 0) for c in "abcdef"]
        stage = Stage([play("model", [*events, Finish("stop")])])
        response = model_of(ASYNC, "model", stage).prompt("go")
        task = asyncio.create_task(response.text())
        await let_others(ASYNC, 3)
        heard = len(response.so_far.events)
        await response.aclose()
        assert stage.open == 0
        assert len(response.so_far.events) <= heard + 1
        with pytest.raises(ResponseClosed):
            await task

    ASYNC.run(flow())


# ------------------------------------------------------------- conversations


WAYS = ("read", "half", "closed", "unread", "given up")


@kinds
@given(
    source=st.sampled_from(SOURCES),
    turns=st.lists(
        st.tuples(said(), faults, st.sampled_from(WAYS)), min_size=1, max_size=4
    ),
)
def test_a_conversation_holds_complete_answers_only(
    kind: Kind,
    source: str,
    turns: list[tuple[list[Event], Fault | None, str]],
) -> None:
    async def flow() -> None:
        plays = [play(source, events, fault) for events, fault, _ in turns]
        stage = Stage(plays)
        conversation = model_of(kind, source, stage).conversation()
        made: list[Any] = []
        for number, (_, _, way) in enumerate(turns):
            response = await _next_turn(conversation, f"turn {number}", made)
            before = [m for r in made if r.done for m in _said(r)]
            assert list(response.prompt.messages)[:-1] == before
            made.append(response)
            await stopped(partial(_in_some_way, response, way))
            held = [r for r in made if r.done]
            assert conversation.responses == held
            assert conversation.messages == [m for r in held for m in _said(r)]
        for response in made:
            await close(response)
        assert stage.open == 0
        assert len(stage.answers) <= len(plays)

    kind.run(flow())


async def _next_turn(conversation: Any, prompt: str, made: list[Any]) -> Any:
    """The next turn, once the one before was heard or has failed."""
    with suppress(*EXPECTED):
        return conversation.prompt(prompt)
    await stopped(made[-1].messages)
    return conversation.prompt(prompt)


async def _in_some_way(response: Any, way: str) -> None:
    if way == "read":
        await got(response.text())
    elif way in ("half", "given up"):
        events = reader(response)
        await step(events)
        if way == "given up":
            await got(events.aclose() if hasattr(events, "aclose") else events.close())
    elif way == "closed":
        await close(response)


def _said(response: Any) -> list[Message]:
    """What a turn added: its own prompt, and the answer."""
    return [response.prompt.messages[-1], *response.so_far.messages()]


@kinds
@pytest.mark.parametrize("source", SOURCES)
def test_an_interrupt_is_for_who_was_interrupted_alone(kind: Kind, source: str) -> None:
    # asyncio stops its loop at a KeyboardInterrupt: there a cancellation stands for it.
    interrupt = KeyboardInterrupt if kind is SYNC else asyncio.CancelledError

    async def flow() -> None:
        answer = play(source, [StreamEvent("text", "a", 0), Finish("stop")])
        steps = [*answer.steps[:2], interrupt()]
        stage = Stage([Play(steps, answer.status, answer.headers)])
        response = model_of(kind, source, stage).prompt("go")
        with pytest.raises(interrupt):
            await got(response.text())
        for _ in range(2):
            with pytest.raises(ResponseClosed, match=interrupt.__name__):
                await got(response.text())
        assert (len(stage.answers), stage.open) == (1, 0)

    kind.run(flow())
