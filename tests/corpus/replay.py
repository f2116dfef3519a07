"""A replay: every exchange of a folder, tried one after the other."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.corpus.recordings import Flaw, Recording, read
from tests.corpus.trials import CRASHES, Trial, attempt, in_two
from tests.corpus.wires import provider_of, unspoken


@dataclass(slots=True)
class Replay:
    """What came of a folder.

    Attributes:
        trials: the exchanges of our wires, tried or not.
        others: how many exchanges of each surface are of other wires or endpoints.
        unspoken: why each of those is none of ours, and its path.
        flaws: files that hold no exchange.
        places: places that bodies were cut in two at, and how many there are.
        bodies: bodies that were cut in two at every place, and how many there are.
        seconds: how long it took.
    """

    folder: Path
    trials: list[Trial] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    unspoken: list[tuple[str, str]] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)
    places: tuple[int, int] = (0, 0)
    bodies: tuple[int, int] = (0, 0)
    seconds: float = 0.0

    @property
    def tried(self) -> int:
        """How many exchanges had something to try."""
        return sum(bool(trial.recording.body.strip()) for trial in self.trials)

    @property
    def problems(self) -> list[str]:
        """Everything that nobody can explain, as ``path: what``."""
        found = [f"{flaw.path}: {flaw.what}" for flaw in self.flaws if not flaw.excused]
        for trial in self.trials:
            found += [f"{trial.recording.path}: {what}" for what in trial.problems]
        return found

    @property
    def holds(self) -> bool:
        """Whether something was tried and all of it held."""
        return self.tried > 0 and not self.problems


def replay(folder: Path, seconds: float) -> Replay:
    """Try every exchange below a folder.

    Args:
        folder: surfaces as folders, exchanges as files.
        seconds: for all of it; what the trials leave goes into cuts in two.
    """
    start = time.monotonic()
    done = Replay(folder)
    for found in read(folder):
        if isinstance(found, Flaw):
            done.flaws.append(found)
            continue
        _try(done, found)
    _cut_in_two(done, start + seconds)
    done.seconds = time.monotonic() - start
    return done


def _try(done: Replay, recording: Recording) -> None:
    provider = provider_of(recording)
    if provider is None:
        done.others[recording.surface] += 1
        done.unspoken.append((unspoken(recording), recording.path))
        return
    done.trials.append(attempt(provider, recording))


def _cut_in_two(done: Replay, deadline: float) -> None:
    """The short bodies first; each gets an equal share of the time that is left."""
    decoded = [trial for trial in done.trials if trial.decoded]
    decoded.sort(key=lambda trial: len(trial.recording.body))
    tried = places = whole = 0
    for number, trial in enumerate(decoded):
        now = time.monotonic()
        share = max(0.0, deadline - now) / (len(decoded) - number)
        try:
            cut, of = in_two(trial, now + share)
        except CRASHES as error:
            trial.cut_invariant = False
            trial.problems.append(f"cut: {type(error).__name__}: {error}")
            continue
        tried, places, whole = tried + cut, places + of, whole + (cut == of)
    done.places, done.bodies = (tried, places), (whole, len(decoded))
