"""Liar: the reference adapter with one fault, and what it takes to put one in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from harness import __version__
from harness.adapters.reference import Reference, Replies
from harness.message.events import Event, StreamEvent
from harness.message.parts import Message, Part
from harness.message.turn import Turn
from harness.providers import PROVIDERS
from harness.providers._provider import Provider
from harness.reference.prompt import Prompt
from harness.reference.response import Response
from harness.reference.wired import WiredModel
from harness.run.door import Reply, Session, Who
from harness.wire.http import Request, Transport

RunTool = Callable[[str, object], str]


class Liar(Replies):
    """A session that is honest until a subclass says otherwise.

    The docstring of a subclass says the lie in one sentence, which ends with the
    class of bugs that it stands for, such as (A4).
    """

    def __init__(
        self, provider: Provider, who: Who, door: Transport, run_tool: RunTool
    ) -> None:
        super().__init__(provider, who, door, run_tool)
        self.model = Lying(
            provider,
            who.model,
            base_url=who.base_url,
            key=who.key,
            transport=self.through(door),
        )
        self.model.liar = self

    def through(self, door: Transport) -> Transport:
        """The door as this adapter would use it."""
        return door

    def turn(self, turn: Turn) -> Turn:
        """What is asked, as this adapter would ask it."""
        return turn

    def request(self, request: Request) -> Request:
        """The request as this adapter would send it."""
        return request

    def changed(self, events: list[Event]) -> list[Event]:
        """The events as this adapter would give them."""
        return events

    def told(self, events: Iterator[Event]) -> Iterator[Event]:
        """An answer, with what it fails with at its end."""
        heard: list[Event] = []
        try:
            heard += events
        finally:
            yield from self.changed(heard)

    def given(self, reply: Reply) -> Reply:
        """What was made of an answer, as this adapter would give it."""
        return reply

    def _heard(self, response: Response) -> Reply:
        return self.given(super()._heard(response))


class Lying(WiredModel):
    """The model through which a liar speaks."""

    liar: Liar

    def turn(self, prompt: Prompt, stream: bool) -> Turn:
        """As the liar would ask."""
        return self.liar.turn(super().turn(prompt, stream))

    def request(self, prompt: Prompt, stream: bool, key: str | None = None) -> Request:
        """As the liar would send it."""
        return self.liar.request(super().request(prompt, stream, key))

    def execute(
        self, prompt: Prompt, stream: bool, response: Response, conversation: Any
    ) -> Iterator[Event]:
        """As the liar would tell it."""
        return self.liar.told(super().execute(prompt, stream, response, conversation))


@dataclass(frozen=True, slots=True)
class Lie:
    """A liar and the check that is meant to catch it.

    ``shown`` names cases where the lie is likely to show. They are tried first, with
    those that are about its class of bugs; a wrong guess costs time and nothing else.
    """

    liar: type[Liar]
    check: str
    shown: str

    @property
    def name(self) -> str:
        """``SwapsToolIds``."""
        return self.liar.__name__

    @property
    def says(self) -> str:
        """The lie in a sentence."""
        return " ".join((self.liar.__doc__ or "").split())

    @property
    def bug(self) -> str:
        """``A6``, the class of bugs that the sentence ends with; empty without one."""
        return self.says.partition(" (")[2].partition(")")[0]


class Miniature(Reference):
    """An adapter that tells one lie; for the rest it is the reference.

    It goes by the reference's name, so that what that one recorded is held against it.
    """

    def __init__(self, lie: Lie) -> None:
        super().__init__(PROVIDERS, __version__)
        self.liar = lie.liar

    def open(self, who: Who, door: Transport, run_tool: RunTool) -> Session:
        """A conversation that lies."""
        return self.liar(PROVIDERS[who.provider], who, door, run_tool)


def is_call(event: Event) -> bool:
    """Whether this is a piece of a tool call."""
    return isinstance(event, StreamEvent) and event.type.startswith("tool_call")


def pieces(events: list[Event], kind: str) -> list[StreamEvent]:
    """The pieces of this type, in order."""
    return [e for e in events if isinstance(e, StreamEvent) and e.type == kind]


def reworked(
    messages: tuple[Message, ...], change: Callable[[Part], Part | None]
) -> tuple[Message, ...]:
    """The messages with every part changed, or dropped where it becomes ``None``."""
    return tuple(
        replace(m, parts=tuple(p for p in map(change, m.parts) if p is not None))
        for m in messages
    )
