"""Starting cold: ``harness run`` of one suite, against importing click and yaml.

Cold is a new process with its bytecode in place, as any second run finds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.bench.clock import process, turn_about
from tests.bench.rows import Aim, Row, compare
from tests.bench.streams import ROOT

MEASURE = "cold start"
THEIRS = 'python -c "import click, yaml"'
AIM = Aim(2.5, faster=False)

COMMANDS = (
    "--version",
    "run specs/llama-cpp.spec.yaml::plain-text[anthropic]",
    "run specs/server-tools.spec.yaml",
    "run specs/text.spec.yaml",
)
"""What is started, from next to nothing up to sixty cases."""


def measure(folder: Path, rounds: int) -> Iterator[Row]:
    """A row a command.

    Args:
        folder: empty; bytecode is kept there, so that none is written elsewhere.
        rounds: how often.
    """
    settings = {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(folder)}
    sides = [process(("-c", "import click, yaml"), ROOT, settings)]
    sides += [
        process(("-m", "harness", *command.split()), ROOT, settings)
        for command in COMMANDS
    ]
    theirs, *found = turn_about(sides, rounds)
    for command, ours in zip(COMMANDS, found, strict=True):
        yield compare((MEASURE, f"harness {command}", THEIRS), ours, theirs, AIM)
