"""A deck answers what it was recorded for, in whatever order it is asked."""

from __future__ import annotations

import pytest

from harness.cassette.deck import Deck
from harness.cassette.tape import Exchange, Tape
from harness.errors import ConnectionLost
from harness.wire.http import Request, Response


def asking(path: str, body: bytes = b"{}", host: str = "h") -> Request:
    return Request("POST", f"https://{host}/{path}", (), body)


def deck(*asked: tuple[str, bytes], volatile: tuple[str, ...] = ()) -> Deck:
    exchanges = (
        Exchange(asking(path, body), Response(200 + n))
        for n, (path, body) in enumerate(asked)
    )
    return Deck(Tape(tuple(exchanges)), volatile)


def test_each_request_gets_its_own_answer_whatever_the_order() -> None:
    drawn = deck(("a", b'{"n": 1}'), ("a", b'{"n": 2}'), ("b", b"{}"))
    assert drawn.answer(asking("b", host="elsewhere")).status == 202
    assert drawn.answer(asking("a", b'{"n":2}')).status == 201
    assert drawn.answer(asking("a", b'{"n": 1}')).status == 200
    assert (drawn.left, drawn.missed, drawn.drifted) == ([], [], [])


def test_the_same_request_is_answered_as_often_as_it_was_recorded() -> None:
    drawn = deck(("a", b"{}"), ("a", b"{}"))
    assert [drawn.answer(asking("a")).status for _ in range(2)] == [200, 201]
    with pytest.raises(
        ConnectionLost, match="nothing is recorded for POST https://h/a"
    ):
        drawn.answer(asking("a"))
    assert drawn.missed == ["POST https://h/a"]


def test_a_request_that_changed_is_answered_and_told_of() -> None:
    drawn = deck(("a", b'{"n": 1}'), ("a", b'{"n": 2}'))
    assert drawn.answer(asking("a", b'{"n": 3}')).status == 200
    ((number, found),) = drawn.drifted
    assert (number, [one.path for one in found]) == (1, ["body.n"])
    assert drawn.left == [2]


def test_what_may_differ_is_no_change() -> None:
    drawn = deck(("a", b'{"n": 1}'), volatile=("n",))
    assert drawn.answer(asking("a", b'{"n": 3}')).status == 200
    assert drawn.drifted == []


def test_another_path_or_method_is_not_answered_and_no_query_is_told() -> None:
    drawn = deck(("a", b"{}"))
    with pytest.raises(ConnectionLost):
        drawn.answer(asking("b?key=secret"))
    with pytest.raises(ConnectionLost):
        drawn.answer(Request("GET", "https://h/a", (), b"{}"))
    assert drawn.missed == ["POST https://h/b", "GET https://h/a"]
    assert drawn.left == [1]
