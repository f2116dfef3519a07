"""llm's database read: what llm 0.36 logged, as turns of ours with the same digests."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from harness.errors import HarnessError, StoreDamaged
from harness.message.events import Usage
from harness.message.parts import (
    JsonObject,
    Message,
)
from harness.store import graph, paper, threads, turns
from harness.store.carried import llm_payload, llm_rows
from harness.store.database import search
from harness.store.graph import AT_ONCE, Node
from harness.store.imported import Imported
from harness.store.paper import Files
from harness.store.threads import Thread
from harness.store.turns import Turn


@dataclass(slots=True)
class Reading:
    """A database of llm on its way in; all that can be taken arrives, or none does.

    Attributes:
        into: a transaction that writes.
        source: llm's database.
        skipped: what could not be taken, each with why.
    """

    into: Connection
    source: sqlite3.Connection
    skipped: list[str] = field(default_factory=list)
    messages: int = 0
    threads: int = 0
    turns: int = 0

    def take(self) -> Imported:
        """Take it all in.

        Raises:
            StoreDamaged: for a database that cannot be read.
        """
        try:
            with closing(self.source):
                self.source.execute("BEGIN")  # one moment of it, whoever writes
                self._messages()
                self._threads()
                self._turns()
                self._older()
        except sqlite3.Error as error:
            raise StoreDamaged(f"llm's database: {error}") from error
        return Imported(self.messages, self.threads, self.turns, tuple(self.skipped))

    # ------------------------------------------------------------------ messages

    def _messages(self) -> None:
        for rows in _paged(self.source, MESSAGES):
            parts = self._parts([row["hash"] for row in rows])
            added = []
            for row in rows:
                node = self._message(row, parts.get(row["hash"], []))
                if node is not None:
                    added.append(node)
            self.messages += len(added)
            search.add(self.into, added)

    def _message(
        self, row: sqlite3.Row, parts: list[JsonObject]
    ) -> tuple[int, str] | None:
        """The node of a message if it is new, with its content."""
        name, above = row["hash"], row["parent_hash"]
        parent = graph.find(self.into, above) if above else None
        if above and parent is None:
            self.skipped.append(f"message {name}: what it follows was not taken")
            return None
        try:
            metadata = json.loads(row["provider_metadata"] or "null")
            message = Message(row["role"], tuple(map(llm_rows.part, parts)), metadata)
            files = Files()
            found = paper.named(message, above, files)
            sheet = paper.write(message, files)
        except (HarnessError, LookupError, TypeError, ValueError) as error:
            self.skipped.append(f"message {name}: {error}")
            return None
        if found != name:
            why = llm_rows.gone(message) or f"by what it holds it is {found}"
            self.skipped.append(f"message {name}: {why}")
            return None
        node, new = graph.insert(self.into, sheet, name, parent)
        return (node.id, sheet.content) if new else None

    def _parts(self, hashes: list[str]) -> dict[str, list[JsonObject]]:
        """The JSON of parts by message; their attachments are ``Attachment`` values."""
        rows = self.source.execute(_in(PARTS, hashes), hashes).fetchall()
        loaded = [llm_rows.loaded(row) for row in rows]
        fragments = self._by_id(
            "fragments", {i for d in loaded for i in llm_rows.borrowed(d)}
        )
        named = {i for data in loaded for i in llm_rows.shown(data)}
        attachments = self._by_id("attachments", named)
        found: dict[str, list[JsonObject]] = {}
        for row, data in zip(rows, loaded, strict=True):
            if "text_ref" in data:
                data["text"] = "".join(
                    piece["literal"]
                    if "literal" in piece
                    else fragments[piece["fragment"]]["content"]
                    for piece in data.pop("text_ref")
                )
            data["shown"] = [
                llm_rows.attachment(attachments[i]) for i in llm_rows.shown(data)
            ]
            found.setdefault(row["message_hash"], []).append(data)
        return found

    def _by_id(self, table: str, ids: Iterable[Any]) -> dict[Any, sqlite3.Row]:
        keys = [*ids]
        query = _in(f"SELECT * FROM {table} WHERE id IN ({{}})", keys)
        return {row["id"]: row for row in self.source.execute(query, keys)}

    # ---------------------------------------------------------- threads and turns

    def _threads(self) -> None:
        for row in self.source.execute("SELECT * FROM threads ORDER BY rowid"):
            name, at = row["id"], row["tip_message_hash"]
            tip = graph.find(self.into, at) if at else None
            if at and tip is None:
                self.skipped.append(f"thread {name}: its last message was not taken")
                continue
            began = row["datetime_utc"] or ""
            thread = Thread(name, at, row["name"], row["forked_from"], began)
            self.threads += threads.put(self.into, thread, tip)

    def _turns(self) -> None:
        for row in self.source.execute(TURNS):
            if turns.named(self.into, row["id"]) is not None:
                continue
            ends = [row["parent_message_hash"], row["tip_message_hash"]]
            nodes = [graph.find(self.into, end) if end else None for end in ends]
            missing = [e for e, n in zip(ends, nodes, strict=True) if e and n is None]
            if missing:
                why = f"message {missing[0]} was not taken"
                self.skipped.append(f"turn {row['id']}: {why}")
                continue
            self._turn(row, *nodes)

    def _turn(self, row: sqlite3.Row, prompt: Node | None, tip: Node | None) -> None:
        tools = [*self._tools(row["id"])]
        schema = json.loads(row["schema"]) if row["schema"] else None
        details = json.loads(row["token_details"] or "{}")
        usage = Usage(row["input_tokens"], row["output_tokens"], details)
        turn = Turn(
            row["id"],
            row["model"] or "",
            resolved_model=row["resolved_model"],
            options=json.loads(row["options_json"] or "{}"),
            tools=tools,
            schema=schema,
            usage=usage if usage != Usage() else None,
            datetime_utc=row["datetime_utc"],
            duration_ms=row["duration_ms"],
            about=self._about(row["id"]),
        )
        try:
            payload = self._payload(row, prompt, tip, tools, schema)
        except (LookupError, TypeError, ValueError) as error:
            payload = None
            why = f"its payload names {error}, which is not there"
            self.skipped.append(f"payload of turn {row['id']}: {why}")
        thread = threads.row(self.into, row["thread_id"]) if row["thread_id"] else None
        turns.add(self.into, turn, prompt, tip, thread, payload)
        self.turns += 1

    def _tools(self, turn: str) -> Iterator[JsonObject]:
        for row in self.source.execute(TOOLS, [turn]):
            tool: JsonObject = {"name": row["name"]}
            if row["description"] is not None:
                tool["description"] = row["description"]
            tool["input_schema"] = json.loads(row["input_schema"] or "{}")
            beside = {"hash": row["hash"], "plugin": row["plugin"]}
            if row["instance"]:
                names = ("plugin", "name", "arguments")
                beside["instance"] = {n: row[f"instance_{n}"] for n in names}
                if row["instance_name"] == "ServerSideTool":
                    tool["server_side"] = json.loads(row["instance_arguments"])["spec"]
            yield tool | {"llm": {k: v for k, v in beside.items() if v is not None}}

    def _about(self, turn: str) -> JsonObject:
        """What only llm knows of a turn: fragments, and who ran which call."""
        found = {
            "fragments": [{**row} for row in self.source.execute(FRAGMENTS, [turn])],
            "served": [{**row} for row in self.source.execute(SERVED, [turn])],
        }
        known = {key: rows for key, rows in found.items() if rows}
        return {"llm": known} if known else {}

    def _payload(
        self,
        row: sqlite3.Row,
        prompt: Node | None,
        tip: Node | None,
        tools: list[JsonObject],
        schema: JsonObject | None,
    ) -> Any:
        kept = row["response_json"]
        if kept is None:
            return None
        answer = graph.messages(self.into, tip, prompt.depth if prompt else 0)
        more = llm_payload.boilerplate(row["model"]) if '"m.' in kept else {}
        named = llm_payload.names(answer, tools, schema, more)
        return llm_payload.full(json.loads(kept), named)

    def _older(self) -> None:
        (count,) = self.source.execute(OLDER).fetchone()
        if count:
            why = "they were logged before llm kept messages"
            self.skipped.append(f"{count} responses of older versions of llm: {why}")


def _paged(source: sqlite3.Connection, query: str) -> Iterator[list[sqlite3.Row]]:
    last = -1
    while rows := source.execute(query, [last, AT_ONCE]).fetchall():
        last = rows[-1]["row"]
        yield rows


def _in(query: str, keys: list[Any]) -> str:
    return query.format(",".join("?" * len(keys)))


MESSAGES = (
    "SELECT rowid AS row, hash, parent_hash, role, provider_metadata FROM messages "
    "WHERE rowid > ? ORDER BY rowid LIMIT ?"
)
PARTS = (
    "SELECT message_hash, type, text, payload FROM parts "
    "WHERE message_hash IN ({}) ORDER BY message_hash, position"
)
TURNS = (
    "SELECT turns.*, schemas.content AS schema FROM turns "
    "LEFT JOIN schemas ON schemas.id = turns.schema_id ORDER BY turns.rowid"
)
TOOLS = (
    "SELECT tools.*, i.id AS instance, i.plugin AS instance_plugin, "
    "i.name AS instance_name, i.arguments AS instance_arguments "
    "FROM turn_tools JOIN tools ON tools.id = turn_tools.tool_id "
    "LEFT JOIN tool_instances i ON i.id = turn_tools.instance_id "
    "WHERE turn_id = ? ORDER BY turn_tools.rowid"
)
FRAGMENTS = (
    'SELECT kind, "order", hash, content, source, datetime_utc '
    "FROM turn_fragments JOIN fragments ON fragments.id = fragment_id "
    'WHERE turn_id = ? ORDER BY kind, "order"'
)
SERVED = (
    "SELECT tool_call_id, plugin, name, arguments FROM tool_instantiations "
    "JOIN tool_instances i ON i.id = instance_id WHERE turn_id = ? "
    "ORDER BY tool_call_id"
)
OLDER = "SELECT count(*) FROM responses WHERE id NOT IN (SELECT id FROM turns)"
