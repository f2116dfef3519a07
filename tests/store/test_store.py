"""The store: what goes in comes out, once for all who say the same."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from harness import (
    Attachment,
    Message,
    ReasoningPart,
    Store,
    ToolCallPart,
    ToolResultPart,
    Usage,
    UsageError,
    assistant,
    system,
    tool_message,
    user,
)
from harness.message.digest import digest
from harness.message.events import Finish, StreamEvent
from harness.reference.conversation import Conversation
from tests.cli.asked import Scripted
from tests.reference.scripted import AsyncActor, Play, Stage

GOLDEN = "b2:b059b617492b9e4d9e021345db829598"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20

TALK = [
    system("Be brief."),
    user("Weather in Zürich?", Attachment("image/png", content=PNG)),
    Message(
        "assistant",
        (
            ReasoningPart("Look it up.", provider_metadata={"p": {"signature": "s=="}}),
            ReasoningPart("", True, {"p": {"b": 1, "a": [None, 1.5, "é\0"]}}),
            ToolCallPart("get_weather", {"city": "Zürich"}, "c1"),
            ToolCallPart("search", {"q": ["x"]}, "c2", server_executed=True),
        ),
        {"id": "msg_1"},
    ),
    tool_message(
        ToolResultPart(
            "get_weather",
            "12 °C",
            "c1",
            attachments=(
                Attachment("image/png", content=PNG),
                Attachment("image/png", url="https://e.org/a.png"),
            ),
        ),
        ToolResultPart("other", "", exception="KeyError: 'x'"),
    ),
    assistant("12 °C 🌦"),
]


def count(store: Store, table: str) -> int:
    """Rows of a table."""
    with store._database.reading() as connection:
        found = connection.execute(text(f"SELECT count(*) FROM {table}"))
        return int(found.scalar_one())


def test_what_goes_in_comes_out(store: Store) -> None:
    tip = store.append(TALK)
    assert store.conversation(tip) == TALK
    back = store.conversation(tip)[2].parts[1].provider_metadata
    assert list((back or {})["p"]) == ["b", "a"], "keys stay in order"


def test_a_message_is_named_by_llms_digest(store: Store) -> None:
    assert store.append([user("hi")]) == GOLDEN
    tip = None
    for message in TALK:
        tip = digest(message, tip)
    assert store.append(TALK) == tip


def test_a_conversation_that_is_sent_again_costs_only_what_is_new(store: Store) -> None:
    said: list[Message] = []
    for number in range(20):
        said.append(user(f"question {number}"))
        answer = assistant(f"answer {number}")
        turn = store.record(said, answer, model="m")
        said.append(answer)
        assert count(store, "nodes") == len(said)
    assert store.conversation(turn.thread or "") == said
    assert len([*store.threads()]) == 1
    assert len([*store.turns()]) == 20


def test_where_it_goes_on_can_be_said(store: Store) -> None:
    turn = store.record([user("a")], assistant("b"), model="m")
    turn = store.record([user("c")], assistant("d"), model="m", after=turn.tip)
    assert store.conversation(turn.tip) == [
        user("a"),
        assistant("b"),
        user("c"),
        assistant("d"),
    ]
    assert turn.prompt == digest(
        user("c"),
        store.digest(turn.prompt or "") and digest(assistant("b"), digest(user("a"))),
    )
    assert len([*store.threads()]) == 1


def test_branches_share_what_they_have_in_common(store: Store) -> None:
    first = store.record([user("a")], assistant("b"), model="m")
    fork = store.fork(first.thread or "", "other")
    store.append([user("c")], fork)
    store.append([user("d")], first.thread)
    assert store.conversation("other") == [user("a"), assistant("b"), user("c")]
    assert store.conversation(first.thread or "")[-1] == user("d")
    assert count(store, "nodes") == 4
    other, _ = sorted(store.threads(), key=lambda thread: thread.name != "other")
    assert (other.forked_from, other.title) == (first.thread, "a")
    found = store.children(first.tip)
    assert [message for _, message in found] == [user("c"), user("d")]
    assert [message for _, message in store.children(None)] == [user("a")]


def test_the_same_opening_with_another_answer_is_another_thread(store: Store) -> None:
    turns = [store.record([user("Hi")], assistant(word), model="m") for word in "ab"]
    assert turns[0].thread != turns[1].thread
    assert count(store, "nodes") == 3


def test_bytes_are_kept_once(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(PNG)
    shown = [user(Attachment(content=PNG)), user(Attachment(path=str(file))), *TALK]
    tip = store.append(shown)
    assert count(store, "blobs") == 1
    file.unlink()
    assert store.conversation(tip) == shown
    whole = store.conversation(tip, whole=True)
    assert whole[1] == user(Attachment("image/png", content=PNG))
    assert store.append(whole) == tip, "what a file held is what it was hashed by"
    gone = store.append([user(Attachment("image/png", path=str(file)))])
    assert store.conversation(gone) == [user(Attachment("image/png", path=str(file)))]
    assert gone == digest(user(Attachment("image/png", path=str(file))))


def test_a_turn_has_all_that_goes_with_it(store: Store) -> None:
    facts: dict[str, Any] = {
        "options": {"temperature": 0.5},
        "system": "Be brief.",
        "tools": [{"name": "f", "input_schema": {"b": 1, "a": 2}}],
        "schema": {"type": "object"},
        "finish_reason": "stop",
        "datetime_utc": "2026-01-02T03:04:05.678+00:00",
        "duration_ms": 12,
        "resolved_model": "m-1",
        "about": {"base_url": "http://localhost"},
    }
    payload = {"id": "x", "z": [1, {"a": "12 °C 🌦" * 100}]}
    usage = Usage(3, 2, {"cached": 1})
    turn = store.record(
        TALK[:-1],
        TALK[-1],
        model="m",
        provider="p",
        usage=usage,
        payload=payload,
        **facts,
    )
    (found,) = store.turns()
    assert found == turn
    assert {name: getattr(found, name) for name in facts} == facts
    assert (found.model, found.provider, found.usage) == ("m", "p", usage)
    assert store.payload(turn.id) == payload
    assert (
        [*store.turns(turn.thread)]
        == [*store.turns(turn.tip)]
        == [*store.turns(turn.id)]
        == [turn]
    )
    plain = store.record([user("a")], assistant("b"), model="m")
    assert (plain.usage, plain.options, store.payload(plain.id)) == (None, {}, None)
    assert [t.id for t in store.turns(limit=1)] == [plain.id]


def test_what_turns_have_in_common_is_kept_once(store: Store) -> None:
    tools = [{"name": "f", "description": "x" * 1000, "input_schema": {}}]
    for number in range(3):
        store.record([user(str(number))], assistant("b"), model="m", tools=tools)
    assert count(store, "terms") == 1
    assert {len(turn.tools) for turn in store.turns()} == {1}


# ---------------------------------------------------------------------- with a response

HELLO: list[Any] = [StreamEvent("text", "Hello", 0), Usage(3, 2), Finish("stop")]
CALL: list[Any] = [
    StreamEvent("tool_call_name", "add", 0, "c1"),
    StreamEvent("tool_call_args", '{"a": 1}', 0, "c1"),
    Finish("tool_calls"),
]


def test_a_response_is_logged_with_all_it_answers(store: Store) -> None:
    model = Scripted(HELLO, HELLO)
    response = model.prompt("Hi", system="Be brief.", options={"n": 1})
    turn = store.log(response)
    assert store.conversation(turn.tip) == [
        *response.prompt.messages,
        *response.messages(),
    ]
    assert (turn.usage, turn.finish_reason, turn.options) == (
        Usage(3, 2),
        "stop",
        {"n": 1},
    )
    assert store.log(response) == turn, "twice is once"
    assert len([*store.turns()]) == 1
    more = store.log(response.reply("And?"), after=turn.tip)
    assert more.thread == turn.thread
    assert len(store.conversation(more.tip)) == 5


def test_where_a_response_goes_on_may_be_said_wrongly(store: Store) -> None:
    model = Scripted(HELLO, HELLO)
    other = store.append([user("x"), assistant("y")])
    turn = store.log(model.prompt("Hi"), after=other)
    assert store.conversation(turn.tip) == [user("Hi"), assistant("Hello")]
    with pytest.raises(UsageError, match="no message b2:00000000 is in this store"):
        store.log(model.prompt("Hi"), after="b2:00000000")


def test_a_conversation_is_a_thread(store: Store) -> None:
    talk = Conversation(Scripted(HELLO, HELLO, HELLO, HELLO))
    for word in "abc":
        store.log(talk.prompt(word))
    (thread,) = store.threads()
    assert (thread.name, thread.title) == (talk.id, "a")
    assert store.conversation(talk.id) == talk.messages
    other = [user("x"), assistant("Hello"), user("c")]
    turn = store.log(talk.prompt(messages=other))
    assert store.conversation(turn.tip)[:3] == other, "a history given anew is its own"
    assert turn.thread == talk.id


def test_an_awaited_response_is_logged_when_it_is_complete(store: Store) -> None:
    async def talk() -> None:
        response = AsyncActor(Stage([Play(HELLO)])).prompt("Hi")
        with pytest.raises(UsageError, match="await it, then log it"):
            store.log(response)
        await response
        assert store.conversation(store.log(response).tip)[-1] == assistant("Hello")

    asyncio.run(talk())


def test_it_goes_on_from_a_stored_message(store: Store) -> None:
    def add(a: int) -> int:
        return a + 1

    model = Scripted(CALL, HELLO, HELLO)
    turn = store.log(model.prompt("Hi", tools=[add], options={"n": 1}))
    assert [call.name for call in store.pending_tool_calls(turn.tip)] == ["add"]
    reply = store.reply(turn.tip, "And?", model=model, tools=[add])
    assert reply.text() == "Hello"
    assert [m.role for m in model.prompts[-1].messages] == [
        "user",
        "assistant",
        "tool",
        "user",
    ]
    assert model.prompts[-1].options == {"n": 1}
    last = store.log(reply, after=turn.tip)
    assert store.pending_tool_calls(last.tip) == []
    assert store.response(last.tip, model=model).usage() == Usage(3, 2)
    loose = store.append([user("x"), assistant("y")])
    assert store.reply(loose, "z", model=model).text() == "Hello"
    assert model.prompts[-1].messages == (user("x"), assistant("y"), user("z"))
    with pytest.raises(UsageError, match="say who goes on with model="):
        store.reply(loose, "z")


# -------------------------------------------------------------------------- what is not


def test_what_is_not_there_is_said_to_be_not_there(store: Store) -> None:
    tip = store.append([user("hi")])
    assert store.digest(tip[:9]) == tip
    for name in ("b2:b05", "b2:ffffffffffff", "b2:no", "nobody"):
        with pytest.raises(UsageError, match=name):
            store.conversation(name)
    with pytest.raises(UsageError, match="nothing to append"):
        store.append([])
    with pytest.raises(UsageError, match="no turn 'x'"):
        store.payload("x")
    store.fork(tip, "a")
    for taken in ("a", "b2:x"):
        with pytest.raises(UsageError, match="take another name"):
            store.fork(tip, taken)
    turn = store.record([user("a")], assistant("b"), model="m", id="t")
    assert store.record([user("a")], assistant("b"), model="m", id="t") == turn
    with pytest.raises(UsageError, match="another turn was logged as t"):
        store.record([user("a")], assistant("c"), model="m", id="t")
    assert count(store, "nodes") == 3, "nothing of what was refused is there"
