"""Planning: what answers a request, as far as its bytes decide it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from harness.message.events import Error
from harness.message.turn import Turn
from harness.providers._provider import Provider
from harness.run.asked import listing, parsed, read
from harness.serve import reply
from harness.serve.beside import Beside, objection, recorded
from harness.serve.reply import Asked, Reply
from harness.serve.stock.recording import Recording
from harness.serve.stock.shelf import Found, Shelf
from harness.suite.checks.gist import asked_gist
from harness.wire.http import Response

MOST_PLANS = 4096
"""Requests of which is kept what answers them."""

MOST_BYTES = 32 << 20
"""Bytes of all their bodies."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What answers a request, each reply in its turn; ``key`` is what they count by.

    ``asked`` has what the request says. Without replies it is a function's to answer,
    an upstream's, or the default's.
    """

    key: str
    asked: Asked
    replies: tuple[Reply, ...] = ()
    trail: tuple[str, ...] = ()


@dataclass(slots=True)
class Planner:
    """Works out what answers requests, each kind once.

    Attributes:
        shelf: the recordings that are for everybody.
        scoped: those that are for one scope alone, and come before.
        queued: answers to whatever a scope asks next.
        held: bytes of the requests whose plans are kept.
        model: the model that lists name beside those that were recorded.
        beside: what is asked beside conversations.
    """

    shelf: Shelf
    model: str
    beside: Beside = field(default_factory=Beside)
    scoped: dict[str, Shelf] = field(default_factory=dict)
    queued: dict[str, list[Recording]] = field(default_factory=dict)
    held: int = 0
    _plans: dict[tuple[object, ...], Plan] = field(default_factory=dict)

    def shelves(self, scope: str) -> Iterator[Shelf]:
        """Those that answer a scope, its own first."""
        if scope in self.scoped:
            yield self.scoped[scope]
        yield self.shelf

    def add(self, recordings: Iterable[Recording], scope: str) -> None:
        """Have some for a scope alone, or for everybody where it has no name."""
        shelf = self.shelf
        if scope:
            shelf = self.scoped.setdefault(scope, Shelf(self.shelf.strict))
        shelf.add(recordings)

    def reset(self, scope: str | None) -> None:
        """Forget what was asked and told in one scope, or in all."""
        self.shelf.reset(scope)
        self.beside.kept.reset(scope)
        for told in (self.scoped, self.queued):
            for name in [*told]:
                if scope in (None, name):
                    del told[name]

    def plan(self, asked: Asked, *, insists: bool = True) -> Plan:
        """What answers a request that nobody has read yet.

        ``insists`` says whether what is wrong with it is told here: an upstream may
        know better.
        """
        beside = self._beside(asked, insists)
        if beside is not None:
            return beside
        return self._continued(self._planned(asked, insists), insists)

    def keep(self, asked: Asked, response: Response) -> None:
        """Have an answer ready for whoever asks for it again."""
        if asked.provider is not None and asked.turn is not None:
            self.beside.kept.keep(asked.provider, asked.request, response, asked.scope)

    def _planned(self, asked: Asked, insists: bool) -> Plan:
        """What answers a part of a conversation, worked out once."""
        request = asked.request
        changes = tuple(shelf.changes for shelf in self.shelves(asked.scope))
        own = asked.scope if len(changes) > 1 else ""
        wire = asked.provider.name if asked.provider else ""
        sent = request.method, request.url, request.body
        key = (changes, own, wire, insists, *sent)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._worked_out(asked, insists)
            if plan.asked.turn is not None:
                plan = replace(plan, trail=trail(plan.asked.turn))
            self.held += len(request.body)
            if len(self._plans) >= MOST_PLANS or self.held > MOST_BYTES:
                self._plans.clear()
                self.held = len(request.body)
            self._plans[key] = plan
        return replace(plan, asked=replace(asked, turn=plan.asked.turn))

    def _worked_out(self, asked: Asked, insists: bool) -> Plan:
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
        if provider is not None and insists:
            error = objection(provider, request)
            if error is not None:
                return Plan("", asked, (reply.wrong(provider, error),))
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

    def _beside(self, asked: Asked, insists: bool) -> Plan | None:
        """What is answered to a request that is no part of a conversation."""
        models = self._models(asked.scope)
        found = self.beside.answer(asked.at, asked.request, asked.scope, models)
        if found is None or self._same(asked) is not None:
            return None
        provider, said = found
        if isinstance(said, Error) and not insists:
            return None
        asked = replace(asked, at=replace(asked.at, provider=provider))
        if isinstance(said, Error):
            return Plan("", asked, (reply.wrong(provider, said),))
        return Plan("", asked, (Reply(said, "listing"),))

    def _models(self, scope: str) -> Callable[[Provider], tuple[str, ...]]:
        """The models that were recorded of a provider's host, and the one of ours."""

        def models(provider: Provider) -> tuple[str, ...]:
            names: dict[str, None] = {}
            for shelf in self.shelves(scope):
                names |= dict.fromkeys(recorded(shelf, provider))
            names.pop(self.model, None)
            return (*names, self.model)

        return models

    def _continued(self, plan: Plan, insists: bool) -> Plan:
        """The plan for a request that follows an answer it names, where none is made
        for its own words: by the whole conversation.
        """
        asked = plan.asked
        provider = asked.provider
        if plan.replies or provider is None or provider.keeping is None:
            return plan
        body = read(asked.request.body)
        before = self.beside.kept.before(provider, body, asked.scope)
        if before is None or (isinstance(before, Error) and not insists):
            return plan
        if isinstance(before, Error):
            return replace(plan, replies=(reply.wrong(provider, before),))
        data = json.dumps(before).encode()
        whole = replace(asked, request=replace(asked.request, body=data))
        found = self._worked_out(whole, insists)
        return replace(found, asked=replace(asked, turn=found.asked.turn))

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


def trail(turn: Turn) -> tuple[str, ...]:
    """Digests of a conversation, as it was before each answer in it, and as it is."""
    digests = []
    so_far = blake2b(digest_size=9)
    for said in asked_gist(turn.messages):
        if said["role"] == "assistant":
            digests.append(so_far.hexdigest())
        so_far.update(json.dumps(said, sort_keys=True).encode())
    return (*digests, so_far.hexdigest())
