"""Journal: what was asked, what it was answered with and why, and what that says of
the client.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

MOST = 10_000
"""Entries that are kept; of older ones no more than the counts are."""

STORM = 5
"""Tries of one request that are a storm, where none of them can succeed sooner."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One request.

    Attributes:
        number: from 1.
        at: seconds since the server began.
        how, source, why: of the reply: what answered, where that is from, and what is
            to say of it; of a miss, what is nearest and where it differs.
        same: a digest of the request; one that is sent again has the same.
        wait: seconds that the answer told the client to wait, if it did.
        ending: ``eof``, or how the connection was lost.
        trail: digests of the conversation, as it was before each answer in it, and as
            it is now.
    """

    number: int
    at: float
    method: str
    path: str
    scope: str
    provider: str
    model: str
    stream: bool
    status: int = 0
    how: str = ""
    source: str = ""
    why: str = ""
    fault: str = ""
    same: str = ""
    wait: float | None = None
    ending: str = "eof"
    trail: tuple[str, ...] = ()

    @property
    def is_short(self) -> bool:
        """Whether the answer was cut before its end."""
        return self.ending != "eof" or self.fault in SHORT

    def to_dict(self) -> dict[str, Any]:
        """As JSON-safe data."""
        told = asdict(self)
        del told["trail"]
        return {k: v for k, v in told.items() if v not in ("", None)}


@dataclass(slots=True)
class Journal:
    """The latest entries, and counts of all."""

    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=MOST))
    counts: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    number: int = 0

    def write(self, entry: Entry) -> None:
        """Add one."""
        self.entries.append(entry)
        self.counts[entry.provider, entry.how, entry.status] += 1

    def of(self, scope: str | None) -> Iterator[Entry]:
        """Those of one scope, or all."""
        return (e for e in self.entries if scope is None or e.scope == scope)

    def reset(self, scope: str | None) -> None:
        """Forget those of one scope, or all."""
        kept = [] if scope is None else [e for e in self.entries if e.scope != scope]
        self.entries.clear()
        self.entries.extend(kept)

    def metrics(self) -> Iterator[str]:
        """The counts as Prometheus reads them."""
        yield "# HELP harness_requests_total Requests that were answered."
        yield "# TYPE harness_requests_total counter"
        for (provider, how, status), number in sorted(self.counts.items()):
            labels = f'provider="{provider}",how="{how}",status="{status}"'
            yield f"harness_requests_total{{{labels}}} {number}"


def verdict(entries: Iterable[Entry]) -> Iterator[str]:
    """What a client did wrong, a line each.

    A request that is sent again is known by its bytes; that an answer was taken for
    one, by the conversation that goes on from it.
    """
    scopes: dict[str, list[Entry]] = {}
    for entry in entries:
        scopes.setdefault(entry.scope, []).append(entry)
    for asked in scopes.values():
        tries: dict[str, list[Entry]] = {}
        for entry in asked:
            if entry.same:
                tries.setdefault(entry.same, []).append(entry)
        for tried in tries.values():
            yield from _tried_again(tried)
        yield from _went_on(asked)


def _tried_again(tried: list[Entry]) -> Iterator[str]:
    """What is wrong with how one request was tried again."""
    failed = [e for e in tried if e.status >= 400 or e.ending != "eof"]
    for before, after in pairwise(tried):
        waited = after.at - before.at
        if before.wait is not None and waited < before.wait:
            yield (
                f"request {after.number} ignored retry-after: it came "
                f"{waited:.2f} s after request {before.number}, which said "
                f"{before.wait:g} s"
            )
        elif before in failed and before.status >= 400 and waited < SOON:
            yield (
                f"request {after.number} retried too soon: {waited * 1000:.0f} ms "
                f"after request {before.number} was answered {before.status}"
            )
        if before.status in FINAL:
            yield (
                f"request {after.number} retried what no retry helps: request "
                f"{before.number} was answered {before.status}"
            )
    if len(failed) >= STORM:
        yield (
            f"retry storm: request {tried[0].number} was sent {len(tried)} times, "
            f"and {len(failed)} of them failed"
        )


def _went_on(asked: list[Entry]) -> Iterator[str]:
    """Conversations that go on from an answer that never came to its end."""
    latest: dict[str, Entry] = {}
    for entry in asked:
        for before in entry.trail[:-1]:
            short = latest.get(before)
            if short is not None and short.is_short:
                yield (
                    f"request {entry.number} accepted a truncated stream: it goes on "
                    f"from request {short.number}, whose answer was cut short"
                )
        if entry.trail and entry.status < 400:
            latest[entry.trail[-1]] = entry


SHORT = ("eof", "disconnect", "reset", "stall")
"""Faults after which an answer has no end."""

SOON = 0.1
"""Seconds between a failure and a retry that no back-off has."""

FINAL = (400, 401, 403, 404, 413, 422)
"""Statuses after which the same request fails again."""
