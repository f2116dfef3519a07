"""Limits: so many tokens and requests a minute, as vendors have them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import ceil
from typing import TypeAlias

from harness.errors import WireError
from harness.message.events import Error, Usage
from harness.providers._provider import Provider
from harness.providers._square import hear, refuse
from harness.wire.http import Response

Spent: TypeAlias = deque[tuple[float, int]]
"""When, and how many tokens, of each request in the window."""

LETTERS = 4
"""Bytes that are taken for a token where nobody counts them."""


@dataclass(slots=True)
class Limits:
    """How much a scope may ask of a provider.

    Attributes:
        tokens: of requests and answers, in a window; ``None`` for any number.
        requests: the same, of requests.
        window: seconds.
    """

    tokens: int | None = None
    requests: int | None = None
    window: float = 60.0
    _spent: dict[tuple[str, str], Spent] = field(default_factory=dict)

    @property
    def are_set(self) -> bool:
        """Whether there are any."""
        return self.tokens is not None or self.requests is not None

    def over(self, scope: str, provider: Provider, now: float) -> Response | None:
        """The refusal of a request that is one too many, in the provider's form."""
        spent = self._recent(scope, provider, now)
        wait = 0.0
        what = ""
        if self.requests is not None and len(spent) >= self.requests:
            wait, what = spent[-self.requests][0] + self.window - now, "requests"
        if self.tokens is not None:
            left = sum(tokens for _, tokens in spent)
            for at, tokens in spent:
                if left < self.tokens:
                    break
                left -= tokens
                wait, what = max(wait, at + self.window - now), "tokens"
        if not what:
            return None
        most = self.tokens if what == "tokens" else self.requests
        seconds = max(1, ceil(wait))
        message = (
            f"rate limit reached: {most} {what} in {self.window:g} s; "
            f"try again in {seconds} s"
        )
        refused = refuse(provider, Error(message, None, 429, True))
        kept = [h for h in refused.headers if h[0].lower() != "retry-after"]
        headers = (*kept, ("retry-after", str(seconds)), *self._told(spent, now))
        return Response(429, headers, refused.chunks)

    def spend(
        self, scope: str, provider: Provider, now: float, body: bytes, answer: Response
    ) -> Response:
        """Count a request and its answer; the answer with what is left in its head."""
        spent = self._recent(scope, provider, now)
        spent.append((now, tokens_of(provider, body, answer)))
        headers = (*answer.headers, *self._told(spent, now))
        return replace(answer, headers=headers)

    def reset(self, scope: str | None = None) -> None:
        """Forget what one scope spent, or all."""
        for key in [*self._spent]:
            if scope in (None, key[0]):
                del self._spent[key]

    def _recent(self, scope: str, provider: Provider, now: float) -> Spent:
        spent = self._spent.setdefault((scope, provider.name), deque())
        while spent and spent[0][0] <= now - self.window:
            spent.popleft()
        return spent

    def _told(
        self, spent: deque[tuple[float, int]], now: float
    ) -> Iterator[tuple[str, str]]:
        """The headers that say how much there is and how much is left."""
        used = {"requests": len(spent), "tokens": sum(tokens for _, tokens in spent)}
        reset = spent[0][0] + self.window - now if spent else 0.0
        for what, most in (("requests", self.requests), ("tokens", self.tokens)):
            if most is not None:
                yield f"x-ratelimit-limit-{what}", str(most)
                yield f"x-ratelimit-remaining-{what}", str(max(0, most - used[what]))
                yield f"x-ratelimit-reset-{what}", f"{reset:.3f}s"


@lru_cache(1024)
def tokens_of(provider: Provider, body: bytes, answer: Response) -> int:
    """The tokens that an answer says it took; else what its size comes to."""
    try:
        heard = [*hear(provider, answer.status, answer.headers, answer.chunks)]
    except WireError:
        heard = []
    usages = [event for event in heard if isinstance(event, Usage)]
    if usages:
        return (usages[-1].input or 0) + (usages[-1].output or 0)
    return (len(body) + sum(map(len, answer.chunks))) // LETTERS
