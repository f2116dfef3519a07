"""Hearing: what has been heard of one answer so far."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.errors import (
    AuthenticationError,
    ContentRefused,
    InvalidRequestError,
    OverloadedError,
    ProviderError,
    RateLimitError,
    StreamTruncated,
    UsageError,
)
from harness.message.assemble import fold, joined
from harness.message.events import Error, Event, Finish, StreamEvent, Unknown, Usage
from harness.message.parts import Message, ToolCallPart
from harness.message.place import resolver
from harness.reference.sending import retry_after

REFUSED = ("refusal", "content_filter")
"""The finish reasons of an answer that the provider would not give."""

SEALED = ("content_filter", "content_policy_violation", "refusal", "safety")
"""The kinds of error with which providers turn a prompt down."""


class Hearing:
    """Events taken one by one, and what they add up to.

    Attributes:
        events: all that were heard, in order, each with its part's index.
        added: tool calls that were reported beside the stream.
        usage: the last count of tokens.
        finish: the provider's own end, if it came.
        unknown: what nobody taught us.
        keeps: whether events are kept.
        place: gives an event the index of its part.
        keep: puts it with the others.
    """

    def __init__(self, *, keep: bool = True) -> None:
        self.keeps = keep
        self.events: list[Event] = []
        self.added: list[ToolCallPart] = []
        self.usage: Usage | None = None
        self.finish: Finish | None = None
        self.unknown: list[Unknown] = []
        steps = resolver()
        next(steps)
        self.place: Callable[[Event | str], Event] = steps.send
        self.keep: Callable[[Event], None] = self.events.append if keep else _forget
        self._messages: tuple[Message, ...] | None = None
        self._added_up = (0, 0)

    def take(self, item: Event | str) -> Event:
        """Hear one thing more: place it, keep it, note it.

        Raises:
            ProviderError: for the provider's error, once it is taken.
            TypeError: for something that is neither an event nor a string.
        """
        event = self.place(item)
        self.keep(event)
        if event.__class__ is not StreamEvent:
            self.note(event)
        return event

    def note(self, event: Event) -> None:
        """Remember an event that never becomes a part.

        Raises:
            ProviderError: for the provider's error.
        """
        match event:
            case Usage():
                self.usage = event
            case Finish():
                self.finish = event
            case Unknown():
                self.unknown.append(event)
            case Error():
                raise failure(event)

    def load(self, messages: tuple[Message, ...], events: list[Event]) -> None:
        """Stand where another process stood when it had heard these."""
        self.events = events
        self._messages = messages
        self._added_up = len(events), 0

    def messages(self) -> tuple[Message, ...]:
        """What the events so far add up to."""
        self.must_keep()
        heard = len(self.events), len(self.added)
        if self._messages is None or self._added_up != heard:
            placed = [e for e in self.events if isinstance(e, StreamEvent)]
            self._messages = tuple(fold(placed, self.added))
            self._added_up = heard
        return self._messages

    def must_keep(self) -> None:
        """Raises ``UsageError`` if the events went by without being kept."""
        if not self.keeps:
            raise UsageError(
                "its events were not kept: prompt without keep_events=False to have "
                "text(), messages() and what goes on from them"
            )

    def text(self) -> str:
        """The text of all parts, in the order in which it came."""
        self.must_keep()
        said = (e for e in self.events if isinstance(e, StreamEvent))
        return joined(event.chunk for event in said if event.type == "text")

    def refusal(self) -> ContentRefused | None:
        """The error an answer stands for that ended in a refusal."""
        if self.finish is None or self.finish.reason not in REFUSED:
            return None
        word = self.finish.provider_reason or self.finish.reason
        said = self.text().strip() if self.keeps else ""
        message = f"the provider would not answer ({word})"
        return ContentRefused(f"{message}: {said}" if said else message, kind=word)


def _forget(event: Event) -> None:
    """Keep nothing."""


def failure(error: Error) -> ProviderError:
    """The exception that a provider's error is raised as."""
    facts = facts_of(error)
    status = error.status or 0
    by_status = (cls for holds, cls in STATUSES if holds(status))
    cls = KINDS.get(error.kind) or next(by_status, ProviderError)
    headers = tuple(
        (name.replace("_", "-"), str(value))
        for name, value in facts.items()
        if name.startswith("retry_after")
    )
    request_id = facts.get("request_id")
    return cls(
        error.message,
        kind=error.kind,
        status=error.status,
        retryable=error.retryable,
        retry_after=retry_after(headers),
        request_id=str(request_id) if request_id else None,
    )


def facts_of(error: Error) -> dict[str, Any]:
    """What the wires noted beside an error, whichever wire it was."""
    found: dict[str, Any] = {}
    for facts in (error.provider_metadata or {}).values():
        if isinstance(facts, dict):
            found |= facts
    return found


KINDS: dict[str | None, type[ProviderError]] = {
    **dict.fromkeys(SEALED, ContentRefused),
    "truncated": StreamTruncated,
}
"""The codes that say more than a status does."""

STATUSES: tuple[tuple[Callable[[int], bool], type[ProviderError]], ...] = (
    (lambda status: status in (401, 403), AuthenticationError),
    (lambda status: status == 429, RateLimitError),
    (lambda status: status in (503, 529), OverloadedError),
    (lambda status: 400 <= status < 500, InvalidRequestError),
)
"""Which statuses mean what, the first that holds."""
