"""Server: answers over HTTP, for clients that know nothing of us."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from harness.shell.server.protocol import Answering, Connection, Pace, origin
from harness.wire.http import Response

HOST = "127.0.0.1"

BACKLOG = 2048
"""Connections that wait to be taken."""

sleep = asyncio.sleep
"""The real one, whatever becomes of it during a replay."""

GRACE = 10.0
"""Seconds that streams have to end when the server does."""


def at_once(response: Response, milliseconds: int) -> float:
    """However long a chunk was waited for, it is not."""
    return 0.0


async def serve(
    answer: Answering,
    *,
    host: str = HOST,
    port: int = 0,
    pace: Pace = at_once,
    tls: ssl.SSLContext | None = None,
    ready: Callable[[str], None] = lambda url: None,
    until: asyncio.Event | None = None,
) -> None:
    """Answer requests until ``until`` is set, or a signal ends the process.

    Streams that are being sent are finished.

    Args:
        answer: gives the answers; it is asked by one thread, one request at a time.
        host: the address that is listened on.
        port: any that is free, where it is 0.
        pace: how long chunks are waited for.
        tls: what it is spoken with, where it is.
        ready: told the URL.
        until: ends it.

    Raises:
        OSError: where the address cannot be listened on.
    """
    loop = asyncio.get_running_loop()
    ended = until or asyncio.Event()
    everybody: set[Connection] = set()
    server = await loop.create_server(
        lambda: Connection(answer, pace, everybody),
        host,
        port,
        ssl=tls,
        backlog=BACKLOG,
    )
    if until is None:
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows has none
                loop.add_signal_handler(number, ended.set)
    ready(origin(server.sockets[0].getsockname(), tls is not None))
    await ended.wait()
    server.close()
    await _finished(everybody)


async def _finished(everybody: set[Connection]) -> None:
    """Wait until every answer is sent, or it takes too long."""
    loop = asyncio.get_running_loop()
    late = loop.time() + GRACE
    for connection in [*everybody]:
        connection.finish()
    while everybody and loop.time() < late:
        await sleep(0.02)
    for connection in [*everybody]:
        connection.abort()
    await sleep(0)


@contextmanager
def served(
    answer: Answering,
    *,
    pace: Pace = at_once,
    tls: ssl.SSLContext | None = None,
) -> Iterator[str]:
    """A server in a thread of its own, while the block runs; gives its URL."""
    url: list[str] = []
    begun = threading.Event()
    loop = asyncio.new_event_loop()
    until = asyncio.Event()

    def ready(found: str) -> None:
        url.append(found)
        begun.set()

    def work() -> None:
        asyncio.set_event_loop(loop)
        served = serve(answer, pace=pace, tls=tls, ready=ready, until=until)
        try:
            loop.run_until_complete(served)
        finally:
            begun.set()
            loop.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    begun.wait()
    try:
        yield url[0]
    finally:
        loop.call_soon_threadsafe(until.set)
        thread.join()
