"""The journal, the verdict on a client, the limits, and what can be told a server."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from harness.providers import PROVIDERS
from harness.serve.control import Control
from harness.serve.journal import Entry, verdict
from harness.serve.limits import Limits
from harness.serve.mock import FAULT, Mock
from harness.shell.server import served
from harness.wire.http import Request, Response, header
from tests.serve.asking import CHAT, HOST, answer, chat, error, said, with_header, words
from tests.shell.server.raw import asked


def entry(number: int, at: float, status: int = 200, **more: Any) -> Entry:
    fields: dict[str, Any] = {
        "method": "POST",
        "path": CHAT,
        "scope": "",
        "provider": "openai-chat",
        "model": "m",
        "stream": False,
        "how": "exact",
        "same": "d",
    }
    return Entry(number=number, at=at, status=status, **(fields | more))


def test_a_client_is_judged_by_what_it_sends_again() -> None:
    limited = entry(1, 0.0, 429, wait=2.0)
    assert [*verdict([limited, entry(2, 2.5)])] == []
    (ignored,) = verdict([limited, entry(2, 0.5)])
    assert ignored.startswith("request 2 ignored retry-after: it came 0.50 s after")
    (soon,) = verdict([entry(1, 0.0, 503), entry(2, 0.01)])
    assert soon.startswith("request 2 retried too soon: 10 ms after request 1")
    (final,) = verdict([entry(1, 0.0, 401), entry(2, 5.0)])
    assert "retried what no retry helps" in final
    storm = [entry(n, n * 1.0, 503) for n in range(1, 7)]
    assert [*verdict(storm)] == [
        "retry storm: request 1 was sent 6 times, and 6 of them failed"
    ]
    assert [*verdict([entry(1, 0.0, 503, same="a"), entry(2, 0.0, same="b")])] == []


def told(control: Control, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    data = b"" if body is None else json.dumps(body).encode()
    response = answer(control, Request(method, f"{HOST}/harness/{path}", (), data))
    text = b"".join(response.chunks)
    return response.status, json.loads(text) if text[:1] in b"[{" else text.decode()


def test_the_control_api_is_closed_unless_it_is_opened() -> None:
    control = Control(Mock(said("Hello.")))
    assert told(control, "GET", "health") == (200, {"status": "ok", "recordings": 1})
    assert told(control, "GET", "metrics")[0] == 200
    for name in ("journal", "verdict"):
        assert told(control, "GET", name)[0] == 403
    assert told(control, "POST", "fault", {"fault": "stall"})[0] == 403


def test_the_control_api_sets_faults_and_tells_the_journal() -> None:
    control = Control(Mock(said("Hello.")), open_=True)
    fault = {"fault": "status", "status": 529, "times": 2}
    assert told(control, "POST", "fault?scope=a", fault) == (200, {"waiting": 2})
    assert told(control, "POST", "fault", {"fault": "x"})[0] == 400
    asked = chat("Hi", f"/scope/a{CHAT}")
    assert [answer(control, asked).status for _ in range(3)] == [529, 529, 200]
    assert answer(control, chat("Hi")).status == 200
    _, entries = told(control, "GET", "journal?scope=a")
    assert [e["status"] for e in entries] == [529, 529, 200]
    assert len(told(control, "GET", "verdict?scope=a")[1]) == 2
    _, text = told(control, "GET", "metrics")
    assert 'provider="openai-chat",how="conversation",status="529"} 2' in text
    assert told(control, "POST", "reset?scope=a")[0] == 200
    assert told(control, "GET", "journal?scope=a")[1] == []
    assert len(told(control, "GET", "journal")[1]) == 1
    assert told(control, "POST", "nothing")[0] == 404


# ------------------------------------------------------------------ what is told it


SUITE = """\
harness: 1
suite: tides
cases:
  - id: high
    provider: anthropic
    prompt: When?
    says: {parts: [{type: text, text: "At noon."}]}
"""


def test_cases_are_loaded_for_one_scope_or_for_all() -> None:
    control = Control(Mock(said("Hello.")), open_=True)
    assert put(control, "cases?scope=a", SUITE) == (200, {"recordings": 1})
    assert words(answer(control, chat("When?", f"/scope/a{CHAT}"))) == "At noon."
    assert answer(control, chat("When?")).status == 404
    assert words(answer(control, chat("Hi", f"/scope/a{CHAT}"))) == "Hello."
    put(control, "cases", SUITE)
    assert words(answer(control, chat("When?"))) == "At noon."
    told(control, "POST", "reset?scope=a")
    assert control.mock.planner.scoped == {}


def test_a_suite_that_cannot_be_read_is_told_with_its_lines() -> None:
    control = Control(Mock(), open_=True)
    code, problems = put(control, "cases", SUITE.replace("anthropic", "antropic"))
    assert code == 400
    assert problems["error"][0].startswith("suite:5:")
    assert "did you mean" in problems["error"][0]
    assert put(control, "cassette", "interactions: 7")[0] == 400


def test_a_recording_is_loaded_as_it_is_written() -> None:
    cassette = """\
interactions:
- request: {method: POST, uri: 'https://api.openai.com/v1/odd', body: '{}', headers: {}}
  response: {status: {code: 200, message: OK}, headers: {}, body: {string: odd}}
