"""A conversation with a model of llm, in llm's own objects."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.adapters._raised import failure
from harness.adapters._turns import RunTool
from harness.adapters.llm.home import Home
from harness.errors import NotExpressible
from harness.message.assemble import assemble
from harness.message.events import Event, StreamEvent
from harness.message.parts import Message, ToolCallPart, ToolResultPart
from harness.reference.prompt import our_calls
from harness.run.door import Ask, Reply, Who
from harness.suite.case import ToolSpec


class Talk:
    """Responses, each a reply to the one before, sync or awaited."""

    def __init__(
        self,
        model: Any,
        home: Home,
        options: Mapping[str, Any],
        who: Who,
        run_tool: RunTool,
    ) -> None:
        self.model = model
        self.home = home
        self.who = who
        self.awaits = who.mode == "async"
        self.tools = [self._tool(spec, run_tool) for spec in who.tools]
        self.tools += [self._server_side(spec) for spec in who.server_side_tools]
        self.conversation = self.model.conversation()
        self.last: Any = None
        self.results: list[Any] | None = None
        self._loop = asyncio.Runner() if self.awaits else None
        self._usual = self._options(options)

    def prompt(self, ask: Ask) -> Reply:
        """Say something, and hear the answer."""
        with self.home.entered():
            if self.last is None or self.last.conversation is self.conversation:
                return self._heard(self._say(self.conversation.prompt, ask))
            return self._heard(self._say(self.last.reply, ask, tool_results=[]))

    def execute_tool_calls(self) -> Sequence[ToolResultPart]:
        """Run what the last answer called."""
        with self.home.entered():
            self.results = self._wait(self.last.execute_tool_calls(tools=self.tools))
        return [_result(result) for result in self.results or ()]

    def reply(self, ask: Ask) -> Reply:
        """Go on from the last answer, with the results of its calls."""
        results, self.results = self.results, None
        with self.home.entered():
            said = self._say(self.last.reply, ask, tool_results=results)
            return self._heard(said)

    def rehydrate(self) -> None:
        """Put the last response through JSON text."""
        data = json.loads(json.dumps(self.last.to_dict()))
        self.last = type(self.last).from_dict(data, model=self.model)

    def close(self) -> None:
        """End the loop that was awaited in."""
        if self._loop is not None:
            self._loop.close()

    def _say(self, say: Callable[..., Any], ask: Ask, **more: Any) -> Any:
        """Ask in llm's words; what was not given is left out, as callers do."""
        if ask.messages and ask.system:
            raise NotExpressible("llm takes messages= or system=, not both")
        messages = [_theirs(message) for message in ask.messages]
        given = {"system": ask.system, "messages": messages, "schema": self.who.schema}
        more |= {name: value for name, value in given.items() if value}
        return self._wait(
            say(
                ask.prompt,
                tools=self.tools,
                options=self._usual,
                stream=self.who.stream,
                key=self.who.key,
                **more,
            )
        )

    def _heard(self, response: Any) -> Reply:
        """Hear an answer to its end, whatever that is."""
        self.last = response
        events: list[Event] = []
        error = None
        try:
            self._wait(self._drain(response, events))
        except Exception as raised:  # a plugin may raise anything
            error = failure(raised)
        if error is not None:
            arrived = tuple(assemble(events))
            calls = tuple(our_calls(arrived))
            return Reply(tuple(events), arrived, calls, error=error, done=False)
        messages = tuple(map(_our_message, self._wait(response.messages())))
        usage = self._wait(response.usage())
        counts = {"input": usage.input, "output": usage.output}
        dumped = response.to_dict()
        return Reply(
            events=tuple(events),
            messages=messages,
            tool_calls=tuple(map(_call, self._wait(response.tool_calls()))),
            usage={k: v for k, v in counts.items() if v is not None} or None,
            dumped=_lasting(dumped),
            again=self._again(dumped),
        )

    def _drain(self, response: Any, events: list[Event]) -> Any:
        if not self.awaits:
            said = response.stream_events()
            events.extend(_our_event(event) for event in said if not _is_marker(event))
            return None

        async def drain() -> None:
            async for event in response.astream_events():
                events.extend([] if _is_marker(event) else [_our_event(event)])

        return drain()

    def _again(self, dumped: Any) -> Any:
        """A response after a trip through JSON text and back."""
        data = json.loads(json.dumps(dumped))
        return _lasting(type(self.last).from_dict(data, model=self.model).to_dict())

    def _wait(self, value: Any) -> Any:
        """What a call gives, awaited if it must be."""
        if not inspect.iscoroutine(value):
            return value
        assert self._loop is not None
        return self._loop.run(value)

    def _options(self, usual: Mapping[str, Any]) -> dict[str, Any]:
        known = self.model.Options.model_fields
        for name in self.who.options:
            if name not in known:
                raise NotExpressible(f"{self.model.model_id} has no option {name!r}")
        options = {**usual, **self.who.options}
        try:
            self.model.Options(**options)
        except ValueError as error:
            raise NotExpressible(f"options: {error}") from error
        return options

    def _tool(self, spec: ToolSpec, run_tool: RunTool) -> Any:
        import llm

        def run(**arguments: object) -> str:
            return run_tool(spec.name, arguments)

        return llm.Tool(spec.name, spec.description, spec.input_schema, run)

    def _server_side(self, spec: dict[str, Any]) -> Any:
        import llm

        return llm.models.ServerSideTool(spec)


class Legacy(Talk):
    """A conversation with a plugin that takes no messages: history is llm's to keep."""

    def prompt(self, ask: Ask) -> Reply:
        """Say something, and hear the answer."""
        with self.home.entered():
            return self._heard(self._say(self.conversation.prompt, ask))

    def reply(self, ask: Ask) -> Reply:
        """Go on from the last answer, with the results of its calls."""
        results = self.results
        if results is None:
            self.execute_tool_calls()
            results = self.results
        self.results = None
        ask = Ask(ask.prompt or "", ask.system, ask.messages)
        with self.home.entered():
            said = self._say(self.conversation.prompt, ask, tool_results=results)
            return self._heard(said)


def _is_marker(thing: Any) -> bool:
    """llm's own note that there were thoughts it was not shown: the wire says nothing
    of it but a count of tokens.
    """
    said = getattr(thing, "text", "") or getattr(thing, "chunk", "")
    redacted = getattr(thing, "redacted", False)
    return bool(redacted and not said and not thing.provider_metadata)


def _our_event(event: Any) -> StreamEvent:
    return StreamEvent(
        event.type,
        event.chunk,
        event.part_index,
        event.tool_call_id,
        event.server_executed,
        event.tool_name,
        event.redacted,
        event.provider_metadata,
        event.message_index,
    )


def _our_message(message: Any) -> Message:
    parts = [part.to_dict() for part in message.parts if not _is_marker(part)]
    return Message.from_dict({**message.to_dict(), "parts": parts})


def _theirs(message: Message) -> Any:
    import llm

    return llm.Message.from_dict(message.to_dict())


def _call(call: Any) -> ToolCallPart:
    return ToolCallPart(call.name, call.arguments, call.tool_call_id)


def _result(result: Any) -> ToolResultPart:
    raised = result.exception
    exception = f"{type(raised).__name__}: {raised}" if raised is not None else None
    return ToolResultPart(
        result.name, str(result.output), result.tool_call_id, exception=exception
    )


def _lasting(dumped: Any) -> Any:
    """A response as JSON, less the time at which it was asked: llm does not keep it."""
    return {k: v for k, v in dumped.items() if k != "datetime_utc"}
