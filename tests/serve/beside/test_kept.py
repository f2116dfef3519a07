"""Kept: a response is given again by its id, followed by name, and forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from openai import BadRequestError, NotFoundError, OpenAI

from harness.message.parts import TextPart
from harness.message.turn import Turn
from harness.serve.control import Control
from harness.serve.mock import Mock
from harness.shell.server import served
from harness.wire.http import Request
from tests.serve.asking import answer


def echoed(turn: Turn) -> str:
    """All that was said so far, in a row."""
    parts = (part for message in turn.messages for part in message.parts)
    return "/".join(part.text for part in parts if isinstance(part, TextPart))


@pytest.fixture
def mock() -> Mock:
    return Mock(function=echoed)


@pytest.fixture
def client(mock: Mock) -> Iterator[OpenAI]:
    with (
        served(mock.answer) as url,
        OpenAI(api_key="k", base_url=f"{url}/v1", max_retries=0) as client,
    ):
        yield client


def test_a_response_follows_the_one_it_names(client: OpenAI) -> None:
    first = client.responses.create(model="m", input="one", instructions="Be brief.")
    assert first.output_text == "Be brief./one"
    second = client.responses.create(
        model="m", input="two", previous_response_id=first.id
    )
    assert second.output_text == "one/Be brief./one/two"
    assert second.previous_response_id == first.id
    third: Any = client.responses.create(
        model="m", input="three", previous_response_id=second.id, stream=True
    )
    *_, last = third
    assert last.response.output_text == (
        "one/Be brief./one/two/one/Be brief./one/two/three"
    )


def test_a_streamed_response_is_given_again_too(client: OpenAI) -> None:
    stream: Any = client.responses.create(model="m", input="one", stream=True)
    *_, last = stream
    again = client.responses.retrieve(last.response.id)
    assert again.output_text == last.response.output_text == "one"
    assert again.id == last.response.id


def test_what_was_asked_is_given_by_the_page(client: OpenAI) -> None:
    said: Any = [{"role": "user", "content": word} for word in ("one", "two", "three")]
    response = client.responses.create(model="m", input=said)
    listed: Any = client.responses.input_items.list(response.id, limit=2, order="asc")
    texts = [item.content[0].text for item in listed]
    assert texts == ["one", "two", "three"]
    latest: Any = client.responses.input_items.list(response.id)
    assert latest.data[0].content[0].text == "three"


def test_a_response_is_forgotten_when_it_is_told_so(client: OpenAI) -> None:
    response = client.responses.create(model="m", input="one")
    client.responses.delete(response.id)
    with pytest.raises(NotFoundError, match="not found"):
        client.responses.retrieve(response.id)
    with pytest.raises(BadRequestError, match="Previous response") as raised:
        client.responses.create(
            model="m", input="two", previous_response_id=response.id
        )
    assert raised.value.code == "previous_response_not_found"


def test_what_is_not_to_be_stored_is_not(client: OpenAI) -> None:
    response = client.responses.create(model="m", input="one", store=False)
    with pytest.raises(NotFoundError):
        client.responses.retrieve(response.id)


def test_each_scope_has_its_own_until_it_is_reset(mock: Mock) -> None:
    control = Control(mock, open_=True)
    with served(control.answer) as url:
        here = OpenAI(api_key="k", base_url=f"{url}/scope/a/v1", max_retries=0)
        there = OpenAI(api_key="k", base_url=f"{url}/scope/b/v1", max_retries=0)
        response = here.responses.create(model="m", input="one")
        assert here.responses.retrieve(response.id).id == response.id
        with pytest.raises(NotFoundError):
            there.responses.retrieve(response.id)
        control.answer(Request("POST", "http://h/harness/reset?scope=a"))
        with pytest.raises(NotFoundError):
            here.responses.retrieve(response.id)
        here.close()
        there.close()


def test_there_is_an_end_to_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.serve.beside.kept.MOST_BYTES", 10_000)
    mock = Mock(default="Yes.")
    body = b'{"model": "m", "input": "%d"}'
    for number in range(50):
        request = Request("POST", "http://h/v1/responses", (), body % number)
        answer(mock, request)
        assert mock.planner.beside.kept.held <= 10_000
