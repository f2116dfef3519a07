"""Made: an answer that nobody recorded, as a server would give it to this request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from harness.errors import HarnessError, NotExpressible
from harness.message.assemble import disassemble
from harness.message.events import Event, Finish, StreamEvent, Usage
from harness.message.parts import JsonObject, Message, ToolCallPart
from harness.message.turn import Turn
from harness.providers._provider import Provider
from harness.providers._square import framing_in, hear, speak
from harness.run.asked import read
from harness.serve.made.bounds import spent, unheeded, wanted, within
from harness.serve.surface import digest, target
from harness.wire import jsonbody
from harness.wire.http import Request, Response


def of_message(
    message: Message, provider: Provider, turn: Turn, request: Request
) -> tuple[Response, str]:
    """A message that somebody made up for a turn, on a wire, and what is to say.

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
    several = wanted(turn, provider)
    events: list[Event] = [*disassemble([message] * several)]
    usage = spent(message, turn, several)
    ended = Finish(reason, provider_metadata=facts_of(provider, turn, request))
    try:
        response = speak(provider, [*events, usage, ended], stream=turn.stream)
    except NotExpressible:  # it has no word for what was thought
        usage = replace(usage, details={})
        response = speak(provider, [*events, usage, ended], stream=turn.stream)
    told = "; ".join(filter(None, (cut, unheeded(turn, provider))))
    return completed(response, provider), told


def facts_of(provider: Provider, turn: Turn, request: Request) -> JsonObject | None:
    """What an answer to a request says of itself: the model that was asked for, an id,
    and what it repeats.
    """
    body = read(request.body)
    again = provider.server.repeated(body) if isinstance(body, dict) else {}
    name = digest(target(request.url), request.body)
    facts = provider.server.facts_of(turn.model, name) | again
    return {provider.namespace: facts} if facts else None


def completed(response: Response, provider: Provider) -> Response:
    """An answer with all that its vendor says is always there."""
    if provider.server.completed is None or response.status >= 400:
        return response
    framing = framing_in(provider, response)
    if framing is None:
        said = provider.server.completed(read(b"".join(response.chunks)))
        return replace(response, chunks=tuple(jsonbody.write(said)))
    frames = []
    for frame in framing.read(response.chunks):
        said = read(frame.data.encode())
        if isinstance(said, dict):
            frame = frame._replace(data=jsonbody.text(provider.server.completed(said)))
        frames.append(frame)
    return replace(response, chunks=tuple(framing.write(frames)))


def joined(
    responses: Sequence[Response], provider: Provider, *, stream: bool
) -> Response:
    """Several answers as one that has them all; the tokens of each are counted.

    Where one cannot be read, failed, or has several in it, the first is given alone.
    """
    told: list[Event] = []
    usages: list[Usage] = []
    last: Finish | None = None
    part = 0
    for number, one in enumerate(responses):
        try:
            events = [*hear(provider, one.status, one.headers, one.chunks)]
        except HarnessError:
            return responses[0]
        ended, said = events[-1], [e for e in events if isinstance(e, StreamEvent)]
        if not isinstance(ended, Finish) or any(e.message_index for e in said):
            return responses[0]
        last = last or ended
        usages += [event for event in events if isinstance(event, Usage)][-1:]
        told += [
            e._replace(message_index=number, part_index=part + (e.part_index or 0))
            for e in said
        ]
        part += 1 + max((e.part_index or 0 for e in said), default=0)
    assert last is not None
    if usages:
        told.append(_summed(usages))
    return completed(speak(provider, [*told, last], stream=stream), provider)


def _summed(usages: Sequence[Usage]) -> Usage:
    """What several answers to one request took: it is asked once."""
    output = sum(usage.output or 0 for usage in usages)
    thought = sum(usage.details.get("reasoning") or 0 for usage in usages)
    # A total of one would be wrong, and is made anew where a wire has it.
    known = ("cached", "cache_write")
    details = {k: v for k, v in usages[0].details.items() if k in known}
    details |= {"reasoning": thought} if thought else {}
    return Usage(usages[0].input, output, details)
