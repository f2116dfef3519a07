"""Imported: how much arrived of what was carried from one store to another."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Imported:
    """How much was new, and what could not be taken, each with why."""

    messages: int = 0
    threads: int = 0
    turns: int = 0
    skipped: tuple[str, ...] = ()
