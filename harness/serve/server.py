"""Server: a mock on a socket, until somebody ends it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from harness.serve.protocol import Connection
from harness.wire.http import Request, Response

HOST = "127.0.0.1"

BACKLOG = 2048
"""Connections that wait to be taken."""

GRACE = 10.0
"""Seconds that streams have to end when the server does."""


async def serve(
    answer: Callable[[Request], Response],
    *,
    host: str = HOST,
    port: int = 0,
    pace: Callable[[Response, int], float] = lambda response, milliseconds: 0.0,
    ready: Callable[[str], None] = lambda url: None,
    until: asyncio.Event | None = None,
) -> None:
    """Answer requests until ``until`` is set, or a signal ends the process.

    Streams that are being sent are finished.

    Args:
        answer: gives the response to a request whose URL is a path.
        host: the address that is listened on.
        port: any that is free, where it is 0.
        pace: seconds to wait for a chunk of a response that was waited for so many
            milliseconds.
        ready: told the URL.
        until: ends it.

    Raises:
        OSError: where the address cannot be listened on.
    """
    loop = asyncio.get_running_loop()
    ended = until or asyncio.Event()
    everybody: set[Connection] = set()
    server = await loop.create_server(
        lambda: Connection(answer, pace, everybody), host, port, backlog=BACKLOG
    )
    if until is None:
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows has none
                loop.add_signal_handler(number, ended.set)
    gc.freeze()  # what is loaded stays: it need not be looked through again
    found = server.sockets[0].getsockname()
    shown = f"[{found[0]}]" if ":" in found[0] else found[0]
    ready(f"http://{shown}:{found[1]}")
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
        await asyncio.sleep(0.02)
    for connection in [*everybody]:
        connection.abort()
    await asyncio.sleep(0)


@contextmanager
def served(
    answer: Callable[[Request], Response],
    *,
    pace: Callable[[Response, int], float] = lambda response, milliseconds: 0.0,
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
        try:
            loop.run_until_complete(serve(answer, pace=pace, ready=ready, until=until))
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
