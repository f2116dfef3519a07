"""Excused: the known failures that an adapter's owner keeps a file of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import SpecError
from harness.run.baseline import Terms
from harness.run.baseline.rewrite import EMPTY
from harness.shell.files import read_bytes
from harness.shell.project import Project, shown
from harness.suite.baseline import load

MOST_BYTES = 5 << 20
"""Bytes of a baseline: more than anybody can explain."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A baseline on disk, its bytes, and the terms that it sets."""

    path: Path
    data: bytes
    terms: Terms


def listed(
    given: Path | None,
    adapter: str,
    project: Project,
    cwd: Path,
    *,
    today: str,
    strict: bool = False,
    only: Sequence[str] = (),
    change: bool = False,
) -> Listed | None:
    """The baseline that is given, or set for the adapter; ``None`` without one.

    Where it is to ``change``, one that does not exist yet is empty.

    Raises:
        SpecError: where it cannot be used.
    """
    name = project.baselines.get(adapter) or project.baselines.get("")
    path = given or (project.home / name if name else None)
    if path is None:
        return None
    said = shown(path, cwd)
    if change and not path.exists():
        data = EMPTY.encode()
    else:
        data = read_bytes(path, MOST_BYTES, said, SpecError)
    return Listed(path, data, Terms(load(data, said), today, strict, tuple(only)))
