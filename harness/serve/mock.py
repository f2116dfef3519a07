"""Mock: answers every provider's requests, and writes down why so."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from time import monotonic
from typing import NamedTuple

from harness.errors import UsageError
from harness.message.parts import JsonObject
from harness.providers._provider import Provider
from harness.serve import reply
from harness.serve.fault import LOSES, Faults
from harness.serve.journal import Entry, Journal
from harness.serve.limits import Limits
from harness.serve.reply import Asked, Reply
from harness.serve.sources import Sources
from harness.serve.surface import place, shown, target
from harness.shell.server.protocol import Answer, Flowing
from harness.wire.http import Ending, Request, Response, header

SCOPE = "x-harness-scope"
"""The header that says whose test a request is of."""

FAULT = "x-harness-fault"
"""The header that asks for a fault, ``status=429``, or JSON as suites have it; and, of
an answer, that names the one that is in it.
"""


LONGEST_PATH = 500
"""Letters of a path that are written down."""


class Begun(NamedTuple):
    """A request that is being answered: what the journal will have of it."""

    number: int
    at: float
    path: str
    trail: tuple[str, ...]


@dataclass(slots=True)
class Mock(Sources):
    """Every provider: a request is let in, answered, broken if it is to be, and written
    down.

    Attributes:
        limits: how much may be asked in a minute.
        require_key: whether a request without an API key is refused.
        beyond: the URL of the upstream, where there is one for all.
        journal: what was asked, and what it was answered with.
        log: takes every answer, with what was asked.
        faults: those that wait for a request.
        began: when, in seconds of the monotonic clock.
    """

    limits: Limits = field(default_factory=Limits)
    require_key: bool = False
    beyond: str = ""
    journal: Journal = field(default_factory=Journal)
    log: Callable[[Asked, Response], None] | None = None
    faults: Faults = field(default_factory=Faults)
    began: float = field(default_factory=monotonic)

    def answer(self, request: Request) -> Answer | Awaitable[Answer]:
        """The answer to a request; one is awaited that somebody else has to give."""
        path = target(request.url)
        at = _placed(path, self.beyond)
        scope = header(request.headers, SCOPE) or at.scope
        sent = Request(request.method, at.url, request.headers, request.body)
        plan = self.planner.plan(Asked(at, sent, scope), insists=self.upstream is None)
        if plan.provider is not at.provider:
            at = replace(at, provider=plan.provider)
        asked = Asked(at, sent, scope, plan.turn)
        self.journal.number += 1
        begun = Begun(self.journal.number, monotonic() - self.began, path, plan.trail)
        try:
            fault = self._fault(asked)
            taken = fault is None or fault["fault"] not in LOSES
            found = self._not_let_in(asked) or self.due(plan, asked, taken=taken)
        except UsageError as error:
            assert at.provider is not None
            found, fault = reply.refused(at.provider, str(error), 400), None
        if isinstance(found, Reply):
            return self._given(found, fault, asked, begun)
        return self._awaited(found, fault, asked, begun)

    # ----------------------------------------------------------------- what is replied

    def _not_let_in(self, asked: Asked) -> Reply | None:
        """The refusal of who has no key, or has asked for too much."""
        provider = asked.provider
        if provider is None:
            return None
        if self.require_key and not _has_key(provider, asked.request):
            why = "no API key: " + " or ".join(_keys(provider))
            return reply.refused(provider, why, 401)
        if not self.limits.are_set:
            return None
        over = self.limits.over(asked.scope, provider, monotonic())
        return Reply(over, "refused", why="over the rate limit") if over else None

    # ------------------------------------------------------------------ what is broken

    def _fault(self, asked: Asked) -> JsonObject | None:
        """The fault that is due.

        Raises:
            UsageError: for one that cannot be.
        """
        if asked.provider is None:
            return None
        return self.faults.due(header(asked.request.headers, FAULT), asked.scope)

    async def _awaited(
        self,
        coming: Awaitable[Reply],
        fault: JsonObject | None,
        asked: Asked,
        begun: Begun,
    ) -> Answer:
        found = await coming
        if isinstance(found.response, Flowing) and fault is not None:
            found = replace(found, response=await _whole(found.response))
        return self._given(found, fault, asked, begun)

    def _given(
        self, found: Reply, fault: JsonObject | None, asked: Asked, begun: Begun
    ) -> Answer:
        """The reply, broken if it is to be, and written down."""
        response = found.response
        if isinstance(response, Flowing):
            chunks = self._noted(response, found, asked, begun)
            return replace(response, chunks=chunks)
        name = ""
        if fault is not None and asked.provider is not None:
            name = str(fault["fault"])
            try:
                response = self.faults.put(fault, response, asked.provider)
            except UsageError as error:
                found = reply.refused(asked.provider, str(error), 400)
                return self._given(found, None, asked, begun)
            response = replace(response, headers=(*response.headers, (FAULT, name)))
        if self.limits.are_set and asked.provider is not None and response.status < 400:
            response = self.limits.spend(
                asked.scope,
                asked.provider,
                monotonic(),
                asked.request.body,
                response,
            )
        self._keep(asked, response, is_broken=bool(name))
        self._write(begun, asked, found, response, name)
        return response

    def _keep(self, asked: Asked, response: Response, *, is_broken: bool) -> None:
        """Have a whole answer where it can be asked for again."""
        self.planner.keep(asked, response)
        if self.log is not None and not is_broken:
            self.log(asked, response)

    async def _noted(
        self, flowing: Flowing, found: Reply, asked: Asked, begun: Begun
    ) -> AsyncGenerator[bytes]:
        """The chunks of an answer; at its end it is written down."""
        ending: Ending = "cut"
        came: list[bytes] = []
        try:
            async for chunk in flowing.chunks:
                came.append(chunk)
                yield chunk
            ending = flowing.ending
            whole = Response(flowing.status, flowing.headers, tuple(came), (), ending)
            self._keep(asked, whole, is_broken=False)
        finally:
            await flowing.chunks.aclose()
            head = Response(flowing.status, flowing.headers, ending=ending)
            self._write(begun, asked, found, head)

    # ------------------------------------------------------------- what is written down

    def reset(self, scope: str | None) -> None:
        """Forget what one scope asked and was told, or all of them."""
        for kept in (self.planner, self.journal, self.faults, self.limits):
            kept.reset(scope)

    def _write(
        self,
        begun: Begun,
        asked: Asked,
        found: Reply,
        response: Response,
        fault: str = "",
    ) -> None:
        wait = header(response.headers, "retry-after")
        turn, method, path = asked.turn, asked.request.method, shown(begun.path)
        self.journal.write(
            Entry(
                number=begun.number,
                at=begun.at,
                method=method,
                path=path if len(path) <= LONGEST_PATH else path[:LONGEST_PATH] + "…",
                scope=asked.scope,
                provider=asked.provider.name if asked.provider else "",
                model=turn.model if turn else "",
                stream=turn.stream if turn else False,
                status=response.status,
                how=found.how,
                source=found.source,
                why="; ".join(filter(None, (found.why, *found.left_out))),
                fault=fault,
                same=asked.digest if method == "POST" else "",
                wait=float(wait) if wait and wait.isdigit() else None,
                ending=response.ending,
                trail=begun.trail,
            )
        )


_placed = lru_cache(4096)(place)


def paced(
    recorded: Callable[[int], float],
) -> Callable[[Response, int], float]:
    """Seconds to wait for a chunk: as a fault has it, or as recordings are played."""

    def wait(response: Response, milliseconds: int) -> float:
        if header(response.headers, FAULT):
            return milliseconds / 1000
        return recorded(milliseconds)

    return wait


async def _whole(flowing: Flowing) -> Response:
    chunks = tuple([chunk async for chunk in flowing.chunks])
    return Response(flowing.status, flowing.headers, chunks, ending=flowing.ending)


def _has_key(provider: Provider, request: Request) -> bool:
    """Whether there is a key where this provider has it."""
    return "key=" in request.url.partition("?")[2] or any(
        header(request.headers, name) for name in _keys(provider)
    )


def _keys(provider: Provider) -> Iterator[str]:
    """The headers that may hold a key: every server takes a bearer's, too."""
    yield from (n for n, value in provider.headers("KEY").items() if value == "KEY")
    yield "authorization"
