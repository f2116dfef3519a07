"""llm's database written: turns of ours as llm 0.36 logs them, by the same hashes."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from harness.errors import StoreError
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    JsonObject,
    Message,
    Part,
    TextPart,
    ToolResultPart,
)
from harness.store import graph, paper, threads, turns
from harness.store.carried import llm_payload
from harness.store.graph import AT_ONCE
from harness.store.imported import Imported
from harness.store.paper import Files, unpack
from harness.store.threads import Thread
from harness.store.turns import Turn

STREAMED = {"yield_per": AT_ONCE}


@dataclass(slots=True)
class Writing:
    """A store on its way into a database of llm; all of it arrives, or none does.

    Attributes:
        out_of: a transaction that reads.
        target: llm's database.
    """

    out_of: Connection
    target: sqlite3.Connection
    messages: int = 0
    threads: int = 0
    turns: int = 0

    def give(self) -> Imported:
        """Put all of it in; what is there already stays as it is.

        Raises:
            StoreError: for a database that cannot be written.
        """
        try:
            with closing(self.target):
                self.target.execute("BEGIN IMMEDIATE")
                self._messages()
                self._threads()
                self._turns()
                self.target.execute("COMMIT")
        except sqlite3.Error as error:
            raise StoreError(f"llm's database: {error}; nothing was written") from error
        return Imported(self.messages, self.threads, self.turns)

    # ------------------------------------------------------------------ messages

    def _messages(self) -> None:
        with self.out_of.execute(NODES, execution_options=STREAMED) as rows:
            for row in rows:
                name = unpack(row.digest)
                blobs = graph.held(self.out_of, [row.content])
                message = paper.load(row.content, blobs, name)
                above = None if row.above is None else unpack(row.above)
                if paper.named(message, above, Files()) != name:  # a file has changed
                    message = paper.load_whole(row.content, blobs, name)
                metadata = _json(message.provider_metadata)
                told = (name, above, message.role, metadata)
                if self.target.execute(MESSAGE, told).rowcount:
                    self.messages += 1
                    for position, part in enumerate(message.parts):
                        self._part(name, position, part)

    def _part(self, message: str, position: int, part: Part) -> None:
        payload: JsonObject = {**part.to_dict()}
        kind = payload.pop("type")
        ids = [self._attachment(held) for held in _held(part)]
        if isinstance(part, AttachmentPart) and ids:
            payload["attachment"] = {"id": ids[0]}
        elif ids:
            payload["attachments"] = [{"id": id_} for id_ in ids]
        said = payload.pop("text") if kind in ("text", "reasoning") else None
        rest = json.dumps(payload) if payload else None
        told = (message, position, kind, payload.get("name"), said, rest)
        row = self.target.execute(PART, told).lastrowid
        for order, id_ in enumerate(ids):
            self.target.execute(PART_ATTACHMENT, (row, id_, order))

    def _attachment(self, held: Attachment) -> str:
        if held.content:
            id_ = paper.sha256(held.content)
        elif held.path:
            content = Files()[held.path]
            id_ = f"missing:{held.path}" if content is None else paper.sha256(content)
        else:
            id_ = paper.sha256(json.dumps({"url": held.url}).encode())
        told = (id_, held.type, held.path, held.url, held.content)
        self.target.execute(ATTACHMENT, told)
        return id_

    # ---------------------------------------------------------- threads and turns

    def _threads(self) -> None:
        after = 0
        while rows := [*threads.oldest(self.out_of, after, AT_ONCE, None)]:
            after = rows[-1][0]
            for _, thread in rows:
                self._thread(thread)

    def _thread(self, thread: Thread) -> None:
        told = (thread.name, thread.title, thread.tip, thread.began)
        if self.target.execute(THREAD, told).rowcount:
            self.threads += 1
            self.target.execute(FORKED, (thread.forked_from, thread.name))
            return
        # It is there already, and goes on if it has not come as far as ours.
        (at,) = self.target.execute(TIP_OF, [thread.name]).fetchone()
        if thread.tip is not None and at != thread.tip:
            tip = threads.tip_of(self.out_of, thread.tip)
            if at is None or at in dict(graph.contents(self.out_of, tip)):
                self.target.execute(MOVE, (thread.tip, thread.name))

    def _turns(self) -> None:
        after = 0
        while rows := [*turns.oldest(self.out_of, after=after, limit=AT_ONCE)]:
            after = rows[-1][0]
            for _, turn in rows:
                self._turn(turn)

    def _turn(self, turn: Turn) -> None:
        usage = turn.usage
        payload = turns.payload(self.out_of, turn.id)
        told = (
            turn.id,
            turn.thread,
            turn.prompt,
            turn.tip or None,
            turn.model,
            turn.resolved_model,
            _json(turn.options),
            self._schema(turn.schema),
            usage.input if usage else None,
            usage.output if usage else None,
            _json(usage.details) if usage else None,
            turn.duration_ms,
            turn.datetime_utc,
            None if payload is None else json.dumps(llm_payload.literal(payload)),
        )
        if not self.target.execute(TURN, told).rowcount:
            return
        self.turns += 1
        for tool in turn.tools:
            self._tool(turn.id, tool)
        beside = turn.about.get("llm", {})
        for fragment in beside.get("fragments", ()):
            self._fragment(turn.id, fragment)
        for served in beside.get("served", ()):
            call = (turn.id, served["tool_call_id"], self._instance(served))
            self.target.execute(SERVED, call)
        self._words(turn)

    def _schema(self, schema: JsonObject | None) -> str | None:
        if schema is None:
            return None
        content = json.dumps(schema, separators=(",", ":"))
        id_ = hashlib.blake2b(content.encode(), digest_size=16).hexdigest()
        self.target.execute(SCHEMA, (id_, content))
        return id_

    def _tool(self, turn: str, tool: JsonObject) -> None:
        beside = tool.get("llm", {})
        name = tool.get("name", "server_side_tool")
        facts = {
            "name": name,
            "description": tool.get("description"),
            "input_schema": tool.get("input_schema", {}),
        }
        if "server_side" in tool and not beside:
            facts["server_side"] = True
        if beside.get("plugin"):
            facts["plugin"] = beside["plugin"]
        hash_ = beside.get("hash") or paper.sha256(json.dumps(facts).encode())
        schema = json.dumps(facts["input_schema"])
        told = (hash_, name, facts["description"], schema, beside.get("plugin"))
        self.target.execute(TOOL, told)
        (row,) = self.target.execute(TOOL_OF, [hash_]).fetchone()
        instance = beside.get("instance")
        if "server_side" in tool and not beside:
            spec = json.dumps({"spec": tool["server_side"]})
            instance = {"plugin": None, "name": "ServerSideTool", "arguments": spec}
        id_ = self._instance(instance) if instance else None
        self.target.execute(TURN_TOOL, (turn, row, id_))

    def _instance(self, instance: Mapping[str, Any]) -> int:
        told = [instance[key] for key in ("plugin", "name", "arguments")]
        found = self.target.execute(INSTANCE_OF, told).fetchone()
        if found is not None:
            return int(found[0])
        return int(self.target.execute(INSTANCE, told).lastrowid or 0)

    def _fragment(self, turn: str, fragment: Mapping[str, Any]) -> None:
        names = ("hash", "content", "datetime_utc", "source")
        self.target.execute(FRAGMENT, [fragment[name] for name in names])
        (row,) = self.target.execute(FRAGMENT_OF, [fragment["hash"]]).fetchone()
        told = (turn, row, fragment["order"], fragment["kind"])
        self.target.execute(TURN_FRAGMENT, told)

    def _words(self, turn: Turn) -> None:
        """What llm finds a turn by: what was asked last, and what was answered."""
        if not turn.tip:
            return
        tip = threads.tip_of(self.out_of, turn.tip)
        start = 0
        asked: list[Message] = []
        if turn.prompt is not None:
            prompt = threads.tip_of(self.out_of, turn.prompt)
            start = prompt.depth
            asked = graph.messages(self.out_of, prompt, start - 1)
        answer = graph.messages(self.out_of, tip, start)
        said = (_text(asked, "user"), _text(answer, "assistant"))
        if any(said):
            self.target.execute(WORDS, (turn.id, *said))


def _held(part: Part) -> Iterator[Attachment]:
    if isinstance(part, AttachmentPart) and part.attachment:
        yield part.attachment
    if isinstance(part, ToolResultPart):
        yield from part.attachments


def _text(messages: Iterable[Message], role: str) -> str:
    said = [m.parts for m in messages if m.role == role]
    return "".join(p.text for parts in said for p in parts if isinstance(p, TextPart))


def _json(data: JsonObject | None) -> str | None:
    return json.dumps(data) if data else None


NODES = text(
    "SELECT n.digest, n.content, p.digest AS above "
    "FROM nodes n LEFT JOIN nodes p ON p.id = n.parent ORDER BY n.id"
)
MESSAGE = "INSERT OR IGNORE INTO messages VALUES (?, ?, ?, ?)"
PART = (
    "INSERT INTO parts (message_hash, position, type, tool_name, text, payload) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)
PART_ATTACHMENT = "INSERT INTO part_attachments VALUES (?, ?, ?)"
ATTACHMENT = (
    "INSERT OR IGNORE INTO attachments (id, type, path, url, content) "
    "VALUES (?, ?, ?, ?, ?)"
)
THREAD = (
    "INSERT OR IGNORE INTO threads (id, name, tip_message_hash, datetime_utc) "
    "VALUES (?, ?, ?, ?)"
)
FORKED = (
    "UPDATE threads SET forked_from = (SELECT id FROM threads WHERE id = ?) "
    "WHERE id = ?"
)
TIP_OF = "SELECT tip_message_hash FROM threads WHERE id = ?"
MOVE = "UPDATE threads SET tip_message_hash = ? WHERE id = ?"
TURN = (
    "INSERT OR IGNORE INTO turns (id, thread_id, parent_message_hash, "
    "tip_message_hash, model, resolved_model, options_json, schema_id, input_tokens, "
    "output_tokens, token_details, duration_ms, datetime_utc, response_json) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
SCHEMA = "INSERT OR IGNORE INTO schemas (id, content) VALUES (?, ?)"
TOOL = (
    "INSERT OR IGNORE INTO tools (hash, name, description, input_schema, plugin) "
    "VALUES (?, ?, ?, ?, ?)"
)
TOOL_OF = "SELECT id FROM tools WHERE hash = ?"
TURN_TOOL = (
    "INSERT OR IGNORE INTO turn_tools (turn_id, tool_id, instance_id) VALUES (?, ?, ?)"
)
INSTANCE_OF = (
    "SELECT id FROM tool_instances WHERE plugin IS ? AND name IS ? AND arguments IS ?"
)
INSTANCE = "INSERT INTO tool_instances (plugin, name, arguments) VALUES (?, ?, ?)"
SERVED = (
    "INSERT INTO tool_instantiations (turn_id, tool_call_id, instance_id) "
    "VALUES (?, ?, ?)"
)
FRAGMENT = (
    "INSERT OR IGNORE INTO fragments (hash, content, datetime_utc, source) "
    "VALUES (?, ?, ?, ?)"
)
FRAGMENT_OF = "SELECT id FROM fragments WHERE hash = ?"
TURN_FRAGMENT = (
    'INSERT INTO turn_fragments (turn_id, fragment_id, "order", kind) '
    "VALUES (?, ?, ?, ?)"
)
WORDS = "INSERT INTO turn_search (turn_id, prompt, response) VALUES (?, ?, ?)"
