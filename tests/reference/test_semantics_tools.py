"""Semantics of tools and chains, as in llm 0.36.

Each test is a row of the semantics, S35 to S40, and puts the same to llm and to ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import llm
import pytest

from harness.errors import ChainLimitExceeded, UsageError
from harness.message.parts import Attachment, Message, ToolCallPart
from harness.message.turn import Tool as Declaration
from harness.reference.tools.execute import execute
from harness.reference.tools.tool import (
    CancelToolCall,
    PauseChain,
    ToolOutput,
    ToolResult,
)
from tests.reference.generated import add, fail, structure
from tests.reference.llm_twin import (
    Ours,
    OursAwaited,
    Script,
    Theirs,
    TheirsAwaited,
    as_fields,
    as_results,
    called,
    now,
    their_call,
    written,
)

OBJECT = {"type": "object", "properties": {"title": {"type": "string"}}}


def ran(*calls: ToolCallPart, tools: Any, **hooks: Any) -> tuple[Any, Any]:
    """What both make of these calls: llm's results, and ours."""
    response = Theirs([]).prompt("hi", tools=tools)
    theirs = response.execute_tool_calls(
        tool_calls_list=[their_call(call) for call in calls], **hooks
    )
    return as_results(theirs), as_results(execute(calls, tools, **hooks))


def rounds(model: Any, **asking: Any) -> list[Any]:
    """All responses of a chain, awaited or not, each heard to its end."""

    async def awaited() -> list[Any]:
        return [
            await response async for response in model.chain("go", **asking).responses()
        ]

    if isinstance(model, TheirsAwaited | OursAwaited):
        return asyncio.run(awaited())
    return [r for r in model.chain("go", **asking).responses() if r.text() is not None]


# -------------------------------------------------------------------- 1.7 tools


def test_whatever_a_tool_does_is_a_result() -> None:
    """S35, G3, G8: also a tool that is not there, and two calls of one id."""

    def cancel() -> str:
        raise llm.CancelToolCall("inside")

    def mine() -> str:
        raise CancelToolCall("inside")

    calls = [
        ToolCallPart("add", {"a": 1}, "c1"),
        ToolCallPart("fail", {}, "c2"),
        ToolCallPart("absent", {}, "c3"),
        ToolCallPart("structure", {}, "c4"),
        ToolCallPart("add", {"a": 2}, "c1"),
        ToolCallPart("add", {"wrong": 2}, None),
    ]
    theirs, ours = ran(*calls, tools=[add, fail, structure])
    assert theirs == ours
    outputs = [output for _, output, *_ in ours]
    assert outputs[:3] == ["2", "Error: no", 'Error: tool "absent" does not exist']
    assert outputs[3] == '{"list": [1, null], "\\u00e9": "x"}'
    theirs, ours = ran(ToolCallPart("cancel"), tools=[cancel])
    assert theirs == ours
    _, ours = ran(ToolCallPart("mine"), tools=[mine])
    assert ours[0][1] == "Error: inside"


def test_hooks_hear_of_the_same_calls_and_may_cancel_them() -> None:
    """S35, G4, G5."""

    def recorded(cancel: type[Exception]) -> tuple[list[Any], dict[str, Any]]:
        heard: list[Any] = []

        def before_call(tool: Any, call: Any) -> None:
            heard.append(("before", tool and tool.name, call.name))
            if call.name == "fail":
                raise cancel("not now")

        def after_call(tool: Any, call: Any, result: Any) -> None:
            heard.append(("after", tool.name, result.output))

        return heard, {"before_call": before_call, "after_call": after_call}

    calls = [ToolCallPart(name, {"a": 1}) for name in ("add", "fail", "absent")]
    tools: Any = [add, fail]
    their_heard, hooks = recorded(llm.CancelToolCall)
    their_calls = [their_call(call) for call in calls]
    response = Theirs([]).prompt("hi", tools=tools)
    theirs = as_results(
        response.execute_tool_calls(tool_calls_list=their_calls, **hooks)
    )
    our_heard, hooks = recorded(CancelToolCall)
    ours = as_results(execute(calls, tools, **hooks))
    assert theirs == ours
    assert ours[1][1] == "Cancelled: not now"
    assert their_heard == our_heard
    assert our_heard == [
        ("before", "add", "add"),
        ("after", "add", "2"),
        ("before", "fail", "fail"),
        ("before", None, "absent"),
    ]


