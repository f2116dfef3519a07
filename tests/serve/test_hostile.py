"""Hostile clients: whatever they do, the next one is served, and nothing else is read."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.serve.control import Control
from harness.serve.journal import MOST, Entry, Journal
from harness.serve.mock import Mock
from harness.serve.planning import MOST_BYTES
from harness.serve.stock import stocked
from harness.serve.stock.shelf import MOST_ASKED, Shelf
from harness.shell.project import find
from harness.shell.server import served
from tests.adapters.trying import ROOT
from tests.serve.asking import CHAT, answer, chat
from tests.shell.server.raw import asked, connected

BODY = chat("Say hello.").body

OPENED: list[str] = []
IS_WATCHED: list[bool] = []


def _audit(event: str, arguments: Any) -> None:
    if IS_WATCHED and event in ("open", "os.listdir", "os.scandir", "subprocess.Popen"):
        OPENED.append(f"{event} {arguments[0]!r}")


sys.addaudithook(_audit)


@contextmanager
def watched() -> Iterator[list[str]]:
    """The files that are opened meanwhile, by whomever in this process."""
    OPENED.clear()
    IS_WATCHED.append(True)
    try:
        yield OPENED
    finally:
        IS_WATCHED.clear()


@pytest.fixture(scope="module")
def control() -> Control:
    """A server of this project, whose parsers are all loaded."""
    shelf = Shelf()
    found = stocked(find(ROOT), ["specs/text.spec.yaml"], ROOT)
    shelf.add(one for one in found if not hasattr(one, "place"))
    control = Control(Mock(shelf), open_=True)
    assert answer(control, chat("Say hello.")).status == 200
    assert answer(control, chat("Say hullo.")).status == 404
    return control


@pytest.fixture(scope="module")
def url(control: Control) -> Iterator[str]:
    with served(control.answer) as found:
        # Sockets load what they need, and a path that is nobody's all providers.
        assert asked(found, CHAT, BODY).status == 200
        assert asked(found, "/nobodys", BODY).status == 404
        yield found


TRICKS = [
    "/../../../../etc/passwd",
    "/v1/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%2f..%2fetc%2fpasswd",
    "/%00",
    "/v1/chat/completions%00.yaml",
    "/v1/models/..%2f..%2f..%2fetc%2fpasswd",
    "/v1beta/models/..%2f..%2fetc%2fpasswd:generateContent",
    "/scope/../../etc/passwd",
    "/scope/%2e%2e/v1/chat/completions",
    "/model/..%2f..%2fetc%2fpasswd/converse",
    "/harness/../etc/passwd",
    "/harness/cases/../../etc/passwd",
    "//etc/passwd",
    "/\\..\\..\\windows\\win.ini",
    "/v1/chat/completions?x=../../etc/passwd",
    "/file:///etc/passwd",
]


@pytest.mark.parametrize("target", TRICKS)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_no_path_reads_a_file(url: str, method: str, target: str) -> None:
    with watched() as opened:
        got = asked(url, target, BODY, method)
    assert opened == []
    assert b"root:" not in b"".join(got.chunks)
    assert asked(url, CHAT, BODY).status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"{" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"model": "m", "messages": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"model": "m", "messages": [{"role": "user", "content": "\\ud800"}]}',
        b'{"model": null, "messages": null}',
        b'{"model": 1e999, "messages": [{"role": [], "content": {}}]}',
        b"\xff\xfe\x00",
        b"null",
        b'{"model": "m", "messages": [{"role": "user", "content": "x"}], "tools": 7}',
        b'{"model": "m", "messages": [{"role": "user", "content": '
        + b'[{"a":' * 400
        + b"1"
        + b"}]" * 400
        + b"}]}",
        b'{"model": "m", "messages": [{"role": "user", "content": "x"}], "tools": [{'
        + b'"type": "function", "function": {"name": "f", "parameters": '
        + b'{"a":' * 900
        + b"1"
        + b"}" * 900
        + b"}}]}",
    ],
    ids=range(11),
)
@pytest.mark.parametrize(
    "target",
    [CHAT, "/v1/responses", "/v1/messages", "/v1beta/models/m:generateContent",
     "/model/m/converse", "/api/chat", "/v2/chat", "/v1beta/interactions",
     "/harness/cases", "/harness/cassette", "/harness/says", "/harness/fault"],
)  # fmt: skip
def test_no_body_is_more_than_an_error(url: str, target: str, body: bytes) -> None:
    got = asked(url, target, body)
    assert 200 <= got.status < 500
    json.loads(b"".join(got.chunks))
    asked(url, "/harness/reset", b"")
    assert asked(url, CHAT, BODY).status == 200


def test_many_that_dawdle_keep_nobody_else_waiting(url: str) -> None:
    with ExitStack() as open_:
        for number in range(300):
            sock = open_.enter_context(connected(url))
            sock.sendall(
                b"POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\n"[: number % 40]
            )
        for _ in range(20):
            assert asked(url, CHAT, BODY).status == 200


def test_noise_harms_nobody(url: str) -> None:
    noise = random.Random(7)
    for _ in range(200):
        with connected(url) as sock:
            sock.sendall(noise.randbytes(noise.randrange(1, 400)))
    assert asked(url, CHAT, BODY).status == 200


def test_a_million_entries_are_counted_and_the_latest_kept() -> None:
    journal = Journal()
    entry = Entry(1, 0.0, "POST", "/", "", "anthropic", "m", False, 200, "miss")
    for _ in range(1_000_000):
        journal.write(entry)
    assert len(journal.entries) == MOST
    assert 'status="200"} 1000000' in "\n".join(journal.metrics())


def test_what_is_kept_of_clients_has_an_end() -> None:
    mock = Mock(default="Yes.")
    for number in range(3):
        answer(mock, chat(f"{number}" + "x" * (MOST_BYTES // 2)))
    assert mock.planner.held <= MOST_BYTES
    shelf = Shelf()
    for number in range(MOST_ASKED + 10):
        shelf.turn("key", f"scope-{number}", 2)
    assert shelf.turn("key", f"scope-{MOST_ASKED + 9}", 2) == 1
    assert shelf.turn("key", "scope-0", 2) == 0


@pytest.mark.parametrize("at", ["?key=", "?alt=sse&key="])
def test_a_key_in_a_path_is_not_written_down(at: str) -> None:
    mock = Mock()
    path = f"/v1beta/models/m:generateContent{at}AIza-secret&x=1"
    answer(mock, chat("Hi", path))
    assert mock.journal.entries[-1].path == path.replace("AIza-secret", "…")
    assert "secret" not in json.dumps([e.to_dict() for e in mock.journal.entries])


def test_a_path_is_written_down_as_far_as_a_person_reads() -> None:
    mock = Mock()
    answer(mock, chat("Hi", "/" + "x" * 60_000))
    assert len(mock.journal.entries[-1].path) < 600


def test_nothing_of_a_project_beside_its_recordings_is_served(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.harness]\n")
    (tmp_path / "secret.txt").write_text("the secret")
    mock = Mock(Shelf())
    mock.shelf.add(
        one
        for one in stocked(find(tmp_path), (), tmp_path)
        if not hasattr(one, "place")
    )
    with served(mock.answer) as url:
        for target in ("/secret.txt", "/./secret.txt", "/%73ecret.txt"):
            got = asked(url, target, b"", "GET")
            assert got.status == 404
            assert b"the secret" not in b"".join(got.chunks)
