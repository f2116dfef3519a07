"""Every client that is tapped, each reading a stream as its users do."""

from __future__ import annotations

import asyncio
import ssl
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import aiohttp
import botocore.awsrequest
import botocore.httpsession
import httpx
import httpx2
import requests
import urllib3

BODY = b'{"ask": "me"}'
HEADERS = {
    "content-type": "application/json",
    "authorization": "Bearer sk-not-for-tapes",
}
SECONDS = 10.0
LONG_MOMENT = 0.3

Pieces: TypeAlias = Callable[[str, str, str], Iterator[bytes]]
"""Reads an answer: from a URL, with a file of certificates, accepting an encoding."""


@dataclass(frozen=True, slots=True)
class Client:
    """One way to read a stream; ``refuses`` are encodings that are errors to it."""

    name: str
    pieces: Pieces
    refuses: tuple[str, ...] = ()


def _httpx(client: Any) -> Pieces:
    def pieces(url: str, certificates: str, accept: str) -> Iterator[bytes]:
        headers = {**HEADERS, "accept-encoding": accept}
        verify = ssl.create_default_context(cafile=certificates)
        with (
            client.Client(verify=verify, timeout=SECONDS) as opened,
            opened.stream("POST", url, content=BODY, headers=headers) as response,
        ):
            yield from response.iter_bytes()

    return pieces


def _httpx_async(client: Any) -> Pieces:
    async def pieces(url: str, certificates: str, accept: str) -> AsyncIterator[bytes]:
        headers = {**HEADERS, "accept-encoding": accept}
        verify = ssl.create_default_context(cafile=certificates)
        async with (
            client.AsyncClient(verify=verify, timeout=SECONDS) as opened,
            opened.stream("POST", url, content=BODY, headers=headers) as response,
        ):
            async for piece in response.aiter_bytes():
                yield piece

    return _awaited(pieces)


def _awaited(pieces: Callable[[str, str, str], AsyncIterator[bytes]]) -> Pieces:
    """The pieces one by one, each when it comes, in a loop of its own."""

    def one_by_one(url: str, certificates: str, accept: str) -> Iterator[bytes]:
        with asyncio.Runner() as runner:
            each = pieces(url, certificates, accept)

            async def following() -> bytes | None:
                return await anext(each, None)

            moment = LONG_MOMENT
            try:
                while (piece := runner.run(following())) is not None:
                    yield piece
                moment = 0.0
            finally:
                runner.run(each.aclose())  # type: ignore[attr-defined]  # a generator has it
                # One that is hung up on closes when the server has said goodbye.
                runner.run(asyncio.sleep(moment))

    return one_by_one


async def _aiohttp(url: str, certificates: str, accept: str) -> AsyncIterator[bytes]:
    headers = {**HEADERS, "accept-encoding": accept}
    context = ssl.create_default_context(cafile=certificates)
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session,
        session.post(url, data=BODY, headers=headers) as response,
    ):
        response.raise_for_status()
        async for piece, _ in response.content.iter_chunks():
            if piece:
                yield piece


def _requests(url: str, certificates: str, accept: str) -> Iterator[bytes]:
    headers = {**HEADERS, "accept-encoding": accept}
    with (
        requests.Session() as session,
        session.post(
            url,
            data=BODY,
            headers=headers,
            stream=True,
            verify=certificates,
            timeout=SECONDS,
        ) as response,
    ):
        yield from response.iter_content(None)


def _urllib3(url: str, certificates: str, accept: str) -> Iterator[bytes]:
    headers = {**HEADERS, "accept-encoding": accept}
    with urllib3.PoolManager(ca_certs=certificates) as pool:
        response = pool.request(
            "POST",
            url,
            body=BODY,
            headers=headers,
            preload_content=False,
            retries=False,
        )
        yield from response.stream()
        response.release_conn()


def _botocore(url: str, certificates: str, accept: str) -> Iterator[bytes]:
    headers = {**HEADERS, "accept-encoding": accept}
    session = botocore.httpsession.URLLib3Session(verify=certificates)  # type: ignore[arg-type]  # a path will do
    request = botocore.awsrequest.AWSRequest(
        "POST", url, headers, BODY, stream_output=True
    )
    response = session.send(request.prepare())
    yield from response.raw.stream()
    session.close()


def _urllib(url: str, certificates: str, accept: str) -> Iterator[bytes]:
    headers = {**HEADERS, "accept-encoding": accept}
    request = urllib.request.Request(url, BODY, headers)
    context = ssl.create_default_context(cafile=certificates)
    with urllib.request.urlopen(request, timeout=SECONDS, context=context) as response:
        while piece := response.read1():
            yield piece


CLIENTS = (
    Client("httpx", _httpx(httpx)),
    Client("httpx-async", _httpx_async(httpx)),
    Client("httpx2", _httpx(httpx2)),
    Client("httpx2-async", _httpx_async(httpx2)),
    Client("aiohttp", _awaited(_aiohttp), refuses=("zstd",)),
    Client("requests", _requests),
    Client("urllib3", _urllib3),
    Client("botocore", _botocore),
    Client("urllib", _urllib),
)
