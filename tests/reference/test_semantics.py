"""Semantics of what is heard: intake, part indexes, assembly, as in llm 0.36.

Each test is a row of the semantics, S1 to S23, and puts the same to llm and to ours.
"""

from __future__ import annotations

from typing import Any

import pytest

from harness import assistant
from harness.errors import EventError
from harness.message.parts import ToolCallPart
from tests.reference.accounts import OURS, THEIRS, Account, collect, prompted
from tests.reference.generated import Case
from tests.reference.llm_twin import Ours, Theirs, call, driven, event

NAME, ARGS = "tool_call_name", "tool_call_args"


def both(*round_: Any) -> tuple[Account, Account]:
    """What the twins make of one answer: llm's account, and ours."""
    case = Case([round_])
    return driven(prompted(THEIRS, case)), driven(prompted(OURS, case))


def same(*round_: Any) -> Account:
    """What both make of one answer, which is the same."""
    theirs, ours = both(*round_)
    calls = ("calls", "results", "reply", "again", "reply again", "resumed")
    assert {k: v for k, v in theirs.items() if k not in calls} == {
        k: v for k, v in ours.items() if k not in calls
    }
    return ours


def indexes(account: Account) -> list[int]:
    return [event["part_index"] for event in account["events"]]


def parts(account: Account, message: int = 0) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = account["messages"][message]["parts"]
    return found


def kinds(account: Account, message: int = 0) -> list[str]:
    return [part["type"] for part in parts(account, message)]


# ------------------------------------------------------------------- 1.2 intake


def test_a_string_is_text_and_only_text_is_iterated() -> None:
    """S1."""
    round_: list[Any] = ["a", "", event("reasoning", "hm"), event("text", "b")]
    assert same(*round_)["text"] == "ab"
    for model in (Theirs([round_]), Ours([round_])):
        assert list(model.prompt("hi")) == ["a", "", "b"]


def test_llm_writes_the_index_into_the_event_and_here_events_are_values() -> None:
    """S2, R61: given again, an event of llm's keeps its first index."""
    from llm.parts import StreamEvent as TheirEvent

    from harness.reference.model import Model

    class Again(Model):
        model_id = "again"

        def execute(self, *_: Any, **__: Any) -> Any:
            yield from (once, event("reasoning", "r"), once)

    class TheirAgain(Theirs):
        def execute(self, *_: Any, **__: Any) -> Any:
            yield from (theirs, TheirEvent("reasoning", "r"), theirs)

    once, theirs = event("text", "a"), TheirEvent("text", "a")
    response = Again().prompt("hi")
    their_response: Any = TheirAgain([]).prompt("hi")
    assert [e.part_index for e in their_response.stream_events()] == [0, 1, 0]
    assert [e.part_index for e in response.stream_events()] == [0, 1, 2]
    assert theirs.part_index == 0
    assert once.part_index is None


def test_none_is_an_error_and_here_it_says_what_it_is() -> None:
    """S3, R58: llm asserts, which python -O leaves out; chunks of it fail late."""
    nothing: Any = None
    with pytest.raises(AssertionError):
        Theirs([[nothing]]).prompt("hi").text()
    with pytest.raises(TypeError, match="expected a StreamEvent or str, not None"):
        Ours([[nothing]]).prompt("hi").text()
    for model in (Theirs([[event("text", nothing)]]), Ours([[event("text", nothing)]])):
        with pytest.raises(TypeError):
            model.prompt("hi").text()


def test_an_event_of_an_unknown_type_is_heard_splits_text_and_is_no_part() -> None:
    """S4, R55, R56."""
    account = same("a", event("citation", "x"), "b")
    assert indexes(account) == [0, 1, 2]
    assert [part["text"] for part in parts(account)] == ["a", "b"]


def test_text_is_in_the_order_in_which_it_came() -> None:
    """S5."""
    account = same(
        event("text", "a", part_index=0),
        event("text", "b", part_index=1),
        event("text", "c", part_index=0),
    )
    assert account["text"] == "abc"
    assert [part["text"] for part in parts(account)] == ["ac", "b"]


# ------------------------------------------------------------------ 1.3 indexes


