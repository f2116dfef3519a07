"""Upkeep: what a store holds is checked, and what nobody needs is removed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, text

from harness.errors import NotStorable, StoreDamaged, UsageError
from harness.store import graph, paper, turns
from harness.store.database import search
from harness.store.database.engine import SQLITE
from harness.store.graph import AT_ONCE
from harness.store.paper import Files, unpack

TRIED = {"yield_per": AT_ONCE}
"""However many rows there are, so many are in memory at once."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that is not as it was put in: a message, blob, term, turn or page."""

    kind: str
    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}: {self.why}"


@dataclass(frozen=True, slots=True)
class Collected:
    """How much was of no use to any thread or turn, and is gone."""

    messages: int = 0
    blobs: int = 0
    terms: int = 0


# ------------------------------------------------------------------------------- verify


def flaws(connection: Connection) -> Iterator[Flaw]:
    """Everything whose digest, derived anew, is not the one it is kept by."""
    if connection.dialect.name == SQLITE:
        for said in connection.execute(text("PRAGMA integrity_check(20)")).scalars():
            if said != "ok":
                yield Flaw("page", "of the file", str(said))
        for row in connection.execute(text("PRAGMA foreign_key_check")):
            name = f"{row[1]} of {row[0]}"
            yield Flaw("row", name, f"what it names in {row[2]} is not there")
    yield from _blobs(connection)
    yield from _terms(connection)
    with connection.execute(ALL_NODES, execution_options=TRIED) as rows:
        for row in rows:
            why = _wrong(connection, row)
            if why:
                yield Flaw("message", unpack(row.digest), why)
    with connection.execute(ALL_PAYLOADS, execution_options=TRIED) as rows:
        for name in rows.scalars():
            try:
                turns.payload(connection, name)
            except StoreDamaged as error:
                yield Flaw("turn", name, str(error))


def _blobs(connection: Connection) -> Iterator[Flaw]:
    with connection.execute(ALL_BLOBS, execution_options=TRIED) as rows:
        for id_ in rows.scalars():  # one at a time: each may be large
            row = connection.execute(ONE_BLOB, {"id": id_}).one()
            if hashlib.sha256(row.content).digest() != bytes(row.digest):
                yield Flaw("blob", bytes(row.digest).hex(), "its bytes have changed")


def _terms(connection: Connection) -> Iterator[Flaw]:
    with connection.execute(ALL_TERMS, execution_options=TRIED) as rows:
        for row in rows:
            if turns.term_digest(row.content) != bytes(row.digest):
                yield Flaw("term", bytes(row.digest).hex(), "its text has changed")


def _wrong(connection: Connection, row: Any) -> str | None:
    """What is wrong with a node, if something is."""
    name = unpack(row.digest)
    parent = None if row.above is None else unpack(row.above)
    if row.depth != (row.before or 0) + 1 or (row.parent is None) != (parent is None):
        return "it does not follow the message that it names"
    try:
        blobs = graph.held(connection, [row.content])
        message = paper.load_whole(row.content, blobs, name)
        found = paper.named(message, parent, Files())
    except (StoreDamaged, NotStorable, json.JSONDecodeError) as error:
        return str(error)
    return None if found == name else f"it now is {found}"


# ----------------------------------------------------------------------------------- gc


def collect(connection: Connection) -> Collected:
    """Remove what no thread and no turn leads to."""
    if connection.dialect.name != SQLITE:
        # Nobody is to go on from a message while it is being removed.
        connection.execute(text("LOCK TABLE nodes IN SHARE ROW EXCLUSIVE MODE"))
    connection.execute(MAKE_LIVE)
    connection.execute(FILL_LIVE)
    messages, before = 0, 2**62
    while rows := connection.execute(LOOSE, {"before": before, "limit": AT_ONCE}).all():
        ids = {"ids": [row.id for row in rows]}
        search.remove(connection, [(row.id, row.content) for row in rows])
        connection.execute(DROP_HELD, ids)
        connection.execute(DROP_NODES, ids)
        messages, before = messages + len(rows), rows[-1].id
    connection.execute(DROP_LIVE)
    blobs = connection.execute(DROP_BLOBS).rowcount
    terms = connection.execute(DROP_TERMS).rowcount
    return Collected(messages, blobs, terms)


def forget(connection: Connection, thread: str) -> None:
    """Remove a thread and its turns; its messages go with the next :func:`collect`.

    Raises:
        UsageError: if there is none of that name.
    """
    told = {"name": thread}
    connection.execute(DROP_TURNS, told)
    if not connection.execute(DROP_THREAD, told).rowcount:
        raise UsageError(f"no thread {thread!r} is in this store")


ALL_BLOBS = text("SELECT id FROM blobs ORDER BY id")
ONE_BLOB = text("SELECT digest, content FROM blobs WHERE id = :id")
ALL_TERMS = text("SELECT digest, content FROM terms ORDER BY id")
ALL_NODES = text(
    "SELECT n.digest, n.parent, n.depth, n.content, p.digest AS above, "
    "p.depth AS before FROM nodes n LEFT JOIN nodes p ON p.id = n.parent ORDER BY n.id"
)
ALL_PAYLOADS = text("SELECT name FROM turns WHERE payload IS NOT NULL ORDER BY id")

MAKE_LIVE = text("CREATE TEMPORARY TABLE live (id bigint PRIMARY KEY)")
FILL_LIVE = text(
    "INSERT INTO live WITH RECURSIVE up (id) AS ("
    "SELECT tip FROM threads WHERE tip IS NOT NULL UNION "
    "SELECT tip FROM turns WHERE tip IS NOT NULL UNION "
    "SELECT prompt FROM turns WHERE prompt IS NOT NULL UNION "
    "SELECT n.parent FROM nodes n JOIN up ON n.id = up.id "
    "WHERE n.parent IS NOT NULL) SELECT id FROM up"
)
LOOSE = text(
    "SELECT id, content FROM nodes WHERE id < :before "
    "AND NOT EXISTS (SELECT 1 FROM live WHERE live.id = nodes.id) "
    "ORDER BY id DESC LIMIT :limit"
)
"""What nothing leads to; those that follow others come first, and have later rows."""

DROP_LIVE = text("DROP TABLE live")
DROP_HELD = text("DELETE FROM held WHERE node IN :ids").bindparams(
    bindparam("ids", expanding=True)
)
DROP_NODES = text("DELETE FROM nodes WHERE id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)
DROP_BLOBS = text(
    "DELETE FROM blobs WHERE NOT EXISTS (SELECT 1 FROM held WHERE blob = blobs.id)"
)
DROP_TERMS = text(
    "DELETE FROM terms WHERE "
    "NOT EXISTS (SELECT 1 FROM turns WHERE asked = terms.id) "
    "AND NOT EXISTS (SELECT 1 FROM turns WHERE tools = terms.id) "
    "AND NOT EXISTS (SELECT 1 FROM turns WHERE schema = terms.id)"
)
DROP_TURNS = text(
    "DELETE FROM turns WHERE thread = (SELECT id FROM threads WHERE name = :name)"
)
DROP_THREAD = text("DELETE FROM threads WHERE name = :name")
