"""Semantics of asking and of being read: prompts, responses, JSON, as in llm 0.36.

Each test is a row of the semantics, S24 to S34, and puts the same to llm and to ours.
"""

from __future__ import annotations

import asyncio
from typing import Any

import llm
import pytest

from harness.errors import UsageError
from harness.message import roles
from harness.message.events import Usage
from harness.message.parts import Attachment, Message
from harness.message.turn import ServerSideTool
from harness.reference.async_response import AsyncResponse
from harness.reference.response import Response
from harness.reference.tools.tool import ToolResult
from tests.reference.generated import add
from tests.reference.llm_twin import (
    Ours,
    OursAwaited,
    Theirs,
    TheirsAwaited,
    called,
    event,
    written,
)

PICTURE: Any = {"type": "image/png", "content": b"x"}
HISTORY = [{"role": "user", "parts": [{"type": "text", "text": "before"}]}]
STOP = ValueError("the wire broke")


def asked(**asking: Any) -> tuple[list[Any], list[Any]]:
    """What either model is sent: llm's, and ours."""
    theirs = Theirs([]).prompt(**{key: _their(key, v) for key, v in asking.items()})
    ours = Ours([]).prompt(**{key: _ours(key, v) for key, v in asking.items()})
    return written(theirs.prompt.messages), written(ours.prompt.messages)


def _their(key: str, value: Any) -> Any:
    if key == "attachments":
        return [llm.Attachment(**PICTURE) for _ in range(value)]
    if key == "tool_results":
        return [llm.ToolResult(tool_call_id="c", **result) for result in value]
    return [llm.Message.from_dict(m) for m in value] if key == "messages" else value


def _ours(key: str, value: Any) -> Any:
    if key == "attachments":
        return [Attachment(**PICTURE) for _ in range(value)]
    if key == "tool_results":
        return [ToolResult(tool_call_id="c", **result) for result in value]
    return [Message.from_dict(m) for m in value] if key == "messages" else value


# ------------------------------------------------------------------- 1.5 asking


def test_a_prompt_is_rules_then_results_then_words_and_pictures() -> None:
    """S24."""
    failed = {"name": "add", "output": "Error: x", "exception": ValueError("x")}
    theirs, ours = asked(
        prompt="hi", system="brief", attachments=1, tool_results=[failed]
    )
    assert theirs == ours
    assert [message["role"] for message in ours] == ["system", "tool", "user"]
    assert ours[1]["parts"][0]["exception"] == "ValueError: x"
    assert [part["type"] for part in ours[2]["parts"]] == ["text", "attachment"]


@pytest.mark.parametrize("words", [None, ""])
def test_nothing_said_is_no_message(words: str | None) -> None:
    """S24."""
    assert asked(prompt=words) == ([], [])
    theirs, ours = asked(prompt=words, attachments=1)
    assert theirs == ours
    assert [part["type"] for part in ours[0]["parts"]] == ["attachment"]


def test_messages_are_history_and_what_is_new_follows_them() -> None:
    """S25."""
    result = {"name": "add", "output": "1"}
    theirs, ours = asked(messages=HISTORY, prompt="hi", tool_results=[result])
    assert theirs == ours
    assert [message["role"] for message in ours] == ["user", "tool", "user"]


def test_rules_given_with_messages_are_said_and_in_llm_they_are_not() -> None:
    """S25, I2, C14."""
    theirs, ours = asked(messages=HISTORY, prompt="hi", system="brief")
    assert ours == [{"role": "system", "parts": [{"type": "text", "text": "brief"}]}, *theirs]  # fmt: skip
    assert Theirs([]).prompt(messages=[], system="brief").prompt.system == "brief"
    both = [roles.system("kind"), roles.user("x")]
    said = Ours([]).prompt(messages=both, system="brief").prompt.messages
    assert said == (roles.system("kind", "brief"), roles.user("x"))


