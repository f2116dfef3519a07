"""Differences from llm 0.36: the table in the docs names a test for each row.

What the semantics S1 to S40 say of a difference is shown where they are tested; here
are the others, each put to llm and to ours.
"""

from __future__ import annotations

import asyncio
import gc
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import llm
import pytest
from llm.parts import Part as TheirPart
from llm.parts import StreamEvent as TheirEvent

import harness
from harness import user
from harness.errors import ContentRefused, ResponseClosed, UsageError
from harness.message.events import Finish, Unknown, Usage
from harness.message.parts import (
    Attachment,
    Message,
    TextPart,
    ToolCallPart,
    load_part,
)
from harness.reference.model import AsyncModel, Model
from harness.reference.response import Response
from harness.reference.tools.execute import execute
from harness.reference.tools.tool import Tool, Toolbox, ToolResult
from tests.reference.accounts import collect
from tests.reference.generated import add, shout, structure
from tests.reference.llm_twin import (
    Ours,
    OursAwaited,
    Theirs,
    TheirsAwaited,
    call,
    called,
    driven,
    event,
    their_call,
    written,
)

HERE = Path(__file__).parent
TABLE = (HERE.parents[1] / "docs" / "differences-from-llm.md").read_text("utf-8")
ROW = re.compile(r"^\| ([CD]\d+) \|.*\| `(\w+\.py)::(\w+)` \|$", re.MULTILINE)
STOP = ValueError("the wire broke")

# --------------------------------------------------------------------- the table


def test_every_row_names_a_test_that_exists() -> None:
    lines = [line for line in TABLE.splitlines() if re.match(r"\| [CD]\d", line)]
    rows = ROW.findall(TABLE)
    assert len(rows) == len(lines)
    for row, file, function in rows:
        source = (HERE / file).read_text("utf-8")
        assert re.search(rf"^def {function}\(", source, re.MULTILINE), row


def test_every_defect_of_llms_has_its_row_and_rows_are_in_order() -> None:
    names = [name for name, *_ in ROW.findall(TABLE)]
    differences = [name for name in names if name.startswith("D")]
    assert names[:15] == [f"C{number}" for number in range(1, 16)]
    assert differences == [f"D{number}" for number in range(1, len(names) - 14)]


# ------------------------------------------------------------------------ values


def test_what_is_said_is_a_value() -> None:
    theirs, ours = llm.user("a"), user("a")
    theirs.parts.append(theirs.parts[0])
    assert len(theirs.parts) == 2
    assert isinstance(ours.parts, tuple)
    frozen: Any = ours
    with pytest.raises(FrozenInstanceError):
        frozen.role = "assistant"
    assert theirs.to_dict() == user("a", "a").to_dict()


def test_a_part_is_one_of_five_and_load_part_reads_it() -> None:
    data: Any = {"type": "text", "text": "a"}
    theirs = TheirPart.from_dict(data)
    assert isinstance(theirs, TheirPart)
    assert theirs.to_dict() == load_part(data).to_dict()
    assert not hasattr(harness.Part, "from_dict")


def test_an_attachment_holds_and_does_not_fetch() -> None:
    verbs = ("resolve_type", "content_bytes", "base64_content", "id")
    assert all(hasattr(llm.Attachment, verb) for verb in verbs)
    assert not any(hasattr(Attachment, verb) for verb in verbs)
    held: Any = {"type": "image/png", "url": "https://e.org/a.png"}
    parts = [{"type": "attachment", "attachment": held}]
    data: Any = {"role": "user", "parts": parts}
    assert llm.Message.from_dict(data).to_dict() == user(Attachment(**held)).to_dict()


def test_a_call_is_a_part() -> None:
    script = [called("add", a=1)]
    theirs, ours = Theirs(script).prompt("hi"), Ours(script).prompt("hi")
    assert type(theirs.tool_calls()[0]) is llm.ToolCall
    assert ours.tool_calls() == [ToolCallPart("add", {"a": 1}, "c1")]
    assert harness.ToolCall is ToolCallPart


MODELS: list[Any] = [Theirs, Ours]

# ------------------------------------------------------------- what a model says


