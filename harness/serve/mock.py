"""Mock: answers every provider's requests, and writes down why so."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from inspect import isawaitable
from time import monotonic
from typing import Any, TypeAlias

from harness.errors import UsageError
from harness.message.parts import JsonObject
from harness.message.turn import Turn
from harness.providers._provider import Provider
from harness.serve import reply
from harness.serve.fault import LOSES, Faults
from harness.serve.journal import Entry, Journal
from harness.serve.limits import Limits
from harness.serve.made.bounds import wanted
from harness.serve.planning import Plan, Planner
from harness.serve.reply import Asked, Reply
from harness.serve.shelf import Shelf
from harness.serve.surface import place, target
from harness.serve.upstream import Upstream
from harness.shell.server.protocol import Answer, Flowing
from harness.wire.http import Ending, Request, Response, header

Function: TypeAlias = Callable[[Turn], Any]
"""Answers a turn: with a message, its parts, a text, or nothing; it may be awaited."""

SCOPE = "x-harness-scope"
"""The header that says whose test a request is of."""

FAULT = "x-harness-fault"
"""The header that asks for a fault, ``status=429``, or JSON as suites have it; and, of
an answer, that names the one that is in it.
"""


LONGEST_PATH = 500
"""Letters of a path that are written down."""


@dataclass(slots=True)
class Mock:
    """Every provider, out of a shelf.

    Attributes:
        shelf: the recordings.
        function: what answers where none of them does.
        upstream: what answers where that does not, on the network.
        default: the text that answers where nothing else does.
        limits: how much may be asked in a minute.
        require_key: whether a request without an API key is refused.
        model: the model that lists name.
        beyond: the URL of the upstream, where there is one for all.
    """

    shelf: Shelf = field(default_factory=Shelf)
    function: Function | None = None
    default: str | None = None
    require_key: bool = False
    model: str = "harness"
    upstream: Upstream | None = None
    beyond: str = ""
    limits: Limits = field(default_factory=Limits)
    journal: Journal = field(default_factory=Journal)
    faults: Faults = field(default_factory=Faults)
    began: float = field(default_factory=monotonic)
    planner: Planner = field(init=False)

    def __post_init__(self) -> None:
        self.planner = Planner(self.shelf, self.model)

    def answer(self, request: Request) -> Answer | Awaitable[Answer]:
        """The answer to a request; one is awaited that somebody else has to give."""
        at = _placed(target(request.url), self.beyond)
        scope = header(request.headers, SCOPE) or at.scope
        asked = Asked(at, replace(request, url=at.url), scope)
        plan = self.planner.plan(asked, insists=self.upstream is None)
        at = replace(at, provider=plan.asked.provider)
        asked = replace(asked, at=at, turn=plan.asked.turn)
        entry = self._entry(asked, target(request.url), plan.trail)
        try:
            fault = self._fault(asked)
            taken = fault is None or fault["fault"] not in LOSES
            found = self._not_let_in(asked) or self._due(plan, asked, taken=taken)
        except UsageError as error:
            assert at.provider is not None
            found, fault = reply.refused(at.provider, str(error), 400), None
        if isinstance(found, Reply):
            return self._given(found, fault, asked, entry)
        return self._awaited(found, fault, asked, entry)

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

    def _due(
        self, plan: Plan, asked: Asked, *, taken: bool
    ) -> Reply | Awaitable[Reply]:
        """The reply that is due, or what has to be awaited for it.

        One that is not ``taken`` is due again.
        """
        provider, turn = asked.provider, asked.turn
        queued = self.planner.queued.get(asked.scope)
        if queued and provider is not None and turn is not None:
            recording = queued.pop(0) if taken else queued[0]
            return reply.said(recording, "told", provider, asked)
        if plan.replies:
            return self._next(plan, asked, taken=taken)
        if provider is not None and turn is not None and self.function is not None:
            try:
                answer = self.function(turn)
            except Exception as error:  # somebody else's may raise anything
                return _raised(error, provider)
            if isawaitable(answer):
                return self._answered(answer, asked)
            if answer is not None:
                return reply.spoken(answer, "function", provider, asked)
        return self._otherwise(asked)

    def _next(self, plan: Plan, asked: Asked, *, taken: bool) -> Reply:
        """The recording that is due, or as many as are asked for at once."""
        provider, turn, first = asked.provider, asked.turn, plan.replies[0]
        made = first.how in ("exact", "conversation")
        many = wanted(turn, provider) if made and provider and turn else 1
        key, of = plan.key, len(plan.replies)
        turns = (
            self.shelf.turn(key, asked.scope, of, taken=taken) for _ in range(many)
        )
        due = [plan.replies[number] for number in turns]
        if many == 1 or provider is None or turn is None:
            return due[0]
        return reply.several(due, provider, turn)

    async def _answered(self, answer: Awaitable[Any], asked: Asked) -> Reply:
        """What a function gave that was awaited, or what there is instead."""
        assert asked.provider is not None
        try:
            given = await answer
        except Exception as error:  # as above
            return _raised(error, asked.provider)
        if given is not None:
            return reply.spoken(given, "function", asked.provider, asked)
        found = self._otherwise(asked)
        return found if isinstance(found, Reply) else await found

    def _otherwise(self, asked: Asked) -> Reply | Awaitable[Reply]:
        """What answers where nothing is recorded and no function does."""
        provider, turn = asked.provider, asked.turn
        if self.upstream is not None and self.upstream.takes(asked):
            return self.upstream.ask(asked)
        if provider is None:
            path = asked.request.url.partition("//")[2].partition("/")[2]
            why = f"no provider is asked at {asked.request.method} /{path}"
            return reply.plain(why, 404)
        if turn is None:
            why = f"this is no request that {provider.name} takes"
            return reply.refused(provider, why, 400)
        if self.default is not None:
            return reply.spoken(self.default, "default", provider, asked)
        return reply.refused(provider, self._missing(asked), 404, "miss")

    def _missing(self, asked: Asked) -> str:
        assert asked.provider is not None
        assert asked.turn is not None
        for shelf in self.planner.shelves(asked.scope):
            near = shelf.nearest(asked.provider, asked.turn)
            if near is not None:
                recording, difference = near
                nearest = f"nearest is {recording.source}, {difference}"
                return f"nothing answers this; {nearest}"
        return f"nothing is recorded for {asked.provider.name}"

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
        entry: Entry,
    ) -> Answer:
        found = await coming
        if isinstance(found.response, Flowing) and fault is not None:
            found = replace(found, response=await _whole(found.response))
        return self._given(found, fault, asked, entry)

    def _given(
        self, found: Reply, fault: JsonObject | None, asked: Asked, entry: Entry
    ) -> Answer:
        """The reply, broken if it is to be, and written down."""
        response = found.response
        if isinstance(response, Flowing):
            return replace(response, chunks=self._noted(response, found, entry))
        if fault is not None and asked.provider is not None:
            name = str(fault["fault"])
            try:
                response = self.faults.put(fault, response, asked.provider)
            except UsageError as error:
                found = reply.refused(asked.provider, str(error), 400)
                return self._given(found, None, asked, entry)
            response = replace(response, headers=(*response.headers, (FAULT, name)))
            found, entry = replace(found, response=response), replace(entry, fault=name)
        if self.limits.are_set and asked.provider is not None and response.status < 400:
            response = self.limits.spend(
                asked.scope,
                asked.provider,
                monotonic(),
                asked.request.body,
                response,
            )
        self.planner.keep(asked, response)
        self._write(entry, found, response.ending)
        return response

    async def _noted(
        self, flowing: Flowing, found: Reply, entry: Entry
    ) -> AsyncGenerator[bytes]:
        """The chunks of an answer; at its end it is written down."""
        ending: Ending = "cut"
        try:
            async for chunk in flowing.chunks:
                yield chunk
            ending = flowing.ending
        finally:
            await flowing.chunks.aclose()
            self._write(entry, found, ending)

    # ------------------------------------------------------------- what is written down

    def reset(self, scope: str | None) -> None:
        """Forget what one scope asked and was told, or all of them."""
        for kept in (self.planner, self.journal, self.faults, self.limits):
            kept.reset(scope)

    def _entry(self, asked: Asked, path: str, trail: tuple[str, ...]) -> Entry:
        """What is known of a request before it is answered."""
        self.journal.number += 1
        request, turn = asked.request, asked.turn
        return Entry(
            number=self.journal.number,
            at=monotonic() - self.began,
            method=request.method,
            path=path if len(path) <= LONGEST_PATH else path[:LONGEST_PATH] + "…",
            scope=asked.scope,
            provider=asked.provider.name if asked.provider else "",
            model=turn.model if turn else "",
            stream=turn.stream if turn else False,
            same=asked.digest if request.method == "POST" else "",
            trail=trail,
        )

    def _write(self, entry: Entry, found: Reply, ending: Ending) -> None:
        wait = header(found.response.headers, "retry-after")
        self.journal.write(
            replace(
                entry,
                status=found.response.status,
                how=found.how,
                source=found.source,
                why="; ".join(filter(None, (found.why, *found.left_out))),
                wait=float(wait) if wait and wait.isdigit() else None,
                ending=ending,
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


def _raised(error: Exception, provider: Provider) -> Reply:
    why = f"the answering function raised {type(error).__name__}: {error}"
    return reply.refused(provider, why, 500)


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
