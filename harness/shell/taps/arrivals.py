"""Arrivals: told of a module once it has been imported, be it now or later."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import TypeAlias

Told: TypeAlias = Callable[[ModuleType], None]


@contextmanager
def told(wanted: Mapping[str, Told]) -> Iterator[None]:
    """Tell of each module by its name: at once if it is there, else when it comes."""
    finder = _Finder(wanted)
    sys.meta_path.insert(0, finder)
    try:
        for name, tell in wanted.items():
            if name in sys.modules:
                tell(sys.modules[name])
        yield
    finally:
        sys.meta_path.remove(finder)


class _Finder(MetaPathFinder):
    """Leaves finding to the others, and stands behind the loader they found."""

    def __init__(self, wanted: Mapping[str, Told]) -> None:
        self._wanted = wanted
        self._asking: set[str] = set()

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """The spec that the others find, with a loader that tells."""
        if fullname not in self._wanted or fullname in self._asking:
            return None
        self._asking.add(fullname)
        try:
            spec = find_spec(fullname)
        finally:
            self._asking.discard(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _Telling(spec.loader, self._wanted[fullname])
        return spec


class _Telling(Loader):
    """Loads as the other does, and tells."""

    def __init__(self, loader: Loader, tell: Told) -> None:
        self._loader = loader
        self._tell = tell

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """What the other makes."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, leave no trace of us on it, and tell."""
        if module.__spec__ is not None:
            module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._tell(module)