def test_a_message_stands_where_its_first_event_came() -> None:
    round_ = [
        event("reasoning", ""),
        event("text", "b", message_index=1),
        event("text", "a"),
    ]
    texts = [
        [message.parts[0].text for message in model([round_]).prompt("hi").messages()]
        for model in MODELS
    ]
    assert texts == [["b", "a"], ["a", "b"]]


def test_a_streamed_call_is_a_call() -> None:
    script: list[Any] = [[*call("add", '{"a": 1}', "c")], ["done"]]
    theirs, ours = (model(script).prompt("hi", tools=[add]) for model in MODELS)
    assert theirs.messages()[0].to_dict() == ours.messages()[0].to_dict()
    assert theirs.tool_calls() == []
    assert ours.tool_calls() == [ToolCallPart("add", {"a": 1}, "c")]
    rounds = [len(list(m(script).chain("x", tools=[add]).responses())) for m in MODELS]
    assert rounds == [1, 2]


def test_what_was_streamed_of_a_call_counts_and_not_what_was_added() -> None:
    script = [[*call("add", '{"a": 1}', "c"), ToolCallPart("add", {"a": 5}, "c")]]
    theirs, ours = (model(script).prompt("hi", tools=[add]) for model in MODELS)
    assert [c.arguments for c in theirs.tool_calls()] == [{"a": 5}]
    assert [c.arguments for c in ours.tool_calls()] == [{"a": 1}]


def test_a_call_without_an_id_keeps_none() -> None:
    script = [[ToolCallPart("add", {"a": 1})]]
    theirs, ours = (model(script).prompt("hi") for model in MODELS)
    assert theirs.tool_calls()[0].tool_call_id.startswith("tc_")
    assert ours.tool_calls()[0].tool_call_id is None


def test_a_call_that_the_provider_runs_is_never_run_here() -> None:
    script = [
        [
            event("tool_call_name", "add", tool_call_id="c", server_executed=True),
            event("tool_call_args", '{"a": 1}', tool_call_id="c", server_executed=True),
            ToolCallPart("add", {"a": 1}, "c"),
        ]
    ]
    theirs, ours = (model(script).prompt("hi", tools=[add]) for model in MODELS)
    assert [result.output for result in theirs.execute_tool_calls()] == ["2"]
    assert ours.execute_tool_calls() == []


class Says(Model):
    """A model of ours that says these events, the ones llm has no word for too."""

    model_id = "says"

    def __init__(self, *events: Any) -> None:
        self.events = events

    def execute(self, *_: Any, **__: Any) -> Iterator[Any]:
        yield from self.events


def test_a_model_may_also_say_usage_and_its_end_as_events() -> None:
    response = Says("a", Usage(1, 2), Unknown("x", {}), Finish("stop", "end")).prompt(
        "?"
    )
    assert response.text() == "a"
    assert response.usage() == Usage(1, 2)
    assert response.finish_reason() == "stop"
    assert response.unknown_events() == [Unknown("x", {})]
    assert [event.type for event in response.stream_events()] == ["text"]


def test_an_answer_may_hold_pictures() -> None:
    picture = Attachment("image/png", content=b"x")
    response = Says(event("attachment", attachments=(picture,))).prompt("?")
    assert response.messages()[0].to_dict() == {
        "role": "assistant",
        "parts": [{"type": "attachment", "attachment": picture.to_dict()}],
    }
    assert "attachments" not in TheirEvent.__dataclass_fields__


def test_a_refusal_is_raised_at_the_end_and_can_be_read() -> None:
    response = Says("I cannot", Finish("refusal", "refusal")).prompt("?")
    heard: list[str] = []
    with pytest.raises(ContentRefused, match="would not answer"):
        driven(collect(response, heard))
    with pytest.raises(ContentRefused):
        response.text()
    assert heard == ["I cannot"]
    assert response.messages() == [Message("assistant", (TextPart("I cannot"),))]
    assert response.finish_reason() == "refusal"


def test_usage_may_be_details_alone() -> None:
    script = [[Usage(details={"cached": 1})], []]
    theirs, ours = (model(script).prompt("hi") for model in MODELS)
    assert "usage" not in theirs.to_dict()
    assert ours.to_dict()["usage"] == {"details": {"cached": 1}}
    theirs, ours = (model([[]]).prompt("hi") for model in MODELS)
    assert (theirs.usage().details, ours.usage().details) == (None, {})


