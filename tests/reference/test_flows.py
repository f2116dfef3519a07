"""Flows: whatever stops them, nothing is sent, run or said twice, or left open."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ConnectionLost, HarnessError, ResponseClosed, UsageError
from harness.message.assemble import assemble
from harness.message.events import Error, Event, Finish, StreamEvent, Usage
from harness.message.parts import Message, ToolCallPart
from harness.providers import PROVIDERS
from harness.providers._square import hear
from harness.reference.tools.tool import CancelToolCall, PauseChain, Tool
from tests.corpus.wires import ANTHROPIC, CHAT, RESPONSES
from tests.reference.scripted import (
    ASYNC,
    KINDS,
    SYNC,
    Kind,
    Play,
    Said,
    Stage,
    all_of,
    close,
    each,
    got,
    reader,
    step,
)

SOURCES = ("model", ANTHROPIC, CHAT, RESPONSES)
"""Who says the answers: a model of ours, or bytes on one of the wires."""

kinds = pytest.mark.parametrize("kind", KINDS, ids=repr)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Nothing may go wrong where nobody looks: in ``__del__``, or in a collection."""
    noises: list[Any] = []
    before, sys.unraisablehook = sys.unraisablehook, noises.append
    gc.collect()
    gc.freeze()  # a collection then looks at what the test made, and is quick
    try:
        yield
        gc.collect()
    finally:
        gc.unfreeze()
        sys.unraisablehook = before
    assert [str(noise.exc_value) for noise in noises] == []


# ------------------------------------------------------------------- scripts


@dataclass(frozen=True)
class Fault:
    """What goes wrong, and after how many steps."""

    what: str
    after: int


WORDS = ("Hi", " there", "é", "\n", "x" * 40)
faults = st.none() | st.builds(
    Fault, st.sampled_from(("lost", "error", "broken", "ends")), st.integers(0, 8)
)


@st.composite
def said(draw: st.DrawFn, calls: int = 0, number: int = 0) -> list[Event]:
    """An answer: some words, then that many calls."""
    words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4))
    events: list[Event] = [StreamEvent("text", word, 0) for word in words]
    for call in range(calls):
        id_, index = f"call_{number}_{call}", call + 1
        arguments = json.dumps({"n": call})
        events += [
            StreamEvent("tool_call_name", "count", index, id_),
            StreamEvent("tool_call_args", arguments, index, id_),
        ]
    return [*events, Usage(1, 2), Finish("tool_calls" if calls else "stop")]


def play(source: str, events: Sequence[Event], fault: Fault | None = None) -> Play:
    """The answer from that source, up to where it fails if it does."""
    steps: list[Said | BaseException]
    if source == "model":
        steps = [*events]
    else:
        provider = PROVIDERS[source]
        steps = [*provider.framing.write(provider.synthesise(events))]
    if fault is not None:
        del steps[fault.after :]
        steps += FAULTS[fault.what](source)
    return Play(steps)


def _error(source: str) -> list[Said | BaseException]:
    return [Error("busy", "overloaded", 529) if source == "model" else ERRORS[source]]


ERRORS = {
    ANTHROPIC: b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error",'
    b'"message":"busy"}}\n\n',
    CHAT: b'data: {"error":{"message":"busy","type":"server_error","code":503}}\n\n',
    RESPONSES: b'event: error\ndata: {"type":"error","code":"server_error",'
    b'"message":"busy","sequence_number":9}\n\n',
}
FAULTS: dict[str, Callable[[str], list[Said | BaseException]]] = {
    "lost": lambda source: [ConnectionLost("the wire was cut")],
    "error": _error,
    "broken": lambda source: (
        [RuntimeError("a bug")] if source == "model" else [b'data: {"a\n\n']
    ),
    "ends": lambda source: [],
}


def told(source: str, answer: Play) -> tuple[list[Event], bool]:
    """What is to be heard of it, and whether it fails: worked out without a model."""
    chunks = _raising(answer.steps)
    heard, error = all_of(
        chunks
        if source == "model"
        else hear(PROVIDERS[source], 200, answer.headers, chunks)
    )
    ends = next((n for n, e in enumerate(heard, 1) if isinstance(e, Error)), None)
    return heard[:ends], error is not None or ends is not None


def _raising(steps: Sequence[Any]) -> Iterator[Any]:
    for said in steps:
        if isinstance(said, BaseException):
            raise said
        yield said


