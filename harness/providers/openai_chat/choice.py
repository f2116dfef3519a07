"""One choice of a chat answer: what it has said so far, and in whose words.

A choice becomes a message. Its deltas are read by ``message`` and the
files beside it, each of which keeps here what it must remember.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.message.parts import JsonObject
from harness.providers._own import Own


@dataclass(frozen=True, slots=True)
class Dialect(Own):
    """What one host of this wire does its own way; all of them are understood.

    Attributes:
        namespace: its key in ``provider_metadata``.
        name: what specs call the host.
        reasoning_field: the word it thinks under. Reasoning that came in another is
            marked with that other, so that it goes back where it came from.
            ``content`` means thinking chunks among the content, as Mistral has them.
        keeps_details: whether it sends opaque state in ``reasoning_details``.
        refuses: whether a refusal has a field of its own.
        tells_runs: whether it tells of the tools it ran itself.
        counts: where a stream states its tokens: in a chunk ``after`` the finish
            reason that has no choices, in the chunk ``with`` it, there under
            ``x_groq``, or in one that repeats it ``again``.
        counts_unasked: whether it does so without ``stream_options``.
        role_again: whether every delta says that the assistant speaks.
        whole_calls: whether a call comes whole, in one delta.
        finishes: whether a stream has a finish reason at all.
        opening: what a first chunk without choices says.
        keep_alive: the comment that is sent while there is nothing to say.
        states: facts that its answers always have, where nobody told of others.
        silence: what a message says of itself where it has nothing to say.
        fingerprints: whether an answer names the system that gave it.
        errors: how an error looks: an ``object`` under ``error``, that object
            ``bare``, its ``text`` alone; or in a stream the object as an ``event`` of
            that name, or in a last ``chunk`` beside choices.
        lacks: capabilities of the wire that this host has not.
        takes: kinds of attachment that its requests carry.
        names_documents: whether a document's URL and a sound's bytes stand bare under
            the name of their type, as Mistral wants them.
    """

    name: str
    reasoning_field: str = "reasoning_content"
    keeps_details: bool = False
    refuses: bool = False
    tells_runs: bool = False
    counts: Literal["after", "with", "x_groq", "again"] = "after"
    counts_unasked: bool = False
    role_again: bool = False
    whole_calls: bool = False
    finishes: bool = True
    opening: JsonObject | None = None
    keep_alive: str | None = None
    states: JsonObject = field(default_factory=dict)
    silence: JsonObject = field(default_factory=dict)
    fingerprints: bool = False
    errors: Literal["object", "bare", "text", "event", "chunk"] = "object"
    lacks: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset({"image", "sound", "file"})
    names_documents: bool = False


OPENAI = Dialect(
    "openai",
    "openai-chat",
    keeps_details=True,
    refuses=True,
    tells_runs=True,
    silence={"refusal": None, "annotations": []},
    fingerprints=True,
)
"""The wire as OpenAI speaks it, and with the state that others keep on it."""


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
