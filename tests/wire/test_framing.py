"""Framings: one table of streams, read at every cut and written back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import WireError
from harness.wire import cut, ndjson, sse
from harness.wire.frame import Frame

F = Frame
HALF = b"\xf0\x9f"  # half of a character of four bytes

WRITTEN: dict[str, tuple[bytes, list[Frame]]] = {
    "one event": (b"data: a\n\n", [F("a")]),
    "two events": (b"data: a\n\ndata: b\n\n", [F("a"), F("b")]),
    "many lines": (b"data: a\ndata: b\ndata: c\n\n", [F("a\nb\nc")]),
    "a blank line inside": (b"data: a\ndata: \ndata: b\n\n", [F("a\n\nb")]),
    "nothing but an end": (b"data: \n\n", [F("")]),
    "all fields": (
        b"event: ping\nid: 7\nretry: 250\ndata: {}\n\n",
        [F("{}", "ping", "7", 250)],
    ),
    "an empty event name and id": (b"event: \nid: \ndata: a\n\n", [F("a", "", "")]),
    "leading blanks are kept": (b"data:   a\n\n", [F("  a")]),
    "colons": (b"data: a: b:\n\n", [F("a: b:")]),
    "what other readers take for line ends": (
        "data: a\u2028b\u0085c\u2029d\x0b\x0c\x1c\n\n".encode(),
        [F("a\u2028b\u0085c\u2029d\x0b\x0c\x1c")],
    ),
    "every width of character": (
        "data: aéह東🦩\n\n".encode(),
        [F("aéह東🦩")],
    ),
    "an end without its blank line": (b"data: a\n", [F("a", complete=False)]),
}
"""Bytes and frames, each made of the other."""

READ: dict[str, tuple[bytes, list[Frame]]] = {
    "nothing": (b"", []),
    "blank lines": (b"\n\n\n\n", []),
    "a byte order mark": (b"\xef\xbb\xbfdata: a\n\n", [F("a")]),
    "a mark that is not at the start": (
        b"data: a\n\n\xef\xbb\xbfdata: b\n\n",
        [F("a")],
    ),
    "a mark before a comment": (b"\xef\xbb\xbf: hi\n\ndata: a\n\n", [F("a")]),
    "carriage returns": (b"data: a\r\rdata: b\r\r", [F("a"), F("b")]),
    "both": (b"data: a\r\n\r\ndata: b\r\n\r\n", [F("a"), F("b")]),
    "a mixture": (
        b"data: a\r\ndata: b\rdata: c\n\r\ndata: d\n\r",
        [F("a\nb\nc"), F("d")],
    ),
    "comments": (b": ping\n\n:\ndata: a\n: in between\ndata: b\n\n", [F("a\nb")]),
    "no blank after the colon": (b"data:a\ndata:b\n\n", [F("a\nb")]),
    "a field without a colon": (b"data\ndata\n\n", [F("\n")]),
    "fields nobody knows": (b"foo: bar\n data: no\nDATA: no\ndata: a\n\n", [F("a")]),
    "an event without data": (b"event: ping\nid: 1\n\ndata: a\n\n", [F("a")]),
    "the last event name counts": (b"event: a\nevent: b\ndata: x\n\n", [F("x", "b")]),
    "an id with NUL": (b"id: 1\nid: 2\0\ndata: a\n\n", [F("a", None, "1")]),
    "a retry that is no number": (b"retry: 1s\nretry: -1\ndata: a\n\n", [F("a")]),
    "a retry of Arabic digits": ("retry: ١٢\ndata: a\n\n".encode(), [F("a")]),
    "a retry without end": (b"retry: %s\ndata: a\n\n" % (b"9" * 5000), [F("a")]),
    "many blank lines": (b"\n\n\ndata: a\n\n\n\n\ndata: b\n\n\n", [F("a"), F("b")]),
    "the end in a line": (b"data: a\n\ndata: b", [F("a"), F("b", complete=False)]),
    "the end in a character": (
        b"data: a\n\ndata: b" + HALF,
        [F("a"), F("b", complete=False)],
    ),
    "the end in a field name": (b"data: a\n\nda", [F("a")]),
    "the end in an event name": (b"data: a\n\nevent: pi", [F("a")]),
    "a last carriage return": (b"data: a\r", [F("a", complete=False)]),
}
"""Bytes that are read as these frames, and would be written otherwise."""

CUTS = ("recorded", "whole", "event", "byte", "random:1", "random:2", "random:3")


def bare(frames: Iterator[Frame]) -> list[Frame]:
    """Frames without where they began."""
    return [frame._replace(offset=0) for frame in frames]


def halves(body: bytes) -> Iterator[list[bytes]]:
    """The body cut once, at every place; and with empty chunks thrown in."""
    for place in range(len(body) + 1):
        yield [body[:place], b"", body[place:]]


@pytest.mark.parametrize("name", [*WRITTEN, *READ])
def test_server_sent_events_are_read_at_every_cut(name: str) -> None:
    body, frames = (WRITTEN | READ)[name]
    for kind in CUTS:
        assert bare(sse.read(cut.named(kind)([body]))) == frames, kind
    if len(body) < 200:
        for chunks in halves(body):
            assert bare(sse.read(chunks)) == frames, chunks


@pytest.mark.parametrize("name", WRITTEN)
def test_server_sent_events_are_written_as_they_are_read(name: str) -> None:
    body, frames = WRITTEN[name]
    assert b"".join(sse.write(frames)) == body
    assert len(list(sse.write(frames))) == len(frames)


@pytest.mark.parametrize("kind", ["crlf", "comment"])
@pytest.mark.parametrize("name", [*WRITTEN, *READ])
def test_cuts_that_change_bytes_mean_the_same(kind: str, name: str) -> None:
    body, frames = (WRITTEN | READ)[name]
    assert bare(sse.read(cut.named(kind)([body]))) == frames


def test_a_frame_says_where_it_began() -> None:
    body = b"data: a\n\n: hi\ndata: b\n\ndata: c"
    assert [frame.offset for frame in sse.read([body])] == [0, 9, 23]
    body = b"data: a\r\n\r\ndata: b\r\n\r\n"
    for chunks in halves(body):
        assert [frame.offset for frame in sse.read(chunks)] == [0, 11], chunks


@pytest.mark.parametrize(
    ("body", "offset"),
    [
        (b"data: \xff\n\n", 6),
        (b"data: \xff", 6),
        (b"data: a\n\ndata: b\xffc\n\n", 16),
        (b"\xef\xbb\xbfdata: \xc3\x28\n\n", 9),
        (b"data: a\r\n\r\ndata: \xe2\x28\xa1\r\n\r\n", 17),
        (b"data: a\n\n: \xfe\n\n", 11),
        (b"event: \xed\xa0\x80\ndata: a\n\n", 7),
    ],
)
def test_malformed_bytes_in_a_stream_are_placed(body: bytes, offset: int) -> None:
    for kind in CUTS:
        with pytest.raises(WireError) as caught:
            list(sse.read(cut.named(kind)([body])))
        assert caught.value.offset == offset, kind
        assert f"(at byte {offset})" in str(caught.value)


def test_what_came_before_malformed_bytes_is_given() -> None:
    stream = sse.read([b"data: a\n\n", b"data: \xff\n\n"])
    assert next(stream) == F("a")
    with pytest.raises(WireError):
        next(stream)


LINES: dict[str, tuple[bytes, list[Frame]]] = {
    "one line": (b'{"a": 1}\n', [F('{"a": 1}')]),
    "two lines": (b"1\n2\n", [F("1"), F("2")]),
    "a last line without its end": (b"1\n2", [F("1"), F("2", complete=False)]),
    "what is no line end": (
        '"a\u2028b\u0085c"\n'.encode(),
        [F('"a\u2028b\u0085c"')],
    ),
}

LINES_READ: dict[str, tuple[bytes, list[Frame]]] = {
    "nothing": (b"", []),
    "blank lines": (b"\n \n\r\n1\n\n", [F("1")]),
    "carriage returns": (b"1\r\n2\r\n", [F("1"), F("2")]),
    "a byte order mark": (b"\xef\xbb\xbf1\n2\n", [F("1"), F("2")]),
    "the end in a character": (b'1\n"b' + HALF, [F("1"), F('"b', complete=False)]),
}


@pytest.mark.parametrize("name", [*LINES, *LINES_READ])
def test_ndjson_is_read_at_every_cut(name: str) -> None:
    body, frames = (LINES | LINES_READ)[name]
    for kind in CUTS:
        assert bare(ndjson.read(cut.named(kind)([body]))) == frames, kind
    for chunks in halves(body):
        assert bare(ndjson.read(chunks)) == frames, chunks


@pytest.mark.parametrize("name", LINES)
def test_ndjson_is_written_as_it_is_read(name: str) -> None:
    body, frames = LINES[name]
    assert b"".join(ndjson.write(frames)) == body


@pytest.mark.parametrize(
    ("body", "offset"),
    [
        (b"1\n\xff\n", 2),
        (b"\xef\xbb\xbf\xff\n", 3),
        (b"12\xffx", 2),
        (b"12\xff", 2),
        (b"\n\n1\n2\xc3\x28\n", 5),
    ],
)
def test_malformed_bytes_in_a_line_are_placed(body: bytes, offset: int) -> None:
    for kind in CUTS:
        with pytest.raises(WireError) as caught:
            list(ndjson.read(cut.named(kind)([body])))
        assert caught.value.offset == offset, kind
        assert f"0x{body[offset]:02x}" in str(caught.value)


data = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"))
word = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=9
)
retry = st.integers(0, 10**9 - 1)
fields = st.tuples(data, st.none() | word, st.none() | word, st.none() | retry)
some_frames = st.lists(fields.map(lambda given: F(*given)), max_size=6)


@given(some_frames, st.integers(0, 999))
def test_any_frames_come_back_from_any_cut(frames: list[Frame], seed: int) -> None:
    body = b"".join(sse.write(frames))
    for kind in ("whole", "byte", f"random:{seed}", "crlf", "comment"):
        assert bare(sse.read(cut.named(kind)([body]))) == frames


@given(st.binary(max_size=60))
def test_any_bytes_are_frames_or_a_wire_error(body: bytes) -> None:
    for read in (sse.read, ndjson.read):
        outcomes = []
        for kind in ("whole", "byte", "random:5"):
            try:
                outcomes.append(repr(bare(read(cut.named(kind)([body])))))
            except WireError as error:
                outcomes.append(str(error))
        assert len(set(outcomes)) == 1


class Watched(list[bytes]):
    """Chunks that know how far ahead they were read."""

    given = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in super().__iter__():
            self.given += 1
            yield chunk


@pytest.mark.parametrize("module", [sse, ndjson])
def test_an_event_is_given_as_soon_as_it_is_whole(module: object) -> None:
    chunks = Watched([b"data: a\n\n", b"data: b\n\n", b"data: c\n\n"])
    stream = sse.read(chunks) if module is sse else ndjson.read(chunks)
    next(stream)
    assert chunks.given == 1
    next(stream)
    assert chunks.given <= 3


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_line_of_ten_megabytes_is_read_in_small_chunks(end: bytes) -> None:
    size = 10 << 20
    body = b"data: " + b"x" * size + end + end
    chunks = (body[i : i + 1400] for i in range(0, len(body), 1400))
    (only,) = sse.read(chunks)
    assert (len(only.data), only.complete) == (size, True)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_line_of_a_megabyte_is_read_byte_by_byte(end: bytes) -> None:
    # Anything that looks at the whole line again for each byte would take hours.
    body = b"data: " + b"x" * (1 << 20) + end + end
    (only,) = sse.read(cut.byte([b": hi" + end + end + body]))
    assert len(only.data) == 1 << 20


def test_a_hundred_thousand_tiny_lines_are_read_byte_by_byte() -> None:
    body = b"data: 1\n\n" * 100_000
    assert sum(frame.data == "1" for frame in sse.read(cut.byte([body]))) == 100_000
    lines = b"1\n" * 100_000
    assert sum(frame.data == "1" for frame in ndjson.read(cut.byte([lines]))) == 100_000


def test_an_event_of_many_lines_is_read_byte_by_byte() -> None:
    body = b"data: 1\n" * 50_000 + b"\n"
    (only,) = sse.read(cut.byte([body]))
    assert only.data.count("\n") == 49_999
