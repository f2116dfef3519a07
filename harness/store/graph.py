"""Graph: messages, each a node that knows its parent; a conversation is a way up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, text

from harness.errors import StoreDamaged, UsageError
from harness.message.digest import PREFIX
from harness.message.parts import Message
from harness.store import paper
from harness.store.database import search
from harness.store.database.quick import Quick
from harness.store.paper import Files, Sheet, pack, unpack

LOOKED_AT = 16
"""How many of a conversation's last messages are looked for at once."""

FEW = 4
"""Messages after a known one that are added without asking whether they are there."""

AT_ONCE = 500
"""How many keys one statement asks for."""

SHORTEST = 6
"""Hex digits of a digest that are enough to name it, if no other begins with them."""


@dataclass(frozen=True, slots=True)
class Node:
    """Where a message is: ``depth`` is how many there are up to and with it."""

    id: int
    digest: str
    depth: int


@dataclass(slots=True)
class Chain:
    """Messages that follow one another, with the digests they have by that.

    Worked out before there is a transaction, so that nobody waits for it. ``files`` is
    what the files hold that they name.
    """

    messages: list[Message] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    files: Files = field(default_factory=Files)

    def add(self, messages: Iterable[Message], parent: str | None) -> None:
        """More of them; ``parent`` is what the first one follows.

        Raises:
            NotStorable: for what cannot be kept.
        """
        tip = self.digests[-1] if self.digests else parent
        for message in messages:
            tip = paper.named(message, tip, self.files)
            self.messages.append(message)
            self.digests.append(tip)


# -------------------------------------------------------------------------- to find one


def find(connection: Connection, digest: str) -> Node | None:
    """The node of a digest, if there is one."""
    row = NODE.one(connection, {"digest": pack(digest)})
    return None if row is None else Node(row[0], digest, row[2])


def beginning(connection: Connection, start: str) -> Node:
    """The node whose digest begins like this.

    Raises:
        UsageError: if there is none, or more than one.
    """
    digits = start.removeprefix(PREFIX)
    if len(digits) == 32 and (found := find(connection, start)):
        return found
    if len(digits) >= SHORTEST and set(digits) <= set("0123456789abcdef"):
        low, high = (bytes.fromhex(digits.ljust(32, fill)[:32]) for fill in "0f")
        told = {"low": low, "high": high}
        rows = BETWEEN.all(connection, told)
        if len(rows) > 1:
            raise UsageError(
                f"more than one message begins with {start}: say more of it"
            )
        for id_, digest, depth in rows:
            return Node(id_, unpack(digest), depth)
    raise UsageError(f"no message {start} is in this store")


def known(connection: Connection, digests: Sequence[str]) -> tuple[int, Node | None]:
    """How many of these are there already, from the first on, and the last that is.

    Where one is, all before it are: its digest says so, and its parent is there.
    """
    low, high = 0, len(digests)
    found: Node | None = None
    start = max(0, high - LOOKED_AT)
    while low < high:
        looked = (
            digests[start:high] if high == len(digests) else digests[start : start + 1]
        )
        nodes = nodes_of(connection, looked)
        there = [n for n, digest in enumerate(looked, start) if digest in nodes]
        if there:
            low = there[-1] + 1
            found = nodes[digests[low - 1]]
        if there and high == len(digests):
            break
        if not there:
            high = start
        start = (low + high) // 2
    return low, found


def nodes_of(connection: Connection, digests: Iterable[str]) -> dict[str, Node]:
    """Those of these that are there, by digest."""
    named = {pack(digest): digest for digest in digests}
    keys = [*named]
    found: dict[str, Node] = {}
    for start in range(0, len(keys), LOOKED_AT):
        asked = keys[start : start + LOOKED_AT]
        asked += asked[:1] * (LOOKED_AT - len(asked))  # the statement has so many
        told = {f"d{number}": key for number, key in enumerate(asked)}
        for id_, digest, depth in NODES_OF.all(connection, told):
            name = named[bytes(digest)]
            found[name] = Node(id_, name, depth)
    return found


def above(connection: Connection, node: Node) -> str | None:
    """The digest of a node's parent."""
    found = ABOVE.one(connection, {"id": node.id})
    return None if found is None else unpack(found[0])


# -------------------------------------------------------------------------- to add some


@dataclass(frozen=True, slots=True)
class Ensured:
    """A chain that is in the store.

    ``old`` is the last of it that was there before, ``tip`` its last, ``made`` those
    that are new, by digest.
    """

    old: Node | None
    tip: Node | None
    made: dict[str, Node]


def ensure(connection: Connection, chain: Chain, parent: Node | None) -> Ensured:
    """The chain after ``parent``; what is not there yet is added.

    Raises:
        NotStorable: for what cannot be kept.
    """
    count, last = 0, None
    if parent is None or len(chain.digests) > FEW:
        count, last = known(connection, chain.digests)
    old = tip = last or parent
    made: dict[str, Node] = {}
    added: list[tuple[int, str]] = []
    rest = zip(chain.messages[count:], chain.digests[count:], strict=True)
    for message, digest in rest:
        sheet = paper.write(message, chain.files)
        tip, new = insert(connection, sheet, digest, tip)
        if new:
            made[digest] = tip
            added.append((tip.id, sheet.content))
        elif not made:
            old = tip
    search.add(connection, added)
    return Ensured(old, tip, made)


