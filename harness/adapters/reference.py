"""The reference adapter: this package's own models, asked through the door."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.errors import ConnectionLost, ProviderError, WireError
from harness.message.events import Error
from harness.message.parts import ToolResultPart
from harness.message.turn import ServerSideTool
from harness.providers._provider import Provider
from harness.reference.prompt import our_calls
from harness.reference.response import Response
from harness.reference.tools.tool import Tool, ToolDef, ToolResult
from harness.reference.wired import WiredModel
from harness.run.door import Ask, Reply, Session, Who
from harness.suite.case import CAPABILITIES, ToolSpec
from harness.wire.http import Transport


class Reference:
    """Speaks every wire there is a provider for."""

    name = "reference"

    def __init__(self, providers: Mapping[str, Provider], version: str) -> None:
        self.version = version
        self.providers = providers.keys()
        self.capabilities = frozenset(CAPABILITIES) - {"async", "retries"}
        self._by_name = providers

    def open(
        self, who: Who, door: Transport, run_tool: Callable[[str, object], str]
    ) -> Session:
        """A new conversation."""
        return Replies(self._by_name[who.provider], who, door, run_tool)


class Replies:
    """Responses, each a reply to the one before."""

    def __init__(
        self,
        provider: Provider,
        who: Who,
        door: Transport,
        run_tool: Callable[[str, object], str],
    ) -> None:
        self.who = who
        self.model = WiredModel(
            provider, who.model, base_url=who.base_url, key=who.key, transport=door
        )
        self.tools: list[ToolDef] = [
            *(_tool(spec, run_tool) for spec in who.tools),
            *(ServerSideTool(spec) for spec in who.server_side_tools),
        ]
        self.last: Response | None = None
        self.results: list[ToolResult] | None = None

    def prompt(self, ask: Ask) -> Reply:
        """Say something, and hear the answer."""
        if self.last is not None:
            return self._goes_on(ask, [])
        return self._heard(
            self.model.prompt(
                ask.prompt,
                messages=ask.messages or None,
                system=ask.system,
                tools=self.tools,
                schema=self.who.schema,
                options=self.who.options,
                stream=self.who.stream,
            )
        )

    def execute_tool_calls(self) -> Sequence[ToolResultPart]:
        """Run what the last answer called."""
        assert self.last is not None
        self.results = self.last.execute_tool_calls(tools=self.tools)
        return [result.part() for result in self.results]

    def reply(self, ask: Ask) -> Reply:
        """Go on from the last answer, with the results of its calls."""
        results, self.results = self.results, None
        return self._goes_on(ask, results)

    def rehydrate(self) -> None:
        """Put the last response through JSON text."""
        assert self.last is not None
        data = json.loads(json.dumps(self.last.to_dict()))
        self.last = Response.from_dict(data, model=self.model)

    def close(self) -> None:
        """Nothing is held open between turns."""

    def _goes_on(self, ask: Ask, results: list[ToolResult] | None) -> Reply:
        assert self.last is not None
        return self._heard(
            self.last.reply(
                ask.prompt,
                messages=ask.messages,
                system=ask.system,
                tool_results=results,
                tools=self.tools,
                stream=self.who.stream,
            )
        )

    def _heard(self, response: Response) -> Reply:
        """Hear an answer to its end, whatever that is."""
        self.last = response
        error = _failure(response)
        heard = response.so_far
        usage = heard.usage
        dumped: Any = response.to_dict() if response.done else None
        return Reply(
            events=tuple(heard.events),
            messages=heard.messages(),
            tool_calls=tuple(our_calls(heard.messages())),
            usage={**usage.to_dict()} if usage else None,
            finish_reason=heard.finish.reason if heard.finish else None,
            error=error,
            done=heard.finish is not None and error is None,
            dumped=dumped,
            again=self._again(dumped) if dumped else None,
        )

    def _again(self, dumped: Any) -> Any:
        """A response after a trip through JSON text and back."""
        data = json.loads(json.dumps(dumped))
        return Response.from_dict(data, model=self.model).to_dict()


def _tool(spec: ToolSpec, run_tool: Callable[[str, object], str]) -> Tool:
    def run(**arguments: object) -> str:
        return run_tool(spec.name, arguments)

    return Tool(spec.name, spec.description, spec.input_schema, run)


def _failure(response: Response) -> Error | None:
    """What an answer failed with, as an event."""
    try:
        response.messages()
    except ConnectionLost as error:
        return Error(str(error), "connection", retryable=True)
    except WireError as error:
        return Error(str(error), "wire")
    except ProviderError:
        return next(e for e in response.so_far.events if isinstance(e, Error))
    return None
