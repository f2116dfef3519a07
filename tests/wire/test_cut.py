"""Cuts: the same bytes, in other pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire import cut

BODY = b"data: a\n\ndata: b\r\n\r\ndata: \xf0\x9f\xa6\xa9\r\rx"
KEEPING = ["recorded", "whole", "event", "byte", "random:0", "random:17"]


@pytest.mark.parametrize("name", KEEPING)
def test_a_cut_keeps_every_byte(name: str) -> None:
    assert b"".join(cut.named(name)([BODY[:7], BODY[7:]])) == BODY
    assert b"".join(cut.named(name)([])) == b""


@given(st.lists(st.binary(max_size=20)), st.sampled_from(KEEPING))
def test_a_cut_keeps_any_bytes(chunks: list[bytes], name: str) -> None:
    pieces = list(cut.named(name)(chunks))
    assert b"".join(pieces) == b"".join(chunks)
    if name not in ("recorded", "whole"):
        assert all(pieces)


def test_each_cut_is_what_its_name_says() -> None:
    chunks = [b"da", b"ta: a\n\ndata: b\n\n"]
    assert list(cut.recorded(chunks)) == chunks
    assert list(cut.whole(chunks)) == [b"data: a\n\ndata: b\n\n"]
    assert list(cut.event(chunks)) == [b"data: a\n\n", b"data: b\n\n"]
    assert {len(piece) for piece in cut.byte(chunks)} == {1}
    assert list(cut.crlf([b"a\nb\n\n"])) == [b"a\r", b"\nb\r", b"\n\r", b"\n"]


def test_random_cuts_depend_on_their_seed_alone() -> None:
    body = bytes(range(256))
    again = list(cut.named("random:7")([body[:100], body[100:]]))
    assert list(cut.named("random:7")([body])) == again
    assert list(cut.named("random:8")([body])) != again
    assert 1 <= max(map(len, again)) <= cut.BIGGEST


def test_lines_that_end_in_crlf_already_are_left_alone() -> None:
    assert b"".join(cut.crlf([b"a\r\nb\n"])) == b"a\r\nb\n"


@pytest.mark.parametrize("end", [b"\n\n", b"\r\n\r\n", b"\r\r"])
def test_a_comment_stands_before_and_after_every_event(end: bytes) -> None:
    body = b"data: a" + end + b"data: b" + end
    assert b"".join(cut.comment([body])).count(b": keep-alive\n\n") == 3


def test_a_comment_comes_after_the_byte_order_mark() -> None:
    pieces = list(cut.comment([b"\xef\xbb\xbfdata: a\n\n"]))
    assert pieces[0] == b"\xef\xbb\xbf: keep-alive\n\n"
    assert pieces[1] == b"data: a\n\n"


def test_a_comment_never_stands_inside_an_event() -> None:
    assert list(cut.comment([b"data: a"])) == [b": keep-alive\n\n", b"data: a"]


@pytest.mark.parametrize("name", ["", "bite", "random", "random:", "random:x", "WHOLE"])
def test_other_names_are_no_cuts(name: str) -> None:
    assert not cut.exists(name)
    with pytest.raises(KeyError):
        cut.named(name)


def test_every_cut_there_is_can_be_named() -> None:
    assert {name.partition(":")[0] for name in cut.CUTS} == {*cut.BY_NAME, "random"}
    assert all(cut.exists(name) for name in [*cut.BY_NAME, "random:3"])
    assert set(cut.ONLY_SSE) <= set(cut.BY_NAME)
