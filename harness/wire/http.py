"""Requests and responses as values, with every chunk as the network cut it."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""Name and value pairs in the order they came; names as they came."""

Ending: TypeAlias = Literal["eof", "cut", "reset"]
"""How a body stopped: complete, closed too early, or reset by the peer."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sends. ``url`` is absolute; ``body`` is whole."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answers.

    ``chunks`` are the body after content decoding, cut where the network cut it.
    ``delays`` gives, for each chunk, the milliseconds it was waited for (empty:
    not known). ``ending`` says how the body stopped.
    """

    status: int
    headers: Headers = ()
    chunks: tuple[bytes, ...] = ()
    delays: tuple[int, ...] = ()
    ending: Ending = "eof"
    reason: str = ""


def _nothing() -> None:
    """What there is to close of an answer that holds nothing open."""


async def _nothing_async() -> None:
    """The same, awaited."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response as a client sees it: its head, and a body that arrives.

    Iterating ``chunks`` raises ``ConnectionLost`` where the network failed.
    ``close`` lets go of the connection: at any time, and as often as one likes.
    """

    status: int
    headers: Headers
    chunks: Iterable[bytes]
    close: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True)
class AsyncAnswer:
    """The same, where the body is awaited."""

    status: int
    headers: Headers
    chunks: AsyncIterable[bytes]
    close: Callable[[], Awaitable[None]] = _nothing_async


class Transport(Protocol):
    """Sends one request and gives its answer."""

    def send(self, request: Request) -> Answer:
        """Raises ``ConnectionLost`` where there is no answer at all."""


class AsyncTransport(Protocol):
    """The same, where the answer is awaited."""

    async def send(self, request: Request) -> AsyncAnswer:
        """Raises ``ConnectionLost`` where there is no answer at all."""


def header(headers: Headers, name: str) -> str | None:
    """The first value of ``name``, whatever its case, or ``None``."""
    wanted = name.lower()
    for key, value in headers:
        if len(key) == len(wanted) and key.lower() == wanted:
            return value
    return None
