"""Known: what may be named on the command line, and what was meant where it is not."""

from __future__ import annotations

from pathlib import Path

from harness.cassette.tape import Tape
from harness.errors import UsageError
from harness.providers import PROVIDERS
from harness.providers._provider import Provider
from harness.shell.files import load_tape
from harness.shell.project import find
from harness.suite.kind import nearest


def provider_named(name: str) -> Provider:
    """The provider of that name.

    Raises:
        UsageError: where there is none.
    """
    if name not in PROVIDERS:
        hint = nearest(name, PROVIDERS) or f"one of {', '.join(PROVIDERS)}"
        raise UsageError(f"no provider named {name!r}: {hint}")
    return PROVIDERS[name]


def tape_named(name: str) -> Tape:
    """The tape of a cassette, named from wherever in the project one is.

    Raises:
        CassetteError: where it cannot be used.
    """
    root = find(Path.cwd()).root
    path = Path(name).absolute()
    inside = path.is_relative_to(root)
    return load_tape(root, path.relative_to(root) if inside else name)
