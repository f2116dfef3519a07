"""Turns: calls of a model, and the threads that name where conversations are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import zstandard
from sqlalchemy import ColumnElement, Connection, Select, select, text

from harness.errors import StoreDamaged, UsageError
from harness.message.digest import PREFIX
from harness.message.events import Usage
from harness.message.parts import JsonObject
from harness.message.serial import ResponseDict
from harness.store import graph, threads
from harness.store.database.quick import Quick
from harness.store.database.schema import NODES, TERMS, THREADS, TURNS
from harness.store.graph import Node
from harness.store.paper import as_json, unpack

LEVEL = 3
"""How hard zstd tries on a payload."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One call of a model: what was asked of whom, what came of it, what it took.

    ``prompt`` and ``tip`` are digests: of the last message that was sent, and of the
    last one of the answer. ``about`` is anything that whoever logged it wished to keep.
    """

    id: str
    model: str
    prompt: str | None = None
    tip: str = ""
    thread: str | None = None
    resolved_model: str | None = None
    provider: str | None = None
    options: JsonObject = field(default_factory=dict)
    system: str | None = None
    hide_reasoning: bool = False
    tools: Sequence[JsonObject] = field(default_factory=list)
    schema: JsonObject | None = None
    usage: Usage | None = None
    finish_reason: str | None = None
    datetime_utc: str | None = None
    duration_ms: int | None = None
    about: JsonObject = field(default_factory=dict)


def add(
    connection: Connection,
    turn: Turn,
    prompt: Node | None,
    tip: Node | None,
    thread: int | None,
    payload: Any,
) -> None:
    """Add the turn.

    Raises:
        NotStorable: for what is no JSON.
        UsageError: for another turn of the same id.
    """
    usage = turn.usage or Usage()
    beside = {
        "options": turn.options,
        "system": turn.system,
        "hide_reasoning": turn.hide_reasoning,
        "about": turn.about,
    }
    told: JsonObject = {
        "name": turn.id,
        "thread": thread,
        "prompt": prompt.id if prompt else None,
        "tip": tip.id if tip else None,
        "model": turn.model,
        "resolved_model": turn.resolved_model,
        "provider": turn.provider,
        "asked": term(connection, {k: v for k, v in beside.items() if v}),
        "tools": term(connection, [*turn.tools]),
        "schema": term(connection, turn.schema),
        "input": usage.input,
        "output": usage.output,
        "details": as_json(usage.details) if usage.details else None,
        "finish_reason": turn.finish_reason,
        "datetime_utc": turn.datetime_utc,
        "duration_ms": turn.duration_ms,
        "payload": None,
    }
    if payload is not None:
        told["payload"] = _pressed(as_json(payload), _answer(connection, prompt, tip))
    if INSERT.one(connection, told) is None:
        raise taken(turn.id)


def taken(name: str) -> UsageError:
    """Says that a turn has the id of another one."""
    return UsageError(f"another turn was logged as {name}: give this one its own id")


def term(connection: Connection, data: Any) -> int | None:
    """The row of some JSON that turns have in common; none for nothing."""
    if data is None or data == [] or data == {}:
        return None
    content = as_json(data)
    told: dict[str, Any] = {"digest": term_digest(content), "content": content}
    found = TERM.one(connection, told)
    if found is None:
        INSERT_TERM.do(connection, told)
        found = TERM.one(connection, told)
    return int(found[0])


# -------------------------------------------------------------------------- to find one


def turns(
    connection: Connection, *where: ColumnElement[bool], before: int | None, limit: int
) -> Iterator[tuple[int, Turn]]:
    """The latest turns for which all of this holds, each with its row."""
    query = _select().where(*where).order_by(TURNS.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(TURNS.c.id < before)
    for row in connection.execute(query):
        yield row.id, loaded(row)


def oldest(
    connection: Connection, *where: ColumnElement[bool], after: int, limit: int
) -> Iterator[tuple[int, Turn]]:
    """The oldest turns after a row for which all of this holds, each with its row."""
    query = _select().where(*where, TURNS.c.id > after).order_by(TURNS.c.id)
    for row in connection.execute(query.limit(limit)):
        yield row.id, loaded(row)


def which(connection: Connection, name: str) -> tuple[ColumnElement[bool], ...]:
    """The turns of a thread, or those that ended with a message.

    Raises:
        UsageError: if nothing has that name.
    """
    if not name.startswith(PREFIX):
        thread = select(THREADS.c.id).where(THREADS.c.name == name)
        row = connection.execute(thread).scalar_one_or_none()
        if row is not None:
            return (TURNS.c.thread == row,)
        if named(connection, name):
            return (TURNS.c.name == name,)
    return (TURNS.c.tip == threads.tip_of(connection, name).id,)


def as_response(connection: Connection, tip: Node, name: str) -> ResponseDict:
    """The latest turn that ended there, as ``harness.Response.to_dict`` gives it."""
    found = turns(connection, *which(connection, name), before=None, limit=1)
    turn = next((turn for _, turn in found if turn.tip == tip.digest), None)
    if turn is None:
        last = turns(connection, TURNS.c.tip == tip.id, before=None, limit=1)
        turn = next((turn for _, turn in last), None)
    said = graph.messages(connection, tip, whole=True)
    data: JsonObject = {"model": turn.model if turn else ""}
    if turn is None:
        split = len(said)
        while split and said[split - 1].role == "assistant":
            split -= 1
        prompt: JsonObject = {}
    else:
        node = graph.find(connection, turn.prompt) if turn.prompt else None
        split = node.depth if node else 0
        names = ("options", "system", "hide_reasoning", "tools", "schema")
        prompt = {key: found for key in names if (found := getattr(turn, key))}
        facts = {
            "id": turn.id,
            "usage": turn.usage.to_dict() if turn.usage else None,
            "finish_reason": turn.finish_reason,
            "datetime_utc": turn.datetime_utc,
        }
        data |= {key: fact for key, fact in facts.items() if fact}
    prompt["messages"] = [message.to_dict() for message in said[:split]]
    data |= {"prompt": prompt, "messages": [m.to_dict() for m in said[split:]]}
    return cast("ResponseDict", data)


def term_digest(content: str) -> bytes:
    """By what a term is found: its text, the order of its keys included."""
    return hashlib.blake2b(content.encode(), digest_size=16).digest()


def named(connection: Connection, name: str) -> Turn | None:
    """The turn of that id, if there is one."""
    found = turns(connection, TURNS.c.name == name, before=None, limit=1)
    return next((turn for _, turn in found), None)


def loaded(row: Any) -> Turn:
    """The turn in a row of :func:`_select`."""
    asked = json.loads(row.asked) if row.asked else {}
    details = json.loads(row.details) if row.details else {}
    told = (row.input, row.output, details) != (None, None, {})
    return Turn(
        row.name,
        row.model,
        None if row.prompt is None else unpack(row.prompt),
        "" if row.tip is None else unpack(row.tip),
        row.thread,
        row.resolved_model,
        row.provider,
        asked.get("options", {}),
        asked.get("system"),
        asked.get("hide_reasoning", False),
        json.loads(row.tools) if row.tools else [],
        json.loads(row.schema) if row.schema else None,
        Usage(row.input, row.output, details) if told else None,
        row.finish_reason,
        row.datetime_utc,
        row.duration_ms,
        asked.get("about", {}),
    )


def payload(connection: Connection, name: str) -> Any:
    """The provider's own JSON that a turn was logged with, or ``None``.

    Raises:
        StoreDamaged: if it cannot be read any more.
        UsageError: if there is no such turn.
    """
    row = connection.execute(PAYLOAD, {"name": name}).one_or_none()
    if row is None:
        raise UsageError(f"no turn {name!r} is in this store")
    if row.payload is None:
        return None
    ends = [
        None if id_ is None else Node(id_, "", depth)
        for id_, depth in ((row.prompt, row.start), (row.tip, row.depth))
    ]
    answer = _answer(connection, *ends)
    try:
        return json.loads(_reader(answer).decompress(row.payload))
    except (zstandard.ZstdError, ValueError) as error:
        raise StoreDamaged(f"the payload of turn {name} is damaged: {error}") from error


def _select() -> Select[Any]:
    prompt, tip = NODES.alias("prompts"), NODES.alias("tips")
    asked, tools, schema = (TERMS.alias(n) for n in ("a", "t", "s"))
    columns = (c for c in TURNS.c if c.name not in REPLACED)
    return (
        select(
            *columns,
            prompt.c.digest.label("prompt"),
            tip.c.digest.label("tip"),
            THREADS.c.name.label("thread"),
            asked.c.content.label("asked"),
            tools.c.content.label("tools"),
            schema.c.content.label("schema"),
        )
        .outerjoin(prompt, prompt.c.id == TURNS.c.prompt)
        .outerjoin(tip, tip.c.id == TURNS.c.tip)
        .outerjoin(THREADS, THREADS.c.id == TURNS.c.thread)
        .outerjoin(asked, asked.c.id == TURNS.c.asked)
        .outerjoin(tools, tools.c.id == TURNS.c.tools)
        .outerjoin(schema, schema.c.id == TURNS.c.schema)
    )


REPLACED = ("prompt", "tip", "thread", "asked", "tools", "schema", "payload")

# ----------------------------------------------------------------------------- payloads


def _answer(connection: Connection, prompt: Node | None, tip: Node | None) -> bytes:
    """The answer's own messages: most of its payload says the same once more."""
    if tip is None:
        return b""
    rows = graph.contents(connection, tip, prompt.depth if prompt else 0)
    return "\n".join(content for _, content in rows).encode()


