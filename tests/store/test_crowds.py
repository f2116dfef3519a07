"""Crowds and crashes: many write at once, any may die, and nothing told is lost."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from harness import Message, Store, assistant, user
from tests.store.test_store import count

ROOT = Path(__file__).parent.parent.parent


def writer(place: str, name: str, turns: int) -> subprocess.Popen[str]:
    """A process that logs so many turns."""
    command = [sys.executable, "-m", "tests.store.writer", place, name, str(turns)]
    return subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def told(lines: Iterable[str]) -> dict[str, str]:
    """Turns that were acknowledged, each with its tip; half a line is none."""
    split = (line.split() for line in lines if line.endswith("\n"))
    return dict(line for line in split if len(line) == 2)


def assert_kept(place: str, acknowledged: dict[str, str]) -> None:
    """All of these are there, and nothing in the store is amiss."""
    with Store(place) as store:
        assert [*store.verify()] == []
        kept = {turn.id: turn.tip for turn in store.turns()}
        assert acknowledged.items() <= kept.items()
        some = random.Random(0).sample(sorted(acknowledged), min(20, len(acknowledged)))
        for id_ in some:
            tip = acknowledged[id_]
            name, _, number = id_.partition("-")
            said = store.conversation(tip)
            assert said[:3] == [user("shared"), assistant("by all"), user(name)]
            assert len(said) == 2 * int(number) + 4
            assert said[-1] == assistant(f"{name} {number}")


def test_eight_processes_write_at_once(place: str) -> None:
    """The store does not exist yet either: they make it."""
    running = [writer(place, f"w{number}", 6) for number in range(8)]
    acknowledged: dict[str, str] = {}
    for process in running:
        out, err = process.communicate(timeout=100)
        assert (process.returncode, err) == (0, "")
        acknowledged |= told(out.splitlines(keepends=True))
    assert len(acknowledged) == 8 * 6
    assert_kept(place, acknowledged)
    with Store(place) as store:
        assert count(store, "nodes") == 2 + 8 * (6 * 2)
        assert len(store.children(None)) == 1, "what they share is there once"


def killed(place: str, rounds: int, seed: int) -> None:
    """Kill writers at random moments, again and again, in one store."""
    chance = random.Random(seed)
    acknowledged: dict[str, str] = {}
    for number in range(rounds):
        running = [writer(place, f"k{seed}r{number}p{n}", 10_000) for n in range(2)]
        first = running[0].stdout
        assert first is not None
        lines = [first.readline()]  # it is writing: the moment is not of its start
        time.sleep(chance.random() * 0.2)
        for process in running:
            process.kill()
        lines += first.readlines()
        assert running[1].stdout is not None
        lines += running[1].stdout.readlines()
        for process in running:
            process.communicate()
            assert process.returncode < 0
        acknowledged |= told(lines)
        assert_kept(place, acknowledged)
    assert len(acknowledged) >= rounds


def test_a_writer_that_is_killed_loses_nothing_it_told(place: str) -> None:
    killed(place, rounds=2, seed=1)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 6))
def test_writers_that_are_killed_over_and_over_lose_nothing(
    place: str, seed: int
) -> None:
    killed(place, rounds=10, seed=seed)


def test_threads_of_one_process_share_a_store(store: Store) -> None:
    thread = store.fork(store.append([user("all")]))
    faults: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for step in range(10):
                store.append([user(f"{number} {step}")], thread)
                store.record([user("all")], assistant(f"{number} {step}"), model="m")
        except BaseException as fault:
            faults.append(fault)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    assert faults == []
    said: list[Message] = store.conversation(thread)
    assert len(said) == 1 + 4 * 10, "each appends to what the others appended"
    assert len([*store.turns()]) == 40
    assert [*store.verify()] == []


def test_a_process_that_forks_shares_no_connection(place: str) -> None:
    with Store(place) as store:
        store.append([user("before")])
        child = os.fork()
        if child == 0:  # no fixture of the test's is to be torn down twice
            try:
                store.append([user("child")])
                os._exit(0)
            except BaseException:
                os._exit(1)
        store.append([user("parent")])
        assert os.waitpid(child, 0)[1] == 0
        assert len(store.children(None)) == 3
        assert [*store.verify()] == []


def test_what_is_collected_while_others_write_is_only_what_is_loose(place: str) -> None:
    running = [writer(place, f"g{number}", 8) for number in range(3)]
    with Store(place, timeout=60) as store:
        while any(process.poll() is None for process in running):
            store.append([user(f"loose {time.monotonic()}")])
            store.gc()
    acknowledged: dict[str, str] = {}
    for process in running:
        out, err = process.communicate()
        assert (process.returncode, err) == (0, "")
        acknowledged |= told(out.splitlines(keepends=True))
    assert len(acknowledged) == 24
    assert_kept(place, acknowledged)