def insert(
    connection: Connection, sheet: Sheet, digest: str, parent: Node | None
) -> tuple[Node, bool]:
    """A message, and whether it is new; its words are for the caller to index."""
    depth = parent.depth + 1 if parent else 1
    told = {
        "parent": parent.id if parent else None,
        "depth": depth,
        "digest": pack(digest),
        "content": sheet.content,
    }
    row = INSERT.one(connection, told)
    if row is None:  # it is there already
        id_, _, depth = NODE.one(connection, {"digest": told["digest"]})
        return Node(id_, digest, depth), False
    for name, content in sheet.blobs.items():
        blob = blob_id(connection, name, content)
        HOLD.do(connection, {"node": row[0], "blob": blob})
    return Node(row[0], digest, depth), True


def blob_id(connection: Connection, name: str, content: bytes) -> int:
    """The row of some bytes, which are added unless they are there."""
    told: dict[str, Any] = {"digest": bytes.fromhex(name)}
    found = BLOB.one(connection, told)
    if found is None:
        INSERT_BLOB.do(connection, {**told, "content": content})
        found = BLOB.one(connection, told)
    return int(found[0])


# --------------------------------------------------------------------------- to read it


def contents(
    connection: Connection, tip: Node, after: int = 0
) -> list[tuple[str, str]]:
    """Digest and JSON text of the messages up to ``tip``, those after a depth.

    Raises:
        StoreDamaged: if one is missing.
    """
    rows = connection.execute(CHAIN, {"id": tip.id, "after": after}).all()
    if len(rows) != max(0, tip.depth - after):
        wanted = f"{tip.depth} messages, and {len(rows) + after} are there"
        raise StoreDamaged(f"the conversation up to {tip.digest} has {wanted}")
    return [(unpack(row.digest), row.content) for row in rows]


def messages(
    connection: Connection, tip: Node | None, after: int = 0, *, whole: bool = False
) -> list[Message]:
    """The messages up to ``tip``.

    Args:
        connection: a transaction.
        tip: the last of them.
        after: the depth they begin after.
        whole: whether files are given as what they held, and not by their paths.

    Raises:
        StoreDamaged: for what is not as it was put in.
    """
    if tip is None:
        return []
    rows = contents(connection, tip, after)
    blobs = held(connection, (content for _, content in rows))
    load = paper.load_whole if whole else paper.load
    return [load(content, blobs, digest) for digest, content in rows]


def children(connection: Connection, node: Node | None) -> list[tuple[str, Message]]:
    """The messages that follow a node, or that nothing comes before; oldest first."""
    statement = ROOTS if node is None else CHILDREN
    told = {} if node is None else {"id": node.id}
    return _loaded(connection, connection.execute(statement, told).all())


def by_row(connection: Connection, ids: Sequence[int]) -> list[tuple[str, Message]]:
    """The messages in these rows, in this order."""
    rows = {row.id: row for row in connection.execute(BY_ROW, {"ids": [*ids]})}
    return _loaded(connection, [rows[id_] for id_ in ids])


def _loaded(connection: Connection, rows: Sequence[Any]) -> list[tuple[str, Message]]:
    blobs = held(connection, (row.content for row in rows))
    named = [(unpack(row.digest), row.content) for row in rows]
    return [(name, paper.load(content, blobs, name)) for name, content in named]


def held(connection: Connection, texts: Iterable[str]) -> dict[str, bytes]:
    """The bytes that these messages name."""
    names = [bytes.fromhex(n) for t in texts for n in paper.blobs_of(t)]
    found: dict[str, bytes] = {}
    for start in range(0, len(names), AT_ONCE):
        told = {"digests": names[start : start + AT_ONCE]}
        rows = connection.execute(BLOBS_OF, told)
        found |= {bytes(row.digest).hex(): bytes(row.content) for row in rows}
    return found


NODE = Quick("SELECT id, digest, depth FROM nodes WHERE digest = :digest")
ABOVE = Quick(
    "SELECT p.digest FROM nodes n JOIN nodes p ON p.id = n.parent WHERE n.id = :id"
)
BETWEEN = Quick(
    "SELECT id, digest, depth FROM nodes WHERE digest BETWEEN :low AND :high LIMIT 2"
)
NODES_OF = Quick(
    "SELECT id, digest, depth FROM nodes WHERE digest IN ("
    + ", ".join(f":d{number}" for number in range(LOOKED_AT))
    + ")"
)
INSERT = Quick(
    "INSERT INTO nodes (parent, depth, digest, content) "
    "VALUES (:parent, :depth, :digest, :content) "
    "ON CONFLICT (digest) DO NOTHING RETURNING id"
)
HOLD = Quick("INSERT INTO held (node, blob) VALUES (:node, :blob)")
BLOB = Quick("SELECT id FROM blobs WHERE digest = :digest")
BLOBS_OF = text(
    "SELECT digest, content FROM blobs WHERE digest IN :digests"
).bindparams(bindparam("digests", expanding=True))
INSERT_BLOB = Quick(
    "INSERT INTO blobs (digest, content) VALUES (:digest, :content) "
    "ON CONFLICT (digest) DO NOTHING"
)
CHAIN = text(
    "WITH RECURSIVE up (id, parent, depth, digest, content) AS ("
    "SELECT id, parent, depth, digest, content FROM nodes WHERE id = :id UNION ALL "
    "SELECT n.id, n.parent, n.depth, n.digest, n.content FROM nodes n "
    "JOIN up ON n.id = up.parent AND n.depth < up.depth AND n.depth > :after) "
    "SELECT digest, content FROM up WHERE depth > :after ORDER BY depth"
)
ROOTS = text("SELECT id, digest, content FROM nodes WHERE parent IS NULL ORDER BY id")
CHILDREN = text("SELECT id, digest, content FROM nodes WHERE parent = :id ORDER BY id")
BY_ROW = text("SELECT id, digest, content FROM nodes WHERE id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)