def test_a_turn_is_sent_all_that_was_said_before() -> None:
    """S26."""
    sent = []
    for model in (Theirs([["a"], ["b"]]), Ours([["a"], ["b"]])):
        talk = model.conversation()
        for words in ("one", "two", "three"):
            response = talk.prompt(words, system="brief" if words == "one" else None)
            response.text()
        assert not response.prompt.system
        sent.append(written(response.prompt.messages))
    assert sent[0] == sent[1]
    roles_ = [message["role"] for message in sent[1]]
    assert roles_ == ["system", "user", "assistant", "user", "assistant", "user"]


def test_rules_given_with_a_later_turn_are_said_there() -> None:
    """S26, I3, C14: llm keeps them in prompt.system alone."""
    sent = []
    for model in (Theirs([["a"]]), Ours([["a"]])):
        talk = model.conversation()
        talk.prompt("one").text()
        response = talk.prompt("two", system="long")
        assert response.prompt.system == "long"
        sent.append(written(response.prompt.messages))
    rules = {"role": "system", "parts": [{"type": "text", "text": "long"}]}
    assert sent[1] == [*sent[0][:-1], rules, sent[0][-1]]


def test_a_conversation_hands_its_tools_on_awaited_or_not() -> None:
    """S27, H, C8: llm's asynchronous one does not."""
    models: list[Any] = [Theirs, TheirsAwaited, Ours, OursAwaited]
    prompts = [m([]).conversation(tools=[add]).prompt("x").prompt for m in models]
    found = [[tool.name for tool in prompt.tools] for prompt in prompts]
    assert found == [["add"], [], ["add"], ["add"]]


def test_a_model_says_at_once_what_it_does_not_support() -> None:
    """S28."""

    class TheirLesser(Theirs):
        supports_schema = supports_tools = supports_conversation = False

    class OurLesser(Ours):
        supports_schema = supports_tools = supports_conversation = False
        supports_server_side_tools = False

    spoken = [{"role": "assistant", "parts": []}]
    for asking in (
        {"schema": {"type": "object"}},
        {"tools": [add]},
        {"messages": spoken},
    ):
        theirs = {key: _their(key, value) for key, value in asking.items()}
        ours = {key: _ours(key, value) for key, value in asking.items()}
        with pytest.raises((ValueError, llm.ConversationNotSupported)):
            TheirLesser([]).prompt("hi", **theirs)
        with pytest.raises(UsageError, match="does not support"):
            OurLesser([]).prompt("hi", **ours)
    with pytest.raises(ValueError, match="does not support server-side tool"):
        TheirLesser([]).prompt("hi", tools=[llm.ServerSideTool({"type": "x"})])
    with pytest.raises(UsageError, match="does not support server-side tools"):
        OurLesser([]).prompt("hi", tools=[ServerSideTool({"type": "x"})])


def test_an_option_given_twice_is_an_error() -> None:
    """S28."""
    asking: Any = {"options": {"temperature": 1.0}, "temperature": 0.5}
    with pytest.raises(TypeError, match="both in options="):
        Theirs([]).prompt("hi", **asking)
    with pytest.raises(UsageError, match="in options= and by name: temperature"):
        Ours([]).prompt("hi", **asking)


# ---------------------------------------------------------------- 1.6 lifecycle


def test_a_reader_goes_on_where_the_last_one_stopped() -> None:
    """S29, A1, A2, C4: llm asks again, unless it is awaited."""

    async def awaited(model: Any) -> tuple[str, int]:
        response = model.prompt("hi")
        async for _ in response:
            break
        return await response.text(), len(model.asked)

    def waited(model: Any) -> tuple[str, int]:
        response = model.prompt("hi")
        next(iter(response))
        return response.text(), len(model.asked)

    script = [["a", "b", "c"], ["a", "b", "c"]]
    assert waited(Theirs(script)) == ("aabc", 2)
    assert waited(Ours(script)) == ("abc", 1)
    assert asyncio.run(awaited(TheirsAwaited(script))) == ("abc", 1)
    assert asyncio.run(awaited(OursAwaited(script))) == ("abc", 1)