def test_another_message_starts_another_part_but_knows_the_ids() -> None:
    """S6."""
    account = same(
        "a",
        event("text", "b", message_index=1),
        event(NAME, "add", tool_call_id="c", message_index=1),
        event(ARGS, "{}", tool_call_id="c", message_index=0),
    )
    assert indexes(account) == [0, 1, 2, 2]


def test_an_explicit_index_is_taken_even_a_negative_one() -> None:
    """S7, R60."""
    account = same(
        event("text", "a", part_index=5), "b", event("text", "c", part_index=-1)
    )
    assert indexes(account) == [5, 5, -1]


def test_a_call_is_known_by_its_id_at_any_distance() -> None:
    """S8, R07: arguments may come before the name."""
    account = same(
        event(ARGS, '{"a"', tool_call_id="c"),
        "text",
        event(NAME, "add", tool_call_id="c"),
        event(ARGS, ": 1}", tool_call_id="c"),
    )
    assert indexes(account) == [0, 1, 0, 0]
    assert parts(account)[0]["arguments"] == {"a": 1}


@pytest.mark.parametrize(
    ("events", "wanted"),
    [
        ([(NAME, None), (ARGS, None), (NAME, None), (ARGS, None)], [0, 0, 1, 1]),  # R09
        ([(NAME, None), (NAME, None), (ARGS, None), (ARGS, None)], [0, 1, 1, 1]),  # R10
        (
            [("text", None), (NAME, None), ("text", None), (ARGS, None)],
            [0, 1, 2, 3],
        ),  # R11
        ([(NAME, "c"), (ARGS, None)], [0, 0]),  # R12
        ([(NAME, None), (ARGS, "c")], [0, 1]),  # R13
        ([(NAME, "c"), (NAME, "c")], [0, 0]),  # R14
        ([(NAME, None), (NAME, None)], [0, 1]),  # R15
        ([(NAME, ""), (ARGS, "")], [0, 0]),  # R17
    ],
)
def test_without_an_id_arguments_join_the_call_before_and_a_name_starts_one(
    events: list[tuple[str, str | None]], wanted: list[int]
) -> None:
    """S9."""
    account = same(*(event(type_, "1", tool_call_id=id_) for type_, id_ in events))
    assert indexes(account) == wanted


def test_a_tool_result_is_a_part_of_its_own_unless_it_says_which() -> None:
    """S10, R39, R40."""
    result = event("tool_result", "a", tool_call_id="c", tool_name="t")
    assert indexes(same(result, result)) == [0, 1]
    account = same(*[result._replace(part_index=3)] * 2)
    assert [part["output"] for part in parts(account)] == ["aa"]


def test_text_and_reasoning_run_on_and_an_empty_event_ends_a_run() -> None:
    """S11, R05, R44."""
    account = same(event("reasoning", "a"), event("text", ""), event("reasoning", "b"))
    assert indexes(account) == [0, 1, 2]
    assert [part["text"] for part in parts(account)] == ["a", "b"]
    assert indexes(same(event("text", "a", part_index=7), "b")) == [7, 7]


def test_an_event_that_claims_a_part_of_another_family_ends_the_answer_here() -> None:
    """S12, R45, C13: in llm text() does not mind, and all that follows does."""
    round_: list[Any] = ["a", event("reasoning", "b", part_index=0), "c"]
    theirs, ours = both(*round_)
    assert theirs["error"] == ours["error"]
    assert "incompatible with prior type at part_index=0" in ours["error"]
    there, here = Theirs([round_]).prompt("hi"), Ours([round_]).prompt("hi")
    assert there.text() == "ac"
    with pytest.raises(ValueError, match="incompatible"):
        there.messages()
    heard: list[str] = []
    with pytest.raises(EventError, match="incompatible"):
        driven(collect(here, heard))
    assert heard == ["a"]
    for read in (here.text, here.messages):
        with pytest.raises(EventError, match="incompatible"):
            read()
    assert here.so_far.messages() == (assistant("a"),)
    assert issubclass(EventError, ValueError)


