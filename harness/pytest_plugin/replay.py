"""Replay: a test that is answered by recordings alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import pytest

from harness.cassette.deck import Deck, amiss
from harness.cassette.tape import Tape
from harness.errors import CassetteError
from harness.pytest_plugin.told import lines_of
from harness.shell.files import load_tape
from harness.shell.project import find
from harness.shell.transport import Played, playing


class Replay:
    """Recordings in play, from now on until the block or the test ends.

    Attributes:
        deck: what is left of them, and what was asked otherwise.
        slept: seconds that clients wanted to sleep, and did not.
    """

    def __init__(self, deck: Deck, timing: str) -> None:
        self.deck = deck
        self._open = ExitStack()
        played = self._open.enter_context(playing(deck.answer, timing))
        self.slept = played.slept
        self._played: Played | None = played

    def __enter__(self) -> Replay:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        wrong = self.close()
        if wrong and kind is None:
            pytest.fail("\n".join(wrong), pytrace=False)

    def close(self) -> list[str]:
        """Stop playing, and say what went wrong: once."""
        if self._played is None:
            return []
        self._open.close()
        deck, sockets = self.deck, self._played.sockets
        self._played = None
        drifted = ((n, [one.path for one in found]) for n, found in deck.drifted)
        return [*amiss(deck.missed, sockets, drifted, deck.left)]


class Replays:
    """The replays of one test."""

    def __init__(self, folder: Path, root: Path) -> None:
        project = find(folder).root
        self._root = project if (project / "pyproject.toml").is_file() else root
        self._made: list[Replay] = []

    def __call__(
        self, *cassettes: str, timing: str = "none", ignore: Iterable[str] = ()
    ) -> Replay:
        """Answer all HTTP of this process from cassettes.

        Args:
            cassettes: paths, relative to the project.
            timing: ``none``, ``recorded``, or ``×N``: N times as fast.
            ignore: paths in requests that may differ: ``body.metadata``.
        """
        try:
            tapes = [load_tape(self._root, path) for path in cassettes]
        except CassetteError as error:
            pytest.fail("\n".join(lines_of(error.problems)), pytrace=False)
        tape = Tape(tuple(e for tape in tapes for e in tape.exchanges))
        replay = Replay(Deck(tape, tuple(ignore)), timing)
        self._made.append(replay)
        return replay

    def close(self) -> Iterator[str]:
        """Stop all that still play; what went wrong."""
        for replay in reversed(self._made):
            yield from replay.close()