# --------------------------------------------------------------------- of asking


def test_options_are_a_mapping_under_the_wires_own_names() -> None:
    theirs = Theirs([]).prompt("hi", temperature=0.5)
    assert isinstance(theirs.prompt.options, Theirs.Options)
    with pytest.raises(ValueError, match="top_k"):
        Theirs([]).prompt("hi", top_k=1)
    named: Any = {"top_k": 1}
    ours = Ours([]).prompt("hi", options={"temperature": 0.5, "seed": None}, **named)
    assert ours.prompt.options == {"temperature": 0.5, "top_k": 1}


def test_there_are_no_fragments() -> None:
    theirs = Theirs([]).prompt("hi", fragments=["one"], system_fragments=["two"])
    assert theirs.prompt.prompt == "one\nhi"
    instead = {"fragments": "to the prompt", "system_fragments": "to system="}
    for name, where in instead.items():
        asked: Any = {name: ["one"]}
        for model in (Ours([]), OursAwaited([])):
            with pytest.raises(UsageError, match=f"{name}= .* join them {where}"):
                model.prompt("hi", **asked)
            with pytest.raises(UsageError, match=f"{name}= "):
                model.conversation().chain("hi", **asked)


def test_a_model_supports_what_it_does_not_deny() -> None:
    class TheirPlain(Theirs):
        supports_tools = False

    assert (llm.Model.supports_tools, llm.Model.supports_schema) == (False, False)
    assert (Model.supports_tools, Model.supports_schema) == (True, True)
    picture = Attachment("audio/wav", content=b"x")
    with pytest.raises(ValueError, match="does not support attachments of type"):
        Theirs([]).prompt("hi", attachments=[llm.Attachment("audio/wav", content=b"x")])
    assert Ours([]).prompt("hi", attachments=[picture]).prompt.attachments == (picture,)


def test_execute_finds_the_key_on_the_response() -> None:
    class Keyed(Model):
        model_id = "keyed"

        def execute(self, prompt: Any, stream: bool, response: Any, _: Any) -> Any:
            yield response.key or "none"

    assert Keyed().prompt("hi", key="k").text() == "k"
    assert Keyed().conversation().prompt("hi", key="k").text() == "k"
    assert Keyed().prompt("hi", key="k").reply("more").text() == "k"


def test_models_are_named_for_their_wire() -> None:
    model = harness.get_model("anthropic/claude-sonnet-5", key="k")
    assert model.model_id == "anthropic/claude-sonnet-5"
    with pytest.raises(UsageError, match="say over which wire"):
        harness.get_model("claude-sonnet-5")
    with pytest.raises(llm.UnknownModelError):
        llm.get_model("anthropic/claude-sonnet-5")


def test_wrong_use_is_a_usage_error() -> None:
    with pytest.raises(TypeError, match="Invalid tool"):
        Theirs([]).prompt("hi", tools=[3])  # type: ignore[list-item]  # that is the point
    with pytest.raises(UsageError, match="no tool: 3"):
        Ours([]).prompt("hi", tools=[3])  # type: ignore[list-item]  # the same
    assert not issubclass(UsageError, ValueError | TypeError)


# --------------------------------------------------------------------- of reading


def test_leaving_a_reader_does_not_close_the_stream_and_close_does() -> None:
    response = Ours([["a", "b"]]).prompt("hi")
    for _ in response:
        break
    assert response.text() == "ab"
    with Ours([["a", "b"]]).prompt("hi") as response:
        next(iter(response))
    with pytest.raises(ResponseClosed):
        response.text()
    assert response.so_far.text() == "a"
    assert not hasattr(llm.Response, "close")


def test_a_chain_is_run_once_however_often_it_is_read() -> None:
    counts = []
    for make in MODELS:
        model = make([called("add", a=1), ["done"], ["again"]])
        chain = model.chain("go", tools=[add])
        chain.text()
        counts.append((chain.text(), len(model.asked)))
    assert counts == [("again", 3), ("done", 2)]


