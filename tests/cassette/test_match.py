"""What changed between the request recorded and the one sent, and what did not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cassette.match import (
    MISSING,
    Difference,
    differences,
    request_differences,
)
from harness.cassette.secret import MASK
from harness.wire.http import Request

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_the_order_of_keys_is_no_difference() -> None:
    assert differences(b'{"a": 1, "b": [2]}', b'{"b":[2],"a":1}') == []


def test_the_order_of_items_is_one() -> None:
    assert differences([1, 2], [2, 1]) == [
        Difference("body[0]", 1, 2),
        Difference("body[1]", 2, 1),
    ]


def test_a_difference_is_named_by_its_path() -> None:
    old = {"messages": [{"role": "user"}, {"content": "a"}], "stream": True}
    new = {"messages": [{"role": "user"}, {"content": "b"}], "tools": []}
    assert differences(json.dumps(old).encode(), json.dumps(new).encode()) == [
        Difference("body.messages[1].content", "a", "b"),
        Difference("body.stream", True, MISSING),
        Difference("body.tools", MISSING, []),
    ]


def test_a_key_that_is_no_word_is_quoted() -> None:
    assert differences({"a.b": 1}, {"a.b": 2})[0].path == 'body["a.b"]'


def test_true_is_not_one() -> None:
    assert differences([True], [1]) == [Difference("body[0]", True, 1)]
    assert differences({"a": False}, {"a": 0})


def test_null_is_not_nothing() -> None:
    assert differences({"a": None}, {}) == [Difference("body.a", None, MISSING)]


@pytest.mark.parametrize("place", [0, 1, 3])
def test_one_item_more_is_one_difference_wherever_it_stands(place: int) -> None:
    old = [{"role": "user"}, {"role": "assistant"}, {"role": "user", "n": 1}]
    new = [*old[:place], {"role": "system"}, *old[place:]]
    found = Difference(f"body[{place}]", MISSING, {"role": "system"})
    assert differences(old, new) == [found]
    gone = Difference(f"body[{place}]", {"role": "system"}, MISSING)
    assert differences(new, old) == [gone]


def test_items_are_aligned_without_what_is_ignored() -> None:
    old = [{"id": 1, "t": "a"}, {"id": 2, "t": "b"}]
    new = [{"id": 8, "t": "a"}, {"id": 9, "t": "x"}, {"id": 7, "t": "b"}]
    found = differences(old, new, ("body[*].id",))
    assert found == [Difference("body[1]", MISSING, {"id": 9, "t": "x"})]


@pytest.mark.parametrize(
    "pattern",
    [
        "messages[*].id",
        "body.messages[*].id",
        "body.messages[1].id",
        "messages[1]",
        "messages",
        "**.id",
        "body.**.id",
        "**",
        "m*[*].i*",
        "messages[*].*",
        "body",
    ],
)
def test_an_ignored_path_may_differ(pattern: str) -> None:
    old = {"messages": [{"id": "a"}, {"id": "b"}]}
    new = {"messages": [{"id": "a"}, {"id": "c"}]}
    assert differences(old, new, (pattern,)) == []


@pytest.mark.parametrize(
    "pattern", ["id", "messages[0].id", "messages[*].i", "message", "*.id", "ody", ""]
)
def test_another_path_may_not(pattern: str) -> None:
    old = {"messages": [{"id": "a"}, {"id": "b"}]}
    new = {"messages": [{"id": "a"}, {"id": "c"}]}
    assert len(differences(old, new, (pattern,))) == 1


def test_bytes_that_are_no_json_are_compared_as_they_are() -> None:
    assert differences(b"a=1", b"a=1") == []
    assert differences(b"a=1", b"a=2") == [Difference("body", b"a=1", b"a=2")]
    assert differences(b"a=1", b'{"a": 1}') == [Difference("body", b"a=1", b'{"a": 1}')]
    assert differences(b"\xff", b"\xff") == []


def test_a_body_nested_beyond_reason_is_compared_all_the_same() -> None:
    old, new = b"[" * 9000 + b"]" * 9000, b"[" * 9000 + b"1" + b"]" * 9000
    assert len(differences(old, new)) == 1
    for depth in (100, 400):
        old, new = b"[1," * depth + b"1" + b"]" * depth, b"[" * depth + b"]" * depth
        assert differences(old, new)


def ask(url: str, method: str = "POST") -> Request:
    return Request(method, url, (("a", "b"),), b"{}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("https://api.example.com/v1/x", "http://localhost:8080/v1/x"),
        ("https://h/x?a=1&b=2", "https://h/x?b=2&a=1"),
        ("https://h/x?q=a%20b", "https://h/x?q=a+b"),
        ("https://h/%7Ex", "https://h/~x"),
        ("https://h/é", "https://h/%C3%A9"),
        ("https://h", "https://h/"),
        ("https://h/x#part", "https://h/x"),
        (f"https://h/x?key={MASK}&a=1", "https://h/x?key=AIza123&a=1"),
    ],
)
def test_the_same_place_is_the_same(old: str, new: str) -> None:
    assert request_differences(ask(old), ask(new)) == []


MAIL = "ada.lovelace@" + "analytical-engines.co.uk"
PEM = "-----BEGIN PRIVATE KEY-----{}-----END PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (MASK, "anything at all"),
        (f"write to {MASK}.", f"write to {MAIL}."),
        (f"write to {MASK}.", "write to nobody-real."),
        (f"{MASK} and {MASK}", f"{MAIL} and sk-harness-0000"),
        (f"{MASK}{MASK}", "ab"),
        (PEM.format(MASK), PEM.format("\nMIIEow\nMIIEow\n")),
        (f"write to {MASK}.", f"write to {MASK}."),
    ],
)
def test_what_was_masked_is_what_is_sent(old: str, new: str) -> None:
    assert differences({"a": old}, {"a": new}) == []
    form = old.encode(), new.encode()
    assert differences(*form) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"write to {MASK}.", "write to somebody else, and then another thing."),
        (f"write to {MASK}.", f"write at {MAIL}."),
        (f"write to {MASK}.", "write to ."),
        (f"{MASK} and {MASK}", f"{MAIL} or {MAIL}"),
        (f"x{MASK}x", "x"),
        (f"a {MASK} b {MASK}", "a one word b "),
    ],
)
def test_all_else_around_a_mask_is_compared(old: str, new: str) -> None:
    assert differences({"a": old}, {"a": new}) == [Difference("body.a", old, new)]
    form = old.encode(), new.encode()
    assert differences(*form) == [Difference("body", *form)]


def test_a_mask_hides_nothing_beside_it() -> None:
    old = f'{{"key":"{MASK}","b":1}}'.encode()
    new = b'{"key":"ab","more":"cd","b":1}'
    assert differences(old, new) == [Difference("body.more", MISSING, "cd")]


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("https://h/v1/x", "https://h/v2/x", "path"),
        ("https://h/x?a=1", "https://h/x?a=2", "query.a[0]"),
        ("https://h/x?a=1", "https://h/x", "query.a"),
        ("https://h/x?a=1&a=2", "https://h/x?a=2&a=1", "query.a[0]"),
    ],
)
def test_another_place_is_another(old: str, new: str, path: str) -> None:
    assert request_differences(ask(old), ask(new))[0].path == path


def test_another_method_is_another() -> None:
    found = request_differences(ask("http://h/", "GET"), ask("http://h/"))
    assert found == [Difference("method", "GET", "POST")]
    assert request_differences(ask("http://h/", "post"), ask("http://h/")) == []


def test_a_query_may_be_ignored() -> None:
    assert (
        request_differences(ask("http://h/?a=1"), ask("http://h/"), ("query.a",)) == []
    )


def test_the_body_is_compared_too() -> None:
    sent = Request("POST", "http://h/", (), b'{"a": 1}')
    assert request_differences(ask("http://h/"), sent) == [
        Difference("body.a", MISSING, 1)
    ]


@given(JSON, JSON)
def test_there_is_a_difference_exactly_where_json_differs(old: Any, new: Any) -> None:
    def text(value: Any) -> str:
        return json.dumps(value, sort_keys=True)

    assert bool(differences(old, new)) == (text(old) != text(new))
