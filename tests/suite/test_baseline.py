"""Baselines as they are read, and what is wrong with those that cannot be used."""

from __future__ import annotations

from textwrap import dedent

import pytest

from harness.errors import Problem, SpecError
from harness.suite.baseline import Baseline, load

PATH = "known.yaml"
ENTRY = """\
baseline: 1
suite: {name: llm-conformance, version: 1.4.0}
known_failures:
  - case: core::one-tool[gemini-*-async]
    checks: [roundtrip.response, parts]
    reason: datetime_utc is lost by from_dict
    issue: https://github.com/example/llm-gemini/issues/13
    until: 2027-03-01
known_flaky:
  - {case: '::slow', checks: [text], reason: slow host, issue: 'https://example.com/1'}
"""


def read(text: str) -> Baseline:
    return load(dedent(text).encode(), PATH)


def wrong(text: str) -> list[Problem]:
    with pytest.raises(SpecError) as caught:
        read(text)
    return list(caught.value.problems)


def test_every_field_is_read() -> None:
    baseline = read(ENTRY)
    (known,), (flaky,) = baseline.known, baseline.flaky
    assert known.case == "core::one-tool[gemini-*-async]"
    assert known.checks == ("roundtrip.response", "parts")
    assert known.reason == "datetime_utc is lost by from_dict"
    assert known.issue == "https://github.com/example/llm-gemini/issues/13"
    assert known.until == "2027-03-01"
    assert (known.at.line, known.at.column, known.top.line) == (4, 11, 4)
    assert (flaky.case, flaky.checks, flaky.until) == ("::slow", ("text",), None)


@pytest.mark.parametrize(
    "text", ["baseline: 1\n", "baseline: 1\nknown_failures: []\nknown_flaky: []\n"]
)
def test_nothing_may_be_known_to_fail(text: str) -> None:
    baseline = read(text)
    assert (baseline.known, baseline.flaky) == ((), ())


WRONG = [
    ("baseline: 1", "baseline: 2", "1:11", "this harness reads baselines of format 1"),
    ("known_flaky", "known_flakey", "9:1", "unknown field 'known_flakey'"),
    ("    reason:", "    raeson:", "6:5", "unknown field 'raeson'"),
    ("parts]", "prats]", "5:34", "'prats' is not one of "),
    ("[roundtrip.response, parts]", "[]", "5:13", "a list with something in it"),
    ("core::one-tool[gemini-*-async]", "one-tool", "4:11", "wanted a case such as"),
    ("core::one-tool[gemini-*-async]", "'core::'", "4:11", "wanted a case such as"),
    ("2027-03-01", "March", "8:12", "wanted a date"),
    ("https://github.com/example/llm-gemini/issues/13", "13", "7:12", "wanted the URL"),
    ("https://github.com/example/llm-gemini/issues/13", "'#13'", "7:12", "the URL of"),
    ("https://github.com/example/llm-gemini/issues/13", "TODO", "7:12", "is missing"),
    (
        "    issue: https://github.com/example/llm-gemini/issues/13\n",
        "",
        "4:5",
        "'issue' is",
    ),
    ("    reason: datetime_utc is lost by from_dict\n", "", "4:5", "'reason' is"),
]


@pytest.mark.parametrize(("old", "new", "at", "said"), WRONG)
def test_what_is_wrong_is_pointed_at(old: str, new: str, at: str, said: str) -> None:
    assert old in ENTRY
    first = wrong(ENTRY.replace(old, new, 1))[0]
    assert f"{first.place.line}:{first.place.column}" == at
    assert said in first.message
    assert first.place.path == PATH


def test_the_nearest_name_is_suggested() -> None:
    (problem,) = wrong(ENTRY.replace("known_flaky", "known_flakey"))
    assert problem.hint == "did you mean 'known_flaky'?"


@pytest.mark.parametrize(
    "reason",
    [
        "''",
        "'  '",
        "'-'",
        "TODO",
        "todo later",
        "'TODO: why'",
        "TBD",
        "unexplained",
        "N/A",
        "'?'",
        "",
        "'...'",
    ],
)
def test_a_reason_is_one(reason: str) -> None:
    text = ENTRY.replace("datetime_utc is lost by from_dict", reason, 1)
    (problem,) = wrong(text)
    assert problem.message == "the reason is missing: fill it in"
    assert (problem.place.line, problem.hint) == (6, "say why it fails")


def test_every_problem_of_a_file_comes_at_once() -> None:
    text = ENTRY.replace("datetime_utc is lost by from_dict", "''").replace(
        "text]", "txt]"
    )
    assert [problem.place.line for problem in wrong(text)] == [6, 10]


def test_what_is_no_mapping_is_refused() -> None:
    assert "wanted a mapping" in wrong("- a")[0].message
    assert wrong("")[0].message == "the file is empty"
