"""The oracle: the official SDKs, made to read the same bytes.

A server on this machine answers each SDK with the recording, so that it reads the
very bytes of the body; what it ends up with is boiled down to an
:class:`~tests.sdks.answer.Answer`.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache

from harness.providers._provider import Provider
from harness.wire.http import Response
from tests.corpus.recordings import Recording
from tests.corpus.wires import wire_of
from tests.sdks.answer import Answer
from tests.sdks.client import Client
from tests.sdks.clients import BY_PROVIDER
from tests.sdks.loopback import Loopback

OF_CONNECTION = frozenset({"connection", "content-type", "keep-alive"})
"""Headers that the server here says itself."""


@dataclass(frozen=True, slots=True)
class Raised:
    """An SDK that gave up.

    ``message`` and ``status`` are the provider's own words, where ``provider`` says
    that the SDK did no more than pass them on.
    """

    error: BaseException
    provider: bool = False
    message: str = ""
    status: int | None = None


def witness(provider: Provider) -> Client | None:
    """The SDK of the provider's wire; hosts of one wire are read by the wire's own."""
    return BY_PROVIDER.get(wire_of(provider))


def ask(client: Client, provider: Provider, recording: Recording) -> Answer | Raised:
    """What an SDK makes of a recording."""
    streamed = recording.streamed
    type_ = provider.framing.content_type if streamed else "application/json"
    headers = tuple(
        (name, value)
        for name, value in recording.headers
        if value.isascii() and name.isascii() and name.lower() not in OF_CONNECTION
    )
    server = _server()
    server.answers.clear()
    said = (*headers, ("content-type", type_))
    server.answers.append(Response(recording.status, said, (recording.body,)))
    with warnings.catch_warnings():
        # Pydantic warns of every dialect's values that the SDK's types do not name.
        warnings.simplefilter("ignore")
        try:
            return client.read(server.url, streamed)
        except Exception as error:  # whatever it is, it is compared
            return _raised(client, error)


@cache
def _server() -> Loopback:
    """One for as long as the process runs."""
    server = Loopback()
    server.start()
    return server


def _raised(client: Client, error: Exception) -> Raised:
    words = client.words(error)
    return Raised(error, True, *words) if words else Raised(error)
