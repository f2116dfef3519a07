"""Faults: answers that go wrong at any place, of models and on the wires."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from harness.errors import ConnectionLost, HarnessError
from harness.message.events import Error, Event, Finish, StreamEvent, Usage
from harness.providers import PROVIDERS
from harness.providers._square import hear
from harness.reference.tools.tool import PauseChain
from tests.corpus.wires import ANTHROPIC, CHAT, RESPONSES
from tests.reference.scripted import ASYNC, Kind, Play, Said, Stage, all_of, got

SOURCES = ("model", ANTHROPIC, CHAT, RESPONSES)
"""Who says the answers: a model of ours, or bytes on one of the wires."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong, and after how many steps."""

    what: str
    after: int


WORDS = ("Hi", " there", "é", "\n", "x" * 40)
some_fault = st.builds(
    Fault, st.sampled_from(("lost", "error", "broken", "ends")), st.integers(0, 8)
)
faults = st.none() | some_fault


@st.composite
def said(draw: st.DrawFn, calls: int = 0, number: int = 0) -> list[Event]:
    """An answer: some words, then that many calls."""
    words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4))
    events: list[Event] = [StreamEvent("text", word, 0) for word in words]
    for call in range(calls):
        id_, index = f"call_{number}_{call}", call + 1
        arguments = json.dumps({"n": call})
        events += [
            StreamEvent("tool_call_name", "count", index, id_),
            StreamEvent("tool_call_args", arguments, index, id_),
        ]
    return [*events, Usage(1, 2), Finish("tool_calls" if calls else "stop")]


def play(source: str, events: Sequence[Event], fault: Fault | None = None) -> Play:
    """The answer from that source, up to where it fails if it does."""
    steps: list[Said | BaseException]
    if source == "model":
        steps = [*events]
    else:
        provider = PROVIDERS[source]
        steps = [*provider.framing.write(provider.synthesise(events))]
    if fault is not None:
        del steps[fault.after :]
        steps += FAULTS[fault.what](source)
    return Play(steps)


def _error(source: str) -> list[Said | BaseException]:
    return [Error("busy", "overloaded", 529) if source == "model" else ERRORS[source]]


ERRORS = {
    ANTHROPIC: b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error",'
    b'"message":"busy"}}\n\n',
    CHAT: b'data: {"error":{"message":"busy","type":"server_error","code":503}}\n\n',
    RESPONSES: b'event: error\ndata: {"type":"error","code":"server_error",'
    b'"message":"busy","sequence_number":9}\n\n',
}
FAULTS: dict[str, Callable[[str], list[Said | BaseException]]] = {
    "lost": lambda source: [ConnectionLost("the wire was cut")],
    "error": _error,
    "broken": lambda source: (
        [RuntimeError("a bug")] if source == "model" else [b'data: {"a\n\n']
    ),
    "ends": lambda source: [],
}


def told(source: str, answer: Play) -> tuple[list[Event], bool]:
    """What is to be heard of it, and whether it fails: worked out without a model."""
    chunks = _raising(answer.steps)
    heard, error = all_of(
        chunks
        if source == "model"
        else hear(PROVIDERS[source], 200, answer.headers, chunks)
    )
    ends = next((n for n, e in enumerate(heard, 1) if isinstance(e, Error)), None)
    return heard[:ends], error is not None or ends is not None


def _raising(steps: Sequence[Any]) -> Iterator[Any]:
    for said in steps:
        if isinstance(said, BaseException):
            raise said
        yield said


def model_of(kind: Kind, source: str, stage: Stage) -> Any:
    """The model whose answers are on the stage."""
    if source == "model":
        return kind.actor(stage)
    return kind.wired(stage, PROVIDERS[source])


EXPECTED = (HarnessError, RuntimeError)
"""What faults come to."""


async def stopped(reading: Callable[[], Any]) -> BaseException | None:
    """What stopped it, if anything did."""
    try:
        await got(reading())
    except (*EXPECTED, PauseChain) as error:
        return error
    return None


async def let_others(kind: Kind, count: int) -> None:
    """Let others have their turns, if there is a loop."""
    if kind is ASYNC:
        for _ in range(count):
            await asyncio.sleep(0)
