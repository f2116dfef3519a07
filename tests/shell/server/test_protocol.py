"""The protocol: chunks as they were cut, endings as they were, and hostile clients."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from harness.shell.server import protocol, served
from harness.wire.http import Ending, Request, Response
from tests.shell.server.raw import Raw, answered, asked, connected

SSE = (("content-type", "text/event-stream"), ("x-request-id", "r1"))
LOST: dict[str, Ending] = {"cut": "cut", "reset": "reset"}
CHUNKS = (b"data: a", b"\n\ndata: b\n", b"\n")


def stream(request: Request) -> Response:
    """What the server says: a stream, its end by what the path says."""
    kind = request.url.rpartition("/")[2]
    if kind == "whole":
        return Response(200, (("content-type", "text/plain"),), (b"all",))
    if kind == "slow":
        return Response(200, SSE, CHUNKS, (30, 30, 30))
    if kind == "length":
        return Response(200, (), (str(len(request.body)).encode(),))
    return Response(200, SSE, CHUNKS, ending=LOST.get(kind, "eof"))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served(stream, pace=lambda response, ms: ms / 1000) as found:
        yield found


@contextmanager
def still_there(url: str) -> Iterator[None]:
    """Whatever happens inside, the next client is served."""
    yield
    assert asked(url, "/whole", b"").chunks == (b"all",)


def test_chunks_come_as_they_were_cut(url: str) -> None:
    got = asked(url, "/stream", b"{}")
    assert (got.status, got.chunks, got.ended) == (200, CHUNKS, True)
    assert got.headers["x-request-id"] == "r1"


def test_chunks_come_when_they_are_due(url: str) -> None:
    began = time.monotonic()
    got = asked(url, "/slow", b"{}")
    assert got.chunks == CHUNKS
    assert time.monotonic() - began >= 0.09


def test_one_body_has_a_length(url: str) -> None:
    got = asked(url, "/whole", b"")
    assert got.headers["content-length"] == "3"
    assert "transfer-encoding" not in got.headers


@pytest.mark.parametrize("ending", ["cut", "reset"])
def test_a_connection_is_lost_as_it_was(url: str, ending: str) -> None:
    got = asked(url, f"/{ending}", b"{}")
    assert (got.chunks, got.ended) == (CHUNKS, False)


def test_requests_of_one_connection_are_answered_in_order(url: str) -> None:
    one = b"POST /length HTTP/1.1\r\nhost: h\r\ncontent-length: %d\r\n\r\n%b"
    with connected(url) as sock:
        sock.sendall(b"".join(one % (n, b"x" * n) for n in (3, 10, 1)))
        said: list[bytes] = []
        data = b""
        while len(said) < 3:
            data += sock.recv(65536)
            said = [part[:2].strip() for part in data.split(b"\r\n\r\n")[1:]]
    assert [int(part.split(b"H")[0]) for part in said] == [3, 10, 1]


def test_a_body_in_chunks_is_put_together(url: str) -> None:
    with connected(url) as sock:
        sock.sendall(
            b"POST /length HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n"
            b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"
        )
        assert answered(sock).chunks == (b"7",)


def test_who_waits_to_be_told_to_go_on_is_told(url: str) -> None:
    with connected(url) as sock:
        sock.sendall(
            b"POST /length HTTP/1.1\r\nhost: h\r\ncontent-length: 2\r\n"
            b"expect: 100-continue\r\n\r\n"
        )
        assert sock.recv(100).startswith(b"HTTP/1.1 100 ")
        sock.sendall(b"ok")
        assert answered(sock).chunks == (b"2",)


def test_a_head_has_no_body(url: str) -> None:
    with connected(url) as sock:
        sock.sendall(b"HEAD /stream HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n")
        data = b""
        while more := sock.recv(65536):
            data += more
    assert data.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400),
        (
            b"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            400,
        ),
        (b"GET / HTTP/1.1\r\nhost: h\r\nx: " + b"y" * 70_000 + b"\r\n\r\n", 431),
        (b"GET /" + b"y" * 70_000 + b" HTTP/1.1\r\nhost: h\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 99999999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: -1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: h\r\nx\x00y: z\r\n\r\n", 400),
    ],
    ids=["nonsense", "chunks", "headers", "target", "body", "length", "nul"],
)
def test_what_is_no_request_is_refused(url: str, sent: bytes, status: int) -> None:
    with still_there(url), connected(url) as sock:
        sock.sendall(sent)
        assert answered(sock).status == status


def test_half_a_request_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(protocol, "PATIENCE", 0.1)
    with served(stream) as url, still_there(url):
        with connected(url) as sock:
            sock.sendall(
                b"POST /whole HTTP/1.1\r\nhost: h\r\ncontent-length: 5\r\n\r\nab"
            )
            assert answered(sock).status == 408
        with connected(url) as sock:
            assert sock.recv(10) == b""


def test_who_closes_their_half_is_still_answered(url: str) -> None:
    with still_there(url), connected(url) as sock:
        sock.sendall(b"GET /slow HTTP/1.1\r\nhost: h\r\n\r\n")
        sock.shutdown(socket.SHUT_WR)
        got: Raw = answered(sock)
    assert (got.chunks, got.ended) == (CHUNKS, True)


def test_who_hangs_up_in_the_middle_harms_nobody(url: str) -> None:
    with still_there(url):
        for _ in range(20):
            with connected(url) as sock:
                sock.sendall(b"GET /slow HTTP/1.1\r\nhost: h\r\n\r\n")


def test_a_stream_is_finished_when_the_server_ends() -> None:
    with served(stream, pace=lambda response, ms: ms / 1000) as url:
        sock = connected(url)
        sock.sendall(b"GET /slow HTTP/1.1\r\nhost: h\r\n\r\n")
        time.sleep(0.02)
    with sock:
        assert answered(sock).ended
