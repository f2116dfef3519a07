"""A damaged cassette says what is wrong and where; it is never an empty tape."""

from __future__ import annotations

import pytest
import yaml

from harness.cassette import _yaml, paper
from tests.cassette.broken import the_problem

GOOD = """\
harness:
  exchanges:
  - chunks: [2, 3]
    delays: [1, 2]
    ending: eof
interactions:
- request:
    body: ''
    headers: {}
    method: GET
    uri: http://x/
  response:
    body: {string: hello}
    headers:
      a: [b]
    status: {code: 200, message: OK}
version: 1
"""

# fmt: off
DAMAGE: dict[str, tuple[str, str, str, int, int, str]] = {
    "chunks too short": ("[2, 3]", "[2, 2]", "H509", 3, 13, "chunks hold 4 bytes"),
    "a chunk below zero": ("[2, 3]", "[-2, 7]", "H503", 3, 14, "-2 is no count"),
    "a chunk in words": ("[2, 3]", "[two]", "H503", 3, 14, "'two' is no count"),
    "delays too many": ("[1, 2]", "[1]", "H509", 4, 13, "1 delays for 2 chunks"),
    "no such ending": ("eof", "over", "H503", 5, 13, "none of eof, cut, reset"),
    "notes missing": ("  - chunks: [2, 3]\n    delays: [1, 2]\n    ending: eof\n", "    []\n", "H509", 3, 5, "0 entries for 1"),
    "notes unknown": ("delays:", "delay:", "H503", 4, 12, "'delay' is none of"),
    "no version": ("version: 1\n", "", "H503", 1, 1, "no 'version'"),
    "version 2": ("version: 1", "version: 2", "H503", 17, 10, "only version 1"),
    "no method": ("    method: GET\n", "", "H503", 8, 5, "no 'method'"),
    "method a list": ("GET", "[GET]", "H503", 10, 13, "should be text, not a list"),
    "status in words": ("code: 200", "code: ok", "H503", 16, 20, "whole number"),
    "header true": ("[b]", "[true]", "H503", 15, 10, "should be text, not true"),
    "body a list": ("{string: hello}", "[hello]", "H503", 13, 11, "text or bytes"),
    "body a number": ("string: hello", "string: 12", "H503", 13, 20, "text or bytes"),
    "key twice": ("    method: GET", "    uri: GET", "H503", 11, 5, "'uri' stands twice"),
    "key a number": ("a: [b]", "12: [b]", "H503", 15, 7, "key 12 is not text"),
    "key a list": ("a: [b]", "? [b]", "H503", 15, 9, "is not text"),
    "tag": ("hello", "!!python/object/apply:os.system [ls]", "H504", 13, 20, "!!python/object/apply:os.system"),
    "tag on text": ("hello", "!env HOME", "H504", 13, 20, "tag !env"),
    "tag on a mapping": ("{string: hello}", "!!python/object:a.B {}", "H504", 13, 11, "tag !!python/object:a.B"),
    "not base64": ("hello", "!!binary '%%'", "H502", 13, 20, "not base64"),
    "not YAML": ("[b]", "[b", "H502", 16, 11, "not YAML"),
    "half a YAML": ("{code: 200, message: OK}", "{code: 200", "H502", 17, 8, "not YAML"),
    "unknown alias": ("[b]", "*b", "H502", 15, 10, "alias *b"),
    "alias of itself": ("[b]", "&b [*b]", "H502", 15, 14, "alias *b"),
    "two documents": ("version: 1", "version: 1\n---\nversion: 1", "H502", 18, 1, "second document"),
    "control character": ("hello", "he\x01llo", "H506", 13, 22, "U+0001"),
    "NUL": ("hello", "🦩\x00", "H506", 13, 21, "U+0000"),
    "damaged hexadecimal": ("{string: hello}", "{type: binary, content: xyz}", "H502", 13, 35, "damaged"),
    "parsed but not JSON": ("body: {string: hello}", "parsed_body: !!binary aGk=", "H503", 13, 18, "not JSON"),
    "a body without text": ("{string: hello}", "{text: hello}", "H503", 13, 11, "text or bytes"),
    "type unknown": ("{string: hello}", "{type: poem, content: xyz}", "H503", 13, 33, "type 'poem'"),
    "digest no text": ("harness:\n", "harness:\n  requests: 12\n", "H503", 2, 13, "should be text"),
    "digest of others": ("harness:\n", "harness:\n  requests: sha256:0\n", "H510", 2, 13, "no longer those that were recorded"),
    "folded without blobs": ("hello", "!folded 'hello'", "H503", 13, 20, "nothing in it stands for a blob"),
    "folded where no body is": ("GET", "!folded GET", "H503", 10, 13, "should be text"),
    "metadata not ours": ("harness:", "harness: 1\nother:", "H503", 1, 10, "should be a mapping"),
    "nothing recorded": (GOOD[GOOD.index("- request") : GOOD.index("version")], "  []\n", "H503", 7, 3, "nothing was recorded"),
}
# fmt: on


