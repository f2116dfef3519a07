"""The album: snapshots that cases of one folder are held against."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from harness.message.normal import normal
from harness.message.parts import JsonObject
from harness.pytest_plugin.readable import readable
from harness.shell.files import find_specs, write_atomically
from harness.suite.case import Case
from harness.suite.expect import is_snapshot


@dataclass(slots=True)
class Album:
    """Files in a folder, one for each snapshot.

    With ``update`` what comes is accepted, the first time a session. ``differences``
    says of each that was not met how not, ready to print.
    """

    folder: Path
    update: bool
    differences: dict[str, list[str]] = field(default_factory=dict)
    _accepted: set[str] = field(default_factory=set)
    _names: dict[Path, set[str]] = field(default_factory=dict)

    def expect(self, suite: Path, names: Iterable[str]) -> None:
        """Note the snapshots that the cases of a suite file have."""
        self._names[suite] = set(names)

    def keep(self, name: str, events: list[JsonObject]) -> bool:
        """Whether events are those kept under a name; keeps them if nothing is yet.

        Where ``CI`` is set nothing is written: what was not committed is missing.
        """
        path = self.folder / f"{name}.yaml"
        found = readable(normal(events))
        kept = path.read_text("utf-8") if path.is_file() else None
        first, shown = name not in self._accepted, f"{self.folder.name}/{path.name}"
        if first and kept != found and (self.update or (kept is None and not _is_ci())):
            write_atomically(path, found.encode())
            kept = found
        self._accepted.add(name)
        self.differences.pop(name, None)
        if kept is None:
            hint = "it is written where CI is not set"
            self.differences[name] = ["", f"  {shown} does not exist: {hint}"]
        elif kept != found:
            self.differences[name] = [*_differing(kept, found, shown)]
        return kept == found

    def orphans(self) -> list[Path]:
        """Files that no case has, where all suites of the folder are known."""
        if not self.folder.is_dir():
            return []
        suites = find_specs([self.folder.parent])
        if any(p.parent == self.folder.parent and p not in self._names for p in suites):
            return []
        wanted = {name for names in self._names.values() for name in names}
        return sorted(p for p in self.folder.glob("*.yaml") if p.stem not in wanted)


def snapshots_of(cases: Iterable[Case]) -> Iterator[str]:
    """The names of the snapshots that cases have."""
    for case in cases:
        for turn in case.turns:
            for key, wanted in (turn.expect or {}).items():
                if is_snapshot(key, wanted):
                    yield wanted["snapshot"]


def _differing(kept: str, found: str, shown: str) -> Iterator[str]:
    yield ""
    lines = difflib.unified_diff(
        kept.splitlines(), found.splitlines(), shown, "found now", lineterm="", n=2
    )
    yield from (f"  {line}" for line in lines)
    yield "  to accept what is found: pytest --harness-update"


def _is_ci() -> bool:
    return bool(os.environ.get("CI"))
