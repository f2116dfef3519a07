"""The reference adapter: this package's own providers, driven end to end."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.errors import ConnectionLost, WireError
from harness.message.assemble import assemble
from harness.message.events import Error, Event, Finish, Usage
from harness.message.parts import (
    JsonObject,
    Message,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.message.serial import dump, load
from harness.message.turn import ServerTool, Tool, Turn
from harness.providers._provider import Provider
from harness.providers._square import hear
from harness.run.door import Ask, Door, Reply, Session, Who, result_of
from harness.suite.case import CAPABILITIES
from harness.wire import jsonbody
from harness.wire.http import Request


class Reference:
    """Speaks every wire there is a provider for."""

    name = "reference"

    def __init__(self, providers: Mapping[str, Provider], version: str) -> None:
        self.version = version
        self.providers = frozenset(providers)
        self.capabilities = frozenset(CAPABILITIES) - {"async", "retries"}
        self._by_name = providers

    def open(
        self, who: Who, door: Door, run_tool: Callable[[str, object], str]
    ) -> Session:
        """A new conversation."""
        return Conversation(self._by_name[who.provider], who, door, run_tool)


class Conversation:
    """A chain of messages, and the door they go through."""

    def __init__(
        self,
        provider: Provider,
        who: Who,
        door: Door,
        run_tool: Callable[[str, object], str],
    ) -> None:
        self.provider = provider
        self.who = who
        self.door = door
        self.run_tool = run_tool
        self.chain: tuple[Message, ...] = ()
        self.results: tuple[ToolResultPart, ...] | None = None

    def prompt(self, ask: Ask) -> Reply:
        """Send the conversation so far and what is asked now; hear the answer."""
        self.chain += _said(ask)
        events, error = self.send(self.turn())
        return self.heard(events, error)

    def reply(self, ask: Ask) -> Reply:
        """Send the results of the last answer's calls, and what is asked now."""
        results = self.results
        if results is None:
            results = tuple(self.execute_tool_calls())
        if results:
            self.chain += (Message("tool", results),)
        self.results = None
        return self.prompt(ask)

    def execute_tool_calls(self) -> Sequence[ToolResultPart]:
        """Run what the last answer called; the provider has run its own."""
        calls = _calls(self.chain[-1:])
        self.results = tuple(
            result_of(call.name, call.arguments, call.tool_call_id, self.run_tool)
            for call in calls
        )
        return self.results

    def rehydrate(self) -> None:
        """Put the chain through JSON text."""
        text = json.dumps([dump(message) for message in self.chain])
        self.chain = tuple(load(message) for message in json.loads(text))

    def turn(self) -> Turn:
        """The request as a value, before the provider words it."""
        tools = [Tool(t.name, t.description, t.input_schema) for t in self.who.tools]
        server_tools = [ServerTool(spec) for spec in self.who.server_side_tools]
        return Turn(
            self.who.model,
            self.chain,
            (*tools, *server_tools),
            self.who.stream,
            self.who.schema,
            {**self.provider.defaults, **self.who.options},
        )

    def send(self, turn: Turn) -> tuple[list[Event], Error | None]:
        """Send one turn; its events, and what ended it early if anything did."""
        events: list[Event] = []
        try:
            answer = self.door.send(self.request(turn))
            heard = hear(self.provider, answer.status, answer.headers, answer.chunks)
            events += heard
        except ConnectionLost as error:
            return events, Error(str(error), "connection", retryable=True)
        except WireError as error:
            return events, Error(str(error), "wire")
        return events, next((e for e in events if isinstance(e, Error)), None)

    def request(self, turn: Turn) -> Request:
        """The HTTP request that says a turn."""
        body = self.provider.encode(turn)
        return Request(
            "POST",
            self.who.base_url + self.provider.path(turn),
            (
                ("content-type", "application/json"),
                *self.provider.headers(self.who.key).items(),
            ),
            b"".join(jsonbody.write(body)),
        )

    def heard(self, events: Sequence[Event], error: Error | None) -> Reply:
        """What the events of an answer come to."""
        messages = tuple(assemble(events))
        asked = self.chain
        self.chain += messages
        usage = next((u for u in reversed(events) if isinstance(u, Usage)), None)
        finish = next((f for f in events if isinstance(f, Finish)), None)
        dumped = self.dumped(asked, messages, usage)
        return Reply(
            events=tuple(events),
            messages=messages,
            tool_calls=tuple(_calls(messages)),
            usage=_usage(usage),
            finish_reason=finish.reason if finish else None,
            error=error,
            done=finish is not None and error is None,
            dumped=dumped,
            again=_again(dumped),
        )

    def dumped(
        self,
        asked: Sequence[Message],
        messages: Sequence[Message],
        usage: Usage | None,
    ) -> JsonObject:
        """The response as ``llm.serialization.ResponseDict`` has it."""
        response: JsonObject = {
            "model": self.who.model,
            "prompt": {
                "messages": [dump(message) for message in asked],
                "options": self.who.options,
            },
            "messages": [dump(message) for message in messages],
        }
        return response | ({"usage": _usage(usage)} if usage else {})


def _said(ask: Ask) -> tuple[Message, ...]:
    said: tuple[Message, ...] = ask.messages
    if ask.system is not None:
        said = (Message("system", (TextPart(ask.system),)), *said)
    if ask.prompt is not None:
        said = (*said, Message("user", (TextPart(ask.prompt),)))
    return said


def _calls(messages: Sequence[Message]) -> list[ToolCallPart]:
    """The calls that are ours to run."""
    return [
        part
        for message in messages
        for part in message.parts
        if isinstance(part, ToolCallPart) and not part.server_executed
    ]


def _usage(usage: Usage | None) -> JsonObject | None:
    if usage is None:
        return None
    counts = {"input": usage.input, "output": usage.output}
    stated: JsonObject = {k: v for k, v in counts.items() if v is not None}
    return stated | ({"details": usage.details} if usage.details else {})


def _again(dumped: JsonObject) -> Any:
    """The response after a trip through JSON text and back."""
    data = json.loads(json.dumps(dumped))
    for holder in (data, data["prompt"]):
        holder["messages"] = [dump(load(message)) for message in holder["messages"]]
    return data