def test_a_failed_answer_stays_failed() -> None:
    """S30, B2, C6: llm asks again and adds to what it has."""
    script: Any = [["a", STOP], ["ab"]]
    theirs, ours = Theirs(script).prompt("hi"), Ours(script).prompt("hi")
    with pytest.raises(ValueError, match="broke"):
        theirs.text()
    assert theirs.text() == "aab"
    for _ in range(2):
        with pytest.raises(ValueError, match="broke"):
            ours.text()
    assert not ours.done
    assert ours.so_far.text() == "a"


def test_a_failed_answer_is_not_a_short_one() -> None:
    """S30, B4, C5: awaited, llm gives what came as if it were all."""

    async def twice(model: Any) -> Any:
        response = model.prompt("hi")
        with pytest.raises(ValueError, match="broke"):
            await response.text()
        return await response.text()

    assert asyncio.run(twice(TheirsAwaited([["a", STOP]]))) == "a"
    with pytest.raises(ValueError, match="broke"):
        asyncio.run(twice(OursAwaited([["a", STOP]])))


def test_the_events_can_be_had_again_and_here_from_json_too() -> None:
    """S31, D3, C15: from JSON, llm has none."""
    script = [["a", event("reasoning", "r")]]
    sides: list[Any] = [
        (Theirs(script), llm.Response, []),
        (Ours(script), Response, ["text", "reasoning"]),
    ]
    for model, again, wanted in sides:
        response = model.prompt("hi")
        first = list(response.stream_events())
        assert list(response.stream_events()) == first
        loaded = again.from_dict(response.to_dict(), model=model)
        assert [event.type for event in loaded.stream_events()] == wanted


def test_a_reader_that_leaves_ends_the_stream_in_llm_and_here_does_not() -> None:
    """S31: here others may read on; aclose() or dropping the response ends it."""

    async def left(model: Any) -> Any:
        response = model.prompt("hi")
        events = response.astream_events()
        await anext(events)
        await events.aclose()
        return await response.text()

    assert asyncio.run(left(TheirsAwaited([["a", "b"]]))) == "a"
    assert asyncio.run(left(OursAwaited([["a", "b"]]))) == "ab"


def test_json_has_what_llms_has_under_the_same_names() -> None:
    """S32."""
    script = [["a", Usage(0, None, {"cached": 1})]]
    asking: Any = {"system": "brief", "options": {"temperature": 0.5}}
    theirs: Any = Theirs(script).prompt("hi", **asking).to_dict()
    ours: Any = Ours(script).prompt("hi", **asking).to_dict()
    assert theirs.keys() == ours.keys()
    named = ("id", "datetime_utc")
    assert {k: v for k, v in theirs.items() if k not in named} == {
        k: v for k, v in ours.items() if k not in named
    }
    assert ours["usage"] == {"input": 0, "details": {"cached": 1}}


def test_an_answer_that_was_not_awaited_cannot_be_written_down() -> None:
    """S32."""
    with pytest.raises(ValueError, match="not yet awaited"):
        TheirsAwaited([]).prompt("hi").to_dict()
    with pytest.raises(UsageError, match="await"):
        OursAwaited([]).prompt("hi").to_dict()


def test_from_json_comes_the_same_answer_and_the_same_json() -> None:
    """S33, D2."""
    script = [["a", event("reasoning", "r"), "b", *called("add", a=1), Usage(1, 2)]]
    found = []
    sides: list[Any] = [(Theirs(script), llm.Response), (Ours(script), Response)]
    for model, again in sides:
        data: Any = model.prompt("hi").to_dict()
        loaded: Any = again.from_dict(data, model=model)
        usage = loaded.usage()
        calls = [(c.name, c.arguments, c.tool_call_id) for c in loaded.tool_calls()]
        found.append(
            (
                loaded.text(),
                written(loaded.messages()),
                calls,
                usage.input,
                usage.output,
            )
        )
        assert loaded.id == data["id"]
        once_more: Any = loaded.to_dict()
        assert {**once_more, "datetime_utc": ""} == {**data, "datetime_utc": ""}
        assert len(model.asked) == 1
    assert found[0] == found[1]


