"""The network, against servers on this machine that do what we choose."""

from __future__ import annotations

import asyncio
import gc
import gzip
import socket
import ssl
import struct
import sys
import threading
import traceback
from collections.abc import Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

import httpx
import pytest

from harness.errors import (
    ConnectionLost,
    HarnessError,
    ResponseClosed,
    TimedOut,
    UsageError,
    WireError,
)
from harness.shell.http import TIMED_OUT, AsyncHttp, Http
from harness.wire.http import AsyncAnswer, Request, header

CHUNKS = [b"data: a\n\n", b"data: \xc3", b"\xa9\n\n", b"data: [DONE]\n\n"]
PATIENCE = 10
"""Seconds after which a test gives up; none of them waits for so long."""

Heard: TypeAlias = tuple[int, tuple[tuple[str, str], ...], list[bytes]]


class Connection(BaseHTTPRequestHandler):
    """One connection to the server, with the words its scripts are written in."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # each chunk goes out by itself, at once
    server: Server

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.asked.append(self)
        self.server.script(self)

    def begin(self, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()

    def chunk(self, *chunks: bytes) -> None:
        for chunk in chunks:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))

    def end(self) -> None:
        self.wfile.write(b"0\r\n\r\n")

    def cut(self) -> None:
        self.close_connection = True

    def reset(self) -> None:
        at_once = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        self.rfile.close()
        self.connection.close()
        self.cut()

    def wait_until_dropped(self) -> None:
        self.cut()
        self.connection.settimeout(PATIENCE)
        try:
            dropped = self.connection.recv(1) == b""
        except ConnectionResetError:
            dropped = True
        assert dropped
        self.server.dropped.set()

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """A server that answers by a script, and keeps what went wrong with it."""

    daemon_threads = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self.script: Callable[[Connection], None] = all_chunks
        self.asked: list[Connection] = []
        self.wrong: list[BaseException | None] = []
        self.dropped = threading.Event()
        self.go_on = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exception()
        if isinstance(error, ConnectionError):
            self.dropped.set()  # while it was being written to
        else:
            self.wrong.append(error)

    def saw_it_dropped(self) -> bool:
        return self.dropped.wait(PATIENCE)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield listening
        listening.go_on.set()
        listening.shutdown()
        thread.join()
    assert listening.wrong == []


@pytest.fixture(scope="module", autouse=True)
def certificates() -> Iterator[ssl.SSLContext]:
    """One set for all tests; what is here before them is nothing to collect."""
    read = httpx.create_ssl_context()
    gc.freeze()
    yield read
    gc.unfreeze()


@pytest.fixture(autouse=True)
def quiet(
    monkeypatch: pytest.MonkeyPatch, certificates: ssl.SSLContext
) -> Iterator[None]:
    """Nothing is left for the garbage collector to complain of."""
    noise: list[Any] = []
    monkeypatch.setattr(httpx, "create_ssl_context", lambda: certificates)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(sys, "unraisablehook", lambda found: noise.append(found))
    yield
    gc.collect()
    assert [str(found.exc_value) for found in noise] == []


def ask(url: str, *headers: tuple[str, str]) -> Request:
    key = ("authorization", "Bearer sk-1")
    return Request("POST", f"{url}/v1?key=sk-2", (key, *headers), b'{"a": 1}')


def in_sync(request: Request, **options: Any) -> Heard:
    answer = Http(**options).send(request)
    return answer.status, answer.headers, list(answer.chunks)


def in_async(request: Request, **options: Any) -> Heard:
    async def main() -> Heard:
        answer = await AsyncHttp(**options).send(request)
        chunks = [chunk async for chunk in answer.chunks]
        return answer.status, answer.headers, chunks

    heard: Heard = run(main())
    return heard


def run(main: Awaitable[Any]) -> Any:
    """Run a loop to its end, in which nothing goes wrong behind anybody's back."""
    noise: list[object] = []

    async def watched() -> Any:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: noise.append(context))
        return await main

    try:
        return asyncio.run(watched(), debug=True)
    finally:
        gc.collect()
        assert noise == []


Way: TypeAlias = Callable[..., Heard]
both_ways = pytest.mark.parametrize("way", [in_sync, in_async])


def all_chunks(to: Connection) -> None:
    to.begin(content_type="text/event-stream", x_request_id="r-1")
    for chunk in CHUNKS:
        to.chunk(chunk)
    to.end()


