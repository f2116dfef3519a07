"""The clock: sides timed turn about, so that a machine's moods fall on all of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any


@dataclass(frozen=True, slots=True)
class Side:
    """Something to time: ``work`` is timed, ``prepare`` makes its argument untimed."""

    prepare: Callable[[], Any]
    work: Callable[[Any], object]


def turn_about(
    sides: Sequence[Side], rounds: int, number: int = 1, *, warm: bool = True
) -> list[list[float]]:
    """Seconds of one run of each side, one for every round.

    Args:
        sides: timed one after the other in every round.
        rounds: how often.
        number: runs in a row that make one timing, so that short ones can be read.
        warm: whether each side is run once before, untimed.
    """
    for side in sides if warm else ():
        side.work(side.prepare())
    times: list[list[float]] = [[] for _ in sides]
    for _ in range(rounds):
        for side, found in zip(sides, times, strict=True):
            found.append(_timed(side, number))
    return times


def process(
    arguments: Sequence[str], folder: Path, settings: Mapping[str, str]
) -> Side:
    """A side that is a whole process: this Python, with arguments, run in a folder.

    Its work raises ``AssertionError`` with all that was printed where it fails.
    ``settings`` are added to the environment.
    """
    environment = {**os.environ, **settings}
    # Whether bytecode is kept is for the settings to say, on both sides alike.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = (sys.executable, *arguments)

    def work(_: object) -> None:
        ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True)
        assert ran.returncode == 0, (ran.stdout + ran.stderr).decode(errors="replace")

    return Side(lambda: None, work)


def _timed(side: Side, number: int) -> float:
    given = [side.prepare() for _ in range(number)]
    work = side.work
    started = perf_counter()
    for one in given:
        work(one)
    return (perf_counter() - started) / number