def test_one_id_may_come_to_have_two_parts() -> None:
    """S12, R47."""
    account = same(
        event(NAME, "add", tool_call_id="c"),
        event(ARGS, "{}", tool_call_id="c", part_index=4),
    )
    assert [part["tool_call_id"] for part in parts(account)] == ["c", "c"]


# ----------------------------------------------------------------- 1.4 assembly


def test_an_answer_without_events_has_no_message_unless_calls_were_added() -> None:
    """S13."""
    assert same()["messages"] == []
    account = same(ToolCallPart("add", {"a": 1}, "c"))
    assert kinds(account) == ["tool_call"]


def test_a_part_belongs_to_the_message_of_its_first_event() -> None:
    """S14, R49, R51."""
    account = same(
        event("text", "a", part_index=0, message_index=1),
        event("text", "b", part_index=0, message_index=2),
    )
    assert [part["text"] for part in parts(account)] == ["ab"]
    assert len(account["messages"]) == 1


def test_two_families_at_one_index_are_an_error_in_the_same_words() -> None:
    """S14, R43."""
    theirs, ours = both(
        event("text", "a", part_index=0), event(NAME, "b", part_index=0)
    )
    assert theirs["error"] == ours["error"]
    assert ours["error"].startswith("StreamEvent type 'tool_call_name' is incompatible")


def test_metadata_merges_and_here_it_merges_deeply() -> None:
    """S15, R37, R38, C2: llm merges the keys at the top alone."""
    theirs, ours = both(
        event("text", "a", provider_metadata={"p": {"a": 1}, "q": 1}),
        event("text", "b", provider_metadata={"p": {"b": 2}, "q": None}),
    )
    assert parts(theirs)[0]["provider_metadata"] == {"p": {"b": 2}, "q": None}
    assert parts(ours)[0]["provider_metadata"] == {"p": {"a": 1, "b": 2}, "q": None}
    same(
        event("text", "a", provider_metadata={"q": 1}),
        event("text", "b", provider_metadata={"p": 1}),
    )


def test_empty_text_is_no_part_and_here_its_metadata_is_kept() -> None:
    """S16, R36, C3."""
    assert kinds(same(event("text", " "), event("reasoning", "r"))) == [
        "text",
        "reasoning",
    ]
    theirs, ours = both("", event("reasoning", "r"))
    assert theirs == ours
    signed = {"google": {"signature": "s"}}
    theirs, ours = both(event("text", "", provider_metadata=signed))
    assert theirs["messages"] == []
    assert parts(ours) == [{"type": "text", "text": "", "provider_metadata": signed}]


def test_reasoning_is_kept_for_text_for_being_hidden_and_for_metadata() -> None:
    """S17."""
    account = same(
        event("reasoning", ""),
        event("text", "-"),
        event("reasoning", "", provider_metadata={"p": 1}),
        event("text", "-", redacted=True),
    )
    assert [part.get("provider_metadata") for part in parts(account)] == [None, {"p": 1}, None]  # fmt: skip
    hidden = same(event("reasoning", "", redacted=True))
    assert parts(hidden) == [{"type": "reasoning", "text": "", "redacted": True}]


def test_a_hidden_event_in_a_run_of_reasoning_is_a_part_of_its_own_here() -> None:
    """S17, R33, C12: in llm it hides all of the run."""
    run = [event("reasoning", chunk) for chunk in ("seen ", "", " too")]
    run[1] = run[1]._replace(redacted=True)
    theirs, ours = both(*run)
    seen, unseen, too = ({"type": "reasoning", "text": e.chunk} for e in run)
    assert indexes(theirs) == [0, 0, 0]
    assert parts(theirs) == [{**seen, "text": "seen  too", "redacted": True}]
    assert indexes(ours) == [0, 1, 2]
    assert parts(ours) == [seen, {**unseen, "redacted": True}, too]


