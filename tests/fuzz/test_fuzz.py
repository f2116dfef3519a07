"""Whatever bytes come in, events or ``WireError`` come out."""

from __future__ import annotations

import pytest

from harness.errors import WireError
from harness.message.assemble import assemble
from harness.message.events import CONTENT_TYPES, CONTROL_TYPES, Event
from harness.providers import PROVIDERS
from harness.providers._square import hear
from tests.fuzz.mutants import mutants

EVERY_DAY, LONG = 150, 10_000
TYPES = CONTENT_TYPES + CONTROL_TYPES


def survives(name: str, number: int) -> None:
    """Hear so many mutants; some must be heard, and some refused."""
    provider = PROVIDERS[name]
    heard = refused = 0
    for good, chunks in mutants(provider, number):
        events: list[Event] = []
        try:
            events += hear(provider, good.status, good.headers, chunks)
        except WireError:
            refused += 1
            continue
        heard += 1
        assert all(event.type in TYPES for event in events)
        ends = [event for event in events if event.type in ("finish", "error")]
        assert len(ends) == 1, "one ending"
        assemble(events)
    assert heard
    assert refused


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_spoiled_stream_gives_events_or_a_wire_error(name: str) -> None:
    survives(name, EVERY_DAY)


@pytest.mark.long
@pytest.mark.parametrize("name", PROVIDERS)
def test_ten_thousand_spoiled_streams_give_events_or_a_wire_error(name: str) -> None:
    survives(name, LONG)
