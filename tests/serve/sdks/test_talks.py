"""Official SDKs hold whole conversations with the mock, and both sides agree on them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

import pytest

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
from harness.message.turn import Tool, Turn
from harness.providers import PROVIDERS
from harness.providers._provider import Provider
from harness.serve.journal import verdict
from harness.serve.mock import Mock
from harness.serve.server import served
from tests.sdks.answer import Call, Said
from tests.sdks.client import WEATHER
from tests.serve.sdks.talker import (
    DESCRIBE,
    PNG,
    QUESTION,
    RESULTS,
    SAID,
    Talker,
    Weather,
)
from tests.serve.sdks.talkers import TALKERS

SEAL = "c2lnbmVkIPCfpqkgYnkgbm9ib2R5L3s+fQ=="
"""A signature: base64 of text that is none of the wires' own."""

MADE_UP = re.compile(r"[a-z]+_0{24}[0-9a-f]{24}").fullmatch

by_talker = pytest.mark.parametrize("talker", TALKERS, ids=str)
by_mode = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])


@dataclass
class Scripted:
    """A function that gives its answers in turn, and keeps what it was asked."""

    answers: list[Any]
    asked: list[Turn] = field(default_factory=list)

    def __call__(self, turn: Turn) -> Any:
        self.asked.append(turn)
        return self.answers[len(self.asked) - 1]


@dataclass
class Running:
    """A mock, where it listens, and its script."""

    url: str
    mock: Mock
    script: Scripted = field(default_factory=lambda: Scripted([]))

    def answers(self, *answers: Any) -> Scripted:
        self.script = self.mock.function = Scripted([*answers])
        return self.script


@pytest.fixture(scope="module")
def running_once() -> Iterator[Running]:
    mock = Mock()
    with served(mock.answer) as url:
        yield Running(url, mock)


@pytest.fixture
def running(running_once: Running) -> Running:
    """The mock, with nothing left of the test before."""
    running_once.mock.journal.reset(None)
    running_once.mock.faults.reset()
    return running_once


def at(running: Running, talker: Talker) -> str:
    return f"{running.url}/{talker.provider}"


def answer(provider: Provider) -> tuple[Part, ...]:
    """A signed thought, words and two calls; the seal is where the wire keeps one."""
    calls: list[ToolCallPart] = [
        ToolCallPart(WEATHER.name, {"city": city}, provider.call_id(number))
        for number, city in enumerate(RESULTS, 1)
    ]
    thought = ReasoningPart("Two cities 🦩, two calls.")
    sealed = provider.opaque(thought, SEAL)
    thought = replace(thought, provider_metadata=sealed)
    if sealed is None:
        metadata = provider.opaque(calls[0], SEAL)
        calls[0] = replace(calls[0], provider_metadata=metadata)
    return (thought, TextPart("I will look."), *calls)


def said(provider: Provider) -> Said:
    """The same as a reader of it has it."""
    parts = answer(provider)
    seals = (SEAL,) if any(part.provider_metadata for part in parts) else ()
    calls = tuple(
        Call(part.tool_call_id, part.name, part.arguments)
        for part in parts
        if isinstance(part, ToolCallPart)
    )
    return Said("I will look.", "", "Two cities 🦩, two calls.", calls, seals)


@by_mode
@by_talker
def test_an_sdk_sends_back_what_it_heard_and_the_results(
    running: Running, talker: Talker, stream: bool
) -> None:
    provider = PROVIDERS[talker.provider]
    script = running.answers(answer(provider), "Rain, and 21 degrees.")
    first, last = talker.converse(at(running, talker), stream)
    assert first == talker.heard(said(provider))
    assert last == "Rain, and 21 degrees."
    before, after = script.asked
    assert before.stream == after.stream == stream
    assert [(t.name, t.input_schema) for t in tools(before)] == [
        (WEATHER.name, WEATHER.input_schema)
    ]
    assert before.messages == (Message("user", (TextPart(QUESTION),)),)
    assert after.messages[0] == before.messages[0]
    assert spoken(after, "user") == before.messages[0].parts
    parts = tuple(map(without_made_up_id, spoken(after, "assistant")))
    assert parts == talker.returned(answer(provider))
    assert [role for role, _ in groupby(m.role for m in after.messages)] == [
        "user",
        "assistant",
        "tool",
    ]
    results = tuple(
        ToolResultPart(WEATHER.name, result, provider.call_id(number))
        for number, result in enumerate(RESULTS.values(), 1)
    )
    assert spoken(after, "tool") == talker.returned(results)