version: 1
"""
    control = Control(Mock(), open_=True)
    assert put(control, "cassette", cassette) == (200, {"recordings": 1})
    asked = Request("POST", f"{HOST}/v1/odd", (), b"{}")
    assert answer(control, asked).chunks == (b"odd",)


def test_what_is_said_next_is_told_on_any_wire() -> None:
    control = Control(Mock(said("Hello.")), open_=True)
    parts = [{"type": "tool_call", "name": "tide", "arguments": {"at": "Dover"}}]
    assert told(control, "POST", "says?scope=a", {"parts": parts}) == (
        200,
        {"waiting": 1},
    )
    asked = chat("Hi", f"/scope/a{CHAT}")
    first = json.loads(answer(control, asked).chunks[0])
    call = first["choices"][0]["message"]["tool_calls"][0]["function"]
    assert (call["name"], json.loads(call["arguments"])) == ("tide", {"at": "Dover"})
    assert words(answer(control, asked)) == "Hello."
    assert [e.how for e in control.mock.journal.entries] == ["told", "conversation"]
    assert told(control, "POST", "says", {"part": []})[0] == 400
    assert told(control, "POST", "says", [])[1]["error"].startswith("wanted a JSON")


@pytest.mark.parametrize("fault", ["status=503", "disconnect=1", "stall=1"])
def test_an_answer_that_never_came_is_there_for_who_asks_again(fault: str) -> None:
    control = Control(Mock(), open_=True)
    for text in ("One.", "Two."):
        told(control, "POST", "says", {"parts": [{"type": "text", "text": text}]})
    answer(control, with_header(chat("Hi", stream=True), FAULT, fault))
    assert words(answer(control, chat("Hi"))) == "One."
    answer(control, with_header(chat("Hi"), FAULT, "slow=1"))
    assert answer(control, chat("Hi")).status == 404


def put(control: Control, path: str, text: str) -> tuple[int, Any]:
    asked = Request("POST", f"{HOST}/harness/{path}", (), text.encode())
    response = answer(control, asked)
    return response.status, json.loads(b"".join(response.chunks))


# ----------------------------------------------------------------- truncated streams


def talk(*said: str) -> Request:
    """A conversation whose speakers take turns, the user first."""
    messages = [
        {"role": "assistant" if number % 2 else "user", "content": text}
        for number, text in enumerate(said)
    ]
    body = json.dumps({"model": "m", "stream": True, "messages": messages})
    return Request("POST", HOST + CHAT, (), body.encode())


@pytest.mark.parametrize("fault", ["eof=2", "disconnect=2", "reset=2"])
def test_who_goes_on_from_half_an_answer_has_accepted_it(fault: str) -> None:
    mock = Mock(default="At noon, more or less.")
    answer(mock, with_header(talk("When?"), FAULT, fault))
    answer(mock, talk("When?", "At noo", "Thanks."))
    (line,) = verdict(mock.journal.of(None))
    assert line.startswith("request 2 accepted a truncated stream: it goes on from")


def test_who_asks_again_and_goes_on_has_not() -> None:
    mock = Mock(default="At noon, more or less.")
    answer(mock, with_header(talk("When?"), FAULT, "eof=2"))
    answer(mock, talk("When?"))
    answer(mock, talk("When?", "At noon, more or less.", "Thanks."))
    assert [*verdict(mock.journal.of(None))] == []


# ---------------------------------------------------------------------------- limits


def test_tokens_are_counted_and_the_client_told_when_to_come_back() -> None:
    mock = Mock(default="Yes.", limits=Limits(tokens=3))
    first = answer(mock, chat("Hi"))
    assert header(first.headers, "x-ratelimit-remaining-tokens") == "1"
    assert answer(mock, chat("Hi")).status == 200
    third = answer(mock, chat("Hi"))
    assert third.status == 429
    assert 58 <= int(header(third.headers, "retry-after") or 0) <= 60
    assert header(third.headers, "x-ratelimit-remaining-tokens") == "0"
    assert "3 tokens in 60 s" in error(third).message
    other = with_header(chat("Hi"), "x-harness-scope", "other")
    assert answer(mock, other).status == 200
    assert [*verdict(mock.journal.of(None))] == []


def test_a_window_passes() -> None:
    limits = Limits(requests=2, window=10)
    provider = PROVIDERS["anthropic"]
    for at in (0.0, 4.0):
        assert limits.over("", provider, at) is None
        limits.spend("", provider, at, b"", Response(200))
    refused = limits.over("", provider, 5.0)
    assert refused is not None
    assert header(refused.headers, "retry-after") == "5"
    assert json.loads(refused.chunks[0])["error"]["type"] == "rate_limit_error"
    assert limits.over("", provider, 10.0) is None


def test_limits_are_set_and_taken_back() -> None:
    control = Control(Mock(default="Yes."), open_=True)
    assert told(control, "POST", "limits", {"requests": 1})[0] == 200
    assert [answer(control, chat("Hi")).status for _ in range(2)] == [200, 429]
    assert told(control, "POST", "limits", {})[0] == 200
    assert answer(control, chat("Hi")).status == 200
    assert told(control, "POST", "limits", {"tokens": -1})[0] == 400
    assert told(control, "POST", "limits", {"token": 1})[0] == 400


# ------------------------------------------------------------- functions that go wrong


def test_a_function_may_be_awaited_and_may_fail() -> None:
    def wrong(turn: Any) -> Any:
        raise ValueError("no such tide")

    failed = answer(Mock(function=wrong), chat("Hi"))
    assert failed.status == 500
    assert error(failed).message == (
        "the answering function raised ValueError: no such tide"
    )

    async def later(turn: Any) -> Any:
        await asyncio.sleep(0.01)
        if turn.model == "m":
            return "Later."
        raise LookupError("never")

    with served(Mock(function=later).answer) as url:
        said = asked(url, CHAT, chat("Hi").body)
        assert b"Later." in said.chunks[0]
        raised = asked(url, CHAT, chat("Hi", model="n").body)
        assert raised.status == 500
        assert b"raised LookupError: never" in raised.chunks[0]
