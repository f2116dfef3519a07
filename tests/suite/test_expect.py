"""Expectations: what a spec wants of a turn, held against what the turn brought."""

from __future__ import annotations

from typing import Any

import pytest

from harness.message.events import Error, Event, Finish, StreamEvent, Usage
from harness.message.parts import (
    Attachment,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.suite.checks import Failure
from harness.suite.expect import expectations, is_snapshot
from harness.suite.observation import Observation, Sent, TurnSeen
from harness.wire.http import Request
from tests.suite.reading import only_case, suite_of, wrong

EVENTS: tuple[Event, ...] = (
    StreamEvent("reasoning", "Hm.", 0),
    StreamEvent("text", "Hel", 1),
    StreamEvent("text", "lo", 1),
    Usage(3, 2),
    Finish("stop"),
)
CALL = ToolCallPart("tide", {"at": "Dover", "deep": {"a": 1}}, "call_1")
REQUEST = Request(
    "POST", "https://h.example/v1/messages?beta=1", (("X-Key", "k"),), b"{}"
)
SEEN = TurnSeen(
    events=EVENTS,
    messages=(Message("assistant", (ReasoningPart("Hm."), TextPart("Hello"), CALL)),),
    tool_calls=(CALL,),
    usage={"input": 3, "output": 2},
    finish_reason="stop",
    sent=(Sent(REQUEST, {"model": "m"}),),
)
EXECUTED = TurnSeen(
    tool_results=(ToolResultPart("tide", "low", "call_1", exception="KeyError: x"),)
)


def failures(expect: str, *turns: TurnSeen, before: str = "") -> list[Failure]:
    """What does not hold of a case that expects this of its last turn."""
    seen = turns or (SEEN,)
    if len(seen) == 1 and not before:
        case = only_case(
            f"provider: anthropic\ncassette: c\nprompt: Hi\nexpect: {expect}"
        )
    else:
        first = f"  - prompt: Hi\n    expect: {before or '{}'}\n"
        rest = "  - {reply: {}}\n" * (len(seen) - 2)
        last = f"  - reply: {{}}\n    expect: {expect}"
        case = only_case(
            f"provider: anthropic\ncassette: c\nturns:\n{first}{rest}{last}"
        )
    return list(expectations(case, Observation(seen)))


HOLDS = [
    "{}",
    "{text: Hello}",
    "{parts: [{type: reasoning}, {type: text, text: Hello}, {type: tool_call}]}",
    "{parts: {$len: 3}}",
    "{messages: [{role: assistant, parts: [{type: reasoning}, {type: text}, {type: tool_call}]}]}",
    "{tool_calls: [{name: tide, arguments: {at: Dover, deep: {a: 1}}}]}",
    "{tool_calls: [{arguments: {$any: true}}]}",
    "{tool_results: []}",
    "{usage: {input: 3}}",
    "{finish_reason: stop}",
    "{error: {$absent: true}}",
    "{done: true}",
    "{request: {method: POST, path: /v1/messages, query: beta=1, headers: {x-key: k}}}",
    "{request: {body: {model: m}}}",
    "{requests: [{body: {model: m}}]}",
    "{requests: {$len: 1}}",
    "{events: reasoning text+}",
    "{events: reasoning+ text* usage finish}",
    "{events: (text|reasoning)+}",
    "{events: reasoning text text finish}",
    "{events: [{type: reasoning}, {type: text, chunk: Hel, part_index: 1}, {type: text}]}",
    "{events: [{part_index: 0}, {}, {}]}",
    "{events: [{}, {}, {}, {type: usage, input: 3}, {type: finish, reason: stop}]}",
    "{events: {$last: {type: finish}}}",
    "{events: {$len: 5}}",
]


@pytest.mark.parametrize("expect", HOLDS)
def test_an_expectation_holds(expect: str) -> None:
    assert failures(expect) == []


FAILS = [
    ("{text: Hallo}", "text", 'text: wanted "Hallo", found "Hello"'),
    ("{usage: {input: 4}}", "usage", "usage.input: wanted 4, found 3"),
    ("{usage: {details: {cached: 1}}}", "usage", "usage.details: wanted"),
    ("{finish_reason: length}", "finish_reason", 'wanted "length", found "stop"'),
    ("{error: {$any: true}}", "error", "error: wanted anything, found nothing"),
    ("{done: false}", "done", "done: wanted false, found true"),
    ("{requests: []}", "requests", "requests[0]: one too many"),
    ("{request: {path: /v2}}", "request", 'request.path: wanted "/v2"'),
    ("{events: text+}", "events", "wanted 'text+', found: reasoning text×2"),
    ("{events: ''}", "events", "wanted '', found: reasoning text×2"),
    ("{events: usage}", "events", "found: reasoning text×2 usage"),
    ("{events: [{type: text}]}", "events", "events[0].type: wanted"),
    ("{distinct: [a]}", "distinct", "nothing was captured as 'a'"),
    ("{tool_calls: []}", "tool_calls", "tool_calls[0]: one too many"),
]


@pytest.mark.parametrize(("expect", "check", "said"), FAILS)
def test_an_expectation_does_not_hold(expect: str, check: str, said: str) -> None:
    found = failures(expect)[0]
    assert found.check == check
    assert said in found.message
    assert found.at is not None
    assert found.at.line == 8


def test_nothing_came_where_something_was_wanted() -> None:
    nothing = TurnSeen()
    for expect in ("{usage: {}}", "{finish_reason: stop}", "{request: {}}"):
        (found,) = failures(expect, nothing)
        assert found.message.endswith("found nothing")
    (found,) = failures("{events: text+}", nothing)
    assert found.message == "wanted 'text+', found: no events"


@pytest.mark.parametrize(
    ("part", "expect", "holds"),
    [
        (ReasoningPart("a"), "{type: reasoning}", True),
        (ReasoningPart("a", redacted=True), "{type: reasoning}", False),
        (ReasoningPart("a", redacted=True), "{type: reasoning, redacted: true}", True),
        (ReasoningPart("a"), "{type: reasoning, redacted: true}", False),
        (ReasoningPart("a"), "{type: reasoning, redacted: false}", True),
        (ToolCallPart("t", {"a": 1}), "{type: tool_call, arguments: {a: 1}}", True),
        (ToolCallPart("t", {"a": 1}), "{type: tool_call, arguments: {}}", False),
        (ToolCallPart("t", {"a": 1}), "{type: tool_call}", True),
        (
            ToolCallPart("t", {"a": {"b": 1, "c": 2}}),
            "{type: tool_call, arguments: {a: {b: 1}}}",
            False,
        ),
        (ToolCallPart("t", {}, None, True), "{type: tool_call}", False),
        (
            ToolCallPart("t", {}, None, True),
            "{type: tool_call, server_executed: true}",
            True,
        ),
        (ToolResultPart("t", "o", exception="E: x"), "{type: tool_result}", False),
        (
            ToolResultPart("t", "o", exception="E: x"),
            "{type: tool_result, exception: {$contains: E}}",
            True,
        ),
        (TextPart("a", {"x": {"y": 1}}), "{type: text, text: a}", True),
        (TextPart("a"), "{type: {$oneof: [text, reasoning]}}", True),
    ],
)
def test_what_a_part_leaves_unsaid_is_absent(
    part: Part, expect: str, holds: bool
) -> None:
    seen = TurnSeen(messages=(Message("assistant", (part,)),))
    for wanted in (
        f"{{parts: [{expect}]}}",
        f"{{parts: {{$first: {expect}}}}}",
        f"{{messages: [{{parts: [{expect}]}}]}}",
    ):
        assert (failures(wanted, seen) == []) is holds


def test_calls_and_results_are_parts_though_they_need_no_type() -> None:
    (found,) = failures("{tool_results: [{name: tide, output: low}]}", EXECUTED)
    assert found.message.startswith("tool_results[0].exception: wanted nothing")
    assert failures("{tool_results: [{exception: {$any: true}}]}", EXECUTED) == []
    assert failures("{tool_results: [{$any: true}]}", EXECUTED) == []
    (found,) = failures("{tool_calls: [{arguments: {at: Dover}}]}")
    assert found.message.startswith("tool_calls[0].arguments.deep: wanted nothing")


def test_an_error_that_nobody_expected_fails() -> None:
    seen = TurnSeen(error=Error("no", "overloaded", 529), done=False)
    (found,) = failures("{done: false}", seen)
    assert (found.check, found.message) == (
        "error",
        "turn 1: unexpected error (overloaded): no",
    )
    assert failures("{error: {status: 529, kind: overloaded}}", seen) == []
    (found,) = failures("{}", TurnSeen(error=Error("no")))
    assert found.message == "turn 1: unexpected error: no"


def test_an_injected_fault_is_an_error_that_was_asked_for() -> None:
    case = only_case(
        "provider: anthropic\ncassette: c\nprompt: Hi\ninject: {fault: reset}"
    )
    assert list(expectations(case, Observation((TurnSeen(error=Error("x")),)))) == []


def test_a_turn_that_was_never_reached_fails() -> None:
    case = only_case(
        "provider: anthropic\ncassette: c\nturns: [{prompt: Hi}, {reply: {}}]"
    )
    (found,) = expectations(case, Observation((TurnSeen(),)))
    assert (found.check, found.message) == ("expect", "turn 2 was never reached")


def test_a_capture_is_remembered_in_later_turns() -> None:
    before = "{tool_calls: [{tool_call_id: {$capture: a}}]}"
    later = TurnSeen(messages=(Message("assistant", (TextPart("call_1"),)),))
    assert failures("{text: {$same_as: a}}", SEEN, later, before=before) == []
    (found,) = failures("{text: {$same_as: b}}", SEEN, later, before=before)
    assert found.message.startswith("turn 2: text: wanted a capture named 'b'")
    assert found.hint == "nothing captured it"


def test_captures_that_must_differ() -> None:
    twice = TurnSeen(tool_calls=(CALL, CALL))
    expect = (
        "{tool_calls: [{tool_call_id: {$capture: a}}, {tool_call_id: {$capture: b}}], "
        "distinct: [a, b]}"
    )
    (found,) = failures(expect, twice)
    assert found.message == "'b' and 'a' are both \"call_1\""


def lines(expect: str, seen: TurnSeen = SEEN) -> list[str]:
    return [line for found in failures(expect, seen) for line in found.lines]


def test_the_parts_are_listed_once_with_every_sign() -> None:
    texts = tuple(TextPart(text) for text in "abc")
    seen = TurnSeen(messages=(Message("assistant", texts),))
    said = '{"type": "text", "text": '
    assert lines("{parts: [{text: a}, {text: x}]}", seen) == [
        "parts",
        f'  [0] {said}"a"}}',
        f'> [1] {said}"b"}}',
        f'+ [2] {said}"c"}}',
    ]
    four = "{parts: [{text: a}, {text: b}, {text: c}, {text: d}]}"
    assert lines(four, seen)[-1] == '- [3] {"text": "d"}'
    assert lines("{parts: [{type: text}]}", TurnSeen()) == [
        "parts",
        '- [0] {"type": "text"}',
    ]
    assert lines("{parts: {$len: 1}}", TurnSeen()) == ["parts: none"]


def test_a_long_list_is_shown_where_it_is_wrong() -> None:
    events = tuple(StreamEvent("text", str(n), 0) for n in range(60))
    wanted = ", ".join("{chunk: '%s'}" % (n if n != 30 else "x") for n in range(60))
    shown = lines(f"{{events: [{wanted}]}}", TurnSeen(events=events))
    assert shown[:2] == ["events", "  … 28 more"]
    assert [line[:6] for line in shown[2:7]] == [
        "  [28]",
        "  [29]",
        "> [30]",
        "  [31]",
        "  [32]",
    ]
    assert shown[7:] == ["  … 27 more"]


def test_long_values_are_cut_short() -> None:
    seen = TurnSeen(messages=(Message("assistant", (TextPart("x" * 999),)),))
    (found,) = failures("{text: a}", seen)
    assert len(found.message) < 200
    assert found.message.endswith("…")


def test_attachments_and_metadata_of_events_can_be_asked_for() -> None:
    image = Attachment("image/png", content=b"hi")
    event = StreamEvent(
        "attachment", "", 0, attachments=(image,), provider_metadata={"a": {"b": 1}}
    )
    seen = TurnSeen(events=(event,))
    expect = (
        "{events: [{attachments: [{type: image/png, content: aGk=}], "
        "provider_metadata: {a: {b: 1}}, redacted: {$absent: true}}]}"
    )
    assert failures(expect, seen) == []


@pytest.mark.parametrize(("answer", "count"), [(True, 0), (False, 1)])
def test_a_snapshot_is_asked_of_whoever_keeps_it(answer: bool, count: int) -> None:
    asked: list[tuple[str, list[dict[str, Any]]]] = []

    def keep(name: str, events: list[dict[str, Any]]) -> bool:
        asked.append((name, events))
        return answer

    case = only_case(
        "provider: anthropic\ncassette: c\nprompt: Hi\n"
        "expect: {events: {snapshot: first}, text: Hello}"
    )
    found = list(expectations(case, Observation((SEEN,)), keep))
    assert len(found) == count
    assert [f.message for f in found] == ["not as in snapshot 'first'"] * count
    ((name, events),) = asked
    assert name == "first"
    assert events[1] == {
        "type": "text",
        "chunk": "Hel",
        "part_index": 1,
        "message_index": 0,
    }
    assert is_snapshot("events", {"snapshot": "x"})
    assert not is_snapshot("parts", {"snapshot": "x"})


@pytest.mark.parametrize(
    ("pattern", "piece"),
    [("txt+", "txt"), ("text reasonng", "reasonng"), ("'text  usge'", "usge")],
)
def test_a_word_that_is_no_event_type_is_pointed_at(pattern: str, piece: str) -> None:
    text = suite_of(
        f"provider: anthropic\ncassette: c\nprompt: Hi\nexpect: {{events: {pattern}}}"
    )
    (problem,) = wrong(text)
    line = text.split("\n")[problem.place.line - 1]
    start = problem.place.column - 1
    assert line[start : start + problem.length] == piece