def test_an_unread_answer_of_a_conversation_is_not_dropped() -> None:
    sent = []
    for make in MODELS:
        talk = make([["a"]]).conversation()
        talk.prompt("one")
        sent.append([m.role for m in talk.prompt("two").prompt.messages])
    assert sent == [["user"], ["user", "assistant", "user"]]
    theirs = TheirsAwaited([["a"]]).conversation()
    theirs.prompt("one")
    assert len(theirs.prompt("two").prompt.messages) == 1
    ours = OursAwaited([["a"]]).conversation()
    ours.prompt("one")
    with pytest.raises(UsageError, match="was not awaited"):
        ours.prompt("two")


def test_later_rounds_of_a_chain_say_the_system_prompt_in_messages_alone() -> None:
    systems = []
    for make in MODELS:
        chain = make([called("add", a=1)]).chain("go", system="brief", tools=[add])
        prompts = [r.prompt for r in chain.responses() if r.text() is not None]
        assert [p.messages[0].role for p in prompts] == ["system", "system"]
        systems.append([p.system for p in prompts])
    assert systems == [["brief", "brief"], ["brief", None]]


def test_there_is_no_log_and_no_conversion_to_sync() -> None:
    for name in ("log_to_db", "from_row", "text_or_raise", "fake", "token_usage"):
        assert hasattr(llm.AsyncResponse, name)
        assert not hasattr(harness.AsyncResponse, name)
    assert hasattr(llm.AsyncResponse, "to_sync_response")
    assert not hasattr(harness.AsyncResponse, "to_sync_response")


# ------------------------------------------------------------------------ of JSON


def test_json_has_all_that_is_needed_to_go_on() -> None:
    asking: Any = {"schema": {"type": "object"}, "tools": [add], "hide_reasoning": True}
    data: Any = Ours([["a"]]).prompt("hi", **asking).to_dict(stream_events=True)
    theirs: Any = Theirs([["a"]]).prompt("hi", **asking).to_dict()
    assert data.keys() - theirs.keys() == {"stream_events"}
    assert data["prompt"].keys() - theirs["prompt"].keys() == asking.keys()
    assert Says("a", Finish("stop")).prompt("?").to_dict()["finish_reason"] == "stop"
    again = Response.from_dict(data, model=Ours([]))
    assert again.prompt.schema == {"type": "object"}
    assert [tool.to_dict() for tool in again.prompt.tools] == data["prompt"]["tools"]
    assert again.to_dict(stream_events=True) == data


def test_llm_reads_the_json_that_is_written_here_and_the_other_way_round() -> None:
    script = [["a", *called("add", a=1), Usage(1, 2)]]
    asking: Any = {"options": {"temperature": 0.5}, "schema": {"type": "object"}}
    theirs = Theirs(script).prompt("hi", **asking)
    ours = Ours(script).prompt("hi", **asking)
    there: Any = llm.Response.from_dict(ours.to_dict(), model=Theirs([]))  # type: ignore[arg-type]  # that is the point
    here: Any = Response.from_dict(theirs.to_dict(), model=Ours([]))
    for response in (there, here):
        assert response.text() == "a"
        assert written(response.messages()) == written(ours.messages())
        assert written(response.prompt.messages) == written(ours.prompt.messages)
        assert dict(response.prompt.options) == {"temperature": 0.5}
        assert (response.usage().input, response.usage().output) == (1, 2)


# ----------------------------------------------------------------------- of tools


def test_hooks_of_a_conversation_hear_of_every_call() -> None:
    heard = []
    for make in MODELS:
        names: list[str] = []
        talk = make([called("add", a=1)]).conversation(
            tools=[add], before_call=lambda tool, call, to=names: to.append(call.name)
        )
        response = talk.prompt("hi")
        response.execute_tool_calls()
        response.reply("more")
        heard.append(names)
    assert heard == [[], ["add", "add"]]


def test_results_join_those_of_the_same_answer() -> None:
    first: Any = {
        "type": "tool_result",
        "name": "add",
        "output": "1",
        "tool_call_id": "c",
    }
    history: Any = [{"role": "tool", "parts": [first]}]
    theirs = Theirs([]).prompt(
        messages=[llm.Message.from_dict(m) for m in history],
        tool_results=[llm.ToolResult("add", "2")],
    )
    ours = Ours([]).prompt(
        messages=[Message.from_dict(m) for m in history],
        tool_results=[ToolResult("add", "2")],
    )
    assert [len(m.parts) for m in theirs.prompt.messages] == [1, 1]
    assert [len(m.parts) for m in ours.prompt.messages] == [2]


