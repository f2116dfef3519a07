"""Mock: answers every provider's requests, and writes down why so."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from time import monotonic
from typing import Any, TypeAlias

from harness.errors import NotExpressible, UsageError
from harness.message.events import Error
from harness.message.parts import Message, TextPart
from harness.message.turn import Turn
from harness.providers import PROVIDERS
from harness.providers._provider import Provider
from harness.providers._square import refuse
from harness.run.asked import as_asked, listing, parsed, read
from harness.serve.fault import Faults
from harness.serve.journal import Entry, Journal
from harness.serve.shelf import Found, Shelf, of_message
from harness.serve.surface import Place, place
from harness.wire.http import Request, Response, header

Answering: TypeAlias = Callable[[Turn], Any]
"""A function that answers a turn: a message, its parts, a text, or nothing."""

SCOPE = "x-harness-scope"
"""The header that says whose test a request is of."""

FAULT = "x-harness-fault"
"""The header that asks for a fault, ``status=429``, or JSON as suites have it; and, of
an answer, that names the one that is in it.
"""


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

    def answer(self, request: Request) -> Response:
        """The answer to a request whose URL is a path."""
        at = place(request.url)
        scope = header(request.headers, SCOPE) or at.scope
        asked = replace(request, url=at.url)
        same = self._same(at, asked, scope)
        if at.provider is None:
            response, known = self._nobodys(asked, same)
        else:
            response, known = self._of(at.provider, asked, scope, same)
        self.journal.number += 1
        wait = header(response.headers, "retry-after")
        digest = blake2b(request.url.encode() + request.body, digest_size=12)
        entry = Entry(
            number=self.journal.number,
            at=monotonic() - self.began,
            method=request.method,
            path=request.url,
            scope=scope,
            provider=at.provider.name if at.provider else "",
            status=response.status,
            same=digest.hexdigest() if request.method == "POST" else "",
            wait=float(wait) if wait and wait.replace(".", "", 1).isdigit() else None,
            ending=response.ending,
            **{"model": "", "stream": False, **known},
        )
        self.journal.write(entry)
        return response

    def _same(self, at: Place, request: Request, scope: str) -> Found | None:
        """What was recorded of this very request."""
        wire = at.provider.name if at.provider else None
        written = replace(request, url=at.written)
        return self.shelf.same(request, wire, scope) or self.shelf.same(
            written, wire, scope
        )

    def _nobodys(
        self, request: Request, same: Found | None
    ) -> tuple[Response, dict[str, Any]]:
        """What clients ask of any server, or of none."""
        if same is not None:
            return _as_recorded(same)
        listed = listing(request, self.model)
        if listed is not None:
            return listed, {"how": "listing"}
        path = request.url.partition("//")[2].partition("/")[2]
        said = f"no provider is asked at {request.method} /{path}"
        return _plain(404, said), {"how": "miss", "why": said}

    def _of(
        self, provider: Provider, request: Request, scope: str, same: Found | None
    ) -> tuple[Response, dict[str, Any]]:
        if self.require_key and not _has_key(provider, request):
            said = "no API key: " + " or ".join(provider.headers("KEY"))
            refused = refuse(provider, Error(said, None, 401))
            return refused, {"how": "refused", "why": said}
        listed = listing(request, self.model)
        turn = parsed(provider, read(request.body), request.url)
        if same is None and listed is not None:
            return listed, {"how": "listing"}
        if same is None and turn is None:
            said = f"this is no request that {provider.name} takes"
            return refuse(provider, Error(said, None, 400)), {
                "how": "refused",
                "why": said,
            }
        known: dict[str, Any] = {}
        if turn is not None:
            known = {"model": turn.model, "stream": turn.stream}
        try:
            fault = self.faults.due(header(request.headers, FAULT), scope)
            if same is not None:
                response, found = _as_recorded(same)
            else:
                assert turn is not None
                response, found = self._found(provider, turn, request, scope)
            if fault is not None:
                found["fault"] = fault["fault"]
                broken = self.faults.put(fault, response, provider)
                told = (*broken.headers, (FAULT, str(fault["fault"])))
                response = replace(broken, headers=told)
        except UsageError as error:
            response = refuse(provider, Error(str(error), None, 400))
            found = {"how": "refused", "why": str(error)}
        return response, known | found

    def _found(
        self, provider: Provider, turn: Turn, request: Request, scope: str
    ) -> tuple[Response, dict[str, Any]]:
        found = self.shelf.find(provider, turn, scope)
        try:
            if found is not None:
                said = _said(found, provider, turn, request)
                return said, {"how": found.how, "source": found.recording.source}
            message, how = self._made_up(turn)
            if message is not None:
                spoken = of_message(message, provider, stream=turn.stream)
                return as_asked(spoken, request, provider), {"how": how}
        except NotExpressible as error:
            why = f"{provider.name} has no word for it: {error}"
        else:
            why = self._missing(provider, turn)
        refused = refuse(provider, Error(f"harness serve: {why}", None, 404))
        return refused, {"how": "miss", "why": why}

    def _made_up(self, turn: Turn) -> tuple[Message | None, str]:
        said = self.function(turn) if self.function is not None else None
        if said is not None:
            return _message(said), "function"
        if self.default is not None:
            return _message(self.default), "default"
        return None, ""

    def _missing(self, provider: Provider, turn: Turn) -> str:
        near = self.shelf.nearest(provider, turn)
        if near is None:
            return f"nothing is recorded for {provider.name}"
        recording, difference = near
        return f"nothing answers this; nearest is {recording.source}, {difference}"


def paced(
    recorded: Callable[[int], float],
) -> Callable[[Response, int], float]:
    """Seconds to wait for a chunk: as a fault has it, or as recordings are played."""

    def wait(response: Response, milliseconds: int) -> float:
        if header(response.headers, FAULT):
            return milliseconds / 1000
        return recorded(milliseconds)

    return wait


def _as_recorded(found: Found) -> tuple[Response, dict[str, Any]]:
    """The recorded answer to the recorded request: not a byte of it is ours."""
    recording = found.recording
    response = recording.say(PROVIDERS["openai-chat"], False)
    return response, {"how": found.how, "source": recording.source}


def _said(found: Found, provider: Provider, turn: Turn, request: Request) -> Response:
    recording = found.recording
    response = recording.say(provider, turn.stream)
    return as_asked(response, request, provider, verbatim=recording.verbatim)


def _message(said: Any) -> Message:
    if isinstance(said, Message):
        return said
    if isinstance(said, str):
        return Message("assistant", (TextPart(said),))
    return Message("assistant", tuple(said))


def _has_key(provider: Provider, request: Request) -> bool:
    """Whether there is a key where this provider has it."""
    names = [n for n, value in provider.headers("KEY").items() if "KEY" in value]
    return "key=" in request.url.partition("?")[2] or any(
        header(request.headers, name) for name in names
    )


def _plain(status: int, message: str) -> Response:
    body = json.dumps({"error": {"message": message}}).encode()
    return Response(status, (("content-type", "application/json"),), (body,))
