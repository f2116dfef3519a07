"""The recorder, against a server on this machine that sends what we choose."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from harness.cassette import paper
from harness.cassette.tape import settled
from harness.errors import ConnectionLost
from harness.shell.recorder import Recorder
from harness.wire.http import Request

CHUNKS = (b"data: a\n\n", b"data: \xc3", b"\xa9\n\n", b"data: [DONE]\n\n")
PAUSE = 0.05


class Chunked(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("set-cookie", "session=secret")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for chunk in CHUNKS:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            self.wfile.flush()
            time.sleep(PAUSE)
        if self.path == "/broken":
            self.close_connection = True
            return
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Chunked) as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client


def ask(url: str) -> Request:
    headers = (("content-type", "application/json"), ("authorization", "Bearer sk-1"))
    return Request("POST", url, headers, b'{"a": 1}')


def test_a_recording_keeps_the_cuts_and_the_waiting(
    server: str, client: httpx.Client
) -> None:
    recorder = Recorder(client)
    heard = list(recorder.send(ask(server)).chunks)
    (exchange,) = recorder.exchanges
    response = exchange.response
    assert tuple(heard) == response.chunks == CHUNKS
    assert response.ending == "eof"
    assert len(response.delays) == len(CHUNKS)
    # No upper bound: a busy machine may wait longer, never less.
    assert sum(response.delays[1:]) >= 1000 * PAUSE


def test_the_first_chunk_is_there_while_the_server_still_sends(
    server: str, client: httpx.Client
) -> None:
    recorder = Recorder(client)
    chunks = iter(recorder.send(ask(server)).chunks)
    assert next(chunks) == CHUNKS[0]
    assert recorder.exchanges == []
    list(chunks)
    assert len(recorder.exchanges) == 1


def test_nothing_secret_is_on_the_tape(server: str, client: httpx.Client) -> None:
    recorder = Recorder(client)
    list(recorder.send(ask(f"{server}/v1?key=abcdefgh")).chunks)
    written = paper.dump(recorder.tape(server="test"))
    for secret in (b"sk-1", b"session=secret", b"abcdefgh"):
        assert secret not in written
    assert paper.load(written, "t").exchanges == settled(recorder.tape()).exchanges


def test_a_client_that_hangs_up_leaves_a_cut_tape(
    server: str, client: httpx.Client
) -> None:
    recorder = Recorder(client, hang_up_after=2)
    chunks = iter(recorder.send(ask(server)).chunks)
    assert (next(chunks), next(chunks)) == CHUNKS[:2]
    with pytest.raises(ConnectionLost, match="hung up"):
        next(chunks)
    assert recorder.exchanges[0].response.ending == "cut"


def test_a_reader_that_stops_reading_leaves_a_cut_tape(
    server: str, client: httpx.Client
) -> None:
    recorder = Recorder(client)
    chunks = iter(recorder.send(ask(server)).chunks)
    next(chunks)
    chunks.close()  # type: ignore[attr-defined]  # a generator, as abandoned ones are
    assert recorder.exchanges[0].response.ending == "cut"


def test_a_server_that_breaks_off_leaves_a_reset_tape(
    server: str, client: httpx.Client
) -> None:
    recorder = Recorder(client)
    with pytest.raises(ConnectionLost):
        list(recorder.send(ask(f"{server}/broken")).chunks)
    assert recorder.exchanges[0].response.ending == "reset"


def test_an_http_error_is_recorded_like_any_answer(
    server: str, client: httpx.Client
) -> None:
    recorder = Recorder(client)
    answer = recorder.send(ask(f"{server}/missing"))
    list(answer.chunks)
    assert answer.status == recorder.exchanges[0].response.status == 404


def test_no_server_at_all_is_a_lost_connection(client: httpx.Client) -> None:
    with pytest.raises(ConnectionLost):
        Recorder(client).send(ask("http://127.0.0.1:9/"))
