"""Made: an answer that nobody recorded, as a server would give it to this request."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b
from itertools import count

from harness.errors import HarnessError, NotExpressible
from harness.message.assemble import disassemble, merge
from harness.message.events import Event, Finish
from harness.message.parts import Message, ToolCallPart
from harness.message.turn import Turn
from harness.providers._provider import Provider
from harness.providers._square import SHAPE_ERRORS, framing_in, hear, speak
from harness.run.asked import read
from harness.serve.made.bounds import spent, within
from harness.serve.surface import target
from harness.wire import jsonbody
from harness.wire.http import Request, Response


def of_message(
    message: Message, provider: Provider, turn: Turn
) -> tuple[Response, str]:
    """A message that somebody made up for a turn, on a wire, and where it was cut.

    Calls without ids are given some; it ends where the turn says that it must, and its
    tokens are estimated.

    Raises:
        NotExpressible: where the wire has no word for it.
    """
    numbers = count(1)
    parts = tuple(
        replace(part, tool_call_id=provider.call_id(next(numbers)))
        if isinstance(part, ToolCallPart) and part.tool_call_id is None
        else part
        for part in message.parts
    )
    message, reason, cut = within(replace(message, parts=parts), turn)
    reasons = provider.cannot_say(message)
    if reasons:
        raise NotExpressible("; ".join(reasons))
    events: list[Event] = [*disassemble([message])]
    usage, ended = spent(message, turn), Finish(reason)
    try:
        return speak(provider, [*events, usage, ended], stream=turn.stream), cut
    except NotExpressible:  # it has no word for what was thought
        usage = replace(usage, details={})
        return speak(provider, [*events, usage, ended], stream=turn.stream), cut


def stated(
    response: Response, provider: Provider, turn: Turn, request: Request
) -> Response:
    """An answer with what its server would say of itself to this request: the model
    that was asked for, an id, and what it repeats. One that failed says nothing more.
    """
    body = read(request.body)
    if response.status >= 400 or not isinstance(body, dict):
        return response
    facts = provider.facts_of(turn.model, name_of(request)) | provider.repeated(body)
    try:
        events = [*hear(provider, response.status, response.headers, response.chunks)]
        last = events[-1]
        if not isinstance(last, Finish):
            return response
        if facts:
            metadata = merge(last.provider_metadata or {}, {provider.namespace: facts})
            events[-1] = replace(last, provider_metadata=metadata)
        streamed = framing_in(provider, response) is not None
        return _completed(speak(provider, events, stream=streamed), provider)
    except (HarnessError, *SHAPE_ERRORS):
        return response


def name_of(request: Request) -> str:
    """What the ids of an answer are made of: the same for the same request."""
    said = target(request.url).encode() + request.body
    return blake2b(said, digest_size=12).hexdigest()


def _completed(response: Response, provider: Provider) -> Response:
    """An answer with all that its vendor says is always there."""
    if provider.completed is None:
        return response
    framing = framing_in(provider, response)
    if framing is None:
        said = provider.completed(read(b"".join(response.chunks)))
        return replace(response, chunks=tuple(jsonbody.write(said)))
    frames = []
    for frame in framing.read(response.chunks):
        said = read(frame.data.encode())
        if isinstance(said, dict):
            frame = frame._replace(data=jsonbody.text(provider.completed(said)))
        frames.append(frame)
    return replace(response, chunks=tuple(framing.write(frames)))
