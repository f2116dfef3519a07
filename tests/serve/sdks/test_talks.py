"""Official SDKs hold whole conversations with the mock, and both sides agree on them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import pytest

from harness.message.parts import (
    Message,
    TextPart,
)
from harness.message.turn import Tool, Turn
from harness.providers import PROVIDERS
from harness.serve.journal import verdict
from tests.sdks.client import WEATHER
from tests.serve.sdks.script import (
    Running,
    answer,
    begun,
    check_picture,
    results,
    said,
    spoken,
    without_made_up_id,
)
from tests.serve.sdks.talker import (
    QUESTION,
    SAID,
    Talker,
    Weather,
)
from tests.serve.sdks.talkers import TALKERS

by_talker = pytest.mark.parametrize("talker", TALKERS, ids=str)
by_mode = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])


@pytest.fixture(scope="module")
def running_once() -> Iterator[Running]:
    with begun() as running:
        yield running


@pytest.fixture
def running(running_once: Running) -> Running:
    """The mock, with nothing left of the test before."""
    running_once.reset()
    return running_once


def at(running: Running, talker: Talker) -> str:
    return f"{running.url}/{talker.provider}"


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
    assert spoken(after, "tool") == talker.returned(results(provider))


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
    check_picture(message)


@pytest.mark.parametrize("status", [429, 500, 529])
@by_mode
@by_talker
def test_an_sdk_raises_an_error_of_its_own(
    running: Running, talker: Talker, stream: bool, status: int
) -> None:
    running.answers("Hello.")
    running.fault({"fault": "status", "status": status})
    with pytest.raises(Exception, match=f"injected {status}") as raised:
        talker.say(at(running, talker), stream, 1)
    assert type(raised.value).__name__ == talker.errors[status]
    assert talker.told(raised.value) == (status, None)
    assert [entry.status for entry in running.entries] == [status]


@by_mode
@by_talker
def test_an_sdk_that_asks_too_often_is_told_how_long_to_wait(
    running: Running, talker: Talker, stream: bool
) -> None:
    running.answers("Hello.")
    running.fault({"fault": "limit", "retry_after": 7})
    with pytest.raises(Exception, match="rate limit reached") as raised:
        talker.say(at(running, talker), stream, 1)
    assert talker.told(raised.value) == (429, "7" if talker.passes_on else None)
    (entry,) = running.entries
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
    running.fault(limit if status == 429 else fault)
    assert talker.say(at(running, talker), stream, 2) == "Hello."
    first, second = running.entries
    assert (first.status, second.status) == (status, 200)
    assert first.same == second.same
    assert first.fault == ("limit" if status == 429 else "status")
    assert second.fault == ""
    ignored = [line for line in verdict([first, second]) if "ignored" in line]
    assert not talker.heeds or ignored == []