def spoken(turn: Turn, role: str) -> tuple[Part, ...]:
    """All that one side has said but for empty words.

    Google's chat sends back a message for every chunk of a stream, the empty last too.
    """
    parts = (part for m in turn.messages if m.role == role for part in m.parts)
    return tuple(part for part in parts if part != TextPart(""))


def without_made_up_id(part: Part) -> Part:
    """The part as it was said: an item of some wires is given an id that it had not."""
    kept = {
        namespace: {k: v for k, v in own.items() if not (k == "id" and MADE_UP(v))}
        for namespace, own in (part.provider_metadata or {}).items()
    }
    return replace(part, provider_metadata={k: v for k, v in kept.items() if v} or None)


def tools(turn: Turn) -> list[Tool]:
    return [tool for tool in turn.tools if isinstance(tool, Tool)]


@by_mode
@by_talker
def test_an_sdk_reads_the_form_that_it_asked_for(
    running: Running, talker: Talker, stream: bool
) -> None:
    script = running.answers(SAID)
    read = talker.structure(at(running, talker), stream)
    assert read == Weather(city="Zürich 🦩", degrees=14)
    (turn,) = script.asked
    assert turn.schema == talker.schema
    assert turn.stream == stream


@by_mode
@by_talker
def test_a_picture_that_an_sdk_sends_comes_with_all_its_bytes(
    running: Running, talker: Talker, stream: bool
) -> None:
    script = running.answers("A red dot.")
    assert talker.show(at(running, talker), stream) == "A red dot."
    (turn,) = script.asked
    (message,) = turn.messages
    text, picture = sorted(message.parts, key=lambda part: part.type, reverse=True)
    assert text == TextPart(DESCRIBE)
    assert isinstance(picture, AttachmentPart)
    assert picture.attachment == Attachment("image/png", content=PNG)


@pytest.mark.parametrize("status", [429, 500, 529])
@by_mode
@by_talker
def test_an_sdk_raises_an_error_of_its_own(
    running: Running, talker: Talker, stream: bool, status: int
) -> None:
    running.answers("Hello.")
    running.mock.faults.queue({"fault": "status", "status": status})
    with pytest.raises(Exception, match=f"injected {status}") as raised:
        talker.say(at(running, talker), stream, 1)
    assert type(raised.value).__name__ == talker.errors[status]
    assert talker.told(raised.value) == (status, None)
    assert [entry.status for entry in running.mock.journal.entries] == [status]


@by_mode
@by_talker
def test_an_sdk_that_asks_too_often_is_told_how_long_to_wait(
    running: Running, talker: Talker, stream: bool
) -> None:
    running.answers("Hello.")
    running.mock.faults.queue({"fault": "limit", "retry_after": 7})
    with pytest.raises(Exception, match="rate limit reached") as raised:
        talker.say(at(running, talker), stream, 1)
    assert talker.told(raised.value) == (429, "7" if talker.passes_on else None)
    (entry,) = running.mock.journal.entries
    assert (entry.status, entry.wait, entry.fault) == (429, 7.0, "limit")


@pytest.mark.parametrize("status", [pytest.param(429, marks=pytest.mark.long), 500])
@pytest.mark.parametrize(
    ("talker", "stream"),
    [
        pytest.param(talker, stream, id=f"{talker}-{'streamed' if stream else 'whole'}")
        for talker in TALKERS
        for stream in (True, False)
        if not talker.retries and not (stream and talker.retries_streams)
    ],
)
def test_an_sdk_that_fails_once_tries_again(
    running: Running, talker: Talker, stream: bool, status: int
) -> None:
    running.answers("Hello.", "Hello.")
    fault = {"fault": "status", "status": status}
    limit = {"fault": "limit", "retry_after": 1}
    running.mock.faults.queue(limit if status == 429 else fault)
    assert talker.say(at(running, talker), stream, 2) == "Hello."
    first, second = running.mock.journal.entries
    assert (first.status, second.status) == (status, 200)
    assert first.same == second.same
    assert first.fault == ("limit" if status == 429 else "status")
    assert second.fault == ""
    ignored = [line for line in verdict([first, second]) if "ignored" in line]
    assert not talker.heeds or ignored == []
