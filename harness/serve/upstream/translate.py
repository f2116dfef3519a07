"""Translate: whatever wire is asked, one model answers, through the reference
implementation.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace

from harness.errors import (
    ConnectionLost,
    HarnessError,
    NotExpressible,
    ProviderError,
    UsageError,
)
from harness.message.assemble import disassemble
from harness.message.events import Error, Finish, StreamEvent, Usage
from harness.message.parts import (
    AttachmentPart,
    JsonObject,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.message.turn import Turn
from harness.providers import PROVIDERS
from harness.providers._provider import Provider
from harness.providers._square import refuse, speak
from harness.reference.async_response import AsyncResponse
from harness.reference.model import AsyncModel
from harness.serve import reply
from harness.serve.reply import Asked, Reply
from harness.serve.upstream.growing import Growing
from harness.serve.upstream.options import translated, wire_of
from harness.shell.server.protocol import Answer, Flowing


class Translate:
    """A model that answers on every wire.

    What is streamed upstream is streamed on, each piece as soon as the wire that asked
    has a frame for it.
    """

    def __init__(self, model: AsyncModel) -> None:
        self._model = model

    def takes(self, asked: Asked) -> bool:
        """Whether it is known what is asked."""
        return asked.provider is not None and asked.turn is not None

    async def ask(self, asked: Asked) -> Reply:
        """The answer, as it arrives."""
        provider, turn = asked.provider, asked.turn
        assert provider is not None
        assert turn is not None
        name = self._model.model_id
        options, unsaid = translated(provider, turn, name)
        facts = {provider.namespace: provider.server.facts_of(turn.model, asked.digest)}
        try:
            response = self._model.prompt(
                messages=turn.messages,
                tools=turn.tools,
                schema=turn.schema,
                options=options,
                stream=turn.stream,
            )
            passing = Passing(provider, response, facts)
            upstream = PROVIDERS.get(name.partition("/")[0])
            same = upstream is not None and wire_of(upstream) == wire_of(provider)
            answer = await passing.answer(turn, at_once=same or not turn.stream)
        except (NotExpressible, UsageError) as error:
            return reply.refused(provider, f"{name}: {error}", 400, "upstream")
        except HarnessError as error:
            failed = refuse(provider, _error(error))
            return Reply(failed, "upstream", name, str(error))
        why = f"not said to {name}: {', '.join(unsaid)}" if unsaid else ""
        return Reply(answer, "upstream", name, why, passing.left_out)


@dataclass(slots=True)
class Passing:
    """An answer on its way from one wire to another.

    Attributes:
        provider: whose wire it goes to.
        response: what is heard.
        facts: what the answer says of itself.
        left_out: why parts of it were, so far.
    """

    provider: Provider
    response: AsyncResponse
    facts: JsonObject
    left_out: list[str] = field(default_factory=list)

    async def answer(self, turn: Turn, *, at_once: bool) -> Answer:
        """The answer, whose beginning is awaited: with it, it is known that there is
        one.

        Args:
            turn: what was asked.
            at_once: whether all of it is awaited. On its own wire an answer keeps what
                is beside its words, which may come last and stand first.

        Raises:
            HarnessError: where there is none.
        """
        events = self._sayable()
        if at_once:
            told = [event async for event in events]
            usage, last = await self._ending()
            return speak(self.provider, [*told, usage, last], stream=turn.stream)
        first = [event async for event in _first(events)]
        head = (("content-type", self.provider.framing.content_type),)
        return Flowing(200, head, self._chunks(first, events))

    async def _sayable(self) -> AsyncGenerator[StreamEvent]:
        """The events that the wire has a word for."""
        sayable: dict[int | None, bool] = {}
        events = self.response.astream_events()
        try:
            async for event in events:
                if event.part_index not in sayable:
                    sayable[event.part_index] = self._can_be_said(event)
                if sayable[event.part_index]:
                    yield _without_others(event, self.provider)
        finally:
            await events.aclose()

    def _can_be_said(self, event: StreamEvent) -> bool:
        """Whether the wire has a word for the part that begins with an event."""
        message = Message("assistant", (_begun(event),))
        reasons = self.provider.cannot_say(message)
        if not reasons:
            try:
                [*self.provider.synthesise([*disassemble([message]), Finish("stop")])]
            except NotExpressible as error:
                reasons = [str(error)]
        self.left_out += reasons
        return not reasons

    async def _chunks(
        self, first: Sequence[StreamEvent], events: AsyncGenerator[StreamEvent]
    ) -> AsyncGenerator[bytes]:
        """The bytes of each piece, as soon as there are any."""
        growing = Growing(self.provider, self.facts)
        write = self.provider.framing.write
        try:
            for event in first:
                yield b"".join(write(growing.tell(event)))
            async for event in events:
                yield b"".join(write(growing.tell(event)))
            usage, last = await self._ending()
            rest = growing.end(usage, last)
        except NotExpressible as error:
            raise ConnectionLost(str(error)) from error
        except HarnessError as error:
            rest = growing.end(Usage(), _error(error))
        finally:
            await events.aclose()
        yield b"".join(write(rest))

    async def _ending(self) -> tuple[Usage, Finish]:
        usage = self._countable(await self.response.usage())
        reason = await self.response.finish_reason()
        return usage, Finish(reason or "stop", provider_metadata=self.facts)

    def _countable(self, usage: Usage) -> Usage:
        """The counts that the wire has a word for; one of nothing is none, and what
        only one vendor counts is not translated.
        """
        counted = replace(usage, details={})
        for name in COUNTED:
            if not usage.details.get(name):
                continue
            count = {name: usage.details[name]}
            more = replace(counted, details=counted.details | count)
            try:
                self.provider.synthesise_whole([more, Finish("stop")])
            except NotExpressible as error:
                self.left_out.append(str(error))
            else:
                counted = more
        return counted


COUNTED = ("reasoning", "cached", "cache_write")
"""Details of a usage that have the same name on every wire."""


def _without_others(event: StreamEvent, provider: Provider) -> StreamEvent:
    """An event less what other wires say beside it, which this one cannot keep."""
    own = (event.provider_metadata or {}).get(provider.namespace)
    metadata = {provider.namespace: own} if own else None
    return event._replace(provider_metadata=metadata)


async def _first(
    events: AsyncGenerator[StreamEvent],
) -> AsyncGenerator[StreamEvent]:
    """The first event, if there is one."""
    async for event in events:
        yield event
        return


def _begun(event: StreamEvent) -> Part:
    """A part of the kind that begins with an event."""
    match event.type:
        case "reasoning":
            return ReasoningPart(event.chunk)
        case "tool_result":
            name, id_ = event.tool_name or "", event.tool_call_id
            return ToolResultPart(name, event.chunk, id_, event.server_executed)
        case "attachment":
            return AttachmentPart(event.attachments[0] if event.attachments else None)
        case "tool_call_name" | "tool_call_args":
            name, id_ = event.chunk, event.tool_call_id
            return ToolCallPart(name, {}, id_, event.server_executed)
    return TextPart(event.chunk)


def _error(error: HarnessError) -> Error:
    """What went wrong upstream, as a provider says it."""
    if not isinstance(error, ProviderError):
        return Error(f"upstream: {error}", None, 502)
    return Error(str(error), error.kind, error.status, error.retryable)
