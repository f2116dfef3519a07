"""As asked: an answer comes streamed or whole, in the framing a request asks for."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from harness.cassette.tape import Exchange, Tape
from harness.errors import ConnectionLost
from harness.message.assemble import assemble
from harness.message.events import Event, Finish, StreamEvent, Usage
from harness.message.parts import Message, TextPart
from harness.message.turn import Turn
from harness.providers import PROVIDERS
from harness.providers._provider import Provider
from harness.providers._square import hear, speak
from harness.run.asked import as_asked, listing
from harness.run.door import Player
from harness.wire.http import Request, Response, header

SAID: tuple[Event, ...] = (
    StreamEvent("text", "Zoë ", 0),
    StreamEvent("text", "🦩", 0),
    Usage(3, 4),
    Finish("stop"),
)


def asking(provider: Provider, *, stream: bool, query: str = "") -> Request:
    turn = Turn(
        "m",
        (Message("user", (TextPart("Hi"),)),),
        stream=stream,
        options={**provider.defaults},
    )
    body = json.dumps(provider.encode(turn)).encode()
    path = provider.path(turn)
    return Request("POST", provider.base_url + path.partition("?")[0] + query, (), body)


def words(provider: Provider, response: Response) -> str:
    heard = hear(provider, response.status, response.headers, response.chunks)
    (message,) = assemble(heard)
    return "".join(part.text for part in message.parts if isinstance(part, TextPart))


@pytest.mark.parametrize("name", ["openai-chat", "openai-responses", "anthropic"])
@pytest.mark.parametrize("recorded", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("asked", [True, False], ids=["for-a-stream", "for-a-body"])
def test_an_answer_comes_the_way_it_is_asked_for(
    name: str, recorded: bool, asked: bool
) -> None:
    provider = PROVIDERS[name]
    response = speak(provider, SAID, stream=recorded)
    given = as_asked(response, asking(provider, stream=asked), provider)
    streamed = "event-stream" in str(header(given.headers, "content-type"))
    assert streamed is asked
    assert words(provider, given) == "Zoë 🦩"
    assert (given is response) is (recorded is asked)


def test_gemini_streams_an_array_unless_events_are_asked_for() -> None:
    provider = PROVIDERS["gemini"]
    response = speak(provider, SAID, stream=True)
    events = as_asked(
        response, asking(provider, stream=True, query="?alt=sse"), provider
    )
    assert events is response
    array = as_asked(response, asking(provider, stream=True), provider)
    assert len(json.loads(b"".join(array.chunks))) > 1
    assert header(array.headers, "content-type") == "application/json"
    assert words(provider, array) == "Zoë 🦩"


def test_what_failed_or_cannot_be_read_stays_as_it_is() -> None:
    provider = PROVIDERS["anthropic"]
    refused = Response(529, (("content-type", "application/json"),), (b"{}",))
    streamed = speak(provider, SAID, stream=True)
    half = Response(200, streamed.headers, streamed.chunks[:2], ending="cut")
    for response in (refused, half):
        assert as_asked(response, asking(provider, stream=False), provider) is response
    unreadable = Request("POST", provider.base_url, (), b"\xff{")
    assert as_asked(streamed, unreadable, provider) is streamed


@pytest.mark.parametrize(
    ("method", "url", "holds"),
    [
        ("GET", "https://a.example/v1/models?limit=3", '"id": "m"'),
        ("GET", "http://localhost:11434/api/tags", '"model": "m"'),
        ("POST", "http://localhost:11434/api/show", '"capabilities"'),
    ],
)
def test_which_models_there_are_is_said_beside_the_conversation(
    method: str, url: str, holds: str
) -> None:
    said = listing(Request(method, url), "m")
    assert said is not None
    assert holds.encode() in said.chunks[0]
    player = Player(Tape(()), model="m")
    player.answer(Request(method, url))
    assert (len(player.beside), player.sent, player.unmatched) == (1, [], [])


def test_a_conversation_is_no_list_of_models() -> None:
    assert listing(Request("POST", "https://a.example/v1/models"), "m") is None
    assert listing(Request("POST", "https://a.example/v1/messages"), "m") is None


def test_whoever_tries_again_finds_the_next_answer_or_the_failure_again() -> None:
    request = Request("POST", "https://a.example/v1/messages", (), b"{}")
    busy, fine = Response(529), Response(200)
    answers = Tape((Exchange(request, busy), Exchange(request, fine)))
    player = Player(answers)
    assert [player.answer(request).status for _ in range(2)] == [529, 200]
    with pytest.raises(ConnectionLost):
        player.answer(request)
    failing = Player(Tape((Exchange(request, busy),)))
    assert [failing.answer(request).status for _ in range(3)] == [529] * 3
    assert (failing.unmatched, failing.unplayed, len(failing.sent)) == ([], 0, 3)
    other = Request("POST", request.url, (), b"[]")
    with pytest.raises(ConnectionLost):
        failing.answer(other)


def test_counts_that_nobody_asked_for_are_left_out_and_the_other_bytes_stay() -> None:
    provider = PROVIDERS["openai-chat"]
    spoken = speak(provider, SAID, stream=True)
    body = b"".join(spoken.chunks)
    cut = tuple(body[n : n + 7] for n in range(0, len(body), 7))
    recorded = replace(spoken, chunks=cut, delays=(3,) * len(cut))
    request = asking(provider, stream=True)
    asked = json.loads(request.body)
    unasked = {k: v for k, v in asked.items() if k != "stream_options"}
    bare = replace(request, body=json.dumps(unasked).encode())
    given = as_asked(recorded, bare, provider)
    counts = next(c for c in body.split(b"\n\n") if b'"choices":[]' in c) + b"\n\n"
    assert b"".join(given.chunks) == body.replace(counts, b"")
    assert len(given.delays) == len(given.chunks) <= len(cut)
    assert as_asked(recorded, bare, provider, verbatim=True) == recorded
    wanting = {**unasked, "stream_options": {"include_usage": True}}
    request = replace(request, body=json.dumps(wanting).encode())
    assert as_asked(recorded, request, provider) == recorded
    groq = PROVIDERS["groq"]
    told = speak(groq, SAID, stream=True)
    assert as_asked(told, bare, groq) == told
