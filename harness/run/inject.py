"""Faults put into a tape: one recording, many ways for the network to fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from harness.cassette.tape import Exchange, Tape
from harness.message.events import Error
from harness.message.parts import JsonObject
from harness.providers._provider import Provider
from harness.providers._square import refuse
from harness.wire.frame import Frame
from harness.wire.http import Response

Fault: TypeAlias = Callable[[Response, JsonObject, Provider], Response]


def inject(tape: Tape, fault: JsonObject, provider: Provider) -> Tape:
    """The tape with one fault in it.

    ``request`` says in which answer, counting from 1; a ``status`` fault is one more
    answer before it, so that a retry finds the real one.
    """
    number = fault.get("request", 1) - 1
    exchanges = list(tape.exchanges)
    if fault["fault"] == "status":
        status = fault.get("status", 500)
        refused = refuse(provider, Error(f"injected {status}", None, status))
        headers = (*refused.headers, *fault.get("headers", {}).items())
        answer = Exchange(
            exchanges[number].request, replace(refused, headers=headers, status=status)
        )
        return replace(
            tape, exchanges=(*exchanges[:number], answer, *exchanges[number:])
        )
    broken = FAULTS[fault["fault"]](exchanges[number].response, fault, provider)
    exchanges[number] = replace(exchanges[number], response=broken)
    return replace(tape, exchanges=tuple(exchanges))


def truncated(tape: Tape, provider: Provider) -> Tape | None:
    """The first answer stopped halfway, or earlier if its end comes before that.

    ``None`` where it is not a stream, or so short that every piece of it has an end.
    """
    if not tape.exchanges:
        return None
    exchange = tape.exchanges[0]
    if exchange.response.status >= 400 or exchange.response.ending != "eof":
        return None
    frames = _frames(exchange.response, provider)
    for kept in range(len(frames) // 2, 0, -1):
        *_, last = provider.decode(frames[:kept])
        if isinstance(last, Error) and last.kind == "truncated":
            short = _rewritten(exchange.response, frames[:kept], provider)
            return replace(tape, exchanges=(replace(exchange, response=short),))
    return None


def _frames(response: Response, provider: Provider) -> list[Frame]:
    content_types = [v for k, v in response.headers if k.lower() == "content-type"]
    if not any(provider.framing.content_type in value for value in content_types):
        return []
    return list(provider.framing.read(response.chunks))


def _rewritten(response: Response, frames: list[Frame], provider: Provider) -> Response:
    chunks = tuple(provider.framing.write(frames))
    return replace(response, chunks=chunks, delays=())


def _disconnect(response: Response, fault: JsonObject, provider: Provider) -> Response:
    frames = _frames(response, provider)[: fault.get("after_events", 1)]
    return replace(_rewritten(response, frames, provider), ending="cut")


def _reset(response: Response, fault: JsonObject, provider: Provider) -> Response:
    frames = _frames(response, provider)[: fault.get("after_events", 1)]
    return replace(_rewritten(response, frames, provider), ending="reset")


def _eof(response: Response, fault: JsonObject, provider: Provider) -> Response:
    frames = _frames(response, provider)[: fault.get("after_events", 1)]
    return _rewritten(response, frames, provider)


def _event(response: Response, fault: JsonObject, provider: Provider) -> Response:
    after = fault.get("after_events", 1)
    data = fault.get("data", {})
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    frames = [*_frames(response, provider)[:after], Frame(text, fault.get("event"))]
    return _rewritten(response, frames, provider)


def _corrupt(response: Response, fault: JsonObject, provider: Provider) -> Response:
    frames = _frames(response, provider)
    number = min(fault.get("at_event", 1), len(frames)) - 1
    data = fault.get("data", "{not json")
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    frames[number] = frames[number]._replace(data=text)
    return _rewritten(response, frames, provider)


FAULTS: dict[str, Fault] = {
    "disconnect": _disconnect,
    "reset": _reset,
    "eof": _eof,
    "event": _event,
    "corrupt": _corrupt,
}
"""Fault name to what it does to the answer."""
