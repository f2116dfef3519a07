"""The official SDKs, recorded through the seam and played with nobody there."""

from __future__ import annotations

import asyncio
import socket

import openai
import pytest

from harness.cassette import paper
from harness.cassette.deck import Deck
from harness.errors import ConnectionLost
from harness.providers import PROVIDERS
from harness.providers._square import speak
from harness.shell import transport
from harness.shell.recording import taped
from harness.wire.http import Request, Response
from tests.sayings import sayable
from tests.sdks.client import Client
from tests.sdks.clients import CLIENTS
from tests.sdks.loopback import loopback

RICH = "words and calls"
NOWHERE = "http://127.0.0.1:9/v1"
SIZE = 11
"""Bytes of each chunk that is sent."""


def response(client: Client, *, stream: bool) -> Response:
    provider = PROVIDERS[client.provider]
    whole = speak(provider, sayable(provider)[RICH], stream=stream)
    body = b"".join(whole.chunks)
    chunks = tuple(body[at : at + SIZE] for at in range(0, len(body), SIZE))
    return Response(whole.status, whole.headers, chunks)


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize(
    "client", CLIENTS, ids=[f"{client.sdk}-{client.provider}" for client in CLIENTS]
)
def test_an_sdk_hears_from_a_cassette_what_it_heard_live(
    client: Client, stream: bool
) -> None:
    sent = response(client, stream=stream)
    with loopback() as server:
        server.answers.append(sent)
        with transport.listening() as line:
            live = client.read(server.url, stream)
        url, hits = server.url, len(server.requests)
    written = paper.dump(taped(transport.heard(line), PROVIDERS))
    tape = paper.load(written, "cassette")
    # Those that stop reading at the last event leave what comes after it.
    assert b"".join(sent.chunks).startswith(b"".join(tape.exchanges[0].response.chunks))
    assert tape.exchanges[0].response.ending == "eof"
    deck = Deck(tape)
    with transport.playing(deck.answer) as seen:
        again = client.read(url, stream)
    assert again == live
    assert hits == 1
    assert (deck.missed, deck.drifted, deck.left, seen.sockets) == ([], [], [], [])


def nothing(request: Request) -> Response:
    raise ConnectionLost("nothing is recorded")


def test_retries_are_not_slept_for_and_each_is_counted() -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        return nothing(request)

    with transport.playing(answer) as seen, pytest.raises(openai.APIConnectionError):
        openai.OpenAI(base_url=NOWHERE, api_key="sk-none", max_retries=3).models.list()
    assert len(asked) == 4
    assert len(seen.slept) == 3
    assert seen.sockets == []


def test_awaited_retries_are_not_slept_for_either() -> None:
    async def ask() -> None:
        client = openai.AsyncOpenAI(base_url=NOWHERE, api_key="sk-none", max_retries=3)
        async with client:
            with pytest.raises(openai.APIConnectionError):
                await client.models.list()

    with transport.playing(nothing) as seen:
        asyncio.run(ask())
    assert len(seen.slept) == 3
    assert seen.sockets == []


def test_who_opens_a_connection_past_the_tape_is_refused_and_named() -> None:
    with (
        transport.playing(nothing) as seen,
        pytest.raises(PermissionError, match="hermetic"),
    ):
        socket.create_connection(("127.0.0.1", 9))
    (tried,) = seen.sockets
    assert "127.0.0.1" in tried
    assert (
        f"{__name__}.{test_who_opens_a_connection_past_the_tape_is_refused_and_named.__name__}"
        in tried
    )


def test_tornado_is_recorded_and_played_by_vcrpys_patches() -> None:
    from tornado.httpclient import AsyncHTTPClient
    from tornado.simple_httpclient import SimpleAsyncHTTPClient

    async def ask(url: str) -> bytes:
        client = SimpleAsyncHTTPClient(force_instance=True)
        assert isinstance(client, AsyncHTTPClient)
        try:
            return bytes((await client.fetch(url, method="POST", body=b"{}")).body)
        finally:
            client.close()

    with loopback() as server:
        url = f"{server.url}/v1/anything"
        server.answers.append(Response(200, (), (b"one ", b"two")))
        with transport.listening() as line:
            live = asyncio.run(ask(url))
    tape = taped(transport.heard(line), PROVIDERS)
    assert tape.provenance["recorder"].startswith("vcrpy ")
    deck = Deck(tape)
    with transport.playing(deck.answer) as seen:
        again = asyncio.run(ask(url))
    assert live == again == b"one two"
    assert (deck.left, seen.sockets) == ([], [])