def test_the_good_cassette_is_good() -> None:
    (exchange,) = paper.load(GOOD.encode(), "x").exchanges
    assert exchange.response.chunks == (b"he", b"llo")


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_told_with_its_line_and_column(name: str) -> None:
    old, new, code, line, column, said = DAMAGE[name]
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    problem = the_problem(text.encode())
    assert (problem.code, problem.place.line, problem.place.column) == (
        code,
        line,
        column,
    )
    assert said in problem.message
    assert problem.excerpt == text.split("\n")[line - 1]


@pytest.mark.parametrize(
    "name", ["key twice", "tag", "NUL", "control character", "alias of itself"]
)
def test_without_libyaml_all_is_the_same(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tape = paper.load(GOOD.encode(), "x")
    monkeypatch.setattr(_yaml, "Loader", yaml.SafeLoader)
    assert paper.load(GOOD.encode(), "x") == tape
    test_damage_is_told_with_its_line_and_column(name)
    assert the_problem(b"[" * 9000).code == "H507"


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (b"", "H502", "empty"),
        (b"\xef\xbb\xbf \n\n", "H502", "empty"),
        (b"# nothing here\n", "H503", "should be a mapping, not nothing"),
        (b"hello", "H503", "should be a mapping, not text"),
        (b"- request: {}\n", "H503", "vcrpy before 1.0"),
        (b"\x89PNG\r\n", "H506", "byte 0x89 is not UTF-8"),
        (GOOD.encode("utf-16"), "H506", "byte 0xff is not UTF-8"),
        (b"[" * 60_000, "H507", "nested more than 200 deep"),
        (b"- " * 60_000, "H507", "nested more than 200 deep"),
        (b"? " * 60_000, "H507", "nested more than 200 deep"),
    ],
)
def test_what_is_no_cassette_at_all_is_refused(
    text: bytes, code: str, said: str
) -> None:
    problem = the_problem(text)
    assert problem.code == code
    assert said in problem.message
    assert problem.place.line == 1


def test_a_bad_byte_is_placed_by_characters() -> None:
    problem = the_problem("a: 1\nb: é🦩".encode() + b"\xff")
    assert (problem.place.line, problem.place.column) == (2, 6)


def test_lines_are_counted_as_editors_count_them() -> None:
    text = GOOD.replace("hello", '"hello\u2028"').replace("[b]", "[true]")
    assert the_problem(text.encode()).place.line == 15


def test_a_byte_order_mark_is_passed_over() -> None:
    assert paper.load(b"\xef\xbb\xbf" + GOOD.encode(), "x").exchanges
    assert the_problem(b"\xef\xbb\xbf{").place.column == 2


def test_a_bomb_of_aliases_is_refused_where_it_goes_off() -> None:
    rows = [f"b{n}: &b{n} [{', '.join([f'*b{n - 1}'] * 9)}]" for n in range(1, 30)]
    text = "\n".join(["b0: &b0 [boom]", *rows, GOOD])
    problem = the_problem(text.encode())
    assert problem.code == "H507"
    assert problem.place.line < 12


def test_a_long_line_is_not_shown_whole() -> None:
    text = GOOD.replace("{string: hello}", "[" + "x" * 500 + "]")
    assert the_problem(text.encode()).excerpt is None


def test_small_aliases_are_read_as_vcrpy_writes_them() -> None:
    one = GOOD[GOOD.index("- request") : GOOD.index("version")]
    other = one.replace("  response:", "  response: &id001", 1)
    again = one[: one.index("  response:")] + "  response: *id001\n"
    text = f"interactions:\n{other}{again}version: 1\n"
    first, second = paper.load(text.encode(), "x").exchanges
    assert first == second


@pytest.mark.parametrize(
    "word",
    [
        "1e5",
        "12e34",
        "017",
        "089",
        "0o17",
        "1_000",
        "12:30:45",
        "no",
        "2026-01-01",
        ".5",
        "<<",
        "=",
    ],
)
def test_words_that_only_some_yaml_takes_for_numbers_are_text(word: str) -> None:
    text = GOOD.replace("[b]", f"[{word}]")
    (exchange,) = paper.load(text.encode(), "x").exchanges
    assert exchange.response.headers == (("a", word),)


def test_a_request_without_headers_has_none() -> None:
    text = GOOD.replace("headers: {}", "headers: null")
    (exchange,) = paper.load(text.encode(), "x").exchanges
    assert exchange.request.headers == ()


def test_delays_stand_without_chunks_for_a_body_in_one() -> None:
    text = GOOD.replace("  - chunks: [2, 3]\n    delays: [1, 2]", "  - delays: [4]")
    (exchange,) = paper.load(text.encode(), "x").exchanges
    assert exchange.response.chunks == (b"hello",)
    assert exchange.response.delays == (4,)
