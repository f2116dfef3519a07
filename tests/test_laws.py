"""The laws: what holds for every message, every framing and every provider."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TypeAlias

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from harness.errors import WireError
from harness.message.assemble import assemble, disassemble
from harness.message.digest import digest
from harness.message.events import CONTENT_TYPES, CONTROL_TYPES, Event, Finish, Usage
from harness.message.parts import JsonObject, Message, Part
from harness.message.turn import Turn
from harness.providers import PROVIDERS, WHERE
from harness.providers._provider import Provider
from harness.providers._square import hear, speak
from harness.wire import cut, ndjson, sse
from harness.wire.frame import Frame
from harness.wire.http import Response
from tests import strategies as strategy
from tests.wires import WIRES

SSE = (("content-type", "text/event-stream"),)
Cut: TypeAlias = Callable[[Iterable[bytes]], Iterator[bytes]]

CUTS: list[Cut] = [
    cut.whole,
    cut.event,
    cut.byte,
    cut.crlf,
    cut.comment,
    *(cut.at_random(seed) for seed in range(3)),
]


def by(names: Iterable[str]) -> pytest.MarkDecorator:
    """Parametrized by these providers, told apart by their names."""
    return pytest.mark.parametrize("provider", [PROVIDERS[n] for n in names], ids=names)


by_wire = by(WIRES)
by_host = by([name for name in WHERE if name not in WIRES])
few = settings(max_examples=max(10, settings().max_examples // 4))
"""Hosts share their wire's decoder: what is told of a wire is tried less on each."""

ENDS: list[Event] = [Usage(7, 5, {"reasoning": 2}), Finish("stop")]
UNCOUNTED = frozenset({"bedrock", "cohere", "ollama"})
"""Wires that do not count the tokens of thoughts."""


def ends(provider: Provider) -> list[Event]:
    """How an answer ends, with all its tokens that the wire counts."""
    return [Usage(7, 5), ENDS[-1]] if provider.name in UNCOUNTED else ENDS


def cuts(provider: Provider) -> st.SearchStrategy[Cut]:
    """Cuts that leave a stream of this wire what it is."""
    is_sse = provider.framing.read is sse.read
    return st.sampled_from(CUTS if is_sse else CUTS[:3] + CUTS[5:])


def heard(provider: Provider, response: Response) -> list[Event]:
    return list(hear(provider, response.status, response.headers, response.chunks))


def covers(more: Message, less: Message) -> bool:
    """Whether ``more`` is ``less`` with nothing changed and only metadata added."""
    pairs = list(zip(more.parts, less.parts, strict=False))
    if len(more.parts) != len(less.parts):
        return False
    return all(_bare(a) == _bare(b) and _holds(a, b) for a, b in pairs)


def _bare(part: Part) -> JsonObject:
    data = json.loads(json.dumps(part.to_dict()))
    data.pop("provider_metadata", None)
    return dict(data)


def _holds(more: Part, less: Part) -> bool:
    return _subset(less.provider_metadata or {}, more.provider_metadata or {})


def _subset(small: object, big: object) -> bool:
    if isinstance(small, dict) and isinstance(big, dict):
        return all(k in big and _subset(v, big[k]) for k, v in small.items())
    return small == big


@given(st.lists(strategy.messages, max_size=3))
def test_fold_and_unfold(messages: list[Message]) -> None:
    assert assemble(disassemble(messages)) == messages


@given(strategy.messages)
def test_json_keeps_a_message_and_its_digest(message: Message) -> None:
    again = Message.from_dict(json.loads(json.dumps(message.to_dict())))
    assert again == message
    assert digest(again) == digest(message)


@given(strategy.frames, st.sampled_from(CUTS))
def test_sse_reads_what_it_writes_however_it_is_cut(
    frames: list[Frame], cut_: Callable[[Iterable[bytes]], Iterator[bytes]]
) -> None:
    read = sse.read(cut_(sse.write(frames)))
    assert [frame._replace(offset=0) for frame in read] == frames


@given(st.lists(strategy.json_values, max_size=5), st.sampled_from(CUTS[:3] + CUTS[5:]))
def test_ndjson_reads_what_it_writes_however_it_is_cut(
    values: list[object], cut_: Callable[[Iterable[bytes]], Iterator[bytes]]
) -> None:
    frames = [Frame(strategy.json_text(value)) for value in values]
    read = ndjson.read(cut_(ndjson.write(frames)))
    assert [frame._replace(offset=0) for frame in read] == frames


@by_wire
@given(st.data())
def test_the_whole_square(provider: Provider, data: st.DataObject) -> None:
    the_whole_square(provider, data)


@by_host
@few
@given(st.data())
def test_the_whole_square_of_a_host(provider: Provider, data: st.DataObject) -> None:
    the_whole_square(provider, data)


def the_whole_square(provider: Provider, data: st.DataObject) -> None:
    message = data.draw(strategy.answers(provider))
    assume(message.parts)
    assume(not provider.cannot_say(message))
    cut_ = data.draw(cuts(provider))
    spoken = speak(provider, [*disassemble([message]), *ends(provider)], stream=True)
    (again,) = assemble(hear(provider, 200, spoken.headers, cut_(spoken.chunks)))
    assert covers(again, message)


