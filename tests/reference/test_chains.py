"""Chains: whatever stops one, nothing is asked, run or said twice, then or later."""

from __future__ import annotations

import asyncio
import gc
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import HarnessError, ResponseClosed
from harness.message.events import Event, Finish, StreamEvent
from harness.message.parts import Message, TextPart, ToolCallPart, ToolResultPart
from harness.reference.tools.tool import CancelToolCall, PauseChain, Tool
from tests.reference.faults import (
    EXPECTED,
    SOURCES,
    Fault,
    let_others,
    model_of,
    play,
    said,
    some_fault,
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
    each,
    got,
    reader,
    step,
)

pytestmark = pytest.mark.usefixtures("quiet")
kinds = pytest.mark.parametrize("kind", KINDS, ids=repr)


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
    def calls(self) -> list[str]:
        """The ids of all calls."""
        return [
            str(event.tool_call_id)
            for events in self.answers
            for event in events
            if event.type == "tool_call_name" and isinstance(event, StreamEvent)
        ]

    @property
    def text(self) -> str:
        """All that is said when nothing fails."""
        whole = ""
        for events in self.answers:
            said = "".join(
                e.chunk
                for e in events
                if isinstance(e, StreamEvent) and e.type == "text"
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
        draw(st.none() | st.tuples(st.integers(0, len(counts)), some_fault)),
        draw(st.booleans()),
    )


def begun(kind: Kind, source: str, stage: Stage, tools: Tools) -> Any:
    """A chain, not yet read."""
    return model_of(kind, source, stage).chain(
        "go",
        tools=[tools.tool()],
        before_call=tools.before,
        after_call=tools.after,
    )


@kinds
@given(story=stories())
def test_a_chain_that_stops_stays_as_it_is(kind: Kind, story: Story) -> None:
    async def flow() -> None:
        stage, tools = story.stage(), Tools(story.troubles, story.waits)
        chain = begun(kind, story.source, stage, tools)
        error = await stopped(chain.text)
        asked, ran = len(stage.answers), tools.started.copy()
        assert all(count == 1 for count in ran.values())
        assert stage.open == 0
        for _ in range(2):
            assert await stopped(chain.text) is error
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
    # One by one: what came before a failure stays.
    async for item in each(items):
        into.append(item)  # noqa: PERF401  # see above


@kinds
@given(story=stories())
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
                after_call=tools.after,
            )
            heard: list[Any] = []
            error = await stopped(partial(_gather, chain.responses(), heard))
            texts += [r.so_far.text() for r in heard if r.done]
            for response in heard:
                roles = [message.role for message in response.prompt.messages]
                assert ("tool", "tool") not in pairwise(roles)
            history = reloaded(chain.history)
            prompt = None
            if error is None:
                break
            if isinstance(error, PauseChain):
                assert error.tool_call is not None
                assert not error.tool_results or history[-1].role == "tool"
                tools.troubles.pop(str(error.tool_call.tool_call_id))
            else:  # whoever wrote the hook mends it
                tools.troubles = {
                    id_: trouble
                    for id_, trouble in tools.troubles.items()
                    if trouble not in ("before", "after")
                }
        assert error is None
        assert texts == [
            "".join(e.chunk for e in events if e.type == "text")  # type: ignore[union-attr]  # only a StreamEvent has that type
            for events in story.answers
        ]
        cancelled = {i for i, trouble in story.troubles.items() if trouble == "cancel"}
        assert tools.ended == Counter(set(story.calls) - cancelled)
        assert len(stage.answers) == len(stage.plays)
        assert stage.open == 0

    kind.run(flow())


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
        chain = begun(kind, story.source, stage, tools)
        events = reader(chain)
        first = await stopped(partial(_take, events, taken))
        await got(events.aclose() if kind is ASYNC else events.close())
        error = await stopped(chain.text)
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
        chain = begun(SYNC, story.source, stage, tools)
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
                await let_others(ASYNC, pause)
        except EXPECTED as error:
            return seen, error
        return seen, None

    async def flow() -> None:
        stage, tools = story.stage(), Tools(story.troubles, waits=True)
        chain = begun(ASYNC, story.source, stage, tools)
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
        chain = begun(ASYNC, story.source, stage, tools)
        task = asyncio.create_task(chain.text())
        await let_others(ASYNC, turns)
        task.cancel()
        left = (await asyncio.gather(task, return_exceptions=True))[0]
        assert stage.open == 0
        asked, ran = len(stage.answers), tools.started.copy()
        assert all(count == 1 for count in ran.values())
        if not isinstance(left, asyncio.CancelledError) or turns == 0:
            return
        error = await stopped(chain.text)
        if error is not None:
            assert isinstance(error, HarnessError)
            assert (len(stage.answers), tools.started) == (asked, ran)
        ended = tools.ended.copy()
        answered = sum(m.role == "assistant" for m in chain.history)
        unsaid = [play(story.source, events) for events in story.answers[answered:]]
        later = model_of(ASYNC, story.source, Stage(unsaid)).chain(
            messages=reloaded(chain.history),
            tools=[tools.tool()],
            before_call=tools.before,
        )
        assert await stopped(later.text) is None
        assert all(tools.ended[id_] == count == 1 for id_, count in ended.items())

    ASYNC.run(flow())


