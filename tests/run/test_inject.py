"""Faults: one recording, and every way for the network to fail it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.cassette.tape import Exchange, Tape
from harness.errors import UsageError
from harness.message.events import Event, Finish, StreamEvent
from harness.message.parts import JsonObject
from harness.providers import PROVIDERS
from harness.providers._square import speak
from harness.run.inject import FAULTS, inject, truncated
from harness.suite.shape import RECORDS
from harness.wire.http import Request, Response
from tests.run.trying import checks, tried

ANTHROPIC = PROVIDERS["anthropic"]
EVENTS: list[Event] = [
    StreamEvent("text", "Hel", 0),
    StreamEvent("text", "lo", 0),
    Finish("stop"),
]
ASKED = Request("POST", "https://h.example/v1/messages")


def tape(*, stream: bool = True, times: int = 1) -> Tape:
    answer = speak(ANTHROPIC, EVENTS, stream=stream)
    return Tape((Exchange(ASKED, answer),) * times)


def injected(fault: JsonObject, **settings: Any) -> Response:
    (exchange,) = inject(tape(**settings), fault, ANTHROPIC).exchanges
    return exchange.response


def test_every_fault_is_in_the_grammar() -> None:
    assert {*FAULTS, "status"} == set(RECORDS["inject"].variants)


@pytest.mark.parametrize(
    ("fault", "ending"), [("disconnect", "cut"), ("reset", "reset"), ("eof", "eof")]
)
@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_stream_stops_after_some_events(fault: str, ending: str, after: int) -> None:
    answer = injected({"fault": fault, "after_events": after})
    whole = speak(ANTHROPIC, EVENTS, stream=True)
    assert answer.chunks == whole.chunks[:after]
    assert (answer.status, answer.ending, answer.delays) == (200, ending, ())


def test_a_connection_may_break_after_the_last_event_but_not_later() -> None:
    whole = speak(ANTHROPIC, EVENTS, stream=True)
    count = len(whole.chunks)
    answer = injected({"fault": "disconnect", "after_events": count})
    assert (answer.chunks, answer.ending) == (whole.chunks, "cut")
    for fault, after in (("disconnect", count + 1), ("eof", count)):
        with pytest.raises(
            UsageError, match=f"after_events: {after}, of {count} events"
        ):
            injected({"fault": fault, "after_events": after})


@pytest.mark.parametrize("fault", ["disconnect", "reset", "eof"])
def test_an_answer_that_is_no_stream_is_cut_in_half(fault: str) -> None:
    whole = b"".join(speak(ANTHROPIC, EVENTS, stream=False).chunks)
    answer = injected({"fault": fault, "after_events": 99}, stream=False)
    assert answer.chunks == (whole[: len(whole) // 2],)


@pytest.mark.parametrize(
    ("data", "text"), [({"type": "x", "é": 1}, '{"type": "x", "é": 1}'), ("raw", "raw")]
)
def test_an_event_is_put_in_and_ends_the_stream(data: Any, text: str) -> None:
    fault = {"fault": "event", "after_events": 2, "event": "error", "data": data}
    answer = injected(fault)
    assert len(answer.chunks) == 3
    assert answer.chunks[2].decode() == f"event: error\ndata: {text}\n\n"
    with pytest.raises(UsageError, match="no stream"):
        injected(fault, stream=False)


def test_an_event_is_corrupted_in_its_place() -> None:
    whole = speak(ANTHROPIC, EVENTS, stream=True)
    answer = injected({"fault": "corrupt", "at_event": 3, "data": "{oops"})
    assert b"{oops" in answer.chunks[2]
    assert answer.chunks[:2] + answer.chunks[3:] == whole.chunks[:2] + whole.chunks[3:]
    assert injected({"fault": "corrupt"}).chunks[0].endswith(b"data: {not json\n\n")
    with pytest.raises(UsageError, match="at_event: 99"):
        injected({"fault": "corrupt", "at_event": 99})
    body = injected({"fault": "corrupt"}, stream=False)
    assert body.chunks == (b"{not json",)


def test_a_status_comes_before_the_answer_that_a_retry_finds() -> None:
    head = {"retry-after": "0"}
    fault = {"fault": "status", "status": 429, "headers": head, "request": 1}
    refused, answer = inject(tape(), fault, ANTHROPIC).exchanges
    assert refused.response.status == 429
    assert ("retry-after", "0") in refused.response.headers
    assert json.loads(b"".join(refused.response.chunks))["type"] == "error"
    assert answer == tape().exchanges[0]


def test_a_status_is_there_at_every_try_unless_it_says_at_which() -> None:
    (refused,) = inject(tape(), {"fault": "status", "status": 503}, ANTHROPIC).exchanges
    assert refused.response.status == 503


def test_a_status_is_500_unless_it_says_otherwise() -> None:
    refused = inject(tape(), {"fault": "status"}, ANTHROPIC).exchanges[0]
    assert refused.response.status == 500


def test_a_fault_hits_the_answer_it_is_meant_for() -> None:
    two = tape(times=2)
    fault = {"fault": "disconnect", "request": 2}
    first, second = inject(two, fault, ANTHROPIC).exchanges
    assert first == two.exchanges[0]
    assert second.response.ending == "cut"
    with pytest.raises(UsageError, match="there is no answer 3, only 2"):
        inject(two, {"fault": "status", "request": 3}, ANTHROPIC)


def test_a_truncated_tape_is_the_first_answer_without_its_end() -> None:
    short = truncated(tape(times=2), ANTHROPIC)
    assert short is not None
    (exchange,) = short.exchanges
    assert 0 < len(exchange.response.chunks) < len(tape().exchanges[0].response.chunks)


@pytest.mark.parametrize(
    "response",
    [
        speak(ANTHROPIC, EVENTS, stream=False),
        Response(500, (("content-type", "text/event-stream"),), (b"data: x\n\n",)),
        Response(200, (("content-type", "text/event-stream"),), (b"",)),
        Response(
            200,
            (("content-type", "text/event-stream"),),
            (b"data: 1\n\n",),
            ending="cut",
        ),
    ],
)
def test_what_has_no_end_to_lose_is_not_truncated(response: Response) -> None:
    assert truncated(Tape((Exchange(ASKED, response),)), ANTHROPIC) is None
    assert truncated(Tape(()), ANTHROPIC) is None


SAID = "prompt: Hi\nsays: {parts: [{type: text, text: Hello there}]}\n"


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("stream", ["true", "false"])
@pytest.mark.parametrize(
    ("fault", "expect"),
    [
        ("{fault: disconnect, after_events: 2}", "{retryable: true}"),
        ("{fault: reset, after_events: 2}", "{retryable: true}"),
        ("{fault: eof, after_events: 2}", "{$any: true}"),
        ("{fault: corrupt, at_event: 2}", "{message: {$nonempty: true}}"),
        ("{fault: status, status: 429}", "{status: 429, retryable: true}"),
        ("{fault: status, status: 401}", "{status: 401, retryable: false}"),
    ],
)
def test_every_wire_tells_of_a_fault(
    provider: str, stream: str, fault: str, expect: str
) -> None:
    result = tried(
        f"provider: {provider}\nstream: {stream}\n{SAID}inject: {fault}\n"
        f"expect: {{error: {expect}, done: false}}"
    )
    assert (result.verdict, checks(result)) == ("passed", [])


def test_a_fault_that_cannot_be_put_in_makes_the_case_broken() -> None:
    result = tried(
        f"provider: anthropic\n{SAID}inject: {{fault: eof, after_events: 99}}"
    )
    assert result.verdict == "broken"
    assert "after_events: 99" in result.reason
