"""As asked: a recorded answer in the form that a request asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, lru_cache, partial
from typing import Any

from harness.errors import HarnessError
from harness.message.events import Error
from harness.message.turn import Turn
from harness.providers import PROVIDERS, WHERE
from harness.providers._aside import Aside, Asked, ends_in, openai
from harness.providers._paths import guessed
from harness.providers._provider import Framing, Provider
from harness.providers._square import (
    SHAPE_ERRORS,
    framing_in,
    hear,
    speak,
)
from harness.wire.frame import Frame
from harness.wire.http import Request, Response


def as_asked(
    response: Response, request: Request, provider: Provider, *, verbatim: bool = False
) -> Response:
    """The answer streamed if the request asks for a stream, and whole if it does not.

    Some adapters stream whatever they are told; a real server would answer them so.
    What cannot be said the other way is left as it is. What a stream tells unasked is
    left out, as its server would, unless it is to stand ``verbatim``.
    """
    said = _in_form(response, request, provider)
    if verbatim or provider.unasked is None or said.status >= 400:
        return said
    unasked = provider.unasked(read(request.body))
    if unasked is None:
        return said
    try:
        return _without(unasked, said, provider)
    except (HarnessError, *SHAPE_ERRORS):
        return said


def _in_form(response: Response, request: Request, provider: Provider) -> Response:
    streamed = _streamed(provider, request.body, request.url)
    if streamed is None or response.status >= 400:
        return response
    framing = framing_in(provider, response)
    wanted = _wanted(provider, request) if streamed else None
    if framing == wanted or _alike(framing, wanted):
        return response
    try:
        if framing is None or wanted is None:
            response = _said_again(response, provider, stream=streamed)
            framing = provider.framing if streamed else None
        if framing is not None and wanted is not None and not _alike(framing, wanted):
            response = _reframed(response, framing, wanted)
    except (HarnessError, *SHAPE_ERRORS):
        return response
    return response


@lru_cache(256)  # a case is replayed many times, and asks the same
def _streamed(provider: Provider, body: bytes, url: str) -> bool | None:
    """Whether a request asks for a stream; ``None`` where it cannot be read."""
    turn = parsed(provider, read(body), url)
    return None if turn is None else turn.stream


def parsed(provider: Provider, body: Any, url: str) -> Turn | None:
    """What a request says on this wire, or ``None`` where it cannot be read."""
    path = "/" + url.partition("://")[2].partition("/")[2]
    try:
        return provider.parse(body, path)
    except (HarnessError, *SHAPE_ERRORS):
        return None


@cache
def wire_of(url: str) -> str | None:
    """The provider a URL belongs to: the host's own, or else the wire's."""
    wire = guessed(url)
    for name in WHERE:
        provider = PROVIDERS[name]
        if _host(provider.base_url) == _host(url):
            path = provider.path(Turn("m", ()))
            if guessed(f"https://h{path}") == wire:
                return name
    return wire


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]


def read(body: bytes) -> Any:
    """A body as JSON, or ``None``."""
    try:
        return json.loads(body) if body else None
    except (ValueError, RecursionError):
        return None


def listing(request: Request, model: str) -> Response | None:
    """What a server says of its models; ``None`` for a request that asks another thing.

    Clients ask for it before or beside a conversation, and no recording holds it. It is
    in the form of the vendor whose host is asked; on any other it is Ollama's or that
    of all hosts of OpenAI's wires.
    """
    path = request.url.partition("?")[0].rstrip("/")
    names = tuple(_names(model))
    for aside in _asides(_host(request.url)):
        named = ends_in(aside, request.method, path)
        if named is not None:
            said = aside.said(Asked(names, named, body={"model": model}))
            return None if isinstance(said, Error) else _told(said)
    for place, told in LISTINGS:
        if request.method == "GET" and place.search(path):
            return _told(told(names))
    return None


@cache
def _asides(host: str) -> tuple[Aside, ...]:
    """What a host is asked of its models, and what an Ollama server is on any."""
    own = [PROVIDERS[name] for name in WHERE if _host(PROVIDERS[name].base_url) == host]
    asked = (aside for provider in own for aside in provider.server.asides)
    told = (aside for aside in asked if aside.method == "GET")
    return (*told, *PROVIDERS["ollama"].server.asides)


def _told(said: Any) -> Response:
    body = json.dumps(said).encode()
    return Response(200, (("content-type", "application/json"),), (body,))


def _alike(framing: Framing | None, wanted: Framing | None) -> bool:
    if framing is None or wanted is None:
        return framing is wanted
    return framing.content_type == wanted.content_type


def _wanted(provider: Provider, request: Request) -> Framing:
    asked = provider.framing_asked
    return asked(request.url) if asked is not None else provider.framing


def _said_again(response: Response, provider: Provider, *, stream: bool) -> Response:
    """The same answer the other way; one that failed stays as it is."""
    events = [*hear(provider, response.status, response.headers, response.chunks)]
    if response.ending != "eof" or any(isinstance(event, Error) for event in events):
        raise ValueError("an answer that failed cannot be said otherwise")
    return speak(provider, events, stream=stream)


def _without(
    unasked: Callable[[Frame], bool], response: Response, provider: Provider
) -> Response:
    """The answer less those frames of its stream, its other bytes cut as they were."""
    framing = framing_in(provider, response)
    frames = () if framing is None else (*framing.read(response.chunks),)
    ends = (*(frame.offset for frame in frames[1:]), sum(map(len, response.chunks)))
    out = [
        (frame.offset, end)
        for frame, end in zip(frames, ends, strict=False)
        if unasked(frame)
    ]
    if not out:
        return response
    chunks, delays, at = [], [], 0
    waits = response.delays or (0,) * len(response.chunks)
    for chunk, wait in zip(response.chunks, waits, strict=True):
        left = chunk
        for start, end in reversed(out):
            left = left[: max(start - at, 0)] + left[max(end - at, 0) :]
        at += len(chunk)
        if left:
            chunks.append(left)
            delays.append(wait)
    kept = tuple(delays) if response.delays else ()
    return replace(response, chunks=tuple(chunks), delays=kept)


def _reframed(response: Response, framing: Framing, wanted: Framing) -> Response:
    chunks = tuple(wanted.write(framing.read(response.chunks)))
    kept = [h for h in response.headers if h[0].lower() != "content-type"]
    headers = (*kept, ("content-type", wanted.content_type))
    return replace(response, headers=headers, chunks=chunks, delays=())


def _names(model: str) -> Iterator[str]:
    """Every name that a server may have for its client's ``host/maker/model``."""
    yield from (model[n:] for n in (0, *(m.end() for m in PREFIX.finditer(model))))


def _models(names: tuple[str, ...], kind: str = "base") -> Any:
    return openai.listed(names, "harness", openai.SUPERSET | {"type": kind})


def _model(names: tuple[str, ...]) -> Any:
    return _models(names, "vlm")["data"][-1]


PREFIX = re.compile(r"[/-]")
"""What stands between a host's name and the model's."""

LISTINGS: tuple[tuple[re.Pattern[str], Callable[[tuple[str, ...]], Any]], ...] = (
    (re.compile(r"/api/v0/models$"), partial(_models, kind="vlm")),
    (re.compile(r"/models$"), _models),
    (re.compile(r"/models/[^:]+$"), _model),
)
"""The end of a path, and what any host of OpenAI's wires answers there."""
