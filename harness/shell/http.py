"""The network: requests go out over httpx, and answers arrive as they are sent.

Whatever becomes of an answer, its connection is let go: at its end, when it is
closed, when reading it fails or is cancelled, and when it is simply dropped.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from functools import cached_property
from threading import Event
from typing import Any

import httpx

from harness.errors import (
    ConnectionLost,
    HarnessError,
    ResponseClosed,
    TimedOut,
    UsageError,
    WireError,
)
from harness.wire.http import Answer, AsyncAnswer, Request, header

CONNECT_SECONDS = 10.0
READ_SECONDS = 600.0
"""A model may think for minutes before it says its first word."""

IDENTITY = ("accept-encoding", "identity")
"""Bodies as they are: whatever unpacks them would wait for more than came."""

NETWORK_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError)

TIMED_OUT = {
    httpx.ConnectTimeout: "no connection in time",
    httpx.ReadTimeout: "nothing came for too long",
    httpx.WriteTimeout: "the request was not taken in time",
    httpx.PoolTimeout: "no connection was free in time",
}

SECRETS = re.compile(r"(?<=//)[^/]*@|[?#].*", re.DOTALL)
"""Where keys stand in an address: before the host, and in the query."""


class _Clients:
    """What a transport hands to the clients it opens."""

    def __init__(self, timeout: float | httpx.Timeout | None) -> None:
        if not isinstance(timeout, httpx.Timeout):
            timeout = httpx.Timeout(timeout, connect=CONNECT_SECONDS)
        self._timeout = timeout

    @cached_property
    def _options(self) -> dict[str, Any]:
        # Reading the certificates takes longer than all else, so it is done once.
        tls: ssl.SSLContext = httpx.create_ssl_context()
        return {"timeout": self._timeout, "verify": tls}


class Http(_Clients):
    """Sends requests over the network.

    By itself it opens a connection for each request and closes it with the answer,
    so that there is nothing to forget. ``with Http() as http:`` keeps connections
    for further requests until the block ends.

    Args:
        timeout: seconds to wait for the next bytes (10 to connect), ``None`` for
            ever, or an ``httpx.Timeout`` that says it all.
        client: a client to use instead of our own. Its timeouts, proxies and
            certificates are what it says, and closing it is its owner's.
    """

    def __init__(
        self,
        timeout: float | httpx.Timeout | None = READ_SECONDS,
        *,
        client: httpx.Client | None = None,
    ) -> None:
        super().__init__(timeout)
        self._client = client
        self._kept = ExitStack()

    def __enter__(self) -> Http:
        if self._client is None:
            client = httpx.Client(**self._options)
            self._client = self._kept.enter_context(client)
            self._kept.callback(setattr, self, "_client", None)
        return self

    def __exit__(self, *_: object) -> None:
        self._kept.close()

    def send(self, request: Request) -> Answer:
        """The server's answer, once its head is there; redirects are answers too.

        Raises:
            TimedOut: if nothing came for too long.
            ConnectionLost: if there was no answer at all.
            UsageError: for an address or a header that HTTP does not allow.
        """
        with ExitStack() as opened:
            client = self._client
            if client is None:
                client = opened.enter_context(httpx.Client(**self._options))
            with _told(request):
                sent = _built(client, request)
                response = client.send(sent, stream=True, follow_redirects=False)
            opened.callback(response.close)
            held = opened.pop_all()
        closed = Event()
        held.callback(closed.set)
        headers = tuple(response.headers.multi_items())
        chunks = _chunks(request, response, held, closed)
        next(chunks)
        return Answer(response.status_code, headers, chunks, held.close)


class AsyncHttp(_Clients):
    """Sends requests over the network and awaits the answers; else as ``Http``.

    An answer that is dropped instead of closed is closed by the running loop.
    """

    def __init__(
        self,
        timeout: float | httpx.Timeout | None = READ_SECONDS,
        *,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        super().__init__(timeout)
        self._client = client
        self._kept = AsyncExitStack()

    async def __aenter__(self) -> AsyncHttp:
        if self._client is None:
            client = httpx.AsyncClient(**self._options)
            self._client = await self._kept.enter_async_context(client)
            self._kept.callback(setattr, self, "_client", None)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._kept.aclose()

    async def send(self, request: Request) -> AsyncAnswer:
        """The server's answer, once its head is there; redirects are answers too.

        Raises:
            TimedOut: if nothing came for too long.
            ConnectionLost: if there was no answer at all.
            UsageError: for an address or a header that HTTP does not allow.
        """
        async with AsyncExitStack() as opened:
            client = self._client
            if client is None:
                own = httpx.AsyncClient(**self._options)
                client = await opened.enter_async_context(own)
            with _told(request):
                sent = _built(client, request)
                response = await client.send(sent, stream=True, follow_redirects=False)
            opened.push_async_callback(response.aclose)
            held = opened.pop_all()
        closed = Event()
        held.callback(closed.set)
        headers = tuple(response.headers.multi_items())
        chunks = _async_chunks(request, response, held, closed)
        await anext(chunks)
        return AsyncAnswer(response.status_code, headers, chunks, held.aclose)


def _built(client: httpx.Client | httpx.AsyncClient, request: Request) -> httpx.Request:
    headers = list(request.headers)
    if header(request.headers, IDENTITY[0]) is None:
        headers.append(IDENTITY)
    return client.build_request(
        request.method, request.url, headers=headers, content=request.body
    )


def _chunks(
    request: Request, response: httpx.Response, held: ExitStack, closed: Event
) -> Generator[bytes, None, None]:
    try:
        # Taken by whoever made this generator: one that has begun cleans up after
        # itself even when it is dropped before anybody reads.
        yield b""
        with _told(request, response):
            for chunk in response.iter_bytes():
                yield chunk
                if closed.is_set():  # httpx would go on with what has come already
                    raise httpx.StreamClosed
    finally:
        held.close()


async def _async_chunks(
    request: Request, response: httpx.Response, held: AsyncExitStack, closed: Event
) -> AsyncGenerator[bytes, None]:
    try:
        yield b""  # as above: the loop, too, only looks after those that have begun
        with _told(request, response):
            async for chunk in response.aiter_bytes():
                yield chunk
                if closed.is_set():
                    raise httpx.StreamClosed
    finally:
        await held.aclose()


@contextmanager
def _told(request: Request, response: httpx.Response | None = None) -> Iterator[None]:
    """Errors of httpx in our words: the one place where they are translated."""
    try:
        yield
    except NETWORK_ERRORS as error:
        ours = _translated(error, SECRETS.sub("", request.url), response)
        # Of a wrong address or header, what httpx says may quote a key.
        raise ours from None if isinstance(ours, UsageError) else error


def _translated(
    error: Exception, where: str, response: httpx.Response | None
) -> HarnessError:
    match error:
        case httpx.DecodingError() if response is not None:
            return WireError(f"{where}: {error}", response.num_bytes_downloaded)
        case httpx.StreamError():
            return ResponseClosed(f"{where}: the answer was closed")
        case _ if response is not None and response.is_closed:
            return ResponseClosed(f"{where}: the answer was closed while it was read")
        case httpx.TimeoutException():
            return TimedOut(f"{where}: {TIMED_OUT[type(error)]}")
        case httpx.LocalProtocolError() | UnicodeEncodeError(encoding="ascii"):
            return UsageError(f"{where}: {BAD_HEADER}")
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return UsageError(f"{where!r}: {BAD_ADDRESS}")
    return ConnectionLost(f"{where}: {str(error) or type(error).__name__}")


BAD_HEADER = "a header holds what HTTP does not allow; a key with a line break?"
BAD_ADDRESS = "no address that a request can be sent to; it is like https://host/path"
