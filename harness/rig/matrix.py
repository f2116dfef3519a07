"""The matrix: every adapter of a project on the same suites, a process for each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.rig.environments import python_of
from harness.run.report.matrix import Row
from harness.shell.project import Project

KEPT = Path(".harness") / "environments"
"""Where environments are kept, in the folder of the settings."""

MEANT = (0, 1)
"""Exit codes of a run that went to its end."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is run.

    ``arguments`` are for ``harness run`` beside the adapter's name; ``apart`` is
    whether each adapter runs in its own environment, where one is set for it.
    """

    project: Project
    adapters: Sequence[str]
    arguments: Sequence[str] = ()
    apart: bool = False


def rows(plan: Plan, jobs: int) -> Iterator[Row]:
    """What came of each adapter, in the order they were asked for."""
    pythons = _pythons(plan)
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(partial(_row, plan, pythons), plan.adapters)


def _pythons(plan: Plan) -> Mapping[str, str]:
    """The Python of each adapter, or why there is none."""
    found = dict.fromkeys(plan.adapters, sys.executable)
    for name in plan.adapters if plan.apart else ():
        wanted = plan.project.adapters.get(name, {}).get("environment")
        if wanted is None:
            continue
        if wanted not in plan.project.environments:
            known = ", ".join(plan.project.environments) or "none is set"
            raise UsageError(
                f"tool.harness.adapters.{name}.environment: {wanted!r}: {known}"
            )
        requires = plan.project.environments[wanted]
        found[name] = str(python_of(requires, plan.project.home / KEPT))
    return found


def _row(plan: Plan, pythons: Mapping[str, str], adapter: str) -> Row:
    command = [pythons[adapter], "-m", "harness", "run", "--json"]
    done = subprocess.run(
        [*command, "--adapter", adapter, *plan.arguments],
        capture_output=True,
        cwd=plan.project.home,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )
    if done.returncode not in MEANT:
        said = done.stderr.decode(errors="replace").strip() or "it said nothing"
        return Row(adapter, trouble=said.removeprefix("harness: "))
    lines: list[dict[str, Any]] = [
        json.loads(line) for line in done.stdout.split(b"\n") if line
    ]
    cases = [line for line in lines if line["type"] == "case"]
    summary = next((line for line in lines if line["type"] == "summary"), {})
    return Row(adapter, cases, summary)
