"""Execute: what a model called is run, and whatever comes of it is a result."""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator, Sequence
from copy import deepcopy
from functools import partial
from typing import Any, TypeAlias

from harness.errors import UsageError
from harness.message.parts import Attachment, JsonObject
from harness.reference.tools.signature import OWN_CALL, wants_own_call
from harness.reference.tools.tool import (
    CancelToolCall,
    PauseChain,
    Tool,
    Toolbox,
    ToolCall,
    ToolDef,
    ToolOutput,
    ToolResult,
    declared,
)

BeforeCall: TypeAlias = Callable[[Tool | None, ToolCall], Awaitable[None] | None]
"""Hears of a call before it is run; its tool is ``None`` if there is no such tool."""

AfterCall: TypeAlias = Callable[[Tool, ToolCall, ToolResult], Awaitable[None] | None]
"""Hears what a call came to; not of those that were cancelled or have no tool."""

Done: TypeAlias = dict[int, ToolResult]
"""Results by the place of their call, as far as there are any."""

_Flow: TypeAlias = Generator[tuple[str, Any], Any, None]
_Plan: TypeAlias = list[tuple[ToolCall, Tool | None]]

LONGEST_QUOTE = 200  # characters of what the model wrote that it is shown again


def execute(
    calls: Sequence[ToolCall],
    tools: Iterable[ToolDef],
    before_call: BeforeCall | None = None,
    after_call: AfterCall | None = None,
    done: Done | None = None,
) -> list[ToolResult]:
    """Run the calls, one after the other; async tools too.

    A tool that fails has an error as its result. Calls that the provider ran itself
    are not run again. ``done`` is given each result as soon as there is one, so that
    whoever is interrupted knows what need not be run again.

    Raises:
        PauseChain: as soon as a tool does; later calls are not run.
        TypeError: for a hook that wants to be awaited.
        UsageError: before any call, if one is for a tool that cannot be run here.
    """
    tools = tuple(tools)
    prepare(tools)
    done = {} if done is None else done
    for place, (call, tool) in enumerate(_planned(calls, tools)):
        keep = partial(done.__setitem__, place)
        try:
            _run(_one_call(call, tool, before_call, after_call, keep))
        except PauseChain as pause:
            pause.tool_call, pause.tool_results = call, in_order(done)
            raise
    return in_order(done)


async def aexecute(
    calls: Sequence[ToolCall],
    tools: Iterable[ToolDef],
    before_call: BeforeCall | None = None,
    after_call: AfterCall | None = None,
    done: Done | None = None,
) -> list[ToolResult]:
    """Run the calls: coroutine functions side by side, the others each in its turn.

    Results are in the order of the calls. Whatever was started ends before anything
    is raised; if this is cancelled itself, so is whatever was started. ``done`` is as
    for :func:`execute`.

    Raises:
        PauseChain: the first there is, if no hook failed.
        UsageError: before any call, if one is for a tool that cannot be run here.
    """
    tools = tuple(tools)
    await aprepare(tools)
    plan = _planned(calls, tools)
    done = {} if done is None else done
    flows = []
    for place, (call, tool) in enumerate(plan):
        keep = partial(done.__setitem__, place)
        flows.append((_one_call(call, tool, before_call, after_call, keep), tool))
    ended = await _side_by_side(flows)
    _raise(plan, ended, done)
    return in_order(done)


def in_order(done: Done) -> list[ToolResult]:
    """Results in the order of their calls."""
    return [done[place] for place in sorted(done)]


def prepare(tools: Iterable[ToolDef]) -> None:
    """Prepare the toolboxes among the tools that are not prepared yet."""
    for box in _toolboxes(tools):
        if not box._prepared:
            box.prepare()
            box._prepared = True


async def aprepare(tools: Iterable[ToolDef]) -> None:
    """Prepare the toolboxes among the tools that are not prepared yet, awaiting."""
    for box in _toolboxes(tools):
        if not box._async_prepared:
            await box.prepare_async()
            box._async_prepared = True


def _toolboxes(tools: Iterable[ToolDef]) -> Iterator[Toolbox]:
    for tool in tools:
        box = tool if isinstance(tool, Toolbox) else _toolbox(tool)
        if box is not None:
            yield box


def _toolbox(tool: ToolDef) -> Toolbox | None:
    """The toolbox that a tool is a method of."""
    owner = getattr(getattr(tool, "implementation", tool), "__self__", None)
    return owner if isinstance(owner, Toolbox) else None


def _planned(calls: Iterable[ToolCall], tools: Iterable[ToolDef]) -> _Plan:
    """Each call that is ours to run, with its tool if there is one of that name."""
    named = {tool.name: tool for tool in declared(tools) if isinstance(tool, Tool)}
    plan = [(call, named.get(call.name)) for call in calls if not call.server_executed]
    for _, tool in plan:
        if tool is not None and tool.implementation is None:
            raise UsageError(
                f"tool {tool.name!r} is declared and cannot be run: pass tools=[...] "
                "with its implementation, or tool_results=[...] with what it came to"
            )
    return plan


