"""Which providers are wires, and which are hosts that speak one of them."""

from __future__ import annotations

from harness.providers import WHERE

WIRES = [name for name, where in WHERE.items() if where.endswith(":PROVIDER")]
"""Providers that have a decoder of their own; all others share one of theirs."""


def wire_named(name: str) -> str:
    """The wire that a provider of this name speaks."""
    module, _, value = WHERE.get(name, name).partition(":")
    return name if value == "PROVIDER" else module.replace("_", "-")
