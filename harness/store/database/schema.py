"""Schema: the tables, and how those of older versions become them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    inspect,
    select,
    text,
)

from harness.errors import StoreError, UsageError
from harness.store.database import search
from harness.store.database.engine import SQLITE, Database

BIG = BigInteger().with_variant(Integer, "sqlite")
"""A key: SQLite numbers rows by itself in a column that is called INTEGER."""

META = MetaData()


def _key() -> Column[int]:
    return Column("id", BIG, primary_key=True)


def _to(name: str, table: str, **more: Any) -> Column[int]:
    return Column(name, BIG, ForeignKey(f"{table}.id"), **more)


def _digest() -> Column[bytes]:
    return Column("digest", LargeBinary, nullable=False, unique=True)


VERSION = Table("harness_store", META, Column("version", Integer, nullable=False))

NODES = Table(
    "nodes",
    META,
    _key(),
    _to("parent", "nodes", index=True),
    Column("depth", Integer, nullable=False),  # messages up to and with this one
    _digest(),
    Column("content", Text, nullable=False),
)
"""Messages, each once for all conversations that come to it by the same way."""

BLOBS = Table(
    "blobs", META, _key(), _digest(), Column("content", LargeBinary, nullable=False)
)
"""The bytes of attachments, each once, by their SHA-256."""

HELD = Table(
    "held",
    META,
    _to("node", "nodes", primary_key=True),
    _to("blob", "blobs", primary_key=True, index=True),
    sqlite_with_rowid=False,
)
"""Which blobs a message holds."""

TERMS = Table("terms", META, _key(), _digest(), Column("content", Text, nullable=False))
"""JSON that turns have in common: tools, schemas, options; each once."""

THREADS = Table(
    "threads",
    META,
    _key(),
    Column("name", Text, nullable=False, unique=True),
    Column("title", Text),
    _to("tip", "nodes", index=True),
    Column("forked_from", Text),
    Column("began", Text, nullable=False),
)
"""Names of conversations, which are the only thing that changes."""

TURNS = Table(
    "turns",
    META,
    _key(),
    Column("name", Text, nullable=False, unique=True),
    _to("thread", "threads", index=True),
    _to("prompt", "nodes", index=True),
    _to("tip", "nodes", index=True),
    Column("model", Text, nullable=False),
    Column("resolved_model", Text),
    Column("provider", Text),
    _to("asked", "terms", index=True),
    _to("tools", "terms", index=True),
    _to("schema", "terms", index=True),
    Column("input", BigInteger),
    Column("output", BigInteger),
    Column("details", Text),
    Column("finish_reason", Text),
    Column("datetime_utc", Text),
    Column("duration_ms", BigInteger),
    Column("payload", LargeBinary),
)
"""Calls of a model: what was asked, what came of it, and all that goes with it."""


def prepare(database: Database) -> None:
    """Make the tables, or bring them up to date.

    Raises:
        StoreError: for a store of a newer version.
        UsageError: for a database of something else.
    """
    with database.reading() as connection:
        if _version(connection, database) == len(MIGRATIONS):
            return
    database.write(lambda connection: _migrate(connection, database))


def _version(connection: Connection, database: Database) -> int:
    """How many migrations it has seen.

    Raises:
        StoreError: for more than there are.
        UsageError: for a database of something else.
    """
    if database.kind == SQLITE:
        found = inspect(connection).get_table_names()
    else:
        found = inspect(connection).get_table_names(database.schema)
    if VERSION.name not in found:
        if found:
            names = ", ".join(sorted(found)[:3])
            hint = "Store.import_llm reads logs.db of llm" if "turns" in found else ""
            hint = hint or "give a path where nothing is yet"
            message = f"{database.name} is a database of something else, with {names}"
            raise UsageError(f"{message}: {hint}")
        return 0
    version: int = connection.execute(select(VERSION.c.version)).scalar_one()
    if version > len(MIGRATIONS):
        raise StoreError(
            f"{database.name} is of version {version}, and this harness knows "
            f"{len(MIGRATIONS)}: pip install --upgrade llm-adapter-harness"
        )
    return version


def _migrate(connection: Connection, database: Database) -> None:
    if database.kind != SQLITE:
        # Two that open an empty database at once would both make the tables.
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('harness'))"))
        # Whoever may not make schemas may still be given one.
        if database.schema not in inspect(connection).get_schema_names():
            connection.execute(text(f'CREATE SCHEMA "{database.schema}"'))
    version = _version(connection, database)
    for migration in MIGRATIONS[version:]:
        migration(connection)
    if version == 0:
        connection.execute(VERSION.insert().values(version=len(MIGRATIONS)))
    else:
        connection.execute(VERSION.update().values(version=len(MIGRATIONS)))


def _tables(connection: Connection) -> None:
    META.create_all(connection, checkfirst=False)


def _index(connection: Connection) -> None:
    """Full text, of what is there already too."""
    search.create(connection)
    nodes = select(NODES.c.id, NODES.c.content).order_by(NODES.c.id)
    with connection.execute(nodes, execution_options={"yield_per": 500}) as rows:
        for part in rows.partitions():
            search.add(connection, [(row.id, row.content) for row in part])


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_tables, _index)
"""What a store of each version lacks to be of the next; only ever added to."""
