"""The loopback server: any client, any chunks, any ending."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from harness.errors import ConnectionLost
from harness.shell import server
from harness.wire.http import Request, Response

SAID = Response(200, (("content-type", "text/plain"), ("x-id", "7")), (b"one", b"two"))


@contextmanager
def served(
    answer: Callable[[Request], Response],
) -> Iterator[http.client.HTTPConnection]:
    with server.served(answer) as url:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
        try:
            yield connection
        finally:
            connection.close()


def test_a_request_arrives_whole_and_its_answer_in_chunks() -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        return SAID

    with served(answer) as connection:
        for _ in range(2):  # over one connection
            connection.request("POST", "/v1/x?y=1", b"body", {"x-mine": "1"})
            found = connection.getresponse()
            assert (found.status, found.getheader("x-id")) == (200, "7")
            assert found.read1(99) == b"one"
            assert found.read() == b"two"
    request = asked[0]
    assert (request.method, request.body) == ("POST", b"body")
    assert request.url == f"http://{connection.host}:{connection.port}/v1/x?y=1"
    assert ("x-mine", "1") in request.headers


def test_a_body_may_come_in_chunks() -> None:
    asked: list[bytes] = []

    def answer(request: Request) -> Response:
        asked.append(request.body)
        return SAID

    with served(answer) as connection:
        connection.request("POST", "/", iter([b"bo", b"dy"]), encode_chunked=True)
        assert connection.getresponse().read() == b"onetwo"
    assert asked == [b"body"]


def test_the_length_it_had_elsewhere_is_not_repeated() -> None:
    head = (("content-length", "99"), ("transfer-encoding", "gzip, chunked"))
    with served(lambda request: Response(200, head, (b"x",))) as connection:
        connection.request("GET", "/")
        found = connection.getresponse()
        assert found.getheader("content-length") == "1"
        assert found.read() == b"x"


@pytest.mark.parametrize(
    ("ending", "raised"),
    [
        ("cut", http.client.IncompleteRead),
        ("reset", (http.client.IncompleteRead, ConnectionResetError)),
    ],
)
def test_an_answer_may_end_too_early(ending: str, raised: type[Exception]) -> None:
    short = Response(200, (), (b"one",), ending=ending)  # type: ignore[arg-type]  # one of them
    with served(lambda request: short) as connection:
        connection.request("GET", "/")
        with pytest.raises(raised):
            connection.getresponse().read()


def test_who_has_no_answer_hangs_up() -> None:
    def answer(request: Request) -> Response:
        raise ConnectionLost("nothing to say")

    with served(answer) as connection:
        connection.request("GET", "/")
        with pytest.raises(http.client.RemoteDisconnected):
            connection.getresponse()


def test_what_is_no_http_harms_nobody() -> None:
    with served(lambda request: SAID) as connection:
        with socket.create_connection((connection.host, connection.port)) as raw:
            raw.sendall(b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n")
            raw.settimeout(10)
            assert raw.recv(99).startswith(b"HTTP/1.1 400 ")
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"onetwo"
