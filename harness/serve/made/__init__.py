"""Made: an answer that nobody recorded, as a server would give it to this request."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b
from itertools import count

from harness.errors import NotExpressible
from harness.message.assemble import disassemble
from harness.message.events import Event, Finish
from harness.message.parts import JsonObject, Message, ToolCallPart
from harness.message.turn import Turn
from harness.providers._provider import Provider
from harness.providers._square import framing_in, speak
from harness.run.asked import read
from harness.serve.made.bounds import spent, within
from harness.serve.surface import target
from harness.wire import jsonbody
from harness.wire.http import Request, Response


def of_message(
    message: Message, provider: Provider, turn: Turn, request: Request
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
    usage = spent(message, turn)
    ended = Finish(reason, provider_metadata=facts_of(provider, turn, request))
    try:
        response = speak(provider, [*events, usage, ended], stream=turn.stream)
    except NotExpressible:  # it has no word for what was thought
        usage = replace(usage, details={})
        response = speak(provider, [*events, usage, ended], stream=turn.stream)
    return completed(response, provider), cut


def facts_of(provider: Provider, turn: Turn, request: Request) -> JsonObject | None:
    """What an answer to a request says of itself: the model that was asked for, an id,
    and what it repeats.
    """
    body = read(request.body)
    again = provider.repeated(body) if isinstance(body, dict) else {}
    facts = provider.facts_of(turn.model, name_of(request)) | again
    return {provider.namespace: facts} if facts else None


def name_of(request: Request) -> str:
    """What the ids of an answer are made of: the same for the same request."""
    said = target(request.url).encode() + request.body
    return blake2b(said, digest_size=12).hexdigest()


def completed(response: Response, provider: Provider) -> Response:
    """An answer with all that its vendor says is always there."""
    if provider.completed is None or response.status >= 400:
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
