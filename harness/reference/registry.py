"""Registry: models by name, ours and those that packages register."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from harness.errors import UsageError
from harness.providers import PROVIDERS

GROUP = "harness.models"
"""The entry-point group in which a package names its ``register_models``."""

ALIASES = {"openai": "openai-responses"}
"""What a provider may be called instead."""

WIRED = "harness.reference.wired"
"""Where the models are that speak the wires of :data:`PROVIDERS`."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A model that a package brings, a ``Model``, an ``AsyncModel`` or both.

    ``aliases`` are what it may be called instead.
    """

    model: Any
    async_model: Any = None
    aliases: tuple[str, ...] = ()

    @property
    def model_id(self) -> str:
        """Its name."""
        found = self.model or self.async_model
        return found.model_id if found else ""


def registered() -> Iterator[Registered]:
    """The models that packages bring.

    Raises:
        UsageError: after all others, for packages whose ``register_models`` fails.
    """
    from importlib import metadata  # slow, and the built-in models need none of it

    faults: list[Exception] = []
    said: list[str] = []
    for entry in metadata.entry_points(group=GROUP):
        found: list[Registered] = []

        def register(
            model: Any,
            async_model: Any = None,
            aliases: Sequence[str] | None = (),
            into: list[Registered] = found,
        ) -> None:
            into.append(Registered(model, async_model, tuple(aliases or ())))

        try:
            entry.load()(register)
        except Exception as error:  # a package may raise anything
            fault = f"{type(error).__name__}: {error}"
            said.append(f"models of {entry.name!r} ({entry.value}): {fault}")
            faults.append(error)
        else:
            yield from found
    if faults:
        raise UsageError("; ".join(said)) from faults[0]


def find(name: str, how: dict[str, Any]) -> Any:
    """The model of that name; see :func:`harness.get_model`.

    Raises:
        UsageError: where there is none.
    """
    return _found(name, "model", "WiredModel", how)


def find_async(name: str, how: dict[str, Any]) -> Any:
    """The same, to be awaited."""
    return _found(name, "async_model", "AsyncWiredModel", how)


def _found(name: str, kind: str, wired: str, how: dict[str, Any]) -> Any:
    provider, slash, rest = name.partition("/")
    provider = ALIASES.get(provider, provider)
    if slash and rest and provider in PROVIDERS:
        return getattr(import_module(WIRED), wired)(PROVIDERS[provider], rest, **how)
    known: list[str] = []
    for entry in registered():
        names = (entry.model_id, *entry.aliases)
        known += names
        if name in names:
            found = getattr(entry, kind)
            if found is None:
                raise UsageError(f"{name} has no {kind.replace('_', ' ')}")
            if how:
                given = ", ".join(f"{argument}=" for argument in how)
                raise UsageError(f"{name} is registered as it is, without {given}")
            return found
    from difflib import get_close_matches  # only to say what was meant

    near = get_close_matches(provider, PROVIDERS, n=1) if slash else ()
    close = get_close_matches(name, [*known, *(f"{w}/{rest}" for w in near)], n=1)
    wires = ", ".join(f"{wire}/{rest or name}" for wire in PROVIDERS)
    if provider in PROVIDERS:
        hint = f"say which of its models: {provider}/MODEL"
    elif close:
        hint = f"did you mean {close[0]!r}?"
    else:
        hint = f"say over which wire: {wires}"
    raise UsageError(f"no model named {name!r}: {hint}")