@kinds
@pytest.mark.parametrize("source", SOURCES)
def test_a_chain_nobody_holds_is_closed_and_goes_no_further(
    kind: Kind, source: str
) -> None:
    async def flow() -> None:
        words: list[Event] = [StreamEvent("text", "b", 0), Finish("stop")]
        stage = Stage([play(source, events) for events in (CALLED, words)])
        tools = Tools({})
        events = reader(begun(kind, source, stage, tools))
        while (await step(events)).type != "text":
            pass
        assert stage.open == 1
        del events
        await let_others(kind, 12)
        gc.collect()  # a conversation and its last response hold each other
        await let_others(kind, 12)
        assert (len(stage.answers), stage.open) == (1, 0)
        assert tools.started == {}

    kind.run(flow())


@kinds
def test_an_interrupt_in_a_tool_is_for_who_was_interrupted_alone(kind: Kind) -> None:
    interrupt = KeyboardInterrupt if kind is SYNC else asyncio.CancelledError

    def stop(n: int) -> str:
        raise interrupt

    async def flow() -> None:
        stage = Stage([Play(CALLED)])
        tool = Tool("count", None, {"type": "object"}, stop)
        chain = kind.actor(stage).chain("go", tools=[tool])
        with pytest.raises(interrupt):
            await got(chain.text())
        for _ in range(2):
            with pytest.raises(ResponseClosed, match=interrupt.__name__):
                await got(chain.text())
        assert (len(stage.answers), stage.open) == (1, 0)

    kind.run(flow())


CALLED: list[Event] = [
    StreamEvent("text", "a", 0),
    StreamEvent("tool_call_name", "count", 1, "call_0_0"),
    StreamEvent("tool_call_args", '{"n": 0}', 1, "call_0_0"),
    Finish("tool_calls"),
]


@kinds
def test_what_tools_came_to_is_not_lost_where_the_next_prompt_cannot_be_made(
    kind: Kind,
) -> None:
    async def flow() -> None:
        stage, tools = Stage([]), Tools({})
        model = model_of(kind, "model", stage)
        model.supports_schema = False
        asked = Message("user", (TextPart("go"),))
        called = Message("assistant", (ToolCallPart("count", {"n": 1}, "call_0_0"),))
        chain = model.chain(
            messages=[asked, called], tools=[tools.tool()], schema={"type": "object"}
        )
        assert isinstance(await stopped(chain.text), HarnessError)
        assert tools.ended == {"call_0_0": 1}
        results = Message("tool", (ToolResultPart("count", "result 1", "call_0_0"),))
        assert chain.history == [asked, called, results]

    kind.run(flow())