def test_two_tools_of_one_name_are_refused() -> None:
    their_tool: Any = llm.Tool.function
    theirs = Theirs([called("add", a=1)]).prompt(
        "hi",
        tools=[add, their_tool(structure, name="add"), their_tool(shout, name="add")],
    )
    [result] = theirs.execute_tool_calls()
    assert "shout() got an unexpected keyword argument" in result.output
    with pytest.raises(UsageError, match="two tools are named 'add'"):
        Ours([]).prompt("hi", tools=[add, Tool.function(shout, name="add")])


def documented(a: int) -> int:
    """Add to it.

    Args:
        a: what to add to.
    """
    return a


def test_a_docstring_describes_parameters_too() -> None:
    described: Any = llm.Tool.function
    theirs, ours = described(documented), Tool.function(documented)
    assert theirs.description == documented.__doc__
    assert ours.description == "Add to it."
    assert "description" not in theirs.input_schema["properties"]["a"]
    assert ours.input_schema["properties"]["a"]["description"] == "what to add to."


def test_prepare_is_run_for_awaited_tools_too() -> None:
    ran = []

    their_toolbox: Any = llm.Toolbox

    class TheirBox(their_toolbox):  # type: ignore[misc]  # its making is not typed
        def prepare(self) -> None:
            ran.append("theirs")

        def one(self) -> str:
            return "1"

    class Box(Toolbox):
        def prepare(self) -> None:
            ran.append("ours")

        def one(self) -> str:
            return "1"

    async def run(model: Any, box: Any) -> None:
        response = model([called(f"{type(box).__name__}_one")]).prompt(
            "hi", tools=[box]
        )
        [result] = await response.execute_tool_calls()
        assert result.output == "1"

    asyncio.run(run(TheirsAwaited, TheirBox()))
    asyncio.run(run(OursAwaited, Box()))
    assert ran == ["ours"]


def test_awaited_tools_start_in_the_order_of_the_calls() -> None:
    orders = []
    for make in (TheirsAwaited, OursAwaited):
        order: list[str] = []

        orders.append(order)
        asyncio.run(_started(make, order))
    assert orders == [["quick", "slow"], ["slow", "quick"]]


async def _started(make: Any, order: list[str]) -> None:
    async def slow() -> str:
        order.append("slow")
        return "s"

    def quick() -> str:
        order.append("quick")
        return "q"

    script = [[*called("slow", "a"), *called("quick", "b")]]
    response = make(script).prompt("hi", tools=[slow, quick])
    await response.execute_tool_calls()


def test_an_async_tool_runs_where_a_loop_runs_already() -> None:
    async def slow() -> str:
        return "s"

    async def below() -> list[str]:
        calls = [ToolCallPart("slow")]
        theirs = Theirs([]).prompt("hi", tools=[slow])
        [there] = theirs.execute_tool_calls(
            tool_calls_list=[their_call(c) for c in calls]
        )
        [here] = execute(calls, [slow])
        outputs = [there.output, here.output]
        del theirs, there
        gc.collect()  # what was never awaited is found out here, not in another test
        return outputs

    with pytest.warns(RuntimeWarning, match="never awaited"):
        there, here = asyncio.run(below())
    assert there.startswith("Error: asyncio.run() cannot be called")
    assert here == "s"


def test_a_tool_cannot_change_what_the_model_said() -> None:
    def empty(items: list[int]) -> int:
        items.clear()
        return 0

    left = []
    for make in MODELS:
        response = make([called("empty", items=[1])]).prompt("hi", tools=[empty])
        response.execute_tool_calls()
        left.append(response.tool_calls()[0].arguments)
    assert left == [{"items": []}, {"items": [1]}]


class Waits(AsyncModel):
    model_id = "waits"

    async def execute(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
        yield "a"


def test_an_asynchronous_reply_waits_for_the_answer() -> None:
    async def reply(model: Any) -> Any:
        return await model.prompt("hi").reply("more")

    with pytest.raises(ValueError, match="not yet awaited"):
        asyncio.run(reply(TheirsAwaited([["a"]])))
    roles = [message.role for message in asyncio.run(reply(Waits())).prompt.messages]
    assert roles == ["user", "assistant", "user"]
