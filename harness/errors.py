"""Everything that can go wrong, each with whose fault it is.

HarnessError                 anything below; catch this to catch all
├── SpecError                the spec author's: a suite file that cannot be used
├── CassetteError            the recording's: damaged, missing, or not ours to read
├── WireError                the sender's: bytes that are not what they claim to be
├── NotExpressible           nobody's: this wire has no way to say that
├── EventError               the adapter's: events that cannot stand together
├── ConnectionLost           the network's: the answer stopped before its end
│   └── TimedOut             the network's: nothing came for too long
├── ProviderError            the provider's: it answered, and not with an answer
│   ├── AuthenticationError      the caller's key: missing, wrong, not allowed
│   ├── InvalidRequestError      the caller's request: refused as it stands
│   ├── RateLimitError           nobody's: too much too fast; ``retry_after`` says when
│   ├── OverloadedError          the provider's: too busy now
│   ├── ContentRefused           the provider's: it will not say this
│   └── StreamTruncated          the provider's: the stream ended before its end
├── ResponseClosed           the caller's: it is read on after it was closed
├── ChainLimitExceeded       the model's: it calls tools without end
├── StoreError               the store's: it cannot be opened, read or written
│   ├── NotStorable              the caller's: what no store could give back as it was
│   └── StoreDamaged             the store's: what it holds is not what was put in
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


class TimedOut(ConnectionLost):
    """Nothing came for longer than the timeout allows."""


class ProviderError(HarnessError):
    """The provider's own error, or an answer that is none.

    Attributes:
        kind: the provider's code for it, such as ``overloaded_error``.
        status: the HTTP status it stands for.
        retryable: whether the same request may do better later.
        retry_after: seconds the provider asks to wait, if it says.
        request_id: the provider's own name for the request, if it says.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: str | None = None,
        status: int | None = None,
        retryable: bool = False,
        retry_after: float | None = None,
        request_id: str | None = None,
    ) -> None:
        self.kind = kind
        self.status = status
        self.retryable = retryable
        self.retry_after = retry_after
        self.request_id = request_id
        super().__init__(message)


class AuthenticationError(ProviderError):
    """The key is missing, wrong, or may not do this."""


class InvalidRequestError(ProviderError):
    """The request cannot be answered as it stands: change it, then try again."""


class RateLimitError(ProviderError):
    """Too many requests or tokens for now; see ``retry_after``."""


class OverloadedError(ProviderError):
    """The provider is too busy; the same request may do better later."""


class ContentRefused(ProviderError):
    """The provider would not take the prompt, or would not finish the answer."""


class StreamTruncated(ProviderError):
    """The stream ended before the provider said that it was done."""


class ResponseClosed(HarnessError):
    """A response was closed before its end, and is asked for the rest."""


class ChainLimitExceeded(HarnessError, ValueError):
    """The model still calls tools after as many rounds as were allowed."""


class StoreError(HarnessError):
    """A conversation store that cannot be opened, read or written as things are.

    What was being written is not in it, and all that it acknowledged before is.
    """


class NotStorable(StoreError):
    """A message, or what goes with it, that could not come back as it went in."""


class StoreDamaged(StoreError):
    """What a store holds, or what is to go into it, is not what its digests say."""


class UsageError(HarnessError):
    """Something the caller named does not exist or cannot be used this way."""
