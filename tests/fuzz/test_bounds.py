"""Monsters: a line of 100 MB, a million frames, JSON without bottom."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fuzz.bounds import LONG, MANY
from tests.wires import WIRES

ROOT = Path(__file__).parent.parent.parent
MOST = 12 * LONG // 2**20
"""Megabytes that a line of 100 MB may take: its bytes, its text, its JSON, its event."""

FEW = 200
"""Megabytes that a million small frames may take, where their text is kept."""

SHORTEST_FRAMES = frozenset({"bedrock", "bedrock-invoke"})
"""Wires whose frames cannot be that long: one is refused."""


def heard(wire: str, case: str) -> Any:
    """What hearing a monster took, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.bounds", wire, case],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.long
@pytest.mark.parametrize("wire", [w for w in WIRES if w not in SHORTEST_FRAMES])
def test_a_line_of_a_hundred_megabytes_is_heard(wire: str) -> None:
    told = heard(wire, "a-long-line")
    assert told["characters"] == LONG // 2
    assert told["heard"]["finish"] == 1
    assert told["megabytes"] < MOST


@pytest.mark.long
@pytest.mark.parametrize("wire", WIRES)
def test_a_line_that_never_ends_is_no_answer(wire: str) -> None:
    told = heard(wire, "a-line-without-end")
    assert told["heard"] in ({"error": 1}, {"WireError": 1})
    assert told["megabytes"] < MOST


@pytest.mark.long
@pytest.mark.parametrize("wire", WIRES)
def test_a_million_frames_are_heard(wire: str) -> None:
    told = heard(wire, "many-frames")
    assert told["characters"] >= MANY * 0.99 * len("again")
    assert told["heard"]["finish"] == 1
    assert told["megabytes"] < FEW


@pytest.mark.parametrize("wire", WIRES)
def test_json_without_bottom_is_refused(wire: str) -> None:
    assert heard(wire, "deep-json")["heard"]["WireError"] == 1
