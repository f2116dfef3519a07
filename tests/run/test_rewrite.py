"""Baselines rewritten: entries more or less, all else byte for byte."""

from __future__ import annotations

import pytest

from harness.errors import SpecError, UsageError
from harness.run.baseline.rewrite import EMPTY, Failing, added, newly, pruned
from harness.suite.baseline import load
from tests.run.test_baseline import LISTED, ONE, TWO, result

OTHERS = [Failing("core::two", ("parts", "text"))]
NEW = """\
  - case: core::two
    checks: [parts, text]
    reason: ''   # say why: until then nothing is excused
    issue: ''    # and give the URL where it is tracked
"""
WHY = "reason: it is so, issue: 'https://example.com/1'"
FILE = f"""\
# What llm-gemini gets wrong.
baseline: 1

known_failures:
  # the first
  - case: core::one    # here
    checks: [parts]
    reason: >-
      said in

      two lines
    issue: https://example.com/1
    # and no more
  # the second

  - {{case: core::six, checks: [text], {WHY}}}

# what comes and goes
known_flaky:
- case: '::slow'
  checks: [text]
  reason: slow
  issue: https://example.com/2
"""


def more(text: str, failing: list[Failing] = OTHERS) -> str:
    data = text.encode()
    return added(data, load(data, "known.yaml"), failing).decode()


def less(text: str, *cases: str) -> str:
    data = text.encode()
    baseline = load(data, "known.yaml")
    entries = [*baseline.known, *baseline.flaky]
    return pruned(data, baseline, [e for e in entries if e.case in cases]).decode()


def test_entries_are_added_at_the_end_of_what_is_known() -> None:
    second = f"  - {{case: core::six, checks: [text], {WHY}}}\n"
    assert more(FILE) == FILE.replace(second, second + NEW)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (EMPTY, f"baseline: 1\nknown_failures:\n{NEW}known_flaky: []\n"),
        ("baseline: 1\n", f"baseline: 1\nknown_failures:\n{NEW}"),
        ("baseline: 1", f"baseline: 1\nknown_failures:\n{NEW}"),
        (
            "baseline: 1\nknown_failures: [ ]  # none\n",
            f"baseline: 1\nknown_failures:  # none\n{NEW}",
        ),
        (
            "\ufeffbaseline: 1\r\nknown_failures: []\r\n",
            "\ufeffbaseline: 1\r\nknown_failures:\r\n" + NEW.replace("\n", "\r\n"),
        ),
    ],
)
def test_the_first_entry_opens_the_list(text: str, wanted: str) -> None:
    assert more(text) == wanted


def test_entries_stand_as_far_in_as_those_before_them() -> None:
    text = f"baseline: 1\nknown_failures:\n- {{case: a::b, checks: [text], {WHY}}}"
    outdented = "".join(line[2:] for line in NEW.splitlines(keepends=True))
    assert more(text) == f"{text}\n{outdented}"


def test_what_is_added_is_refused_until_somebody_has_said_why() -> None:
    with pytest.raises(SpecError) as caught:
        load(more(EMPTY).encode(), "known.yaml")
    said = [(p.place.line, p.message) for p in caught.value.problems]
    assert said == [
        (5, "the reason is missing: fill it in"),
        (6, "the issue is missing: fill it in"),
    ]


@pytest.mark.parametrize("name", ["core::ünï[a-b]", 'core::q"q', "core::a'b#c"])
def test_any_case_can_be_listed(name: str) -> None:
    text = more(EMPTY, [Failing(name, ("text",))])
    text = text.replace("reason: ''", "reason: r").replace(
        "issue: ''", "issue: https://example.com/1"
    )
    assert load(text.encode(), "known.yaml").known[0].case == name


def test_nothing_added_and_nothing_pruned_changes_nothing() -> None:
    assert more(FILE, []) == FILE
    assert less(FILE) == FILE


def test_an_entry_is_pruned_and_what_is_around_it_stays() -> None:
    kept = less(FILE, "core::one")
    first, last = FILE.index("  - case: core::one"), FILE.index("  # the second")
    assert kept == FILE[:first] + FILE[last:]


def test_a_list_that_is_pruned_to_the_end_is_empty() -> None:
    kept = less(FILE, "core::one", "core::six", "::slow")
    assert "known_failures: []\n  # the first\n  # the second\n\n\n# what" in kept
    assert kept.endswith("known_flaky: []\n")
    baseline = load(kept.encode(), "known.yaml")
    assert (baseline.known, baseline.flaky) == ((), ())


def test_a_dash_may_stand_alone() -> None:
    text = f"baseline: 1\nknown_failures:\n  -\n    {{case: a::b, checks: [text], {WHY}}}\n"
    assert less(text, "a::b") == "baseline: 1\nknown_failures: []\n"


IN_ONE_LINE = f"{{case: a::b, checks: [text], {WHY}}}"


@pytest.mark.parametrize(
    "text",
    [
        f"baseline: 1\nknown_failures: [{IN_ONE_LINE}]\n",
        f"baseline: 1\nknown_failures: [\n  {IN_ONE_LINE},\n]\n",
        f"{{baseline: 1, known_failures: [{IN_ONE_LINE}]}}\n",
    ],
)
def test_a_file_in_another_layout_is_left_alone(text: str) -> None:
    said = "known.yaml cannot be changed here"
    with pytest.raises(UsageError, match=said):
        more(text)
    with pytest.raises(UsageError, match=said):
        less(text, "a::b")


@pytest.mark.parametrize(
    "text", ["{baseline: 1}\n", "baseline: 1\nknown_failures: [\n]\n"]
)
def test_an_empty_list_in_another_layout_is_left_alone(text: str) -> None:
    with pytest.raises(UsageError, match="cannot be changed here"):
        more(text)


def test_what_is_new_is_what_fails_and_is_not_listed() -> None:
    results = [
        result("failed", "parts", "usage", "usage"),
        result("failed", "text", case=TWO),
        result("passed", case=TWO),
        result("broken", case=TWO),
    ]
    assert newly(results, LISTED) == [
        Failing(f"core::{ONE.name}", ("usage",)),
        Failing("core::two", ("text",)),
    ]
