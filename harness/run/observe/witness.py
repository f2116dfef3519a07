"""Witness: what we see of a turn ourselves, past whatever the adapter says of it."""

from __future__ import annotations

from dataclasses import dataclass

from harness.cassette.match import request_differences
from harness.errors import WireError
from harness.message.events import Error, Event
from harness.providers._provider import Provider
from harness.providers._square import hear
from harness.run.asked import parsed, read
from harness.run.door import Player
from harness.suite.case import Case
from harness.suite.observation import Drift, Sent


@dataclass(frozen=True, slots=True)
class Witness:
    """Reads the requests of a case as the provider would, and hears its answers.

    ``own`` says whether the recorded requests are this adapter's: what another one
    sends says nothing of what it should send.
    """

    case: Case
    provider: Provider
    player: Player
    own: bool

    def sent(self, numbers: range) -> tuple[Sent, ...]:
        """The requests of one turn."""
        return tuple(map(self._sent, numbers))

    def heard(self, numbers: range) -> tuple[Event, ...]:
        """What we read ourselves in the bytes of a turn's last answer."""
        exchanges = self.player.tape.exchanges
        places = [self.player.numbers[number] for number in numbers]
        if not places or places[-1] >= len(exchanges):
            return ()
        response = exchanges[places[-1]].response
        events: list[Event] = []
        head = response.status, response.headers
        try:
            events += hear(self.provider, *head, response.chunks)
        except WireError as error:
            events.append(Error(str(error), "wire"))
        return tuple(events)

    def _sent(self, number: int) -> Sent:
        request, place = self.player.sent[number], self.player.numbers[number]
        body = read(request.body)
        drift = None
        recorded = place < len(self.player.tape.exchanges)
        if self.own and recorded and self.case.inject is None:
            old = self.player.tape.exchanges[place].request
            ignore = (*self.provider.volatile, *self.case.ignore)
            drift = tuple(
                Drift(d.path, d.recorded, d.sent)
                for d in request_differences(old, request, ignore)
            )
        return Sent(request, body, parsed(self.provider, body, request.url), drift)
