"""Planning: what answers a request, as far as its bytes decide it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from harness.run.asked import listing, parsed, read
from harness.serve import reply
from harness.serve.reply import Asked, Reply
from harness.serve.shelf import Found, Shelf

MOST_PLANS = 4096
"""Requests of which is kept what answers them."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What answers a request, each reply in its turn; ``key`` is what they count by.

    ``asked`` has what the request says. Without replies it is a function's to answer,
    an upstream's, or the default's.
    """

    key: str
    asked: Asked
    replies: tuple[Reply, ...] = ()


@dataclass(slots=True)
class Planner:
    """Works out what answers requests, each kind once.

    Attributes:
        shelf: the recordings that are for everybody.
        scoped: those that are for one scope alone, and come before.
        model: the model that lists name.
    """

    shelf: Shelf
    model: str
    scoped: dict[str, Shelf] = field(default_factory=dict)
    _plans: dict[tuple[object, ...], Plan] = field(default_factory=dict)

    def shelves(self, scope: str) -> Iterator[Shelf]:
        """Those that answer a scope, its own first."""
        if scope in self.scoped:
            yield self.scoped[scope]
        yield self.shelf

    def plan(self, asked: Asked) -> Plan:
        """What answers a request that nobody has read yet."""
        request = asked.request
        changes = tuple(shelf.changes for shelf in self.shelves(asked.scope))
        own = asked.scope if len(changes) > 1 else ""
        wire = asked.provider.name if asked.provider else ""
        key = (changes, own, wire, request.method, request.url, request.body)
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= MOST_PLANS:
                self._plans.clear()
            plan = self._plans[key] = self._worked_out(asked)
        return plan

    def _worked_out(self, asked: Asked) -> Plan:
        provider, request = asked.provider, asked.request
        if provider is not None:
            turn = parsed(provider, read(request.body), request.url)
            asked = replace(asked, turn=turn)
        same = self._same(asked)
        if same is not None:
            replies = (
                Reply(recording.exchange.response, same.how, recording.source)
                for recording in same.recordings
                if recording.exchange is not None
            )
            return Plan(same.key, asked, tuple(replies))
        listed = listing(request, self.model)
        if listed is not None:
            return Plan("", asked, (Reply(listed, "listing"),))
        if provider is None or asked.turn is None:
            return Plan("", asked)
        found = self._found(asked)
        if found is None:
            return Plan("", asked)
        replies = (
            reply.said(one, found.how, provider, asked) for one in found.recordings
        )
        return Plan(found.key, asked, tuple(replies))

    def _same(self, asked: Asked) -> Found | None:
        """What was recorded of this very request."""
        wire = asked.provider.name if asked.provider else None
        written = replace(asked.request, url=asked.at.written)
        for shelf in self.shelves(asked.scope):
            found = shelf.same(asked.request, wire) or shelf.same(written, wire)
            if found is not None:
                return found
        return None

    def _found(self, asked: Asked) -> Found | None:
        """What answers the conversation."""
        assert asked.provider is not None
        assert asked.turn is not None
        for shelf in self.shelves(asked.scope):
            found = shelf.find(asked.provider, asked.turn)
            if found is not None:
                return found
        return None
