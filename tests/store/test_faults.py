"""What goes wrong is said in one error of ours, and takes nothing with it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import llm
import pytest
import sqlite_utils
from llm.logs import LogStore
from sqlalchemy import Connection, text

from harness import (
    Attachment,
    HarnessError,
    Message,
    NotStorable,
    ReasoningPart,
    Store,
    StoreDamaged,
    StoreError,
    TextPart,
    ToolCallPart,
    UsageError,
    assistant,
    user,
)
from harness.store.database import schema
from harness.store.database.engine import Database
from tests.store.test_store import TALK, count
from tests.store.test_upkeep import changed

HALF = "a\ud800"


def deep() -> dict[str, Any]:
    """JSON deeper than Python will write."""
    found: dict[str, Any] = {}
    for _ in range(100_000):
        found = {"a": found}
    return found


UNKEPT: dict[str, tuple[Message, str]] = {
    "text": (user("a", HALF), r"part 1 \(text\).*half of a surrogate pair"),
    "a tool's name": (Message("a", (ToolCallPart(HALF),)), "surrogate"),
    "metadata": (Message("a", (TextPart("b", {"c": HALF}),)), "surrogate"),
    "a role": (Message(HALF), "surrogate"),
    "bytes": (Message("a", (TextPart("b", {"c": b"d"}),)), "bytes is not JSON"),
    "a set": (Message("a", (), {"c": {1}}), "set is not JSON"),
    "not a number": (Message("a", (TextPart("b", {"c": float("nan")}),)), "JSON"),
    "endless": (Message("a", (ToolCallPart("f", [float("inf")]),)), "JSON"),
    "a number as key": (
        Message("a", (ReasoningPart("b", False, {"c": {1: 2}}),)),
        "a key 1",
    ),
    "a tuple": (Message("a", (ToolCallPart("f", {"a": (1,)}),)), "a tuple"),
    "depth": (Message("a", (ToolCallPart("f", deep()),)), "too deeply"),
    "a path": (user(Attachment("image/png", path=HALF)), "surrogate"),
}


@pytest.mark.parametrize(("message", "said"), UNKEPT.values(), ids=UNKEPT)
def test_what_cannot_come_back_as_it_is_is_refused_and_nothing_is_lost(
    store: Store, message: Message, said: str
) -> None:
    kept = store.record(TALK, assistant("b"), model="m")
    before = count(store, "nodes")
    with pytest.raises(NotStorable, match=said):
        store.record([*TALK, user("new")], message, model="m")
    with pytest.raises(NotStorable, match=said):
        store.record([user("new"), message], assistant("x"), model="m", after=kept.tip)
    assert count(store, "nodes") == before
    assert len([*store.turns()]) == len([*store.threads()]) == 1
    assert [*store.verify()] == []


@pytest.mark.parametrize(
    "facts",
    [
        {"payload": {"a": object()}},
        {"payload": HALF},
        {"options": {"a": {1, 2}}},
        {"tools": [{"name": HALF}]},
        {"about": {1: 2}},
    ],
)
def test_so_is_what_goes_with_it(store: Store, facts: Any) -> None:
    with pytest.raises(NotStorable):
        store.record([user("a")], assistant("b"), model="m", **facts)
    assert count(store, "nodes") == 0


def test_a_name_that_no_database_takes_is_refused(store: Store) -> None:
    with pytest.raises(HarnessError):
        store.record([user("a")], assistant("b"), model=HALF)
    assert count(store, "nodes") == 0


# ---------------------------------------------------------------------------- versions


def test_a_newer_store_is_left_alone(place: str) -> None:
    with Store(place) as store:
        store.append(TALK)
        changed(store, "UPDATE harness_store SET version = 99")
    with pytest.raises(StoreError, match="of version 99, and this harness knows 2"):
        Store(place)
    database = Database(place, 5)
    database.write(lambda c: c.execute(text("UPDATE harness_store SET version = 2")))
    database.close()
    with Store(place) as store:
        assert count(store, "nodes") == len(TALK)


def test_an_older_store_is_brought_up_to_date(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(place, 5)
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
        schema.prepare(database)
        patch.setattr("harness.store.database.search.add", lambda *_: None)
        with Store(place) as old:
            old.append([*TALK, *(user(f"number {n}") for n in range(600))])
    database.close()
    with Store(place) as store:
        found = store.search("zürich", field="text", limit=5)
        assert [message for _, message in found] == [TALK[1]]
        assert len(store.search("number", limit=2000)) == 600
        assert [*store.verify()] == []


def test_a_migration_that_fails_changes_nothing(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(connection: Connection) -> None:
        connection.execute(text("DROP TABLE held"))
        raise StoreError("half way")

    with Store(place) as store:
        store.append(TALK)
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, fail))
        with pytest.raises(StoreError, match="half way"):
            Store(place)
    with Store(place) as store:
        assert count(store, "nodes") == len(TALK)
        assert store.search("brief")


# ---------------------------------------------------------------- files that are not it


def test_a_database_of_llm_is_not_written_into(tmp_path: Path) -> None:
    LogStore(sqlite_utils.Database(tmp_path / "logs.db"))  # type: ignore[no-untyped-call]  # llm's
    with pytest.raises(UsageError, match=r"something else.*Store.import_llm"):
        Store(tmp_path / "logs.db")
    sqlite3.connect(tmp_path / "a.db").execute("CREATE TABLE a (b)").connection.close()
    with pytest.raises(UsageError, match=r"something else, with a: give a path"):
        Store(tmp_path / "a.db")


DAMAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "something else": (lambda data: b"hello " * 1000, "no SQLite database"),
    "cut short": (lambda data: data[: len(data) // 2], "damaged"),
    "a page of zeros": (
        lambda data: data[:4096] + b"\0" * (len(data) - 4096),
        "damaged",
    ),
}


@pytest.mark.parametrize(("damage", "said"), DAMAGE.values(), ids=DAMAGE)
def test_a_file_that_is_damaged_says_so(
    tmp_path: Path, damage: Callable[[bytes], bytes], said: str
) -> None:
    path = tmp_path / "store.db"
    with Store(path) as store:
        tip = store.append(TALK * 20)
    damaged = damage(path.read_bytes())
    path.write_bytes(damaged)
    with pytest.raises(StoreDamaged, match=said), Store(path) as store:
        store.conversation(tip)
    assert path.read_bytes() == damaged, "what can still be rescued is left as it is"


def test_damage_that_sqlite_does_not_mind_is_found(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store(path) as store:
        store.append([user("a needle in a haystack")])
    path.write_bytes(path.read_bytes().replace(b"a needle in", b"a noodle in"))
    with Store(path) as store:
        (flaw,) = store.verify()
        assert flaw.kind == "message"
        assert str(flaw).startswith("message b2:")


@pytest.mark.parametrize(
    "where",
    [
        "",
        ":memory:",
        "mysql://localhost/x",
        "http://localhost",
        "sqlite://",
        "x://[",
        "postgresql:///x?schema=a b",
    ],
)
def test_what_is_no_place_for_a_store_is_said_to_be_none(where: str) -> None:
    with pytest.raises(UsageError):
        Store(where)


def test_a_place_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is its folder there"):
        Store(tmp_path / "nowhere" / "store.db")
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(tmp_path)
    with pytest.raises(StoreError, match="connection"):
        Store("postgresql://tests:secret@127.0.0.1:1/x")


def test_a_password_is_not_told() -> None:
    with pytest.raises(StoreError) as caught:
        Store("postgresql://tests:hidden@127.0.0.1:1/x")
    assert "hidden" not in str(caught.value)


def test_somebody_who_writes_for_too_long_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store(path, timeout=0.1) as store:
        store.append([user("a")])
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="others have been writing"):
            store.append([user("b")])
        assert len(store.children(None)) == 1, "who reads waits for nobody"
        other.execute("COMMIT")
        other.close()
        store.append([user("b")])


def test_so_it_is_with_postgresql(postgresql: str) -> None:
    where = f"{postgresql}&schema=waiting"
    with Store(where, timeout=0.1) as store, Store(where) as other:
        name = store.fork(store.append([user("a")]))
        with other._database.reading() as connection:
            connection.execute(text("UPDATE threads SET title = 'b'"))
            with pytest.raises(StoreError, match="lock timeout"):
                store.append([user("b")], name)
        assert store.append([user("b")], name)


# --------------------------------------------------------------------------- a full disk


def fill(store: Store, told: list[str]) -> None:
    """Log until there is no room; ``told`` are the tips of what was."""
    for number in range(100_000):
        said = [user(f"{number} " + os.urandom(2000).hex())]
        after = told[-1] if told else None
        told.append(store.record(said, assistant("a"), model="m", after=after).tip)


FULL = "disk is full; nothing of this was kept"


def test_a_full_database_keeps_what_it_had(tmp_path: Path) -> None:
    with Store(tmp_path / "store.db") as store:
        store.append([user("first")])
        with store._database.reading() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 200")
        told: list[str] = []
        with pytest.raises(StoreError, match=FULL):
            fill(store, told)
        assert len(store.conversation(told[-1])) == 2 * len(told)
        assert len([*store.turns()]) == len(told)
        assert [*store.verify()] == []


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        pytest.skip(f"a small file system cannot be mounted here: {error}")
    if done.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {done.stderr}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_keeps_what_it_had_and_goes_on_when_there_is_room(
    small: Path,
) -> None:
    ballast = small / "ballast"
    ballast.write_bytes(b"\0" * 400_000)
    with Store(small / "store.db") as store:
        told: list[str] = []
        with pytest.raises(StoreError, match=FULL):
            fill(store, told)
        assert len(store.conversation(told[-1])) == 2 * len(told)
        ballast.unlink()
        turn = store.record([user("more")], assistant("a"), model="m", after=told[-1])
    with Store(small / "store.db") as store:
        assert len(store.conversation(turn.tip)) == 2 * len(told) + 2
        assert [*store.verify()] == []


# ------------------------------------------------------------------------- as an extra


def test_without_sqlalchemy_it_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['sqlalchemy'] = None\n"
        "import harness\n"
        "from harness import *\n"
        "try: Store('x.db')\n"
        "except harness.UsageError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    wanted = "pip install 'llm-adapter-harness[store]'"
    assert done.stdout.strip().endswith(wanted), done.stderr


def test_the_package_does_not_import_it() -> None:
    code = "import sys, harness; harness.Response; print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "False"


def test_llm_names_messages_as_the_store_does(store: Store) -> None:
    from llm.logs import message_hash

    tip = None
    for message in TALK:
        tip = message_hash(llm.Message.from_dict(message.to_dict()), tip)
    assert store.append(TALK) == tip
