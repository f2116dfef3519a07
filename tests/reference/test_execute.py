"""Execute: the same calls come to the same results as in llm, or the test says why."""

from __future__ import annotations

import asyncio
import contextvars
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from typing import Any

import llm
import pytest
from llm.models import ToolCall as TheirCall

from harness.errors import UsageError
from harness.message.parts import Attachment
from harness.message.turn import Tool as Declaration
from harness.reference.tools.execute import aexecute, execute, prepare
from harness.reference.tools.tool import (
    CancelToolCall,
    PauseChain,
    ServerSideTool,
    Tool,
    Toolbox,
    ToolCall,
    ToolOutput,
    ToolResult,
)

PICTURE = Attachment(type="image/png", content=b"x")
Ran = tuple[list[ToolResult], list[str]]


def add(a: int, b: int = 1) -> int:
    return a + b


def fail(message: str) -> str:
    raise ValueError(message)


def cancel() -> str:
    raise CancelToolCall("inside")


def stop() -> str:
    raise StopIteration("done")


def structure() -> Any:
    return {"a": [1, None, {1, 2} & {1}], "ä": date(2024, 2, 29)}


def circle() -> Any:
    a: list[Any] = []
    a.append(a)
    return a


def keyed() -> Any:
    return {(1, 2): 3}


def show() -> ToolOutput:
    return ToolOutput({"seen": True}, [PICTURE])


def mine(llm_tool_call: Any, a: int = 0) -> str:
    return (
        f"{llm_tool_call.name} {llm_tool_call.tool_call_id} {llm_tool_call.arguments}"
    )


def everything(**given: Any) -> str:
    return json.dumps(given)


async def later(a: int) -> int:
    await asyncio.sleep(0)
    return a


async def later_fail() -> str:
    await asyncio.sleep(0)
    raise KeyError("later")


FUNCTIONS: list[Callable[..., Any]] = [
    add, fail, cancel, stop, structure, circle, keyed, show, mine, everything,
    later, later_fail,
]  # fmt: skip

CALLS: list[tuple[str, dict[str, Any]]] = [
    ("add", {"a": 1, "b": 2}),
    ("add", {"a": "x"}),
    ("add", {}),
    ("add", {"a": 1, "surplus": 1}),
    ("fail", {"message": "no"}),
    ("fail", {"message": ""}),
    ("cancel", {}),
    ("stop", {}),
    ("structure", {}),
    ("circle", {}),
    ("keyed", {}),
    ("show", {}),
    ("mine", {"a": 1}),
    ("mine", {"a": 1, "llm_tool_call": "forged"}),
    ("everything", {"llm_tool_call": "mine"}),
    ("later", {"a": 5}),
    ("later_fail", {}),
    ("nowhere", {}),
    ("nowhere", {}),
]


def seen(results: Any) -> list[Any]:
    """Of results of either side, all that they have in common."""
    return [
        (r.name, r.output, r.tool_call_id, type(r.exception).__name__, str(r.exception))
        for r in results
    ]


class Quiet(llm.Model):
    model_id = "quiet"
    supports_tools = True

    def execute(self, *given: Any, **named: Any) -> Iterator[str]:
        yield "hi"


class AsyncQuiet(llm.AsyncModel):
    model_id = "quiet"
    supports_tools = True

    async def execute(self, *given: Any, **named: Any) -> Any:
        yield "hi"


def cancel_theirs() -> str:
    raise llm.CancelToolCall("inside")


def show_theirs() -> llm.ToolOutput:
    picture = llm.Attachment(type="image/png", content=b"x")
    return llm.ToolOutput({"seen": True}, [picture])


def their_tools() -> list[Any]:
    """The same tools, with llm's exceptions and outputs for ours."""
    make: Any = llm.Tool.function  # llm is not typed all through
    twins = {cancel: cancel_theirs, show: show_theirs}
    return [make(twins.get(f, f), name=f.__name__) for f in FUNCTIONS]


def hooks(
    log: list[Any], cancelled: type[Exception]
) -> tuple[Callable[..., None], Callable[..., None]]:
    def before(tool: Any, call: Any) -> None:
        log.append(("before", tool and tool.name, call.tool_call_id))
        if call.tool_call_id in ("c0", "c15", "c18"):
            raise cancelled("not this one")

    def after(tool: Any, call: Any, result: Any) -> None:
        log.append(("after", tool.name, call.tool_call_id, result.output))

    return before, after


