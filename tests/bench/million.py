"""``python -m tests.bench.million [WHERE]``: a store of a million messages, asked.

Fifty thousand conversations of twenty messages: how fast they go in, how large that
is, how long a search and a conversation take, and how much memory any of it needs.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from harness.message.roles import assistant, user
from harness.store import Store
from tests.bench.store import VOCABULARY, words

TALKS, LONG = 50_000, 20
ASKED = 500


def main() -> None:
    """Fill a store, ask it, and print what that took as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        where = sys.argv[1] if len(sys.argv) > 1 else str(Path(folder) / "million.db")
        print(json.dumps(measure(where, TALKS), indent=2))


def measure(where: str, talks: int) -> dict[str, Any]:
    """The figures; times in milliseconds, sizes in megabytes."""
    chance = random.Random(3)
    found: dict[str, Any] = {}
    tips: list[str] = []
    with Store(where) as store:
        started = perf_counter()
        for number in range(talks):
            said = [
                (assistant if step % 2 else user)(words(chance, 25))
                for step in range(LONG - 1)
            ]
            said[0] = user(f"talk n{number} {words(chance, 25)}")
            turn = store.record(said, assistant(words(chance, 25)), model="m")
            if number % max(1, talks // ASKED) == 0:
                tips.append(turn.tip)
            if number in (talks // 10, talks - 1):
                found[f"memory after {(number + 1) * LONG} messages, MB"] = memory()
        found["seconds to log"] = round(perf_counter() - started)
        found["messages"] = talks * LONG
        if Path(where).exists():
            found["file, MB"] = Path(where).stat().st_size >> 20
        found["conversation, ms"] = timed(store.conversation, tips)
        rare = [f"n{chance.randrange(talks)}" for _ in range(ASKED)]
        often = [words(chance, 1) for _ in range(ASKED)]
        two = [" ".join(chance.sample(VOCABULARY, 2)) for _ in range(ASKED)]
        phrase = [f'"{words(chance, 2)}"' for _ in range(ASKED)]
        for name, queries in {
            "a word that one message has": rare,
            "words as often as they are said": often,
            "two words": two,
            "a phrase": phrase,
        }.items():
            found[f"search, {name}, ms"] = timed(store.search, queries)
        found["conversation of 2000 messages, ms"] = long(store)
        found["memory after asking, MB"] = memory()
        started = perf_counter()
        lines = sum(1 for _ in store.export())
        found["export, seconds"] = round(perf_counter() - started)
        found["export, lines"] = lines
        found["memory after exporting, MB"] = memory()
        started = perf_counter()
        found["flaws"] = sum(1 for _ in store.verify())
        found["verify, seconds"] = round(perf_counter() - started)
        found["memory after verifying, MB"] = memory()
    return found


def long(store: Store) -> dict[str, float]:
    """Milliseconds to read one conversation that is much longer than the others."""
    chance = random.Random(4)
    tip = store.append(
        [(assistant if n % 2 else user)(words(chance, 25)) for n in range(2000)]
    )
    return timed(store.conversation, [tip] * 50)


def memory() -> int:
    """The most this process has had at once, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def timed(work: Callable[[str], Any], given: list[str]) -> dict[str, float]:
    """Milliseconds: the median, and what 95 of 100 stay below."""
    times = []
    for one in given:
        started = perf_counter()
        work(one)
        times.append(1000 * (perf_counter() - started))
    return {
        "median": round(median(times), 2),
        "p95": round(quantiles(times, n=20)[-1], 2),
    }


if __name__ == "__main__":
    main()
