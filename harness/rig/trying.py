"""Trying: cases on an adapter, one after the other or on several cores at once."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from harness.errors import CassetteError, Problem
from harness.providers import PROVIDERS
from harness.rig.mounted import mounted
from harness.run.runner import CUTS, Result, Trial, run
from harness.shell import project as projects
from harness.shell.transport import replayed
from harness.suite.case import Case

BATCH = 4
"""Cases that a process is handed at a time."""

Tried: TypeAlias = tuple[Result, tuple[Problem, ...]]
"""What came of a case, and what is wrong with its recording."""


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that a trial is made of, as values: another process can make it, too.

    Attributes:
        adapter: its name.
        project: where it and the recordings are.
        cuts: how answers are cut again; the project's, or the usual ones, if empty.
        only: the checks that are made; all if empty.
        strict: whether warnings fail, too.
        today: a date such as ``2027-03-01``.
    """

    adapter: str
    project: projects.Project
    cuts: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    strict: bool = False
    today: str = ""


def trial_of(setup: Setup) -> Trial:
    """The trial itself.

    Raises:
        UsageError: where the adapter cannot be mounted.
    """
    return Trial(
        mounted(setup.adapter, setup.project),
        PROVIDERS,
        lambda case: projects.tape_of(setup.project, case),
        setup.cuts or setup.project.chunks or CUTS,
        setup.only,
        replayed,
        setup.strict,
        setup.today,
    )


def tried(
    cases: Sequence[Case], trial: Trial, setup: Setup, jobs: int = 1
) -> Iterator[Tried]:
    """What comes of each case, in order.

    With more than one job each has a process, and an adapter, of its own.
    """
    if jobs == 1 or len(cases) <= BATCH:
        yield from ((_tried(case, trial)) for case in cases)
        return
    import multiprocessing  # a run in one process does not wait for these
    from concurrent.futures import ProcessPoolExecutor

    # Adapters have threads and locks of their own, which no fork survives.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, spawn, _begin, (setup,)) as pool:
        try:
            yield from pool.map(_try_here, cases, chunksize=BATCH)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _tried(case: Case, trial: Trial) -> Tried:
    try:
        return run(case, trial), ()
    except CassetteError as error:
        reason = error.problems[0].message
        broken = Result(case, trial.adapter.name, "broken", reason=reason)
        return broken, error.problems


def _begin(setup: Setup) -> None:
    """What a process does first: Ctrl-C is its parent's to hear, and results its to
    print.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdout = sys.stderr
    _HERE.append(trial_of(setup))


def _try_here(case: Case) -> Tried:
    result, problems = _tried(case, _HERE[0])
    return replace(result, case=case), problems


_HERE: list[Trial] = []
"""The trial of this process, if it is one that was begun for a pool."""