def test_results_and_hooks_are_those_of_llm() -> None:
    log: list[Any] = []
    before, after = hooks(log, CancelToolCall)
    calls = [ToolCall(n, a, f"c{i}") for i, (n, a) in enumerate(CALLS)]
    results = execute(calls, FUNCTIONS, before, after)

    their_log: list[Any] = []
    their_before, their_after = hooks(their_log, llm.CancelToolCall)
    response = Quiet().prompt("hi", tools=their_tools())
    their_calls = [TheirCall(n, a, f"c{i}") for i, (n, a) in enumerate(CALLS)]
    their_results = response.execute_tool_calls(
        tool_calls_list=their_calls,
        before_call=their_before,
        after_call=their_after,
    )
    assert seen(results) == seen(their_results)
    assert log == their_log
    [shown] = [r for r in results if r.name == "show"]
    assert shown.attachments == [PICTURE]


def test_awaited_results_and_hooks_are_those_of_llm() -> None:
    log: list[Any] = []
    before, after = hooks(log, CancelToolCall)
    calls = [ToolCall(n, a, f"c{i}") for i, (n, a) in enumerate(CALLS)]
    results = asyncio.run(aexecute(calls, FUNCTIONS, before, after))

    their_log: list[Any] = []
    their_before, their_after = hooks(their_log, llm.CancelToolCall)

    their_calls = [TheirCall(n, a, f"c{i}") for i, (n, a) in enumerate(CALLS)]

    async def run_theirs() -> Any:
        response = AsyncQuiet().prompt("hi", tools=their_tools())
        return await response.execute_tool_calls(
            tool_calls_list=their_calls,
            before_call=their_before,
            after_call=their_after,
        )

    assert seen(results) == seen(asyncio.run(run_theirs()))
    # llm starts a coroutine only when the loop is next free; ours starts in its turn.
    assert sorted(map(str, log)) == sorted(map(str, their_log))


# ------------------------------------------------------------------ either way


def at_once(*given: Any) -> list[ToolResult]:
    return execute(*given)


def awaiting(*given: Any) -> list[ToolResult]:
    return asyncio.run(aexecute(*given))


@pytest.fixture(params=[at_once, awaiting])
def run(request: pytest.FixtureRequest) -> Callable[..., list[ToolResult]]:
    function: Callable[..., list[ToolResult]] = request.param
    return function


Run = Callable[..., list[ToolResult]]


@pytest.mark.parametrize(
    ("arguments", "got"),
    [
        ([1, 2], "[1, 2]"),
        (None, "null"),
        (3, "3"),
        ("ä", '"ä"'),
        ({"_raw": '{"a": 1'}, 'text that is not JSON: {"a": 1'),
        ("x" * 300, '"' + "x" * 199 + "…"),
    ],
    ids=["list", "null", "number", "string", "cut off", "long"],
)
def test_arguments_that_are_no_object_never_reach_the_tool(
    run: Run, arguments: Any, got: str
) -> None:
    heard: list[str] = []

    def listen(**given: Any) -> str:
        raise AssertionError("the tool was called")

    def after(tool: Tool, call: ToolCall, result: ToolResult) -> None:
        heard.append(result.output)

    [result] = run([ToolCall("listen", arguments, "c")], [listen], None, after)
    wanted = f'tool "listen" needs a JSON object of arguments, got {got}'
    assert result.output == f"Error: {wanted}"
    assert type(result.exception) is TypeError
    assert result.part().exception == f"TypeError: {wanted}"
    assert heard == [result.output]


def test_a_tool_that_has_a_parameter_of_that_name_is_given_it(run: Run) -> None:
    def echo(text: str) -> str:
        return text

    def take(**given: str) -> str:
        return given["_raw"]

    schema = {"type": "object", "properties": {"_raw": {"type": "string"}}}
    tool = Tool("take", None, schema, take)
    assert run([ToolCall("take", {"_raw": "hi"})], [tool, echo])[0].output == "hi"