def test_a_tool_without_an_implementation_is_an_error_before_any_call() -> None:
    """S35, G6, G7: in llm an error on the way; awaited, a result."""
    theirs = Theirs([[*called("add", a=1)]]).prompt("x", tools=[llm.Tool("add")])
    with pytest.raises(ValueError, match="No implementation available"):
        theirs.execute_tool_calls()
    awaited = TheirsAwaited([[*called("add", a=1)]]).prompt(
        "x", tools=[llm.Tool("add")]
    )
    [result] = asyncio.run(awaited.execute_tool_calls())
    assert result.output == 'Error: tool "add" has no implementation'
    for model in (Ours, OursAwaited):
        response: Any = model([called("add", a=1)]).prompt(
            "x", tools=[Declaration("add")]
        )
        with pytest.raises(UsageError, match="declared and cannot be run"):
            asyncio.run(now_in_a_loop(response.execute_tool_calls))


async def now_in_a_loop(method: Callable[[], Any]) -> Any:
    return await now(method())


def _asking(pause: Any) -> Callable[[], str]:
    def ask() -> str:
        raise pause("who?")

    return ask


def _asking_awaited(pause: Any) -> Callable[[], Any]:
    async def ask() -> str:
        raise pause("who?")

    return ask


def test_a_tool_may_pause_the_chain_and_later_calls_wait() -> None:
    """S36."""
    found = []
    for model, pause in ((Theirs, llm.PauseChain), (Ours, PauseChain)):
        ask, ran = _asking(pause), list[int]()

        def note(a: int) -> int:
            ran.append(a)  # noqa: B023  it is called in this round alone
            return a

        script = [[*called("note", "c1", a=1), *called("ask", "c2"), *called("note", "c3", a=3)]]  # fmt: skip
        with pytest.raises(pause, match="who") as paused:
            rounds(model(script), tools=[ask, note])
        raised: Any = paused.value
        found.append((raised.tool_call.name, as_results(raised.tool_results), ran))
    assert found[0] == found[1]
    assert found[1][2] == [1]


@pytest.mark.parametrize(
    ("asking", "ended"), [(_asking_awaited, ["a", "c"]), (_asking, ["a"])]
)
def test_awaited_what_was_started_ends_before_a_pause_is_raised(
    asking: Callable[[Any], Any], ended: list[str]
) -> None:
    """S36, G2: after a plain function that pauses, nothing is started any more."""

    async def slow(a: int) -> int:
        await asyncio.sleep(0)
        return a

    calls = [*called("slow", "a", a=1), *called("ask", "b"), *called("slow", "c", a=3)]
    found = []
    for model, pause in ((TheirsAwaited, llm.PauseChain), (OursAwaited, PauseChain)):
        with pytest.raises(pause) as paused:
            rounds(model([calls]), tools=[asking(pause), slow])
        raised: Any = paused.value
        found.append(as_results(raised.tool_results))
    assert found[0] == found[1]
    assert [id_ for _, _, id_, *_ in found[1]] == ended


@pytest.mark.parametrize("arguments", [[1, 2], 3, "ab", {"_raw": "{"}])
def test_arguments_that_are_no_object_are_an_error_the_model_can_read(
    arguments: Any,
) -> None:
    """S37, R-F, C10: llm passes on what Python says of them."""
    theirs, ours = ran(ToolCallPart("add", arguments, "c"), tools=[add])
    assert theirs[0][1].startswith("Error: ")
    assert "JSON" not in theirs[0][1]
    assert ours[0][1].startswith(
        'Error: tool "add" needs a JSON object of arguments, got'
    )
    assert theirs[0][::2] == (*ours[0][:3:2], theirs[0][4])


