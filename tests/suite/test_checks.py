"""The checks nobody asks for: each on evidence that holds, and on evidence that does not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from harness.message.events import Error, Event, Finish, StreamEvent, Usage
from harness.message.parts import (
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
)
from harness.message.turn import Turn as Asked
from harness.suite.checks import CHECKS, Failure
from harness.suite.observation import (
    Drift,
    Evidence,
    Observation,
    Sent,
    TurnSeen,
)
from harness.wire.http import Request
from tests.suite.reading import only_case

CASE = only_case("provider: anthropic\nprompt: Hi\nsays: {}")
E = StreamEvent
HELLO: tuple[Event, ...] = (E("text", "Hel", 0), E("text", "lo", 0), Finish("stop"))
CALL: tuple[Event, ...] = (
    E("tool_call_name", "tide", 0, "c1"),
    E("tool_call_args", '{"at": "Dover"}', 0, "c1"),
    Finish("tool_calls"),
)
REQUEST = Request("POST", "https://h.example/v1/messages", (("x-api-key", "k3y"),))


def said(*parts: Part) -> tuple[Message, ...]:
    return (Message("assistant", parts),)


GREETING = TurnSeen(events=HELLO, messages=said(TextPart("Hello")), truth=HELLO)
CALLING = TurnSeen(
    events=CALL,
    messages=said(ToolCallPart("tide", {"at": "Dover"}, "c1")),
    tool_calls=(ToolCallPart("tide", {"at": "Dover"}, "c1"),),
    truth=CALL,
    finish_reason="tool_calls",
)


def found(name: str, *turns: TurnSeen, **seen: Any) -> list[str]:
    """What a check says of some turns, or of an observation of them."""
    return [f.message for f in failures(name, Evidence(Observation(turns, **seen)))]


def failures(name: str, evidence: Evidence) -> list[Failure]:
    result = list(CHECKS[name](CASE, evidence))
    assert {failure.check for failure in result} <= {name}
    return result


def events(*these: Event, **seen: Any) -> TurnSeen:
    return TurnSeen(events=these, truth=these, **seen)


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_has_nothing_to_say_where_all_is_well(name: str) -> None:
    asked = Asked("m", (Message("user", (TextPart("Hi"),)),))
    sent = Sent(REQUEST, {"a": 1}, asked, ())
    good = replace(
        GREETING,
        sent=(sent,),
        should_ask=asked.messages,
        usage={"input": 1, "output": 2},
        dumped={"a": 1},
        again={"a": 1},
    )
    first = Observation((good,), key="k3y")
    short = Observation((replace(GREETING, done=False),))
    evidence = Evidence(first, {"byte": first}, first, short)
    assert failures(name, evidence) == []
    assert failures(name, Evidence(Observation())) == []


@pytest.mark.parametrize(
    ("turn", "message"),
    [
        (events(E("txt", "a")), "event 0: 'txt' is not an event type"),
        (
            events(E("tool_call_args", "{}", 0), E("tool_call_name", "t", 0)),
            "event 0: arguments before the name of the call",
        ),
        (
            events(E("tool_call_name", "t", 0, "a"), E("tool_call_args", "{}", 0, "b")),
            "event 1: call id 'b' was 'a'",
        ),
        (
            events(E("text", "a", 0), E("reasoning", "b", 0)),
            "incompatible",
        ),
        (
            events(E("tool_call_name", "t", 0), E("tool_call_args", "{nope", 0)),
            "arguments of 't' are not JSON: '{nope'",
        ),
        (
            replace(events(E("text", "made up", 0)), truth=HELLO),
            'event 0: text "made up" does not occur in the recording',
        ),
        (
            replace(events(E("reasoning", "Hel", 0)), truth=HELLO),
            'event 0: reasoning "Hel" does not occur in the recording',
        ),
    ],
)
def test_events_that_cannot_be_are_told(turn: TurnSeen, message: str) -> None:
    assert any(message in said for said in found("events.valid", turn))


def test_arguments_may_stay_open_where_the_answer_was_cut() -> None:
    cut = events(E("tool_call_name", "t", 0), E("tool_call_args", "{nope", 0))
    assert found("events.valid", replace(cut, finish_reason="length")) == []
    assert found("events.valid", replace(cut, error=Error("gone"))) == []


def test_what_the_wire_said_must_all_be_there() -> None:
    sent = (Sent(REQUEST),)
    whole = replace(GREETING, sent=sent)
    assert found("events.complete", whole) == []
    lost = replace(whole, messages=said(TextPart("Hel")))
    (only,) = failures("events.complete", Evidence(Observation((lost,))))
    assert only.message == "turn 1: not everything the wire said came through"
    assert only.lines == (
        "- the wire said",
        "+ the adapter gave",
        '- [0] {"type": "text", "text": "Hello"}',
        '+ [0] {"type": "text", "text": "Hel"}',
    )
    # What was never recorded, and what was not asked, is for other checks.
    assert found("events.complete", lost, unmatched=("POST x",)) == []
    assert found("events.complete", replace(lost, sent=())) == []


def test_messages_are_what_the_events_add_up_to() -> None:
    wrong = replace(GREETING, messages=said(TextPart("Bye")))
    assert found("events.assemble", wrong) == [
        "turn 1: messages() is not what the events add up to"
    ]
    mixed = events(E("text", "a", 0), E("reasoning", "b", 0))
    assert found("events.assemble", mixed) == []  # events.valid says it


def test_cuts_must_not_change_what_is_said() -> None:
    first = Observation((GREETING,))
    again = Observation((replace(GREETING, events=(E("text", "Hello", 0), HELLO[2])),))
    assert failures("chunks.invariant", Evidence(first, {"byte": again})) == []
    for other, message in (
        (
            replace(GREETING, usage={"input": 1}),
            "depends on how its bytes are cut (byte)",
        ),
        (replace(GREETING, error=Error("x", "wire")), "depends on how"),
        (replace(GREETING, events=(E("text", "Hel", 0),)), "depends on how"),
    ):
        (only,) = failures(
            "chunks.invariant", Evidence(first, {"byte": Observation((other,))})
        )
        assert message in only.message
        assert only.lines[:2] == ("- as recorded", "+ cut by byte")
    raised = Observation((), raised="ValueError: no")
    (only,) = failures("chunks.invariant", Evidence(first, {"byte": raised}))
    assert only.message == "cut by byte, the adapter raised ValueError: no"


def test_streaming_must_not_change_what_is_said() -> None:
    first = Observation((GREETING,))
    other = replace(GREETING, messages=said(TextPart("Bye")))
    (only,) = failures("stream.parity", Evidence(first, {}, Observation((other,))))
    assert only.message == "turn 1: streaming changes what is said"
    assert only.lines[:2] == ("- streamed", "+ not streamed")
    erred = Observation((replace(other, error=Error("no")),))
    assert failures("stream.parity", Evidence(first, {}, erred)) == []
    raised = Observation((), raised="ValueError: no")
    (only,) = failures("stream.parity", Evidence(first, {}, raised))
    assert only.message == "not streamed, the adapter raised ValueError: no"


def test_tool_calls_are_the_calls_that_are_ours() -> None:
    assert found("tool_calls.parity", CALLING) == []
    assert found("tool_calls.parity", replace(CALLING, tool_calls=())) == [
        "turn 1: tool_calls() are not the tool_call parts"
    ]
    theirs = ToolCallPart("look", {}, "s1", server_executed=True)
    assert found("tool_calls.parity", TurnSeen(messages=said(theirs))) == []


def test_parts_and_messages_survive_json() -> None:
    odd = TurnSeen(messages=said(ToolCallPart("t", {"a": {1, 2}})))
    assert found("roundtrip.part", odd)[0].startswith("tool_call: TypeError")
    assert found("roundtrip.message", odd)[0].startswith("assistant: TypeError")
    keys = TurnSeen(messages=said(TextPart("a", {"x": {1: 2}})))
    assert len(found("roundtrip.part", keys)) == 1
    assert len(found("roundtrip.message", keys)) == 1


def test_a_response_survives_its_own_round_trip() -> None:
    turn = TurnSeen(dumped={"a": 1, "b": [2]}, again={"a": 1})
    (only,) = failures("roundtrip.response", Evidence(Observation((turn,))))
    assert only.message == "turn 1: the response does not survive JSON"
    assert only.lines == (
        "- to_dict()",
        "+ after from_dict()",
        '- [0] {"a": 1, "b": [2]}',
        '+ [0] {"a": 1}',
    )


def signed(*signatures: str) -> TurnSeen:
    parts = (
        ReasoningPart("x", False, {"anthropic": {"signature": s}}) for s in signatures
    )
    return TurnSeen(messages=said(*parts))


def sending(body: Any) -> TurnSeen:
    return TurnSeen(sent=(Sent(REQUEST, body),))


@pytest.mark.parametrize(
    ("body", "holds"),
    [
        ({"m": [{"signature": "a"}, {"signature": "b"}]}, True),
        ({"m": [{"deep": ["a"]}, "b", "c"]}, True),
        ({"m": ["b", "a"]}, False),
        ({"m": ["a"]}, False),
        ({"m": ["A", "b"]}, False),
        ({"m": ["a", "a", "b"]}, False),
        ({}, False),
        (None, False),
    ],
)
def test_opaque_state_goes_back_unchanged_and_in_order(body: Any, holds: bool) -> None:
    said_of = found("reply.echo", signed("a", "b"), sending(body))
    assert said_of == (
        [] if holds else ["turn 2: opaque state was not sent back in place"]
    )


def test_opaque_state_is_owed_for_good_and_only_where_it_is_opaque() -> None:
    turns = (signed("a"), sending({"m": "a"}), sending({}))
    assert found("reply.echo", *turns) == [
        "turn 3: opaque state was not sent back in place"
    ]
    listed = ReasoningPart("", False, {"o": {"data": ["x", ""], "id": "y", "n": [1]}})
    assert found("reply.echo", TurnSeen(messages=said(listed)), sending(["x"])) == []


def test_googles_signature_is_bytes_in_either_alphabet_of_base64() -> None:
    """As google-genai sends it; to every other wire a text is a text."""
    held = TextPart("", {"gemini": {"thoughtSignature": "a+b/c=="}})
    owed = TurnSeen(messages=said(held))
    for sent in ("a+b/c==", "a-b_c==", "a-b_c"):
        for key in ("thoughtSignature", "thought_signature"):
            assert found("reply.echo", owed, sending({key: sent})) == []
    assert found("reply.echo", owed, sending({"thoughtSignature": "a-b_d=="}))
    assert found("reply.echo", owed, sending({"text": "a-b_c=="}))
    other = ReasoningPart("", False, {"anthropic": {"signature": "a+b"}})
    assert found(
        "reply.echo", TurnSeen(messages=said(other)), sending({"signature": "a-b"})
    )


@pytest.mark.parametrize("key", ["redactedContent", "reasoning_encrypted"])
def test_what_a_wire_seals_is_owed_under_its_own_word(key: str) -> None:
    sealed = TurnSeen(messages=said(ReasoningPart("", True, {"w": {key: "s"}})))
    assert found("reply.echo", sealed, sending({key: "s"})) == []
    assert found("reply.echo", sealed, sending({}))


def test_a_request_is_the_conversation() -> None:
    user = Message("user", (TextPart("Hi"),))
    asked = Asked("m", (user,))
    turn = TurnSeen(sent=(Sent(REQUEST, {}, asked),), should_ask=(user,))
    assert found("request.complete", turn) == []
    empty = replace(turn, should_ask=(user, Message("assistant", (TextPart(""),))))
    assert found("request.complete", empty) == []
    more = replace(turn, should_ask=(Message("system", (TextPart("Be."),)), user))
    assert found("request.complete", more) == [
        "turn 1: the request is not the conversation"
    ]
    unread = replace(more, sent=(Sent(REQUEST, {}, None),))
    assert found("request.complete", unread) == []


def test_a_request_that_changed_is_told_path_by_path() -> None:
    drift = (Drift("body.a", 1, 2), Drift("body.b", [3], None))
    turn = TurnSeen(sent=(Sent(REQUEST, drift=drift),))
    one, other = failures("request.unchanged", Evidence(Observation((turn,))))
    assert one.message == "turn 1: the request differs from the recorded one at body.a"
    assert one.lines == ("- 1   recorded", "+ 2   sent now")
    assert "add body.b to match.ignore" in (other.hint or "")


@pytest.mark.parametrize(
    ("request_", "said_of"),
    [
        (replace(REQUEST, url="https://h/?key=k3y"), ["the API key is in the URL"]),
        (replace(REQUEST, body=b'{"key": "k3y"}'), ["the API key is in the body"]),
        (REQUEST, []),
    ],
)
def test_the_key_stays_in_its_header(request_: Request, said_of: list[str]) -> None:
    turn = TurnSeen(sent=(Sent(request_),))
    assert found("request.secret", turn, key="k3y") == said_of
    assert found("request.secret", turn) == []


def test_the_tape_is_played_to_its_end_and_not_beyond() -> None:
    assert found("replay.consumed", unplayed=1) == [
        "1 recorded exchange was never asked for"
    ]
    assert found("replay.consumed", unplayed=2) == [
        "2 recorded exchanges were never asked for"
    ]
    assert found("replay.hermetic", unmatched=("POST x",), sockets=("h:1",)) == [
        "a request that nothing was recorded for: POST x",
        "a connection was tried: h:1",
    ]


@pytest.mark.parametrize(
    ("usage", "said_of"),
    [
        ({"input": 0, "output": 0}, []),
        ({"input": -1}, ["turn 1: usage.input is -1"]),
        ({"input": 1, "output": 1.5}, ["turn 1: usage.output is 1.5"]),
        ({"input": True}, ["turn 1: usage.input is True"]),
        ({"input": "3"}, ["turn 1: usage.input is '3'"]),
        ({"output": 3}, ["turn 1: output tokens without input"]),
        (None, []),
    ],
)
def test_token_counts_make_sense(
    usage: dict[str, Any] | None, said_of: list[str]
) -> None:
    turn = TurnSeen(usage=usage, truth=(Usage(3, 2),))
    assert found("usage.sane", turn) == said_of


def test_output_alone_is_right_where_the_wire_says_no_more() -> None:
    assert (
        found("usage.sane", TurnSeen(usage={"output": 3}, truth=(Usage(None, 3),)))
        == []
    )


def test_a_truncated_stream_is_never_a_clean_success() -> None:
    first = Observation((GREETING,))
    (only,) = failures("truncation", Evidence(first, truncated=first))
    assert (only.level, "taken for success" in only.message) == ("should", True)
    for turn in (replace(GREETING, done=False), replace(GREETING, error=Error("x"))):
        evidence = Evidence(first, truncated=Observation((turn,)))
        assert failures("truncation", evidence) == []
    assert failures("truncation", Evidence(first, truncated=Observation())) == []


def test_every_failure_can_be_written_as_json() -> None:
    turn = replace(GREETING, messages=said(TextPart("Bye")))
    for failure in failures("events.assemble", Evidence(Observation((turn,)))):
        assert json.dumps([failure.message, *failure.lines])
