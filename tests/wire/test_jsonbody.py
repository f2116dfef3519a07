"""A JSON body: read whole, written compact, refused where it is malformed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import WireError
from harness.wire import cut, jsonbody
from harness.wire.http import header

scalars = st.none() | st.booleans() | st.integers() | st.text()
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(trees)
def test_any_json_comes_back_from_its_bytes(value: Any) -> None:
    body = b"".join(jsonbody.write(value))
    for kind in ("whole", "byte", "random:3"):
        assert jsonbody.read(cut.named(kind)([body])) == value


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": [1, 2.5, null, true, "\xc3\xa9"]}', {"a": [1, 2.5, None, True, "é"]}),
        (b"\xef\xbb\xbf{}", {}),
        (b"\n \r\n\t{}\n", {}),
        (b"3", 3),
    ],
)
def test_a_body_is_read_at_every_cut(body: bytes, value: Any) -> None:
    for place in range(len(body) + 1):
        assert jsonbody.read([body[:place], body[place:]]) == value


@pytest.mark.parametrize(
    ("body", "offset", "said"),
    [
        (b"", 0, "not JSON"),
        (b"\n\n", 2, "not JSON"),
        (b"{", 1, "not JSON"),
        (b'{"a": }', 6, "not JSON"),
        (b"{} x", 3, "not JSON"),
        ('{"é": ]'.encode(), 7, "not JSON"),
        (b"\xef\xbb\xbf{]", 4, "not JSON"),
        (b'{"a": "\xff"}', 7, "0xff is not UTF-8"),
        (b'\xef\xbb\xbf"\xc3\x28"', 4, "0xc3 is not UTF-8"),
        (b"[" * 100_000, 0, "nested too deeply"),
        (b"[" * 100_000 + b"]" * 100_000, 0, "nested too deeply"),
        (b"1" * 5000, 0, "digits"),
        (b"<html>", 0, "not JSON"),
    ],
)
def test_a_malformed_body_is_placed(body: bytes, offset: int, said: str) -> None:
    for kind in ("whole", "random:1"):
        with pytest.raises(WireError) as caught:
            jsonbody.read(cut.named(kind)([body]))
        assert caught.value.offset == offset
        assert said in str(caught.value)


@given(st.binary(max_size=40))
def test_any_bytes_are_json_or_a_wire_error(body: bytes) -> None:
    try:
        value = jsonbody.read([body])
    except WireError:
        return
    assert repr(json.loads(body.decode("utf-8-sig"))) == repr(value)


def test_what_breaks_readers_is_escaped() -> None:
    written = jsonbody.text("a\u2028b\u2029c\x85d\ud83e é 🦩")
    assert written == '"a\\u2028b\\u2029c\\u0085d\\ud83e é 🦩"'
    assert json.loads(written) == "a\u2028b\u2029c\x85d\ud83e é 🦩"


def test_a_header_is_found_whatever_its_case() -> None:
    headers = (("Content-Type", "a"), ("content-type", "b"))
    assert header(headers, "CONTENT-TYPE") == "a"
    assert header(headers, "x") is None
