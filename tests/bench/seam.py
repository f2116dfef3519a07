"""What the seam costs: to play a request to an SDK, to listen, to load a cassette.

What an SDK itself takes, over a transport that gives the same bytes at once, is taken
off both sides: so the cost of playing alone is compared.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from unittest.mock import patch

import httpx2
import vcr  # type: ignore[import-untyped]  # vcrpy has no types
import yaml
from openai import OpenAI

from harness.cassette import paper
from harness.cassette.deck import Deck
from harness.cassette.tape import Tape
from harness.shell import transport
from harness.shell.files import load_tape
from harness.wire.http import Response
from tests.bench.clock import Side, turn_about
from tests.bench.rows import Aim, Row, compare

ROOT = Path(__file__).parents[2]
CASSETTE = "cassettes/openai-chat/plain-text.yaml"
URL = "http://127.0.0.1:8091/v1"
CHEAP, LIGHT, CLOSE = Aim(5, True), Aim(1.3, False), Aim(1.5, False)
REQUESTS = 20
"""Requests that are played in one go."""
CHUNKS = 2_000


def measure(folder: Path, rounds: int) -> Iterator[Row]:
    """Rows for playing one request, playing many, listening, and loading."""
    shutil.copytree(ROOT / "cassettes", folder / "cassettes")
    many = load_tape(folder, CASSETTE)
    path = folder / "cassettes" / "many.yaml"
    path.write_bytes(paper.dump(Tape(many.exchanges * REQUESTS)))
    for number, name in ((1, CASSETTE), (REQUESTS, "cassettes/many.yaml")):
        yield _playing(folder, name, number, rounds)
    yield _listening(rounds)
    yield from _loading(folder, rounds)


# --------------------------------------------------------------------------- playing


def _playing(folder: Path, cassette: str, number: int, rounds: int) -> Row:
    answer = load_tape(folder, cassette).exchanges[0].response
    sides = [
        Side(_client, lambda client: _at_once(client, answer, number)),
        Side(_client, lambda client: _ours(client, folder, cassette, number)),
        Side(_client, lambda client: _theirs(client, folder, cassette, number)),
    ]
    bare, ours, theirs = turn_about(sides, rounds)
    what = "1 request of the OpenAI SDK" if number == 1 else f"{number} of them"
    return compare(
        ("playing a cassette", what, "vcrpy"),
        [(o - b) / number for o, b in zip(ours, bare, strict=True)],
        [(t - b) / number for t, b in zip(theirs, bare, strict=True)],
        CHEAP,
        note="playing: the SDK's own time is taken off; the cassette is loaded each time",
    )


def _client() -> OpenAI:
    return OpenAI(api_key="none", base_url=URL, max_retries=0)


def _at_once(client: OpenAI, answer: Response, number: int) -> None:
    """With the same bytes in one piece, and nothing else done."""
    body, headers = b"".join(answer.chunks), [*answer.headers]

    def handle_request(transport_: object, request: object) -> httpx2.Response:
        return httpx2.Response(200, headers=headers, content=body)

    with patch.object(httpx2.HTTPTransport, "handle_request", handle_request):
        _asked(client, number)


def _asked(client: OpenAI, number: int) -> None:
    for _ in range(number):
        stream = client.chat.completions.create(
            model="smollm2-135m-instruct-q4_1",
            messages=[{"role": "user", "content": "What is a flamingo?"}],
            stream=True,
            stream_options={"include_usage": True},
            temperature=0,
            max_tokens=32,
        )
        assert sum(1 for _ in stream) > 30


def _ours(client: OpenAI, folder: Path, cassette: str, number: int) -> None:
    deck = Deck(load_tape(folder, cassette))
    with transport.playing(deck.answer):
        _asked(client, number)
    assert deck.left == [] == deck.drifted


def _theirs(client: OpenAI, folder: Path, cassette: str, number: int) -> None:
    with vcr.VCR(record_mode="none").use_cassette(str(folder / cassette)):
        _asked(client, number)


# ------------------------------------------------------------------------- listening


def _listening(rounds: int) -> Row:
    """A stream of many small chunks, read with and without somebody listening."""
    chunks = (b'data: {"choices": [{"delta": {"content": "word "}}]}\n\n',) * CHUNKS
    answer = Response(200, (("content-type", "text/event-stream"),), chunks)

    def read() -> None:
        with (
            httpx2.Client() as client,
            client.stream("POST", f"{URL}/chat/completions", json={}) as response,
        ):
            assert sum(len(piece) for piece in response.iter_bytes()) > CHUNKS

    def alone(_: object) -> None:
        with transport.playing(lambda request: answer):
            read()

    def heard(_: object) -> None:
        with transport.playing(lambda request: answer), transport.listening() as line:
            read()
        assert len(line.heard[0].exchange.response.chunks) == CHUNKS

    bare, ours = turn_about(
        [Side(lambda: None, alone), Side(lambda: None, heard)], rounds
    )
    names = ("listening", f"a stream of {CHUNKS} chunks", "nobody listening")
    return compare(names, ours, bare, CLOSE)


# --------------------------------------------------------------------------- loading


def _loading(folder: Path, rounds: int) -> Iterator[Row]:
    for name in (CASSETTE, "cassettes/many.yaml"):
        data = (folder / name).read_bytes()
        text = data.decode()
        sides = [
            Side(partial(tuple, [data, name]), lambda given: paper.load(*given)),
            Side(partial(str, text), lambda said: yaml.load(said, yaml.CSafeLoader)),
        ]
        ours, theirs = turn_about(sides, rounds, 3)
        what = f"{len(data) / 1000:.0f} kB of YAML"
        yield compare(("loading a cassette", what, "CSafeLoader"), ours, theirs, LIGHT)
