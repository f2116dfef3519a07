"""Ids that nobody told: made up, the same for the same thing on every machine."""

from __future__ import annotations

from hashlib import sha256


def made_up(prefix: str, of: str, length: int) -> str:
    """An id such as ``call_9b1c5e07``: after its prefix ``length`` digits, of base 16.

    Args:
        prefix: with what joins it to the rest.
        of: what the id is of; another has another id.
        length: at most 64.
    """
    return prefix + sha256(of.encode()).hexdigest()[:length]
