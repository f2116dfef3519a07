"""Excused: the known failures that an adapter's owner keeps a file of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.errors import SpecError
from harness.run.baseline import Terms
from harness.shell.files import read_bytes
from harness.shell.project import Project, shown
from harness.suite.baseline import load

MOST_BYTES = 5 << 20
"""Bytes of a baseline: more than anybody can explain."""


def excused(
    given: Path | None,
    adapter: str,
    project: Project,
    cwd: Path,
    *,
    today: str,
    only: Sequence[str] = (),
) -> Terms | None:
    """The terms of the baseline that is given, or set for the adapter; or ``None``.

    Raises:
        SpecError: where it cannot be used.
    """
    name = project.baselines.get(adapter) or project.baselines.get("")
    path = given or (project.home / name if name else None)
    if path is None:
        return None
    said = shown(path, cwd)
    data = read_bytes(path, MOST_BYTES, said, SpecError)
    return Terms(load(data, said), today, only=tuple(only))
