"""What clients read live, while they are recorded, and when that is played back."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from harness.cassette.deck import Deck
from harness.cassette.tape import Tape
from harness.shell import transport
from harness.shell.taps.line import Heard, Listening
from tests.seam.clients import BODY, CLIENTS, Client
from tests.seam.server import CHUNKS, PACKERS, WHOLE, Server, serving

PAUSE = 0.03
"""Seconds between chunks, where the network is to be kept from joining them."""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    authority = trustme.CA()
    folder = tmp_path_factory.mktemp("certificates")
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    issued = authority.issue_cert("localhost")
    issued.private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    return folder


@pytest.fixture(params=["plain", "tls"])
def server(request: pytest.FixtureRequest, certificates: Path) -> Iterator[Server]:
    context = None
    if request.param == "tls":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates / "server.pem")
    with serving(context) as started:
        yield started


def read(
    client: Client, url: str, certificates: Path, accept: str = "identity"
) -> tuple[list[bytes], type[BaseException] | None]:
    """The pieces, and what the client raised after them."""
    pieces: list[bytes] = []
    try:
        for piece in client.pieces(url, str(certificates / "ca.pem"), accept):
            pieces.append(piece)  # noqa: PERF402  # those before an error count too
    except Exception as error:  # each client raises its own
        return pieces, type(error)
    return pieces, None


def only(line: Listening) -> Heard:
    (heard,) = transport.heard(line)
    return heard


def deck_of(*heard: Heard) -> Deck:
    return Deck(Tape(tuple(one.exchange for one in heard)))


def endings(way: str, server: Server) -> tuple[str, ...]:
    if way == "reset":
        # Over TLS, OpenSSL tells blocking clients no more than that it ended.
        return ("reset", "cut") if server.url.startswith("https") else ("reset",)
    return ("cut",) if way == "cut" else ("eof",)


each_client = pytest.mark.parametrize("client", CLIENTS, ids=[c.name for c in CLIENTS])


@each_client
@pytest.mark.parametrize("way", ["chunked", "cut", "reset", "whole"])
def test_what_is_recorded_and_what_is_played_is_what_came_live(
    client: Client, way: str, server: Server, certificates: Path
) -> None:
    url = f"{server.url}/{way}?q=1"
    live = read(client, url, certificates)
    with transport.listening() as line:
        recorded = read(client, url, certificates)
    heard = only(line)
    response = heard.exchange.response
    sent = {"whole": [WHOLE], "chunked": [*CHUNKS]}.get(way, [*CHUNKS[:3]])
    assert recorded == live
    assert (live[1] is None) is (way in ("chunked", "whole"))
    assert [*response.chunks] == sent
    assert response.ending in endings(way, server)
    assert (heard.exchange.request.url, heard.exchange.request.body) == (url, BODY)
    deck, hits = deck_of(heard), len(server.asked)
    with transport.playing(deck.answer) as seen:
        again = read(client, url, certificates)
    assert again == live
    assert (len(server.asked), seen.sockets, deck.missed) == (hits, [], [])
    assert (deck.drifted, deck.left) == ([], [])


@pytest.mark.parametrize(
    ("client", "way"),
    [
        pytest.param(client, way, id=f"{client.name}-{way}")
        for client in CLIENTS
        for way in PACKERS
        if way not in client.refuses
    ],
)
def test_packed_bodies_are_kept_unpacked_and_cut_as_they_were_sent(
    client: Client, way: str, server: Server, certificates: Path
) -> None:
    url = f"{server.url}/{way}"
    live, _ = read(client, url, certificates, way)
    with transport.listening() as line:
        recorded, _ = read(client, url, certificates, way)
    heard = only(line)
    assert b"".join(recorded) == b"".join(live)
    assert heard.exchange.response.chunks == CHUNKS
    assert heard.exchange.response.ending == "eof"
    with transport.playing(deck_of(heard).answer):
        again, _ = read(client, url, certificates, way)
    assert again == [*CHUNKS]


@each_client
def test_a_client_that_is_recorded_gets_its_first_byte_while_the_server_sends(
    client: Client, server: Server, certificates: Path
) -> None:
    server.gate.clear()
    with transport.listening():
        for piece in client.pieces(
            f"{server.url}/chunked", str(certificates / "ca.pem"), "identity"
        ):
            assert piece
            server.gate.set()
    assert server.waited_in_vain == 0


@each_client
def test_waits_are_recorded_and_waited_for_again(
    client: Client, server: Server, certificates: Path
) -> None:
    server.pause = PAUSE
    with transport.listening() as line:
        read(client, f"{server.url}/chunked", certificates)
    heard = only(line)
    delays = heard.exchange.response.delays
    assert len(delays) == len(CHUNKS)
    # However late a piece is read, the last one cannot be there before it was sent.
    assert sum(delays) >= (len(CHUNKS) - 1) * (PAUSE * 1000 - 1)
    waited: list[int] = []

    def count(milliseconds: int) -> float:
        waited.append(milliseconds)
        return 0.0

    with transport.playing(deck_of(heard).answer, "×1000000"):
        fast, _ = read(client, f"{server.url}/chunked", certificates)
    with transport.playing(deck_of(heard).answer, count):
        again, _ = read(client, f"{server.url}/chunked", certificates)
    assert fast == again == [*CHUNKS]
    assert [*filter(None, waited)] == [*filter(None, delays)]


@each_client
def test_a_client_that_hangs_up_is_recorded_so_far(
    client: Client, server: Server, certificates: Path
) -> None:
    server.pause = PAUSE
    with transport.listening() as line:
        pieces = client.pieces(
            f"{server.url}/chunked", str(certificates / "ca.pem"), "identity"
        )
        next(pieces)
        pieces.close()  # type: ignore[attr-defined]  # they are generators
    heard = only(line)
    assert (heard.exchange.response.ending, heard.hung_up) == ("cut", True)
    assert heard.exchange.response.chunks[0] == CHUNKS[0]
    assert len(heard.exchange.response.chunks) < len(CHUNKS)


@each_client
def test_what_is_not_recorded_is_refused_and_reported(
    client: Client, server: Server, certificates: Path
) -> None:
    with transport.listening() as line:
        read(client, f"{server.url}/whole", certificates)
    deck, hits = deck_of(only(line)), len(server.asked)
    with transport.playing(deck.answer) as seen:
        pieces, error = read(client, f"{server.url}/elsewhere", certificates)
    assert pieces == []
    assert error is not None
    assert deck.missed == [f"POST {server.url}/elsewhere"]
    assert deck.left == [1]
    assert (len(server.asked), seen.sockets) == (hits, [])
