"""Verify, gc and lines: what is kept can be checked, tidied and carried elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from harness import (
    Attachment,
    Store,
    StoreDamaged,
    StoreError,
    UsageError,
    assistant,
    user,
)
from tests.store.test_store import PNG, TALK, count


def changed(store: Store, statement: str, **told: Any) -> None:
    """Change a store behind its back."""
    store._database.write(lambda c: c.execute(text(statement), told))


# ------------------------------------------------------------------------------- verify


def test_a_store_as_it_should_be_has_no_flaws(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(PNG)
    store.record(
        [*TALK, user(Attachment(path=str(file)))],
        assistant("a"),
        model="m",
        payload={"a": 1},
        tools=[{"name": "f"}],
    )
    file.unlink()
    assert [*store.verify()] == []


@pytest.mark.parametrize(
    ("statement", "kind", "said"),
    [
        (
            "UPDATE nodes SET content = replace(content, 'brief', 'long')",
            "message",
            "it now is b2:",
        ),
        ("UPDATE nodes SET content = 'x'", "message", "is damaged"),
        ("UPDATE nodes SET content = '{}'", "message", "it has no parts"),
        ("UPDATE nodes SET depth = depth + 1", "message", "does not follow"),
        ("UPDATE nodes SET parent = 1 WHERE depth = 3", "message", "does not follow"),
        ("UPDATE blobs SET content = digest", "blob", "its bytes have changed"),
        ("UPDATE terms SET content = '[]'", "term", "its text has changed"),
        (
            "UPDATE turns SET payload = digest FROM nodes",
            "turn",
            "payload of turn t is damaged",
        ),
    ],
)
def test_whatever_was_changed_is_found(
    store: Store, statement: str, kind: str, said: str
) -> None:
    store.record(
        TALK, assistant("a"), model="m", id="t", payload={"a": 1}, tools=[{"name": "f"}]
    )
    changed(store, statement)
    found = [*store.verify()]
    assert any(flaw.kind == kind and said in flaw.why for flaw in found), found


def test_a_conversation_that_is_damaged_is_not_taken_for_whole(store: Store) -> None:
    tip = store.append(TALK)
    changed(store, "UPDATE nodes SET depth = depth + 1 WHERE depth = 5")
    with pytest.raises(StoreDamaged, match="has 6 messages, and 5 are there"):
        store.conversation(tip)
    changed(store, "DELETE FROM held")
    changed(store, "DELETE FROM blobs")
    with pytest.raises(StoreDamaged, match=r"the bytes .* are not there"):
        store.conversation(store.append(TALK[:3]))


# ----------------------------------------------------------------------------------- gc


def test_what_nothing_leads_to_is_collected(store: Store) -> None:
    turn = store.record(TALK, assistant("kept"), model="m")
    loose = store.append(
        [*TALK, user("loose words"), user(Attachment("text/plain", content=b"x"))]
    )
    assert store.search("loose")
    gone = store.gc()
    assert (gone.messages, gone.blobs, gone.terms) == (2, 1, 0)
    assert store.search("loose") == []
    assert len(store.search("kept")) == 1
    with pytest.raises(UsageError):
        store.conversation(loose)
    assert store.gc().messages == 0
    assert [*store.verify()] == []
    store.record(
        [user("x")], assistant("y"), model="m", thread="other", tools=[{"name": "f"}]
    )
    store.forget("other")
    gone = store.gc()
    assert (gone.messages, gone.blobs, gone.terms) == (2, 0, 1)
    assert store.conversation(turn.tip)[-1] == assistant("kept")
    with pytest.raises(UsageError, match="no thread 'other'"):
        store.forget("other")


def test_a_long_conversation_is_collected_whole(store: Store) -> None:
    tip = store.append([user(str(number)) for number in range(1200)])
    fork = store.fork(tip)
    assert store.gc().messages == 0
    store.forget(fork)
    assert store.gc().messages == 1200
    assert count(store, "nodes") == 0


# -------------------------------------------------------------------------------- lines


def filled(store: Store) -> None:
    turn = store.record(
        TALK,
        assistant("a"),
        model="m",
        payload={"a": [1]},
        tools=[{"name": "f"}],
        schema={"type": "object"},
        options={"n": 1},
        about={"x": 1},
    )
    store.record(
        [user("more")], assistant("b"), model="m", after=turn.tip, tools=[{"name": "f"}]
    )
    store.fork(turn.tip, "fork")
    store.append([user("other")], "fork")
    store.append([user("loose")])


def everything(store: Store) -> Any:
    told = {turn.id: (turn, store.payload(turn.id)) for turn in store.turns()}
    talks = {t.name: (t, store.conversation(t.name)) for t in store.threads()}
    return told, talks, sorted(store.export())


def test_what_is_exported_can_be_imported(store: Store, tmp_path: Path) -> None:
    filled(store)
    lines = [*store.export()]
    assert {json.loads(line)["kind"] for line in lines} == {
        "store",
        "blob",
        "term",
        "message",
        "thread",
        "turn",
    }
    with Store(tmp_path / "other.db") as other:
        found = other.import_(lines)
        assert (found.messages, found.threads, found.turns) == (10, 2, 2)
        assert everything(other) == everything(store)
        assert [*other.verify()] == []
        assert other.search("loose") != []
        again = other.import_(lines)
        assert (again.messages, again.threads, again.turns) == (0, 0, 0)


def test_part_of_it_can_be_exported(store: Store, tmp_path: Path) -> None:
    filled(store)
    with Store(tmp_path / "other.db") as other:
        other.import_(store.export("fork"))
        assert other.conversation("fork") == store.conversation("fork")
        assert [thread.name for thread in other.threads()][-1:] == ["fork"]
        assert len([*other.turns()]) == 1
        assert other.search("loose") == other.search("more") == []
        other.import_(store.export(*(thread.name for thread in store.threads())))
        assert len([*other.turns()]) == 2
        assert [*other.verify()] == []


BROKEN: dict[str, Callable[[list[str]], list[str]]] = {
    "there are no lines": lambda lines: [],
    "line 1: it is no line of a store": lambda lines: lines[1:],
    "line 2: it is no line of a store": lambda lines: [lines[0], "x"],
    "is b2:": lambda lines: [line.replace("brief", "long") for line in lines],
    "named before it is told": lambda lines: [
        line for line in lines if '"depth"' not in line and "Be brief" not in line
    ],
    "the bytes": lambda lines: [line for line in lines if '"blob"' not in line[:14]],
    "the bytes are not those": lambda lines: [
        line.replace('"name":"', '"name":"0', 1) if '"blob"' in line[:14] else line
        for line in lines
    ],
    "the term is not that": lambda lines: [
        line.replace('"name":"f"', '"name":"g"') for line in lines
    ],
    "no line of a store (KeyError": lambda lines: [
        line.replace('"kind":"turn"', '"kind":"tour"') for line in lines
    ],
    "pip install --upgrade": lambda lines: [lines[0].replace("1", "2"), *lines[1:]],
}


@pytest.mark.parametrize("said", BROKEN)
def test_lines_that_are_not_right_are_named_and_none_is_taken(
    store: Store, tmp_path: Path, said: str
) -> None:
    filled(store)
    lines = BROKEN[said]([*store.export()])
    with Store(tmp_path / "other.db") as other:
        before = other.append([user("mine")])
        with pytest.raises(StoreError) as caught:
            other.import_(lines)
        assert said in str(caught.value)
        assert count(other, "nodes") == 1
        assert other.conversation(before) == [user("mine")]


def test_lines_that_are_no_text_are_said_to_be_none(
    store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "x.jsonl"
    file.write_bytes(b'{"kind":"store","version":1}\n\xff\n')
    with (
        file.open(encoding="utf-8") as lines,
        pytest.raises(StoreDamaged, match="not UTF-8"),
    ):
        store.import_(lines)


def test_a_turn_of_the_same_id_is_not_written_over(
    store: Store, tmp_path: Path
) -> None:
    store.record([user("a")], assistant("b"), model="m", id="t")
    with Store(tmp_path / "other.db") as other:
        other.record([user("a")], assistant("c"), model="m", id="t")
        with pytest.raises(StoreError, match="another turn was logged as t"):
            other.import_(store.export())
