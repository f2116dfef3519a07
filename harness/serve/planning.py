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
    """What answers a request, each reply in its turn.

    Without replies it is a function's to answer, an upstream's, or the default's.

    Attributes:
        key: what they count by.
        provider: whose wire it is, and ``turn`` what the request says, as far as known.
        trail: the conversation, as the journal has it.
    """

    key: str
    provider: Provider | None
    turn: Turn | None = None
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
        request = asked.request
        changes = tuple([shelf.changes for shelf in self.shelves(asked.scope)])
        own = asked.scope if len(changes) > 1 else ""
        wire = asked.provider.name if asked.provider else ""
        sent = request.method, request.url, request.body
        key = (changes, own, wire, insists, *sent)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._beside(asked, insists)
            if plan is not None:
                return plan  # it may be another the next time
            plan = self._plans[key] = self._worked_out(asked, insists)
            self._make_room(key, len(request.body))
        return self._continued(plan, asked, insists)

    def keep(self, asked: Asked, response: Response) -> None:
        """Have an answer ready for whoever asks for it again."""
        if asked.provider is not None and asked.turn is not None:
            self.beside.kept.keep(asked.provider, asked.request, response, asked.scope)

    def _make_room(self, key: tuple[object, ...], size: int) -> None:
        """Have no more plans than there is room for."""
        self.held += size
        if len(self._plans) > MOST_PLANS or self.held > MOST_BYTES:
            self._plans = {key: self._plans[key]}
            self.held = size

    def _worked_out(self, asked: Asked, insists: bool) -> Plan:
        provider, request = asked.provider, asked.request
        turn = None
        if provider is not None:
            turn = parsed(provider, read(request.body), request.url)
            asked = replace(asked, turn=turn)
        walked = trail(turn) if turn is not None else ()
        plan = Plan("", provider, turn, (), walked)
        same = self._same(asked)
        if same is not None:
            replies = (
                Reply(recording.exchange.response, same.how, recording.source)
                for recording in same.recordings
                if recording.exchange is not None
            )
            return replace(plan, key=same.key, replies=tuple(replies))
        if provider is not None and insists:
            error = objection(provider, request)
            if error is not None:
                return replace(plan, replies=(reply.wrong(provider, error),))
        listed = listing(request, self.model)
        if listed is not None:
            return replace(plan, replies=(Reply(listed, "listing"),))
        if provider is None or turn is None:
            return plan
        found = self._found(asked)
        if found is None:
            return plan
        replies = (
            reply.said(one, found.how, provider, asked) for one in found.recordings
        )
        return replace(plan, key=found.key, replies=tuple(replies))

    def _beside(self, asked: Asked, insists: bool) -> Plan | None:
        """What is answered to a request that is no part of a conversation."""
        models = self._models(asked.scope)
        found = self.beside.answer(asked.at, asked.request, asked.scope, models)
        if found is None or self._same(asked) is not None:
            return None
        provider, said = found
        if isinstance(said, Error) and not insists:
            return None
        told = (
            reply.wrong(provider, said)
            if isinstance(said, Error)
            else Reply(said, "listing")
        )
        return Plan("", provider, None, (told,))

    def _models(self, scope: str) -> Callable[[Provider], tuple[str, ...]]:
        """The models that were recorded of a provider's host, and the one of ours."""

        def models(provider: Provider) -> tuple[str, ...]:
            names: dict[str, None] = {}
            for shelf in self.shelves(scope):
                names |= dict.fromkeys(recorded(shelf, provider))
            names.pop(self.model, None)
            return (*names, self.model)

        return models

    def _continued(self, plan: Plan, asked: Asked, insists: bool) -> Plan:
        """The plan for a request that follows an answer it names, where none is made
        for its own words: by the whole conversation.
        """
        provider = plan.provider
        if plan.replies or provider is None or provider.server.keeping is None:
            return plan
        body = read(asked.request.body)
        before = self.beside.kept.before(provider, body, asked.scope)
        if before is None or (isinstance(before, Error) and not insists):
            return plan
        if isinstance(before, Error):
            return replace(plan, replies=(reply.wrong(provider, before),))
        data = json.dumps(before).encode()
        whole = replace(asked, request=replace(asked.request, body=data))
        return self._worked_out(whole, insists)

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
