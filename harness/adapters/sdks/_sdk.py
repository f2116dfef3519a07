"""An official SDK as an adapter: what a program makes of its objects, and no more.

An SDK models requests and answers in the wire's own shapes, so the shapes are ours to
translate: messages are encoded as the wire has them and given to the SDK's methods, and
what its objects hold is decoded again. What is tried is the SDK: its parsing, the way
it adds a stream up, its errors and its retries.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any, Protocol

from harness.adapters._raised import failure
from harness.adapters._turns import RunTool, Turns
from harness.errors import HarnessError, UsageError
from harness.message.assemble import assemble
from harness.message.events import Error, Event, Finish, Usage
from harness.message.parts import (
    JsonObject,
    Message,
    ToolResultPart,
)
from harness.message.turn import ServerSideTool, Tool, Turn
from harness.providers import PROVIDERS
from harness.providers._provider import Provider
from harness.providers._square import SHAPE_ERRORS
from harness.reference.prompt import our_calls
from harness.run.door import Ask, Reply, Session, Who, said
from harness.suite.case import CAPABILITIES
from harness.wire.http import Transport


@dataclass(slots=True)
class Heard:
    """What an SDK gave: the payloads of a stream or the one of an answer that is none,
    and what it added the stream up to, if it does.
    """

    payloads: list[Any] = field(default_factory=list)
    whole: JsonObject | None = None


class Calls(Protocol):
    """How one wire is asked through an SDK."""

    async def ask(self, body: JsonObject, path: str, heard: Heard) -> None:
        """Ask, and put what comes where it belongs, as it comes."""


class Sdk:
    """An SDK.

    Args:
        package: its distribution, for its version.
        wires: how it is asked, by the provider whose wire it is.
        name: what reports call it.
    """

    unseen = frozenset({"error.kind", "error.retryable"})

    def __init__(
        self,
        package: str,
        wires: Mapping[str, Callable[[Who], Calls]],
        name: str,
    ) -> None:
        try:
            self.version = metadata.version(package)
        except metadata.PackageNotFoundError as error:
            raise UsageError(
                f"{package} is not installed: pip install {package}"
            ) from error
        self.name = name
        self.providers = frozenset(wires)
        self.capabilities = frozenset(CAPABILITIES) - {"retries"}
        self._wires = wires

    def open(self, who: Who, door: Transport, run_tool: RunTool) -> Session:
        """A new conversation."""
        calls = self._wires[who.provider](who)
        return Talk(PROVIDERS[who.provider], calls, who, run_tool)


class Talk(Turns):
    """One conversation: the history is kept here, as a program would keep it."""

    def __init__(
        self, provider: Provider, calls: Calls, who: Who, run_tool: RunTool
    ) -> None:
        super().__init__(run_tool)
        self._provider = provider
        self._calls = calls
        self._who = who
        self._history: list[Message] = []
        self._loop = asyncio.Runner()

    def _say(self, ask: Ask, results: Sequence[ToolResultPart] | None) -> Reply:
        self._history += [Message("tool", tuple(results))] if results else []
        self._history += said(ask)
        turn = self._turn()
        body = self._provider.encode(turn)
        heard = Heard()
        error = None
        try:
            self._loop.run(self._calls.ask(body, self._provider.path(turn), heard))
        except Exception as raised:  # an SDK may raise anything
            error = failure(raised)
        reply = self._reply(heard, error)
        self._history += reply.messages
        return reply

    def rehydrate(self) -> None:
        """Put the history through JSON text."""
        text = json.dumps([message.to_dict() for message in self._history])
        self._history = [Message.from_dict(data) for data in json.loads(text)]

    def close(self) -> None:
        """End the loop."""
        self._loop.close()

    def _turn(self) -> Turn:
        who = self._who
        tools: list[Tool | ServerSideTool] = [
            Tool(spec.name, spec.description, spec.input_schema) for spec in who.tools
        ]
        tools += [ServerSideTool(spec) for spec in who.server_side_tools]
        options = {**self._provider.defaults, **who.options}
        return Turn(
            who.model,
            tuple(self._history),
            tuple(tools),
            who.stream,
            who.schema,
            options,
        )

    def _reply(self, heard: Heard, error: Error | None) -> Reply:
        events = [*self._events(heard)]
        stated = next((e for e in events if isinstance(e, Error)), None)
        finish = next((e for e in events if isinstance(e, Finish)), None)
        usage = [e for e in events if isinstance(e, Usage)]
        messages = tuple(assemble(events))
        if heard.whole is not None and error is None:
            messages = tuple(assemble(self._decoded(heard.whole)))
        failed = error or stated
        return Reply(
            events=tuple(events),
            messages=messages,
            tool_calls=tuple(our_calls(messages)),
            usage={**usage[-1].to_dict()} if usage else None,
            finish_reason=finish.reason if finish else None,
            error=failed,
            done=failed is None and finish is not None,
        )

    def _events(self, heard: Heard) -> Iterable[Event]:
        if self._who.stream:
            frames = map(self._provider.frame, heard.payloads)
            return _as_far(self._provider.decode(frames))
        return [e for payload in heard.payloads for e in self._decoded(payload)]

    def _decoded(self, payload: JsonObject) -> Iterable[Event]:
        return _as_far(self._provider.decode_whole(payload))


def _as_far(events: Iterable[Event]) -> list[Event]:
    """Events as far as they go: what the SDK lets through may not be of the wire."""
    heard: list[Event] = []
    try:
        heard += events
    except (HarnessError, *SHAPE_ERRORS) as error:
        heard.append(Error(f"{type(error).__name__}: {error}", "wire"))
    return heard


async def waited(value: Any) -> Any:
    """A value, awaited where it must be: one way to ask sync and async clients."""
    return await value if inspect.isawaitable(value) else value


async def each(stream: Any, take: Callable[[Any], None]) -> None:
    """Every item of a stream, sync or async."""
    if hasattr(stream, "__aiter__"):
        async for item in stream:
            take(item)
    else:
        for item in stream:
            take(item)


def plain(item: Any) -> JsonObject:
    """An object of an SDK as JSON, with what came and nothing that did not."""
    with warnings.catch_warnings():
        # pydantic warns of every word that the SDK's types do not name.
        warnings.simplefilter("ignore")
        said: JsonObject = item.model_dump(
            mode="json", by_alias=True, exclude_unset=True, warnings=False
        )
    return said
