"""Caught: which lies a set of cases catches, and by which of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from harness.adapters.miniatures.liar import Lie
from harness.run.door import Adapter
from harness.run.plan import names
from harness.run.report import BAD
from harness.run.runner import Result, Trial, run
from harness.suite.case import Case


@dataclass(frozen=True, slots=True)
class Caught:
    """What came of one lie: how many cases were tried, and the ones that caught it."""

    lie: Lie
    tried: int
    by: tuple[str, ...]

    @property
    def caught(self) -> bool:
        """Whether the check meant for the lie has failed anywhere."""
        return bool(self.by)


def caught(
    lie: Lie,
    adapter: Adapter,
    cases: Iterable[Case],
    trial: Trial,
    *,
    every: bool = False,
) -> Caught:
    """Try a lie on cases until the check meant for it fails, or on ``every`` one.

    Only that check is made, so nothing is observed that no other check looks at.
    """
    watched = replace(trial, adapter=adapter, only=(lie.check,))
    by: list[str] = []
    tried = 0
    for case in cases:
        result = run(case, watched)
        tried += result.verdict not in UNTRIED
        if any(failure.check == lie.check for failure in result.failures):
            by.append(case.nodeid)
            if not every:
                break
    return Caught(lie, tried, tuple(by))


UNTRIED = frozenset({"skipped", "inapplicable"})
"""Verdicts of cases that were not tried."""


def likely_first(lie: Lie, cases: Sequence[Case], wires: Collection[str]) -> list[Case]:
    """The cases, those first in which the lie is likely to show.

    ``wires`` are the providers that have a decoder of their own: whatever shows on a
    host that shares one of theirs shows there.
    """
    return sorted(
        cases,
        key=lambda case: (
            not names(lie.shown, case),
            lie.bug not in case.about,
            case.provider not in wires,
        ),
    )


def told(
    cases: Iterable[Case], trial: Trial, wires: Collection[str], *, every: bool = False
) -> Iterator[Result]:
    """What comes of the cases on an adapter that should pass them all.

    Cuts are for framings, which hosts share with the wire they speak: unless ``every``
    one is asked for, a host is tried on the hardest alone.
    """
    of_hosts = replace(trial, cuts=("byte",))
    for case in cases:
        whole = every or case.provider in wires
        yield run(case, trial if whole else of_hosts)


def dishonest(results: Iterable[Result]) -> Iterator[Result]:
    """Results the reference must not have: what is wrong, excused or warned of."""
    for result in results:
        excused = result.case.xfail or result.case.skip
        if result.verdict in BAD or result.failures or excused:
            yield result