def test_a_reply_runs_the_tools_and_says_it_all() -> None:
    """S34."""
    script = [["a", *called("add", a=1)]]
    found = []
    for model in (Theirs(script), Ours(script)):
        response: Any = model.prompt("hi", tools=[add])
        reply = response.reply("more")
        found.append(written(reply.prompt.messages))
        assert [tool.name for tool in reply.prompt.tools] == ["add"]
    assert found[0] == found[1]
    roles_ = [message["role"] for message in found[1]]
    assert roles_ == ["user", "assistant", "tool", "user"]
    assert found[1][2]["parts"][0]["output"] == "2"


def test_a_reply_takes_results_instead_and_messages_at_its_end() -> None:
    """S34."""
    script = [called("add", a=1)]
    end = [{"role": "user", "parts": [{"type": "text", "text": "end"}]}]
    results = [{"name": "add", "output": "7"}]
    found = []
    for model, as_theirs in ((Theirs(script), _their), (Ours(script), _ours)):
        response: Any = model.prompt("hi", tools=[add])
        reply = response.reply(
            "more",
            tool_results=as_theirs("tool_results", results),
            messages=as_theirs("messages", end),
        )
        found.append(written(reply.prompt.messages))
    assert found[0] == found[1]
    assert found[1][2]["parts"][0]["output"] == "7"
    assert found[1][-1] == end[0]


def test_a_reply_is_asked_for_as_the_answer_was() -> None:
    """S34, D5: llm forgets schema, options, system and whether reasoning is hidden."""
    asking: Any = {
        "schema": {"type": "object"},
        "options": {"temperature": 0.5},
        "hide_reasoning": True,
    }
    theirs = Theirs([]).prompt("hi", **asking).reply("more").prompt
    ours = Ours([]).prompt("hi", **asking).reply("more").prompt
    assert (theirs.schema, theirs.hide_reasoning) == (None, False)
    assert dict(theirs.options) == {"temperature": None}
    assert (ours.schema, ours.hide_reasoning) == ({"type": "object"}, True)
    assert ours.options == {"temperature": 0.5}


def test_a_reply_from_json_wants_the_tools_to_be_given_again() -> None:
    """S34, D4: llm sends the model an error."""
    script = [called("add", a=1)]
    theirs: Any = Theirs(script)
    ours: Any = Ours(script)
    data = theirs.prompt("hi", tools=[add]).to_dict()
    reply: Any = llm.Response.from_dict(data, model=theirs).reply()
    assert (
        reply.prompt.messages[-1].parts[0].output == 'Error: tool "add" does not exist'
    )
    data = ours.prompt("hi", tools=[add]).to_dict()
    with pytest.raises(UsageError, match="pass tools="):
        Response.from_dict(data, model=ours).reply()
    reply = Response.from_dict(data, model=ours).reply(tools=[add])
    assert reply.prompt.messages[-1].parts[0].output == "2"


def test_an_awaited_answer_is_replied_to_alike() -> None:
    """S34."""

    async def replied(model: Any, again: Any) -> list[Any]:
        response = await model.prompt("hi", tools=[add])
        reply = await response.reply("more")
        loaded = again.from_dict(response.to_dict(), model=model)
        later = await loaded.reply("more", tools=[add])
        assert written(later.prompt.messages) == written(reply.prompt.messages)
        return written(reply.prompt.messages)

    script = [["a", *called("add", a=1)]]
    theirs = asyncio.run(replied(TheirsAwaited(script), llm.AsyncResponse))
    assert theirs == asyncio.run(replied(OursAwaited(script), AsyncResponse))