def test_events_that_say_that_they_are_one_part_are_hidden_if_any_is() -> None:
    """S17, C12: the same here."""
    run = (
        event("reasoning", "seen ", part_index=3),
        event("reasoning", "", part_index=3, redacted=True),
    )
    hidden = {"type": "reasoning", "text": "seen ", "redacted": True}
    assert parts(same(*run)) == [hidden]


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("", {}),
        ('{"a": 1}', {"a": 1}),
        ('{"a"', {"_raw": '{"a"'}),
        (" ", {"_raw": " "}),  # R21
        ("[1]", [1]),  # R19
        ("null", None),  # R20
        ("3", 3),
        ('{"a": 1, "a": 2}', {"a": 2}),  # R22
    ],
)
def test_arguments_are_whatever_json_was_written(text: str, arguments: Any) -> None:
    """S18."""
    account = same(*call("absent", text, "c"))
    assert parts(account)[0]["arguments"] == arguments


def test_a_call_joins_its_names_takes_its_first_id_and_may_be_nameless() -> None:
    """S18."""
    account = same(
        event(NAME, "a", part_index=0),
        event(NAME, "b", part_index=0, tool_call_id="c", server_executed=True),
        event(ARGS, "", part_index=0, tool_call_id="d"),
        event(NAME, "", part_index=1),
    )
    assert parts(account) == [
        {
            "type": "tool_call",
            "name": "ab",
            "arguments": {},
            "tool_call_id": "c",
            "server_executed": True,
        },
        {"type": "tool_call", "name": "", "arguments": {}},
    ]


def test_a_tool_result_takes_its_first_name() -> None:
    """S19."""
    result = event("tool_result", "a", part_index=0)
    account = same(
        result,
        result._replace(chunk="b", tool_name="t"),
        result._replace(tool_name="u"),
        event("tool_result", "x"),
    )
    assert [(part["name"], part["output"]) for part in parts(account)] == [("t", "aba"), ("", "x")]  # fmt: skip


def test_messages_are_in_the_order_in_which_they_are_first_seen() -> None:
    """S20, R50."""
    account = same(
        event("text", "b", message_index=2),
        event("text", "", message_index=1),
        event("text", "a", message_index=0),
    )
    assert [m["parts"][0]["text"] for m in account["messages"]] == ["b", "a"]


def test_added_calls_join_the_last_message_unless_their_id_was_streamed() -> None:
    """S21, R28, R29."""
    account = same(
        "a",
        event("text", "b", message_index=1),
        *call("add", '{"a": 1}', "c"),
        ToolCallPart("add", {"a": 2}, "c"),
        ToolCallPart("shout", {"words": "x"}, "d"),
        ToolCallPart("shout", {"words": "x"}, "d"),
    )
    found = [p for m in account["messages"] for p in m["parts"]]
    assert [p.get("tool_call_id") for p in found] == [None, "c", None, "d", "d"]
    assert found[1]["arguments"] == {"a": 1}


def test_a_call_without_an_id_that_is_streamed_and_added_is_one_call_here() -> None:
    """S21, R25, C1: llm makes up an id for the added one, and has two."""
    theirs, ours = both(*call("add", '{"a": 1}', None), ToolCallPart("add", {"a": 1}))
    assert [p.get("tool_call_id", "")[:3] for p in parts(theirs)] == ["", "tc_"]
    assert parts(ours) == [{"type": "tool_call", "name": "add", "arguments": {"a": 1}}]


def test_hidden_reasoning_stays_where_it_was_said() -> None:
    """S22, R30, R31, R52, R35, C11: llm moves it to the front of its message."""
    round_ = (
        event("reasoning", "", redacted=True, provider_metadata={"p": 1}),
        *call("add", "{}", "c"),
        event("reasoning", "", redacted=True, provider_metadata={"p": 2}),
        *call("add", "{}", "d"),
        event("reasoning", "", provider_metadata={"p": 3}),
    )
    theirs, ours = both(*round_)
    thought, called = "reasoning", "tool_call"
    assert kinds(theirs) == [thought, thought, called, called, thought]
    assert kinds(ours) == [thought, called, thought, called, thought]
    assert sorted(map(repr, parts(theirs))) == sorted(map(repr, parts(ours)))


def test_every_message_of_an_answer_is_the_assistants() -> None:
    """S23."""
    account = same("a", event("text", "b", message_index=1))
    assert [set(message) for message in account["messages"]] == [{"role", "parts"}] * 2
    assert {message["role"] for message in account["messages"]} == {"assistant"}
