"""Lines: a store as lines of JSON, which any other store takes in.

A line names its kind: ``blob``, ``term``, ``message``, ``thread``, ``turn``. What a
line names by a digest comes before it.
"""

from __future__ import annotations

import base64
import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, text

from harness.errors import HarnessError, StoreDamaged, StoreError
from harness.message.events import Usage
from harness.message.parts import JsonObject
from harness.store import graph, paper, threads, turns
from harness.store.database import search
from harness.store.database.schema import TURNS
from harness.store.graph import AT_ONCE, Node
from harness.store.imported import Imported
from harness.store.paper import Files, Sheet, unpack
from harness.store.threads import Thread
from harness.store.turns import Turn

HEAD = {"kind": "store", "version": 1}
"""The first line."""

REMEMBERED = 20_000
"""Messages whose rows are remembered on the way in."""

STREAMED = {"yield_per": AT_ONCE}


# ---------------------------------------------------------------------------------- out


def export(connection: Connection, tips: Sequence[str]) -> Iterator[str]:
    """The lines of all there is, or of what leads to these messages.

    Raises:
        StoreDamaged: for what is not as it was put in.
        UsageError: for a tip that is not there.
    """
    yield _line(HEAD)
    if not tips:
        yield from _all(connection)
        return
    said: set[str] = set()
    terms: set[str] = set()
    for name in tips:
        tip = threads.tip_of(connection, name)
        parent, ends = None, []
        for digest, content in graph.contents(connection, tip):
            for blob in sorted(paper.blobs_of(content) - said):
                said.add(blob)
                yield _blob(blob, graph.held(connection, [content])[blob])
            if digest not in said:
                yield _message(digest, parent, content)
                ends.append(digest)
            said.add(digest)
            parent = digest
        yield from _threads(connection, tip.digest)
        for digest in ends:
            yield from _turns(connection, digest, terms)


def _all(connection: Connection) -> Iterator[str]:
    with connection.execute(BLOBS, execution_options=STREAMED) as rows:
        for id_ in rows.scalars():
            row = connection.execute(BLOB, {"id": id_}).one()
            yield _blob(bytes(row.digest).hex(), bytes(row.content))
    with connection.execute(NODES, execution_options=STREAMED) as rows:
        for row in rows:
            above = None if row.above is None else unpack(row.above)
            yield _message(unpack(row.digest), above, row.content)
    yield from _threads(connection, None)
    yield from _turns(connection, None, set())


def _threads(connection: Connection, tip: str | None) -> Iterator[str]:
    after = 0
    while rows := [*threads.oldest(connection, after, AT_ONCE, tip)]:
        for _, thread in rows:
            yield _line({"kind": "thread", **_known(thread)})
        after = rows[-1][0]


def _turns(connection: Connection, tip: str | None, terms: set[str]) -> Iterator[str]:
    """Turns, and before the first of them that needs it, what they have in common."""
    node = None if tip is None else graph.find(connection, tip)
    where = () if node is None else (TURNS.c.tip == node.id,)
    after = 0
    while rows := [*turns.oldest(connection, *where, after=after, limit=AT_ONCE)]:
        for _, turn in rows:
            yield from _turn(connection, turn, terms)
        after = rows[-1][0]


def _turn(connection: Connection, turn: Turn, terms: set[str]) -> Iterator[str]:
    data = _known(turn)
    for key in ("tools", "schema"):
        if not data.get(key):
            continue
        name = turns.term_digest(paper.as_json(data[key])).hex()
        if name not in terms:
            yield _line({"kind": "term", "name": name, "content": data[key]})
        terms.add(name)
        data[key] = name
    if turn.usage is not None:
        data["usage"] = turn.usage.to_dict()
    payload = turns.payload(connection, turn.id)
    more = {} if payload is None else {"payload": payload}
    yield _line({"kind": "turn", **data, **more})


def _known(value: Thread | Turn) -> JsonObject:
    """The fields of a value that say something."""
    named = ((name, getattr(value, name)) for name in type(value).__slots__)
    return {name: said for name, said in named if said}


def _message(digest: str, parent: str | None, content: str) -> str:
    # The content is JSON as it is; it stays as it is written.
    head = _line({"kind": "message", "digest": digest, "parent": parent})
    return f'{head[:-1]},"content":{content}}}'


def _blob(name: str, content: bytes) -> str:
    coded = base64.b64encode(content).decode()
    return _line({"kind": "blob", "name": name, "content": coded})


def _line(data: JsonObject) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


# ----------------------------------------------------------------------------------- in


