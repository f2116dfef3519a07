"""Several answers to one request, and what of a request changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.genai import Client as Google
from openai import OpenAI

from harness.serve.mock import Mock
from harness.serve.stock.shelf import Shelf
from harness.shell.server import served
from tests.serve.asking import answer, chat, said


def choices(mock: Mock, *, stream: bool, **more: Any) -> Any:
    """The answer of OpenAI's chat as its client puts it together."""
    with (
        served(mock.answer) as url,
        OpenAI(api_key="k", base_url=f"{url}/v1") as client,
    ):
        asked: Any = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
        if not stream:
            return client.chat.completions.create(**asked, **more)
        with client.chat.completions.stream(
            **asked, **more, stream_options={"include_usage": True}
        ) as events:
            return events.get_final_completion()


def two() -> Shelf:
    shelf = said("One.")
    shelf.add(said("Two.").recordings)
    return shelf


@pytest.mark.parametrize("stream", [True, False])
def test_each_choice_is_the_next_recording_and_all_are_counted(stream: bool) -> None:
    found = choices(Mock(two()), stream=stream, n=3)
    assert [(c.index, c.message.content, c.finish_reason) for c in found.choices] == [
        (0, "One.", "stop"),
        (1, "Two.", "stop"),
        (2, "Two.", "stop"),
    ]
    assert (found.usage.prompt_tokens, found.usage.completion_tokens) == (5, 21)


@pytest.mark.parametrize("stream", [True, False])
def test_what_is_made_up_is_every_choice(stream: bool) -> None:
    found = choices(Mock(default="Yes."), stream=stream, n=3)
    assert [c.message.content for c in found.choices] == ["Yes."] * 3
    assert found.usage.completion_tokens == 3
    assert found.model == "m"


def test_gemini_has_candidates() -> None:
    mock = Mock(default="Yes.")
    with (
        served(mock.answer) as url,
        Google(api_key="k", http_options={"base_url": url}) as client,
    ):
        found = client.models.generate_content(
            model="m", contents="Hi", config={"candidate_count": 2}
        )
    assert [c.index for c in found.candidates or ()] == [0, 1]


def test_recordings_are_counted_one_by_one_and_the_journal_names_them() -> None:
    mock = Mock(two())
    body = json.loads(b"".join(answer(mock, chat("Hi", n=2)).chunks))
    assert [c["message"]["content"] for c in body["choices"]] == ["One.", "Two."]
    assert mock.journal.entries[-1].source.count("turn 1") == 1


UNHEEDED: list[tuple[str, dict[str, Any], str]] = [
    ("/v1/chat/completions", {"logprobs": True, "seed": 7}, "logprobs, seed"),
    ("/v1/chat/completions", {"n": 2, "logprobs": False}, ""),
    (
        "/v1/messages",
        {"n": 2, "max_tokens": 9, "service_tier": "auto"},
        "n, service_tier",
    ),
]


@pytest.mark.parametrize("mock", [Mock(default="Yes."), Mock(said("Yes."))])
@pytest.mark.parametrize(("path", "more", "names"), UNHEEDED)
def test_what_changes_nothing_is_in_the_journal(
    mock: Mock, path: str, more: dict[str, Any], names: str
) -> None:
    assert answer(mock, chat("Hi", path, **more)).status == 200
    why = mock.journal.entries[-1].why
    assert why == (f"not heeded: {names}" if names else "")


def test_no_more_are_given_than_openai_gives() -> None:
    mock = Mock(default="Yes.")
    body = json.loads(b"".join(answer(mock, chat("Hi", n=10**9)).chunks))
    assert len(body["choices"]) == 128
    assert mock.journal.entries[-1].why == "not heeded: n above 128"
