"""Response: an answer that is heard once, however often it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Unpack

from harness.message.events import Event, StreamEvent, Unknown, Usage
from harness.message.parts import Message, ToolCallPart
from harness.message.serial import ResponseDict
from harness.reference import record, registry
from harness.reference.answered import Answered, Answers
from harness.reference.prompt import Asking
from harness.reference.tools.execute import AfterCall, BeforeCall, execute
from harness.reference.tools.tool import ToolDef, ToolResult


class Response(Answered):
    """An answer to a prompt, which is sent when the answer is first read.

    Whoever reads it, by whatever method, goes on where the last reader stopped, and
    is given what that one heard before. The stream ends with :meth:`close`, with the
    ``with`` block, or when nobody holds the response any more.

    All methods that read raise ``ProviderError`` for the provider's errors,
    ``ConnectionLost`` where the network failed, ``WireError`` for bytes that are not
    what they claim to be, and ``ResponseClosed`` if it was closed before its end;
    again and again, since a failed answer is not asked for twice. An answer that
    ends in a refusal is complete, but :meth:`text` and the streams raise
    ``ContentRefused`` at its end.
    """

    # ------------------------------------------------------------------ reading

    def stream_events(self) -> Iterator[StreamEvent]:
        """The content events, as they come."""
        return self._heard(content=True)

    def __iter__(self) -> Iterator[str]:
        """The text, as it comes."""
        for event in self._heard(content=True):
            if event.type == "text":
                yield event.chunk

    def text(self) -> str:
        """All of the text."""
        self._force()
        return self._text()

    def __str__(self) -> str:
        return self.text()

    def messages(self) -> list[Message]:
        """The messages of the answer, nearly always one."""
        self._force()
        return list(self.so_far.messages())

    def tool_calls(self) -> list[ToolCallPart]:
        """The calls that are ours to run."""
        self._force()
        return self._calls()

    def usage(self) -> Usage:
        """The tokens it took, as far as the provider says."""
        self._force()
        return self.so_far.usage or Usage()

    def finish_reason(self) -> str | None:
        """Why it ended, one of ``FINISH_REASONS``, if the provider says."""
        self._force()
        return self._finish_reason()

    def unknown_events(self) -> list[Unknown]:
        """What came that nobody taught us."""
        self._force()
        return list(self.so_far.unknown)

    def json(self) -> Any:
        """The answer in the provider's own JSON; of a stream, what it adds up to."""
        self._force()
        return self._json()

    def datetime_utc(self) -> str:
        """When it was asked, in ISO 8601."""
        self._force()
        return self._datetime_utc()

    def duration_ms(self) -> int:
        """Milliseconds from the question to the end of the answer."""
        self._force()
        return self._duration_ms()

    def on_done(self, callback: Callable[[Response], Any]) -> None:
        """Have this called with the response when it is complete."""
        if self.done:
            callback(self)
        else:
            self._callbacks.append(callback)

    # ----------------------------------------------------------------- going on

    def execute_tool_calls(
        self,
        *,
        before_call: BeforeCall | None = None,
        after_call: AfterCall | None = None,
        tool_calls_list: Sequence[ToolCallPart] | None = None,
        tools: Sequence[ToolDef] | None = None,
    ) -> list[ToolResult]:
        """Run what the answer called, one call after the other.

        Args:
            before_call: is told of each; may raise ``CancelToolCall``.
            after_call: is told of each result.
            tool_calls_list: these calls instead.
            tools: these implementations instead of the prompt's.

        Raises:
            PauseChain: if a tool does.
            UsageError: for a tool that is declared but cannot be run here.
        """
        calls = self.tool_calls() if tool_calls_list is None else tool_calls_list
        return execute(
            calls,
            self._tools(tools),
            before_call or self.before_call,
            after_call or self.after_call,
        )

    def execute_tool_call(self, tool_call: ToolCallPart) -> ToolResult:
        """Run one call."""
        return self.execute_tool_calls(tool_calls_list=[tool_call])[0]

    def reply(
        self,
        prompt: str | None = None,
        *,
        messages: Sequence[Message] | None = None,
        tool_results: Sequence[ToolResult] | None = None,
        stream: bool | None = None,
        key: str | None = None,
        **asking: Unpack[Asking],
    ) -> Response:
        """Go on from this answer.

        The tools it called are run first, unless ``tool_results`` says what they came
        to. What is not given is as before: tools, schema, options, key.

        Args:
            prompt: the user's words.
            messages: what follows them.
            tool_results: what the tools that it called came to.
            stream: whether the answer is asked for as a stream.
            key: an API key for this reply.
            asking: see ``Asking``.
        """
        if tool_results is None and self.tool_calls():
            tool_results = self.execute_tool_calls(tools=asking.get("tools"))
        self._force()
        asked = self._next(prompt, messages, tool_results, asking)
        return Response(
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
        """
        self._force()
        return record.dump(self, stream_events=stream_events)

    @classmethod
    def from_dict(
        cls, data: Mapping[str, Any], *, model: Answers | None = None
    ) -> Response:
        """The response that :meth:`to_dict` wrote down.

        Args:
            data: what it wrote.
            model: who goes on; unless given, the model of the name in ``data``.
        """
        model = model or registry.find(data["model"], {})
        response = cls(record.load_prompt(data), model)
        record.restore(response, data)
        return response

    # ------------------------------------------------------------------ closing

    def close(self) -> None:
        """End the stream and the connection; what was heard stays."""
        source = self._shut()
        if hasattr(source, "close"):  # not all that can be iterated can be closed
            source.close()

    def __enter__(self) -> Response:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------------ driving

    def _force(self) -> None:
        for _ in self._heard(content=False):
            pass

    def _heard(self, *, content: bool) -> Iterator[Any]:
        """The events heard before, and those still to come.

        Of ``content``, only that, and a refusal is raised; else every event.
        """
        so_far, events, keep = self.so_far, self.so_far.events, self.so_far.keep
        position = 0
        while True:
            while position < len(events):
                event = events[position]
                position += 1
                if event.__class__ is StreamEvent or not content:
                    yield event
            if self.done:
                break
            self._stand()
            try:
                for event in map(so_far.place, self._said()):
                    keep(event)
                    position += 1
                    if event.__class__ is StreamEvent:
                        yield event
                    else:
                        so_far.note(event)
                        if not content:
                            yield event
                    if position < len(events):
                        break  # somebody else read on meanwhile
                else:
                    self._over()
            except GeneratorExit:  # this reader stops; another may go on
                raise
            except BaseException as error:
                self._fail(error)
                self.close()
                raise
        if content:
            if not position:
                so_far.must_keep()
            self._refuse()

    def _said(self) -> Iterator[Event | str]:
        """The rest of the answer; asks for it, if nobody did."""
        if self._source is None:
            self._begin()
            said = self.model.execute(self.prompt, self.stream, self, self.conversation)
            self._source = iter(said)
        source: Iterator[Event | str] = self._source
        return source

    def _over(self) -> None:
        """The source has no more: the end, unless it was closed or has failed."""
        self._stand()
        if not self.done:
            self._end()
            for callback in self._callbacks:
                callback(self)
