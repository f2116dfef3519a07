"""Live: a case had with its provider, and all that went over the network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from harness import __version__
from harness.cassette.redact import Rules
from harness.cassette.tape import Tape, settled
from harness.errors import ConnectionLost, UsageError
from harness.message.events import Error
from harness.providers._provider import Provider
from harness.rig.keys import Keys
from harness.run import report
from harness.run.door import Adapter
from harness.run.observe import converse, who
from harness.run.runner import Trial, run
from harness.shell import transport
from harness.shell.http import Http
from harness.shell.recording import taped
from harness.shell.transport import replayed
from harness.suite.case import Case
from harness.suite.observation import TurnSeen
from harness.wire.http import Answer, Request, Transport

GOOD = ("passed", "known", "unexpected")
"""What a replay of a recording may come to for it to be kept."""

NO_KEY = "sk-none"
"""What a server of one's own is sent where a key must be."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What was recorded, and the turn that failed though it was not to."""

    tape: Tape
    failed: Error | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """How cases are had with providers.

    ``hang_up_after`` lets go of each answer after so many chunks. ``notes`` are
    written beside what is recorded.
    """

    adapter: Adapter
    providers: Mapping[str, Provider]
    keys: Keys
    base_url: str | None = None
    hang_up_after: int | None = None
    notes: Mapping[str, str] = field(default_factory=dict)
    rules: Rules | None = None

    def key(self, case: Case) -> str:
        """The key for a case.

        Raises:
            UsageError: where there is none and it needs one.
        """
        provider = self.providers[case.provider]
        key = self.keys.of(provider)
        if key or self.base_url or not provider.needs_key:
            return key or NO_KEY
        raise UsageError(
            f"no key for {case.provider}: set {provider.key_env}, or give --keys FILE"
        )

    def take(self, case: Case) -> Taken:
        """Have the conversation of a case, and keep all that was heard.

        Raises:
            UsageError: where there is no key, or the adapter does not go on.
            ConnectionLost: where nothing was answered at all.
        """
        tested = self.adapter
        with transport.listening() as line, Http() as http:
            door: Transport = http
            if self.hang_up_after is not None:
                door = HangingUp(http, self.hang_up_after)
            seen = [*self._converse(case, door)]
        notes = {
            **self.notes,
            "adapter": f"{tested.name} {tested.version}",
            "version": __version__,
        }
        heard = transport.heard(line)
        if not heard:
            raise ConnectionLost("; ".join(line.unanswered) or "nothing was sent")
        tape = taped(heard, self.providers, self.rules, **notes)
        return Taken(settled(tape), _fault(case, seen))

    def trial(self, tape: Tape) -> Trial:
        """How cases are tried on what was recorded."""
        return Trial(self.adapter, self.providers, lambda case: tape, watch=replayed)

    def refused(
        self, cases: Iterable[Case], taken: Taken, paint: report.Paint = report.plain
    ) -> Iterator[str]:
        """Why what was recorded for these cases should not be kept."""
        if taken.failed is not None:
            status = f"{taken.failed.status}: " if taken.failed.status else ""
            yield f"it was answered {status}{taken.failed.message}"
            return
        for case in cases:
            result = run(case, self.trial(taken.tape))
            if result.verdict not in GOOD:
                yield from report.failure(result, paint, ())
                yield from filter(None, [result.reason])

    def first_request(self, case: Case) -> Request | None:
        """What would be sent first; nothing is."""
        unsent = Unsent()
        for _ in self._converse(case, unsent):
            break
        return unsent.requests[0] if unsent.requests else None

    def _converse(self, case: Case, door: Transport) -> Iterator[TurnSeen]:
        base_url = self.base_url or self.providers[case.provider].base_url
        asked = who(case, base_url.rstrip("/"), self.key(case))
        return converse(case, self.adapter, asked, door)


def _fault(case: Case, seen: Sequence[TurnSeen]) -> Error | None:
    """The first answer that is an error where none is expected."""
    for turn, found in zip(case.turns, seen, strict=False):
        if found.error is not None and "error" not in (turn.expect or {}):
            return found.error
    return None


class HangingUp:
    """A door that lets go of each answer after so many chunks, as a client may."""

    def __init__(self, door: Transport, after: int) -> None:
        self._door = door
        self._after = after

    def send(self, request: Request) -> Answer:
        """The answer, as far as it is read."""
        answer = self._door.send(request)
        return replace(answer, chunks=self._some(answer))

    def _some(self, answer: Answer) -> Iterator[bytes]:
        for number, chunk in enumerate(answer.chunks, 1):
            yield chunk
            if number == self._after:
                answer.close()
                raise ConnectionLost("we hung up mid-body")


class Unsent:
    """A door that opens on nothing."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def send(self, request: Request) -> Any:
        """Note what would be sent."""
        self.requests.append(request)
        raise ConnectionLost("nothing is sent in a dry run")
