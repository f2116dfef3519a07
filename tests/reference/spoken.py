"""Spoken: what providers say on the three wires, and what they were sent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from harness.message.events import Event, Finish, StreamEvent, Usage
from harness.message.parts import JsonObject
from harness.providers import PROVIDERS
from harness.providers._square import speak
from tests.corpus.wires import ANTHROPIC, CHAT, RESPONSES
from tests.reference.scripted import JSON, KINDS, Kind, Play, Stage

WIRES = (ANTHROPIC, CHAT, RESPONSES)

kinds = pytest.mark.parametrize("kind", KINDS, ids=repr)
wires = pytest.mark.parametrize("wire", WIRES)

TEXT = StreamEvent("text", "Hello", 0)
WORDS: list[Event] = [
    TEXT,
    StreamEvent("text", " you", 0),
    Usage(3, 2),
    Finish("stop"),
]
CALLS: list[Event] = [
    StreamEvent("tool_call_name", "add", 0, "call_1"),
    StreamEvent("tool_call_args", '{"a":1,"b":2}', 0, "call_1"),
    Finish("tool_calls"),
]


def spoken(wire: str, events: Sequence[Event], *, stream: bool = True) -> Play:
    """How a provider says these events."""
    said = speak(PROVIDERS[wire], events, stream=stream)
    return Play(said.chunks, said.status, said.headers)


def failed(status: int, body: Any = None, *headers: tuple[str, str]) -> Play:
    """An HTTP error."""
    return Play([json.dumps(body or {}).encode()], status, (*JSON, *headers))


def asked(stage: Stage, number: int = 0) -> JsonObject:
    """The body of a request."""
    body: JsonObject = json.loads(stage.sent[number].body)
    return body


def heard(kind: Kind, wire: str, *plays: Play, **how: Any) -> tuple[Any, Stage]:
    """A model on that wire, and its stage."""
    stage = Stage(plays)
    return kind.wired(stage, PROVIDERS[wire], **how), stage
