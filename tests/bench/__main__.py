"""``python -m tests.bench [--json]``: every measurement, as a table or as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from harness import __version__
from tests.bench import (
    around,
    hearing,
    load,
    overhead,
    replaying,
    seam,
    starting,
    store,
    streams,
)
from tests.bench.rows import Row, as_json, table

BESIDE = (
    *("openai", "anthropic", "llm", "vcrpy", "pytest", "PyYAML", "click"),
    *("sqlite-utils", "sqlalchemy"),
)
"""Packages whose versions a ratio depends on."""


def main() -> None:
    """Measure what was asked for, or everything."""
    options = _options()
    rows: list[Row] = []
    for name in options.only or MEASURES:
        print(f"measuring {name}...", file=sys.stderr)
        with tempfile.TemporaryDirectory() as folder:
            rows += MEASURES[name](options, Path(folder))
    if options.json:
        found = {"machine": machine(), "rows": [as_json(row) for row in rows]}
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return
    print("\n".join(table(rows)))
    for note in dict.fromkeys(row.note for row in rows if row.note):
        print(f"\n{note}")
    print("\n" + ", ".join(f"{name} {of}" for name, of in machine().items()))


def machine() -> dict[str, str]:
    """What the figures were measured on and with."""
    found = {
        "cores": str(os.cpu_count()),
        "harness": __version__,
        platform.python_implementation(): platform.python_version(),
    }
    return found | {name: version(name) for name in BESIDE}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="rows and versions as JSON")
    parser.add_argument("--corpus", type=Path, help="recordings to hear as well")
    parser.add_argument("--rounds", type=int, default=15, help="of each measurement")
    parser.add_argument("--only", action="append", choices=MEASURES, help="one of them")
    return parser.parse_args()


def _around(options: argparse.Namespace, folder: Path) -> Iterator[Row]:
    return around.measure(max(1, options.rounds // 3))


def _hearing(options: argparse.Namespace, folder: Path) -> Iterator[Row]:
    found = chain(streams.recorded(), streams.synthesised(2000))
    more = streams.from_corpus(options.corpus) if options.corpus else ()
    return hearing.measure(chain(found, more), options.rounds, 300_000)


def _load(options: argparse.Namespace, folder: Path) -> Iterator[Row]:
    return load.measure(folder, max(1, options.rounds // 5))


def _replaying(options: argparse.Namespace, folder: Path) -> Iterator[Row]:
    # A round takes half a minute.
    rounds = max(1, options.rounds // 5)
    return replaying.measure(folder, rounds, replaying.Sizes())


def _overhead(options: argparse.Namespace, folder: Path) -> Iterator[Row]:
    return overhead.measure(options.rounds)


def _starting(options: argparse.Namespace, folder: Path) -> Iterator[Row]:
    return starting.measure(folder, options.rounds)


def _seam(options: argparse.Namespace, folder: Path) -> Iterator[Row]:
    return seam.measure(folder, options.rounds)


def _store(options: argparse.Namespace, folder: Path) -> Iterator[Row]:
    return store.measure(folder, store.TURNS)


MEASURES: dict[str, Callable[[argparse.Namespace, Path], Iterator[Row]]] = {
    "around": _around,
    "hearing": _hearing,
    "load": _load,
    "overhead": _overhead,
    "replaying": _replaying,
    "seam": _seam,
    "starting": _starting,
    "store": _store,
}

if __name__ == "__main__":
    main()
