"""Engine: SQLite or PostgreSQL, opened so that nothing acknowledged is lost."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, create_engine, event, exc
from sqlalchemy.engine import URL, Engine, make_url

from harness.errors import NotStorable, StoreDamaged, StoreError, UsageError

SQLITE, POSTGRESQL = "sqlite", "postgresql"
SCHEMA = "harness"
"""The schema of PostgreSQL in which the tables are, where the URL names no other."""

TRIES = 5
"""How often a transaction is tried that others got in the way of."""

Done = TypeVar("Done")


class Database:
    """A database and its two kinds of transaction, one that reads and one that writes.

    Args:
        where: a path, or the URL of a PostgreSQL database, to which ``?schema=NAME``
            may be added.
        timeout: seconds to wait for other processes that write.

    Attributes:
        name: what messages call it; without a password.
        kind: ``sqlite`` or ``postgresql``.

    Raises:
        UsageError: for what is no path and no URL of these.
    """

    def __init__(self, where: str | Path, timeout: float) -> None:
        self.timeout = timeout
        url = _url(where)
        self.kind = url.get_backend_name()
        schema = url.query.get("schema", SCHEMA)
        self.name = str(url.database) if self.kind == SQLITE else str(url)
        if self.kind == SQLITE:
            arguments: dict[str, Any] = {"timeout": timeout}
        else:
            if not isinstance(schema, str) or not NAME.fullmatch(schema):
                raise UsageError(f"{self.name}: schema= wants one plain name")
            arguments = {}
            url = url.difference_update_query(["schema"])
        self.schema = str(schema)
        try:
            self._engine = create_engine(url, connect_args=arguments)
        except ImportError as error:  # the driver's, which is an extra of its own
            wanted = "pip install 'llm-adapter-harness[postgres]'"
            raise UsageError(f"{self.name} needs a driver: {wanted}") from error
        self._driver: Any = self._engine.dialect.loaded_dbapi
        self._failures = (exc.DBAPIError, self._driver.Error)
        self._process = os.getpid()
        prepare = _prepare_sqlite if self.kind == SQLITE else self._prepare_postgresql
        event.listen(self._engine, "connect", prepare)
        if self.kind == SQLITE:
            event.listen(self._engine, "begin", _begin)
        self._writer = self._engine.execution_options(writes=True)
        self._snapshot = self._engine
        if self.kind == POSTGRESQL:
            level = {"isolation_level": "REPEATABLE READ"}
            self._snapshot = self._engine.execution_options(**level)

    @contextmanager
    def reading(self, *, snapshot: bool = False) -> Iterator[Connection]:
        """A transaction that reads.

        Args:
            snapshot: whether all of it sees one moment, however long it takes.

        Raises:
            StoreError: for whatever the database does not do.
        """
        with (
            self._told(),
            self._mine(self._snapshot if snapshot else self._engine) as c,
        ):
            yield c

    def write(self, work: Callable[[Connection], Done], tries: int = TRIES) -> Done:
        """Do this in one transaction, again if another one came in between.

        Raises:
            StoreError: for whatever the database does not do; nothing is then done.
        """
        with self._told():
            for rest in reversed(range(tries)):
                try:
                    with self._mine(self._writer) as connection:
                        return work(connection)
                except self._failures as error:
                    if not rest or not self._again(error):
                        raise
        raise AssertionError("the last try returns or raises")

    def close(self) -> None:
        """Let go of all connections; the last one of SQLite's tidies its files up."""
        self._engine.dispose()

    @contextmanager
    def _mine(self, engine: Engine) -> Iterator[Connection]:
        """A connection of this process: those of the one it was forked from are not."""
        if self._process != os.getpid():
            self._engine.dispose(close=False)
            self._process = os.getpid()
        with engine.connect() as connection, connection.begin():
            yield connection

    def _prepare_postgresql(self, connection: Any, record: object) -> None:
        connection.execute(f'SET search_path TO "{self.schema}"')
        connection.execute(f"SET lock_timeout = {int(self.timeout * 1000)}")
        connection.commit()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Failures of the database, as ours."""
        try:
            yield
        except self._failures as error:
            raise self._told_of(error) from error
        except UnicodeError as error:
            message = f"a name that is no UTF-8 cannot be kept: {error}"
            raise NotStorable(message) from error
        except (exc.SQLAlchemyError, sqlite3.Error) as error:
            raise StoreError(f"{self.name}: {error}") from error

    def _again(self, error: Exception) -> bool:
        """Whether it failed for what others did meanwhile, and not for what it is."""
        cause = _cause(error)
        if isinstance(cause, self._driver.IntegrityError):
            return True
        return getattr(cause, "sqlstate", None) in OF_OTHERS

    def _told_of(self, error: Exception) -> StoreError:
        cause = _cause(error)
        code = getattr(cause, "sqlite_errorname", None) or ""
        said = str(cause).strip().partition("\n")[0]
        for start, (kind, why) in SAID.items():
            if code.startswith(start):
                why = why.format(seconds=f"{self.timeout:g}")
                return kind(f"{self.name}: {why} ({said})")
        return StoreError(f"{self.name}: {said}")


def _url(where: str | Path) -> URL:
    """The URL of a database, with the driver that we use."""
    text = str(where)
    if isinstance(where, Path) or "://" not in text:
        if not text or text == ":memory:":
            raise UsageError("a store is a file: give its path")
        return URL.create(SQLITE, database=text)
    try:
        url = make_url(text)
    except (exc.ArgumentError, ValueError) as error:
        raise UsageError(f"no URL of a database: {error}") from error
    kind = url.drivername.partition("+")[0]
    if kind == SQLITE and url.database and url.database != ":memory:":
        return url
    if kind in ("postgres", POSTGRESQL):
        return url.set(drivername="postgresql+psycopg")
    raise UsageError(f"{url}: wants a path, or postgresql://HOST/DATABASE")


def _prepare_sqlite(connection: sqlite3.Connection, record: object) -> None:
    connection.isolation_level = None  # we begin and end transactions ourselves
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")  # acknowledged is on the disk
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        connection.execute("PRAGMA journal_mode = WAL")  # readers wait for nobody


def _begin(connection: Connection) -> None:
    # One that reads first and writes later could not wait for its turn to write.
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _cause(error: Exception) -> BaseException:
    """The driver's own error: it comes by itself, or in one of SQLAlchemy's."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else None
    return cause or error


NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

OF_OTHERS = ("40001", "40P01")
"""PostgreSQL's codes for two transactions that cannot both be right, or a deadlock."""

SAID: dict[str, tuple[type[StoreError], str]] = {
    "SQLITE_FULL": (
        StoreError,
        "the disk is full; nothing of this was kept, and all that was kept before is "
        "there: make room, then log it again",
    ),
    "SQLITE_NOTADB": (StoreDamaged, "it is no SQLite database"),
    "SQLITE_CORRUPT": (
        StoreDamaged,
        "it is damaged; restore a copy, or save what can be read with "
        "sqlite3 FILE .recover",
    ),
    "SQLITE_BUSY": (StoreError, "others have been writing for {seconds} s: try again"),
    "SQLITE_LOCKED": (StoreError, "others have been writing: try again"),
    "SQLITE_READONLY": (StoreError, "it may only be read"),
    "SQLITE_CANTOPEN": (StoreError, "it cannot be opened: is its folder there?"),
    "SQLITE_IOERR": (StoreError, "the disk failed"),
}
"""SQLite's codes, by how they begin, and what they mean for a store."""
