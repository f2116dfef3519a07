"""Bodies come off the tape unpacked, or say why they cannot."""

from __future__ import annotations

import base64
import gzip
import zlib

import pytest

from harness.cassette import paper
from tests.cassette.broken import the_problem


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(b"hello \xe9", mtime=0)),
        ("GZIP", gzip.compress(b"hello \xe9", mtime=0)),
        ("deflate", zlib.compress(b"hello \xe9")),
        ("deflate", zlib.compress(b"hello \xe9")[2:-4]),
        ("gzip, deflate", zlib.compress(gzip.compress(b"hello \xe9", mtime=0))),
        ("identity", b"hello \xe9"),
    ],
)
def test_a_packed_body_is_unpacked_and_its_headers_with_it(
    coding: str, packed: bytes
) -> None:
    (exchange,) = paper.load(packed_cassette(coding, packed), "x").exchanges
    assert exchange.response.chunks == (b"hello \xe9",)
    assert exchange.response.headers == (("server", "s"),)


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate"])
def test_a_body_its_recorder_unpacked_is_taken_as_it_is(coding: str) -> None:
    (exchange,) = paper.load(packed_cassette(coding, b"hello"), "x").exchanges
    assert exchange.response.chunks == (b"hello",)


@pytest.mark.parametrize(
    ("coding", "packed", "said"),
    [
        ("compress", b"\x1f\x9d\x90\xff", "packed with compress"),
        ("br", b"\x8b\x02\x80hel", "cut short"),
        ("zstd", b"\xff\xff\xff\xff\xff", "damaged"),
        ("gzip", gzip.compress(b"hello", mtime=0)[:-9], "cut short"),
        ("gzip", b"\x1f\x8bnonsense", "damaged"),
        ("deflate", b"\xff\xff\xff", "damaged"),
    ],
)
def test_a_body_that_cannot_be_unpacked_says_how_to_record_it(
    coding: str, packed: bytes, said: str
) -> None:
    problem = the_problem(packed_cassette(coding, packed))
    assert problem.code == "H502"
    assert said in problem.message
    assert "decode_compressed_response=True" in str(problem.hint)
    assert problem.excerpt == f"    body: {{string: {binary(packed)}}}"


def test_a_body_that_unpacks_without_end_is_refused() -> None:
    packed = gzip.compress(b"\xff" * (paper.MOST_UNPACKED + 1))
    problem = the_problem(packed_cassette("gzip", packed))
    assert problem.message == "the body unpacks to more than a tape may hold"


def packed_cassette(coding: str, body: bytes) -> bytes:
    return f"""\
interactions:
- request: {{body: null, headers: {{}}, method: GET, uri: http://x/}}
  response:
    body: {{string: {binary(body)}}}
    headers: {{Content-Encoding: ['{coding}'], content-length: ['9'], server: [s]}}
    status: {{code: 200, message: null}}
version: 1
""".encode()


def binary(body: bytes) -> str:
    return f"!!binary {base64.b64encode(body).decode()}"
