"""Official SDKs accept what we say and read the same from it; we read what they ask."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

import pytest

from harness.message.parts import (
    JsonObject,
)
from harness.providers import PROVIDERS
from harness.providers._square import hear, speak
from harness.wire.http import Response
from tests.requests.normal import normal
from tests.sayings import sayable
from tests.sdks.answer import Answer, ours
from tests.sdks.client import Client, talk
from tests.sdks.clients import CLIENTS
from tests.sdks.loopback import Loopback, loopback
from tests.wires import WIRES

SIZES = (0, 7, 3, 1)
"""How many bytes a chunk has; 0 is all of them."""

RICH = ("words and calls", "thought and calls")
"""The answers that are cut small every day; to cut the others takes long."""


TRIED = [
    pytest.param(client, name, id=f"{client.sdk}-{client.provider}-{name}")
    for client in CLIENTS
    for name in sayable(PROVIDERS[client.provider])
]
"""Every answer that a wire can give, to every client."""


@pytest.fixture(scope="module")
def running() -> Iterator[Loopback]:
    with loopback() as server:
        yield server


@pytest.fixture
def server(running: Loopback) -> Loopback:
    """The server, with nothing left of the test before."""
    running.answers.clear()
    running.requests.clear()
    return running


def spoken(client: Client, name: str, *, stream: bool) -> Response:
    provider = PROVIDERS[client.provider]
    return speak(provider, sayable(provider)[name], stream=stream)


def cut(response: Response, size: int) -> Response:
    body = b"".join(response.chunks)
    step = size or len(body) or 1
    chunks = tuple(body[i : i + step] for i in range(0, len(body), step))
    return replace(response, chunks=chunks)


def heard(client: Client, response: Response) -> Answer:
    provider = PROVIDERS[client.provider]
    answer = ours(
        provider, list(hear(provider, 200, response.headers, response.chunks))
    )
    return replace(answer, reason=None)


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize(("client", "name"), TRIED)
def test_an_sdk_reads_what_we_say_however_it_is_cut(
    server: Loopback, client: Client, name: str, stream: bool
) -> None:
    reads_the_same(server, client, name, SIZES if name in RICH else SIZES[:2], stream)


@pytest.mark.long
@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize(("client", "name"), TRIED)
def test_an_sdk_reads_what_we_say_cut_small(
    server: Loopback, client: Client, name: str, stream: bool
) -> None:
    reads_the_same(server, client, name, SIZES[2:], stream)


def reads_the_same(
    server: Loopback, client: Client, name: str, sizes: Iterable[int], stream: bool
) -> None:
    response = spoken(client, name, stream=stream)
    wanted = heard(client, response)
    for blindness in client.blind:
        if blindness.streamed in (None, stream):
            wanted = blindness.blind(wanted)
    failing = [f for f in client.fails if (f.answer, f.streamed) == (name, stream)]
    for size in sizes:
        server.answers.append(cut(response, size))
        if failing:
            with pytest.raises(failing[0].error):
                client.read(server.url, stream)
        else:
            assert client.read(server.url, stream) == wanted, f"every {size} bytes"


@pytest.mark.parametrize("client", CLIENTS, ids=lambda c: f"{c.sdk}-{c.provider}")
def test_an_sdk_is_blind_to_nothing_that_it_sees(
    server: Loopback, client: Client
) -> None:
    needed = set()
    for name, stream in tried_on(client):
        response = spoken(client, name, stream=stream)
        server.answers.append(response)
        theirs = client.read(server.url, stream)
        blind = [b for b in client.blind if b.streamed in (None, stream)]
        for blindness in blind:
            wanted = heard(client, response)
            for other in blind:
                wanted = wanted if other is blindness else other.blind(wanted)
            if theirs != wanted:
                needed.add(blindness.reason)
    assert needed == {blindness.reason for blindness in client.blind}


def tried_on(client: Client) -> Iterator[tuple[str, bool]]:
    """Every answer that the client can read, streamed and not."""
    fails = {(failing.answer, failing.streamed) for failing in client.fails}
    for one in TRIED:
        of, name = one.values
        if of is client:
            assert isinstance(name, str)
            yield from ((name, s) for s in (True, False) if (name, s) not in fails)


@pytest.mark.parametrize("client", CLIENTS, ids=lambda c: f"{c.sdk}-{c.provider}")
def test_what_an_sdk_asks_is_what_we_would_ask(
    server: Loopback, client: Client
) -> None:
    provider = PROVIDERS[client.provider]
    server.answers.append(spoken(client, "words", stream=False))
    client.ask(server.url, provider)
    sent = server.requests[-1]
    body = json.loads(sent.body)
    turn = provider.parse(body, sent.url)
    assert [m.role for m in turn.messages] == [m.role for m in talk(provider).messages]
    wanted = _plain(provider.encode(talk(provider)))
    again = _plain(provider.encode(turn))
    name, drops = provider.name, client.drops
    assert normal(name, body) == normal(name, without(wanted, drops))
    assert normal(name, again) == normal(name, without(wanted, drops))
    assert drops == {word for word in drops if without(wanted, {word}) != wanted}


def _plain(body: JsonObject) -> Any:
    return json.loads(json.dumps(body))


def without(value: Any, words: AbstractSet[str]) -> Any:
    """The JSON without these words, at any depth."""
    if isinstance(value, list):
        return [without(item, words) for item in value]
    if isinstance(value, dict):
        return {k: without(v, words) for k, v in value.items() if k not in words}
    return value


def test_every_wire_but_those_without_an_sdk_of_their_own_has_a_witness() -> None:
    asked = {client.provider for client in CLIENTS}
    assert set(WIRES) - asked == set(), "a wire no SDK has read"
