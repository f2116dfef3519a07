"""What the harness itself takes of a case on a real adapter.

The adapter's own time is what passes inside its calls, less what passes there in
answering its requests; the rest of a case is ours: rehearsing, patching clients,
answering, hearing the bytes again, checking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from harness.providers import PROVIDERS
from harness.rig.mounted import mounted
from harness.run.runner import Trial, run
from harness.shell.project import tape_of
from harness.shell.transport import replayed
from harness.suite.case import Case
from harness.wire.http import Request, Response
from tests.adapters.trying import PROJECT, cases
from tests.bench.rows import Aim, Row, compare

MEASURE = "around an adapter"
AIM = Aim(0.1, faster=False, enough=0.002)

ADAPTERS = {
    "llm:gpt-4o-mini": "openai-chat",
    "llm:gpt-5-mini": "openai-responses",
    "anthropic": "anthropic",
    "openai": "openai-chat",
}
"""Real adapters that the test environment has, and a wire of each."""

SUITES = ("text", "tools", "system")


def measure(rounds: int, most: int | None = None) -> Iterator[Row]:
    """A row for each adapter, on the cases of three suites.

    Args:
        rounds: how often.
        most: of the cases, so many.
    """
    for name, provider in ADAPTERS.items():
        clocked = Clocked(mounted(name, PROJECT))
        found = [
            case
            for suite in SUITES
            for case in cases(suite)
            if case.provider == provider and case.mode == "sync"
        ][:most]
        _try(found, clocked)  # what is imported is imported
        ours, wholes = zip(*(_try(found, clocked) for _ in range(rounds)), strict=True)
        what = f"{len(found)} cases of {', '.join(SUITES)}, each"
        note = "A case is replayed some eight times; the time is that of all of it."
        yield compare((MEASURE, what, name), ours, wholes, AIM, note=note)


def _try(found: Sequence[Case], clocked: Clocked) -> tuple[float, float]:
    """Seconds of a case: those that are ours, and all."""
    trial = Trial(
        clocked, PROVIDERS, lambda case: tape_of(PROJECT, case), watch=clocked.watched
    )
    clocked.inside = clocked.answering = 0.0
    began = perf_counter()
    for case in found:
        run(case, trial)
    whole = perf_counter() - began
    ours = whole - (clocked.inside - clocked.answering)
    return ours / len(found), whole / len(found)


@dataclass(slots=True)
class Clocked:
    """An adapter and its sessions, or one of them, with a clock.

    ``inside`` are the seconds inside its calls, ``answering`` those of them in which
    it was answered by us.
    """

    adapter: Any
    inside: float = 0.0
    answering: float = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.adapter, name)

    def open(self, *asked: Any) -> Any:
        """A session, whose calls are timed, too."""
        return _Session(self._timed(self.adapter.open)(*asked), self._timed)

    def watched(
        self, answer: Callable[[Request], Response]
    ) -> AbstractContextManager[list[str]]:
        """The seam, with a clock on what answers."""

        def answered(request: Request) -> Response:
            began = perf_counter()
            try:
                return answer(request)
            finally:
                self.answering += perf_counter() - began

        return replayed(answered)

    def _timed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            began = perf_counter()
            try:
                return call(*arguments)
            finally:
                self.inside += perf_counter() - began

        return timed


class _Session:
    def __init__(self, session: Any, timed: Callable[..., Any]) -> None:
        self.session = session
        self.timed = timed

    def __getattr__(self, name: str) -> Any:
        return self.timed(getattr(self.session, name))
