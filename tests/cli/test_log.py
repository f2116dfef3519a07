"""``harness log``, and what other commands do with a log."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import Store, Usage, assistant, tool_message, user
from harness.message.events import StreamEvent
from harness.message.parts import (
    Attachment,
    Message,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from tests.cli.asked import CALLS, STOP, brought, called
from tests.cli.conftest import Harness, write
from tests.store.test_llm_db import logs, registered

HELLO: list[Any] = [StreamEvent("text", "Hello", 0), Usage(3, 2), STOP]
__all__ = ["logs", "registered"]


@pytest.fixture
def kept(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The project's own store, with a talk that branches."""
    monkeypatch.delenv("HARNESS_LOG", raising=False)
    (project / ".harness").mkdir()
    with Store(project / ".harness" / "log.db") as store:
        first = store.record(
            [user("Weather\nin Zürich?")], assistant("12 °C"), model="m", thread="talk"
        )
        store.record(
            [user("And now?")],
            Message(
                "assistant",
                (ReasoningPart("Hm."), ToolCallPart("look", {"at": "sky"}, "c1")),
            ),
            model="m",
            after=first.tip,
        )
        store.append(
            [
                tool_message(ToolResultPart("look", "blue", "c1")),
                user(Attachment("image/png", url="https://e.org/a")),
            ],
            "talk",
        )
        store.append([user("x" * 100)], store.fork(first.tip, "fork"))
        yield store


def test_threads_are_listed_latest_first(harness: Harness, kept: Store) -> None:
    rows = harness("log", "list").out.splitlines()
    assert [row.split()[0] for row in rows] == ["fork", "talk"]
    assert rows[1].endswith("Weather in Zürich?")
    assert harness("log", "list", "-n", "1").out.splitlines() == rows[:1]
    told = [
        json.loads(row) for row in harness("log", "list", "--json").out.splitlines()
    ]
    assert [thread["tip"] for thread in told] == [
        kept.digest("fork"),
        kept.digest("talk"),
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("--log", "STORE", "list"),
        ("list", "--log", "STORE"),
        ("list", "-n", "1", "--log=STORE"),
        ("search", "--log", "STORE", "--", "there"),
    ],
)
def test_the_store_is_named_wherever_one_likes(
    harness: Harness, project: Path, words: tuple[str, ...]
) -> None:
    with Store(project / "other.db") as other:
        other.record([user("Over there")], assistant("Yes."), model="m")
    named = (word.replace("STORE", "other.db") for word in words)
    assert "Over there" in harness("log", *named).out


def test_a_conversation_is_shown(harness: Harness, kept: Store) -> None:
    assert harness("log", "show", "talk").out == (
        "user:\n  Weather\n  in Zürich?\nassistant:\n  12 °C\nuser:\n  And now?\n"
        'assistant:\n  (thinks) Hm.\n  look({"at": "sky"})\ntool:\n  look: blue\n'
        "user:\n  (attachment)\n"
    )
    rows = harness("log", "show", "fork", "--json").out.splitlines()
    assert [json.loads(row)["role"] for row in rows] == ["user", "assistant", "user"]


def test_the_tree_is_indented_where_it_branches(harness: Harness, kept: Store) -> None:
    rows = harness("log", "tree").out.splitlines()
    assert [row.index("b2:") for row in rows] == [0, 0, 2, 2, 2, 2, 2]
    assert rows[0].endswith("user: Weather in Zürich?")
    assert rows[-1].endswith("x…")
    start = rows[1].split()[0]
    assert harness("log", "tree", start).out.splitlines() == rows[1:]


def test_messages_are_found(harness: Harness, kept: Store) -> None:
    assert harness("log", "search", "zurich").out.endswith("user: Weather in Zürich?\n")
    assert len(harness("log", "search", "--in", "tools", "sky").out.splitlines()) == 1
    (row,) = harness("log", "search", "--json", "blue").out.splitlines()
    assert json.loads(row)["message"]["role"] == "tool"
    assert harness("log", "search", "snow").code == 5
    assert harness("log", "search", "…").code == 2


