"""Quick: statements of every turn, handed to the driver as they are.

A turn is some eight small statements, and what SQLAlchemy does around each takes longer
than the statement does. Transactions, connections and everything else are still its.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from harness.store.database.engine import POSTGRESQL, SQLITE

NAMED = re.compile(r"(?<![:\w]):(\w+)")


class Quick:
    """A statement with ``:named`` parameters, the same for both engines."""

    def __init__(self, sql: str) -> None:
        self._said = {SQLITE: sql, POSTGRESQL: NAMED.sub(r"%(\1)s", sql)}

    def one(self, connection: Connection, told: Mapping[str, Any]) -> Any:
        """The first row of what it gives, as a tuple, or ``None``."""
        return self._run(connection, told).fetchone()

    def all(self, connection: Connection, told: Mapping[str, Any]) -> list[Any]:
        """The rows that it gives, as tuples."""
        found: list[Any] = self._run(connection, told).fetchall()
        return found

    def do(self, connection: Connection, told: Mapping[str, Any]) -> None:
        """Run it for what it does."""
        self._run(connection, told)

    def many(self, connection: Connection, told: Sequence[Mapping[str, Any]]) -> None:
        """Run it once for each of these."""
        cursor = connection.connection.cursor()
        cursor.executemany(self._said[connection.dialect.name], told)

    def _run(self, connection: Connection, told: Mapping[str, Any]) -> Any:
        cursor = connection.connection.cursor()
        cursor.execute(self._said[connection.dialect.name], told)
        return cursor
