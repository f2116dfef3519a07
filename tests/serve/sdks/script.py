"""Script: a mock that says what a test wants said, and what is to come of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from harness.message.parts import (
    Attachment,
    AttachmentPart,
    JsonObject,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.message.turn import Turn
from harness.providers._provider import Provider
from harness.serve.journal import Entry
from harness.serve.mock import Mock
from harness.shell.server import served
from tests.sdks.answer import Call, Said
from tests.sdks.client import WEATHER
from tests.serve.sdks.talker import DESCRIBE, PNG, RESULTS

SEAL = "c2lnbmVkIPCfpqkgYnkgbm9ib2R5L3s+fQ=="
"""A signature: base64 of text that is none of the wires' own."""

MADE_UP = re.compile(r"[a-z]+_0{24}[0-9a-f]{24}").fullmatch


@dataclass
class Scripted:
    """A function that gives its answers in turn, and keeps what it was asked."""

    answers: list[Any]
    asked: list[Turn] = field(default_factory=list)

    def __call__(self, turn: Turn) -> Any:
        self.asked.append(turn)
        return self.answers[len(self.asked) - 1]


@dataclass
class Running:
    """A mock, where it listens, and its script."""

    url: str
    mock: Mock
    script: Scripted = field(default_factory=lambda: Scripted([]))

    def answers(self, *answers: Any) -> Scripted:
        """Have it say these, one after the other; what it is asked is kept."""
        self.script = self.mock.function = Scripted([*answers])
        return self.script

    def fault(self, fault: JsonObject) -> None:
        """Have the next request fail."""
        self.mock.faults.queue(fault)

    @property
    def entries(self) -> list[Entry]:
        """What the journal has."""
        return [*self.mock.journal.entries]

    def reset(self) -> None:
        """Forget what was asked."""
        self.mock.journal.reset(None)
        self.mock.faults.reset()


@contextmanager
def begun() -> Iterator[Running]:
    """A mock that runs for as long as the block does."""
    mock = Mock()
    with served(mock.answer) as url:
        yield Running(url, mock)


def answer(provider: Provider) -> tuple[Part, ...]:
    """A signed thought, words and two calls; the seal is where the wire keeps one."""
    calls: list[ToolCallPart] = [
        ToolCallPart(WEATHER.name, {"city": city}, provider.call_id(number))
        for number, city in enumerate(RESULTS, 1)
    ]
    thought = ReasoningPart("Two cities 🦩, two calls.")
    sealed = provider.opaque(thought, SEAL)
    thought = replace(thought, provider_metadata=sealed)
    if sealed is None:
        metadata = provider.opaque(calls[0], SEAL)
        calls[0] = replace(calls[0], provider_metadata=metadata)
    return (thought, TextPart("I will look."), *calls)


def said(provider: Provider) -> Said:
    """The same as a reader of it has it."""
    parts = answer(provider)
    seals = (SEAL,) if any(part.provider_metadata for part in parts) else ()
    calls = tuple(
        Call(part.tool_call_id, part.name, part.arguments)
        for part in parts
        if isinstance(part, ToolCallPart)
    )
    return Said("I will look.", "", "Two cities 🦩, two calls.", calls, seals)


def results(provider: Provider) -> tuple[Part, ...]:
    """What the tool gives back of both calls."""
    return tuple(
        ToolResultPart(WEATHER.name, result, provider.call_id(number))
        for number, result in enumerate(RESULTS.values(), 1)
    )


def spoken(turn: Turn, role: str) -> tuple[Part, ...]:
    """All that one side has said but for empty words.

    Google's chat sends back a message for every chunk of a stream, the empty last too.
    """
    parts = (part for m in turn.messages if m.role == role for part in m.parts)
    return tuple(part for part in parts if part != TextPart(""))


def check_picture(message: Message) -> None:
    """A message is the words of :data:`DESCRIBE` and all bytes of the picture."""
    text, picture = sorted(message.parts, key=lambda part: part.type, reverse=True)
    assert text == TextPart(DESCRIBE)
    assert isinstance(picture, AttachmentPart)
    assert picture.attachment == Attachment("image/png", content=PNG)


def without_made_up_id(part: Part) -> Part:
    """The part as it was said: without what its server states of every such part: an
    id, who called, that there are no citations; and so what keeps that to the letter.
    """
    kept = {
        namespace: {k: v for k, v in own.items() if not _always_there(k, v)}
        for namespace, own in (part.provider_metadata or {}).items()
    }
    return replace(part, provider_metadata={k: v for k, v in kept.items() if v} or None)


def _always_there(key: str, value: Any) -> bool:
    if key == "block":
        return bool(value.get("citations") == [])
    made_up = key == "id" and MADE_UP(value) is not None
    return made_up or (key, value) in STATED


STATED = [("caller", {"type": "direct"})]
"""What Anthropic says of each call of ours."""
