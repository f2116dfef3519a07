"""YAML: the core schema of 1.2, with places, and nothing that could hurt."""

from __future__ import annotations

from typing import Any

import pytest

from harness.errors import Problem, SpecError
from harness.suite.located import List, Map, Mark, parse


def value(text: str) -> Any:
    return parse(text.encode(), "f.yaml")[0]


def problem(data: str | bytes) -> Problem:
    with pytest.raises(SpecError) as caught:
        parse(data.encode() if isinstance(data, str) else data, "f.yaml")
    (only,) = caught.value.problems
    return only


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        *((word, word) for word in ("no", "off", "yes", "on", "y", "12:30:45")),
        *((word, word) for word in ("2026-01-01", "1_000", "0b1", "NULL2", "+", "-a")),
        *((word, word) for word in (".", "1.2.3", "1e", "<<", "=", "nullnull")),
        *((word, None) for word in ("~", "null", "Null", "NULL", "")),
        *((word, True) for word in ("true", "True", "TRUE")),
        *((word, False) for word in ("false", "False", "FALSE")),
        ("12", 12),
        ("-12", -12),
        ("+12", 12),
        ("007", 7),
        ("0o17", 15),
        ("0x1F", 31),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("-.inf", float("-inf")),
        ("'12'", "12"),
        ('"true"', "true"),
        ("! 12", "12"),
        ("|-\n 12", "12"),
        ("é🦩", "é🦩"),
        ('"\\u2028"', "\u2028"),
    ],
)
def test_text_means_what_the_core_schema_says(text: str, wanted: Any) -> None:
    found = value(f"a: {text}\n")["a"]
    assert (found, type(found)) == (wanted, type(wanted))


def test_not_a_number_is_one() -> None:
    assert value("a: .nan")["a"] != value("a: .NaN")["a"]


def test_everything_knows_where_it_stood() -> None:
    tree = value("a: 1\nb:\n  - é: {c: x}\n  - 'zz'\n")
    assert (type(tree), tree.at) == (Map, Mark(1, 1))
    assert tree.keys_at["b"] == Mark(2, 1)
    assert tree.values_at["a"] == Mark(1, 4)
    items = tree["b"]
    assert (type(items), items.at) == (List, Mark(3, 3))
    assert items.items_at == [Mark(3, 5), Mark(4, 5, 4)]
    assert items[0]["é"].values_at["c"] == Mark(3, 12)


def test_an_alias_stands_for_what_it_names() -> None:
    tree = value("a: &x {b: [1]}\nc: *x\nd: &y 2\ne: *y\n")
    assert tree["c"] == {"b": [1]}
    assert tree["e"] == 2
    assert tree.values_at["c"] == Mark(2, 4)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\x85"])
def test_lines_are_counted_as_the_parser_counts_them(end: str) -> None:
    found = problem(f"a: 1{end}b: 2{end}b: 3{end}")
    assert (found.place.line, found.place.column) == (3, 1)
    assert found.excerpt == "b: 3"


@pytest.mark.parametrize(
    ("data", "code", "place", "said"),
    [
        ("", "H102", (1, 1), "empty"),
        ("# nothing\n", "H102", (1, 1), "empty"),
        ("a: [1\n", "H102", (2, 1), "not YAML"),
        ("a: 1\n b: 2\n", "H102", (2, 3), "not YAML"),
        ("\ta: 1", "H102", (1, 1), "not YAML"),
        ("a: @", "H102", (1, 4), "not YAML"),
        (b"a: 1\nb: \xff", "H102", (2, 4), "0xff is not UTF-8"),
        (b"a: 1\nb: x\x00", "H102", (2, 5), "control characters"),
        ("a: 🦩é\nb: é\x07", "H102", (2, 5), "control characters"),
        ("a: 1\n---\nb: 2", "H104", (2, 1), "second document"),
        ("a: 1\nb: 2\na: 3", "H104", (3, 1), "duplicate key 'a', already on line 1"),
        ("a: {b: 1, 'b': 2}", "H104", (1, 11), "duplicate key 'b'"),
        ("a: !!python/object:os.system x", "H104", (1, 4), "tag"),
        ("a: !!str 1", "H104", (1, 4), "tag"),
        ("a: !mine [1]", "H104", (1, 4), "tag"),
        ("a: !!set {x}", "H104", (1, 4), "tag"),
        ("? [a]\n: b", "H104", (1, 3), "a key must be text"),
        ("? {a: 1}\n: b", "H104", (1, 3), "a key must be text"),
        ("a: &x [*x]", "H104", (1, 8), "*x stands for nothing"),
        ("a: *x", "H104", (1, 4), "*x stands for nothing"),
        ("a: " + "9" * 401, "H104", (1, 4), "more than 400 digits"),
    ],
)
def test_what_is_no_plain_document_is_placed(
    data: str | bytes, code: str, place: tuple[int, int], said: str
) -> None:
    found = problem(data)
    assert (found.code, found.place.line, found.place.column) == (code, *place)
    assert said in found.message


@pytest.mark.parametrize(
    "text", ["[" * 50_000, "{a: " * 50_000, "- " * 50_000, "? " * 50_000, "a: &x " * 9]
)
def test_nesting_without_end_is_an_error_and_no_crash(text: str) -> None:
    assert problem(text).code in ("H102", "H104")


def test_depth_is_placed_where_it_becomes_too_much() -> None:
    found = problem("[" * 101 + "]" * 101)
    assert (found.place.column, found.message) == (101, "nested deeper than 100 levels")
    assert len(value("[" * 99 + "]" * 99)) == 1


def test_aliases_that_multiply_are_an_error() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for number in range(1, 12):
        row = ", ".join([f"*a{number - 1}"] * 10)
        lines.append(f"a{number}: &a{number} [{row}]")
    found = problem("\n".join(lines))
    assert "values once aliases are followed" in found.message
    assert found.place.line == 6
