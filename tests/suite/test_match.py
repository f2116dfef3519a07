"""Matchers: each where it holds, where it does not, what it says and where."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from harness.suite.located import parse
from harness.suite.match import (
    MATCHERS,
    MISSING,
    Closed,
    Memory,
    Mismatch,
    Spot,
    match,
    matcher_name,
    same,
    show,
)
from harness.suite.shape import RECORDS
from harness.suite.wanted import OPERANDS


def mismatches(wanted: str, found: Any, memory: Memory | None = None) -> list[Mismatch]:
    """What is wrong with a value, held against a line of YAML."""
    tree, _ = parse(f"w: {wanted}".encode(), "f")
    spot = Spot("v", tree.values_at["w"], memory or Memory())
    return list(match(tree["w"], found, spot))


HOLDS: list[tuple[str, Any]] = [
    ("1", 1),
    ("1.0", 1),
    ("a", "a"),
    ("null", None),
    ("{}", {"a": 1}),
    ("{a: 1}", {"a": 1, "b": 2}),
    ("{a: {b: [1, {c: 2}]}}", {"a": {"b": [1, {"c": 2, "d": 3}]}}),
    ("[]", []),
    ("[1, a]", [1, "a"]),
    ("{$any: true}", 0),
    ("{$any: true}", ""),
    ("{$absent: true}", None),
    ("{a: {$absent: true}}", {}),
    ("{$nonempty: true}", "x"),
    ("{$nonempty: true}", [0]),
    ("{$regex: '^b+$'}", "bb"),
    ("{$regex: b}", "abc"),
    ("{$contains: b}", "abc"),
    ("{$contains: 2}", [1, 2]),
    ("{$contains: {a: 1}}", [0, {"a": 1, "b": 2}]),
    ("{$len: 3}", "abc"),
    ("{$len: {$gt: 1}}", [1, 2]),
    ("{$len: 0}", {}),
    ("{$gt: 1}", 2),
    ("{$gte: 2}", 2),
    ("{$lt: 2}", 1.5),
    ("{$lte: 2}", 2),
    ("{$oneof: [1, {$regex: a}]}", "cat"),
    ("{$approx: 3}", 3.0000001),
    ("{$approx: {value: 10, within: 2}}", 12),
    ("{$json: {a: {$gt: 0}}}", '{"a": 1, "b": 2}'),
    ("{$json: [1]}", "[1]"),
    ("{$each: {$gt: 0}}", [1, 2]),
    ("{$unordered: [2, 1]}", [1, 2]),
    ("{$unordered: []}", []),
    ("{$unordered: [{$any: true}, 1]}", [1, 2]),
    ("{$unordered: [{$gt: 0}, {$gt: 1}, {$gt: 2}]}", [3, 2, 1]),
    ("{$first: {a: 1}}", [{"a": 1}, 2]),
    ("{$last: 2}", [1, 2]),
    ("{$any_item: {a: 1}}", [0, {"a": 1}]),
    ("{$starts_with: ab}", "abc"),
    ("{$starts_with: [1, {a: 1}]}", [1, {"a": 1}, 3]),
    ("{$starts_with: []}", []),
    ("{$capture: x}", 0),
    ("[{$capture: x}, {$same_as: x}]", [[1], [1]]),
    ("{$exact: {a: [1]}}", {"a": [1]}),
    ("{$exact: {$any: true}}", {"$any": True}),
    ("{$ref: '#/a'}", {"$ref": "#/a"}),
    ("{$defs: {a: 1}}", {"$defs": {"a": 1}}),
]


@pytest.mark.parametrize(("wanted", "found"), HOLDS)
def test_a_pattern_holds(wanted: str, found: Any) -> None:
    assert mismatches(wanted, found) == []


FAILS: list[tuple[str, Any, str, str, int]] = [
    ("1", 2, "v", "1", 4),
    ("1", True, "v", "1", 4),
    ("true", 1, "v", "true", 4),
    ("a", MISSING, "v", '"a"', 4),
    ("{a: 1}", {}, "v.a", "1", 8),
    ("{a: 1}", {"a": 2}, "v.a", "1", 8),
    ("{a: 1}", [1], "v", "a mapping", 4),
    ("{a: {b: [0, 1]}}", {"a": {"b": [0, 2]}}, "v.a.b[1]", "1", 16),
    ("[1]", "1", "v", "a list", 4),
    ("[1, 2]", [1], "v[1]", "2", 8),
    ("[1]", [1, 2], "v[1]", "no such item", 5),
    ("[]", [2], "v[0]", "no such item", 4),
    ("{$any: true}", None, "v", "anything", 4),
    ("{$any: true}", MISSING, "v", "anything", 4),
    ("{$absent: true}", 0, "v", "nothing", 4),
    ("{$nonempty: true}", "", "v", "something that is not empty", 4),
    ("{$nonempty: true}", 7, "v", "something that is not empty", 4),
    ("{$regex: '^b'}", "ab", "v", "text that matches /^b/", 4),
    ("{$regex: 1}", 1, "v", "text that matches /1/", 4),
    ("{$contains: x}", "abc", "v", 'something that contains "x"', 4),
    ("{$contains: 3}", [1], "v", "something that contains 3", 4),
    ("{$contains: a}", {"a": 1}, "v", 'something that contains "a"', 4),
    ("{$len: 3}", "ab", "len(v)", "3", 4),
    ("{$len: 3}", 7, "v", "something with a length", 4),
    ("{$gt: 1}", 1, "v", "a number > 1", 4),
    ("{$gt: 0}", True, "v", "a number > 0", 4),
    ("{$gte: 2}", 1, "v", "a number >= 2", 4),
    ("{$lt: 2}", "1", "v", "a number < 2", 4),
    ("{$lte: 2}", 3, "v", "a number <= 2", 4),
    ("{$oneof: [1, 2]}", 3, "v", "one of [1, 2]", 4),
    ("{$approx: 3}", 3.1, "v", "about 3 (within 3e-06)", 4),
    ("{$approx: 3}", None, "v", "about 3 (within 3e-06)", 4),
    ("{$approx: {value: 9, within: 1}}", 11, "v", "about 9 (within 1)", 4),
    ("{$json: 1}", "x", "v", "text that is JSON", 4),
    ("{$json: 1}", 1, "v", "text that is JSON", 4),
    ("{$json: {a: 1}}", '{"a": 2}', "json(v).a", "1", 16),
    ("{$each: 1}", [1, 2], "v[1]", "1", 4),
    ("{$each: 1}", [], "v", "a list with something in it", 4),
    ("{$unordered: [1]}", "1", "v", "a list", 4),
    ("{$unordered: [1, 2]}", [1], "v", "an item like 2", 4),
    ("{$unordered: [1]}", [1, 2], "v[1]", "no such item", 4),
    ("{$first: 1}", [2, 1], "v[0]", "1", 4),
    ("{$first: 1}", [], "v", "a list with a first item", 4),
    ("{$last: 1}", [1, 2], "v[1]", "1", 4),
    ("{$any_item: 1}", [2], "v", "a list with an item like 1", 4),
    ("{$starts_with: b}", "ab", "v", 'text that starts with "b"', 4),
    ("{$starts_with: [1, 2]}", [1], "v[1]", "2", 23),
    ("{$starts_with: [1]}", "1", "v", "a list", 4),
    ("{$capture: x}", None, "v", "something to capture as 'x'", 4),
    ("{$same_as: x}", 1, "v", "a capture named 'x'", 4),
    ("[{$capture: x}, {$same_as: x}]", [1, 2], "v[1]", "1, captured as 'x'", 20),
    ("{$exact: {a: 1}}", {"a": 1, "b": 2}, "v", 'exactly {"a": 1}', 4),
]


@pytest.mark.parametrize(("wanted", "found", "path", "said", "column"), FAILS)
def test_a_pattern_does_not_hold(
    wanted: str, found: Any, path: str, said: str, column: int
) -> None:
    (mismatch,) = mismatches(wanted, found)
    assert (mismatch.path, mismatch.wanted) == (path, said)
    assert mismatch.at is not None
    assert (mismatch.at.line, mismatch.at.column) == (1, column)


def test_every_matcher_is_tried_both_ways_and_has_an_operand() -> None:
    tried = [yaml.safe_load(row[0]) for row in HOLDS]
    failed = [yaml.safe_load(row[0]) for row in FAILS]
    for table in (tried, failed):
        text = repr(table)
        assert [name for name in MATCHERS if f"'{name}'" not in text] == []
    assert list(OPERANDS) == list(MATCHERS)
    assert "approx" in RECORDS


def test_every_difference_is_told_not_only_the_first() -> None:
    found = mismatches("{a: 1, b: [2, 3], c: 4}", {"a": 0, "b": [0, 0], "c": 4})
    assert [m.path for m in found] == ["v.a", "v.b[0]", "v.b[1]"]


def test_what_is_wanted_too_many_names_the_last_that_was_wanted() -> None:
    (mismatch,) = mismatches("[1, 2]", [1, 2, 3])
    assert (mismatch.path, mismatch.found) == ("v[2]", 3)
    assert mismatch.hint == "should end after this one"
    assert mismatch.at is not None
    assert mismatch.at.column == 8


def test_a_capture_is_kept_only_by_the_branch_that_held() -> None:
    memory = Memory()
    wanted = "{$oneof: [{a: {$capture: x}, b: 1}, {a: 2, b: {$capture: x}}]}"
    assert mismatches(wanted, {"a": 2, "b": 3}, memory) == []
    assert memory.captured == {"x": 3}


def test_captures_of_unordered_items_are_kept() -> None:
    memory = Memory()
    wanted = "{$unordered: [{n: a, id: {$capture: x}}, {n: b, id: {$capture: y}}]}"
    found = [{"n": "b", "id": 1}, {"n": "a", "id": 2}]
    assert mismatches(wanted, found, memory) == []
    assert memory.captured == {"x": 2, "y": 1}


def test_a_closed_mapping_allows_nothing_more_at_any_depth() -> None:
    tree, _ = parse(b"w: {a: {b: 1}, c: [{d: 1}]}", "f")
    spot = Spot("v", tree.at, Memory())
    found = {"a": {"b": 1, "x": 0}, "c": [{"d": 1, "y": 0}], "z": 0}
    wrong = list(match(Closed(tree["w"]), found, spot))
    assert [m.path for m in wrong] == ["v.a.x", "v.c[0].y", "v.z"]
    exact = {"a": {"b": 1}, "c": [{"d": 1}]}
    assert list(match(Closed(tree["w"]), exact, spot)) == []


def test_a_mismatch_inside_a_closed_mapping_points_at_its_own_column() -> None:
    tree, _ = parse(b"w: {a: {b: [1, 2]}}", "f")
    (wrong,) = match(
        Closed(tree["w"]), {"a": {"b": [1, 3]}}, Spot("v", tree.at, Memory())
    )
    assert wrong.at is not None
    assert wrong.at.column == 16


def test_patterns_made_by_code_match_without_places() -> None:
    spot = Spot("v", None, Memory())
    assert list(match([{"a": {"$gt": 1}}], [{"a": 2}], spot)) == []
    assert [m.at for m in match([1], [2], spot)] == [None]
    assert list(match(Closed({"a": [1]}), {"a": [1]}, spot)) == []


def test_only_a_lone_key_is_a_matcher() -> None:
    assert matcher_name({"$any": True}) == "$any"
    assert matcher_name({"$any": True, "a": 1}) is None
    assert matcher_name({"$ref": "x"}) is None
    assert matcher_name("$any") is None


def test_true_is_no_one() -> None:
    assert same(1, 1.0)
    assert not same(True, 1)
    assert not same(0, False)
    assert same(False, False)


def test_values_are_shown_in_one_line() -> None:
    assert show(MISSING) == "nothing"
    assert show({"a": "é\n", "b": {"$absent": True}}) == '{"a": "é\\n"}'
    assert show(b"x") == "\"b'x'\""
    assert repr(MISSING) == "nothing"
