"""A deck: a tape in play, drawn from by what is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from harness.cassette.match import Difference, request_differences
from harness.cassette.tape import Exchange, Tape
from harness.errors import ConnectionLost
from harness.wire.http import Request, Response


@dataclass(slots=True)
class Deck:
    """Answers each request with the exchange that it was recorded in.

    That is the first left whose request does not differ; or else the first with the
    same method and path, and then ``drifted`` says how the request differs.
    ``missed`` are the requests that nothing was left for. ``volatile`` are paths
    that may differ, as :func:`harness.cassette.match.request_differences` has them.
    """

    tape: Tape
    volatile: tuple[str, ...] = ()
    missed: list[str] = field(default_factory=list)
    drifted: list[tuple[int, list[Difference]]] = field(default_factory=list)
    _left: dict[int, Exchange] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._left.update(enumerate(self.tape.exchanges, 1))

    @property
    def left(self) -> list[int]:
        """The numbers, from 1, of exchanges that nobody asked for."""
        return [*self._left]

    def answer(self, request: Request) -> Response:
        """The recorded answer.

        Raises:
            ConnectionLost: where there is none, or none any more.
        """
        closest: tuple[int, list[Difference]] | None = None
        for number, exchange in self._left.items():
            found = request_differences(exchange.request, request, self.volatile)
            if not found:
                return self._left.pop(number).response
            if closest is None and not _elsewhere(found):
                closest = number, found
        if closest is None:
            asked = f"{request.method} {request.url.partition('?')[0]}"
            self.missed.append(asked)
            raise ConnectionLost(f"nothing is recorded for {asked}")
        self.drifted.append(closest)
        return self._left.pop(closest[0]).response


def _elsewhere(found: Iterable[Difference]) -> bool:
    """Whether they are about another method or another path."""
    return any(one.path in ("method", "path") for one in found)


def amiss(
    missed: Iterable[str],
    sockets: Iterable[str],
    drifted: Iterable[tuple[int, Iterable[str]]],
    left: Sequence[int],
) -> Iterator[str]:
    """What went wrong while a deck was played, a line each.

    Args:
        missed: the requests that nothing was left for.
        sockets: the connections that were tried past it.
        drifted: numbers of exchanges, and the paths in which requests differed.
        left: numbers of the exchanges that nobody asked for.
    """
    yield from (f"not recorded: {asked}" for asked in dict.fromkeys(missed))
    yield from (f"refused: {tried}" for tried in dict.fromkeys(sockets))
    for number, paths in drifted:
        yield f"changed: exchange {number} is asked for with another {', '.join(paths)}"
    if left:
        yield f"not asked for: exchange {', '.join(map(str, left))}"
