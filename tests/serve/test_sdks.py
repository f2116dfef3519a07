"""Official SDKs have conversations with the mock: words, tools in parallel, errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from harness.message.parts import TextPart, ToolCallPart
from harness.message.turn import Turn
from harness.providers import PROVIDERS
from harness.serve.mock import Mock
from harness.shell.server import served
from tests.sdks.client import Client
from tests.sdks.clients import CLIENTS

PARALLEL = [
    ToolCallPart("get_weather", {"city": "Zürich"}),
    ToolCallPart("get_weather", {"city": "東京"}),
]

by_client = pytest.mark.parametrize(
    "client", CLIENTS, ids=lambda c: f"{c.sdk}-{c.provider}"
)
by_mode = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])


class Told:
    """A function that answers what a test tells it to, and keeps what it was asked."""

    def __init__(self) -> None:
        self.answer: Any = "Hello from the mock 🦩"
        self.asked: list[Turn] = []

    def __call__(self, turn: Turn) -> Any:
        self.asked.append(turn)
        return self.answer


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[str, Told, Mock]]:
    told = Told()
    mock = Mock(function=told)
    with served(mock.answer) as url:
        yield url, told, mock


def at(url: str, client: Client) -> str:
    """Where a client finds its wire, by the name that it has here."""
    return f"{url}/{client.provider}"


@by_mode
@by_client
def test_an_sdk_hears_words(
    running: tuple[str, Told, Mock], client: Client, stream: bool
) -> None:
    url, told, _ = running
    told.answer = "Hello from the mock 🦩"
    answer = client.read(at(url, client), stream)
    assert "Hello from the mock 🦩" in repr(answer)


@by_mode
@by_client
def test_an_sdk_hears_two_calls_at_once(
    running: tuple[str, Told, Mock], client: Client, stream: bool
) -> None:
    url, told, _ = running
    told.answer = PARALLEL
    said = repr(client.read(at(url, client), stream))
    assert said.count("get_weather") == 2
    assert "Zürich" in said
    assert "東京" in said


@by_client
def test_an_sdk_sends_results_that_are_heard(
    running: tuple[str, Told, Mock], client: Client
) -> None:
    url, told, mock = running
    told.answer = [TextPart("Rain.")]
    told.asked.clear()
    client.ask(at(url, client), PROVIDERS[client.provider])
    (turn,) = told.asked
    assert [m.role for m in turn.messages][-3:] == ["assistant", "tool", "user"]
    entry = mock.journal.entries[-1]
    assert (entry.how, entry.status) == ("function", 200)


@by_client
def test_an_sdk_raises_a_miss_in_its_own_words(client: Client) -> None:
    with (
        served(Mock().answer) as url,
        pytest.raises(Exception, match=r"nothing is recorded for|404") as raised,
    ):
        client.read(at(url, client), False)
    words = client.words(raised.value)
    assert words is None or words[0].startswith("harness serve: nothing is recorded")
