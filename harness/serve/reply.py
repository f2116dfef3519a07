"""Reply: an answer, and what the journal has of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.errors import NotExpressible
from harness.message.events import Error
from harness.message.parts import Message, TextPart
from harness.message.turn import Turn
from harness.providers._provider import Provider
from harness.providers._square import refuse
from harness.run.asked import as_asked
from harness.serve.made import joined, of_message
from harness.serve.made.bounds import unheeded
from harness.serve.stock.recording import Recording
from harness.serve.surface import Place, digest
from harness.shell.server.protocol import Answer
from harness.wire.http import Request, Response


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and what it is.

    Attributes:
        at: where it belongs.
        request: with the URL that it would have at the vendor's.
        scope: whose test asks, or nothing.
        turn: what it says, where it can be read.
    """

    at: Place
    request: Request
    scope: str = ""
    turn: Turn | None = None

    @property
    def provider(self) -> Provider | None:
        """Whose wire it is."""
        return self.at.provider

    @property
    def digest(self) -> str:
        """The same for the same request."""
        return digest(self.at.written, self.request.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """What answers a request.

    Attributes:
        response: the answer, or one that is still being made.
        how: ``same``, ``exact``, ``conversation``, ``told``, ``function``,
            ``upstream``, ``default``, ``listing``, ``miss``, or ``refused``.
        source: where it is from.
        why: what is to say of it.
        left_out: what it could not say of an answer, as far as that has been heard.
    """

    response: Answer
    how: str
    source: str = ""
    why: str = ""
    left_out: Sequence[str] = ()


def said(recording: Recording, how: str, provider: Provider, asked: Asked) -> Reply:
    """A recording in the form that is asked for, or why it cannot be had in it."""
    assert asked.turn is not None
    try:
        response = recording.on(provider, asked.turn, asked.request)
    except NotExpressible as error:
        return unsaid(provider, error, recording.source)
    why = (
        "" if how == "exact" and recording.exchange else unheeded(asked.turn, provider)
    )
    return Reply(response, how, recording.source, why)


def several(replies: Sequence[Reply], provider: Provider, turn: Turn) -> Reply:
    """Those that answer a request for several at once, as one."""
    first = replies[0]
    heard = [one.response for one in replies if isinstance(one.response, Response)]
    if len(heard) < len(replies):
        return first
    source = ", ".join(dict.fromkeys(one.source for one in replies))
    try:
        response = joined(heard, provider, stream=turn.stream)
    except NotExpressible as error:
        return unsaid(provider, error, source)
    return replace(first, response=response, source=source)


def spoken(answer: Any, how: str, provider: Provider, asked: Asked) -> Reply:
    """What somebody made up: a message, its parts, or a text."""
    assert asked.turn is not None
    try:
        message, request = message_of(answer), asked.request
        response, cut = of_message(message, provider, asked.turn, request)
    except NotExpressible as error:
        return unsaid(provider, error)
    return Reply(as_asked(response, request, provider), how, why=cut)


def wrong(provider: Provider, error: Error) -> Reply:
    """A request that a server turns away in its own words."""
    return Reply(refuse(provider, error), "refused", why=error.message)


def unsaid(provider: Provider, error: NotExpressible, source: str = "") -> Reply:
    """That a wire has no word for an answer."""
    why = f"{provider.name} has no word for it: {error}"
    return replace(refused(provider, why, 404, "miss"), source=source)


def refused(provider: Provider, why: str, status: int, how: str = "refused") -> Reply:
    """An error in the provider's own form."""
    told = f"harness serve: {why}" if how == "miss" else why
    return Reply(refuse(provider, Error(told, None, status)), how, why=why)


def plain(why: str, status: int) -> Reply:
    """An error where there is no provider to say it."""
    body = json.dumps({"error": {"message": why}}).encode()
    headers = (("content-type", "application/json"),)
    return Reply(Response(status, headers, (body,)), "miss", why=why)


def message_of(answer: Any) -> Message:
    """A message from what a function gives: one, its parts, or a text."""
    if isinstance(answer, Message):
        return answer
    if isinstance(answer, str):
        return Message("assistant", (TextPart(answer),))
    return Message("assistant", tuple(answer))