def test_the_next_turn_of_a_chain_is_sent_everything() -> None:
    """S38, E1, C7: all but the schema, which llm forgets."""
    script: Script = [["a", *called("add", a=1)], ["b"]]
    asking: Any = {
        "schema": OBJECT,
        "system": "brief",
        "options": {"temperature": 0.5},
        "hide_reasoning": True,
    }
    found = []
    for model in (Theirs, TheirsAwaited, Ours, OursAwaited):
        _, second = rounds(model(script), tools=[add], **asking)
        prompt = second.prompt
        assert prompt.prompt == ""
        assert [tool.name for tool in prompt.tools] == ["add"]
        assert prompt.hide_reasoning
        assert dict(prompt.options) == {"temperature": 0.5}
        assert as_results(prompt.tool_results) == [("add", "2", "c1", [], None)]
        found.append((written(prompt.messages), prompt.schema))
    messages = [messages for messages, _ in found]
    assert messages == [messages[0]] * 4
    assert [schema for _, schema in found] == [None, None, OBJECT, OBJECT]


def test_what_tools_show_stays_in_their_results() -> None:
    """S38, J, J2: in chains and replies llm says it as the user."""

    def theirs() -> Any:
        return llm.ToolOutput("here", [llm.Attachment(type="image/png", content=b"x")])

    def ours() -> Any:
        return ToolOutput("here", [Attachment(type="image/png", content=b"x")])

    def shown(model: Any, tool: Any) -> list[Any]:
        tool.__name__ = "show"
        _, second = rounds(model([called("show"), ["b"]]), tools=[tool])
        return written(second.prompt.messages)

    *_, results, pictures = shown(Theirs, theirs)
    assert "attachments" not in results["parts"][0]
    assert (pictures["role"], pictures["parts"][0]["type"]) == ("user", "attachment")
    *_, results = shown(Ours, ours)
    assert [a["type"] for a in results["parts"][0]["attachments"]] == ["image/png"]
    picture = llm.Attachment(type="image/png", content=b"x")
    given = Theirs([]).prompt(tool_results=[llm.ToolResult("show", "here", [picture])])
    here = Ours([]).prompt(
        tool_results=[
            ToolResult("show", "here", [Attachment("image/png", content=b"x")])
        ]
    )
    assert written(given.prompt.messages) == written(here.prompt.messages)


def test_a_limit_is_exceeded_by_calls_and_not_by_answers() -> None:
    """S39, E2, C9: llm raises after so many answers, whatever they are."""
    script: Script = [called("add", a=1), ["done"]]
    for limit, theirs, ours in ((1, True, True), (2, True, False), (3, False, False)):
        for model, exceeded in ((Theirs, theirs), (Ours, ours)):
            chain: Any = model(script).conversation(chain_limit=limit).chain("go", tools=[add])  # fmt: skip
            if not exceeded:
                assert chain.text() == "done"
                continue
            with pytest.raises(ValueError, match=f"Chain limit of {limit} exceeded"):
                chain.text()
    assert issubclass(ChainLimitExceeded, ValueError)


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [("a", "b", "a b"), ("a ", "b", "a b"), ("a", "\nb", "a\nb"), ("", "b", "b")],
)
def test_a_space_stands_between_texts_that_would_run_together(
    first: str, second: str, text: str
) -> None:
    """S39: between two rounds, in what is shown alone."""
    script: Any = [[first, *called("add", a=1)], [second]]
    found = []
    models: list[Any] = [Theirs, Ours]
    for model in models:
        assert model(script).chain("go", tools=[add]).text() == text
        found.append(as_fields(model(script).chain("go", tools=[add]).stream_events()))
        texts = [r.text() for r in rounds(model(script), tools=[add])]
        assert texts == [first, second]
    assert found[0] == found[1]


CALL = {"type": "tool_call", "name": "add", "arguments": {"a": 1}, "tool_call_id": "c"}
HELD_UP = [
    {"role": "user", "parts": [{"type": "text", "text": "go"}]},
    {
        "role": "assistant",
        "parts": [
            CALL,
            {"type": "tool_call", "name": "add", "arguments": {"a": 2}},
            {"type": "tool_call", "name": "add", "arguments": {"a": 3}},
            {"type": "tool_call", "name": "web", "arguments": {}, "tool_call_id": "s", "server_executed": True},
        ],
    },
]  # fmt: skip
ONE = {"type": "tool_result", "name": "add", "output": "2", "tool_call_id": "c"}
NAMELESS = {"type": "tool_result", "name": "add", "output": "3"}


