"""A suite and its cases, as values: who, what the wire said, what we do, what holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from harness.message.parts import JsonObject, Message
from harness.suite.located import Map, Mark, Source

CAPABILITIES = (
    "streaming",
    "tools",
    "parallel_tool_calls",
    "reasoning",
    "server_side_tools",
    "attachments",
    "schema",
    "async",
    "usage",
    "conversation",
    "messages",
    "retries",
)
"""What a case may require of an adapter and of a provider."""

UNNAMED = "harness-model"
"""The model of a case that names none."""

Step: TypeAlias = Literal["prompt", "reply", "execute_tool_calls"]


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool of the suite: its declaration, and what it gives when it is called.

    ``outputs`` are given one a call, the last one over again; ``raises`` is
    ``(class name, message)`` of the exception it throws instead.
    """

    name: str
    description: str | None
    input_schema: JsonObject
    outputs: tuple[str, ...] = ("",)
    raises: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer as it is on the wire: the frames of a stream, or else one body.

    A frame or a body that is text is sent as it is; anything else is JSON. Where
    ``content_type`` is ``None``, it is what the framing, or the body, would have.
    """

    frames: tuple[Any, ...] | None = None
    body: Any = None
    status: int = 200
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class Says:
    """What the provider says in one answer, before any wire has it.

    Exactly one of ``parts``, ``events`` and ``raw`` is given, or an ``error`` alone,
    which is an HTTP error; it may also end ``parts`` or ``events``.
    """

    parts: tuple[JsonObject, ...] | None = None
    events: tuple[JsonObject, ...] | None = None
    usage: JsonObject | None = None
    finish_reason: str | None = None
    error: JsonObject | None = None
    raw: Raw | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing we do in a conversation, and what must hold after it.

    ``rehydrate`` sends the conversation through JSON first. ``expect`` is as
    written, with its places.
    """

    step: Step
    prompt: str | None = None
    system: str | None = None
    messages: tuple[Message, ...] = ()
    rehydrate: bool = False
    says: Says | None = None
    expect: Map | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A failure its author knows of, or a combination not to try, and why.

    ``checks`` names what may fail; empty means any check. ``until`` is the last day
    on which it may, such as ``2027-03-01``. ``at`` is where that is written.
    """

    reason: str
    checks: tuple[str, ...] = ()
    issue: str | None = None
    until: str | None = None
    at: Mark | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One case on one provider: matrix expanded, overrides merged.

    ``label`` is what stands in brackets after the id. ``at`` is where it begins
    in its file; ``about`` says what it came from: issues, bug classes, links.
    """

    id: str
    suite: str
    source: Source
    at: Mark
    provider: str
    model: str
    turns: tuple[Turn, ...]
    label: str = ""
    description: str = ""
    about: tuple[str, ...] = ()
    level: Literal["must", "should"] = "must"
    stream: bool = True
    mode: Literal["sync", "async"] = "sync"
    requires: frozenset[str] = frozenset()
    cassette: str | None = None
    cassette_at: Mark | None = None
    tools: tuple[ToolSpec, ...] = ()
    server_side_tools: tuple[JsonObject, ...] = ()
    options: JsonObject = field(default_factory=dict)
    schema: JsonObject | None = None
    inject: JsonObject | None = None
    chunks: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    xfail: Known | None = None
    skip: Known | None = None

    @property
    def name(self) -> str:
        """``id[label]``, unique in its file."""
        return f"{self.id}[{self.label}]" if self.label else self.id

    @property
    def nodeid(self) -> str:
        """``path::id[label]``, unique in a run."""
        return f"{self.source.path}::{self.name}"


@dataclass(frozen=True, slots=True)
class Suite:
    """The cases of one file."""

    name: str
    path: str
    cases: tuple[Case, ...]