async def _side_by_side(
    flows: Iterable[tuple[_Flow, Tool | None]],
) -> list[BaseException | None]:
    """What each flow raised, if it did; those not started after it are left out."""
    import asyncio  # takes long to import, and is there already where it is needed

    started: list[asyncio.Task[None]] = []
    try:
        for flow, tool in flows:
            started.append(asyncio.create_task(_arun(flow)))
            if tool is None or not inspect.iscoroutinefunction(tool.implementation):
                [end] = await asyncio.gather(started[-1], return_exceptions=True)
                if isinstance(end, BaseException):
                    break
        return await asyncio.gather(*started, return_exceptions=True)
    finally:
        for task in started:
            task.cancel()  # one has not ended only where we are cancelled ourselves
        await asyncio.gather(*started, return_exceptions=True)


def _raise(plan: _Plan, ended: Iterable[BaseException | None], done: Done) -> None:
    """Raise the first failure there is, or else the first pause."""
    pauses: list[PauseChain] = []
    for (call, _), end in zip(plan, ended, strict=False):  # a pause may end it early
        if isinstance(end, PauseChain):
            end.tool_call, end.tool_results = call, in_order(done)
            pauses.append(end)
        elif end is not None:
            raise end
    for pause in pauses[:1]:
        raise pause


# --------------------------------------------------------------- one call, either way


def _one_call(
    call: ToolCall,
    tool: Tool | None,
    before_call: BeforeCall | None,
    after_call: AfterCall | None,
    keep: Callable[[ToolResult], None],
) -> _Flow:
    """Yield who was called and what came back, to be sent it when it is awaited.

    The result is kept before ``after_call`` hears of it: whatever that does, the tool
    has run.
    """
    if before_call:
        try:
            yield "before_call", before_call(tool, call)
        except CancelToolCall as cancelled:
            keep(_failed(call, cancelled, f"Cancelled: {cancelled}"))
            return
    if tool is None or tool.implementation is None:
        message = f'tool "{call.name}" does not exist'
        keep(_failed(call, KeyError(message), f"Error: {message}"))
        return
    try:
        value = yield "tool", tool.implementation(**_arguments(call, tool))
        result = _returned(call, value)
    except PauseChain:
        raise
    except Exception as error:  # a tool may fail in any way; the model is told
        result = _failed(call, error, f"Error: {error}")
    result.instance = _toolbox(tool)
    keep(result)
    if after_call:
        yield "after_call", after_call(tool, call, result)


def _failed(call: ToolCall, error: Exception, output: str) -> ToolResult:
    return ToolResult(
        call.name, output, tool_call_id=call.tool_call_id, exception=error
    )


def _returned(call: ToolCall, value: Any) -> ToolResult:
    attachments: list[Attachment] = []
    if isinstance(value, ToolOutput):
        value, attachments = value.output, list(value.attachments or ())
    output = value if isinstance(value, str) else json.dumps(value, default=repr)
    return ToolResult(call.name, output, attachments, call.tool_call_id)


def _arguments(call: ToolCall, tool: Tool) -> JsonObject:
    """What the implementation is called with.

    Raises:
        TypeError: if the model wrote no JSON object.
    """
    given = call.arguments
    if not isinstance(given, dict):
        raise _unfit(call, json.dumps(given, ensure_ascii=False, default=repr))
    if given.keys() == {"_raw"} and not _has(tool, "_raw"):
        raise _unfit(call, f"text that is not JSON: {given['_raw']}")
    arguments = deepcopy(given)  # what a tool does to its own is not what was said
    if tool.implementation and wants_own_call(tool.implementation):
        arguments[OWN_CALL] = call
    return arguments


def _has(tool: Tool, parameter: str) -> bool:
    return parameter in tool.input_schema.get("properties", ())


def _unfit(call: ToolCall, got: str) -> TypeError:
    if len(got) > LONGEST_QUOTE:
        got = f"{got[:LONGEST_QUOTE]}…"
    wanted = f'tool "{call.name}" needs a JSON object of arguments'
    return TypeError(f"{wanted}, got {got}")


def _run(flow: _Flow) -> None:
    """Drive the flow to its end here and now."""
    resume: Callable[[Any], tuple[str, Any]] = flow.send
    value: Any = None
    while True:
        try:
            who, value = resume(value)
        except StopIteration:
            return
        try:
            resume, value = flow.send, _settled(who, value)
        except BaseException as raised:  # the flow knows what to do about it
            resume, value = flow.throw, raised


async def _arun(flow: _Flow) -> None:
    """Drive the flow to its end, awaiting what wants to be awaited."""
    resume: Callable[[Any], tuple[str, Any]] = flow.send
    value: Any = None
    while True:
        try:
            _, value = resume(value)
        except StopIteration:
            return
        try:
            resume = flow.send
            value = await value if inspect.isawaitable(value) else value
        except BaseException as raised:  # the flow knows what to do about it
            resume, value = flow.throw, raised


def _settled(who: str, value: Any) -> Any:
    """The value itself, or what it comes to where it wants to be awaited."""
    if not inspect.isawaitable(value):
        return value
    if who == "tool":
        return _awaited(value)
    if inspect.iscoroutine(value):
        value.close()  # or Python warns that it was never awaited
    raise TypeError(
        f"{who}= is asynchronous, and tools are run here without awaiting: "
        "give a plain function, or use an AsyncModel"
    )


def _awaited(value: Awaitable[Any]) -> Any:
    """Await from code that is not async itself, even below code that is."""
    import asyncio  # takes long to import, and few tools are async
    from concurrent.futures import ThreadPoolExecutor
    from contextvars import copy_context

    async def awaiting() -> Any:
        return await value

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(awaiting())
    with ThreadPoolExecutor(1) as thread:
        run = copy_context().run
        return thread.submit(run, asyncio.run, awaiting()).result()