def test_a_tool_that_cannot_be_run_is_an_error_before_anything_is_run(run: Run) -> None:
    ran: list[int] = []

    def note() -> None:
        ran.append(1)

    calls = [ToolCall("note"), ToolCall("remote")]
    with pytest.raises(UsageError, match=r"tool 'remote' .* tools=\[.* tool_results="):
        run(calls, [note, Declaration("remote")])
    assert not ran


def test_a_tool_that_cannot_be_run_and_is_not_called_does_not_matter(run: Run) -> None:
    web = ServerSideTool({"type": "web_search"})
    [result] = run([ToolCall("add", {"a": 1})], [Declaration("remote"), web, add])
    assert result.output == "2"


def test_calls_that_the_provider_ran_are_not_run_again(run: Run) -> None:
    calls = [ToolCall("add", {"a": 1}, "s", True), ToolCall("add", {"a": 2}, "o")]
    assert [r.tool_call_id for r in run(calls, [add])] == ["o"]


def test_two_calls_of_one_id_are_both_run(run: Run) -> None:
    calls = [ToolCall("add", {"a": 1}, "c"), ToolCall("add", {"a": 2}, "c")]
    assert [(r.output, r.tool_call_id) for r in run(calls, [add])] == [
        ("2", "c"),
        ("3", "c"),
    ]


def test_a_tool_cannot_change_what_the_model_said(run: Run) -> None:
    def empty(items: list[int]) -> int:
        items.clear()
        return len(items)

    call = ToolCall("empty", {"items": [1, 2]})
    assert run([call], [empty])[0].output == "0"
    assert call.arguments == {"items": [1, 2]}


def test_a_function_that_returns_an_awaitable_is_awaited(run: Run) -> None:
    def soon(a: int) -> Awaitable[int]:
        return later(a)

    assert run([ToolCall("soon", {"a": 4})], [soon])[0].output == "4"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_hook_that_fails_is_not_a_result(run: Run, when: str) -> None:
    def hook(*given: Any) -> None:
        raise LookupError("hook")

    both = (hook, None) if when == "before" else (None, hook)
    with pytest.raises(LookupError, match="hook"):
        run([ToolCall("add", {"a": 1})], [add], *both)


def test_a_hook_may_pause(run: Run) -> None:
    def ask(tool: Tool | None, call: ToolCall) -> None:
        if call.tool_call_id == "b":
            raise PauseChain("may I?")

    calls = [ToolCall("add", {"a": 1}, i) for i in "abc"]
    with pytest.raises(PauseChain) as caught:
        run(calls, [add], ask)
    assert caught.value.tool_call is calls[1]
    assert [r.tool_call_id for r in caught.value.tool_results] == ["a"]


class Counter(Toolbox):
    def __init__(self) -> None:
        self.prepared: list[str] = []

    def prepare(self) -> None:
        self.prepared.append("sync")
        self.add_tool(add)

    async def prepare_async(self) -> None:
        await asyncio.sleep(0)
        self.prepared.append("async")
        self.add_tool(add)

    def up(self) -> str:
        return ",".join(self.prepared)


@pytest.mark.parametrize(
    "given", [lambda b: [b], lambda b: b.tools(), lambda b: [b.up]]
)
def test_a_toolbox_is_prepared_once_before_its_tools_run(run: Run, given: Any) -> None:
    box = Counter()
    tools = list(given(box))
    name = "up" if tools == [box.up] else "Counter_up"
    wanted = "sync" if run is at_once else "async"
    for _ in range(2):
        results = run([ToolCall(name), ToolCall(name)], tools)
        assert [r.output for r in results] == [wanted, wanted]
    assert results[0].instance is box


def test_tools_that_preparing_adds_can_be_run(run: Run) -> None:
    assert run([ToolCall("add", {"a": 1})], [Counter()])[0].output == "2"


def test_preparing_ahead_is_preparing() -> None:
    box = Counter()
    prepare([box])
    assert [t.name for t in box.tools()] == ["Counter_up", "add"]
    assert execute([ToolCall("Counter_up")], [box])[0].output == "sync"


# ----------------------------------------------------------------- one by one


