"""Absent: what stands for the store where SQLAlchemy is not installed."""

from __future__ import annotations

from typing import Any

from harness.errors import UsageError


class Store:
    """Says what is missing, when somebody would have a store."""

    def __init__(self, *_: Any, **__: Any) -> None:
        wanted = "pip install 'llm-adapter-harness[store]'"
        raise UsageError(f"a store needs SQLAlchemy, which is not installed: {wanted}")
