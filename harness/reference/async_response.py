"""AsyncResponse: the same answer, awaited."""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Generator,
    Mapping,
    Sequence,
)
from typing import TYPE_CHECKING, Any, Unpack

from harness.errors import UsageError
from harness.message.events import Event, StreamEvent, Unknown, Usage
from harness.message.parts import Message, ToolCallPart
from harness.message.serial import ResponseDict
from harness.reference import record, registry
from harness.reference.answered import Answered, Answers
from harness.reference.prompt import Asking
from harness.reference.tools.execute import AfterCall, BeforeCall, aexecute
from harness.reference.tools.tool import ToolDef, ToolResult

if TYPE_CHECKING:  # to name a type; see _others
    import asyncio


class AsyncResponse(Answered):
    """A :class:`~harness.reference.response.Response` whose reading is awaited.

    ``await response`` hears all of it. The stream ends with :meth:`aclose`, with the
    ``async with`` block, when the task that reads it is cancelled, or when nobody
    holds the response any more.
    """

    _busy = False
    _read: asyncio.Event | None = None

    # ------------------------------------------------------------------ reading

    def astream_events(self) -> AsyncGenerator[StreamEvent, None]:
        """The content events, as they come."""
        return self._heard(content=True)

    async def __aiter__(self) -> AsyncIterator[str]:
        """The text, as it comes."""
        async for event in self._heard(content=True):
            if event.type == "text":
                yield event.chunk

    def __await__(self) -> Generator[Any, None, AsyncResponse]:
        return self._forced().__await__()

    async def text(self) -> str:
        """All of the text."""
        await self._force()
        return self._text()

    async def messages(self) -> list[Message]:
        """The messages of the answer, nearly always one."""
        await self._force()
        return list(self.so_far.messages())

    async def tool_calls(self) -> list[ToolCallPart]:
        """The calls that are ours to run."""
        await self._force()
        return self._calls()

    async def usage(self) -> Usage:
        """The tokens it took, as far as the provider says."""
        await self._force()
        return self.so_far.usage or Usage()

    async def finish_reason(self) -> str | None:
        """Why it ended, one of ``FINISH_REASONS``, if the provider says."""
        await self._force()
        return self._finish_reason()

    async def unknown_events(self) -> list[Unknown]:
        """What came that nobody taught us."""
        await self._force()
        return list(self.so_far.unknown)

    async def json(self) -> Any:
        """The answer in the provider's own JSON; of a stream, what it adds up to."""
        await self._force()
        return self._json()

    async def datetime_utc(self) -> str:
        """When it was asked, in ISO 8601."""
        await self._force()
        return self._datetime_utc()

    async def duration_ms(self) -> int:
        """Milliseconds from the question to the end of the answer."""
        await self._force()
        return self._duration_ms()

    async def on_done(self, callback: Callable[[AsyncResponse], Any]) -> None:
        """Have this called with the response, and awaited, when it is complete."""
        if self.done:
            await _awaited(callback(self))
        else:
            self._callbacks.append(callback)

    # ----------------------------------------------------------------- going on

    async def execute_tool_calls(
        self,
        *,
        before_call: BeforeCall | None = None,
        after_call: AfterCall | None = None,
        tool_calls_list: Sequence[ToolCallPart] | None = None,
        tools: Sequence[ToolDef] | None = None,
    ) -> list[ToolResult]:
        """Run what the answer called, asynchronous tools at the same time.

        Arguments and errors are those of ``Response.execute_tool_calls``.
        """
        await self._force()
        calls = self._calls() if tool_calls_list is None else tool_calls_list
        return await aexecute(
            calls,
            self._tools(tools),
            before_call or self.before_call,
            after_call or self.after_call,
        )

    async def execute_tool_call(self, tool_call: ToolCallPart) -> ToolResult:
        """Run one call."""
        return (await self.execute_tool_calls(tool_calls_list=[tool_call]))[0]

    async def reply(
        self,
        prompt: str | None = None,
        *,
        messages: Sequence[Message] | None = None,
        tool_results: Sequence[ToolResult] | None = None,
        stream: bool | None = None,
        key: str | None = None,
        **asking: Unpack[Asking],
    ) -> AsyncResponse:
        """Go on from this answer, as ``Response.reply`` does."""
        await self._force()
        if tool_results is None and self._calls():
            tool_results = await self.execute_tool_calls(tools=asking.get("tools"))
        asked = self._next(prompt, messages, tool_results, asking)
        return AsyncResponse(
            asked,
            self.model,
            self.stream if stream is None else stream,
            key=key or self.key,
            before_call=self.before_call,
            after_call=self.after_call,
        )

    # ------------------------------------------------------------ JSON and back

    def to_dict(self, *, stream_events: bool = False) -> ResponseDict:
        """All that is needed to go on in another process, as JSON-safe data.

        Args:
            stream_events: the events as well, as they came.

        Raises:
            UsageError: if it was not awaited yet.
        """
        self._stand()
        if not self.done:
            raise UsageError("await the response before it is written down")
        return record.dump(self, stream_events=stream_events)

    @classmethod
    def from_dict(
        cls, data: Mapping[str, Any], *, model: Answers | None = None
    ) -> AsyncResponse:
        """The response that :meth:`to_dict` wrote down, of either kind.

        Args:
            data: what it wrote.
            model: who goes on; unless given, the model of the name in ``data``.
        """
        model = model or registry.find_async(data["model"], {})
        response = cls(record.load_prompt(data), model)
        record.restore(response, data)
        return response

    # ------------------------------------------------------------------ closing

    async def aclose(self) -> None:
        """End the stream and the connection; what was heard stays.

        If a task is waiting for the next event, that one is waited for.
        """
        self._stop()  # or a task that always wants the next one would be first again
        while self._busy:
            await self._others()
        await self._close()

    async def __aenter__(self) -> AsyncResponse:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    # ------------------------------------------------------------------ driving

    async def _force(self) -> None:
        async for _ in self._heard(content=False):
            pass

    async def _forced(self) -> AsyncResponse:
        await self._force()
        return self

    async def _heard(self, *, content: bool) -> AsyncGenerator[Any, None]:
        """The events heard before, and those still to come.

        Of ``content``, only that, and a refusal is raised; else every event.
        """
        so_far, events = self.so_far, self.so_far.events
        position = 0
        while True:
            if position < len(events):
                event: Event | None = events[position]
            elif self.done:
                break
            else:
                self._stand()
                event = await self._pull()
            if event is not None:
                position += 1
                if event.__class__ is StreamEvent or not content:
                    yield event
        if content:
            if not position:
                so_far.must_keep()
            self._refuse()

    async def _pull(self) -> Event | None:
        """Hear one event more; ``None`` at the end, or if another task is at it."""
        if self._busy:
            await self._others()
            return None
        self._busy = True
        try:
            return self.so_far.take(await anext(self._said()))
        except StopAsyncIteration:
            self._stand()
            self._end()
        except BaseException as error:
            self._fail(error)
            await self._close()
            raise
        finally:
            self._busy = False
            if self._read is not None:
                self._read.set()
                self._read = None
        for callback in self._callbacks:
            await _awaited(callback(self))
        return None

    def _said(self) -> AsyncIterator[Event | str]:
        """The rest of the answer; asks for it, if nobody did."""
        if self._source is None:
            self._begin()
            said = self.model.execute(self.prompt, self.stream, self, self.conversation)
            self._source = aiter(said)
        source: AsyncIterator[Event | str] = self._source
        return source

    async def _others(self) -> None:
        """Wait for the task that is reading."""
        if self._read is None:
            from asyncio import Event as Signal  # who runs no loop need not load it

            self._read = Signal()
        await self._read.wait()

    async def _close(self) -> None:
        source = self._shut()
        if hasattr(source, "aclose"):  # not all that can be iterated can be closed
            await source.aclose()


async def _awaited(result: Any) -> None:
    if hasattr(result, "__await__"):
        await result
