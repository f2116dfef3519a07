"""Cassettes of other tools are taken in whole, and what is not is said to be."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from harness.cassette import paper
from harness.cassette.foreign import recorders
from harness.cassette.tape import Exchange, Tape
from harness.errors import CassetteError
from harness.wire.http import Request, Response


def one(path: str = "/v1/messages", **response: Any) -> dict[str, Any]:
    """An interaction as vcrpy writes it."""
    return {
        "request": {"body": None, "headers": {}, "method": "POST", "uri": f"http://h{path}"},
        "response": {"body": {"string": "hi"}, "headers": {}, "status": {"code": 200, "message": "OK"}, **response},
    }  # fmt: skip


def held(*interactions: Any, **more: Any) -> dict[str, Any]:
    return {"interactions": [*interactions], **more, "version": 1}


def found(data: Any, path: str = "old/x.yaml") -> recorders.Found:
    text = json.dumps(data, indent=1) if path.endswith("json") else yaml.safe_dump(data)
    return recorders.read(text.encode(), path)


@pytest.mark.parametrize("path", ["x.yaml", "x.json", "x.yml"])
def test_every_interaction_is_taken(path: str) -> None:
    tape = found(held(one(), one("/v1/models"), one("/oauth/token")), path).tape
    assert [e.request.url for e in tape.exchanges] == [
        "http://h/v1/messages",
        "http://h/v1/models",
        "http://h/oauth/token",
    ]


def test_who_wrote_it_and_when_is_kept() -> None:
    dated = one(headers={"Date": ["Tue, 01 Sep 2026 23:59:59 GMT"]})
    tape = found(held(one(), dated), "somewhere/old/x.yaml").tape
    assert tape.provenance == {
        "imported": "vcrpy cassette x.yaml",
        "recorded": "2026-09-01",
    }
    when = {**dated, "recorded_at": "2026-02-03T04:05:06Z"}
    assert found(held(when)).tape.provenance == {
        "imported": "cassetter cassette x.yaml",
        "recorded": "2026-02-03",
    }


@pytest.mark.parametrize("date", ["yesterday", "", "Tue, 1 Sept 2026"])
def test_a_day_nobody_told_is_not_made_up(date: str) -> None:
    tape = found(held(one(headers={"date": [date]}))).tape
    assert "recorded" not in tape.provenance


def test_what_we_noted_ourselves_stays() -> None:
    response = Response(200, (), (b"a", b"bc"), (1, 2), "cut")
    exchange = Exchange(Request("POST", "http://h/v1/messages"), response)
    told = {"recorded": "2026-01-01", "server": "s"}
    ours = paper.dump(Tape((exchange,), told))
    again = recorders.read(ours, "x.yaml")
    assert again.tool == "harness"
    assert again.tape.exchanges == (exchange,)
    imported = {"imported": "harness cassette x.yaml"}
    assert again.tape.provenance == {**told, **imported}


def test_all_that_cannot_be_read_is_told_at_once_and_the_rest_is_there() -> None:
    bad = one(status="fine")
    result = found(held(bad, one("/v1/models"), {"request": {}}))
    assert [e.request.url for e in result.tape.exchanges] == ["http://h/v1/models"]
    first, second = result.unread
    assert (
        first.message == "interactions[0].response.status should be a mapping, not text"
    )
    assert first.excerpt == "    status: fine"
    assert "interactions[2] has no 'response'" in second.message


def test_notes_that_do_not_fit_are_a_problem_of_the_whole() -> None:
    result = found(held(one(), harness={"exchanges": []}))
    (problem,) = result.unread
    assert problem.code == "H509"


def test_what_is_no_http_is_left_out_and_said_to_be() -> None:
    others: dict[str, Any] = {"grpc_interactions": [{}, {}], "ws_interactions": [{}]}
    result = found(held(one(), **others))
    assert [p.message for p in result.left_out] == [
        "a gRPC call: left out, since it is no HTTP exchange",
        "a gRPC call: left out, since it is no HTTP exchange",
        "a WebSocket: left out, since it is no HTTP exchange",
    ]
    assert result.tool == "cassetter"
    assert len({p.place.column for p in result.left_out}) == 1
    assert len({p.place.line for p in result.left_out}) == 3


def test_a_cassette_of_nothing_but_others_is_refused() -> None:
    with pytest.raises(CassetteError) as caught:
        found(held(ws_interactions=[{}]))
    assert [p.code for p in caught.value.problems] == ["H514"]


@pytest.mark.parametrize(
    ("data", "path", "said"),
    [
        (b"", "x.yaml", "the file is empty"),
        (b"a: 1", "x.yaml", "no 'interactions'"),
        (b"{", "x.json", "not JSON"),
        (b"[1]", "x.json", "before 1.0"),
        (b"version = 1\nversion = 2\n", "x.toml", "not TOML"),
        (b'{"interactions": [], "version": 1}', "x.json", "nothing was recorded here"),
        (b'{"interactions": [1], "version": 2}', "x.json", "only version 1"),
        (b"\xff\xfe", "x.yaml", "not UTF-8"),
    ],
)
def test_what_is_no_cassette_says_so(data: bytes, path: str, said: str) -> None:
    with pytest.raises(CassetteError, match=said) as caught:
        recorders.read(data, path)
    assert caught.value.problems[0].place.path == path


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("version = 1\n a b\n", 2, 4),
        ("version = 1\na = [", 2, 6),
        ("a = 1\na = 2", 2, 6),
    ],
)
def test_toml_says_where_it_is_damaged(text: str, line: int, column: int) -> None:
    with pytest.raises(CassetteError, match="not TOML") as caught:
        recorders.read(text.encode(), "x.toml")
    (problem,) = caught.value.problems
    assert (problem.place.line, problem.place.column) == (line, column)


@pytest.mark.parametrize("path", ["x.json", "x.toml", "x.yaml"])
def test_what_nests_beyond_reason_is_refused(path: str) -> None:
    text = ("a = " if path == "x.toml" else "") + "[" * 90_000
    with pytest.raises(CassetteError, match="nested"):
        recorders.read(text.encode(), path)


def test_a_number_beyond_reason_is_refused() -> None:
    with pytest.raises(CassetteError, match="not JSON"):
        recorders.read(b'{"version": ' + b"1" * 9000 + b"}", "x.json")


def test_toml_that_lacks_something_says_what() -> None:
    text = b"version = 1\n[[interactions]]\n[interactions.request]\nmethod = 'GET'\n"
    (problem,) = recorders.read(text, "x.toml").unread
    assert "interactions[0] has no 'response'" in problem.message


def test_json_has_its_places_too() -> None:
    text = json.dumps(held(one(), one(status=True)), indent=4)
    (problem,) = recorders.read(text.encode(), "x.json").unread
    assert problem.excerpt == '                "status": true'
    assert (problem.place.line, problem.place.column) == (
        text[: text.index("true")].count("\n") + 1,
        27,
    )


def test_json_that_only_looks_so_is_yaml() -> None:
    text = "{interactions: [" + json.dumps(one()) + "], version: 1}"
    assert paper.load(text.encode(), "x.yaml").exchanges


def test_letters_beyond_the_first_plane_come_out_of_json_whole() -> None:
    text = json.dumps(held(one(body={"string": "🦩"})))
    assert "\\ud83e" in text
    (exchange,) = paper.load(text.encode(), "x.json").exchanges
    assert exchange.response.chunks == ("🦩".encode(),)


@pytest.mark.parametrize("half", ["\\ud83e", "\\udda9"])
def test_half_a_letter_is_no_text(half: str) -> None:
    text = json.dumps(held(one(body={"string": "HALF"}))).replace("HALF", half)
    with pytest.raises(CassetteError, match="no UTF-8"):
        paper.load(text.encode(), "x.json")
