"""A suite of recordings, against pytest and vcrpy playing them to the official SDKs.

Both sides are whole processes. Each is run at two sizes, so that what a replay costs
can be told from what starting up costs. vcrpy's larger size is smaller than ours, since
patience is short, and is scaled up by what a replay costs it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import cycle, islice, product
from pathlib import Path
from typing import Any

import yaml

from harness.shell.files import load_tape
from tests.bench.clock import Side, process, turn_about
from tests.bench.rows import Aim, Row, compare
from tests.bench.streams import ROOT

MEASURE = "suite run"
AIM = Aim(20, faster=True)

SCOPES = {
    "function": "pytest + vcrpy + SDK, a client a test",
    "session": "pytest + vcrpy + SDK, one client for all tests",
}
"""How long the baseline keeps a client, as pytest says it and in words."""

CUTS = ("recorded", "event", "byte")
SUITE = ROOT / "specs" / "llama-cpp.spec.yaml"
IDS = ("plain-text", "system-prompt", "stopped-at-length", "beyond-ascii")
"""Cases of one streamed answer each, which is what the baseline can play."""
PROVIDERS = ("openai-chat", "openai-responses", "anthropic")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is run: a few and many, of our cases and of vcrpy's tests.

    A case is replayed once for each of :data:`CUTS`, a test once.
    """

    cases: tuple[int, int] = (50, 1000)
    tests: tuple[int, int] = (12, 72)


def measure(
    folder: Path, rounds: int, sizes: Sizes, scopes: Sequence[str] = tuple(SCOPES)
) -> Iterator[Row]:
    """For each of the baseline's scopes two rows: the whole run, one replay of it.

    Args:
        folder: empty; a project is laid out in it.
        rounds: how often.
        sizes: how much.
        scopes: some of :data:`SCOPES`.
    """
    shutil.copytree(ROOT / "cassettes", folder / "cassettes")
    sides = [_harness(folder, number) for number in sizes.cases]
    for scope in scopes:
        sides += [_vcrpy(folder, number, scope) for number in sizes.tests]
    # Our bytecode in place, as that of installed packages is.
    sides[0].work(None)
    few, many, *tests = turn_about(sides, rounds, warm=False)
    for number, scope in enumerate(scopes):
        few_tests, many_tests = tests[2 * number : 2 * number + 2]
        test = _of_one(few_tests, many_tests, sizes.tests)
        cost = Cost(many, _of_one(few, many, sizes.cases), many_tests, test)
        yield from _rows(cost, sizes, SCOPES[scope])


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds in each round: of both whole runs, and of one more case and test."""

    cases: Sequence[float]
    case: Sequence[float]
    tests: Sequence[float]
    test: Sequence[float]


def _rows(cost: Cost, sizes: Sizes, against: str) -> Iterator[Row]:
    number, cuts = sizes.cases[1], len(CUTS)
    missing = number * cuts - sizes.tests[1]
    pairs = zip(cost.tests, cost.test, strict=True)
    scaled = [run + missing * one for run, one in pairs]
    note = (
        f"vcrpy plays {sizes.tests[1]} tests and is scaled up to {number * cuts:,} by"
        " the cost of one. The harness also replays each case truncated and not"
        " streamed, and checks it: that is timed, and not counted."
    )
    names = (MEASURE, f"{number:,} cases × {cuts} cuts, whole process", against)
    yield compare(names, cost.cases, scaled, AIM, "s", note)
    names = (MEASURE, "one replay, start-up left out", against)
    each = [one / cuts for one in cost.case]
    yield compare(names, each, cost.test, AIM, note=note)


def suite(number: int) -> dict[str, Any]:
    """So many cases of the recorded suite, again and again under other names."""
    recorded = yaml.load(SUITE.read_text("utf-8"), yaml.CSafeLoader)
    by_id = {case["id"]: case for case in recorded["cases"]}
    cases = []
    for serial, (name, provider) in enumerate(_recordings(number)):
        case = deepcopy(by_id[name])  # what is shared would be written as an alias
        case |= {"id": f"{name}-{serial}", "matrix": {"provider": [provider]}}
        case.pop("replay", None)  # cuts are those of the command line
        cases.append(case)
    return {**recorded, "cases": cases}


def asked(number: int) -> Iterator[dict[str, Any]]:
    """For each of so many tests: whom to ask, what, and the cassette that answers."""
    for name, provider in _recordings(number):
        cassette = f"cassettes/{provider}/{name}.yaml"
        request = load_tape(ROOT, cassette).exchanges[0].request
        body = json.loads(request.body)
        yield {"provider": provider, "cassette": cassette, "body": body}


def _recordings(number: int) -> Iterator[tuple[str, str]]:
    return islice(cycle(product(IDS, PROVIDERS)), number)


def _harness(folder: Path, number: int) -> Side:
    spec = f"replay-{number}.spec.yaml"
    (folder / spec).write_text(yaml.safe_dump(suite(number)), "utf-8")
    cuts = ",".join(cut for cut in CUTS if cut != "recorded")
    command = ("-m", "harness", "run", spec, "--chunks", cuts, "--json")
    settings = {
        "PYTHONPATH": str(ROOT),
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
    }
    return process(command, folder, settings)


def _vcrpy(folder: Path, number: int, scope: str) -> Side:
    tests = folder / f"asked-{number}.json"
    tests.write_text(json.dumps(list(asked(number))), "utf-8")
    file = str(Path(__file__).with_name("vcr_baseline.py"))
    command = ("-m", "pytest", file, "-q", "-c", os.devnull, "-p", "no:cacheprovider")
    settings = {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # what is installed is no fault of vcrpy
        "ASKED": tests.name,
        "SCOPE": scope,
    }
    return process(command, folder, settings)


def _of_one(
    few: Sequence[float], many: Sequence[float], sizes: tuple[int, int]
) -> list[float]:
    """Seconds that one more costs, in each round."""
    more = sizes[1] - sizes[0]
    return [(b - a) / more for a, b in zip(few, many, strict=True)]
