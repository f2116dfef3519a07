"""Sources: who answers a request, one after the other until somebody does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any, TypeAlias

from harness.message.turn import Turn
from harness.providers._provider import Provider
from harness.serve import reply
from harness.serve.made.bounds import wanted
from harness.serve.planning import Plan, Planner
from harness.serve.reply import Asked, Reply
from harness.serve.stock.shelf import Shelf
from harness.serve.surface import shown, target
from harness.serve.upstream import Upstream

Function: TypeAlias = Callable[[Turn], Any]
"""Answers a turn: with a message, its parts, a text, or nothing; it may be awaited."""


@dataclass(slots=True)
class Sources:
    """Recordings, and who answers where none of them does.

    Attributes:
        shelf: the recordings.
        function: asked where none of them answers.
        default: the text that answers where nothing else does.
        upstream: asked before that, on the network.
        model: the model that lists name beside those that were recorded.
        planner: what is recorded, told, or always so.
    """

    shelf: Shelf = field(default_factory=Shelf)
    function: Function | None = None
    default: str | None = None
    upstream: Upstream | None = None
    model: str = "harness"
    planner: Planner = field(init=False)

    def __post_init__(self) -> None:
        self.planner = Planner(self.shelf, self.model)

    def due(self, plan: Plan, asked: Asked, *, taken: bool) -> Reply | Awaitable[Reply]:
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
            except Exception as error:  # a function of somebody's may raise anything
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
        except Exception as error:  # as may one that is awaited
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
            path = shown(target(asked.request.url))
            why = f"no provider is asked at {asked.request.method} {path}"
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


def _raised(error: Exception, provider: Provider) -> Reply:
    why = f"the answering function raised {type(error).__name__}: {error}"
    return reply.refused(provider, why, 500)
