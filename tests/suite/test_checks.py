"""The checks nobody asks for: each on evidence that holds, and on evidence that does not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from harness.message.assemble import disassemble
from harness.message.events import Error, Event, Finish, StreamEvent, Usage
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
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
    evidence = Evidence(first, {"byte": first}, first, first, short)
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
            replace(
                events(E("tool_call_name", "t", 0), E("tool_call_args", "{nope", 0)),
                truth=CALL,
            ),
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


def test_arguments_may_stay_open_where_the_wire_left_them_so() -> None:
    cut = events(E("tool_call_name", "t", 0), E("tool_call_args", "{nope", 0))
    assert found("events.valid", cut) == []
    assert found("events.valid", replace(cut, truth=CALL, error=Error("gone"))) == []


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
    return answered(*parts)


def answered(*parts: Part) -> TurnSeen:
    """A turn in which the wire says these parts, and the adapter does, too."""
    spoken = said(*parts)
    return TurnSeen(messages=spoken, truth=tuple(disassemble(spoken)))


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
    assert found("reply.echo", answered(listed), sending(["x"])) == []


def test_googles_signature_is_bytes_in_either_alphabet_of_base64() -> None:
    """As google-genai sends it; to every other wire a text is a text."""
    held = TextPart("", {"gemini": {"thoughtSignature": "a+b/c=="}})
    owed = answered(held)
    for sent in ("a+b/c==", "a-b_c==", "a-b_c"):
        for key in ("thoughtSignature", "thought_signature"):
            assert found("reply.echo", owed, sending({key: sent})) == []
    assert found("reply.echo", owed, sending({"thoughtSignature": "a-b_d=="}))
    assert found("reply.echo", owed, sending({"text": "a-b_c=="}))
    other = ReasoningPart("", False, {"anthropic": {"signature": "a+b"}})
    assert found("reply.echo", answered(other), sending({"signature": "a-b"}))


@pytest.mark.parametrize("key", ["redactedContent", "reasoning_encrypted"])
def test_what_a_wire_seals_is_owed_under_its_own_word(key: str) -> None:
    sealed = answered(ReasoningPart("", True, {"w": {key: "s"}}))
    assert found("reply.echo", sealed, sending({key: "s"})) == []
    assert found("reply.echo", sealed, sending({}))


def test_what_an_adapter_dropped_is_owed_all_the_same() -> None:
    dropped = replace(signed("a"), messages=said(ReasoningPart("x")))
    assert found("reply.echo", dropped, sending({})) == [
        "turn 2: opaque state was not sent back in place"
    ]


def asking(*messages: Message) -> TurnSeen:
    return TurnSeen(sent=(Sent(REQUEST, {}, Asked("m", messages)),))


def test_calls_go_back_under_the_ids_of_the_wire() -> None:
    one, two = ToolCallPart("t", {}, "w1"), ToolCallPart("t", {}, "w2")

    def back(*ids: str | None) -> TurnSeen:
        calls = said(ToolCallPart("t", {}, ids[0]), ToolCallPart("t", {}, ids[1]))
        results = tuple(ToolResultPart("t", "14", i) for i in ids)
        return asking(*calls, Message("tool", results))

    lost = ["turn 2: calls are not sent back under their own ids"]
    assert found("reply.ids", answered(one, two), back("w1", "w2")) == []
    assert found("reply.ids", answered(one, two), back("w2", "w1")) == lost
    assert found("reply.ids", answered(one, two), back("tc_1", "tc_2")) == lost
    assert found("reply.ids", answered(one, two), back(None, None)) == lost
    orphan = Message("tool", (ToolResultPart("t", "14", "other"),))
    assert found("reply.ids", answered(one), asking(*said(one), orphan)) == lost
    before = Message("tool", (ToolResultPart("t", "14", "asked-before"),))
    assert found("reply.ids", asking(before)) == []  # it began elsewhere
    theirs = ToolCallPart("t", {}, "s1", server_executed=True)
    assert found("reply.ids", answered(theirs), asking(*said(theirs))) == []


def test_a_call_has_the_id_that_the_wire_gave_it() -> None:
    call = answered(ToolCallPart("t", {}, "w1"))
    other = replace(call, messages=said(ToolCallPart("t", {}, "tc_1")))
    assert found("tool_calls.ids", call) == []
    assert found("tool_calls.ids", other) == [
        "turn 1: 't' has the id 'tc_1', and 'w1' on the wire"
    ]
    nameless = answered(ToolCallPart("t", {}, None))
    made = replace(nameless, messages=said(ToolCallPart("t", {}, "tc_1")))
    assert found("tool_calls.ids", made) == []
    assert found("events.complete", replace(made, sent=(Sent(REQUEST),))) == []


def test_made_up_ids_may_differ_from_run_to_run() -> None:
    def run(one: str, other: str) -> Observation:
        calls = ToolCallPart("t", {}, one), ToolCallPart("t", {}, other)
        results = tuple(ToolResultPart("t", "", c.tool_call_id) for c in calls)
        return Observation((TurnSeen(messages=said(*calls, *results)),))

    first = run("tc_1", "tc_2")
    for cut, same in ((run("tc_8", "tc_9"), True), (run("tc_8", "tc_8"), False)):
        evidence = Evidence(first, {"byte": cut}, cut, cut)
        for check in ("chunks.invariant", "stream.parity", "async.parity"):
            assert (failures(check, evidence) == []) is same


def test_awaited_the_conversation_is_the_same() -> None:
    awaited = Observation((replace(GREETING, messages=said(TextPart("Bye"))),))
    (only,) = failures(
        "async.parity", Evidence(Observation((GREETING,)), other_way=awaited)
    )
    assert only.message == "turn 1: awaited, the answer is another one"
    fell = Evidence(Observation((GREETING,)), other_way=Observation(raised="E: no"))
    assert [f.message for f in failures("async.parity", fell)] == [
        "awaited, the adapter raised E: no"
    ]
    short = Evidence(
        Observation((GREETING, GREETING)), other_way=Observation((GREETING,))
    )
    assert [f.message for f in failures("async.parity", short)] == [
        "awaited, it went 1 turns of 2"
    ]


def test_an_adapter_without_events_is_not_blamed_for_them() -> None:
    silent = TurnSeen(
        messages=said(TextPart("Hello")), truth=HELLO, sent=(Sent(REQUEST),)
    )
    unseen = frozenset({"events"})
    assert found("events.assemble", silent) != []
    for check in ("events.assemble", "events.valid", "events.complete"):
        assert found(check, silent, unseen=unseen) == []


def test_what_was_withheld_is_told() -> None:
    said = (E("text", "No.", 0), Finish("refusal"))
    silent = TurnSeen(truth=said)
    assert found("refusal.told", silent) == [
        "turn 1: the provider withheld its answer (refusal), and nothing tells that "
        "from an empty one"
    ]
    words = replace(silent, messages=(Message("assistant", (TextPart("No."),)),))
    assert found("refusal.told", words) == []
    assert found("refusal.told", replace(silent, error=Error("refused"))) == []
    assert found("refusal.told", replace(silent, finish_reason="refusal")) == []
    assert found("refusal.told", replace(silent, finish_reason="stop")) != []


def test_what_an_adapter_gave_up_for_is_told_once() -> None:
    gave_up = TurnSeen(truth=HELLO, sent=(Sent(REQUEST),), error=Error("KeyError: x"))
    assert found("events.complete", gave_up) == []


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


def test_what_came_with_a_result_may_follow_it() -> None:
    dot = Attachment("image/png", content=b"dot")
    call = Message("assistant", (ToolCallPart("draw", {}, "c1"),))
    result = ToolResultPart("draw", "Here.", "c1")
    asked = (call, Message("tool", (replace(result, attachments=(dot,)),)))
    behind = (
        call,
        Message("tool", (result,)),
        Message("user", (AttachmentPart(dot), TextPart("And?"))),
    )
    question = Message("user", (TextPart("And?"),))

    def told(should: tuple[Message, ...], was: tuple[Message, ...]) -> list[str]:
        sent = (Sent(REQUEST, {}, Asked("m", was)),)
        return found("request.complete", TurnSeen(sent=sent, should_ask=should))

    assert told((*asked, question), behind) == []
    assert told((*asked, question), (*asked, question)) == []
    assert told(asked, (*behind[:2], Message("user", (AttachmentPart(dot),)))) == []
    assert told((*asked, question), (*behind[:2], question)) != []
    assert told((*behind[:2], question), behind) != []


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
