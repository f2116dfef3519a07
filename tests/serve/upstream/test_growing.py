"""Growing: what is told piece by piece is what would have been told at once."""

from __future__ import annotations

from itertools import accumulate

import pytest

from harness.message.assemble import assemble
from harness.message.events import Error, Event, Finish, StreamEvent, Usage
from harness.message.parts import Message
from harness.providers import PROVIDERS
from harness.providers._provider import Provider
from harness.providers._square import hear
from harness.serve.upstream.growing import Growing
from harness.wire.frame import Frame

THINKS = [StreamEvent("reasoning", chunk, 0) for chunk in ("Let me ", "think.")]
SPEAKS = [StreamEvent("text", chunk, 1) for chunk in ("Hello", " wor", "ld 🦩.\n")]
CALLS = [
    StreamEvent("tool_call_name", "tide", 2, "call_1"),
    StreamEvent("tool_call_args", '{"at":', 2, "call_1"),
    StreamEvent("tool_call_args", ' "Dover"}', 2, "call_1"),
    StreamEvent("tool_call_name", "moon", 3, "call_2"),
    StreamEvent("tool_call_args", "{}", 3, "call_2"),
]
ANSWERS = {
    "words": SPEAKS,
    "thoughts": [*THINKS, *SPEAKS],
    "calls": CALLS,
    "all": [*THINKS, *SPEAKS, *CALLS],
}
LAST = Finish("stop")

by_provider = pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
by_answer = pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)


def grown(
    provider: Provider, answer: list[StreamEvent], last: Finish | Error = LAST
) -> list[list[Frame]]:
    """The frames that each event let go, and at last the rest."""
    facts = {provider.namespace: provider.server.facts_of("m", "0123456789ab")}
    growing = Growing(provider, facts)
    told = [growing.tell(event) for event in answer]
    return [*told, growing.end(Usage(3, 4), last)]


def heard(provider: Provider, frames: list[Frame]) -> list[Event]:
    head = (("content-type", provider.framing.content_type),)
    return [*hear(provider, 200, head, provider.framing.write(frames))]


def messages(provider: Provider, events: list[Event]) -> list[Message]:
    return [*assemble(events)]


@by_answer
@by_provider
def test_an_answer_that_grows_is_heard_as_one_that_is_told_at_once(
    provider: Provider, answer: list[StreamEvent]
) -> None:
    facts = {provider.namespace: provider.server.facts_of("m", "0123456789ab")}
    at_once: list[Event] = [*answer, Usage(3, 4), Finish("stop", None, facts)]
    wanted = heard(provider, [*provider.synthesise(at_once)])
    pieces = grown(provider, answer)
    got = heard(provider, [frame for piece in pieces for frame in piece])
    assert messages(provider, got) == messages(provider, wanted)
    assert [type(e) for e in got if not isinstance(e, StreamEvent)] == [
        type(e) for e in wanted if not isinstance(e, StreamEvent)
    ]


@by_provider
def test_words_are_let_go_as_they_come(provider: Provider) -> None:
    pieces = grown(provider, SPEAKS)
    so_far = [*accumulate(pieces)]
    said = [
        "".join(
            event.chunk
            for event in heard(provider, frames)
            if isinstance(event, StreamEvent) and event.type == "text"
        )
        for frames in so_far
    ]
    assert said == ["Hello", "Hello wor", "Hello world 🦩.\n", "Hello world 🦩.\n"]


@by_provider
def test_an_answer_that_breaks_off_ends_in_the_error(provider: Provider) -> None:
    pieces = grown(provider, SPEAKS, Error("down", "overloaded_error", 529))
    events = heard(provider, [frame for piece in pieces for frame in piece])
    assert isinstance(events[-1], Error)
    assert events[-1].kind != "truncated"


def test_frames_that_are_numbered_are_numbered_without_a_gap() -> None:
    provider = PROVIDERS["openai-responses"]
    frames = [f for piece in grown(provider, ANSWERS["all"]) for f in piece]
    numbers = [
        int(f.data.partition('"sequence_number":')[2].partition(",")[0]) for f in frames
    ]
    assert numbers == [*range(len(frames))]
