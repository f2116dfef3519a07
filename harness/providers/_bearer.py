"""How most wires are told who asks: a bearer token."""

from __future__ import annotations

from collections.abc import Mapping


def bearer(key: str | None) -> Mapping[str, str]:
    """Request headers for an API key; without one, none."""
    return {} if key is None else {"authorization": f"Bearer {key}"}
