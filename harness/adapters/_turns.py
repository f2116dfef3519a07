"""Turns: a conversation whose tools the harness runs, for adapters that only speak."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TypeAlias

from harness.message.parts import ToolCallPart, ToolResultPart
from harness.run.door import Ask, Reply, result_of

RunTool: TypeAlias = Callable[[str, object], str]


class Turns(ABC):
    """A session that runs what the last answer called, once, and says what that gave
    with whatever is said next.
    """

    def __init__(self, run_tool: RunTool) -> None:
        self._run_tool = run_tool
        self._last: Reply | None = None
        self._results: Sequence[ToolResultPart] | None = None

    @abstractmethod
    def _say(self, ask: Ask, results: Sequence[ToolResultPart] | None) -> Reply:
        """Say something, and hear the answer; ``results`` are ``None`` where it does
        not go on from one.
        """

    def prompt(self, ask: Ask) -> Reply:
        """Say something, and hear the answer."""
        self._last = self._say(ask, None)
        return self._last

    def execute_tool_calls(self) -> Sequence[ToolResultPart]:
        """Run what the last answer called."""
        calls = self._last.tool_calls if self._last is not None else ()
        self._results = [self._ran(call) for call in calls]
        return self._results

    def reply(self, ask: Ask) -> Reply:
        """Go on from the last answer, with the results of its calls."""
        results = self._results
        if results is None:
            results = self.execute_tool_calls()
        self._results = None
        self._last = self._say(ask, results)
        return self._last

    def _ran(self, call: ToolCallPart) -> ToolResultPart:
        """What a call gives."""
        return result_of(call.name, call.arguments, call.tool_call_id, self._run_tool)
