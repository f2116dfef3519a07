"""Everything that can go wrong, each with whose fault it is.

HarnessError                 anything below; catch this to catch all
├── SpecError                the spec author's: a suite file that cannot be used
├── CassetteError            the recording's: damaged, missing, or not ours to read
├── WireError                the sender's: bytes that are not what they claim to be
├── NotExpressible           nobody's: this wire has no way to say that
├── EventError               the adapter's: events that cannot stand together
├── ConnectionLost           the network's: the answer stopped before its end
└── UsageError               the caller's: a name, an option or a setting that is wrong
"""

from __future__ import annotations

from dataclasses import dataclass


class HarnessError(Exception):
    """Root of the tree."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file something stands. ``line`` and ``column`` count from 1."""

    path: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong at one place, with what to do about it.

    ``code`` is the ``H...`` number; ``message`` says what was found and wanted;
    ``hint`` is the next thing to type; ``length`` is how many columns the caret
    underlines; ``excerpt`` is the source line itself.
    """

    place: Place
    code: str
    message: str
    hint: str | None = None
    length: int = 1
    excerpt: str | None = None


class _Located(HarnessError):
    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{p.place}: {p.message}" for p in problems))


class SpecError(_Located):
    """A suite file that cannot be used; ``problems`` says where and why."""


class CassetteError(_Located):
    """A recording that cannot be used; ``problems`` says where and why."""


class WireError(HarnessError):
    """Bytes that break the rules of their own framing.

    ``offset`` counts bytes from the start of the body.
    """

    def __init__(self, message: str, offset: int) -> None:
        self.offset = offset
        super().__init__(f"{message} (at byte {offset})")


class NotExpressible(HarnessError):
    """A part that this wire has no way to say; the message names both."""


class EventError(HarnessError, ValueError):
    """Events that cannot be folded into one message."""


class ConnectionLost(HarnessError):
    """The body ended without its end: ``cut`` mid-body, or ``reset`` by the peer."""


class UsageError(HarnessError):
    """Something the caller named does not exist or cannot be used this way."""