def model_of(kind: Kind, source: str, stage: Stage) -> Any:
    """The model whose answers are on the stage."""
    if source == "model":
        return kind.actor(stage)
    return kind.wired(stage, PROVIDERS[source])


EXPECTED = (HarnessError, RuntimeError)
"""What faults come to."""


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
        try:
            if what == "read":
                await self.read(number, count)
            else:
                await getattr(self, what)()
        except EXPECTED as error:
            assert error is self.response.error

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
        assert stage.open == (0 if over else len(stage.answers))
        if self.response.done:
            assert heard == self.wanted
            assert not self.fails
            assert self.response.error is None


@kinds
@given(
    source=st.sampled_from(SOURCES), events=said(calls=0), fault=faults, ways=reads
)
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
    await _turns(kind, 12)


async def _turns(kind: Kind, count: int) -> None:
    """Let others have their turns, if there is a loop."""
    if kind is ASYNC:
        for _ in range(count):
            await asyncio.sleep(0)


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
        await _turns(kind, 12)
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
                await _turns(ASYNC, pause)
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
        await _turns(ASYNC, turns)
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
        await _turns(ASYNC, 2)
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
        await _turns(ASYNC, 3)
        heard = len(response.so_far.events)
        await response.aclose()
        assert stage.open == 0
        assert len(response.so_far.events) <= heard + 1
        with pytest.raises(ResponseClosed):
            await task

    ASYNC.run(flow())


# ------------------------------------------------------------------- chains


@dataclass
class Tools:
    """The one tool there is, told what to do by the id of each call.

    ``ran`` counts calls by what became of them: ``started`` and ``ended``.
    """

    troubles: dict[str, str]
    waits: bool = False
    started: Counter[str | None] = field(default_factory=Counter)
    ended: Counter[str | None] = field(default_factory=Counter)

    def tool(self) -> Tool:
        """The tool as a model is given it."""
        run = self.arun if self.waits else self.run
        return Tool("count", None, {"type": "object"}, run)

    def run(self, llm_tool_call: ToolCallPart, n: int) -> str:
        """Run a call."""
        id_ = llm_tool_call.tool_call_id
        self.started[id_] += 1
        trouble = self.troubles.get(str(id_))
        if trouble == "pause":
            raise PauseChain("ask first")
        self.ended[id_] += 1
        if trouble == "fails":
            raise ValueError("the tool failed")
        return f"result {n}"

    async def arun(self, llm_tool_call: ToolCallPart, n: int) -> str:
        """The same, awaited."""
        await asyncio.sleep(0)
        return self.run(llm_tool_call, n)

    def before(self, tool: Tool | None, call: ToolCallPart) -> None:
        """Hear of a call before it is run."""
        trouble = self.troubles.get(str(call.tool_call_id))
        if trouble == "cancel":
            raise CancelToolCall("not this one")
        if trouble == "before":
            raise RuntimeError("a bug in a hook")

    def after(self, tool: Tool, call: ToolCallPart, result: object) -> None:
        """Hear what a call came to."""
        if self.troubles.get(str(call.tool_call_id)) == "after":
            raise RuntimeError("a bug in a hook")


TROUBLES = ("pause", "fails", "cancel", "before", "after")
STOPPING = ("pause", "before", "after")
"""Those that stop a chain; the model is told of the others."""


@dataclass(frozen=True)
class Story:
    """A chain as it would go: answers, which of them fails, and troublesome calls."""

    source: str
    answers: list[list[Event]]
    troubles: dict[str, str]
    fault: tuple[int, Fault] | None
    waits: bool

    def stage(self) -> Stage:
        """The answers, and after one that fails the same again."""
        plays = [play(self.source, events) for events in self.answers]
        failing = self.failing()
        if failing is not None:
            plays.insert(*failing)
        return Stage(plays)

    def failing(self) -> tuple[int, Play] | None:
        """The answer that fails, and which it is."""
        if self.fault is None:
            return None
        number, fault = self.fault
        answer = play(self.source, self.answers[number], fault)
        return (number, answer) if told(self.source, answer)[1] else None

    @property
    def text(self) -> str:
        """All that is said when nothing fails."""
        whole = ""
        for events in self.answers:
            said = "".join(
                e.chunk for e in events if isinstance(e, StreamEvent) and e.type == "text"
            )
            apart = whole and not whole[-1].isspace() and not said[0].isspace()
            whole += (" " if apart else "") + said
        return whole


