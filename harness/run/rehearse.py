"""No cassette: a tape synthesised from what the case says the provider says.

Beside the tape comes what must then hold, since it is known: exactly these parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.cassette.tape import Exchange, Tape
from harness.errors import NotExpressible
from harness.message.assemble import assemble, disassemble, merge
from harness.message.events import Error, Event, Finish, StreamEvent, Usage
from harness.message.parts import (
    JsonObject,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    load_part,
)
from harness.message.turn import Turn as Question
from harness.providers._provider import Provider
from harness.providers._square import hear, refuse, speak
from harness.suite.case import Case, Raw, Says, Turn
from harness.suite.located import List, Map, Mark
from harness.wire import jsonbody
from harness.wire.http import Request, Response

PIECE = re.compile(r"\s*\S{1,12}", re.DOTALL)
"""How text is cut into the chunks of a rehearsed stream: about a token each."""

A_FEW: JsonObject = {"input": 5, "output": 7}
"""What an answer has cost where the case does not say: every server counts."""

LONGEST_ARGUMENTS = 7
"""How many characters of a call's arguments come at a time."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A tape made up, what each turn must bring, or why this wire cannot say it."""

    tape: Tape
    expected: tuple[JsonObject, ...] = ()
    inapplicable: str | None = None


def rehearse(
    case: Case, provider: Provider, *, stream: bool, facts: JsonObject | None = None
) -> Rehearsal:
    """The tape on which ``provider`` says what the case says it says.

    ``facts`` are what each answer says of itself, as metadata of its ending.
    """
    try:
        _ask(case, provider)
        return _rehearse(case, provider, stream, facts)
    except NotExpressible as error:
        return Rehearsal(Tape(()), inapplicable=str(error))


def _ask(case: Case, provider: Provider) -> None:
    """Ask what is given in messages; raises ``NotExpressible`` where it cannot be."""
    messages = tuple(message for turn in case.turns for message in turn.messages)
    if messages:
        provider.encode(Question(case.model, messages))


def _rehearse(
    case: Case, provider: Provider, stream: bool, facts: JsonObject | None
) -> Rehearsal:
    exchanges: list[Exchange] = []
    expected: list[JsonObject] = []
    calls = _counted(provider)
    for turn in case.turns:
        raw = turn.says.raw if turn.says is not None else None
        if raw is not None:
            exchanges.append(_as_it_is(raw, provider))
        if turn.says is None or raw is not None:
            expected.append({})
            continue
        parts = [placed(part, provider, calls) for part in turn.says.parts or ()]
        parts = _refused(parts, turn.says, provider)
        message = Message("assistant", tuple(parts))
        reasons = [*_homeless(turn.says, parts, provider)]
        reasons += provider.cannot_say(message)
        if turn.says.error and parts and not stream:
            reasons = ["an answer that is not streamed fails as a whole"]
        if reasons:
            return Rehearsal(Tape(()), inapplicable="; ".join(dict.fromkeys(reasons)))
        events = _events(message, turn.says, facts)
        exchanges.append(_exchange(case, turn, provider, events, stream))
        expected.append(_expected(events, turn.says))
    return Rehearsal(Tape(tuple(exchanges)), tuple(expected))


def _as_it_is(raw: Raw, provider: Provider) -> Exchange:
    """An answer that is written as the wire has it, whatever we think of it."""
    if raw.frames is not None:
        type_ = provider.framing.content_type
        chunks = tuple(provider.framing.write(map(provider.frame, raw.frames)))
    elif isinstance(raw.body, str):
        type_ = "text/html"
        chunks = (raw.body.encode(),)
    else:
        type_ = "application/json"
        chunks = tuple(jsonbody.write(raw.body))
    head = (("content-type", raw.content_type or type_),)
    response = Response(raw.status, head, chunks)
    return Exchange(Request("POST", provider.base_url), response)


def other_mode(tape: Tape, provider: Provider, *, stream: bool) -> Tape | None:
    """The same answers streamed, or not streamed; ``None`` where that cannot be.

    An answer is read by the provider's own decoder and said again in the other way.
    """
    exchanges = []
    for exchange in tape.exchanges:
        response = exchange.response
        events = list(
            hear(provider, response.status, response.headers, response.chunks)
        )
        if response.ending != "eof" or any(isinstance(e, Error) for e in events):
            return None
        other = speak(provider, events, stream=stream)
        exchanges.append(Exchange(exchange.request, other))
    return Tape(tuple(exchanges))


def _homeless(says: Says, parts: Iterable[Part], provider: Provider) -> Iterator[str]:
    """Why opaque state that was written cannot be said on this wire."""
    for written, part in zip(says.parts or (), parts, strict=True):
        opaque = written.get("opaque")
        if opaque is not None and provider.opaque(part, opaque) is None:
            yield f"{provider.name} keeps no opaque state with a part of {part.type}"


def _counted(provider: Provider) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield provider.call_id(number)


