"""Pace: how long to wait for what was waited for when it was recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from harness.errors import UsageError

Pace: TypeAlias = Callable[[int], float]
"""Seconds to wait now where so many milliseconds were waited when it was recorded."""


def pace(timing: str) -> Pace:
    """How long to wait for each chunk.

    Args:
        timing: ``none``, ``recorded``, or ``×N`` (or ``xN``): N times as fast.

    Raises:
        UsageError: for anything else.
    """
    if timing == "none":
        return lambda milliseconds: 0.0
    if timing == "recorded":
        return lambda milliseconds: milliseconds / 1000
    try:
        speed = float(timing[1:]) if timing[:1] in ("×", "x") else 0.0
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise UsageError(f"no timing {timing!r}: none, recorded, or ×N as in ×10")
    return lambda milliseconds: milliseconds / 1000 / speed
