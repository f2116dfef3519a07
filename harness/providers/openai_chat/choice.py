"""One choice of a chat answer: what it has said so far, and in whose words.

A choice becomes a message. Its deltas are read by ``message`` and the
files beside it, each of which keeps here what it must remember.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.message.parts import JsonObject


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one host of this wire does its own way; all of them are understood.

    ``namespace`` is its key in ``provider_metadata``. ``reasoning_field`` is the word
    it thinks under: reasoning that came in another is marked with that other, so
    that it goes back where it came from. ``content`` means thinking chunks among the
    content, as Mistral has them.
    """

    namespace: str = "openai"
    reasoning_field: str = "reasoning_content"

    def ours(self, facts: JsonObject) -> JsonObject | None:
        """``facts`` as ``provider_metadata``; ``None`` where there are none."""
        return {self.namespace: facts} if facts else None


OPENAI = Dialect()


@dataclass(slots=True)
class Call:
    """A tool call that has begun."""

    part: int
    kind: Literal["function", "custom", "function_call"]
    index: int | None = None
    id: str | None = None
    name: str = ""
    has_arguments: bool = False


@dataclass(slots=True)
class Run:
    """A tool the provider runs itself: called, and later answered."""

    part: int
    name: str
    id: str | None = None
    has_arguments: bool = False
    has_output: bool = False
    facts: JsonObject = field(default_factory=dict)


@dataclass(slots=True)
class Audio:
    """Sound as it comes in: its bytes, and what is said about it."""

    part: int
    data: bytes = b""
    facts: JsonObject = field(default_factory=dict)


@dataclass(slots=True)
class Choice:
    """What one choice has said so far, beside the events already given.

    ``text``, ``reasoning``, ``refusal`` and ``thinking`` are the numbers of the parts
    that are open; ``homes`` has the last part of each kind, open or not. ``notes``
    are words of the message that have no part of their own, ``facts`` words of the
    choice around it.
    """

    index: int
    numbers: Iterator[int]
    dialect: Dialect = OPENAI
    whole: bool = False
    text: int | None = None
    reasoning: int | None = None
    refusal: int | None = None
    thinking: int | None = None
    homes: dict[str, int] = field(default_factory=dict)
    reasoning_field: str | None = None
    has_thought: bool = False
    details: list[JsonObject] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    runs: dict[int, Run] = field(default_factory=dict)
    audio: Audio | None = None
    finish: str | None = None
    logprobs: dict[str, Any] = field(default_factory=dict)
    notes: JsonObject = field(default_factory=dict)
    facts: JsonObject = field(default_factory=dict)

    def open(self, kind: str) -> int:
        """The number of a new part, which is now the last of its kind."""
        self.homes[kind] = part = next(self.numbers)
        return part


@dataclass(slots=True)
class Speech:
    """What has been told of one choice: how many calls, and which tools were run."""

    dialect: Dialect = OPENAI
    calls: int = 0
    runs: list[JsonObject] = field(default_factory=list)
