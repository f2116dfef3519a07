"""Adapters by name: those a project sets, those installed, or ``module:object``."""

from __future__ import annotations

import sys
from importlib import import_module, metadata
from typing import Any

from harness.errors import UsageError
from harness.shell.project import Project
from harness.suite.kind import nearest

ADAPTER = ("name", "version", "capabilities", "providers", "open")
"""What an adapter has."""

GROUP = "harness.adapters"
"""The entry-point group in which a package offers its adapter."""


def named(name: str, project: Project) -> Any:
    """The adapter of that name.

    Raises:
        UsageError: where there is none, or it cannot be imported.
    """
    configured = project.adapters or {}
    installed = {
        entry.name: entry.value for entry in metadata.entry_points(group=GROUP)
    }
    target = (
        configured.get(name) or installed.get(name) or (name if ":" in name else "")
    )
    if not target:
        known = ["reference", *configured, *installed]
        hint = nearest(name, known) or f"known: {', '.join(known)}, or module:object"
        raise UsageError(f"no adapter named {name!r}: {hint}")
    module_name, _, attribute = target.partition(":")
    if str(project.root) not in sys.path:
        sys.path.insert(0, str(project.root))
    try:
        found: Any = getattr(import_module(module_name), attribute)
        adapter = found() if isinstance(found, type) else found
    except Exception as error:  # what is imported may raise anything
        said = f"{type(error).__name__}: {error}"
        raise UsageError(
            f"adapter {name!r} ({target}) cannot be loaded: {said}"
        ) from error
    missing = [attribute for attribute in ADAPTER if not hasattr(adapter, attribute)]
    if missing:
        message = f"adapter {name!r} ({target}) has no {', '.join(missing)}"
        raise UsageError(f"{message}: see harness.Adapter")
    return adapter
