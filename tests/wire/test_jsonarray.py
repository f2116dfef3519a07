"""One JSON array, streamed: read at every cut and written back."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import WireError
from harness.wire import cut, jsonarray
from harness.wire.frame import Frame
from tests import strategies as strategy
from tests.wire.test_framing import Watched, bare, halves

F = Frame
HALF = b"\xf0\x9f"  # half of a character of four bytes

WRITTEN: dict[str, tuple[bytes, list[Frame]]] = {
    "nothing": (b"[]", []),
    "one element": (b'[{"a":1}]', [F('{"a":1}')]),
    "two elements": (b'[{"a":1},\n{"b":2}]', [F('{"a":1}'), F('{"b":2}')]),
    "arrays inside": (b"[[1,[2]],\n[]]", [F("[1,[2]]"), F("[]")]),
    "objects inside": (b'[{"a":{"b":[{}]}}]', [F('{"a":{"b":[{}]}}')]),
    "brackets in a string": (b'["]},[{",\n"}"]', [F('"]},[{"'), F('"}"')]),
    "escapes": (
        rb'["\"]","\\",{"\\\"":"\u005d"}]'.replace(b",", b",\n"),
        [F(r'"\"]"'), F(r'"\\"'), F(r'{"\\\"":"\u005d"}')],
    ),
    "numbers and words": (
        b"[1,\n-2.5e3,\ntrue,\nnull]",
        [*map(F, ("1", "-2.5e3", "true", "null"))],
    ),
    "every width of character": ('["aéह東🦩"]'.encode(), [F('"aéह東🦩"')]),
    "the end in an element": (b'[1,\n{"a":"b', [F("1"), F('{"a":"b', complete=False)]),
}
"""Bytes and frames, each made of the other."""

READ: dict[str, tuple[bytes, list[Frame]]] = {
    "no bytes": (b"", []),
    "blanks": (b" \r\n\t", []),
    "only the beginning": (b" [", []),
    "an empty array with blanks": (b" [ \n ] \r\n", []),
    "blanks around": (b'\r\n[ {"a" : 1}\r\n,\t2 ]\n', [F('{"a" : 1}'), F("2")]),
    "a byte order mark": (b"\xef\xbb\xbf[1]", [F("1")]),
    "the end after an element": (b"[1", [F("1", complete=False)]),
    "the end after a comma": (b"[1,\n", [F("1")]),
    "the end in a character": (b'[1,"b' + HALF, [F("1"), F('"b', complete=False)]),
    "the end in an escape": (b'[1,"b\\', [F("1"), F('"b\\', complete=False)]),
    "a brace too many": (b'[{"a":1}},2]', [F('{"a":1}}'), F("2")]),
}
"""Bytes that are read as these frames, and would be written otherwise."""

CUTS = ("recorded", "whole", "byte", "random:1", "random:2", "random:3")


@pytest.mark.parametrize("name", [*WRITTEN, *READ])
def test_an_array_is_read_at_every_cut(name: str) -> None:
    body, frames = (WRITTEN | READ)[name]
    for kind in CUTS:
        assert bare(jsonarray.read(cut.named(kind)([body]))) == frames, kind
    for chunks in halves(body):
        assert bare(jsonarray.read(chunks)) == frames, chunks


@pytest.mark.parametrize("name", WRITTEN)
def test_an_array_is_written_as_it_is_read(name: str) -> None:
    body, frames = WRITTEN[name]
    assert b"".join(jsonarray.write(frames)) == body


@given(st.lists(strategy.json_values, max_size=5), st.integers(0, 999))
def test_any_values_come_back_from_any_cut(values: list[object], seed: int) -> None:
    frames = [F(strategy.json_text(value)) for value in values]
    body = b"".join(jsonarray.write(frames))
    for kind in ("whole", "byte", f"random:{seed}"):
        assert bare(jsonarray.read(cut.named(kind)([body]))) == frames


def test_an_element_says_where_it_began() -> None:
    body = b'\xef\xbb\xbf [ {"a":1} ,\n2,\n "c'
    assert [frame.offset for frame in jsonarray.read([body])] == [6, 16, 20]


@pytest.mark.parametrize(
    ("body", "message", "offset"),
    [
        (b"{}", "begins with", 0),
        (b"\n\ndata: []", "begins with", 2),
        (b"[,1]", "missing", 1),
        (b"[1,,2]", "missing", 3),
        (b"[1, ]", "missing", 4),
        (b"[1]2", "more after", 3),
        (b"[1] \n[2]", "more after", 5),
        (b"[\xff]", "0xff is not UTF-8", 1),
        (b'[1,\n "a\xc3\x28"]', "0xc3 is not UTF-8", 7),
        (b"[1,\xff", "0xff is not UTF-8", 3),
    ],
)
def test_what_is_no_array_is_placed(body: bytes, message: str, offset: int) -> None:
    for kind in CUTS:
        with pytest.raises(WireError, match=message) as caught:
            list(jsonarray.read(cut.named(kind)([body])))
        assert caught.value.offset == offset, kind


@given(st.binary(max_size=60) | st.text('[]{},"\\ a').map(str.encode))
def test_any_bytes_are_frames_or_a_wire_error(body: bytes) -> None:
    outcomes = []
    for kind in ("whole", "byte", "random:5"):
        try:
            outcomes.append(repr(bare(jsonarray.read(cut.named(kind)([body])))))
        except WireError as error:
            outcomes.append(str(error))
    assert len(set(outcomes)) == 1


def test_an_element_is_given_as_soon_as_it_is_whole() -> None:
    chunks = Watched([b"[{}", b",", b"\n{}", b"]"])
    stream = jsonarray.read(chunks)
    next(stream)
    assert chunks.given == 2
    next(stream)
    assert chunks.given == 4


def small(body: bytes, size: int) -> Iterator[bytes]:
    return (body[i : i + size] for i in range(0, len(body), size))


def test_an_element_of_ten_megabytes_is_read_in_small_chunks() -> None:
    body = b'["' + b"x" * (10 << 20) + b'"]'
    (only,) = jsonarray.read(small(body, 1400))
    assert (len(only.data), only.complete) == ((10 << 20) + 2, True)


def test_a_megabyte_is_read_byte_by_byte() -> None:
    # Anything that looks at the whole element again for each byte would take hours.
    body = b'[{"a":"' + b"x" * (1 << 20) + b'"}]'
    (only,) = jsonarray.read(small(body, 1))
    assert len(only.data) == (1 << 20) + 8


def test_a_hundred_thousand_elements_are_read_from_one_chunk() -> None:
    body = b"[" + b"1," * 100_000 + b"1]"
    assert sum(frame.data == "1" for frame in jsonarray.read([body])) == 100_001


def test_brackets_may_be_as_deep_as_they_like() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    (only,) = jsonarray.read([b"[" + deep + b"]"])
    assert len(only.data) == 200_000


def test_what_came_before_a_fault_is_given() -> None:
    stream = jsonarray.read([b"[1,2,,"])
    assert [frame.data for frame in islice(stream, 2)] == ["1", "2"]
    with pytest.raises(WireError):
        next(stream)
