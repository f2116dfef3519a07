"""What has changed between two recordings is named, and weighed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.cassette.tape import Exchange, Tape
from harness.message.events import Error, Event, Finish, StreamEvent, Usage
from harness.providers import PROVIDERS
from harness.providers._square import refuse, speak
from harness.run.drift import Change, drift, lines, worst
from harness.run.outline import outline
from harness.shell.files import load_tape
from harness.wire.http import Request, Response

ROOT = Path(__file__).parents[2]
RECORDED = [
    (provider, path.relative_to(ROOT).as_posix())
    for provider in ("openai-chat", "openai-responses", "anthropic")
    for path in sorted((ROOT / "cassettes" / provider).glob("*.yaml"))
]


def renamed(exchange: Exchange, path: str) -> Exchange:
    """The exchange with one field called otherwise, wherever it stands."""
    event, _, inner = path.rpartition("|")
    body = b"".join(exchange.response.chunks).decode()
    if not body.startswith(("data: ", "event: ")):
        text = json.dumps(_renamed(json.loads(body), inner.split(".")))
    else:
        text = "".join(
            _line(line, event, inner) for line in body.splitlines(keepends=True)
        )
    return replace(
        exchange,
        response=replace(exchange.response, chunks=(text.encode(),), delays=()),
    )


def _line(line: str, event: str, inner: str) -> str:
    if not line.startswith("data: {"):
        return line
    data = json.loads(line[6:])
    if data.get("type", "") != event:
        return line
    return f"data: {json.dumps(_renamed(data, inner.split('.')))}\n"


def _renamed(value: Any, steps: list[str]) -> Any:
    step, rest = steps[0], steps[1:]
    key = step.rstrip("[*]") if step.endswith("[*]") else step
    if not isinstance(value, dict) or key not in value:
        return value
    if not rest and not step.endswith("[*]"):
        return {(f"{k}_x" if k == key else k): v for k, v in value.items()}
    below = value[key]
    if step.endswith("[*]"):
        new = [_renamed(item, rest) for item in below] if rest else below
    else:
        new = _renamed(below, rest)
    return {**value, key: new}


def fields(exchange: Exchange, provider: str) -> Iterator[str]:
    """Every field of an answer that holds something, as EVENT|PATH."""
    shape = outline(exchange, PROVIDERS[provider]).shape
    events = {path for path in shape if "|" not in path and path.count(".") < 3}
    for path, kinds in shape.items():
        if path.endswith("[*]") or not path or kinds == {"null"}:
            continue
        event = ""
        for name in events:
            is_event = name in SSE_EVENTS
            if is_event and path.startswith(f"{name}.") and len(name) > len(event):
                event = name
        inner = path[len(event) + 1 :] if event else path
        if path not in SSE_EVENTS:
            yield f"{event}|{inner}"


SSE_EVENTS = {
    "message_start", "message_delta", "message_stop", "content_block_start", "content_block_delta", "content_block_stop",
    "response.created", "response.in_progress", "response.completed", "response.incomplete", "response.output_item.added",
    "response.content_part.added", "response.output_text.delta", "response.output_text.done", "response.content_part.done",
    "response.output_item.done",
}  # fmt: skip


@pytest.mark.parametrize(("provider", "path"), RECORDED, ids=[p for _, p in RECORDED])
def test_a_recording_has_not_drifted_from_itself(provider: str, path: str) -> None:
    tape = load_tape(ROOT, path)
    assert drift(tape, tape, PROVIDERS[provider]) == []
    assert worst([]) is None


@pytest.mark.parametrize(("provider", "path"), RECORDED, ids=[p for _, p in RECORDED])
def test_each_field_that_is_called_otherwise_is_named(provider: str, path: str) -> None:
    tape = load_tape(ROOT, path)
    exchange = tape.exchanges[0]
    tried = 0
    for field in fields(exchange, provider):
        event, _, inner = field.partition("|")
        if inner == "type" and not b"".join(exchange.response.chunks).startswith(b"{"):
            continue  # that names the event itself
        changed = Tape((renamed(exchange, field),))
        changes = drift(Tape((exchange,)), changed, PROVIDERS[provider])
        whole = f"{event}.{inner}".lstrip(".")
        name = inner.rpartition(".")[2]
        said = [c.what for c in changes if c.path == whole and c.severity != "harmless"]
        assert said == [f"field {whole} is now called {name}_x"], (field, changes)
        tried += 1
    assert tried >= 3


# --------------------------------------------------------------- one change at a time

CALL = (
    StreamEvent("tool_call_name", "get_weather", 1, "call_1"),
    StreamEvent("tool_call_args", '{"city": "Paris"}', 1, "call_1"),
)
SAID: tuple[Event, ...] = (
    StreamEvent("text", "Hello", 0),
    *CALL,
    Usage(3, 4, {"reasoning": 1}),
    Finish("tool_calls"),
)


def tape(*events: Event, ask: bytes = b'{"a": 1}', **said: Any) -> Tape:
    answer = speak(PROVIDERS["openai-chat"], events or SAID, stream=True)
    request = Request("POST", "https://h/v1/chat/completions", (), ask)
    return Tape((Exchange(request, replace(answer, **said)),))


def found(old: Tape, new: Tape) -> list[tuple[str, str]]:
    changes = drift(old, new, PROVIDERS["openai-chat"])
    return [(change.severity, change.what) for change in changes]


def without(*types: type) -> tuple[Event, ...]:
    return tuple(event for event in SAID if not isinstance(event, types))


def test_other_words_are_harmless() -> None:
    new = tape(StreamEvent("text", "Good", 0), StreamEvent("text", "bye", 0), *SAID[1:])
    assert found(tape(), new) == [("harmless", "the text says something else")]


def test_what_is_asked_otherwise_is_told_with_both() -> None:
    new = tape(ask=b'{"a": 2, "b": [3]}')
    assert found(tape(), new) == [
        ("suspicious", "the request's body.a was 1 and is 2"),
        ("suspicious", "the request's body.b was not there and is [3]"),
    ]


def test_what_is_said_again_as_it_was_answered_is_harmless() -> None:
    def talk(name: str) -> Tape:
        (first,) = answering({"id": name}).exchanges
        second = replace(
            first,
            request=replace(first.request, body=json.dumps({"of": name}).encode()),
        )
        return Tape((first, second))

    same = drift(talk("answer-1"), talk("answer-2"), None)
    assert [(c.severity, c.what) for c in same] == [
        (
            "harmless",
            'the request\'s body.of was "answer-1" and is "answer-2", as it was answered',
        )
    ]
    old, new = talk("answer-1").exchanges, talk("answer-2").exchanges
    other = drift(Tape(old), Tape((old[0], new[1])), None)
    assert [c.severity for c in other] == ["suspicious"]


def test_a_call_that_is_gone_is_breaking_and_its_fields_with_it() -> None:
    new = found(tape(), tape(SAID[0], *SAID[3:]))
    assert ("breaking", "tool call lost") in new
    assert ("suspicious", "call of get_weather lost") in new
    assert ("breaking", "field choices[*].delta.tool_calls is gone") in new


def test_usage_that_is_gone_is_breaking() -> None:
    new = found(tape(), tape(*without(Usage)))
    assert ("breaking", "the usage's input is lost") in new
    assert ("breaking", "the usage's details.reasoning is lost") in new


def test_an_end_that_is_missing_is_breaking() -> None:
    chunks = tape().exchanges[0].response.chunks
    new = found(tape(), tape(chunks=chunks[:-3]))
    assert ("breaking", "field choices[*].finish_reason is only null now") in new
    assert ("breaking", "finish reason lost") in new


def test_another_end_is_suspicious() -> None:
    new = tape(*without(Finish), Finish("length"))
    assert ("suspicious", "it ended by tool_calls and ends by length") in found(
        tape(), new
    )


def test_an_error_instead_of_an_answer_is_breaking() -> None:
    error = Error("Overloaded", "overloaded", 529, retryable=True)
    answer = refuse(PROVIDERS["openai-chat"], error)
    request = tape().exchanges[0].request
    new = found(tape(), Tape((Exchange(request, answer),)))
    assert ("breaking", "the status was 200 and is 529") in new
    assert ("breaking", "it is an error now: Overloaded") in new


def test_a_body_that_breaks_off_is_breaking_and_one_that_does_not_any_more_is_not() -> (
    None
):
    short = tape(ending="cut")
    assert found(tape(), short) == [
        ("breaking", "the body ended by eof and ends by cut")
    ]
    assert found(short, tape()) == [
        ("suspicious", "the body ended by cut and ends by eof")
    ]


def test_fewer_requests_are_breaking_and_more_are_suspicious() -> None:
    one = tape()
    two = Tape(one.exchanges * 2)
    assert found(two, one) == [("breaking", "2 requests were sent, and 1 are now")]
    assert found(one, two) == [("suspicious", "1 requests were sent, and 2 are now")]


def test_a_new_field_is_harmless_and_one_of_another_kind_is_not() -> None:
    old = answering(
        {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}], "a": 1}
    )
    new = answering(
        {
            "choices": [
                {"message": {"content": "Hi", "x": 1}, "finish_reason": "stop"}
            ],
            "a": "1",
        }
    )
    assert found(old, new) == [
        ("suspicious", "field a was a number and is text"),
        ("harmless", "new field choices[*].message.x"),
    ]


def test_what_is_null_or_not_there_is_the_same() -> None:
    answer = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}
    assert found(answering(answer), answering({**answer, "x": None})) == []
    assert found(answering({**answer, "x": None}), answering(answer)) == []
    assert found(answering({**answer, "x": None}), answering({**answer, "x": 3})) == []


def answering(body: dict[str, Any]) -> Tape:
    response = Response(
        200, (("content-type", "application/json"),), (json.dumps(body).encode(),)
    )
    return Tape((Exchange(Request("POST", "https://h/", (), b"{}"), response),))


def test_a_citation_that_is_gone_is_named() -> None:
    def searched(citations: list[Any]) -> Tape:
        text = {"type": "text", "text": "It rains."}
        body = {
            "type": "message", "role": "assistant", "content": [text | ({"citations": citations} if citations else {})],
            "stop_reason": "end_turn", "usage": {"input_tokens": 1, "output_tokens": 2},
        }  # fmt: skip
        return answering(body)

    old = searched(
        [
            {
                "type": "web_search_result_location",
                "url": "https://h",
                "cited_text": "rain",
            }
        ]
    )
    changes = drift(old, searched([]), PROVIDERS["anthropic"])
    assert ("breaking", "citations of text lost") in [
        (c.severity, c.what) for c in changes
    ]
    assert worst(changes) == "breaking"


def test_an_unknown_event_is_suspicious() -> None:
    old = load_tape(ROOT, "cassettes/anthropic/plain-text.yaml")
    exchange = old.exchanges[0]
    body = b'event: new_thing\ndata: {"type": "new_thing", "x": 1}\n\n'
    chunks = (exchange.response.chunks[0], body, *exchange.response.chunks[1:])
    changed = Tape(
        (
            replace(
                exchange, response=replace(exchange.response, chunks=chunks, delays=())
            ),
        )
    )
    said = [(c.severity, c.what) for c in drift(old, changed, PROVIDERS["anthropic"])]
    assert ("suspicious", "an event that nobody here knows: new_thing") in said


def test_without_a_provider_json_is_compared() -> None:
    changes = drift(answering({"a": 1}), answering({"b": 1}), None)
    assert [c.what for c in changes] == ["field a is now called b"]


def test_lines_say_what_was_asked_and_what_came_back() -> None:
    changes = [
        Change(1, "answer", "a.b", "field a.b is gone", "breaking"),
        Change(1, "answer", "", "the text says something else", "harmless"),
        Change(
            2, "request", "body.a", "the request's body.a was 1 and is 2", "suspicious"
        ),
    ]
    assert [*lines(changes)] == [
        "exchange 1: asked the same, answered otherwise",
        "  breaking  field a.b is gone",
        "  harmless  the text says something else",
        "exchange 2: asked otherwise, answered the same",
        "  suspicious  the request's body.a was 1 and is 2",
    ]