# What arrives.


@both_ways
def test_an_answer_arrives_as_it_was_sent(way: Way, server: Server) -> None:
    status, headers, chunks = way(ask(server.url))
    assert status == 200
    assert header(headers, "X-Request-Id") == "r-1"
    assert chunks == CHUNKS


@both_ways
def test_a_request_is_sent_as_it_is(way: Way, server: Server) -> None:
    way(ask(server.url, ("X-Mine", "1")))
    (asked,) = server.asked
    assert (asked.command, asked.path) == ("POST", "/v1?key=sk-2")
    assert asked.body == b'{"a": 1}'
    assert asked.headers["x-mine"] == "1"
    assert asked.headers["authorization"] == "Bearer sk-1"
    assert asked.headers.get_all("accept-encoding") == ["identity"]


@both_ways
def test_another_encoding_is_asked_for_where_the_request_says_so(
    way: Way, server: Server
) -> None:
    way(ask(server.url, ("Accept-Encoding", "gzip")))
    assert server.asked[0].headers.get_all("accept-encoding") == ["gzip"]


def wait_before_the_last(to: Connection) -> None:
    to.begin()
    to.chunk(CHUNKS[0])
    assert to.server.go_on.wait(PATIENCE)
    to.chunk(CHUNKS[1])
    to.end()


def test_a_chunk_is_there_before_the_next_is_sent(server: Server) -> None:
    server.script = wait_before_the_last
    chunks = iter(Http().send(ask(server.url)).chunks)
    assert next(chunks) == CHUNKS[0]
    server.go_on.set()
    assert list(chunks) == [CHUNKS[1]]


def test_a_chunk_is_there_before_the_next_is_sent_when_awaited(server: Server) -> None:
    server.script = wait_before_the_last

    async def main() -> list[bytes]:
        answer = await AsyncHttp().send(ask(server.url))
        chunks = aiter(answer.chunks)
        first = await anext(chunks)
        server.go_on.set()
        return [first, *[chunk async for chunk in chunks]]

    assert run(main()) == CHUNKS[:2]


@both_ways
@pytest.mark.parametrize("status", [307, 404, 429, 500])
def test_any_status_is_an_answer(way: Way, server: Server, status: int) -> None:
    def refuse(to: Connection) -> None:
        to.begin(status, location=to.server.url)
        to.chunk(b"no")
        to.end()

    server.script = refuse
    answered, _, chunks = way(ask(server.url))
    assert (answered, chunks) == (status, [b"no"])
    assert len(server.asked) == 1


@both_ways
def test_a_body_that_is_compressed_unasked_is_unpacked(
    way: Way, server: Server
) -> None:
    def compressed(to: Connection) -> None:
        packed = gzip.compress(b"".join(CHUNKS))
        to.begin(content_encoding="gzip")
        to.chunk(packed[:20], packed[20:])
        to.end()

    server.script = compressed
    assert b"".join(way(ask(server.url))[2]) == b"".join(CHUNKS)


@both_ways
def test_a_body_that_is_not_compressed_as_it_says_breaks_the_wire(
    way: Way, server: Server
) -> None:
    def garbled(to: Connection) -> None:
        to.begin(content_encoding="gzip")
        to.chunk(b"not gzip")
        to.end()

    server.script = garbled
    with pytest.raises(WireError, match="at byte 8"):
        way(ask(server.url))


# What goes wrong.


def no_head(to: Connection) -> None:
    to.cut()


def reset_at_once(to: Connection) -> None:
    to.reset()


def no_http(to: Connection) -> None:
    to.wfile.write(b"HELLO\r\n\r\n")
    to.cut()


def cut_mid_body(to: Connection) -> None:
    to.begin()
    to.chunk(CHUNKS[0])
    to.cut()


def reset_mid_body(to: Connection) -> None:
    to.begin()
    to.chunk(CHUNKS[0])
    assert to.server.go_on.wait(PATIENCE)
    to.reset()


@both_ways
@pytest.mark.parametrize("script", [no_head, reset_at_once, no_http, cut_mid_body])
def test_an_answer_that_stops_is_a_lost_connection(
    way: Way, server: Server, script: Callable[[Connection], None]
) -> None:
    server.script = script
    with pytest.raises(ConnectionLost) as caught:
        way(ask(server.url))
    assert_says_where_and_no_key(caught.value, server.url)
    assert not isinstance(caught.value, TimedOut)