def _pressed(content: str, answer: bytes) -> bytes:
    said = zstandard.ZstdCompressionDict(answer, zstandard.DICT_TYPE_RAWCONTENT)
    press = zstandard.ZstdCompressor(
        LEVEL, said if answer else None, write_checksum=True
    )
    return press.compress(content.encode())


def _reader(answer: bytes) -> zstandard.ZstdDecompressor:
    said = zstandard.ZstdCompressionDict(answer, zstandard.DICT_TYPE_RAWCONTENT)
    return zstandard.ZstdDecompressor(said if answer else None)


TERM = Quick("SELECT id FROM terms WHERE digest = :digest")
INSERT_TERM = Quick(
    "INSERT INTO terms (digest, content) VALUES (:digest, :content) "
    "ON CONFLICT (digest) DO NOTHING"
)
INSERT = Quick(
    "INSERT INTO turns (name, thread, prompt, tip, model, resolved_model, provider, "
    "asked, tools, schema, input, output, details, finish_reason, datetime_utc, "
    "duration_ms, payload) VALUES (:name, :thread, :prompt, :tip, :model, "
    ":resolved_model, :provider, :asked, :tools, :schema, :input, :output, :details, "
    ":finish_reason, :datetime_utc, :duration_ms, :payload) "
    "ON CONFLICT (name) DO NOTHING RETURNING id"
)
PAYLOAD = text(
    "SELECT t.payload, t.prompt, t.tip, p.depth AS start, n.depth "
    "FROM turns t LEFT JOIN nodes p ON p.id = t.prompt "
    "LEFT JOIN nodes n ON n.id = t.tip WHERE t.name = :name"
)
