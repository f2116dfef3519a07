"""Growing: an answer spoken on a wire while it is still being heard on another.

Providers speak whole answers, since what they say first may depend on what comes last.
So we have the beginning spoken again with every event: once as it stands, and once as
if the part went on. What both have in common is what any end of it begins with, and may
be sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import takewhile

from harness.errors import NotExpressible
from harness.message.events import Error, Event, Finish, StreamEvent, Usage
from harness.message.parts import JsonObject
from harness.providers._provider import Provider
from harness.providers._square import SHAPE_ERRORS
from harness.wire.frame import Frame

MORE = {
    "tool_call_name": ("tool_call_args", "{"),
    "tool_call_args": ("tool_call_args", " "),
}
"""Type of an event to how its part could go on: with what type, and which chunk."""


NUMBER = re.compile(r'("sequence_number":)\d+')
"""Where a frame says which it is; within a text its quotes would be escaped."""


@dataclass(slots=True)
class Growing:
    """An answer that is told event by event.

    Attributes:
        provider: on whose wire.
        facts: what the answer says of itself: its model, its id.
    """

    provider: Provider
    facts: JsonObject
    _told: list[Event] = field(default_factory=list)
    _sent: int = 0
    _number: int = 0

    def tell(self, event: StreamEvent) -> list[Frame]:
        """The frames that can be sent now."""
        sure = self._sure([*self._told, event], event)
        frames = self._numbered(sure[self._sent :])
        self._told = _joined(self._told, event)
        # What is joined takes fewer frames; of those, as many are behind us.
        self._sent = len(self._sure(self._told, event)) if frames else self._sent
        return frames

    def end(self, usage: Usage, last: Finish | Error) -> list[Frame]:
        """The rest.

        Raises:
            NotExpressible: where the wire has no word for it.
        """
        said = [*self._told, usage, replace(last, provider_metadata=self.facts)]
        return self._numbered([*self.provider.synthesise(said)][self._sent :])

    def _numbered(self, frames: list[Frame]) -> list[Frame]:
        """Frames under the numbers they go out with, on a wire that numbers them."""
        numbered = []
        for frame in frames:
            data, found = NUMBER.subn(rf"\g<1>{self._number}", frame.data, count=1)
            self._number += found
            numbered.append(frame._replace(data=data))
        return numbered

    def _sure(self, events: list[Event], last: StreamEvent) -> list[Frame]:
        """The frames with which every end begins; none where that is not known."""
        kind, chunk = MORE.get(last.type, (last.type, " "))
        more = last._replace(type=kind, chunk=chunk, provider_metadata=None)
        try:
            pairs = zip(self._open(events), self._open([*events, more]), strict=False)
            return [one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)]
        except (NotExpressible, *SHAPE_ERRORS):
            return []

    def _open(self, events: list[Event]) -> list[Frame]:
        """The frames of an answer that has not come to its end."""
        end = Error("", "truncated", provider_metadata=self.facts)
        return [*self.provider.synthesise([*events, end])]


def _joined(told: list[Event], event: StreamEvent) -> list[Event]:
    """The events with one more, in as few as say the same."""
    before = told[-1] if told else None
    if (
        isinstance(before, StreamEvent)
        and event.type in ("text", "reasoning", "tool_call_args")
        and before._replace(chunk="", provider_metadata=None)
        == event._replace(chunk="", provider_metadata=None)
        and not (event.provider_metadata or before.provider_metadata)
    ):
        return [*told[:-1], before._replace(chunk=before.chunk + event.chunk)]
    return [*told, event]