@by_wire
@given(st.data())
def test_the_square_is_a_fixed_point_metadata_and_all(
    provider: Provider, data: st.DataObject
) -> None:
    message = data.draw(strategy.answers(provider))
    assume(not provider.cannot_say(message))
    events = heard(
        provider,
        speak(provider, [*disassemble([message]), *ends(provider)], stream=True),
    )
    controls = [e for e in events if e.type in CONTROL_TYPES]
    again = [*disassemble(assemble(events)), *controls]
    assert assemble(heard(provider, speak(provider, again, stream=True))) == assemble(
        events
    )


@by_wire
@given(st.data())
def test_streamed_or_not_an_answer_is_the_same(
    provider: Provider, data: st.DataObject
) -> None:
    streamed_or_not_an_answer_is_the_same(provider, data)


@by_host
@few
@given(st.data())
def test_streamed_or_not_an_answer_is_the_same_of_a_host(
    provider: Provider, data: st.DataObject
) -> None:
    streamed_or_not_an_answer_is_the_same(provider, data)


def streamed_or_not_an_answer_is_the_same(
    provider: Provider, data: st.DataObject
) -> None:
    message = data.draw(strategy.answers(provider))
    assume(not provider.cannot_say(message))
    events = [*disassemble([message]), *ends(provider)]
    streamed = heard(provider, speak(provider, events, stream=True))
    whole = heard(provider, speak(provider, events, stream=False))
    assert assemble(streamed) == assemble(whole)
    controls = [
        [e for e in s if e.type in ("usage", "finish")] for s in (streamed, whole)
    ]
    assert controls[0] == controls[1]


@by_wire
@given(st.data())
def test_being_asked_is_asking_backwards(
    provider: Provider, data: st.DataObject
) -> None:
    being_asked_is_asking_backwards(provider, data)


@by_host
@few
@given(st.data())
def test_being_asked_is_asking_backwards_of_a_host(
    provider: Provider, data: st.DataObject
) -> None:
    being_asked_is_asking_backwards(provider, data)


def being_asked_is_asking_backwards(provider: Provider, data: st.DataObject) -> None:
    turn: Turn = data.draw(strategy.turns(provider))
    body = json.loads(json.dumps(provider.encode(turn)))
    assert provider.parse(body, provider.path(turn)) == turn


@by_wire
@given(st.data())
def test_damaged_bytes_give_events_or_a_wire_error(
    provider: Provider, data: st.DataObject
) -> None:
    message = data.draw(strategy.answers(provider))
    assume(not provider.cannot_say(message))
    spoken = speak(
        provider,
        [*disassemble([message]), *ends(provider)],
        stream=data.draw(st.booleans()),
    )
    body = data.draw(strategy.damaged(b"".join(spoken.chunks)))
    assert_only_events_or_wire_error(provider, spoken, [body])


@by_wire
@given(st.data())
def test_json_of_another_shape_gives_events_or_a_wire_error(
    provider: Provider, data: st.DataObject
) -> None:
    message = data.draw(strategy.answers(provider))
    assume(not provider.cannot_say(message))
    spoken = speak(provider, [*disassemble([message]), *ends(provider)], stream=True)
    frames = list(provider.framing.read(spoken.chunks))
    number = data.draw(st.integers(0, len(frames) - 1))
    assume(frames[number].data.startswith("{"))
    payload = data.draw(strategy.reshaped(json.loads(frames[number].data)))
    frames[number] = frames[number]._replace(data=strategy.json_text(payload))
    chunks = list(provider.framing.write(frames))
    assert_only_events_or_wire_error(provider, spoken, chunks)


@by_wire
@given(st.binary(max_size=200), st.sampled_from([(), SSE]))
def test_any_bytes_give_events_or_a_wire_error(
    provider: Provider, body: bytes, headers: tuple[tuple[str, str], ...]
) -> None:
    assert_only_events_or_wire_error(provider, Response(200, headers), [body])


def assert_only_events_or_wire_error(
    provider: Provider, response: Response, chunks: list[bytes]
) -> None:
    events: list[Event] = []
    with suppress(WireError):
        events += hear(provider, response.status, response.headers, chunks)
    assert all(event.type in CONTENT_TYPES + CONTROL_TYPES for event in events)
    assemble(events)


@by_wire
@given(st.data())
def test_a_stream_that_stops_early_never_finishes(
    provider: Provider, data: st.DataObject
) -> None:
    message = data.draw(strategy.answers(provider))
    assume(not provider.cannot_say(message))
    spoken = speak(provider, [*disassemble([message]), *ends(provider)], stream=True)
    frames = list(provider.framing.read(spoken.chunks))
    kept = data.draw(st.integers(0, len(frames)))
    events = list(provider.decode(frames[:kept]))
    assert events[-1].type in ("finish", "error")
    last = [event for event in events if event.type in ("finish", "error")]
    assert len(last) == 1
