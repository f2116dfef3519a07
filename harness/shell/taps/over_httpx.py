"""httpx, and httpx2, its continuation: the transports that all their clients use.

What a custom transport does is its own; most of those wrap one of these.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

from harness.errors import ConnectionLost
from harness.shell.taps.line import (
    Line,
    Listening,
    Overheard,
    Patch,
    Playing,
    sleep,
)
from harness.wire.http import Request, Response

MODULES = ("httpx", "httpx2")

CUT = (
    "peer closed connection without sending complete message body "
    "(incomplete chunked read)"
)
"""What httpx says when a stream stops short."""


def patches(module: ModuleType, line: Line) -> Iterator[Patch]:
    """The two transports, answering from a tape or listened to."""
    client: Any = module
    sync, awaited = client.HTTPTransport, client.AsyncHTTPTransport
    send, send_async = sync.handle_request, awaited.handle_async_request
    if isinstance(line, Playing):
        yield sync, "handle_request", _plays(client, line)
        yield awaited, "handle_async_request", _plays_async(client, line)
    else:
        yield sync, "handle_request", _listens(client, line, send)
        yield awaited, "handle_async_request", _listens_async(client, line, send_async)


# ---------------------------------------------------------------------------- playing


def _plays(client: Any, line: Playing) -> Any:
    def handle_request(transport: Any, request: Any) -> Any:
        request.read()
        return _answer(client, line, request)

    return handle_request


def _plays_async(client: Any, line: Playing) -> Any:
    async def handle_async_request(transport: Any, request: Any) -> Any:
        await request.aread()
        return _answer(client, line, request)

    return handle_async_request


def _answer(client: Any, line: Playing, request: Any) -> Any:
    try:
        response = line.answer(_asked(request))
    except ConnectionLost as error:
        raise client.ConnectError(str(error), request=request) from None
    return client.Response(
        response.status,
        headers=[*response.headers],
        stream=_body_of(client)(response, line, request),
        extensions={
            "http_version": b"HTTP/1.1",
            "reason_phrase": response.reason.encode("ascii", "replace"),
            "network_stream": _NoStream(),
        },
    )


class _NoStream:
    """Stands where the network's stream does; there is nothing to know of it."""

    def get_extra_info(self, info: str) -> None:
        """Nothing."""


@cache
def _body_of(client: Any) -> Any:
    """The class of bodies that this client takes, read either way."""

    class Body(client.SyncByteStream, client.AsyncByteStream):  # type: ignore[misc]  # made from what was imported
        """A recorded body, as it came."""

        def __init__(self, response: Response, line: Playing, request: Any) -> None:
            self._response = response
            self._waits = _waits(response, line)
            timeout = request.extensions.get("timeout", {}).get("read")
            self._patience = float("inf") if timeout is None else timeout

        def __iter__(self) -> Iterator[bytes]:
            for chunk, wait in zip(self._response.chunks, self._waits, strict=True):
                if wait:
                    sleep(min(wait, self._patience))
                    _bear(client, wait, self._patience)
                yield chunk
            _end(client, self._response)

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for chunk, wait in zip(self._response.chunks, self._waits, strict=True):
                if wait:
                    await _sleep_async(min(wait, self._patience))
                    _bear(client, wait, self._patience)
                yield chunk
            _end(client, self._response)

    return Body


def _bear(client: Any, wait: float, patience: float) -> None:
    if wait > patience:
        raise client.ReadTimeout("The read operation timed out")


def _end(client: Any, response: Response) -> None:
    match response.ending:
        case "cut":
            raise client.RemoteProtocolError(CUT)
        case "reset":
            raise client.ReadError("[Errno 104] Connection reset by peer")


def _waits(response: Response, line: Playing) -> tuple[float, ...]:
    delays = response.delays or (0,) * len(response.chunks)
    return tuple(map(line.pace, delays))


async def _sleep_async(seconds: float) -> None:
    """Under asyncio or trio, whatever has become of their own sleep."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        import trio  # type: ignore[import-not-found,unused-ignore]  # it runs us

        await trio.to_thread.run_sync(sleep, seconds)
        return
    over = loop.create_future()
    timer = loop.call_later(seconds, over.set_result, None)
    try:
        await over
    finally:
        timer.cancel()


# -------------------------------------------------------------------------- listening


def _listens(client: Any, line: Listening, original: Any) -> Any:
    def handle_request(transport: Any, request: Any) -> Any:
        request.read()
        overheard = line.begin(_asked(request), client.__name__)
        try:
            response = original(transport, request)
        except BaseException as error:
            overheard.fail(error)
            raise
        _head(overheard, response)
        response.stream = _tapped_of(client)(response.stream, overheard)
        return response

    return handle_request


def _listens_async(client: Any, line: Listening, original: Any) -> Any:
    async def handle_async_request(transport: Any, request: Any) -> Any:
        await request.aread()
        overheard = line.begin(_asked(request), client.__name__)
        try:
            response = await original(transport, request)
        except BaseException as error:
            overheard.fail(error)
            raise
        _head(overheard, response)
        response.stream = _tapped_of(client)(response.stream, overheard)
        return response

    return handle_async_request


@cache
def _tapped_of(client: Any) -> Any:
    """The class of bodies that are listened to, read either way."""

    class Tapped(client.SyncByteStream, client.AsyncByteStream):  # type: ignore[misc]  # made from what was imported
        """A body that is read by somebody else."""

        def __init__(self, stream: Any, overheard: Overheard) -> None:
            self._stream = stream
            self._overheard = overheard

        def __iter__(self) -> Iterator[bytes]:
            with _told(client, self._overheard):
                for raw in self._stream:
                    self._overheard.piece(raw)
                    yield raw

        async def __aiter__(self) -> AsyncIterator[bytes]:
            with _told(client, self._overheard):
                async for raw in self._stream:
                    self._overheard.piece(raw)
                    yield raw

        def close(self) -> None:
            self._overheard.end("cut", hung_up=True)
            self._stream.close()

        async def aclose(self) -> None:
            self._overheard.end("cut", hung_up=True)
            await self._stream.aclose()

    return Tapped


@contextmanager
def _told(client: Any, overheard: Overheard) -> Iterator[None]:
    """How the body ended, told to whoever listens."""
    try:
        yield
    except client.ReadError:
        overheard.end("reset")
        raise
    except client.RemoteProtocolError:
        overheard.end("cut")
        raise
    except BaseException:
        overheard.end("cut", hung_up=True)
        raise
    overheard.end("eof")


def _asked(request: Any) -> Request:
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in request.headers.raw
    )
    return Request(request.method, str(request.url), headers, request.content)


def _head(overheard: Overheard, response: Any) -> None:
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in response.headers.raw
    )
    overheard.head(response.status_code, headers, response.reason_phrase)
