"""Wired: models that speak a provider's wire through a transport."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    ExitStack,
)
from functools import cached_property
from typing import Any

from harness.errors import UsageError
from harness.message.events import Event
from harness.message.turn import Turn
from harness.providers._provider import Provider
from harness.providers._square import hear
from harness.reference.async_response import AsyncResponse
from harness.reference.model import AsyncModel, Model
from harness.reference.prompt import Prompt
from harness.reference.response import Response
from harness.reference.sending import NEVER, Retries, asend, send
from harness.reference.wired.ready import ready
from harness.wire import jsonbody
from harness.wire.feed import pulled
from harness.wire.http import AsyncTransport, Request, Transport

PATIENCE = 600.0
"""Seconds: a model may think for minutes before it says its first word."""


class Wired:
    """What such models have, whoever waits for them.

    Attributes:
        provider: the wire.
        name: the model's name on it.
        base_url: where it is served.
    """

    def __init__(
        self,
        provider: Provider,
        name: str,
        *,
        base_url: str | None = None,
        key: str | None = None,
        transport: Any = None,
        timeout: float | None = PATIENCE,
        retries: int | Retries = NEVER,
        model_id: str | None = None,
    ) -> None:
        self.provider = provider
        self.name = name
        self.model_id = model_id or f"{provider.name}/{name}"
        self.base_url = (base_url or provider.base_url).rstrip("/")
        self.key = key
        self.retries = Retries(retries) if isinstance(retries, int) else retries
        self.supports_schema = "schema" in provider.capabilities
        self.supports_tools = "tools" in provider.capabilities
        server_side = "server_side_tools" in provider.capabilities
        self.supports_server_side_tools = server_side
        self._timeout = timeout
        self._transport = transport

    def turn(self, prompt: Prompt, stream: bool) -> Turn:
        """The prompt as the provider's encoder takes it, its files read."""
        return Turn(
            self.name,
            ready(prompt.messages),
            prompt.tools,
            stream,
            prompt.schema,
            {**self.provider.defaults, **prompt.options},
        )

    def request(self, prompt: Prompt, stream: bool, key: str | None = None) -> Request:
        """The HTTP request that says a prompt.

        Raises:
            NotExpressible: for a part that this wire cannot say.
            UsageError: for a file that cannot be read, or where a key is missing.
        """
        turn = self.turn(prompt, stream)
        headers = self.provider.headers(key or self.key or self._known_key())
        return Request(
            "POST",
            self.base_url + self.provider.path(turn),
            (("content-type", "application/json"), *headers.items()),
            b"".join(jsonbody.write(self.provider.encode(turn))),
        )

    def whole(self, events: Iterable[Event]) -> Any:
        """The JSON in which the provider would say these events."""
        return self.provider.synthesise_whole(events)

    def _known_key(self) -> str | None:
        """The key in the environment, which is for the provider's own host alone."""
        if self.base_url != self.provider.base_url.rstrip("/"):
            return None
        import os  # who gives a key does not touch the environment

        variable = self.provider.key_env
        key = os.environ.get(variable)
        if not key and self._transport is None and self.provider.needs_key:
            name = self.provider.name
            how = f"set {variable}, or give key=" if variable else "give key="
            raise UsageError(f"no key for {name}: {how}")
        return key


class WiredModel(Wired, Model):
    """A model that is waited for.

    In a ``with`` block its connections are kept open from one prompt to the next.
    """

    @cached_property
    def _kept(self) -> ExitStack:
        return ExitStack()

    def execute(
        self, prompt: Prompt, stream: bool, response: Response, conversation: Any
    ) -> Iterator[Event]:
        """Send the prompt, and hear the answer; its connection closes with it."""
        request = self.request(prompt, stream, response.key)
        # A stream does not hold its response: dropping that must close the stream.
        return self._heard(request, None if stream else response)

    @property
    def transport(self) -> Transport:
        """What requests go through; the network, unless another was given."""
        if self._transport is None:
            from harness.shell.http import Http  # replays and tests need no network

            self._transport = Http(self._timeout)
        transport: Transport = self._transport
        return transport

    def _heard(self, request: Request, response: Response | None) -> Iterator[Event]:
        answer = send(self.transport, request, self.retries)
        body: list[bytes] = []
        try:
            chunks = answer.chunks if response is None else _noted(answer.chunks, body)
            yield from hear(self.provider, answer.status, answer.headers, chunks)
        finally:
            answer.close()
        if response is not None:
            response.response_json = _json(body)

    def __enter__(self) -> WiredModel:
        if isinstance(self.transport, AbstractContextManager):
            self._kept.enter_context(self.transport)
        return self

    def __exit__(self, *_: object) -> None:
        self._kept.close()


class AsyncWiredModel(Wired, AsyncModel):
    """A model that is awaited.

    In an ``async with`` block its connections are kept open from one prompt to the
    next.
    """

    @cached_property
    def _kept(self) -> AsyncExitStack:
        return AsyncExitStack()

    def execute(
        self, prompt: Prompt, stream: bool, response: AsyncResponse, conversation: Any
    ) -> AsyncIterator[Event]:
        """Send the prompt, and hear the answer; its connection closes with it."""
        request = self.request(prompt, stream, response.key)
        return self._heard(request, None if stream else response)

    @property
    def transport(self) -> AsyncTransport:
        """What requests go through; the network, unless another was given."""
        if self._transport is None:
            from harness.shell.http import AsyncHttp  # as above

            self._transport = AsyncHttp(self._timeout)
        transport: AsyncTransport = self._transport
        return transport

    async def _heard(
        self, request: Request, response: AsyncResponse | None
    ) -> AsyncIterator[Event]:
        answer = await asend(self.transport, request, self.retries)
        body: list[bytes] = []

        def heard(chunks: Iterable[bytes]) -> Iterator[Event]:
            noted = chunks if response is None else _noted(chunks, body)
            return hear(self.provider, answer.status, answer.headers, noted)

        events = pulled(heard, answer.chunks)
        try:
            async for event in events:
                yield event
        finally:
            await events.aclose()
            await answer.close()
        if response is not None:
            response.response_json = _json(body)

    async def __aenter__(self) -> AsyncWiredModel:
        if isinstance(self.transport, AbstractAsyncContextManager):
            await self._kept.enter_async_context(self.transport)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._kept.aclose()


def _noted(chunks: Iterable[bytes], body: list[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        body.append(chunk)
        yield chunk


def _json(body: list[bytes]) -> Any:
    """The body as JSON; ``None`` where it is something else."""
    try:
        return json.loads(b"".join(body))
    except ValueError:
        return None
