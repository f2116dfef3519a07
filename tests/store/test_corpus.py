"""What real clients sent and providers answered, stored and read back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import HarnessError, Message, Store
from harness.message.assemble import assemble
from harness.message.digest import digest
from harness.message.events import Error, StreamEvent
from harness.message.turn import Turn
from harness.providers._square import SHAPE_ERRORS, hear
from tests.corpus.__main__ import DEFAULT
from tests.corpus.recordings import Recording, read
from tests.corpus.report import absent
from tests.corpus.wires import provider_of
from tests.store.test_store import count

CORPUS = Path(__file__).parent.parent.parent / DEFAULT
FEWEST = 50
"""Exchanges of more than one turn that there are at least."""

corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=absent(DEFAULT))


def exchanges() -> Iterator[tuple[Turn, list[Message], str, object]]:
    """What was asked after something had been answered, what came, of whom."""
    for recording in read(CORPUS):
        if not isinstance(recording, Recording) or recording.request is None:
            continue
        provider = provider_of(recording)
        if provider is None or recording.status >= 400:
            continue
        path = "/" + recording.url.partition("://")[2].partition("/")[2]
        try:
            turn = provider.parse(recording.request, path)
            said = (recording.status, recording.headers, [recording.body])
            events = [*hear(provider, *said)]
            if any(isinstance(event, Error) for event in events):
                continue
            content = [e for e in events if isinstance(e, StreamEvent)]
            answer = [*assemble(content)]
        except (HarnessError, *SHAPE_ERRORS):
            continue  # what does not parse is a matter of the wires' own tests
        if len({message.role for message in turn.messages} & {"assistant", "tool"}):
            yield turn, answer, provider.name, recording.request


def normal(messages: list[Message]) -> list[Message]:
    """Messages as JSON has them."""
    return [Message.from_dict(message.to_dict()) for message in messages]


@corpus
def test_recorded_conversations_are_read_back_as_they_were(store: Store) -> None:
    wanted: dict[str, list[Message]] = {}
    payloads: dict[str, object] = {}
    seen: set[str] = set()
    for turn, answer, provider, payload in exchanges():
        said = [*turn.messages, *answer]
        logged = store.record(
            turn.messages,
            answer,
            model=turn.model,
            provider=provider,
            tools=[{**tool.to_dict()} for tool in turn.tools],
            options=turn.options,
            schema=turn.schema,
            payload=payload,
        )
        tip = None
        for message in said:
            tip = digest(message, tip)
            seen.add(tip)
        assert logged.tip == tip
        wanted[logged.tip] = normal(said)
        payloads[logged.id] = payload
    assert len(payloads) >= FEWEST
    for tip, messages in wanted.items():
        found = store.conversation(tip)
        assert found == messages
        # To the order of keys, in what providers want back as it was.
        assert [json.dumps(m.to_dict()) for m in found] == [
            json.dumps(m.to_dict()) for m in messages
        ]
    assert count(store, "nodes") == len(seen)
    kept = {turn.id: store.payload(turn.id) for turn in store.turns()}
    assert kept == payloads
    assert [*store.verify()] == []