def test_a_pause_stops_there_with_the_results_so_far() -> None:
    ran: list[str] = []

    def step(name: str) -> str:
        ran.append(name)
        if name == "b":
            raise PauseChain("wait")
        return name

    calls = [ToolCall("step", {"name": n}, n) for n in "abc"]
    with pytest.raises(PauseChain, match="wait") as caught:
        execute(calls, [step])
    assert ran == ["a", "b"]
    assert caught.value.tool_call is calls[1]
    assert [r.output for r in caught.value.tool_results] == ["a"]


class Promise:
    def __await__(self) -> Iterator[None]:
        raise AssertionError("never awaited")


async def coroutine(*given: Any) -> None:
    raise AssertionError("never run")


def promise(*given: Any) -> Promise:
    return Promise()


@pytest.mark.parametrize("hook", [coroutine, promise])
@pytest.mark.parametrize("name", ["before_call", "after_call"])
def test_a_hook_that_wants_to_be_awaited_is_refused(name: str, hook: Any) -> None:
    with pytest.raises(TypeError, match=f"{name}= is asynchronous"):
        execute([ToolCall("add", {"a": 1})], [add], **{name: hook})


def test_a_builtin_without_a_signature_can_be_run_by_hand_made_declaration() -> None:
    [result] = execute([ToolCall("max", {"default": 1})], [Tool("max", None, {}, max)])
    assert result.output.startswith("Error: max expected at least 1 argument")


def test_an_async_tool_runs_below_code_that_is_async_itself() -> None:
    speaker = contextvars.ContextVar("speaker", default="nobody")

    async def who() -> str:
        await asyncio.sleep(0)
        return speaker.get()

    async def main() -> list[ToolResult]:
        speaker.set("somebody")
        return execute([ToolCall("who"), ToolCall("later_fail")], [who, later_fail])

    first, second = asyncio.run(main())
    assert first.output == "somebody"
    assert second.output == "Error: 'later'"


def test_an_interruption_is_not_a_result() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    async def interrupt_later() -> None:
        raise SystemExit(3)

    with pytest.raises(KeyboardInterrupt):
        execute([ToolCall("interrupt")], [interrupt])
    with pytest.raises(SystemExit):
        execute([ToolCall("interrupt_later")], [interrupt_later])


# --------------------------------------------------------------- side by side


def test_coroutine_functions_run_side_by_side_and_results_keep_their_order() -> None:
    async def main() -> list[str]:
        met = asyncio.Barrier(3)

        async def meet(name: str, turns: int) -> str:
            await met.wait()
            for _ in range(turns):
                await asyncio.sleep(0)
            return name

        calls = [
            ToolCall("meet", {"name": n, "turns": 9 - t}) for t, n in enumerate("abc")
        ]
        async with asyncio.timeout(5):
            return [result.output for result in await aexecute(calls, [meet])]

    assert asyncio.run(main()) == ["a", "b", "c"]


def test_plain_functions_run_each_in_its_turn() -> None:
    log: list[str] = []

    async def before(tool: Tool | None, call: ToolCall) -> None:
        await asyncio.sleep(0)
        log.append(f"before {call.tool_call_id}")

    async def after(tool: Tool, call: ToolCall, result: ToolResult) -> None:
        await asyncio.sleep(0)
        log.append(f"after {call.tool_call_id}")

    calls = [ToolCall("add", {"a": 1}, "a"), ToolCall("add", {"a": 1}, "b")]
    asyncio.run(aexecute(calls, [add], before, after))
    assert log == ["before a", "after a", "before b", "after b"]


class Steps:
    """Tools that log, so that a test can say which were run, and how far."""

    def __init__(self) -> None:
        self.log: list[str] = []

    async def slow(self, name: str) -> str:
        self.log.append(f"{name} began")
        for _ in range(5):
            await asyncio.sleep(0)
        self.log.append(f"{name} ended")
        return name

    async def pause(self, name: str) -> str:
        await asyncio.sleep(0)
        raise PauseChain(name)

    def note(self, name: str) -> str:
        self.log.append(name)
        return name

    def pause_now(self, name: str) -> str:
        raise PauseChain(name)

    def tools(self) -> list[Callable[..., Any]]:
        return [self.slow, self.pause, self.note, self.pause_now]


