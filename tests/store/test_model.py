"""A store against a dict of lists: whatever is done, both have the same."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from harness import Message, Store, TextPart
from harness.message.digest import digest
from tests import strategies
from tests.store.test_store import count


def plain(message: Message) -> bool:
    """Whether it is JSON: endless numbers are not, and are refused."""
    try:
        json.dumps(message.to_dict(), allow_nan=False)
    except ValueError:
        return False
    return True


few = st.sampled_from(["a", "b", "ä", "0"]).map(
    lambda word: Message("user", (TextPart(word),))
)
"""Messages that are often the same, so that conversations share what they begin with."""

said = st.lists(few | strategies.messages.filter(plain), min_size=1, max_size=3)


def normal(message: Message) -> Message:
    """A message as JSON has it: empty metadata is none."""
    return Message.from_dict(message.to_dict())


class Machine(RuleBasedStateMachine):
    """Appends, logs, forks, forgets, collects, reopens, exports and imports.

    ``talks`` is the naive store: the tip of each message to all the messages up to it;
    ``threads`` is a name to a tip, ``turns`` an id to what was asked and answered.
    """

    tips = Bundle("tips")
    names = Bundle("names")

    place: str

    def __init__(self) -> None:
        super().__init__()
        own = os.urandom(8).hex()
        if self.place.startswith("postgresql"):
            self.mine = f"{self.place.partition('&schema=')[0]}&schema=h_{own}"
        else:
            self.mine = f"{self.place}.{own}"
        self.store = Store(self.mine)
        self.talks: dict[str, list[Message]] = {}
        self.threads: dict[str, str] = {}
        self.turns: dict[str, tuple[str | None, str]] = {}
        self.number = 0

    def teardown(self) -> None:
        """Check all of it, and let go."""
        assert [*self.store.verify()] == []
        self.store.close()

    def told(self, messages: list[Message], tip: str | None) -> str | None:
        """Note messages after a tip, as the naive store would."""
        for message in messages:
            before = self.talks.get(tip, []) if tip else []
            tip = digest(message, tip)
            self.talks.setdefault(tip, [*before, normal(message)])
        return tip

    def name(self) -> str:
        """A name that nothing has."""
        self.number += 1
        return f"n{self.number}"

    @initialize(target=tips, messages=said)
    def first(self, messages: list[Message]) -> str:
        """Something to go on from."""
        return self.put(messages, None)

    @rule(target=tips, messages=said, tip=st.none() | tips)
    def append(self, messages: list[Message], tip: str | None) -> str:
        """Store messages, at the beginning or after others."""
        return self.put(messages, tip if tip in self.talks else None)

    def put(self, messages: list[Message], tip: str | None) -> str:
        """Store messages, and note them."""
        found = self.store.append(messages, tip)
        assert found == self.told(messages, tip)
        return found

    @rule(target=tips, messages=said, answer=few, tip=tips, whole=st.booleans())
    def record(
        self, messages: list[Message], answer: Message, tip: str, whole: bool
    ) -> str:
        """Log a turn: its history sent whole, or where it goes on said."""
        if tip not in self.talks:
            return self.put(messages, None)
        id_, thread = self.name(), self.name()
        sent = [*self.talks[tip], *messages] if whole else messages
        after = None if whole else tip
        turn = self.store.record(
            sent, answer, model="m", after=after, id=id_, thread=thread
        )
        prompt = self.told(messages, tip)
        wanted = self.told([answer], prompt)
        assert (turn.prompt, turn.tip) == (prompt, wanted)
        self.turns[id_] = (prompt, turn.tip)
        self.threads[thread] = turn.tip
        return turn.tip

    @rule(target=names, tip=tips)
    def fork(self, tip: str) -> str:
        """Name a message."""
        name = self.name()
        if tip in self.talks:
            self.threads[self.store.fork(tip, name)] = tip
        return name

    @rule(messages=said, name=names)
    def go_on(self, messages: list[Message], name: str) -> None:
        """Append to a thread."""
        if name in self.threads:
            tip = self.store.append(messages, name)
            assert tip == self.told(messages, self.threads[name])
            self.threads[name] = tip

    @rule(name=consumes(names))
    def forget(self, name: str) -> None:
        """Remove a thread."""
        if self.threads.pop(name, None):
            self.store.forget(name)

    @rule()
    def collect(self) -> None:
        """Remove what nothing leads to."""
        self.store.gc()
        ends = {
            *self.threads.values(),
            *(t for turn in self.turns.values() for t in turn if t),
        }
        live: set[str] = set()
        for end in ends:
            tip = None
            for message in self.talks[end]:
                tip = digest(message, tip)
                live.add(tip)
        self.talks = {tip: talk for tip, talk in self.talks.items() if tip in live}

    @rule()
    def reopen(self) -> None:
        """Close the store, and open it again."""
        self.store.close()
        self.store = Store(self.mine)

    @rule()
    def carry(self) -> None:
        """Export all of it, and import that into an empty store."""
        with (
            tempfile.TemporaryDirectory() as folder,
            Store(Path(folder) / "x.db") as other,
        ):
            other.import_(self.store.export())
            assert sorted(other.export()) == sorted(self.store.export())

    @rule(tip=tips)
    def read(self, tip: str) -> None:
        """Read a conversation."""
        if tip in self.talks:
            assert self.store.conversation(tip) == self.talks[tip]

    @invariant()
    def no_message_is_there_twice(self) -> None:
        """As many rows as there are messages by the way one comes to them."""
        assert count(self.store, "nodes") == len(self.talks)
        assert {t.name: t.tip for t in self.store.threads()} == self.threads
        assert {t.id: (t.prompt, t.tip) for t in self.store.turns()} == self.turns


def hold(place: str, **more: Any) -> None:
    """Try random lives of a store, each in a place of its own."""

    class Here(Machine):
        pass

    Here.place = place
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        Here, settings=settings(deadline=None, suppress_health_check=slow, **more)
    )


def test_a_store_is_as_a_naive_one_would_be(place: str) -> None:
    hold(place, max_examples=5, stateful_step_count=15)


@pytest.mark.long
def test_a_store_is_as_a_naive_one_would_be_for_long(place: str) -> None:
    hold(place, max_examples=100, stateful_step_count=40)