def test_what_came_before_a_reset_is_heard(server: Server) -> None:
    server.script = reset_mid_body
    chunks = iter(Http().send(ask(server.url)).chunks)
    assert next(chunks) == CHUNKS[0]
    server.go_on.set()
    with pytest.raises(ConnectionLost, match="http://127"):
        next(chunks)


def test_what_came_before_a_reset_is_heard_when_awaited(server: Server) -> None:
    server.script = reset_mid_body

    async def main() -> None:
        chunks = aiter((await AsyncHttp().send(ask(server.url))).chunks)
        assert await anext(chunks) == CHUNKS[0]
        server.go_on.set()
        with pytest.raises(ConnectionLost, match="http://127"):
            await anext(chunks)

    run(main())


@both_ways
def test_no_server_at_all_is_a_lost_connection(way: Way) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ConnectionLost) as caught:
            way(ask(url))
    assert_says_where_and_no_key(caught.value, url)


def silent_head(to: Connection) -> None:
    to.wait_until_dropped()


def silent_body(to: Connection) -> None:
    to.begin()
    to.chunk(CHUNKS[0])
    to.wait_until_dropped()


@both_ways
@pytest.mark.parametrize("script", [silent_head, silent_body])
def test_a_silence_that_lasts_too_long_is_timed_out_and_hung_up(
    way: Way, server: Server, script: Callable[[Connection], None]
) -> None:
    server.script = script
    with pytest.raises(TimedOut, match="nothing came") as caught:
        way(ask(server.url), timeout=0.05)
    assert_says_where_and_no_key(caught.value, server.url)
    assert server.saw_it_dropped()


def assert_says_where_and_no_key(error: HarnessError, url: str) -> None:
    assert str(error).startswith(f"{url}/v1: ")
    assert len(str(error)) > len(f"{url}/v1: ")
    assert "sk-" not in "".join(traceback.format_exception_only(error))


@both_ways
@pytest.mark.parametrize(
    "url",
    ["", "example.org/v1", "ftp://example.org", "http://", "http://a:b:c"],
)
def test_what_is_no_address_is_the_callers_mistake(way: Way, url: str) -> None:
    with pytest.raises(UsageError, match="address"):
        way(Request("POST", url))


def test_a_name_that_no_server_can_have_is_a_lost_connection() -> None:
    with pytest.raises(ConnectionLost, match="label"):
        in_sync(Request("POST", "http://a..b"))


@both_ways
@pytest.mark.parametrize("key", ["sk-1\n", "sk-\N{BULLET}", "sk-1\0"])
def test_a_key_that_is_no_header_is_the_callers_mistake_and_is_not_shown(
    way: Way, server: Server, key: str
) -> None:
    request = Request("POST", server.url, (("x-api-key", key),))
    with pytest.raises(UsageError, match="a header holds") as caught:
        way(request)
    shown = traceback.format_exception(caught.value)
    # The lines of this file quote it, as any program's own would.
    assert not [line for line in shown if "sk-" in line and __file__ not in line]
    assert server.asked == []


@pytest.mark.parametrize("secret", ["user:sk-1@", "sk-1@", "user:sk-1@x@"])
def test_credentials_in_an_address_are_not_shown(secret: str) -> None:
    with pytest.raises(ConnectionLost) as caught:
        in_sync(Request("POST", f"http://{secret}127.0.0.1:9/v1#sk-2"))
    assert str(caught.value).startswith("http://127.0.0.1:9/v1: ")


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        *((kind("slow"), TimedOut) for kind in TIMED_OUT),
        (httpx.ConnectError("refused"), ConnectionLost),
        (httpx.ReadError(""), ConnectionLost),
        (httpx.WriteError("gone"), ConnectionLost),
        (httpx.CloseError("gone"), ConnectionLost),
        (httpx.ProxyError("407"), ConnectionLost),
        (httpx.RemoteProtocolError("odd"), ConnectionLost),
        (httpx.LocalProtocolError("Illegal header value b'sk-1'"), UsageError),
        (httpx.UnsupportedProtocol("what"), UsageError),
    ],
    ids=lambda value: type(value).__name__,
)
@both_ways
def test_every_error_of_httpx_is_one_of_ours(
    way: Way, error: httpx.TransportError, ours: type[HarnessError]
) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    transport = httpx.MockTransport(fail)
    kind = httpx.Client if way is in_sync else httpx.AsyncClient
    client: Any = kind(transport=transport)
    with pytest.raises(ours) as caught:
        way(ask("https://example.org"), client=client)
    assert type(caught.value) is ours
    assert "sk-" not in str(caught.value)
    assert not str(caught.value).endswith(": ")


