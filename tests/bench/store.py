"""The store: what a turn costs to log and to keep, beside llm's LogStore.

One conversation is sent again whole at every turn, as clients of chat completions do.
Both stores are given the same turns, turn about, each from a response of its own
library that was heard before the clock runs; both acknowledge when it is on the disk.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import llm
import sqlite_utils
from llm.logs import LogStore

from harness.message.parts import Message
from harness.message.roles import assistant, user
from harness.reference.model import Model
from harness.reference.prompt import Prompt
from harness.store import Store
from tests.bench.rows import Aim, Row, compare

MEASURE = "store"
TURNS = 1000
FASTER = Aim(5, faster=True)
SMALLER = Aim(100, faster=True)
NO_LARGER = Aim(1, faster=True)
THEIRS = "llm's LogStore"
WHOLE = "each request kept whole, in SQLite"
VOCABULARY = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in "lmnrst"]
NOTE = (
    "Sizes are of the file after it was closed; ours includes the index of all words, "
    "llm's that of prompts and answers, the baseline has none."
)


class Told(Model):
    """Answers with what it is told."""

    model_id = "told"

    def __init__(self) -> None:
        self.answer = ""

    def execute(
        self, prompt: Prompt, stream: bool, response: Any, conversation: Any
    ) -> Iterator[str]:
        """The answer."""
        yield self.answer


class ToldToLlm(llm.Model):
    """The same, of llm."""

    model_id = "told"
    answer = ""

    def execute(
        self, prompt: Any, stream: bool, response: Any, conversation: Any
    ) -> Iterator[str]:
        """The answer."""
        yield self.answer


def words(chance: random.Random, count: int) -> str:
    """Some words, a few of which are said much more often than others."""
    return " ".join(
        VOCABULARY[min(int(chance.paretovariate(0.6)), len(VOCABULARY)) - 1]
        for _ in range(count)
    )


def measure(folder: Path, turns: int) -> Iterator[Row]:
    """Rows of time and size for one long conversation, and of many short ones."""
    kept = Sides(folder)
    times = [*kept.talk(turns)]
    sides = [[row[n] for row in times] for n in range(4)]
    _, ours, said, theirs = sides
    what = f"{turns} turns, history sent whole"
    yield compare((MEASURE, f"a turn of {what}", THEIRS), ours, theirs, FASTER)
    where = f"a turn of {turns}, where it goes on said"
    yield compare((MEASURE, where, THEIRS), said, theirs, FASTER)
    tail = max(1, turns // 20)
    last = f"the last {tail} of them, history sent whole"
    yield compare((MEASURE, last, THEIRS), ours[-tail:], theirs[-tail:], FASTER)
    head = f"the first {tail} of them"
    yield compare((MEASURE, head, THEIRS), ours[:tail], theirs[:tail], FASTER)
    yield from kept.sizes(what)
    kept.close()


class Sides:
    """Two stores of ours, one of llm's, and requests kept whole, of the same turns."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._whole = Store(folder / "whole.db")
        self._said = Store(folder / "said.db")
        self._theirs = LogStore(sqlite_utils.Database(folder / "llm.db"))  # type: ignore[no-untyped-call]  # llm's
        self._plain = sqlite3.connect(folder / "plain.db", isolation_level=None)
        self._plain.execute(
            "CREATE TABLE turns (id INTEGER PRIMARY KEY, request TEXT, answer TEXT)"
        )

    def talk(self, turns: int) -> Iterator[tuple[int, float, float, float]]:
        """A conversation; of each turn its messages, and seconds: whole, said, llm's."""
        chance = random.Random(1)
        ours, theirs = Told(), ToldToLlm()
        said: list[Message] = []
        told: list[llm.Message] = []
        thread = self._theirs.create_thread()
        tip = None
        for _ in range(turns):
            said.append(user(words(chance, 30)))
            told.append(llm.user(said[-1].parts[0].text))  # type: ignore[union-attr]  # a text
            ours.answer = theirs.answer = words(chance, 60)
            response = ours.prompt(messages=said)
            again = ours.prompt(messages=said)
            other = theirs.prompt(messages=[*told])
            answer = response.messages() and again.messages()
            other.text()
            marks = [perf_counter()]
            self._whole.log(response)
            marks.append(perf_counter())
            tip = self._said.log(again, after=tip).tip
            marks.append(perf_counter())
            self._theirs.log(other, thread_id=thread)
            marks.append(perf_counter())
            request = json.dumps([message.to_dict() for message in said])
            row = (request, json.dumps([m.to_dict() for m in answer]))
            self._plain.execute(
                "INSERT INTO turns (request, answer) VALUES (?, ?)", row
            )
            said += answer
            told += other.messages()
            first, second, third = (b - a for a, b in pairwise(marks))
            yield len(said), first, second, third

    def sizes(self, what: str) -> Iterator[Row]:
        """The sizes of the files, when all is in them."""
        self.close()
        whole, theirs, plain = (
            float((self._folder / name).stat().st_size)
            for name in ("whole.db", "llm.db", "plain.db")
        )
        named = f"file, {what}"
        yield compare((MEASURE, named, WHOLE), [whole], [plain], SMALLER, "kB", NOTE)
        yield compare(
            (MEASURE, named, THEIRS), [whole], [theirs], NO_LARGER, "kB", NOTE
        )

    def close(self) -> None:
        """Close the stores; twice is once."""
        self._whole.close()
        self._said.close()
        self._theirs.db.close()
        self._plain.close()


def curve(folder: Path, lengths: list[int], rounds: int) -> dict[str, list[float]]:
    """Median seconds to log a turn after so many messages, without and with ``after``.

    Lengths and sides are timed turn about.
    """
    chance = random.Random(2)
    talk = [user(words(chance, 30)), assistant(words(chance, 60))]
    while len(talk) < max(lengths):
        talk += [user(words(chance, 30)), assistant(words(chance, 60))]
    times: dict[str, list[list[float]]] = {
        name: [[] for _ in lengths] for name in ("whole", "said")
    }
    with Store(folder / "curve.db") as store:
        tips = [store.append(talk[:length]) for length in lengths]
        for _ in range(rounds):
            for number, length in enumerate(lengths):
                for name, seen in times.items():
                    new, answer = user(words(chance, 30)), assistant(words(chance, 60))
                    sent = [*talk[:length], new] if name == "whole" else [new]
                    after = None if name == "whole" else tips[number]
                    started = perf_counter()
                    store.record(sent, answer, model="m", after=after)
                    seen[number].append(perf_counter() - started)
    return {name: [*map(median, seen)] for name, seen in times.items()}
