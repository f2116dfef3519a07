"""``serve --log``: what a server sees is kept, and nothing of it twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

from harness.message.parts import TextPart
from harness.serve.logged import Logged
from harness.serve.mock import FAULT, Mock
from harness.serve.upstream.forward import Forward
from harness.shell.server import served
from harness.store import Store
from tests.serve.asking import CHAT, answer, chat, said, with_header


def talk(store: Store) -> list[list[str]]:
    """What each thread of a store says."""
    return [
        [
            part.text
            for message in store.conversation(thread.name)
            for part in message.parts
            if isinstance(part, TextPart)
        ]
        for thread in store.threads()
    ]


def test_a_conversation_that_is_sent_whole_is_kept_once(tmp_path: Path) -> None:
    told: list[str] = []
    with Store(tmp_path / "log.db") as store:
        log = Logged(store.record, told.append)
        mock = Mock(function=lambda turn: f"Answer {len(turn.messages)}.", log=log.keep)
        messages: list[dict[str, Any]] = []
        for number in range(10):
            messages.append({"role": "user", "content": f"Question {number}"})
            body = {"model": "m", "stream": number % 2 == 0, "messages": messages}
            asked = chat("", CHAT)
            data = json.dumps(body).encode()
            reply = answer(mock, type(asked)("POST", asked.url, (), data))
            assert reply.status == 200
            text = f"Answer {2 * number + 1}."
            messages.append({"role": "assistant", "content": text})
        log.close()
        ((*words,),) = talk(store)
        assert words == [message["content"] for message in messages]
        turns = [*store.turns()]
        assert len(turns) == 10
        assert (turns[0].model, turns[0].provider) == ("m", "openai-chat")
        assert turns[0].usage is not None
        assert [*store.verify()] == []
    assert told == []


def test_each_wire_comes_to_the_same_messages(tmp_path: Path) -> None:
    with Store(tmp_path / "log.db") as store:
        log = Logged(store.record, print)
        mock = Mock(default="Yes.", log=log.keep)
        for path in ("/v1/chat/completions", "/v1/messages", "/api/chat", "/v2/chat"):
            assert answer(mock, chat("Hi", path, max_tokens=9)).status == 200
        log.close()
        tips = {turn.tip for turn in store.turns()}
        assert len(tips) == 1
        (tip,) = tips
        assert [message.role for message in store.conversation(tip)] == [
            "user",
            "assistant",
        ]


def test_what_never_came_is_not_kept(tmp_path: Path) -> None:
    told: list[str] = []
    with Store(tmp_path / "log.db") as store:
        log = Logged(store.record, told.append)
        mock = Mock(said("Hello."), log=log.keep)
        answer(mock, with_header(chat("Hi"), FAULT, "status=503"))
        answer(mock, with_header(chat("Hi", stream=True), FAULT, "disconnect=2"))
        answer(mock, chat("Unheard of"))
        log.close()
        assert talk(store) == []
    assert told == []


def test_several_answers_at_once_are_branches(tmp_path: Path) -> None:
    with Store(tmp_path / "log.db") as store:
        log = Logged(store.record, print)
        mock = Mock(default="Yes.", log=log.keep)
        answer(mock, chat("Hi", n=3))
        log.close()
        assert len([*store.turns()]) == 3


def test_what_comes_from_upstream_is_kept_when_it_is_whole(tmp_path: Path) -> None:
    vendor = Mock(default="From afar.")
    with Store(tmp_path / "log.db") as store, served(vendor.answer) as upstream:
        log = Logged(store.record, print)
        front = Mock(upstream=Forward(upstream), log=log.keep)
        with served(front.answer) as url:
            body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
            for stream in (True, False):
                asked = f"{url}{CHAT}"
                httpx.post(asked, json=body | {"stream": stream}, timeout=20)
        log.close()
        assert {tuple(words) for words in talk(store)} == {("Hi", "From afar.")}
        assert len([*store.turns()]) == 2


def full(*_: object, **__: object) -> object:
    """A store whose disk is full."""
    raise ValueError("the disk is full")


def test_what_cannot_be_kept_is_told_and_answered_all_the_same() -> None:
    told: list[str] = []
    log = Logged(full, told.append)
    mock = Mock(default="Yes.", log=log.keep)
    assert answer(mock, chat("Hi")).status == 200
    log.close()
    assert told == [f"not logged: {CHAT}: the disk is full"]