def test_no_timeout_of_httpx_is_without_a_word_of_ours() -> None:
    assert set(httpx.TimeoutException.__subclasses__()) == set(TIMED_OUT)


# What is let go.


def two_chunks_and_silence(to: Connection) -> None:
    to.begin()
    to.chunk(*CHUNKS[:2])
    to.wait_until_dropped()


def all_and_no_more(to: Connection) -> None:
    all_chunks(to)
    to.wait_until_dropped()


@pytest.mark.parametrize("read", [0, 1, 2])
@pytest.mark.parametrize("closes", [True, False], ids=["closed", "dropped"])
def test_an_answer_that_is_left_lets_go_of_its_connection(
    server: Server, read: int, closes: bool
) -> None:
    server.script = two_chunks_and_silence
    answer = Http().send(ask(server.url))
    chunks = iter(answer.chunks)
    assert [next(chunks) for _ in range(read)] == CHUNKS[:read]
    assert not server.dropped.is_set()
    if closes:
        answer.close()
        answer.close()
        assert server.saw_it_dropped()
        with pytest.raises(ResponseClosed, match="http://127"):
            list(chunks)
    del answer, chunks
    gc.collect()
    assert server.saw_it_dropped()


def test_an_answer_that_ended_has_let_go_of_its_connection(server: Server) -> None:
    server.script = all_and_no_more
    answer = Http().send(ask(server.url))
    assert list(answer.chunks) == CHUNKS
    assert server.saw_it_dropped()
    answer.close()
    assert list(answer.chunks) == []


@pytest.mark.parametrize("read", [0, 1, 2])
@pytest.mark.parametrize("how", ["close", "aclose", "drop", "leave to the loop"])
def test_an_awaited_answer_that_is_left_lets_go_of_its_connection(
    server: Server, read: int, how: str
) -> None:
    server.script = two_chunks_and_silence
    left: list[AsyncAnswer] = []

    async def main() -> None:
        answer = await AsyncHttp().send(ask(server.url))
        chunks: Any = aiter(answer.chunks)
        assert [await anext(chunks) for _ in range(read)] == CHUNKS[:read]
        assert not server.dropped.is_set()
        if how == "close":
            await answer.close()
            await answer.close()
            with pytest.raises(ResponseClosed, match="http://127"):
                await anext(chunks)
        elif how == "aclose":
            await chunks.aclose()
        elif how == "drop":
            del answer, chunks
            gc.collect()
        else:
            left.append(answer)
            return
        assert await asyncio.to_thread(server.saw_it_dropped)

    run(main())
    assert server.saw_it_dropped()


def test_an_awaited_answer_that_ended_has_let_go_of_its_connection(
    server: Server,
) -> None:
    server.script = all_and_no_more

    async def main() -> None:
        answer = await AsyncHttp().send(ask(server.url))
        assert [chunk async for chunk in answer.chunks] == CHUNKS
        assert await asyncio.to_thread(server.saw_it_dropped)
        await answer.close()
        assert [chunk async for chunk in answer.chunks] == []

    run(main())


def test_closing_under_a_reader_that_waits_tells_it_so(server: Server) -> None:
    server.script = silent_body

    async def main() -> None:
        answer = await AsyncHttp().send(ask(server.url))
        chunks = aiter(answer.chunks)
        assert await anext(chunks) == CHUNKS[0]

        async def wait_for_more() -> bytes:
            return await anext(chunks)

        waiting = asyncio.create_task(wait_for_more())
        await asyncio.sleep(0)
        await answer.close()
        with pytest.raises(ResponseClosed, match="while it was read"):
            await waiting

    run(main())


