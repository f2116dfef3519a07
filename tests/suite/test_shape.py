"""The grammar: the loader and JSON Schema read the same tables, and agree."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from harness.suite.located import parse
from harness.suite.shape import EXPECT, RECORDS, json_schema
from tests import write_schema
from tests.suite import examples
from tests.suite.reading import pointed, read, suite_of, wrong

ROOT = Path(__file__).parent.parent.parent
SCHEMA = Draft7Validator(json_schema())
ONE = "provider: anthropic\nprompt: Hi\nsays: {}\n"


def against_schema(text: str) -> list[str]:
    tree: Any = parse(text.encode(), "x")[0]
    return [error.message for error in SCHEMA.iter_errors(tree)]


def test_the_schema_that_is_shipped_is_the_one_the_loader_reads_by() -> None:
    shipped = resources.files("harness.suite").joinpath("spec.schema.json")
    assert shipped.read_text("utf-8") == write_schema.text()


def test_the_schema_is_draft_07_without_one_of() -> None:
    schema = json_schema()
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    Draft7Validator.check_schema(schema)
    assert '"oneOf"' not in json.dumps(schema)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "specs").glob("*")), ids=lambda p: p.name
)
def test_the_schema_takes_every_shipped_suite(path: Path) -> None:
    text = path.read_text("utf-8")
    assert read(text).cases
    assert against_schema(text) == []


@pytest.mark.parametrize("name", examples.EXAMPLES)
def test_the_schema_takes_every_example(name: str) -> None:
    assert against_schema(examples.EXAMPLES[name]) == []


GOOD = [
    "expect: {events: {snapshot: first-answer}}",
    "expect: {events: [{type: text, chunk: Hi}, {type: finish}]}",
    "expect: {events: {$len: 3}}",
    "expect: {events: ''}",
    "expect: {events: '(text | reasoning)* tool_call_name?'}",
    "expect: {request: {body: {tools: [{input_schema: {$ref: '#/$defs/x'}}]}}}",
    "expect: {request: {body: {$schema: x, $defs: {$any: true}}}}",
    "expect: {text: {$approx: 1}, usage: {input: {$approx: {value: 1, within: 2}}}}",
    "expect: {text: {$starts_with: a}, parts: {$starts_with: [{type: text}]}}",
    "expect: {parts: {$exact: {$nonsense: 1}}}",
    "about: text",
    "about: [a, b]",
    "matrix: {mode: [sync, async]}",
    "xfail: [{reason: r, checks: [text, truncation, expect], until: 2027-12-31}]",
    "inject: {fault: corrupt}",
    "inject: {fault: reset, after_events: 0, request: 2}",
    "replay: {chunks: [recorded, whole, event, byte, 'random:12', crlf, comment]}",
    "messages: [{role: user, parts: [{type: attachment, attachment: {content: aGk=}}]}]",
    "options: {anything: {$goes: here, no: [matcher, $is, read]}}",
    "level: should",
]
"""Fields of a case that both take."""


@pytest.mark.parametrize("fields", GOOD)
def test_both_take_what_is_right(fields: str) -> None:
    text = suite_of(ONE + fields)
    assert read(text).cases
    assert against_schema(text) == []


BAD: list[tuple[str, str, str, str, str | None]] = [
    # fields
    ("requirs: [tools]", "H101", "requirs", "unknown field", "requires"),
    ("zzz: 1", "H101", "zzz", "unknown field", "known: id, description"),
    ("expect: {txt: a}", "H101", "txt", "unknown field", "text"),
    ("xfail: [{reason: r, whn: {}}]", "H101", "whn", "unknown field", "when"),
    ("turns: [{replay: {}}]", "H101", "replay", "unknown field", "reply"),
    ("overrides: [{when: {}, provider: x}]", "H101", "provider", "unknown field", None),
    ("overrides: [{when: {}, stream: true}]", "H101", "stream", "unknown field", None),
    # what goes with what
    (
        "messages: [{role: user, parts: [{type: text, text: a, name: b}]}]",
        "H101",
        "name",
        "does not go with type: text",
        "text, provider_metadata",
    ),
    (
        "inject: {fault: status, after_events: 1}",
        "H101",
        "after_events",
        "does not go with fault: status",
        "headers",
    ),
    (
        "inject: {fault: disconnect, at_event: 1}",
        "H101",
        "at_event",
        "does not go with fault: disconnect",
        "after_events",
    ),
    ("inject: {fault: event}", "H107", "{", "'data' is missing", None),
    (
        "messages: [{role: user, parts: [{type: text}]}]",
        "H107",
        "{",
        "'text' is missing",
        None,
    ),
    (
        "messages: [{role: tool, parts: [{type: tool_result, name: a}]}]",
        "H107",
        "{",
        "'output' is missing",
        None,
    ),
    # missing
    ("xfail: [{when: {}}]", "H107", "{", "'reason' is missing", None),
    ("skip: [{when: {}}]", "H107", "{", "'reason' is missing", None),
    ("overrides: [{prompt: a}]", "H107", "{", "'when' is missing", None),
    ("messages: [{role: user}]", "H107", "{", "'parts' is missing", None),
    ("inject: {after_events: 1}", "H107", "{", "'fault' is missing", None),
    ("expect: {events: {}}", "H107", "{", "'snapshot' is missing", None),
    # types
    ("description: [a]", "H106", "[", "wanted text, found a list", None),
    ("description: 12", "H106", "12", "wanted text, found the number 12", None),
    ("description: ~", "H106", "~", "wanted text, found nothing", None),
    ("stream: 'true'", "H106", "'true'", "wanted true or false", None),
    ("stream: no", "H106", "no", "found text 'no'", None),
    ("requires: tools", "H106", "tools", "wanted a list, found text 'tools'", None),
    ("expect: [a]", "H106", "[", "wanted a mapping, found a list", None),
    ("options: a", "H106", "a", "wanted a mapping, found text 'a'", None),
    ("tools: [1]", "H106", "1", "wanted text", None),
    ("inject: {fault: reset, request: a}", "H106", "a", "wanted a whole number", None),
    ("inject: {fault: reset, request: true}", "H106", "true", "whole number", None),
    ("matrix: {stream: ['true']}", "H106", "'true'", "wanted true or false", None),
    ("matrix: {tier: [[a]]}", "H106", "[", "wanted text, a number", None),
    ("matrix: [a]", "H106", "[", "wanted a mapping", None),
    ("expect: {events: 3}", "H106", "3", "wanted text", None),
    ("expect: {done: 1}", "H106", "1", "wanted true or false", None),
    # words
    ("level: musst", "H103", "musst", "'musst' is not one of must, should", "must"),
    ("mode: asynch", "H103", "asynch", "is not one of sync, async", "async"),
    ("requires: [tool]", "H103", "tool", "'tool' is not one of", "tools"),
    ("inject: {fault: resett}", "H103", "resett", "is not one of disconnect", "reset"),
    ("matrix: {mode: [asink]}", "H103", "asink", "is not one of", "sync"),
    ("matrix: {provider: al}", "H103", "al", "'al' is not one of all", "all"),
    ("replay: {chunks: [bite]}", "H103", "bite", "is not one of recorded", "byte"),
    ("replay: {chunks: ['random:x']}", "H103", "'random:x'", "is not one of", "random"),
    ("xfail: [{reason: r, checks: [usge]}]", "H103", "usge", "is not one of", "usage"),
    (
        "xfail: [{reason: r, until: soon}]",
        "H103",
        "soon",
        "wanted a date",
        "2027-03-01",
    ),
    (
        "xfail: [{reason: r, until: 2027-13-01}]",
        "H103",
        "2027-13-01",
        "wanted a date",
        "2027-03-01",
    ),
    # values
    ("inject: {fault: reset, request: 0}", "H103", "0", "wanted 1 or more", None),
    ("inject: {fault: corrupt, at_event: 0}", "H103", "0", "wanted 1 or more", None),
    ("inject: {fault: reset, after_events: -1}", "H103", "-1", "wanted 0 or", None),
    ("inject: {fault: status, status: 200}", "H103", "200", "wanted 400 or", None),
    ("matrix: {provider: []}", "H103", "[", "a list with something in it", None),
    ("turns: []", "H103", "[", "a list with something in it", None),
    ("expect: {events: {snapshot: a b}}", "H103", "a b", "wanted a name", "no blanks"),
    ("turns: [{execute_tool_calls: false}]", "H103", "false", "wanted true", None),
    # matchers
    ("expect: {text: {$captrue: x}}", "H105", "$captrue", "unknown", "$capture"),
    ("expect: {text: {$zzz: 1}}", "H105", "$zzz", "unknown", "matchers: $any"),
    ("expect: {parts: [{a: [{$hmm: 1}]}]}", "H105", "$hmm", "unknown", "matchers"),
    ("expect: {usage: {$gt: 1, $lt: 2}}", "H105", "$gt", "is not alone", "only key"),
    ("expect: {text: {$contains: 1,2}}", "H105", "$contains", "not alone", "comma"),
    ("expect: {text: {$any: false}}", "H103", "false", "wanted true", None),
    ("expect: {text: {$regex: 1}}", "H106", "1", "wanted text", None),
    ("expect: {usage: {$gt: a}}", "H106", "a", "wanted a number", None),
    ("expect: {text: {$oneof: a}}", "H106", "a", "wanted a list", None),
    ("expect: {text: {$unordered: {a: 1}}}", "H106", "{", "wanted a list", None),
    ("expect: {text: {$starts_with: 1}}", "H106", "1", "wanted text", None),
    ("expect: {text: {$capture: [a]}}", "H106", "[", "wanted text", None),
    ("expect: {text: {$approx: {value: 1}}}", "H107", "{", "'within' is", None),
    ("expect: {text: {$approx: a}}", "H106", "a", "wanted a number", None),
    ("expect: {text: {$len: {$nope: 1}}}", "H105", "$nope", "unknown", None),
    ("expect: {text: {$ref: {$nope: 1}}}", "H105", "$nope", "unknown", None),
    ("expect: {events: text, done: {}}", "H106", "{", "wanted true or", None),
    ("expect: {events: txt+}", "H103", "txt", "is not an event type", "text"),
    ("expect: {events: 'text, usage'}", "H103", ",", "has no meaning here", None),
]
"""Fields of a case, and the code, place, words and suggestion they are refused with."""


@pytest.mark.parametrize(
    ("fields", "code", "piece", "said", "hint"), BAD, ids=[row[0] for row in BAD]
)
def test_both_refuse_what_is_wrong(
    fields: str, code: str, piece: str, said: str, hint: str | None
) -> None:
    base = "provider: anthropic\nsays: {}\n" if "messages" in fields else ONE
    text = suite_of(base + fields)
    problem = wrong(text)[0]
    assert problem.code == code
    assert said in problem.message
    assert (hint or "") in (problem.hint or "")
    assert pointed(text, problem) == piece
    assert against_schema(text)


ONLY_THE_LOADER = [
    ("expect: {text: {$regex: '('}}", "not a regular expression"),
    ("expect: {parts: [{type: text, text: {$regex: 'a{99999999999}'}}]}", "regular"),
    ("expect: {events: '(text'}", "not a pattern of events"),
    ("expect: {events: '+'}", "not a pattern of events"),
    (
        "messages: [{role: u, parts: [{type: attachment, attachment: {content: '%'}}]}]",
        "not base64",
    ),
]
"""What JSON Schema has no words for."""


@pytest.mark.parametrize(("fields", "said"), ONLY_THE_LOADER)
def test_only_the_loader_knows(fields: str, said: str) -> None:
    base = "provider: anthropic\nsays: {}\n" if "messages" in fields else ONE
    text = suite_of(base + fields)
    assert said in wrong(text)[0].message
    assert against_schema(text) == []


HEADS = [
    ("suite: s\ncases: []\n", "H107", (1, 1), "field 'harness' is missing"),
    (
        "harness: 2\nsuite: s\ncases: []\n",
        "H103",
        (1, 10),
        "this harness reads format 1",
    ),
    ("harness: '1'\nsuite: s\ncases: []\n", "H103", (1, 10), "reads format 1"),
    ("harness: true\nsuite: s\ncases: []\n", "H103", (1, 10), "reads format 1"),
    ("harness: 1\ncases: []\n", "H107", (1, 1), "field 'suite' is missing"),
    ("harness: 1\nsuite: s\n", "H107", (1, 1), "field 'cases' is missing"),
    ("harness: 1\nsuite: s\ncases: []\n", "H103", (3, 8), "a list with something"),
    ("harness: 1\nsuite: s\ncases: [a]\n", "H106", (3, 9), "wanted a mapping"),
    ("harness: 1\nsuite: s\ncases: [{}]\n", "H107", (3, 9), "field 'id' is missing"),
    ("harness: 1\nsuite: a::b\ncases: []\n", "H103", (2, 8), "wanted a name"),
    ("harness: 1\nsuite: s\ncases: [{id: 'a[b]'}]\n", "H103", (3, 14), "a name"),
    ("harness: 1\nsuite: s\ncases: [{id: ''}]\n", "H103", (3, 14), "wanted a name"),
    ("harness: 1\nsuite: s\ncase: []\n", "H101", (3, 1), "unknown field 'case'"),
    (
        "harness: 1\nsuite: s\ndefaults: {id: a}\ncases: []\n",
        "H101",
        (3, 12),
        "unknown field 'id'",
    ),
    (
        "harness: 1\nsuite: s\ntools: {t: {outputs: []}}\ncases: []\n",
        "H103",
        (3, 22),
        "a list with something in it",
    ),
    (
        "harness: 1\nsuite: s\ntools: {t: {raises: {type: A}}}\ncases: []\n",
        "H107",
        (3, 21),
        "field 'message' is missing",
    ),
    ("- a\n", "H106", (1, 1), "wanted a mapping, found a list"),
    ("a\n", "H106", (1, 1), "wanted a mapping, found text 'a'"),
    ("---\n", "H106", (1, 1), "wanted a mapping, found nothing"),
]
"""Whole files, and how they are refused."""


@pytest.mark.parametrize(("text", "code", "place", "said"), HEADS)
def test_both_refuse_a_file_that_is_no_suite(
    text: str, code: str, place: tuple[int, int], said: str
) -> None:
    found = [p for p in wrong(text) if said in p.message]
    assert (code, *place) in [(p.code, p.place.line, p.place.column) for p in found]
    assert against_schema(text)


def test_every_record_is_in_the_schema_with_its_fields() -> None:
    definitions = json_schema()["definitions"]
    assert definitions.keys() == {*RECORDS, "pattern"}
    for name, known in RECORDS.items():
        assert definitions[name]["properties"].keys() == known.fields.keys()
        assert set(known.required) <= known.fields.keys()
    assert set(definitions["expect"]["properties"]) == set(EXPECT)


def test_a_pattern_nested_as_deep_as_a_file_may_be_is_read_by_both() -> None:
    deep = "{a: " * 90 + "{$any: true}" + "}" * 90
    text = suite_of(f"{ONE}expect: {{text: {deep}}}")
    assert read(text).cases
    assert against_schema(text) == []