@st.composite
def stories(draw: st.DrawFn, troubles: Sequence[str] = TROUBLES) -> Story:
    """Chains of up to three rounds of up to three calls."""
    counts = draw(st.lists(st.integers(1, 3), max_size=2))
    answers = [draw(said(calls=c, number=n)) for n, c in enumerate([*counts, 0])]
    ids = [f"call_{n}_{c}" for n, count in enumerate(counts) for c in range(count)]
    trouble: dict[str, str] = {}
    if ids and troubles:
        keys, values = st.sampled_from(ids), st.sampled_from(troubles)
        trouble = draw(st.dictionaries(keys, values, max_size=2))
    return Story(
        draw(st.sampled_from(SOURCES)),
        answers,
        trouble,
        draw(st.none() | st.tuples(st.integers(0, len(counts)), faults.filter(bool))),
        draw(st.booleans()),
    )


def begun(kind: Kind, story: Story, stage: Stage, tools: Tools) -> Any:
    """The chain of a story, not yet read."""
    return model_of(kind, story.source, stage).chain(
        "go",
        tools=[tools.tool()],
        before_call=tools.before,
        after_call=tools.after,
    )


async def stopped(reading: Callable[[], Awaitable[Any]]) -> BaseException | None:
    """What stopped it, if anything did."""
    try:
        await reading()
    except (*EXPECTED, PauseChain) as error:
        return error
    return None


@kinds
@given(story=stories())
def test_a_chain_that_stops_stays_as_it_is(kind: Kind, story: Story) -> None:
    async def flow() -> None:
        stage, tools = story.stage(), Tools(story.troubles, story.waits)
        chain = begun(kind, story, stage, tools)
        error = await stopped(lambda: got(chain.text()))
        asked, ran = len(stage.answers), tools.started.copy()
        assert all(count == 1 for count in ran.values())
        assert stage.open == 0
        for _ in range(2):
            assert await stopped(lambda: got(chain.text())) is error
        assert (len(stage.answers), tools.started) == (asked, ran)
        if error is None:
            assert await got(chain.text()) == story.text
        responses: list[Any] = []
        with_error = await stopped(partial(_gather, chain.responses(), responses))
        assert with_error is error
        for response in responses:
            assert response.done or response.error is not None

    kind.run(flow())


async def _gather(items: Any, into: list[Any]) -> None:
    async for item in each(items):
        into.append(item)


@kinds
@given(story=stories(troubles=("pause", "fails", "cancel")))
def test_a_chain_goes_on_from_where_it_stopped(kind: Kind, story: Story) -> None:
    async def flow() -> None:
        stage, tools = story.stage(), Tools(dict(story.troubles), story.waits)
        history: list[Message] = []
        prompt: str | None = "go"
        texts: list[str] = []
        for _ in range(8):
            chain = model_of(kind, story.source, stage).chain(
                prompt,
                messages=history or None,
                tools=[tools.tool()],
                before_call=tools.before,
            )
            heard: list[Any] = []
            error = await stopped(partial(_gather, chain.responses(), heard))
            texts += [r.so_far.text() for r in heard if r.done]
            history = reloaded(so_far(chain, heard))
            prompt = None
            if error is None:
                break
            if isinstance(error, PauseChain):
                assert error.tool_call is not None
                results = tuple(result.part() for result in error.tool_results)
                history = joined(history, results)
                tools.troubles.pop(str(error.tool_call.tool_call_id))
        assert error is None
        assert texts == [
            "".join(e.chunk for e in events if e.type == "text")  # type: ignore[union-attr]  # only a StreamEvent has that type
            for events in story.answers
        ]
        assert all(count == 1 for count in tools.ended.values())
        assert len(stage.answers) == len(stage.plays)
        assert stage.open == 0

    kind.run(flow())


def so_far(chain: Any, heard: list[Any]) -> list[Message]:
    """All that was said in a chain that stopped; what was only begun is not said."""
    if not heard:
        return list(chain.prompt.messages)
    last = heard[-1]
    return [*last.prompt.messages, *(last.so_far.messages() if last.done else ())]


def joined(history: list[Message], results: tuple[Any, ...]) -> list[Message]:
    """The history with the results, beside those that are there."""
    if not results:
        return history
    if history[-1].role == "tool":
        return [*history[:-1], Message("tool", (*history[-1].parts, *results))]
    return [*history, Message("tool", results)]