@pytest.mark.parametrize("script", [silent_head, silent_body])
def test_cancelling_lets_go_of_the_connection(
    server: Server, script: Callable[[Connection], None]
) -> None:
    server.script = script

    async def main() -> None:
        reached = asyncio.Event()

        async def listen() -> None:
            answer = await AsyncHttp().send(ask(server.url))
            async for _ in answer.chunks:
                reached.set()

        task = asyncio.create_task(listen())
        if script is silent_head:
            while not server.asked:
                await asyncio.sleep(0)
        else:
            await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(server.saw_it_dropped)

    run(main())


# What is kept.


def test_by_itself_each_request_has_a_connection_of_its_own(server: Server) -> None:
    http = Http()
    for _ in range(2):
        assert list(http.send(ask(server.url)).chunks) == CHUNKS
    assert len({asked.client_address for asked in server.asked}) == 2


def test_in_a_block_connections_are_used_again_and_closed_at_its_end(
    server: Server,
) -> None:
    with Http() as http:
        for _ in range(2):
            assert list(http.send(ask(server.url)).chunks) == CHUNKS
        server.script = two_chunks_and_silence
        left = http.send(ask(server.url))
    assert server.saw_it_dropped()
    assert len({asked.client_address for asked in server.asked}) == 1
    left.close()
    server.script = all_chunks
    assert list(http.send(ask(server.url)).chunks) == CHUNKS


def test_in_a_block_connections_are_used_again_when_awaited(server: Server) -> None:
    async def main() -> None:
        async with AsyncHttp() as http:
            for _ in range(2):
                answer = await http.send(ask(server.url))
                assert [chunk async for chunk in answer.chunks] == CHUNKS
            server.script = two_chunks_and_silence
            left = await http.send(ask(server.url))
        assert await asyncio.to_thread(server.saw_it_dropped)
        await left.close()

    run(main())
    assert len({asked.client_address for asked in server.asked}) == 1


def test_in_a_block_an_answer_that_is_closed_lets_go_at_once(server: Server) -> None:
    server.script = two_chunks_and_silence
    with Http() as http:
        http.send(ask(server.url)).close()
        assert server.saw_it_dropped()

    async def main() -> None:
        server.dropped.clear()
        async with AsyncHttp() as http:
            await (await http.send(ask(server.url))).close()
            assert await asyncio.to_thread(server.saw_it_dropped)

    run(main())


def test_one_transport_serves_one_loop_after_another(server: Server) -> None:
    http = AsyncHttp()

    async def main() -> list[bytes]:
        answer = await http.send(ask(server.url))
        return [chunk async for chunk in answer.chunks]

    assert run(main()) == run(main()) == CHUNKS


def test_a_client_that_is_handed_in_is_used_and_stays_open(server: Server) -> None:
    with httpx.Client(headers={"x-theirs": "1"}) as client:
        with Http(client=client) as http:
            assert list(http.send(ask(server.url)).chunks) == CHUNKS
            answer = http.send(ask(server.url))
            answer.close()
        assert not client.is_closed
    assert [asked.headers["x-theirs"] for asked in server.asked] == ["1", "1"]


def test_an_async_client_that_is_handed_in_is_used_and_stays_open(
    server: Server,
) -> None:
    async def main() -> None:
        async with httpx.AsyncClient(headers={"x-theirs": "1"}) as client:
            async with AsyncHttp(client=client) as http:
                answer = await http.send(ask(server.url))
                assert [chunk async for chunk in answer.chunks] == CHUNKS
            assert not client.is_closed

    run(main())
    assert server.asked[0].headers["x-theirs"] == "1"


def test_certificates_are_read_once_for_all_requests(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    create = httpx.create_ssl_context

    def counted() -> object:
        made.append(create())
        return made[-1]

    monkeypatch.setattr(httpx, "create_ssl_context", counted)
    http = Http()
    assert made == []
    for _ in range(3):
        http.send(ask(server.url)).close()
    assert len(made) == 1


def test_a_proxy_of_the_environment_is_used(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("HTTP_PROXY", server.url)
    assert in_sync(Request("POST", "http://model.invalid/v1"))[2] == CHUNKS
    assert server.asked[0].path == "http://model.invalid/v1"


def test_a_timeout_is_seconds_or_all_that_httpx_can_say(server: Server) -> None:
    server.script = silent_head
    with pytest.raises(TimedOut):
        in_sync(ask(server.url), timeout=httpx.Timeout(None, read=0.05))
