"""Seam: the HTTP of this process, taken over for a case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeAlias

from harness.errors import ConnectionLost
from harness.run.door import Player
from harness.wire.http import Request, Response

Watch: TypeAlias = Callable[
    [Callable[[Request], Response]], AbstractContextManager[list[str]]
]
"""Answers the HTTP of this process with what it is given, while it is entered, and
reports the sockets that were opened past it into the list it gives."""


def unwatched(answer: Callable[[Request], Response]) -> AbstractContextManager[Any]:
    """Nothing is answered but what comes through the door, and nobody looks."""
    return nullcontext([])


class Seam:
    """The HTTP of this process, which one player after the other answers.

    Taking it over costs more than most replays, so a case does so once.
    """

    def __init__(self) -> None:
        self.sockets: list[str] = []
        self._answer: Callable[[Request], Response] | None = None

    def answer(self, request: Request) -> Response:
        """What whoever plays now answers.

        Raises:
            ConnectionLost: where nobody does.
        """
        if self._answer is None:
            raise ConnectionLost("nothing is played")
        return self._answer(request)

    @contextmanager
    def played_by(self, player: Player) -> Iterator[list[str]]:
        """Have a player answer; gives the sockets that are opened past it."""
        self.sockets.clear()
        self._answer = player.answer
        try:
            yield self.sockets
        finally:
            self._answer = None


@contextmanager
def taken(watch: Watch) -> Iterator[Seam]:
    """The seam, for as long as it is watched."""
    seam = Seam()
    with watch(seam.answer) as seam.sockets:
        yield seam
