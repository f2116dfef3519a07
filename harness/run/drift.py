"""Drift: how what is recorded now differs from what was recorded then, and why.

It is told from three sides: what was asked then and is asked now, what came back,
and what of that an adapter needs. A model may say what it likes: other words, ids,
times and counts are no drift.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal, TypeAlias

from harness.cassette.mask import masked
from harness.cassette.match import MISSING, request_differences
from harness.cassette.tape import Exchange, Tape
from harness.providers._provider import Provider
from harness.run.outline import Outline, Shape, outline
from harness.wire.http import Response, header

Severity: TypeAlias = Literal["harmless", "suspicious", "breaking"]

SEVERITIES: tuple[Severity, ...] = ("breaking", "suspicious", "harmless")
"""The worst first."""

LONGEST = 60
"""Characters of a value that are worth showing."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is otherwise now.

    ``exchange`` counts from 1; ``what`` says it in words, ``path`` where in the JSON,
    if it is at a place.
    """

    exchange: int
    side: Literal["request", "answer"]
    path: str
    what: str
    severity: Severity


def drift(
    old: Tape, new: Tape, provider: Provider | None, ignore: tuple[str, ...] = ()
) -> list[Change]:
    """All that has changed, in the order of the exchanges, the worst first.

    Args:
        old: what was recorded then.
        new: what was recorded now.
        provider: whose wire it is, or ``None``: then only JSON can be compared.
        ignore: paths of requests that may differ.
    """
    volatile = (*provider.volatile, *ignore) if provider is not None else ignore
    found: list[Change] = []
    pairs = [*zip(old.exchanges, new.exchanges, strict=False)]
    for number, (then, now) in enumerate(pairs, 1):
        earlier = _Earlier(pairs[: number - 1], provider)
        changes = [
            *_asked(number, then, now, volatile, earlier),
            *_answered(number, then, now, provider),
        ]
        found += sorted(changes, key=lambda c: SEVERITIES.index(c.severity))
    before, after = len(old.exchanges), len(new.exchanges)
    if before != after:
        what = f"{before} requests were sent, and {after} are now"
        severity: Severity = "breaking" if after < before else "suspicious"
        found.append(Change(min(before, after) + 1, "request", "", what, severity))
    return found


def worst(changes: Iterable[Change]) -> Severity | None:
    """The worst of the severities, or ``None`` where nothing has changed."""
    found = {change.severity for change in changes}
    return next((severity for severity in SEVERITIES if severity in found), None)


def lines(changes: Iterable[Change]) -> Iterator[str]:
    """The changes for people, those of an exchange together."""
    for number, group in groupby(changes, key=lambda change: change.exchange):
        found = [*group]
        asked = any(change.side == "request" for change in found)
        answered = any(change.side == "answer" for change in found)
        said = "asked otherwise" if asked else "asked the same"
        back = "answered otherwise" if answered else "answered the same"
        yield f"exchange {number}: {said}, {back}"
        width = max(len(change.severity) for change in found)
        for change in found:
            yield f"  {change.severity:<{width}}  {change.what}"


# ------------------------------------------------------------------------ what is asked


class _Earlier:
    """What had been answered before, then and now: a request says it again."""

    def __init__(
        self, pairs: Sequence[tuple[Exchange, Exchange]], provider: Provider | None
    ) -> None:
        self._sides = tuple(
            tuple(_words(pair[side], provider) for pair in pairs) for side in (0, 1)
        )

    def have(self, before: Any, after: Any) -> bool:
        """Whether both are said again from the answers before."""
        return all(
            isinstance(value, str) and value and any(value in said for said in side)
            for value, side in zip((before, after), self._sides, strict=True)
        )


def _words(exchange: Exchange, provider: Provider | None) -> str:
    body = b"".join(exchange.response.chunks).decode(errors="replace")
    return f"{outline(exchange, provider).said}\0{body}"


def _asked(
    number: int,
    then: Exchange,
    now: Exchange,
    volatile: tuple[str, ...],
    earlier: _Earlier,
) -> Iterator[Change]:
    for one in request_differences(then.request, now.request, volatile):
        before, after = _shown(one.recorded), _shown(one.sent)
        what = f"the request's {one.path} was {before} and is {after}"
        if earlier.have(one.recorded, one.sent):
            what += ", as it was answered"
            yield Change(number, "request", one.path, what, "harmless")
        else:
            yield Change(number, "request", one.path, what, "suspicious")


def _shown(value: Any) -> str:
    if value is MISSING:
        return "not there"
    text = masked(json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


# ----------------------------------------------------------------------- what came back


def _answered(
    number: int, then: Exchange, now: Exchange, provider: Provider | None
) -> Iterator[Change]:
    before, after = outline(then, provider), outline(now, provider)
    heads = [*_heads(then.response, now.response)]
    lost = [*_lost(before, after)]
    # A field that went counts as needed where something is not heard any more.
    is_needed = before.finish != after.finish or any(
        severity == "breaking" for _, severity in (*heads, *lost)
    )
    went: Severity = "breaking" if is_needed else "suspicious"
    for what, severity in heads:
        yield Change(number, "answer", "", what, severity)
    for path, what, is_new in _reshaped(before.shape, after.shape):
        yield Change(number, "answer", path, what, "harmless" if is_new else went)
    for what, severity in (*lost, *_gained(before, after)):
        yield Change(number, "answer", "", what, severity)


def _heads(then: Response, now: Response) -> Iterator[tuple[str, Severity]]:
    if then.status != now.status:
        yield f"the status was {then.status} and is {now.status}", "breaking"
    before, after = (
        (header(r.headers, "content-type") or "none").partition(";")[0].strip()
        for r in (then, now)
    )
    if before != after:
        yield f"the content type was {before} and is {after}", "breaking"
    if then.ending != now.ending:
        worse = then.ending == "eof"
        what = f"the body ended by {then.ending} and ends by {now.ending}"
        yield what, "breaking" if worse else "suspicious"


def _reshaped(before: Shape, after: Shape) -> Iterator[tuple[str, str, bool]]:
    """Path, words, and whether it is merely new; of a subtree only its top."""
    gone = [*_tops(before, after)]
    came = [*_tops(after, before)]
    renamed: set[str] = set()
    for path in gone:
        to = next(
            (
                p
                for p in came
                if p not in renamed and _is_renamed(path, p, before, after)
            ),
            None,
        )
        if to is None:
            yield path, f"field {path} is gone", False
        else:
            renamed.add(to)
            yield path, f"field {path} is now called {_name(to)}", False
    for path in came:
        if path not in renamed:
            yield path, f"new field {path}", True
    for path in before.keys() & after.keys():
        old, new = before[path] - OPTIONAL, after[path] - OPTIONAL
        if old and not new:
            yield path, f"field {path} is only null now", False
        elif old and new and not new <= old:
            was, now = " or ".join(sorted(old)), " or ".join(sorted(new))
            yield path, f"field {path} was {was} and is {now}", False


def _tops(here: Shape, there: Shape) -> Iterator[str]:
    for path, kinds in here.items():
        # What is only ever null comes and goes.
        if path not in there and kinds - OPTIONAL and (_parent(path) in (*there, "")):
            yield path


def _is_renamed(path: str, to: str, before: Shape, after: Shape) -> bool:
    """Whether it is the same thing at the same place, but for its name."""
    same_place = _parent(path) == _parent(to)
    return same_place and _below(path, before) == _below(to, after)


def _below(path: str, shape: Shape) -> Shape:
    """What stands there and under it, by the rest of the way."""
    inner = (f"{path}.", f"{path}[")
    return {
        place.removeprefix(path): kinds
        for place, kinds in shape.items()
        if place == path or place.startswith(inner)
    }


def _parent(path: str) -> str:
    if path.endswith("[*]"):
        return path.removesuffix("[*]")
    return path.rpartition(".")[0]


def _name(path: str) -> str:
    return path.rpartition(".")[2]


OPTIONAL = frozenset({"null"})


# --------------------------------------------------------------------- what is heard


def _lost(before: Outline, after: Outline) -> Iterator[tuple[str, Severity]]:
    if before.error != after.error and after.error is not None:
        yield f"it is an error now: {after.error}", "breaking"
    for fact, count in before.facts.items():
        if fact.startswith("unknown "):
            continue
        left = after.facts[fact]
        if left == 0:
            yield _is_lost(fact), _severity_of(fact)
        elif left < count:
            what = f"{count - left} {fact} less ({count} then, {left} now)"
            # Streams say some things as often as they like.
            yield what, "harmless" if fact.startswith(OFTEN) else "suspicious"


def _is_lost(fact: str) -> str:
    if fact.startswith("usage "):
        return f"the usage's {fact.removeprefix('usage ')} is lost"
    return f"{fact} lost" if " of " in fact else f"{fact.removeprefix('the ')} lost"


def _severity_of(fact: str) -> Severity:
    """What a model may choose not to do, and what nobody reads, is only suspicious."""
    unread = _is_kept(fact) and fact.endswith(" of finish")
    return "suspicious" if unread or fact.startswith(CHOSEN) else "breaking"


def _gained(before: Outline, after: Outline) -> Iterator[tuple[str, Severity]]:
    if before.error is not None and after.error is None:
        yield "it is no error any more", "suspicious"
    for fact, count in after.facts.items():
        had = before.facts[fact]
        if fact.startswith("unknown "):
            if not had:
                yield f"an event that nobody here knows: {fact[8:]}", "suspicious"
        elif count > had and not fact.startswith(OFTEN) and not _is_kept(fact):
            fresh = f"new: {fact}"
            more = f"{count - had} {fact} more ({had} then, {count} now)"
            yield more if had else fresh, "suspicious"
    if before.finish and after.finish and before.finish != after.finish:
        yield f"it ended by {before.finish} and ends by {after.finish}", "suspicious"
    if before.said != after.said and before.said and after.said:
        yield "the text says something else", "harmless"


def _is_kept(fact: str) -> bool:
    """Whether it is a field that we pass on unread: as such it is told of already."""
    return " of " in fact and not fact.startswith((*CHOSEN, "id of "))


CHOSEN = ("argument ", "call of ")
OFTEN = ("usage ", "the finish")
