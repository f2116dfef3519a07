"""A framework as an adapter: its own conversation, asked and heard in its own types.

A framework has types of its own for what is said. What we say is put into them, what
it answers is kept as the very objects it gave, and both are told in our words. What is
tried is the framework: what it drops of an answer, and what it sends the next time.
"""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module, metadata
from importlib.util import find_spec
from typing import Any, Protocol

from harness.adapters._raised import failure
from harness.adapters._turns import RunTool, Turns
from harness.errors import NotExpressible, UsageError
from harness.message.assemble import assemble, disassemble
from harness.message.events import Error, Event, Finish, StreamEvent, Usage
from harness.message.parts import (
    JsonObject,
    Message,
    ToolCallPart,
    ToolResultPart,
)
from harness.reference.prompt import our_calls
from harness.run.door import Ask, Reply, Session, Who, said
from harness.suite.case import UNNAMED
from harness.wire.http import Transport


@dataclass(slots=True)
class Heard:
    """What a framework gave: events as they came, and what it holds in the end.

    ``done`` is whether it takes the answer for complete; ``dumped`` is its own
    serialised answer, and ``again`` the same after a round trip.
    """

    events: list[Event] = field(default_factory=list)
    messages: list[Message] | None = None
    usage: Usage | None = None
    finish: str | None = None
    done: bool = True
    dumped: JsonObject | None = None
    again: JsonObject | None = None


class Chat(Protocol):
    """A conversation in a framework's own types."""

    def say(self, messages: Sequence[Message]) -> None:
        """Put what is said into its history."""

    def ask(self, heard: Heard) -> None:
        """Ask what follows, and hear it to its end; the answer joins the history."""

    async def ask_async(self, heard: Heard) -> None:
        """The same, awaited."""

    def rehydrate(self) -> None:
        """Put the history through its own JSON."""


@dataclass(frozen=True, slots=True)
class Wire:
    """How a framework is asked for one wire, and the module that it needs for it."""

    module: str
    chat: Callable[[Who], Chat]


class Framework:
    """A framework.

    Args:
        package: its distribution, for its version.
        wires: how it is asked, by the provider whose wire it is.
        capabilities: what it claims.
        name: what reports call it.
        model: the only model to ask, after its wire: ``anthropic:claude-haiku-4-5``.

    Raises:
        UsageError: where it is not installed, or has no such wire.
    """

    unseen = frozenset({"error.kind", "error.retryable"})

    def __init__(
        self,
        package: str,
        wires: Mapping[str, Wire],
        capabilities: frozenset[str],
        name: str,
        model: str | None = None,
    ) -> None:
        try:
            self.version = metadata.version(package)
        except metadata.PackageNotFoundError as error:
            raise UsageError(
                f"{package} is not installed: pip install {package}"
            ) from error
        self.name = name
        self.capabilities = capabilities
        here = {wire: how for wire, how in wires.items() if is_there(how.module)}
        only, _, self._model = (model or "").partition(":")
        if only and only not in here:
            raise UsageError(f"{package} has no wire {only!r} here: {', '.join(here)}")
        self._wires = {only: here[only]} if only else here
        self.providers = frozenset(self._wires)

    def open(self, who: Who, door: Transport, run_tool: RunTool) -> Session:
        """A new conversation."""
        model = self._model or (MODELS[who.provider] if who.model == UNNAMED else "")
        who = replace(who, model=model) if model else who
        with quiet():
            return Talk(self._wires[who.provider].chat(who), who, run_tool)


MODELS = {
    "anthropic": "claude-sonnet-4-5",
    "bedrock": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "bedrock-invoke": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "cohere": "command-a-03-2025",
    "deepseek": "deepseek-reasoner",
    "gemini": "gemini-3-pro-preview",
    "groq": "openai/gpt-oss-120b",
    "huggingface": "openai/gpt-oss-120b",
    "mistral": "mistral-medium-latest",
    "ollama": "qwen3",
    "ollama-openai": "qwen3",
    "openai-chat": "gpt-4.1",
    "openai-responses": "gpt-5",
    "openrouter": "anthropic/claude-sonnet-4.5",
    "together": "openai/gpt-oss-120b",
    "vllm": "Qwen/Qwen3-8B",
    "xai": "grok-4",
    "zai": "glm-4.6",
}
"""The model to ask where a case names none: frameworks go by the name of a model to
tell what it can, and of one that they do not know they ask less.
"""


