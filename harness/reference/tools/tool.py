"""Tools: Python functions a model may call, and what comes of it.

Names are those of ``llm`` (https://llm.datasette.io/en/stable/python-api.html), so
that code moves over by changing its import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import MethodType
from typing import Any, TypeAlias

from harness.errors import UsageError
from harness.message import turn
from harness.message.parts import Attachment, ToolCallPart, ToolResultPart
from harness.message.turn import ServerSideTool
from harness.reference.tools.signature import docstring, model_schema, parameters_schema

__all__ = [
    "CancelToolCall",
    "PauseChain",
    "ServerSideTool",
    "Tool",
    "ToolCall",
    "ToolDef",
    "ToolOutput",
    "ToolResult",
    "Toolbox",
    "declared",
]

ToolCall: TypeAlias = ToolCallPart
"""A call as the model made it."""


@dataclass(frozen=True, slots=True)
class Tool(turn.Tool):
    """A tool that can also be run, by calling its ``implementation``.

    ``input_schema`` may be given as a pydantic model; ``plugin`` names the package
    it came from.
    """

    implementation: Callable[..., Any] | None = None
    plugin: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.input_schema, dict):
            object.__setattr__(self, "input_schema", model_schema(self.input_schema))

    @classmethod
    def function(
        cls,
        function: Callable[..., Any],
        name: str | None = None,
        description: str | None = None,
        *,
        plugin: str | None = None,
    ) -> Tool:
        """The tool that a function is, by its name, signature and docstring.

        Raises:
            UsageError: for a function without a name of its own, or a parameter
                that no JSON can be given to.
        """
        named = name or getattr(function, "__name__", None)
        if named in (None, "<lambda>"):
            what = "a lambda function" if named else repr(function)
            message = f"Cannot create a Tool from {what} without providing name="
            raise UsageError(message)
        description = description or docstring(function)[0]
        schema = parameters_schema(function)
        return cls(str(named), description, schema, function, plugin)


class Toolbox:
    """Tools that share one object: each public method of a subclass is one.

    A tool is named for class and method, ``Calculator_add``. Override ``prepare`` or
    ``prepare_async`` for what must happen once before the first of them runs.
    """

    plugin: str | None = None
    _extra_tools: tuple[Tool, ...] = ()
    _prepared = False
    _async_prepared = False

    def tools(self) -> Iterator[Tool]:
        """A tool for each public method, then those that were added."""
        box = type(self)
        for name in dir(box):
            if name.startswith("_") or hasattr(Toolbox, name):
                continue
            # Looked up on the class, where a property is not yet anything callable.
            method = getattr(box, name)
            if callable(method) and not isinstance(method, type):
                named = f"{box.__name__}_{name}"
                bound = getattr(self, name)
                yield Tool.function(bound, named, plugin=self.plugin)
        yield from self._extra_tools

    def add_tool(
        self, tool_or_function: Tool | Callable[..., Any], pass_self: bool = False
    ) -> None:
        """Add a tool; a function with ``pass_self`` is given the toolbox first.

        Raises:
            TypeError: for what is neither a tool nor a function.
        """
        added = tool_or_function
        if callable(added):
            added = Tool.function(MethodType(added, self) if pass_self else added)
        if not isinstance(added, Tool):
            raise TypeError(f"a Toolbox holds tools and functions, not {added!r:.60}")
        self._extra_tools = (*self._extra_tools, added)

    def prepare(self) -> None:
        """Called once before the first of the tools runs; also a place to add some."""

    async def prepare_async(self) -> None:
        """The same where tools are awaited; unless overridden, ``prepare`` itself."""
        if not self._prepared:
            self.prepare()
            self._prepared = True


@dataclass
class ToolOutput:
    """What a tool returns that has more to show than words."""

    output: Any = None
    attachments: list[Attachment] = field(default_factory=list)


@dataclass
class ToolResult:
    """What a call came to: ``output`` is what the model reads.

    ``instance`` is the toolbox it ran in; ``exception`` why there is no better result.
    """

    name: str
    output: str
    attachments: list[Attachment] = field(default_factory=list)
    tool_call_id: str | None = None
    instance: Toolbox | None = None
    exception: Exception | None = None

    def part(self) -> ToolResultPart:
        """The result as it stands in a message."""
        failed = self.exception
        return ToolResultPart(
            self.name,
            self.output,
            self.tool_call_id,
            attachments=tuple(self.attachments or ()),
            exception=None if failed is None else f"{type(failed).__name__}: {failed}",
        )


class CancelToolCall(Exception):
    """Raise in ``before_call``: the tool is not run, and the model is told why."""


class PauseChain(Exception):
    """Raise in a tool to stop here, and go on another day.

    Calls already running end first. To go on, give the chain a history that ends in
    the calls without results.

    Attributes:
        tool_call: the call that paused.
        tool_results: what the other calls of the same answer came to.
    """

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self.tool_call: ToolCall | None = None
        self.tool_results: list[ToolResult] = []


ToolDef: TypeAlias = turn.Tool | ServerSideTool | Toolbox | Callable[..., Any]
"""Whatever may be given as a tool."""


def declared(tools: Iterable[ToolDef]) -> tuple[Tool | ServerSideTool, ...]:
    """The tools, each as a value: functions described, toolboxes opened.

    A plain :class:`harness.message.turn.Tool` is declared to the model all the same;
    only it cannot be run here.

    Raises:
        UsageError: for what is no tool, and for two of one name.
    """
    found: list[Tool | ServerSideTool] = []
    names: set[str] = set()
    for tool in (each for given in tools for each in _opened(given)):
        if isinstance(tool, Tool):
            if tool.name in names:
                message = f"two tools are named {tool.name!r}: which is meant?"
                raise UsageError(message)
            names.add(tool.name)
        found.append(tool)
    return tuple(found)


def _opened(given: ToolDef) -> Iterable[Tool | ServerSideTool]:
    if isinstance(given, Tool | ServerSideTool):
        return (given,)
    if isinstance(given, turn.Tool):
        return (Tool(given.name, given.description, given.input_schema),)
    if isinstance(given, Toolbox):
        return given.tools()
    if isinstance(given, type) and issubclass(given, Toolbox):
        raise UsageError(f"a Toolbox is given as an object: {given.__name__}()")
    if callable(given):
        return (Tool.function(given),)
    raise UsageError(f"no tool: {given!r:.60}; wanted a function, Tool or Toolbox")
