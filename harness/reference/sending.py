"""Sending: one request, tried again only where the caller said so."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from harness.errors import ConnectionLost
from harness.providers._retry import worth_retrying
from harness.wire.http import (
    Answer,
    AsyncAnswer,
    AsyncTransport,
    Headers,
    Request,
    Transport,
    header,
)

MOST_DOUBLINGS = 60
"""Beyond it every wait is the longest; before it no number is too large."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How often to try again, and how long to wait before.

    Attributes:
        most: further tries after the first; none unless the caller asks for them.
        first: seconds before the second try; each further wait is twice as long.
        longest: seconds that no wait exceeds. A provider that asks for more is not
            tried again: its error says how long it wants to be left alone.
    """

    most: int = 0
    first: float = 0.5
    longest: float = 60.0


NEVER = Retries()
"""Every request is sent once."""


def send(
    transport: Transport,
    request: Request,
    retries: Retries = NEVER,
    sleep: Callable[[float], None] | None = None,
) -> Answer:
    """The first good answer, or the last of the others.

    Only what fails before its body is tried again: of an answer that has begun,
    something may have been heard.

    Raises:
        ConnectionLost: if the last try found no answer at all.
    """
    sleep = sleep or time.sleep
    attempt = 1
    while True:
        try:
            answer = transport.send(request)
        except ConnectionLost as lost:
            wait = pause(attempt, retries, lost)
            if wait is None:
                raise
        else:
            wait = pause(attempt, retries, answer)
            if wait is None:
                return answer
            answer.close()
        sleep(wait)
        attempt += 1


async def asend(
    transport: AsyncTransport,
    request: Request,
    retries: Retries = NEVER,
    sleep: Callable[[float], Awaitable[None]] | None = None,
) -> AsyncAnswer:
    """The same as :func:`send`, awaited."""
    if sleep is None:
        import asyncio  # whoever gets here has it loaded; others need not

        sleep = asyncio.sleep
    attempt = 1
    while True:
        try:
            answer = await transport.send(request)
        except ConnectionLost as lost:
            wait = pause(attempt, retries, lost)
            if wait is None:
                raise
        else:
            wait = pause(attempt, retries, answer)
            if wait is None:
                return answer
            await answer.close()
        await sleep(wait)
        attempt += 1


def pause(
    attempt: int, retries: Retries, outcome: Answer | AsyncAnswer | ConnectionLost
) -> float | None:
    """Seconds to wait before trying again; ``None`` is not to.

    ``attempt`` counts from 1 and is the one that had this outcome.
    """
    if attempt > retries.most:
        return None
    if not isinstance(outcome, ConnectionLost):
        if not worth_retrying(outcome.status):
            return None
        asked = retry_after(outcome.headers)
        if asked is not None:
            return asked if asked <= retries.longest else None
    doubled = retries.first * 2.0 ** min(attempt - 1, MOST_DOUBLINGS)
    return min(doubled, retries.longest)


def retry_after(headers: Headers) -> float | None:
    """Seconds for which the provider asks to be left alone, if it says.

    A date is measured from the answer's own: their clock need not be ours.
    """
    milliseconds = _number(header(headers, "retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    asked = header(headers, "retry-after")
    seconds = _number(asked)
    if seconds is not None:
        return seconds
    until = _date(asked)
    if until is None:
        return None
    now = _date(header(headers, "date"))
    return max(0.0, until - (time.time() if now is None else now))


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if number >= 0 and math.isfinite(number) else None


def _date(text: str | None) -> float | None:
    if text is None:
        return None
    # Loads sockets and more, and hardly anybody sends a date.
    from datetime import UTC
    from email.utils import parsedate_to_datetime

    try:
        date = parsedate_to_datetime(text)
        return date.replace(tzinfo=date.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        return None
