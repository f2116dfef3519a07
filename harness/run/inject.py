"""Faults put into a tape: one recording, many ways for the network to fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from harness.cassette.tape import Exchange, Tape
from harness.errors import UsageError, WireError
from harness.message.events import Error
from harness.message.parts import JsonObject
from harness.providers._provider import Provider
from harness.providers._square import SHAPE_ERRORS, framing_in, refuse
from harness.wire.frame import Frame
from harness.wire.http import Response

Fault: TypeAlias = Callable[[Response, JsonObject, Provider], Response]


def inject(tape: Tape, fault: JsonObject, provider: Provider) -> Tape:
    """The tape with one fault in it.

    ``request`` says in which answer, counting from 1. A ``status`` is there at every
    try, unless ``request`` says when: then it is one more answer, before the real one,
    which whoever tries again finds.

    Raises:
        UsageError: where the tape has no such answer, or the answer no such place.
    """
    exchanges = list(tape.exchanges)
    number = fault.get("request", 1) - 1
    if number >= len(exchanges):
        message = f"there is no answer {number + 1}, only {len(exchanges)}"
        raise UsageError(f"inject: {message}")
    exchange = exchanges[number]
    if fault["fault"] == "status":
        refused = _refused(exchange, fault, provider)
        exchanges[number : number + ("request" not in fault)] = [refused]
    else:
        broken = FAULTS[fault["fault"]](exchange.response, fault, provider)
        exchanges[number] = replace(exchange, response=broken)
    return replace(tape, exchanges=tuple(exchanges))


def _refused(exchange: Exchange, fault: JsonObject, provider: Provider) -> Exchange:
    status = fault.get("status", 500)
    refused = refuse(provider, Error(f"injected {status}", None, status))
    headers = (*refused.headers, *fault.get("headers", {}).items())
    return replace(exchange, response=replace(refused, headers=headers, status=status))


def truncated(tape: Tape, provider: Provider) -> Tape | None:
    """The first answer stopped halfway, or earlier if its end comes before that.

    ``None`` where it is no stream, none that can be read, or one so short that every
    piece of it has an end.
    """
    if not tape.exchanges:
        return None
    exchange = tape.exchanges[0]
    if exchange.response.status >= 400 or exchange.response.ending != "eof":
        return None
    try:
        frames = _frames(exchange.response, provider)
    except WireError:
        return None
    for kept in range(len(frames) // 2, 0, -1):
        if _open(frames[:kept], provider):
            short = _rewritten(exchange.response, frames[:kept], provider)
            return replace(tape, exchanges=(replace(exchange, response=short),))
    return None


def _open(frames: list[Frame], provider: Provider) -> bool:
    """Whether these frames are a stream that has not come to its end."""
    try:
        *_, last = provider.decode(frames)
    except (WireError, *SHAPE_ERRORS):
        return False
    return isinstance(last, Error) and last.kind == "truncated"


def _frames(response: Response, provider: Provider) -> list[Frame]:
    framing = framing_in(provider, response)
    return list(framing.read(response.chunks)) if framing else []


def _rewritten(response: Response, frames: list[Frame], provider: Provider) -> Response:
    framing = framing_in(provider, response) or provider.framing
    chunks = tuple(framing.write(frames))
    return replace(response, chunks=chunks, delays=())


def _opening(
    response: Response, fault: JsonObject, provider: Provider, *, spare: int = 0
) -> Response:
    """The first events of a stream, or half of an answer that is none.

    At least ``spare`` events are left out.
    """
    if not framing_in(provider, response):
        body = b"".join(response.chunks)
        return replace(response, chunks=(body[: len(body) // 2],), delays=())
    frames = _frames(response, provider)
    after = fault.get("after_events", 1)
    if after > len(frames) - spare:
        raise UsageError(f"inject: after_events: {after}, of {len(frames)} events")
    return _rewritten(response, frames[:after], provider)


def _disconnect(response: Response, fault: JsonObject, provider: Provider) -> Response:
    return replace(_opening(response, fault, provider), ending="cut")


def _reset(response: Response, fault: JsonObject, provider: Provider) -> Response:
    return replace(_opening(response, fault, provider), ending="reset")


def _eof(response: Response, fault: JsonObject, provider: Provider) -> Response:
    return _opening(response, fault, provider, spare=1)


def _event(response: Response, fault: JsonObject, provider: Provider) -> Response:
    framing = framing_in(provider, response)
    if not framing:
        raise UsageError("inject: an event cannot be put into what is no stream")
    frame = Frame(_text(fault["data"]), fault.get("event"))
    opening = _opening(response, fault, provider)
    return replace(opening, chunks=(*opening.chunks, *framing.write([frame])))


def _corrupt(response: Response, fault: JsonObject, provider: Provider) -> Response:
    text = _text(fault.get("data", "{not json"))
    if not framing_in(provider, response):
        return replace(response, chunks=(text.encode(),), delays=())
    frames = _frames(response, provider)
    number = fault.get("at_event", 1)
    if number > len(frames):
        raise UsageError(f"inject: at_event: {number}, of {len(frames)} events")
    frames[number - 1] = frames[number - 1]._replace(data=text)
    return _rewritten(response, frames, provider)


def _text(data: Any) -> str:
    return data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)


FAULTS: dict[str, Fault] = {
    "disconnect": _disconnect,
    "reset": _reset,
    "eof": _eof,
    "event": _event,
    "corrupt": _corrupt,
}
"""Fault name to what it does to the answer."""
