"""llm's own database: in with the same digests, and back so that llm finds it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import llm
import pytest
import sqlite_utils
from llm.logs import LogStore, merged_log_rows
from llm.parts import StreamEvent

from harness import (
    Attachment,
    Message,
    ReasoningPart,
    ServerSideTool,
    Store,
    StoreError,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    Usage,
    UsageError,
    assistant,
    user,
)
from harness.store.carried import llm_payload
from tests.cli.asked import Scripted
from tests.store.test_store import HELLO, PNG, TALK, count

LONG = (
    "The answer is long enough to be left out of the payload, where it is told again."
)
TABLES = (
    "messages",
    "parts",
    "attachments",
    "part_attachments",
    "threads",
    "turns",
    "turn_tools",
    "tools",
    "tool_instances",
    "tool_instantiations",
    "schemas",
    "turn_fragments",
    "turn_search",
)


class Model(llm.Model):
    """A model of llm that says what it is told to."""

    model_id = "told"
    supports_schema = True
    supports_tools = True
    attachment_types = {"image/png"}  # noqa: RUF012 - llm's own convention
    json_replacements: ClassVar[dict[str, Any]] = {
        "base": {"object": "answer", "created_by": "somebody", "parallel": True}
    }

    class Options(llm.Options):
        """One option."""

        temperature: float | None = None

    def __init__(self, *answers: list[StreamEvent]) -> None:
        self.answers = [*answers]

    def execute(
        self, prompt: Any, stream: bool, response: Any, conversation: Any
    ) -> Iterator[Any]:
        """The next answer, with a payload that says it once more."""
        said = self.answers.pop(0)
        yield from said
        if said[0].type == "tool_call_name":
            arguments = json.loads(said[1].chunk)
            call = llm.ToolCall(said[0].chunk, arguments, tool_call_id="c1")
            response.add_tool_call(call)
        text = "".join(event.chunk for event in said if event.type == "text")
        response.response_json = {
            "id": "x",
            "object": "answer",
            "created_by": "somebody",
            "parallel": False,
            "text": f"- {text} -",
            "whole": text,
            "$": {"$": "literal"},
            "tools": [{"description": tool.description} for tool in prompt.tools],
            "format": prompt.schema,
        }
        response.set_usage(input=3, output=2, details={"cached": 1})
        response.set_resolved_model("told-1")


class Weather(llm.Toolbox):  # type: ignore[no-untyped-call]  # llm's
    """A toolbox with a setting."""

    def __init__(self, unit: str) -> None:
        self.unit = unit

    def today(self, city: str) -> str:
        """Weather as it is today in some city, in the unit of this toolbox, told in short."""
        return f"12 {self.unit} in {city}"


def words(text: str) -> list[StreamEvent]:
    return [
        StreamEvent(
            "reasoning",
            "Hm.",
            provider_metadata={"p": {"signature": "s" * 80, "a": [1]}},
        ),
        StreamEvent("text", text),
    ]


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A database as llm makes it: prompts, tools, images, a fragment, a schema, a fork."""
    path = tmp_path / "logs.db"
    log = LogStore(sqlite_utils.Database(path))  # type: ignore[no-untyped-call]  # llm's
    file = tmp_path / "a.png"
    file.write_bytes(PNG + b"file")
    call = [
        StreamEvent("tool_call_name", "Weather_today", tool_call_id="c1"),
        StreamEvent("tool_call_args", '{"city": "Zürich"}', tool_call_id="c1"),
    ]
    model = Model(
        words(LONG), words("Second."), call, words("Done."), words("{}"), words("Read.")
    )
    talk = model.conversation()
    shown = [
        llm.Attachment(type="image/png", content=PNG),
        llm.Attachment(path=str(file)),
        llm.Attachment(type="image/png", url="https://e.org/a.png"),
    ]
    for response in (
        talk.prompt("First?", system="Be brief.", attachments=shown, temperature=0.5),
        talk.prompt("Second?"),
    ):
        response.text()
        log.log(response)
    chain = model.conversation().chain("Weather?", tools=[Weather("°C")])
    chain.text()
    for response in chain._responses:
        log.log(response)
    with_schema = model.prompt(
        "JSON?",
        schema={
            "type": "object",
            "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        },
    )
    with_schema.text()
    log.log(with_schema)
    novel = model.prompt(
        "About?", fragments=["Once upon a time, " * 20], system_fragments=["Be kind."]
    )
    novel.text()
    log.log(novel)
    log.fork(log.thread_tip(talk.id) or "", "fork", forked_from=talk.id)
    first = next(iter(log.db["turns"].rows))
    log.fork(first["tip_message_hash"], "early")
    log.db.close()
    return path


def rows(path: Path) -> dict[str, list[Any]]:
    """What a database of llm holds, without the numbers of its rows."""
    db = sqlite3.connect(path)
    db.row_factory = sqlite3.Row
    found = {}
    for table in TABLES:
        told = [
            dict(row) for row in db.execute(f"SELECT * FROM {table} ORDER BY rowid")
        ]
        for row in told:
            for key in ("id", "part_id", "tool_id", "fragment_id", "instance_id"):
                if isinstance(row.get(key), int):
                    row[key] = "number"
            row.pop("response_json", None)
        found[table] = sorted(told, key=repr)
    return found


def test_llms_messages_keep_their_digests(store: Store, logs: Path) -> None:
    before = logs.read_bytes()
    log = LogStore(sqlite_utils.Database(logs))  # type: ignore[no-untyped-call]  # llm's
    found = store.import_llm(logs)
    wanted = {row["hash"] for row in log.db["messages"].rows}
    assert found.skipped == ()
    assert (found.messages, found.threads, found.turns) == (len(wanted), 6, 6)
    assert count(store, "nodes") == len(wanted)
    assert [*store.verify()] == []
    for thread in log.db["threads"].rows:
        theirs = [m.to_dict() for m in log.load_chain(thread["tip_message_hash"])]
        ours = [m.to_dict() for m in store.conversation(thread["id"])]
        assert json.dumps(ours) == json.dumps(theirs), "to the order of keys"
    for turn in store.turns():
        assert store.payload(turn.id) == _payload(log, turn.id)
        assert store.payload(turn.id)["$"] == {"$": "literal"}
        assert (turn.usage, turn.resolved_model) == (
            Usage(3, 2, {"cached": 1}),
            "told-1",
        )
    assert [turn.options for turn in store.turns()][-1] == {"temperature": 0.5}
    again = store.import_llm(logs)
    assert (again.messages, again.threads, again.turns) == (0, 0, 0)
    log.db.close()
    assert logs.read_bytes() == before, "it is only read"


def _payload(log: LogStore, turn: str) -> Any:
    return log.turn_response_json(turn)


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have llm know the model, whose plugin names parts of its payloads."""
    monkeypatch.setattr(llm, "get_model", lambda name: Model())


def test_it_goes_on_where_llm_stopped(store: Store, logs: Path) -> None:
    store.import_llm(logs)
    weather = next(t for t in store.threads() if t.title == "Weather?")
    model = Scripted(HELLO)
    reply = store.reply(weather.name, "And tomorrow?", model=model)
    assert reply.text() == "Hello"
    sent = model.prompts[0]
    assert [m.role for m in sent.messages] == [
        "user",
        "assistant",
        "tool",
        "assistant",
        "user",
    ]
    assert [
        tool.name for tool in sent.tools if not isinstance(tool, ServerSideTool)
    ] == ["Weather_today"]


def test_what_came_from_llm_goes_back_as_it_was(
    store: Store, logs: Path, tmp_path: Path
) -> None:
    back = tmp_path / "back.db"
    LogStore(sqlite_utils.Database(back)).db.close()  # type: ignore[no-untyped-call]  # llm's
    store.import_llm(logs)
    given = store.export_llm(back)
    assert (given.threads, given.turns) == (6, 6)
    ours, theirs = rows(back), rows(logs)
    for table in TABLES:
        if table in ("parts", "turn_search"):  # what was borrowed is written out
            assert len(ours[table]) == len(theirs[table])
        else:
            assert ours[table] == theirs[table], table
    log, source = (LogStore(sqlite_utils.Database(path)) for path in (back, logs))  # type: ignore[no-untyped-call]  # llm's
    assert log.verify() == []
    for turn in source.db["turns"].rows:
        assert log.turn_response_json(turn["id"]) == source.turn_response_json(
            turn["id"]
        )
        theirs_ = [m.to_dict() for m in source.load_chain(turn["tip_message_hash"])]
        assert [
            m.to_dict() for m in log.load_chain(turn["tip_message_hash"])
        ] == theirs_
    assert [r["id"] for r in merged_log_rows(log, query="Second")] == [
        r["id"] for r in merged_log_rows(source, query="Second")
    ]
    again = store.export_llm(back)
    assert (again.messages, again.threads, again.turns) == (0, 0, 0)


def test_what_we_logged_is_llms_too(store: Store, logs: Path) -> None:
    store.import_llm(logs)
    talk = next(t.name for t in store.threads() if t.title == "First?")
    tools: list[Any] = [
        {"name": "f", "description": "d", "input_schema": {}},
        {"server_side": {"type": "search"}},
    ]
    turn = store.record(
        TALK,
        assistant("a"),
        model="m",
        thread="ours",
        tools=tools,
        payload={"$r": ["x"]},
        schema={"type": "object"},
    )
    store.append([user("and on")], talk)
    given = store.export_llm(logs)
    assert (given.messages, given.threads, given.turns) == (len(TALK) + 1, 1, 1)
    log = LogStore(sqlite_utils.Database(logs))  # type: ignore[no-untyped-call]  # llm's
    assert log.verify() == []
    assert [m.to_dict() for m in log.thread_messages("ours")] == [
        m.to_dict() for m in store.conversation("ours")
    ]
    assert [m.to_dict() for m in log.thread_messages(talk)][-1] == user(
        "and on"
    ).to_dict()
    assert log.turn_response_json(turn.id) == {"$r": ["x"]}
    assert {tool["name"] for tool in log.db["tools"].rows} >= {"f", "server_side_tool"}
    log.append("ours", [llm.user("llm goes on")])
    log.db.close()
    store.import_llm(logs)
    assert store.export_llm(logs).messages == 0


# --------------------------------------------------------------------- what is amiss


def test_what_cannot_be_taken_is_told_and_the_rest_is_taken(
    store: Store, logs: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(b"another")
    db = sqlite3.connect(logs)
    db.execute(
        "UPDATE turns SET response_json = '{\"$\": \"nothing\"}' WHERE model = 'told' AND schema_id IS NOT NULL"
    )
    db.execute("INSERT INTO responses (id, model) VALUES ('old', 'm')")
    db.commit()
    db.close()
    found = store.import_llm(logs)
    said = "\n".join(found.skipped)
    assert "a.png has changed or is gone" in said
    assert "what it follows was not taken" in said
    assert "its last message was not taken" in said
    assert "its payload names 'nothing', which is not there" in said
    assert "1 responses of older versions of llm" in said
    assert (found.threads, found.turns) == (5, 5)
    assert [*store.verify()] == []


def test_a_file_that_has_changed_goes_to_llm_as_what_it_held(
    store: Store, logs: Path, tmp_path: Path
) -> None:
    file = tmp_path / "b.png"
    file.write_bytes(PNG)
    tip = store.append([user(Attachment("image/png", path=str(file)))])
    gone = store.append([user(Attachment("image/png", path="gone.png"))])
    file.unlink()
    store.export_llm(logs)
    log = LogStore(sqlite_utils.Database(logs))  # type: ignore[no-untyped-call]  # llm's
    assert log.verify() == []
    kept: Any = log.load_chain(tip)[0].parts[0]
    lost: Any = log.load_chain(gone)[0].parts[0]
    assert (kept.attachment.content, lost.attachment.path) == (PNG, "gone.png")


def test_a_file_that_is_no_database_of_llm_says_so(
    store: Store, logs: Path, tmp_path: Path
) -> None:
    for call in (store.import_llm, store.export_llm):
        with pytest.raises(UsageError, match="no database of llm"):
            call(tmp_path / "nowhere.db")
        (tmp_path / "x.db").write_bytes(b"hello" * 1000)
        with pytest.raises(StoreError, match="not a database"):
            call(tmp_path / "x.db")
    db = sqlite3.connect(logs)
    db.execute("DELETE FROM _llm_migrations WHERE name LIKE 'm027%'")
    db.commit()
    db.close()
    with pytest.raises(UsageError, match="of an older llm"):
        store.import_llm(logs)


def test_a_database_that_fails_midway_is_as_it_was(store: Store, logs: Path) -> None:
    store.append(TALK)
    db = sqlite3.connect(logs)
    db.execute("DROP TABLE part_attachments")
    db.commit()
    before = db.execute("SELECT count(*) FROM messages").fetchone()
    with pytest.raises(StoreError, match="nothing was written"):
        store.export_llm(logs)
    assert db.execute("SELECT count(*) FROM messages").fetchone() == before
    db.execute("DROP TABLE turn_tools")
    db.commit()
    with pytest.raises(StoreError, match="turn_tools"):
        store.import_llm(logs)
    assert count(store, "nodes") == len(TALK)


# ------------------------------------------------------------------------- payloads

SAID = Message(
    "assistant",
    (
        TextPart("words"),
        ReasoningPart("why", False, {"p": {"s": ["x", {"y": 1}]}}),
        ToolCallPart("f", {"a": [1, "é"]}),
        ToolResultPart("f", "came back"),
    ),
    {"id": {"b": "c"}},
)


@pytest.mark.parametrize(
    ("kept", "meant"),
    [
        ({"$": "0.0.text"}, "words"),
        ({"$r": ["<", {"$": "0.3.output"}, ">"]}, "<came back>"),
        ({"$": "0.1.pm.p.s.1"}, {"y": 1}),
        ({"$": "0.pm.id.b"}, "c"),
        ([{"$": "0.2.args"}], ['{"a":[1,"\\u00e9"]}']),
        ({"$": "0.2.args2"}, '{"a": [1, "\\u00e9"]}'),
        ({"$": "0.2.argsv"}, {"a": [1, "é"]}),
        ({"$": "tool.f.description"}, "says"),
        ({"$": "schema"}, {"type": "object"}),
        (
            {"$": {"m": "m.base", "u": {"x": {"$": "0.0.text"}}, "d": ["b"]}},
            {"a": 1, "x": "words"},
        ),
        ({"$raw": {"$": "0.0.text"}}, {"$": "0.0.text"}),
        ({"$": "0.0.text", "x": 1}, {"$": "0.0.text", "x": 1}),
        (None, None),
    ],
)
def test_a_payload_is_read_in_full(kept: Any, meant: Any) -> None:
    tools: list[Any] = [{"name": "f", "description": "says"}]
    named = llm_payload.names(
        [SAID], tools, {"type": "object"}, {"base": {"a": 1, "b": 2}}
    )
    assert llm_payload.full(kept, named) == meant


@pytest.mark.parametrize(
    "data",
    [
        {"$": 1},
        {"$r": [{"$": "x"}]},
        {"$raw": {"$raw": 1}},
        [{"a": {"$": {"b": 1}}}],
        1,
    ],
)
def test_a_payload_that_looks_as_if_it_named_something_stays_as_it_is(
    data: Any,
) -> None:
    from condense_json import uncondense_json

    assert uncondense_json(llm_payload.literal(data), {}) == data
    assert llm_payload.full(llm_payload.literal(data), {}) == data


def test_a_model_that_llm_does_not_know_names_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert set(llm_payload.boilerplate("told")) == {"base"}

    def unknown(name: str) -> None:
        raise llm.UnknownModelError(name)

    monkeypatch.setattr(llm, "get_model", unknown)
    assert llm_payload.boilerplate("other") == {}
