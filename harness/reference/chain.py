"""Chain: answer, run what it calls, ask again, until nothing is called any more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from harness.errors import ChainLimitExceeded, ResponseClosed
from harness.message.events import StreamEvent
from harness.message.parts import Message, ToolCallPart
from harness.reference.answered import Answered
from harness.reference.async_response import AsyncResponse
from harness.reference.prompt import Prompt, pending_calls, with_results
from harness.reference.response import Response
from harness.reference.tools.execute import (
    AfterCall,
    BeforeCall,
    Done,
    aexecute,
    execute,
    in_order,
)
from harness.reference.tools.tool import ToolResult

if TYPE_CHECKING:  # to name a type; see _reach
    import asyncio

Made = TypeVar("Made", bound=Answered)


@dataclass(frozen=True, slots=True)
class Run:
    """What a chain wants next, if it is not another answer: these calls run."""

    calls: Sequence[ToolCallPart]


Rounds: TypeAlias = Generator["Made | Run", "list[ToolResult] | None", None]


def rounds(
    prompt: Prompt, make: Callable[[Prompt], Made], limit: int | None
) -> Rounds[Made]:
    """The flow of a chain, for either driver.

    Yields responses, and goes on when they are complete; yields calls, and is sent
    what they came to. A history that ends in calls without results is resumed: they
    are run first.

    Raises:
        ChainLimitExceeded: if the last response allowed still calls tools; they are
            not run, so that the chain can be resumed.
    """
    calls = pending_calls(prompt.messages) if prompt.tools else []
    count = 0
    while True:
        if calls:
            results = yield Run(calls)
            prompt = _with(prompt, results or [])
        response = make(prompt)
        count += 1
        yield response
        calls = response._calls()
        if not calls:
            return
        if limit is not None and count >= limit:
            names = ", ".join(call.name for call in calls)
            raise ChainLimitExceeded(
                f"Chain limit of {limit} exceeded: the last answer calls {names}"
            )
        said = (*prompt.messages, *response.so_far.messages())
        prompt = replace(prompt, messages=said)


def _with(prompt: Prompt, results: list[ToolResult]) -> Prompt:
    """The next turn: all as before, with the results in place of words."""
    return replace(
        prompt,
        messages=tuple(with_results(prompt.messages, results)),
        prompt="",
        system=None,
        attachments=(),
        tool_results=tuple(results),
    )


class Chained(Generic[Made]):
    """What chains of both kinds have.

    Attributes:
        prompt: the first of its prompts.
        before_call: is told of each call, and may raise ``CancelToolCall``.
        after_call: is told of each result.
    """

    def __init__(
        self,
        prompt: Prompt,
        make: Callable[[Prompt], Made],
        chain_limit: int | None = None,
        before_call: BeforeCall | None = None,
        after_call: AfterCall | None = None,
    ) -> None:
        self.prompt = prompt
        self.before_call = before_call
        self.after_call = after_call
        self._done: Done = {}
        self._responses: list[Made] = []
        self._flow: Rounds[Made] = rounds(prompt, make, chain_limit)
        self._over: BaseException | bool = False

    @property
    def history(self) -> list[Message]:
        """All that was said so far, and what tools came to that have ended.

        A chain that stopped, for whatever reason, is resumed by one whose
        ``messages`` these are: no call is run twice.
        """
        said = list(self.prompt.messages)
        if self._responses:
            last = self._responses[-1]
            said = list(last.prompt.messages)
            said += last.so_far.messages() if last.done else ()
        return with_results(said, in_order(self._done))

    def _next(self, results: list[ToolResult] | None) -> Made | Run | None:
        """The flow's next wish; ``None`` when it has none."""
        try:
            return self._flow.send(results)
        except StopIteration:
            self._over = True
            return None

    def _stop(self, error: BaseException) -> None:
        """Remember what the chain stopped at."""
        if not isinstance(error, Exception):
            # Somebody pressed Ctrl-C, or the task was cancelled: not who reads next.
            error = ResponseClosed(f"interrupted by {type(error).__name__}")
        self._over = error

    def _stand(self) -> None:
        """Raises what the chain stopped at, if it did."""
        if isinstance(self._over, BaseException):
            raise self._over


