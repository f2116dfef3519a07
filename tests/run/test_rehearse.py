"""Rehearsals: what is said is what must be brought back, on every wire that can."""

from __future__ import annotations

from typing import Any

import pytest

from harness.message.assemble import assemble, merge
from harness.message.events import Error, Finish, StreamEvent
from harness.message.parts import ReasoningPart, TextPart
from harness.providers import PROVIDERS
from harness.providers._square import hear
from harness.run.rehearse import Rehearsal, other_mode, rehearse
from tests.run.trying import checks, tried
from tests.suite.reading import only_case


def rehearsed(
    fields: str, provider: str = "anthropic", *, stream: bool = True
) -> Rehearsal:
    case = only_case(f"provider: {provider}\nprompt: Hi\n{fields}")
    return rehearse(case, PROVIDERS[provider], stream=stream)


def spoken(
    rehearsal: Rehearsal, provider: str = "anthropic", *, number: int = 0
) -> tuple[Any, ...]:
    """The parts that an answer says on the wire."""
    response = rehearsal.tape.exchanges[number].response
    heard = hear(PROVIDERS[provider], 200, response.headers, response.chunks)
    return assemble(heard)[0].parts


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("stream", [True, False])
def test_what_is_said_is_what_is_expected(provider: str, stream: bool) -> None:
    rehearsal = rehearsed(
        "says: {parts: [{type: text, text: Hello there}], usage: {input: 3, output: 2}}",
        provider,
        stream=stream,
    )
    (expected,) = rehearsal.expected
    assert expected["parts"][0]["text"] == "Hello there"
    assert expected["usage"] == {"input": 3, "output": 2}
    assert (expected["finish_reason"], expected["done"]) == ("stop", True)
    response = rehearsal.tape.exchanges[0].response
    heard = list(
        hear(PROVIDERS[provider], response.status, response.headers, response.chunks)
    )
    said = [e.chunk for e in heard if isinstance(e, StreamEvent) and e.chunk]
    assert "".join(said) == "Hello there"
    assert (len(said) > 1) is stream


def test_calls_get_ids_in_the_wires_own_style_and_their_own_finish() -> None:
    rehearsal = rehearsed(
        "says: {parts: [{type: tool_call, name: a}, {type: tool_call, name: b}, "
        "{type: tool_call, name: c, tool_call_id: mine}]}"
    )
    (expected,) = rehearsal.expected
    ids = [call.tool_call_id for call in spoken(rehearsal)]
    assert len(set(ids)) == 3
    assert ids[2] == "mine"
    assert ids[0].startswith("toolu_")
    assert expected["finish_reason"] == "tool_calls"


def test_ids_go_on_from_turn_to_turn() -> None:
    case = only_case(
        """
        provider: anthropic
        turns:
          - {prompt: Hi, says: {parts: [{type: tool_call, name: a, arguments: {}}]}}
          - {execute_tool_calls: true}
          - {reply: {}, says: {parts: [{type: tool_call, name: a, arguments: {}}]}}
        """
    )
    rehearsal = rehearse(case, PROVIDERS["anthropic"], stream=True)
    _, nothing, _ = rehearsal.expected
    assert nothing == {}
    (one,), (other,) = spoken(rehearsal), spoken(rehearsal, number=1)
    assert one.tool_call_id != other.tool_call_id
    assert len(rehearsal.tape.exchanges) == 2


def test_a_server_result_belongs_to_the_call_before_it() -> None:
    rehearsal = rehearsed(
        "says: {parts: [{type: tool_call, name: look, server_executed: true, "
        "arguments: {q: a}}, {type: tool_result, server_executed: true, output: b}]}"
    )
    (expected,) = rehearsal.expected
    call, result = spoken(rehearsal)
    assert result.tool_call_id == call.tool_call_id
    assert expected["finish_reason"] == "stop"


def test_what_a_wire_cannot_say_is_not_applicable_with_its_reason() -> None:
    backwards = "says: {parts: [{type: tool_call, name: a, arguments: {}}, {type: text, text: b}]}"
    rehearsal = rehearsed(backwards, "openai-chat")
    assert rehearsal.tape.exchanges == ()
    assert "parts come in this order" in str(rehearsal.inapplicable)
    assert rehearsed(backwards, "anthropic").inapplicable is None
    result = tried(f"provider: openai-chat\nprompt: Hi\n{backwards}")
    assert (result.verdict, result.checks) == ("inapplicable", 0)
    assert "order" in result.reason


def test_an_answer_that_fails_halfway_cannot_be_whole() -> None:
    says = "says: {parts: [{type: text, text: a}], error: {message: no}}"
    assert rehearsed(says, stream=True).inapplicable is None
    assert rehearsed(says, stream=False).inapplicable == (
        "an answer that is not streamed fails as a whole"
    )


def test_an_error_alone_is_an_http_error() -> None:
    rehearsal = rehearsed("says: {error: {status: 429, message: slow down}}")
    response = rehearsal.tape.exchanges[0].response
    assert response.status == 429
    (expected,) = rehearsal.expected
    assert expected == {
        "parts": [],
        "error": {"message": {"$contains": "slow down"}},
        "done": False,
    }


def test_an_error_that_says_nothing_is_an_error_all_the_same() -> None:
    (expected,) = rehearsed("says: {error: {status: 500}}").expected
    assert expected["error"] == {"$any": True}


