"""Store: conversations kept as a graph in which no message is stored twice."""

from __future__ import annotations

try:
    from harness.store.store import Store
except ImportError as error:  # SQLAlchemy is an extra, and only this folder needs it
    if (error.name or "").partition(".")[0] != "sqlalchemy":
        raise
    from harness.store._absent import Store  # type: ignore[assignment]  # it only says so

__all__ = ["Store"]