class Talk(Turns):
    """One conversation."""

    def __init__(self, chat: Chat, who: Who, run_tool: RunTool) -> None:
        super().__init__(run_tool)
        self._chat = chat
        self._loop = asyncio.Runner() if who.mode == "async" else None

    def rehydrate(self) -> None:
        """Put the history through JSON text."""
        with quiet():
            self._chat.rehydrate()

    def close(self) -> None:
        """End the loop that was awaited in."""
        if self._loop is not None:
            self._loop.close()

    def _ran(self, call: ToolCallPart) -> ToolResultPart:
        """What a call gives; one that is not JSON is not run, as nobody could."""
        if isinstance(call.arguments, dict) and [*call.arguments] == ["_raw"]:
            said = "arguments are not JSON"
            name, id_ = call.name, call.tool_call_id
            exception = f"ValueError: {said}"
            return ToolResultPart(name, f"Error: {said}", id_, exception=exception)
        return super()._ran(call)

    def _say(self, ask: Ask, results: Sequence[ToolResultPart] | None) -> Reply:
        given = (Message("tool", tuple(results)),) if results else ()
        heard = Heard()
        error = None
        with quiet():
            self._chat.say((*given, *said(ask)))
            try:
                if self._loop is not None:
                    self._loop.run(self._chat.ask_async(heard))
                else:
                    self._chat.ask(heard)
            except NotExpressible:
                raise
            except Exception as raised:  # a framework may raise anything
                error = failure(raised)
        return reply_of(heard, error)


def reply_of(heard: Heard, error: Error | None) -> Reply:
    """What was heard, as the door has it."""
    events = [*named(heard.events)]
    whole = events if heard.messages is None else disassemble(heard.messages)
    messages = tuple(assemble(named(whole)))
    calls = tuple(our_calls(messages))
    # Some wires have one word for an answer that is over, whether it calls or not.
    finish = "tool_calls" if heard.finish == "stop" and calls else heard.finish
    ends: list[Event] = [heard.usage] if heard.usage is not None else []
    ends += [Finish(finish)] if finish else []
    return Reply(
        events=(*events, *ends),
        messages=messages,
        tool_calls=calls,
        usage={**heard.usage.to_dict()} if heard.usage is not None else None,
        finish_reason=finish,
        error=error,
        done=heard.done and error is None,
        dumped=heard.dumped,
        again=heard.again,
    )


def named(events: Iterable[Event]) -> Iterator[Event]:
    """The events, each result under the name of the call it answers."""
    names: dict[str, str] = {}
    for event in events:
        if isinstance(event, StreamEvent) and event.tool_call_id:
            id_ = event.tool_call_id
            if event.type == "tool_call_name":
                names[id_] = names.get(id_, "") + event.chunk
            elif event.type == "tool_result" and not event.tool_name:
                event = event._replace(tool_name=names.get(id_))
        yield event


def as_events(messages: Sequence[Message]) -> list[StreamEvent]:
    """An answer that came whole, as events."""
    return [*disassemble(messages)]


def arguments_of(said: Any) -> Any:
    """A call's arguments as JSON, whether they are held as text or read already."""
    if not isinstance(said, str):
        return {} if said is None else said
    try:
        return json.loads(said) if said else {}
    except (ValueError, RecursionError):
        return {"_raw": said}


def text_of(said: Any) -> str:
    """What a tool gave, as text."""
    if isinstance(said, str):
        return said
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def library(name: str) -> Any:
    """A module of a framework, which need not be here unless it is tried."""
    return import_module(name)


def is_there(module: str) -> bool:
    """Whether a module can be imported."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # the package it is in is not there
        return False


def quiet() -> warnings.catch_warnings[None]:
    """No warning of what is only odd; what goes wrong shows in what is checked."""
    return warnings.catch_warnings(action="ignore")
