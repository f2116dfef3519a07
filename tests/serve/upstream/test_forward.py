"""Forward: what is not recorded goes on to the vendor, streams through, and is kept."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from harness.errors import ConnectionLost
from harness.providers import PROVIDERS
from harness.serve.mock import Mock
from harness.serve.upstream.forward import Forward
from harness.serve.upstream.keeping import Keeper
from harness.shell.files import load_tape
from harness.shell.project import find
from harness.shell.server import served
from harness.shell.server.protocol import Flowing
from harness.wire.http import Ending, Request, Response, header
from tests.shell.server.raw import Raw, asked

KEY = "sk-" + "proj-" + "a1B2c3D4e5F6g7H8" * 2
BODY = b'{"model": "m", "stream": true, "messages": [{"role": "user", "content": "?"}]}'
CHUNKS = (
    b'data: {"id":"c","choices":[{"index":0,"delta":{"content":"No',
    b'on."},"finish_reason":null}]}\n\ndata: {"id":"c","choices":[{"index":0,'
    b'"delta":{},"finish_reason":"stop"}]}\n',
    b"\ndata: [DONE]\n\n",
)
SSE = (("content-type", "text/event-stream"), ("x-request-id", "req_1"))


@dataclass
class Vendor:
    """Answers everybody with the same stream, and keeps what it was asked."""

    ending: Ending = "eof"
    status: int = 200
    asked: list[Request] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        self.asked.append(request)
        return Response(self.status, SSE, CHUNKS, ending=self.ending)


@dataclass
class Proxy:
    """A server that goes on to a vendor and keeps what it hears."""

    root: Path
    vendor: Vendor
    told: list[str]
    mock: Mock
    url: str

    def ask(
        self,
        target: str = "/v1/chat/completions",
        headers: str = "",
        text: bytes = b"?",
    ) -> Raw:
        secret = f"authorization: Bearer {KEY}\r\n"
        body = BODY.replace(b"?", text)
        return asked(self.url, target, body, headers=secret + headers)

    def cassettes(self) -> list[Path]:
        return sorted(self.root.glob("cassettes/**/*.yaml"))


@contextmanager
def proxying(root: Path, vendor: Vendor, under: str = "") -> Iterator[Proxy]:
    (root / "pyproject.toml").write_text("[tool.harness]\n")
    told: list[str] = []
    with served(vendor.answer) as url:
        mock = Mock(beyond=url + under)
        keeper = Keeper(find(root), "cassettes", mock.shelf, told.append)
        mock.upstream = Forward(url + under, keeper.keep)
        with served(mock.answer) as front:
            yield Proxy(root, vendor, told, mock, front)


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    with proxying(tmp_path, Vendor()) as found:
        yield found


def test_an_answer_streams_through_as_it_was_cut(proxy: Proxy) -> None:
    got = proxy.ask()
    assert (got.status, got.chunks, got.ended) == (200, CHUNKS, True)
    assert got.headers["x-request-id"] == "req_1"
    (request,) = proxy.vendor.asked
    assert request.body == BODY
    assert header(request.headers, "authorization") == f"Bearer {KEY}"
    assert request.url.endswith("/v1/chat/completions")


def test_it_is_kept_without_secrets_and_served_from_then_on(proxy: Proxy) -> None:
    proxy.ask()
    again = proxy.ask()
    assert again.chunks == CHUNKS
    assert len(proxy.vendor.asked) == 1
    assert [e.how for e in proxy.mock.journal.entries] == ["upstream", "same"]
    (cassette,) = proxy.cassettes()
    assert cassette.parent.name == "openai-chat"
    assert KEY not in cassette.read_text("utf-8")
    tape = load_tape(proxy.root, cassette.relative_to(proxy.root))
    assert tape.exchanges[0].response.chunks == CHUNKS
    assert proxy.told[0].startswith(f"recorded  cassettes/openai-chat/{cassette.name}")


def test_a_scope_has_one_cassette_for_all_it_asks(proxy: Proxy) -> None:
    proxy.ask("/scope/test-one/v1/chat/completions")
    proxy.ask("/scope/test-one/v1/chat/completions?again=1", text=b"And?")
    proxy.ask("/v1/messages", "x-harness-scope: test-two\r\n")
    assert [path.name for path in proxy.cassettes()] == [
        "test-one.yaml",
        "test-two.yaml",
    ]
    tape = load_tape(proxy.root, "cassettes/test-one.yaml")
    assert [e.request.url.partition("/v1")[2] for e in tape.exchanges] == [
        "/chat/completions",
        "/chat/completions?again=1",
    ]
    asked = proxy.vendor.asked[-1]
    assert header(asked.headers, "x-harness-scope") is None


@pytest.mark.parametrize("ending", ["cut", "reset"])
def test_an_ending_is_kept_as_it_was(tmp_path: Path, ending: Ending) -> None:
    with proxying(tmp_path, Vendor(ending)) as proxy:
        got = proxy.ask()
        assert not got.ended
        assert got.chunks == CHUNKS
        (cassette,) = proxy.cassettes()
        tape = load_tape(tmp_path, cassette.relative_to(tmp_path))
        assert tape.exchanges[0].response.ending == ending


def test_an_error_comes_through_and_is_not_kept(tmp_path: Path) -> None:
    with proxying(tmp_path, Vendor(status=503)) as proxy:
        assert proxy.ask().status == 503
        assert proxy.cassettes() == []
        assert proxy.told == [
            f"not kept  {proxy.told[0].split()[2]} answered 503; --keep-failing keeps it"
        ]


def test_a_client_that_hangs_up_leaves_no_half_recording(tmp_path: Path) -> None:
    held = threading.Event()
    (tmp_path / "pyproject.toml").write_text("[tool.harness]\n")
    told: list[str] = []

    def tell(line: str) -> None:
        told.append(line)
        held.set()

    async def chunks() -> AsyncGenerator[bytes]:
        yield CHUNKS[0]
        await asyncio.sleep(60)

    async def slow(request: Request) -> Flowing:
        return Flowing(200, SSE, chunks())

    with served(slow) as url:
        mock = Mock()
        keeper = Keeper(find(tmp_path), "cassettes", mock.shelf, tell)
        mock.upstream = Forward(url, keeper.keep)
        with served(mock.answer) as front:
            with httpx.stream(
                "POST", f"{front}/v1/chat/completions", content=BODY, timeout=20
            ) as response:
                next(response.iter_raw())
            assert held.wait(20)
    assert told[0].endswith("the client hung up before its end")
    assert list(tmp_path.glob("cassettes/**/*")) == []
    assert mock.journal.entries[-1].ending == "cut"


def test_a_vendor_that_is_not_there_is_an_error_in_its_words(tmp_path: Path) -> None:
    def nobody(request: Request) -> Response:
        raise ConnectionLost("nobody")

    with served(nobody) as url:
        mock = Mock(upstream=Forward(url))
        with served(mock.answer) as front:
            got = asked(front, "/v1/messages", BODY)
    assert got.status == 502
    assert b'"type":"error"' in got.chunks[0].replace(b" ", b"")
    assert mock.journal.entries[-1].why.startswith("upstream: ")


def test_the_path_of_an_upstream_may_be_left_out_or_said(tmp_path: Path) -> None:
    with proxying(tmp_path, Vendor(), "/openai/v1") as proxy:
        proxy.ask("/chat/completions")
        proxy.ask("/openai/v1/chat/completions?x=1", text=b"And?")
        proxy.ask("/groq/openai/v1/chat/completions?x=2")
    paths = [
        request.url.partition("://")[2].partition("/")[2]
        for request in proxy.vendor.asked
    ]
    assert paths == [
        "openai/v1/chat/completions",
        "openai/v1/chat/completions?x=1",
        "openai/v1/chat/completions?x=2",
    ]
    assert {e.provider for e in proxy.mock.journal.entries} == {
        "openai-chat",
        "groq",
    }


@pytest.mark.parametrize("name", ["anthropic", "openai-chat", "gemini"])
def test_without_an_upstream_each_vendor_has_its_own_host(name: str) -> None:
    sent: list[Request] = []

    class Nobody:
        async def send(self, request: Request) -> Any:
            sent.append(request)
            raise ConnectionLost("not in a test")

    provider = PROVIDERS[name]
    path = urlsplit(provider.base_url).path
    mock = Mock(upstream=Forward(transport=Nobody()))
    with served(mock.answer) as front:
        asked(front, f"/{name}{path}/odd?x=1", BODY)
    assert sent[-1].url == f"{provider.base_url}/odd?x=1"