def test_a_log_is_carried_elsewhere(
    harness: Harness, kept: Store, project: Path
) -> None:
    lines = harness("log", "export").out
    write(project, lines.encode(), "all.jsonl")
    done = harness("log", "--log", "other.db", "import", "all.jsonl")
    assert done.out == "7 messages, 2 threads, 2 turns new\n"
    assert (
        harness("log", "--log", "other.db", "show", "talk").out
        == harness("log", "show", "talk").out
    )
    write(project, harness("log", "export", "fork").out.encode(), "fork.jsonl")
    done = harness("log", "--log", "part.db", "import", "fork.jsonl")
    assert done.out == "3 messages, 1 thread, 1 turn new\n"
    write(project, lines.replace("And now", "And then").encode(), "bad.jsonl")
    done = harness("log", "--log", "bad.db", "import", "bad.jsonl")
    assert (done.code, "nothing was imported" in done.err) == (2, True)


def test_llms_log_is_taken_in_and_given_back(
    harness: Harness, logs: Path, kept: Store
) -> None:
    done = harness("log", "import-llm", str(logs))
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("6 threads, 6 turns new\n")
    done = harness("log", "export-llm", str(logs))
    assert done.out == "7 messages, 2 threads, 2 turns written\n"
    Path(logs.parent / "a.png").unlink()
    done = harness("log", "--log", "again.db", "import-llm", str(logs))
    assert (done.code, "left out: message b2:" in done.err) == (1, True)


def test_a_log_is_looked_after(harness: Harness, kept: Store) -> None:
    assert harness("log", "verify").out == "0 flaws\n"
    assert harness("log", "forget", "fork").code == 0
    assert harness("log", "gc").out == "1 message, 0 blobs, 0 terms removed\n"
    assert harness("log", "forget", "fork").code == 2
    path = Path(".harness/log.db")
    kept.close()
    path.write_bytes(path.read_bytes().replace(b"And now?", b"And new?"))
    done = harness("log", "verify")
    assert (done.code, done.out.count("message b2:")) == (1, 1)


