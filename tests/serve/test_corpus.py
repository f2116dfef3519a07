"""Losslessness: every recorded exchange, served and read back, is the same bytes."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from harness.cassette.tape import Exchange, Tape
from harness.providers._square import hear
from harness.serve.mock import Mock
from harness.serve.stock.recording import of_tape
from harness.serve.stock.shelf import Shelf
from harness.shell.server import served
from harness.wire.http import Request, Response
from tests.corpus.recordings import Recording, read
from tests.corpus.report import absent
from tests.corpus.wires import provider_of
from tests.shell.server.raw import asked
from tests.test_corpus import CORPUS


def recorded() -> Iterator[tuple[Recording, Exchange]]:
    """The corpus, each body cut at places of its own."""
    for number, recording in enumerate(read(CORPUS)):
        if isinstance(recording, Recording):
            chance = random.Random(number)
            size = len(recording.body)
            places = (
                sorted(chance.sample(range(1, size), min(7, size - 1)))
                if size > 1
                else []
            )
            ends = zip([0, *places], [*places, size], strict=True)
            chunks = tuple(recording.body[a:b] for a, b in ends)
            body = json.dumps(recording.request or {"of": recording.path}).encode()
            request = Request(recording.method, recording.url, (), body)
            response = Response(recording.status, recording.headers, chunks)
            yield recording, Exchange(request, response)


def test_every_exchange_comes_back_byte_for_byte_and_cut_for_cut() -> None:
    if not CORPUS.is_dir():
        pytest.skip(absent(CORPUS))
    exchanges = [*recorded()]
    assert len(exchanges) > 100
    heard = 0
    for recording, exchange in exchanges:
        shelf = Shelf()
        shelf.add(of_tape(Tape((exchange,)), recording.path))
        with served(Mock(shelf).answer) as url:
            at = urlsplit(exchange.request.url)
            target = at.path + (f"?{at.query}" if at.query else "")
            got = asked(url, target, exchange.request.body, exchange.request.method)
        sent = exchange.response
        assert got.status == sent.status, recording.path
        cut = tuple(filter(None, sent.chunks))
        assert tuple(filter(None, got.chunks)) == cut, recording.path
        assert got.ended
        provider = provider_of(recording)
        if provider is not None:
            headers = tuple(got.headers.items())
            ours = [*hear(provider, got.status, headers, got.chunks)]
            theirs = [*hear(provider, sent.status, sent.headers, sent.chunks)]
            assert [*map(repr, ours)] == [*map(repr, theirs)], recording.path
            heard += 1
    assert heard > 100
