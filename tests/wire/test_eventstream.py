"""Amazon's event stream: frames, checksums, header types, and where bytes go wrong."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import WireError
from harness.wire import cut, eventstream
from harness.wire.frame import Frame

STRING = 7
EVENT = Frame('{"p":"abc","role":"assistant"}', "messageStart")
EXCEPTION = Frame('{"message":"slow"}', "throttlingException", kind="exception")
ERROR = Frame("it broke", "InternalFailure", kind="error")

CUTS: list[Callable[[Iterable[bytes]], Iterator[bytes]]] = [
    cut.whole,
    cut.event,
    cut.byte,
    *(cut.at_random(seed) for seed in range(3)),
]


def header(name: str, value: bytes, kind: int = STRING) -> bytes:
    said = name.encode()
    size = struct.pack(">H", len(value)) if kind in (6, STRING) else b""
    return bytes((len(said),)) + said + bytes((kind,)) + size + value


def message(headers: bytes, payload: bytes = b"{}") -> bytes:
    """A frame as the specification draws it, made without our writer."""
    head = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    body = head + struct.pack(">I", crc32(head)) + headers + payload
    return body + struct.pack(">I", crc32(body))


def prelude(length: int, headers: int) -> bytes:
    head = struct.pack(">II", length, headers)
    return head + struct.pack(">I", crc32(head))


def read(*chunks: bytes) -> list[Frame]:
    return list(eventstream.read(chunks))


def written(*frames: Frame) -> bytes:
    return b"".join(eventstream.write(frames))


JSON = header(":content-type", b"application/json")
WIRE = {
    "an event": (
        EVENT,
        header(":event-type", b"messageStart")
        + JSON
        + header(":message-type", b"event"),
        EVENT.data.encode(),
    ),
    "an exception": (
        EXCEPTION,
        header(":exception-type", b"throttlingException")
        + JSON
        + header(":message-type", b"exception"),
        EXCEPTION.data.encode(),
    ),
    "an error": (
        ERROR,
        header(":error-code", b"InternalFailure")
        + header(":error-message", b"it broke")
        + header(":message-type", b"error"),
        b"",
    ),
    "an event without a name": (
        Frame("{}"),
        JSON + header(":message-type", b"event"),
        b"{}",
    ),
}


@pytest.mark.parametrize(("frame", "headers", "payload"), WIRE.values(), ids=WIRE)
def test_a_frame_is_its_bytes_both_ways(
    frame: Frame, headers: bytes, payload: bytes
) -> None:
    assert written(frame) == message(headers, payload)
    assert read(message(headers, payload)) == [frame]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
names = st.text("abcXYZ", min_size=1, max_size=9)
frames = st.one_of(
    st.tuples(texts, st.none() | names, st.sampled_from(["event", "exception"])),
    st.tuples(texts, st.none() | names, st.just("error")),
).map(lambda said: Frame(said[0], said[1], kind=said[2]))


@given(st.lists(frames, max_size=5), st.sampled_from(CUTS))
def test_it_reads_what_it_writes_however_it_is_cut(
    said: list[Frame], cut_: Callable[[Iterable[bytes]], Iterator[bytes]]
) -> None:
    found = eventstream.read(cut_(eventstream.write(said)))
    assert [frame._replace(offset=0) for frame in found] == said


def test_a_frame_knows_where_it_began() -> None:
    first = written(EVENT)
    assert [frame.offset for frame in read(first + written(EXCEPTION))] == [
        0,
        len(first),
    ]


def test_headers_of_every_type_are_passed_over() -> None:
    widths = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
    others = b"".join(
        header(f"h{kind}", b"\xff" * width, kind) for kind, width in widths.items()
    )
    others += header("h6", b"\xff\xfe", 6)
    headers = others + header(":event-type", b"a") + others.replace(b"\2h", b"\2i")
    assert read(message(headers)) == [Frame("{}", "a")]


def test_an_error_without_a_message_has_its_payload() -> None:
    headers = header(":message-type", b"error")
    assert read(message(headers, b"why")) == [Frame("why", None, kind="error")]


@pytest.mark.parametrize("kept", range(len(written(EVENT))))
def test_a_last_frame_cut_short_is_none(kept: int) -> None:
    first = written(EXCEPTION)
    assert read(first + written(EVENT)[:kept]) == [EXCEPTION]


def test_a_frame_that_was_never_finished_is_written_without_its_end() -> None:
    assert written(EVENT._replace(complete=False)) == written(EVENT)[:-4]


@pytest.mark.parametrize("place", range(len(written(EVENT))))
def test_no_byte_can_change_unnoticed(place: int) -> None:
    first, body = written(EXCEPTION), bytearray(written(EVENT))
    body[place] ^= 1
    with pytest.raises(WireError) as caught:
        read(first + bytes(body))
    assert caught.value.offset == len(first)


@pytest.mark.parametrize(
    ("length", "headers"),
    [(15, 0), (0, 0), (2**32 - 1, 0), (24 * 1024 * 1024 + 1, 0), (200_000, 131_073)],
)
def test_a_length_that_cannot_be_is_not_waited_for(length: int, headers: int) -> None:
    with pytest.raises(WireError, match=f"no frame of {length} bytes"):
        read(prelude(length, headers))


def test_headers_longer_than_their_frame_cannot_be() -> None:
    with pytest.raises(WireError, match="no frame of 20 bytes, 5 of them headers"):
        read(prelude(20, 5))


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        (header("a", b"", 10), "a header has no type 0a"),
        (b"\1a", "a header has no type at all"),
        (b"\5a", "end within one"),
        (b"\1a\7\0\2b", "end within one"),
        (b"\1a\7\0", "end within one"),
        (b"\1a\4\0\0", "end within one"),
    ],
)
def test_headers_that_break_their_own_rules_are_refused(
    headers: bytes, reason: str
) -> None:
    with pytest.raises(WireError, match=reason) as caught:
        read(message(headers))
    assert caught.value.offset == 12


def test_text_that_is_not_utf8_is_refused_with_its_place() -> None:
    headers = header(":event-type", b"a")
    with pytest.raises(WireError, match="0xff is not UTF-8") as caught:
        read(message(headers, b"ab\xff"))
    assert caught.value.offset == 12 + len(headers) + 2
    with pytest.raises(WireError, match="0xfe is not UTF-8"):
        read(message(header(":event-type", b"\xfe")))


def test_a_message_longer_than_a_header_holds_is_cut_between_characters() -> None:
    (frame,) = read(written(ERROR._replace(data="é" * 40_000)))
    assert frame.data == "é" * 16_383


def test_a_big_frame_in_small_pieces_is_read_in_time() -> None:
    big = Frame("a" * 300_000, "x")
    assert list(eventstream.read(cut.byte([written(big)]))) == [big]


def test_frames_of_many_names_are_told_apart() -> None:
    said = [Frame("{}", f"event{n % 50}") for n in range(100)]
    assert [frame.event for frame in read(written(*said))] == [f.event for f in said]
