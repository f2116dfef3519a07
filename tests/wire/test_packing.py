"""Packed bodies, taken apart as they come."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]  # it has no types
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.packing import Unpacker


def bare(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


PACKED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "gzip twice over": ("gzip, GZIP", lambda body: gzip.compress(gzip.compress(body))),
    "members": ("gzip", lambda b: gzip.compress(b[:5]) + gzip.compress(b[5:])),
    "padded": ("gzip", lambda b: gzip.compress(b) + bytes(9)),
    "deflate": ("deflate", zlib.compress),
    "bare deflate": ("deflate", bare),
    "br": ("br", brotli.compress),
    "zstd": ("zstd", zstandard.compress),
    "zstd frames": (
        "zstd",
        lambda b: zstandard.compress(b[:5]) + zstandard.compress(b[5:]),
    ),
    "br in gzip": ("br, gzip", lambda b: gzip.compress(brotli.compress(b))),
    "identity": ("identity", lambda b: b),
}


@pytest.mark.parametrize("name", PACKED)
@given(st.binary(min_size=1, max_size=300), st.integers(1, 40))
def test_a_body_is_unpacked_however_it_is_cut(
    name: str, body: bytes, size: int
) -> None:
    codings, pack = PACKED[name]
    packed = pack(body)
    unpacker = Unpacker(codings)
    pieces = [packed[at : at + size] for at in range(0, len(packed), size)]
    assert b"".join(map(unpacker.feed, pieces)) == body
    assert unpacker.is_whole


@pytest.mark.parametrize("name", [n for n in PACKED if n != "identity"])
def test_more_than_there_is_room_for_is_refused(name: str) -> None:
    codings, pack = PACKED[name]
    packed = pack(bytes(10 << 20))
    with pytest.raises(ValueError, match="more than a tape may hold"):
        Unpacker(codings, 1 << 20).feed(packed)


@pytest.mark.parametrize("name", [n for n in PACKED if n != "identity"])
def test_just_as_much_as_there_is_room_for_is_taken(name: str) -> None:
    codings, pack = PACKED[name]
    body = bytes(1 << 20)
    assert Unpacker(codings, len(body)).feed(pack(body)) == body


@pytest.mark.parametrize("name", [n for n in PACKED if n not in ("identity", "padded")])
def test_one_that_is_cut_short_is_not_whole(name: str) -> None:
    codings, pack = PACKED[name]
    unpacker = Unpacker(codings)
    unpacker.feed(pack(b"all of it, every byte")[:-1])
    assert not unpacker.is_whole


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_damage_is_an_error(coding: str) -> None:
    with pytest.raises(ValueError, match="damaged"):
        Unpacker(coding).feed(b"\xff\xfe no such thing" * 9)


def test_a_coding_that_nobody_knows_is_named() -> None:
    with pytest.raises(ValueError, match="packed with compress cannot"):
        Unpacker("gzip, compress")


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_body_of_very_many_members_is_unpacked(coding: str) -> None:
    _, pack = PACKED[coding]
    many = pack(b"") * 100_000 + pack(b"the last")
    unpacker = Unpacker(coding)
    assert unpacker.feed(many) == b"the last"
    assert unpacker.is_whole