def reloaded(history: list[Message]) -> list[Message]:
    """The history after a trip through JSON."""
    written = json.dumps([message.to_dict() for message in history])
    return [Message.from_dict(data) for data in json.loads(written)]


@kinds
@given(story=stories(troubles=("fails", "cancel")), taken=st.integers(0, 20))
def test_a_chain_that_nobody_reads_on_is_read_on_later(
    kind: Kind, story: Story, taken: int
) -> None:
    async def flow() -> None:
        stage, tools = story.stage(), Tools(story.troubles, story.waits)
        chain = begun(kind, story, stage, tools)
        events = reader(chain)
        first = await stopped(partial(_take, events, taken))
        await got(events.aclose() if kind is ASYNC else events.close())
        error = await stopped(lambda: got(chain.text()))
        assert first in (None, error)
        if error is None:
            assert await got(chain.text()) == story.text
        assert all(count == 1 for count in tools.started.values())
        assert len(stage.answers) <= len(story.answers)
        assert stage.open == 0

    kind.run(flow())


async def _take(items: Any, count: int) -> list[Any]:
    taken = [await step(items) for _ in range(count)]
    return [item for item in taken if item is not None]


@given(
    story=stories(troubles=("fails", "cancel")),
    pattern=st.lists(st.booleans(), min_size=1, max_size=20),
)
def test_two_readers_of_one_chain_see_the_same(
    story: Story, pattern: list[bool]
) -> None:
    async def flow() -> None:
        stage, tools = story.stage(), Tools(story.troubles)
        chain = begun(SYNC, story, stage, tools)
        readers, seen = (reader(chain), reader(chain)), ([], [])  # type: ignore[var-annotated]  # of events
        errors: list[BaseException | None] = [None, None]
        for turn in [*pattern, *[False, True] * 80]:
            try:
                seen[turn].extend(await _take(readers[turn], 1))
            except EXPECTED as error:
                errors[turn] = error
        assert seen[0] == seen[1]
        assert errors[0] is errors[1]
        assert all(count == 1 for count in tools.started.values())

    SYNC.run(flow())


@given(
    story=stories(troubles=("fails", "cancel")),
    pauses=st.lists(st.integers(0, 3), min_size=2, max_size=3),
)
def test_tasks_that_read_one_chain_at_the_same_time_see_the_same(
    story: Story, pauses: list[int]
) -> None:
    async def read(chain: Any, pause: int) -> tuple[list[Any], object]:
        seen = []
        try:
            async for event in chain.astream_events():
                seen.append(event)
                await _turns(ASYNC, pause)
        except EXPECTED as error:
            return seen, error
        return seen, None

    async def flow() -> None:
        stage, tools = story.stage(), Tools(story.troubles, waits=True)
        chain = begun(ASYNC, story, stage, tools)
        ends = await asyncio.gather(*(read(chain, pause) for pause in pauses))
        assert all(seen == ends[0][0] for seen, _ in ends)
        assert len({id(error) for _, error in ends}) == 1
        assert all(count == 1 for count in tools.started.values())
        assert stage.open == 0
        if ends[0][1] is None:
            assert await chain.text() == story.text

    ASYNC.run(flow())


@given(story=stories(troubles=("fails", "cancel")), turns=st.integers(0, 60))
def test_a_chain_that_is_cancelled_can_be_gone_on_from(
    story: Story, turns: int
) -> None:
    async def flow() -> None:
        stage, tools = story.stage(), Tools(story.troubles, waits=True)
        chain = begun(ASYNC, story, stage, tools)
        task = asyncio.create_task(chain.text())
        await _turns(ASYNC, turns)
        task.cancel()
        ended = (await asyncio.gather(task, return_exceptions=True))[0]
        assert stage.open == 0
        asked, ran = len(stage.answers), tools.started.copy()
        assert all(count == 1 for count in ran.values())
        if not isinstance(ended, asyncio.CancelledError) or turns == 0:
            return
        error = await stopped(chain.text)
        if error is not None:
            assert isinstance(error, HarnessError)
            assert (len(stage.answers), tools.started) == (asked, ran)

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
    try:
        return conversation.prompt(prompt)
    except EXPECTED as error:
        last = made[-1]
        if isinstance(error, UsageError):  # it must be awaited
            await stopped(last.messages)
        else:
            assert error is last.error
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