def test_an_error_without_a_status_comes_in_the_stream() -> None:
    rehearsal = rehearsed("says: {error: {message: overloaded}}")
    response = rehearsal.tape.exchanges[0].response
    assert response.status == 200
    heard = hear(PROVIDERS["anthropic"], 200, response.headers, response.chunks)
    assert any(isinstance(event, Error) for event in heard)


def test_events_are_said_as_they_are_written() -> None:
    rehearsal = rehearsed(
        "says: {events: [{type: text, chunk: Hel, part_index: 0}, "
        "{type: text, chunk: lo, part_index: 0}], finish_reason: length}"
    )
    response = rehearsal.tape.exchanges[0].response
    heard = list(hear(PROVIDERS["anthropic"], 200, response.headers, response.chunks))
    chunks = [e.chunk for e in heard if isinstance(e, StreamEvent)]
    assert [chunk for chunk in chunks if chunk] == ["Hel", "lo"]
    finish = next(e for e in heard if isinstance(e, Finish))
    assert finish.reason == "length"


@pytest.mark.parametrize(
    "text", ["a", " a  b\n\n c ", "\n", "東京" * 20, "x" * 50, " "]
)
def test_words_come_in_pieces_that_add_up(text: str) -> None:
    case = only_case("provider: anthropic\nprompt: Hi\nsays: {parts: []}")
    assert case.turns[0].says is not None
    result = tried(
        "provider: anthropic\nprompt: Hi\n"
        f"says: {{parts: [{{type: text, text: {text!r}}}]}}".replace("'", '"')
    )
    assert (result.verdict, checks(result)) == ("passed", [])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_other_way_of_saying_it_says_the_same(provider: str) -> None:
    says = "says: {parts: [{type: text, text: Hello there}]}"
    tape = rehearsed(says, provider).tape
    whole = other_mode(tape, PROVIDERS[provider], stream=False)
    assert whole is not None
    assert len(whole.exchanges[0].response.chunks) == 1
    back = other_mode(whole, PROVIDERS[provider], stream=True)
    assert back is not None
    assert len(back.exchanges[0].response.chunks) > 1


def test_an_answer_that_failed_has_no_other_way() -> None:
    tape = rehearsed("says: {error: {status: 500, message: no}}").tape
    assert other_mode(tape, PROVIDERS["anthropic"], stream=False) is None


def test_what_is_written_overrules_what_is_derived() -> None:
    says = (
        "provider: anthropic\nprompt: Hi\nsays: {parts: [{type: text, text: Hello}]}\n"
    )
    assert tried(says + "expect: {text: Hello}").verdict == "passed"
    wrong = tried(says + "expect: {parts: []}")
    assert checks(wrong) == ["parts"]


def test_a_part_that_is_lost_is_wanted_where_it_is_written() -> None:
    result = tried(
        "provider: anthropic\nprompt: Hi\nsays:\n  parts:\n    - {type: text, text: Hello}\n"
        "inject: {fault: reset}\nexpect: {parts: [{type: text, text: Hello}]}"
    )
    assert {failure.at.line for failure in result.failures if failure.at} == {11}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_opaque_state_goes_where_the_wire_keeps_it_or_nowhere(provider: str) -> None:
    kept = rehearsed(
        "says: {parts: [{type: reasoning, text: Hm, opaque: sig}, {type: text, text: a}]}",
        provider,
    )
    if PROVIDERS[provider].opaque(ReasoningPart("Hm"), "sig") is None:
        nowhere = f"{provider} keeps no opaque state with a part of reasoning"
        assert nowhere in str(kept.inapplicable)
    else:
        held = PROVIDERS[provider].opaque(ReasoningPart("Hm"), "sig")
        (first, *_) = spoken(kept, provider)
        assert merge(first.provider_metadata, held or {}) == first.provider_metadata
        # Where an adapter keeps it is its own affair; that it goes back is checked.
        assert "provider_metadata" not in kept.expected[0]["parts"][0]
    lost = rehearsed("says: {parts: [{type: text, text: a, opaque: sig}]}", provider)
    if PROVIDERS[provider].opaque(TextPart("a"), "sig"):
        assert provider == "gemini"
        assert lost.inapplicable is None
        return
    assert lost.inapplicable == f"{provider} keeps no opaque state with a part of text"
    assert lost.tape.exchanges == ()


WITHOUT_A_FIELD = ("anthropic", "bedrock-invoke")
"""Wires that refuse by their finish reason alone."""


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("reason", ["refusal", "length", "stop"])
def test_the_finish_is_what_the_case_says(provider: str, reason: str) -> None:
    says = f"says: {{parts: [{{type: text, text: No.}}], finish_reason: {reason}}}"
    why = rehearsed(says, provider).inapplicable
    if reason == "refusal" and not PROVIDERS[provider].refusal:
        # Some say it by the reason alone, and others have no word for it.
        assert (why is None) == (provider in WITHOUT_A_FIELD)
    elif reason == "length":
        assert (why is not None) == (provider == "snowflake")  # gives no reason at all
    if why:
        return
    assert rehearsed(says, provider).expected[0]["finish_reason"] == reason
    result = tried(f"provider: {provider}\nprompt: Hi\n{says}")
    assert (result.verdict, checks(result)) == ("passed", [])


def test_parts_that_say_little_are_filled_in() -> None:
    (expected,) = rehearsed(
        "says: {parts: [{type: reasoning, opaque: s}, {type: tool_call, name: look, "
        "server_executed: true}, {type: tool_result, server_executed: true}]}"
    ).expected
    thought, call, result = expected["parts"]
    assert (thought["text"], call["arguments"], result["output"]) == ("", {}, "")
    assert result["name"] == "look"
