"""Mock: answers every provider's requests, and writes down why so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import blake2b
from time import monotonic
from typing import Any, TypeAlias

from harness.errors import NotExpressible, UsageError
from harness.message.events import Error
from harness.message.parts import Message, TextPart
from harness.message.turn import Turn
from harness.providers._provider import Provider
from harness.providers._square import refuse
from harness.run.asked import as_asked, listing, parsed, read
from harness.serve.beside import Beside, objection
from harness.serve.fault import Faults
from harness.serve.journal import Entry, Journal
from harness.serve.made import of_message, stated
from harness.serve.recording import Recording
from harness.serve.shelf import Found, Shelf
from harness.serve.surface import Place, place, target
from harness.wire.http import Request, Response, header

Answering: TypeAlias = Callable[[Turn], Any]
"""A function that answers a turn: a message, its parts, a text, or nothing."""

SCOPE = "x-harness-scope"
"""The header that says whose test a request is of."""

FAULT = "x-harness-fault"
"""The header that asks for a fault, ``status=429``, or JSON as suites have it; and, of
an answer, that names the one that is in it.
"""

MOST_PLANS = 4096
"""Requests of which is kept what answers them."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and what the journal has of it."""

    response: Response
    how: str
    source: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What answers a request, each reply in its turn; ``key`` is what they count by.

    ``turn`` is what the request says, where it can be read. Without replies it is the
    function's, or the default's.
    """

    key: str
    turn: Turn | None
    replies: tuple[Reply, ...] = ()


@dataclass(slots=True)
class Mock:
    """Every provider, out of a shelf.

    Attributes:
        shelf: the recordings.
        function: what answers where none of them does.
        default: the text that answers where nothing else does.
        require_key: whether a request without an API key is refused.
        model: the model that lists name.
    """

    shelf: Shelf = field(default_factory=Shelf)
    function: Answering | None = None
    default: str | None = None
    require_key: bool = False
    model: str = "harness"
    journal: Journal = field(default_factory=Journal)
    faults: Faults = field(default_factory=Faults)
    began: float = field(default_factory=monotonic)
    beside: Beside = field(init=False)
    _plans: dict[tuple[int, str, str, bytes], Plan] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.beside = Beside(self.shelf, self.model)

    def answer(self, request: Request) -> Response:
        """The answer to a request."""
        at = _placed(target(request.url))
        scope = header(request.headers, SCOPE) or at.scope
        at, plan = self._beside(at, request, scope) or (at, self._plan(at, request))
        plan = self._continued(plan, at, request, scope)
        try:
            reply, fault = self._reply(plan, at, request, scope)
        except UsageError as error:
            assert at.provider is not None
            refused = refuse(at.provider, Error(str(error), None, 400))
            reply, fault = Reply(refused, "refused", why=str(error)), ""
        if at.provider is not None and plan.turn is not None:
            self.beside.kept.keep(at.provider, request, reply.response, scope)
        self._write(request, at, scope, plan, reply, fault)
        return reply.response

    def _write(
        self,
        request: Request,
        at: Place,
        scope: str,
        plan: Plan,
        reply: Reply,
        fault: str,
    ) -> None:
        response = reply.response
        wait = header(response.headers, "retry-after")
        same = ""
        if request.method == "POST":
            asked = request.url.encode() + request.body
            same = blake2b(asked, digest_size=12).hexdigest()
        self.journal.number += 1
        self.journal.write(
            Entry(
                number=self.journal.number,
                at=monotonic() - self.began,
                method=request.method,
                path=target(request.url),
                scope=scope,
                provider=at.provider.name if at.provider else "",
                model=plan.turn.model if plan.turn else "",
                stream=plan.turn.stream if plan.turn else False,
                status=response.status,
                how=reply.how,
                source=reply.source,
                why=reply.why,
                fault=fault,
                same=same,
                wait=float(wait) if wait and wait.isdigit() else None,
                ending=response.ending,
            )
        )

    def _reply(
        self, plan: Plan, at: Place, request: Request, scope: str
    ) -> tuple[Reply, str]:
        """The reply that is due, and the fault in it.

        Raises:
            UsageError: for a fault that cannot be.
        """
        provider = at.provider
        if provider is None:
            return plan.replies[self.shelf.turn(plan.key, scope, len(plan.replies))], ""
        if self.require_key and not _has_key(provider, request):
            said = "no API key: " + " or ".join(_keys(provider))
            return _refused(provider, said, 401, "refused"), ""
        fault = self.faults.due(header(request.headers, FAULT), scope)
        if plan.replies:
            reply = plan.replies[self.shelf.turn(plan.key, scope, len(plan.replies))]
        else:
            reply = self._made_up(provider, plan, replace(request, url=at.url))
        if fault is None:
            return reply, ""
        broken = self.faults.put(fault, reply.response, provider)
        name = str(fault["fault"])
        told = replace(broken, headers=(*broken.headers, (FAULT, name)))
        return replace(reply, response=told), name

    # ------------------------------------------------------------------ what is planned

    def _plan(self, at: Place, request: Request) -> Plan:
        """What answers a request, worked out when it is first asked."""
        wire = at.provider.name if at.provider else ""
        key = (self.shelf.changes, wire, request.url, request.body)
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= MOST_PLANS:
                self._plans.clear()
            plan = self._plans[key] = self._worked_out(at, request)
        return plan

    def _worked_out(self, at: Place, request: Request) -> Plan:
        provider = at.provider
        asked = replace(request, url=at.url)
        same = self._same(at, asked)
        turn = parsed(provider, read(request.body), at.url) if provider else None
        if same is not None:
            replies = (
                Reply(recording.exchange.response, same.how, recording.source)
                for recording in same.recordings
                if recording.exchange is not None
            )
            return Plan(same.key, turn, tuple(replies))
        if provider is not None:
            wrong = objection(provider, request)
            if wrong is not None:
                reply = Reply(refuse(provider, wrong), "refused", why=wrong.message)
                return Plan("", turn, (reply,))
        listed = listing(asked, self.model)
        if listed is not None:
            return Plan("", turn, (Reply(listed, "listing"),))
        if provider is None:
            path = at.url.partition("//")[2].partition("/")[2]
            said = f"no provider is asked at {request.method} /{path}"
            return Plan("", None, (Reply(_plain(404, said), "miss", why=said),))
        if turn is None:
            said = f"this is no request that {provider.name} takes"
            return Plan("", None, (_refused(provider, said, 400, "refused"),))
        found = self.shelf.find(provider, turn)
        if found is None:
            return Plan("", turn)
        replies = (
            _said(one, found.how, provider, turn, asked) for one in found.recordings
        )
        return Plan(found.key, turn, tuple(replies))

    def _beside(
        self, at: Place, request: Request, scope: str
    ) -> tuple[Place, Plan] | None:
        """What is answered to a request that is no part of a conversation."""
        found = self.beside.answer(at, request, scope)
        if found is None or self._same(at, replace(request, url=at.url)) is not None:
            return None
        provider, response, wrong = found
        reply = Reply(response, "refused" if wrong else "listing", why=wrong)
        return replace(at, provider=provider), Plan("", None, (reply,))

    def _continued(self, plan: Plan, at: Place, request: Request, scope: str) -> Plan:
        """The plan for a request that follows an answer it names, where none is made
        for its own words: by the whole conversation.
        """
        if plan.replies or at.provider is None or at.provider.keeping is None:
            return plan
        before = self.beside.kept.before(at.provider, read(request.body), scope)
        if before is None:
            return plan
        if isinstance(before, Error):
            reply = Reply(refuse(at.provider, before), "refused", why=before.message)
            return replace(plan, replies=(reply,))
        data = json.dumps(before).encode()
        return self._worked_out(at, replace(request, body=data))

    def _same(self, at: Place, asked: Request) -> Found | None:
        """What was recorded of this very request."""
        wire = at.provider.name if at.provider else None
        written = replace(asked, url=at.written)
        return self.shelf.same(asked, wire) or self.shelf.same(written, wire)

    # ------------------------------------------------------------------ what is made up

    def _made_up(self, provider: Provider, plan: Plan, request: Request) -> Reply:
        """What the function says, or the default; or what is missing."""
        assert plan.turn is not None
        said = self.function(plan.turn) if self.function is not None else None
        how = "default" if said is None else "function"
        said = self.default if said is None else said
        if said is None:
            return _refused(provider, self._missing(provider, plan.turn), 404, "miss")
        try:
            spoken, cut = of_message(_message(said), provider, plan.turn)
        except NotExpressible as error:
            return _unsaid(provider, error)
        told = stated(spoken, provider, request)
        return Reply(as_asked(told, request, provider), how, why=cut)

    def _missing(self, provider: Provider, turn: Turn) -> str:
        near = self.shelf.nearest(provider, turn)
        if near is None:
            return f"nothing is recorded for {provider.name}"
        recording, difference = near
        return f"nothing answers this; nearest is {recording.source}, {difference}"


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


def _said(
    recording: Recording, how: str, provider: Provider, turn: Turn, request: Request
) -> Reply:
    try:
        response = recording.on(provider, turn, request)
    except NotExpressible as error:
        return _unsaid(provider, error, recording.source)
    return Reply(response, how, recording.source)


def _unsaid(provider: Provider, error: NotExpressible, source: str = "") -> Reply:
    why = f"{provider.name} has no word for it: {error}"
    return replace(_refused(provider, why, 404, "miss"), source=source)


def _refused(provider: Provider, why: str, status: int, how: str) -> Reply:
    """An error in the provider's own form."""
    said = f"harness serve: {why}" if how == "miss" else why
    return Reply(refuse(provider, Error(said, None, status)), how, why=why)


def _message(said: Any) -> Message:
    if isinstance(said, Message):
        return said
    if isinstance(said, str):
        return Message("assistant", (TextPart(said),))
    return Message("assistant", tuple(said))


def _has_key(provider: Provider, request: Request) -> bool:
    """Whether there is a key where this provider has it."""
    return "key=" in request.url.partition("?")[2] or any(
        header(request.headers, name) for name in _keys(provider)
    )


def _keys(provider: Provider) -> Iterator[str]:
    """The headers that may hold a key: every server takes a bearer's, too."""
    yield from (n for n, value in provider.headers("KEY").items() if value == "KEY")
    yield "authorization"


def _plain(status: int, message: str) -> Response:
    body = json.dumps({"error": {"message": message}}).encode()
    return Response(status, (("content-type", "application/json"),), (body,))