def test_where_there_is_no_log_that_is_said(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HARNESS_LOG", raising=False)
    done = harness("log", "list")
    assert (done.code, "harness prompt --log STORE makes one" in done.err) == (2, True)
    assert not Path(".harness").exists()
    monkeypatch.setenv("HARNESS_LOG", "mine.db")
    assert "there is no store mine.db" in harness("log", "list").err


def test_without_sqlalchemy_it_says_what_to_install(
    harness: Harness, kept: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [
        n
        for n in sys.modules
        if n.startswith(("sqlalchemy", "harness.store", "harness.cli.logged.log"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    done = harness("log", "list")
    assert (done.code, "pip install 'llm-adapter-harness[store]'" in done.err) == (
        2,
        True,
    )


# ------------------------------------------------------------------------------- prompt


def test_answers_are_logged_and_gone_on_from(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = brought(monkeypatch, HELLO, HELLO, HELLO, HELLO)
    first = harness("prompt", "-m", "scripted", "--log", "l.db", "-o", "n", "1", "Hi")
    assert (first.out, first.err) == ("Hello\n", "")
    monkeypatch.setenv("HARNESS_LOG", "l.db")
    Path(".harness/last-response.json").unlink()
    assert harness("prompt", "-c", "And?").out == "Hello\n"
    assert [m.role for m in model.prompts[-1].messages] == ["user", "assistant", "user"]
    assert model.prompts[-1].options == {"n": 1}
    with Store("l.db") as store:
        (thread,) = store.threads()
        early = [*store.turns()][-1].tip
        assert len(store.conversation(thread.name)) == 4
    assert harness("prompt", "--from", early[:12], "Or?").out == "Hello\n"
    assert len(model.prompts[-1].messages) == 3
    assert harness("prompt", "-c", "--from", thread.name, "So?").out == "Hello\n"
    assert len(model.prompts[-1].messages) == 5
    with Store("l.db") as store:
        assert len([*store.threads()]) == 2, "one went on, one branched"


def test_each_answer_of_a_chain_is_logged(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    brought(monkeypatch, [*called("add", '{"a": 1}'), CALLS], HELLO)
    write(project, "def add(a: int): return a + 1", "t.py")
    assert (
        harness("prompt", "-m", "scripted", "--log", "l.db", "-T", "t.py", "Hi").code
        == 0
    )
    with Store("l.db") as store:
        last, first = store.turns()
        assert last.thread == first.thread
        assert [m.role for m in store.conversation(last.tip)] == [
            "user",
            "assistant",
            "tool",
            "assistant",
        ]


def test_a_log_that_cannot_be_used_is_said_before_anything_is_asked(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    model = brought(monkeypatch, HELLO)
    write(project, b"hello" * 1000, "l.db")
    done = harness("prompt", "-m", "scripted", "--log", "l.db", "Hi")
    assert (done.code, "no SQLite database" in done.err) == (2, True)
    done = harness("prompt", "-m", "scripted", "--log", "new.db", "-c", "Hi")
    assert (done.code, "nothing is logged in new.db yet" in done.err) == (2, True)
    done = harness("prompt", "-m", "scripted", "--from", "b2:123456", "Hi")
    assert (done.code, "give --log STORE" in done.err) == (2, True)
    assert model.prompts == []


def test_an_answer_that_cannot_be_logged_is_given_all_the_same(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought(monkeypatch, [StreamEvent("text", "a\ud800", 0), STOP])
    done = harness("prompt", "-m", "scripted", "--log", "l.db", "Hi")
    assert done.code == 0
    assert "the answer is not in the log: part 0 (text)" in done.err


# ---------------------------------------------------------------------------------- new


TALK = [
    Message("system", (TextPart("Be brief."),)),
    user("Weather in Zürich?"),
    Message(
        "assistant",
        (ReasoningPart("Hm."), ToolCallPart("look", {"at": "sky"}, "call_1")),
    ),
    tool_message(ToolResultPart("look", "blue", "call_1")),
    assistant("Blue."),
    user("Thanks!"),
]


def test_a_logged_conversation_becomes_a_suite_that_passes(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = {
        "name": "look",
        "input_schema": {"type": "object", "properties": {"at": {"type": "string"}}},
    }
    with Store("l.db") as store:
        turn = store.record(
            TALK,
            assistant("Welcome."),
            model="deepseek/m",
            provider="deepseek",
            tools=[tool],
            options={"temperature": 0.5},
        )
        loose = store.append([user("a"), assistant("b"), user("c"), assistant("d")])
        none = store.append([user("a")])
    done = harness("new", "talk", "--from-log", turn.thread or "", "--log", "l.db")
    assert (done.code, done.out) == (
        0,
        "wrote specs/talk.spec.yaml\n  run it: harness run specs/talk.spec.yaml::talk\n",
    )
    assert harness("validate").code == 0
    ran = harness("run")
    assert (ran.code, "1 passed" in ran.out) == (0, True), ran.out
    monkeypatch.setenv("HARNESS_LOG", "l.db")
    done = harness("new", "loose", "--from-log", loose)
    assert (done.code, "give --provider NAME" in done.err) == (2, True)
    assert (
        harness("new", "loose", "--from-log", loose, "--provider", "anthropic").code
        == 0
    )
    assert harness("run", "specs/loose.spec.yaml").code == 0
    done = harness("new", "none", "--from-log", none, "--provider", "anthropic")
    assert (done.code, "nobody answered" in done.err) == (2, True)
    done = harness("new", "both", "--from-log", none, "--from", "x.yaml")
    assert (done.code, "two beginnings" in done.err) == (2, True)
