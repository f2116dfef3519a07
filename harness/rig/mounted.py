"""Mounted: the adapter that is to be tested, by its name."""

from __future__ import annotations

from harness import __version__
from harness.adapters.reference import Reference
from harness.providers import PROVIDERS
from harness.run.door import Adapter
from harness.shell.project import Project


def mounted(name: str, project: Project) -> Adapter:
    """The adapter of that name.

    Raises:
        UsageError: where there is none, or it cannot be imported.
    """
    if name == "reference":
        return Reference(PROVIDERS, __version__)
    # Entry points are read off every installed package: only when they are needed.
    from harness.shell.adapters import named

    adapter: Adapter = named(name, project)
    return adapter
