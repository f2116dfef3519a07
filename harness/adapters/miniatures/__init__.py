"""Miniatures: adapters that lie, one lie each, which the shipped suites must catch.

Each is the reference adapter with one fault that real adapters have had. A suite that
lets one through lets a class of bugs through; ``harness selftest`` says which.
"""

from __future__ import annotations

from harness.adapters.miniatures import (
    asking,
    calls,
    ending,
    hearing,
    history,
    keeping,
    thinking,
)
from harness.adapters.miniatures.liar import Liar, Lie, Miniature

__all__ = ["LIES", "Liar", "Lie", "Miniature"]

LIES: tuple[Lie, ...] = (
    *hearing.LIES,
    *calls.LIES,
    *thinking.LIES,
    *asking.LIES,
    *history.LIES,
    *keeping.LIES,
    *ending.LIES,
)
"""Every lie there is."""