@pytest.mark.parametrize(
    ("results", "left"), [([], 3), ([ONE], 2), ([NAMELESS], 2), ([ONE, NAMELESS], 1)]
)
def test_calls_that_a_history_ends_in_are_run_first(
    results: list[Any], left: int
) -> None:
    """S40: those without results, by id, or by name one for one."""
    history: Any = (
        [*HELD_UP, {"role": "tool", "parts": results}] if results else HELD_UP
    )
    theirs, ours = Theirs([]), Ours([])
    theirs.chain(
        messages=[llm.Message.from_dict(m) for m in history], tools=[add]
    ).text()
    ours.chain(messages=[Message.from_dict(m) for m in history], tools=[add]).text()
    sent = [written(model.asked[0].messages) for model in (theirs, ours)]
    joined = [part for m in sent[1] if m["role"] == "tool" for part in m["parts"]]
    assert joined == [
        part for m in sent[0] if m["role"] == "tool" for part in m["parts"]
    ]
    assert len(joined) == len(results) + left
    assert sent[0][:2] == sent[1][:2]


def test_calls_are_resumed_in_whichever_message_of_the_answer_they_are() -> None:
    """S40: llm looks at the last message alone, and sends a call without a result."""
    history: Any = [
        HELD_UP[0],
        {"role": "assistant", "parts": [CALL]},
        {"role": "assistant", "parts": [{"type": "text", "text": "b"}]},
    ]
    theirs, ours = Theirs([]), Ours([])
    theirs.chain(
        messages=[llm.Message.from_dict(m) for m in history], tools=[add]
    ).text()
    ours.chain(messages=[Message.from_dict(m) for m in history], tools=[add]).text()
    assert written(theirs.asked[0].messages) == history
    assert written(ours.asked[0].messages) == [
        *history,
        {"role": "tool", "parts": [ONE]},
    ]


@pytest.mark.parametrize(
    ("model", "again"),
    [
        (Theirs, [1, 1, 2]),
        (TheirsAwaited, [1, 1, 2]),
        (Ours, [1, 2]),
        (OursAwaited, [1, 2]),
    ],
)
def test_a_chain_that_was_stopped_goes_on_from_its_history(
    model: Any, again: list[int]
) -> None:
    """S40: what a call came to is lost in llm where a hook fails at the next one."""
    ran: list[int] = []

    def note(a: int) -> int:
        ran.append(a)
        return a

    def disk_full(tool: Any, call: Any) -> None:
        if call.arguments == {"a": 2}:
            raise OSError("no space left")

    async def stopped_and_resumed() -> None:
        chain = model(script).chain("go", tools=[note], before_call=disk_full)
        with pytest.raises(OSError, match="no space"):
            await now(chain.text())
        assert ran == [1]
        history = chain.history if again == [1, 2] else await _said(chain)
        await now(model([["done"]]).chain(messages=history, tools=[note]).text())

    script: Script = [[*called("note", "c1", a=1), *called("note", "c2", a=2)]]
    asyncio.run(stopped_and_resumed())
    assert ran == again


async def _said(chain: Any) -> list[Any]:
    """What a chain of llm's has to go on from."""
    last = chain._responses[-1]
    return [*last.prompt.messages, *await now(last.messages())]


def test_a_history_that_went_on_or_has_no_tools_is_not_resumed() -> None:
    """S40."""
    later: Any = [*HELD_UP, HELD_UP[0]]
    cases: list[Any] = [(later, [add]), (HELD_UP, [])]
    for history, tools in cases:
        theirs, ours = Theirs([]), Ours([])
        theirs.chain(messages=[llm.Message.from_dict(m) for m in history], tools=tools).text()  # fmt: skip
        ours.chain(messages=[Message.from_dict(m) for m in history], tools=tools).text()
        assert written(theirs.asked[0].messages) == written(ours.asked[0].messages) == history  # fmt: skip
