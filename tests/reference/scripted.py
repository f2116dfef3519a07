"""Scripted: models and transports that say what they are told to, and count.

A test is written once, as a coroutine, and run with models of both kinds: what a
synchronous one gives is there at once, and what an asynchronous one gives is awaited.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Generator,
    Iterable,
    Iterator,
    Sequence,
)
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from harness.message.events import Event
from harness.providers._provider import Provider
from harness.reference.model import AsyncModel, Model
from harness.reference.prompt import Prompt
from harness.reference.wired import AsyncWiredModel, WiredModel
from harness.wire.http import Answer, AsyncAnswer, Headers, Request

T = TypeVar("T")
Flow: TypeAlias = Coroutine[Any, Any, T]
Said: TypeAlias = Event | str | bytes

STREAM: Headers = (("content-type", "text/event-stream"),)
JSON: Headers = (("content-type", "application/json"),)


@dataclass(frozen=True)
class Play:
    """One answer, step by step; a step that is an exception is raised instead.

    Of a model the steps are events, of a transport the chunks of the body.
    """

    steps: Sequence[Said | BaseException]
    status: int = 200
    headers: Headers = STREAM


@dataclass
class Given:
    """How an answer was taken: how many of its steps, and whether it was closed."""

    steps: int = 0
    closed: bool = False


@dataclass
class Stage:
    """What is played, one answer after the other, and how each was taken.

    Attributes:
        sent: of a transport, the requests.
        prompts: of a model, what it was asked.
    """

    plays: Sequence[Play]
    answers: list[Given] = field(default_factory=list)
    sent: list[Request] = field(default_factory=list)
    prompts: list[Prompt] = field(default_factory=list)

    def next(self) -> tuple[Play, Given]:
        """The next answer; the test has gone wrong where there is none."""
        number = len(self.answers)
        assert number < len(self.plays), f"answer {number + 1} was never written"
        self.answers.append(Given())
        return self.plays[number], self.answers[number]

    @property
    def open(self) -> int:
        """How many answers were begun and are not closed."""
        return sum(not answer.closed for answer in self.answers)


class Actor(Model):
    """A model that gives what is on its stage."""

    model_id = "scripted"

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def execute(
        self, prompt: Prompt, stream: bool, response: object, conversation: Any
    ) -> Iterator[Event | str]:
        """The next answer; asking for it counts, and not only hearing it."""
        self.stage.prompts.append(prompt)
        return acted(*self.stage.next())


class AsyncActor(AsyncModel):
    """The same, awaited: before each step others have their turn."""

    model_id = "scripted"

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def execute(
        self, prompt: Prompt, stream: bool, response: object, conversation: Any
    ) -> AsyncIterator[Event | str]:
        """The next answer."""
        self.stage.prompts.append(prompt)
        return aacted(*self.stage.next())


@dataclass
class Line:
    """A transport that gives what is on its stage."""

    stage: Stage

    def send(self, request: Request) -> Answer:
        """The next answer."""
        self.stage.sent.append(request)
        play, given = self.stage.next()
        chunks = acted(play, given)
        return Answer(play.status, play.headers, chunks, lambda: _close(chunks, given))


@dataclass
class AsyncLine:
    """The same, awaited."""

    stage: Stage

    async def send(self, request: Request) -> AsyncAnswer:
        """The next answer."""
        await asyncio.sleep(0)
        self.stage.sent.append(request)
        play, given = self.stage.next()
        chunks = aacted(play, given)

        async def close() -> None:
            await chunks.aclose()
            given.closed = True

        return AsyncAnswer(play.status, play.headers, chunks, close)


def acted(play: Play, given: Given) -> Generator[Any, None, None]:
    """The steps, as they are taken."""
    try:
        for step in play.steps:
            given.steps += 1
            if isinstance(step, BaseException):
                raise step
            yield step
    finally:
        given.closed = True


async def aacted(play: Play, given: Given) -> AsyncGenerator[Any, None]:
    """The same, awaited."""
    try:
        for step in play.steps:
            await asyncio.sleep(0)
            given.steps += 1
            if isinstance(step, BaseException):
                raise step
            yield step
        await asyncio.sleep(0)
    finally:
        given.closed = True


def _close(chunks: Any, given: Given) -> None:
    chunks.close()
    given.closed = True


# ------------------------------------------------------------------- both kinds


@dataclass(frozen=True)
class Kind:
    """One way to wait, with the models that are waited for like that.

    Attributes:
        run: runs a test to its end.
        actor: a model of ours on a stage.
        wired: a model on a wire, its transport on a stage.
    """

    name: str
    run: Callable[[Flow[Any]], Any]
    actor: Callable[[Stage], Any]
    wired: Callable[..., Any]

    def __repr__(self) -> str:
        return self.name


def run_at_once(flow: Flow[T]) -> T:
    """Run what never waits, without a loop."""
    try:
        flow.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    flow.close()
    raise AssertionError("a synchronous model waited")


def run_awaiting(flow: Flow[T]) -> T:
    """Run in a loop that must have nothing to complain of."""
    complaints: list[dict[str, Any]] = []

    async def watched() -> T:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: complaints.append(context))
        result = await flow
        await asyncio.sleep(0)
        return result

    result = asyncio.run(watched())
    assert complaints == []
    return result


def sync_wired(stage: Stage, provider: Provider, **how: Any) -> WiredModel:
    """A model on this wire that is waited for."""
    return WiredModel(provider, "m", transport=Line(stage), **{"key": "k"} | how)


def async_wired(stage: Stage, provider: Provider, **how: Any) -> AsyncWiredModel:
    """A model on this wire that is awaited."""
    line = AsyncLine(stage)
    return AsyncWiredModel(provider, "m", transport=line, **{"key": "k"} | how)


SYNC = Kind("sync", run_at_once, Actor, sync_wired)
ASYNC = Kind("async", run_awaiting, AsyncActor, async_wired)
KINDS = (SYNC, ASYNC)


async def got(value: Awaitable[T] | T) -> T:
    """What a method of either kind gave."""
    if inspect.isawaitable(value):
        awaited: T = await value
        return awaited
    return value


async def each(items: Any) -> AsyncIterator[Any]:
    """The items of either kind."""
    if hasattr(items, "__aiter__"):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item


def reader(response: Any) -> Any:
    """The content events of either kind, not yet read."""
    read = getattr(response, "astream_events", None) or response.stream_events
    return read()


async def step(items: Any) -> Any:
    """The next item of either kind; ``None`` at the end."""
    try:
        return await anext(items) if hasattr(items, "__anext__") else next(items)
    except (StopIteration, StopAsyncIteration):
        return None


async def close(response: Any) -> None:
    """Close either kind."""
    await got(response.aclose() if hasattr(response, "aclose") else response.close())


def pieces(body: bytes, size: int) -> tuple[bytes, ...]:
    """A body cut after every ``size`` bytes."""
    return tuple(body[at : at + size] for at in range(0, len(body), size))


def all_of(items: Iterable[T]) -> tuple[list[T], Exception | None]:
    """The items up to an exception, and that."""
    heard: list[T] = []
    try:
        heard.extend(items)
    except Exception as error:  # whatever a script raises
        return heard, error
    return heard, None