class ChainResponse(Chained[Response]):
    """Responses one after the other, and the tools between them.

    However often it is read, each prompt is sent once and each call is run once. It
    raises what :class:`Response` does, ``PauseChain`` if a tool does, and
    ``ChainLimitExceeded``.
    """

    def responses(self) -> Iterator[Response]:
        """Each response; the next is made when it is asked for."""
        position = 0
        while position < len(self._responses) or self._advance():
            yield self._responses[position]
            position += 1

    def stream_events(self) -> Iterator[StreamEvent]:
        """The content events of all responses, a space between texts that need one."""
        last = ""
        for response in self.responses():
            first = True
            for event in response.stream_events():
                if event.type == "text" and event.chunk:
                    if first and _run_together(last, event.chunk):
                        yield SPACE
                    first, last = False, event.chunk
                yield event

    def __iter__(self) -> Iterator[str]:
        """The text of all responses, a space between those that need one."""
        return (event.chunk for event in self.stream_events() if event.type == "text")

    def text(self) -> str:
        """All of the text."""
        return "".join(self)

    def _advance(self) -> bool:
        """Make the next response; whether there is one."""
        if self._over:
            self._stand()
            return False
        try:
            if self._responses:
                self._responses[-1]._force()
            step = self._next(None)
            while isinstance(step, Run):
                results = execute(
                    step.calls,
                    self.prompt.tools,
                    self.before_call,
                    self.after_call,
                    self._done,
                )
                step = self._next(results)
                self._done = {}  # its prompt has them
        except BaseException as error:
            self._stop(error)
            raise
        if step is not None:
            self._responses.append(step)
        return step is not None


class AsyncChainResponse(Chained[AsyncResponse]):
    """A :class:`ChainResponse` whose reading is awaited.

    Tasks may read it at the same time.
    """

    _lock: asyncio.Lock | None = None

    async def responses(self) -> AsyncIterator[AsyncResponse]:
        """Each response; the next is made when it is asked for."""
        position = 0
        while await self._reach(position):
            yield self._responses[position]
            position += 1

    async def astream_events(self) -> AsyncIterator[StreamEvent]:
        """The content events of all responses, a space between texts that need one."""
        last = ""
        async for response in self.responses():
            first = True
            async for event in response.astream_events():
                if event.type == "text" and event.chunk:
                    if first and _run_together(last, event.chunk):
                        yield SPACE
                    first, last = False, event.chunk
                yield event

    async def __aiter__(self) -> AsyncIterator[str]:
        """The text of all responses, a space between those that need one."""
        async for event in self.astream_events():
            if event.type == "text":
                yield event.chunk

    async def text(self) -> str:
        """All of the text."""
        return "".join([chunk async for chunk in self])

    async def _reach(self, position: int) -> bool:
        """Make the response at this place, if nobody did; whether there is one."""
        if self._lock is None:
            from asyncio import Lock  # who runs no loop need not load it

            self._lock = Lock()
        async with self._lock:
            return position < len(self._responses) or await self._advance()

    async def _advance(self) -> bool:
        """Make the next response; whether there is one."""
        if self._over:
            self._stand()
            return False
        try:
            if self._responses:
                await self._responses[-1]._force()
            step = self._next(None)
            while isinstance(step, Run):
                results = await aexecute(
                    step.calls,
                    self.prompt.tools,
                    self.before_call,
                    self.after_call,
                    self._done,
                )
                step = self._next(results)
                self._done = {}  # its prompt has them
        except BaseException as error:
            self._stop(error)
            raise
        if step is not None:
            self._responses.append(step)
        return step is not None


SPACE = StreamEvent("text", " ")
"""Stands between the texts of two answers; neither answer holds it."""


def _run_together(last: str, first: str) -> bool:
    return bool(last) and not last[-1].isspace() and not first[0].isspace()