class Import:
    """Lines on their way in; all of them arrive, or none does.

    Args:
        connection: a transaction that writes.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._terms: dict[str, Any] = {}
        self._nodes: OrderedDict[str, Node] = OrderedDict()
        self._words: list[tuple[int, str]] = []
        self._count = {"message": 0, "thread": 0, "turn": 0}

    def take(self, lines: Iterable[str]) -> Imported:
        """Take them all in.

        Raises:
            StoreDamaged: for a line whose digest is not that of what it holds, or that
                is no such line; it is named by its number.
        """
        number = 0
        for number, line in enumerate(_text(lines), 1):
            try:
                self._line(number, line)
            except (StoreError, HarnessError) as error:
                kind = type(error) if isinstance(error, StoreError) else StoreDamaged
                raise kind(f"line {number}: {error}; nothing was imported") from error
            except (AttributeError, LookupError, TypeError, ValueError) as error:
                why = f"it is no line of a store ({type(error).__name__}: {error})"
                message = f"line {number}: {why}; nothing was imported"
                raise StoreDamaged(message) from error
        if not number:
            raise StoreDamaged("there are no lines: was the export cut short?")
        self._index()
        found = self._count
        return Imported(found["message"], found["thread"], found["turn"])

    def _line(self, number: int, line: str) -> None:
        data = json.loads(line)
        kind = data.pop("kind")
        if (number == 1) != (kind == "store"):
            raise ValueError("the first line, and no other, is of kind store")
        if kind == "store":
            if data["version"] > HEAD["version"]:
                found = f"it is of version {data['version']}"
                raise StoreError(f"{found}: pip install --upgrade llm-adapter-harness")
            return
        KINDS[kind](self, data)

    def _blob(self, data: JsonObject) -> None:
        content = base64.b64decode(data["content"], validate=True)
        if paper.sha256(content) != data["name"]:
            raise StoreDamaged(f"the bytes are not those of {data['name']}")
        # Kept at once, so that memory does not grow; nobody names it until a message
        # does, and then it is found here.
        graph.blob_id(self._connection, data["name"], content)

    def _term(self, data: JsonObject) -> None:
        content = paper.as_json(data["content"])
        if turns.term_digest(content).hex() != data["name"]:
            raise StoreDamaged(f"the term is not that of {data['name']}")
        self._terms[data["name"]] = data["content"]

    def _message(self, data: JsonObject) -> None:
        digest, parent = data["digest"], data["parent"]
        content = paper.as_json(data["content"])
        blobs = graph.held(self._connection, [content])
        message = paper.load_whole(content, blobs, digest)
        found = paper.named(message, parent, Files())
        if found != digest:
            raise StoreDamaged(f"message {digest} is {found} by what it holds")
        above = None if parent is None else self._node(parent)
        node, new = graph.insert(self._connection, Sheet(content, blobs), digest, above)
        self._remember(node)
        if new:
            self._count["message"] += 1
            self._words.append((node.id, content))
            if len(self._words) == AT_ONCE:
                self._index()

    def _thread(self, data: JsonObject) -> None:
        tip = self._node(data["tip"]) if data.get("tip") else None
        thread = Thread(**{"tip": None, **data})
        self._count["thread"] += threads.put(self._connection, thread, tip)

    def _turn(self, data: JsonObject) -> None:
        payload = data.pop("payload", None)
        for key in ("tools", "schema"):
            if key in data:
                data[key] = self._terms[data[key]]
        if "usage" in data:
            said = data["usage"]
            usage = (said.get("input"), said.get("output"), said.get("details", {}))
            data["usage"] = Usage(*usage)
        turn = Turn(**data)
        before = turns.named(self._connection, turn.id)
        if before is not None:
            if replace(before, thread=turn.thread) != turn:
                raise turns.taken(turn.id)
            return
        prompt = None if turn.prompt is None else self._node(turn.prompt)
        tip = self._node(turn.tip)
        row = None
        if turn.thread is not None:
            row = threads.row(self._connection, turn.thread)
            if row is None:  # it was exported without its thread, which has gone on
                new = replace(threads.fresh(), name=turn.thread)
                threads.put(self._connection, new, tip)
                row = threads.row(self._connection, turn.thread)
        turns.add(self._connection, turn, prompt, tip, row, payload)
        self._count["turn"] += 1

    def _node(self, digest: str) -> Node:
        found = self._nodes.get(digest) or graph.find(self._connection, digest)
        if found is None:
            raise StoreDamaged(f"message {digest} is named before it is told")
        return found

    def _remember(self, node: Node) -> None:
        self._nodes[node.digest] = node
        if len(self._nodes) > REMEMBERED:
            self._nodes.popitem(last=False)

    def _index(self) -> None:
        search.add(self._connection, self._words)
        self._words = []


def _text(lines: Iterable[str]) -> Iterator[str]:
    try:
        yield from lines
    except UnicodeDecodeError as error:
        raise StoreDamaged(f"the lines are not UTF-8: {error}") from error


KINDS: dict[str, Callable[[Import, JsonObject], None]] = {
    "blob": Import._blob,
    "term": Import._term,
    "message": Import._message,
    "thread": Import._thread,
    "turn": Import._turn,
}

BLOBS = text("SELECT id FROM blobs ORDER BY id")
BLOB = text("SELECT digest, content FROM blobs WHERE id = :id")
NODES = text(
    "SELECT n.digest, n.content, p.digest AS above "
    "FROM nodes n LEFT JOIN nodes p ON p.id = n.parent ORDER BY n.id"
)