def placed(written: Mapping[str, Any], provider: Provider, ids: Iterator[str]) -> Part:
    """A part as written, with an id if it is a call and its opaque state in place."""
    data = dict(written)
    opaque = data.pop("opaque", None)
    kind = data["type"]
    if kind == "tool_call":
        data = {"name": "", "arguments": {}} | data
        data.setdefault("tool_call_id", next(ids))
    elif kind == "tool_result":
        data = {"name": "", "output": ""} | data
    elif kind in ("text", "reasoning"):
        data.setdefault("text", "")
    if opaque is not None:
        place = provider.opaque(load_part(data), opaque) or {}
        data["provider_metadata"] = merge(data.get("provider_metadata") or {}, place)
    return load_part(data)


def _refused(parts: list[Part], says: Says, provider: Provider) -> list[Part]:
    """Server results paired with their calls; text marked where it is a refusal."""
    settled: list[Part] = []
    last_call: ToolCallPart | None = None
    for part in parts:
        if isinstance(part, ToolCallPart):
            last_call = part
        elif isinstance(part, ToolResultPart) and last_call and not part.tool_call_id:
            data = {**part.to_dict(), "tool_call_id": last_call.tool_call_id}
            data["name"] = part.name or last_call.name
            part = load_part(data)
        elif isinstance(part, TextPart) and says.finish_reason == "refusal":
            metadata = merge(part.provider_metadata or {}, provider.refusal or {})
            part = TextPart(part.text, metadata or None)
        settled.append(part)
    return settled


def _events(message: Message, says: Says, facts: JsonObject | None) -> list[Event]:
    events: list[Event] = []
    if says.events is not None:
        events += [StreamEvent(**event) for event in says.events]
    else:
        events += _cut(disassemble([message]))
    if says.error is None or says.usage is not None:
        usage = A_FEW if says.usage is None else says.usage
        details = dict(usage.get("details", {}))
        events.append(Usage(usage.get("input"), usage.get("output"), details))
    if says.error is not None:
        error = says.error
        events.append(
            Error(
                error.get("message", "error"),
                error.get("kind"),
                error.get("status"),
                error.get("retryable", False),
            )
        )
    else:
        reason = says.finish_reason or _reason(message)
        events.append(Finish(reason, provider_metadata=facts))
    return events


def _reason(message: Message) -> str:
    ours = [
        part
        for part in message.parts
        if isinstance(part, ToolCallPart) and not part.server_executed
    ]
    return "tool_calls" if ours else "stop"


def _cut(events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
    """Text and arguments in pieces, as a model streams them."""
    for event in events:
        if event.type in ("text", "reasoning"):
            pieces = _pieces(event.chunk)
        elif event.type == "tool_call_args":
            size = LONGEST_ARGUMENTS
            text = event.chunk
            pieces = [text[i : i + size] for i in range(0, len(text), size)]
        else:
            pieces = [event.chunk]
        for number, piece in enumerate(pieces or [""]):
            # Metadata of a part is said once, with its first piece.
            metadata = None if number else event.provider_metadata
            yield event._replace(chunk=piece, provider_metadata=metadata)


def _pieces(text: str) -> list[str]:
    pieces = PIECE.findall(text)
    rest = text[sum(map(len, pieces)) :]
    return [*pieces, rest] if rest else pieces


def _exchange(
    case: Case, turn: Turn, provider: Provider, events: list[Event], stream: bool
) -> Exchange:
    says = turn.says
    assert says is not None
    alone = says.error is not None and not says.parts and not says.events
    response: Response
    if alone and says.error and "status" in says.error:
        error = next(e for e in events if isinstance(e, Error))
        response = refuse(provider, error)
    else:
        response = speak(provider, events, stream=stream)
    return Exchange(Request("POST", provider.base_url), response)


def _bare(part: Part) -> JsonObject:
    """A part without what is each adapter's own: where it keeps metadata, and ids.

    That both go back to the provider as they came is for checks of the next request.
    """
    own = ("provider_metadata", "tool_call_id")
    bare = {k: v for k, v in part.to_dict().items() if k not in own}
    if isinstance(part, ReasoningPart) and not part.text:  # a flag or metadata says it
        bare["redacted"] = {"$oneof": [True, {"$absent": True}]}
    return bare


def _expected(events: list[Event], says: Says) -> JsonObject:
    """What the adapter must bring back, unless the spec says otherwise."""
    parts = List(Mark(0, 0))
    parts.extend(_bare(p) for m in assemble(events) for p in m.parts)
    # Where all that is said becomes a part, each is wanted where it is written.
    marks = [part.at for part in says.parts or () if isinstance(part, Map)]
    parts.items_at = marks if len(marks) == len(parts) else []
    expected: JsonObject = {"parts": parts}
    if says.error is not None:
        message = says.error.get("message")
        wanted = {"message": {"$contains": message}} if message else {"$any": True}
        return expected | {"error": wanted, "done": False}
    if says.usage is not None:
        expected["usage"] = says.usage
    finish = next((e for e in events if isinstance(e, Finish)), None)
    if finish is not None:
        expected["finish_reason"] = finish.reason
    return expected | {"done": True}
