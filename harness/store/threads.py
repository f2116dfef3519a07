"""Threads: names of conversations, which are all that ever changes in a store."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select, text

from harness.errors import UsageError
from harness.message.digest import PREFIX
from harness.message.parts import Message, TextPart
from harness.reference.answered import new_id
from harness.store import graph
from harness.store.database.quick import Quick
from harness.store.database.schema import NODES, THREADS, TURNS
from harness.store.graph import Node
from harness.store.paper import pack, unpack

LONGEST_TITLE = 80


@dataclass(frozen=True, slots=True)
class Thread:
    """A name for a conversation, and where that has come to; ``began`` is ISO 8601."""

    name: str
    tip: str | None
    title: str | None = None
    forked_from: str | None = None
    began: str = ""


def began() -> str:
    """The time, in ISO 8601."""
    from datetime import UTC, datetime  # the clock of whoever logs

    return datetime.now(UTC).isoformat()


def fresh(title: str | None = None, forked_from: str | None = None) -> Thread:
    """A thread that does not exist yet."""
    return Thread(new_id(), None, title, forked_from, began())


def title(messages: Sequence[Message]) -> str | None:
    """What a conversation is about, as far as its first words tell."""
    for message in messages:
        for part in message.parts if message.role == "user" else ():
            if isinstance(part, TextPart) and part.text.strip():
                found = re.sub(r"\s+", " ", part.text.strip()[: 4 * LONGEST_TITLE])
                return found[:LONGEST_TITLE].replace("\0", "\N{REPLACEMENT CHARACTER}")
    return None


def advance(
    connection: Connection, name: str | None, thread: Thread, old: Node | None, tip: int
) -> tuple[int, str]:
    """The row and name of the thread that is at ``tip`` now.

    Args:
        connection: a transaction that writes.
        name: the one that is meant; one that stood at ``old`` goes on, unless given.
        thread: what a new one is like.
        old: the last message that was there before.
        tip: where it is now.
    """
    if name is None and old is not None:
        told = {"old": old.id, "tip": tip}
        found = GO_ON.one(connection, told)
        if found is not None:
            return found[0], found[1]
    new = {
        "name": name or thread.name,
        "title": thread.title,
        "tip": tip,
        "forked_from": thread.forked_from,
        "began": thread.began,
    }
    id_, taken = SET_THREAD.one(connection, new)
    return id_, taken


def create(connection: Connection, thread: Thread, tip: Node) -> str:
    """A new thread that stands at a message; gives its name.

    Raises:
        UsageError: for a name that is taken.
    """
    if thread.name.startswith(PREFIX) or not put(connection, thread, tip):
        raise UsageError(f"a thread cannot be named {thread.name!r}: take another name")
    return thread.name


def hold(connection: Connection, thread: str) -> None:
    """Have others wait who would move the thread."""
    connection.execute(HOLD, {"name": thread})


def move(connection: Connection, thread: str, tip: int) -> None:
    """Have the thread of that name, if there is one, stand at a message."""
    connection.execute(MOVE, {"name": thread, "tip": tip})


def tip_of(connection: Connection, name: str) -> Node:
    """The message that a digest, its beginning, a thread or a turn names.

    Raises:
        UsageError: if nothing has that name, or nothing was said in it yet.
    """
    if name.startswith(PREFIX):
        return graph.beginning(connection, name)
    for table in (THREADS, TURNS):
        found = connection.execute(
            select(table.c.name, NODES.c.id, NODES.c.digest, NODES.c.depth)
            .outerjoin(NODES, NODES.c.id == table.c.tip)
            .where(table.c.name == name)
        ).one_or_none()
        if found is not None and found.id is None:
            raise UsageError(f"nothing was said in {name} yet")
        if found is not None:
            return Node(found.id, unpack(found.digest), found.depth)
    hint = "harness log list shows what there is"
    raise UsageError(f"no message, thread or turn {name!r} is in this store: {hint}")


def threads(
    connection: Connection, before: int | None, limit: int
) -> Iterator[tuple[int, Thread]]:
    """The latest threads, each with its row."""
    query = _select().order_by(THREADS.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(THREADS.c.id < before)
    return _loaded(connection, query)


def oldest(
    connection: Connection, after: int, limit: int, tip: str | None
) -> Iterator[tuple[int, Thread]]:
    """The oldest threads after a row; with a digest, those that stand there."""
    query = _select().where(THREADS.c.id > after).order_by(THREADS.c.id).limit(limit)
    if tip is not None:
        query = query.where(NODES.c.digest == pack(tip))
    return _loaded(connection, query)


def row(connection: Connection, name: str) -> int | None:
    """The row of the thread of that name."""
    found = select(THREADS.c.id).where(THREADS.c.name == name)
    return connection.execute(found).scalar_one_or_none()


def put(connection: Connection, thread: Thread, tip: Node | None) -> bool:
    """Whether a thread is new; one of its name, if there is one, stays where it is."""
    if row(connection, thread.name) is not None:
        return False
    told = {k: getattr(thread, k) for k in ("name", "title", "forked_from", "began")}
    connection.execute(THREADS.insert().values(tip=tip.id if tip else None, **told))
    return True


def _select() -> Select[Any]:
    return select(THREADS, NODES.c.digest).outerjoin(NODES, NODES.c.id == THREADS.c.tip)


def _loaded(connection: Connection, query: Select[Any]) -> Iterator[tuple[int, Thread]]:
    for row in connection.execute(query):
        tip = None if row.digest is None else unpack(row.digest)
        yield row.id, Thread(row.name, tip, row.title, row.forked_from, row.began)


GO_ON = Quick(
    "UPDATE threads SET tip = :tip WHERE id = "
    "(SELECT min(id) FROM threads WHERE tip = :old) AND tip = :old RETURNING id, name"
)
SET_THREAD = Quick(
    "INSERT INTO threads (name, title, tip, forked_from, began) "
    "VALUES (:name, :title, :tip, :forked_from, :began) "
    "ON CONFLICT (name) DO UPDATE SET tip = excluded.tip RETURNING id, name"
)
HOLD = text("UPDATE threads SET tip = tip WHERE name = :name")
MOVE = text("UPDATE threads SET tip = :tip WHERE name = :name")