def paused(calls: str, **hooks: Any) -> tuple[PauseChain, list[str]]:
    """The pause these calls end in: ``slow:a pause:b``, and what ran."""
    steps = Steps()
    split = [word.partition(":") for word in calls.split()]
    made = [ToolCall(tool, {"name": name}, name) for tool, _, name in split]
    with pytest.raises(PauseChain) as caught:
        asyncio.run(aexecute(made, steps.tools(), **hooks))
    return caught.value, steps.log


def test_siblings_already_running_end_before_a_pause_is_raised() -> None:
    pause, log = paused("slow:a pause:b slow:c")
    assert pause.tool_call is not None
    assert pause.tool_call.tool_call_id == "b"
    assert [r.output for r in pause.tool_results] == ["a", "c"]
    assert log == ["a began", "c began", "a ended", "c ended"]


def test_after_a_plain_function_pauses_no_call_is_started() -> None:
    pause, log = paused("slow:a pause_now:b note:c slow:d")
    assert [r.output for r in pause.tool_results] == ["a"]
    assert log == ["a began", "a ended"]


def test_of_two_pauses_the_first_called_is_raised() -> None:
    pause, _ = paused("slow:a pause:b note:c pause:d slow:e")
    assert str(pause) == "b"
    assert [r.output for r in pause.tool_results] == ["a", "c", "e"]


@pytest.mark.parametrize("tool", ["slow", "note"])
@pytest.mark.parametrize("hook", ["before_call", "after_call"])
def test_a_failing_hook_outranks_a_pause_and_waits_for_siblings(
    tool: str, hook: str
) -> None:
    def failing(_: Tool | None, call: ToolCall, *result: ToolResult) -> None:
        if call.tool_call_id == "c":
            raise LookupError("hook")

    steps = Steps()
    calls = [
        ToolCall("pause", {"name": "a"}, "a"),
        ToolCall("slow", {"name": "b"}, "b"),
        ToolCall(tool, {"name": "c"}, "c"),
    ]
    given: dict[str, Any] = {hook: failing}
    with pytest.raises(LookupError, match="hook"):
        asyncio.run(aexecute(calls, steps.tools(), **given))
    assert "b ended" in steps.log


@pytest.mark.parametrize("last", ["wait", "hold"])
def test_cancelling_cancels_what_was_started_and_waits_for_it(last: str) -> None:
    running: list[str] = []
    ended: list[str] = []
    after_the_end: list[str] = []

    async def wait(name: str) -> None:
        running.append(name)
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)  # even one that takes its time to go
            ended.append(name)

    def hold(name: str) -> Awaitable[None]:
        return wait(name)

    def never(name: str) -> None:
        after_the_end.append(name)

    async def main() -> None:
        calls = [
            ToolCall("wait", {"name": "a"}),
            ToolCall("wait", {"name": "b"}),
            ToolCall(last, {"name": "c"}),
        ]
        calls += [ToolCall("never", {"name": "d"})] if last == "hold" else []
        task = asyncio.create_task(aexecute(calls, [wait, hold, never]))
        while len(running) < 3:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert sorted(ended) == ["a", "b", "c"]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())
    assert not after_the_end


@pytest.mark.parametrize(
    "order",
    ["slow:a pause:b slow:c", "slow:a pause_now:b note:c", "pause:a note:b pause:c"],
)
def test_a_pause_has_the_results_it_has_in_llm(order: str) -> None:
    pause, _ = paused(order)

    class Theirs(Steps):
        async def pause(self, name: str) -> str:
            await asyncio.sleep(0)
            raise llm.PauseChain(name)

        def pause_now(self, name: str) -> str:
            raise llm.PauseChain(name)

    async def run_theirs() -> None:
        response = AsyncQuiet().prompt("hi", tools=[*Theirs().tools()])
        split = [word.partition(":") for word in order.split()]
        calls = [TheirCall(tool, {"name": name}, name) for tool, _, name in split]
        await response.execute_tool_calls(tool_calls_list=calls)

    with pytest.raises(llm.PauseChain) as caught:
        asyncio.run(run_theirs())
    other = caught.value
    assert (str(pause), seen(pause.tool_results)) == (
        str(other),
        seen(other.tool_results),
    )
    assert pause.tool_call is not None
    assert other.tool_call is not None
    assert pause.tool_call.tool_call_id == other.tool_call.tool_call_id
