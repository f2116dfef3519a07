"""Results judged again by a baseline: what is excused, what is stale, what is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.run.baseline import Terms, judged, stale, strangers
from harness.run.runner import Result, Verdict
from harness.suite.baseline import load
from harness.suite.case import Case, Known, Suite
from harness.suite.checks import Failure
from tests.suite.reading import read

SUITE = read(
    "harness: 1\nsuite: core\ncases:\n"
    "  - {id: one, matrix: {provider: all}, prompt: Hi, says: {}}\n"
    "  - {id: two, provider: anthropic, prompt: Hi, says: {}}\n"
)
ONE, _, _, TWO = SUITE.cases
TODAY = "2026-11-25"


def entry(case: str, *checks: str, until: str = "") -> str:
    last = f", until: {until}" if until else ""
    return (
        f"  - {{case: '{case}', checks: [{', '.join(checks)}], reason: it is broken, "
        f"issue: 'https://example.com/1'{last}}}\n"
    )


def terms(*known: str, flaky: str = "", strict: bool = False, only: str = "") -> Terms:
    text = "baseline: 1\n"
    text += "known_failures:\n" + "".join(known) if known else ""
    text += "known_flaky:\n" + flaky if flaky else ""
    baseline = load(text.encode(), "known.yaml")
    return Terms(baseline, TODAY, strict, tuple(only.split()))


def result(
    verdict: Verdict, *checks: str, case: Case = ONE, level: str = "must"
) -> Result:
    failures = tuple(Failure(c, "m", level=level) for c in checks)  # type: ignore[arg-type]  # one of two
    return Result(case, "a", verdict, failures)


LISTED = terms(entry("core::one", "parts", "text"))


def test_what_is_not_listed_stays_as_it_is() -> None:
    for one in (result("passed", case=TWO), result("failed", "parts", case=TWO)):
        assert judged(one, LISTED) is one


@pytest.mark.parametrize("failed", [["parts"], ["text"], ["parts", "text", "parts"]])
def test_what_fails_and_is_listed_is_known(failed: list[str]) -> None:
    found = judged(result("failed", *failed), LISTED)
    assert (found.verdict, found.reason) == ("known", "it is broken")
    assert found.excuse is not None
    assert str(found.excuse.place) == "known.yaml:3:12"
    assert found.excuse.hint == "https://example.com/1"


def test_only_the_checks_that_are_listed_are_excused() -> None:
    one = result("failed", "parts", "usage")
    assert judged(one, LISTED) is one


def test_what_passes_and_is_listed_is_stale() -> None:
    found = judged(result("passed"), LISTED)
    assert found.verdict == "unexpected"
    assert found.excuse is not None
    assert found.excuse.message == (
        "stale: one[openai-chat] is listed as failing parts, text, and does not"
    )
    assert found.excuse.place.line == 3
    assert "--baseline-prune" in str(found.excuse.hint)


def test_every_entry_must_be_needed() -> None:
    both = terms(entry("core::one", "parts"), entry("core::*", "usage"))
    found = judged(result("failed", "parts"), both)
    assert found.verdict == "unexpected"
    assert found.excuse is not None
    assert found.excuse.place.line == 4


def test_a_failure_that_is_new_comes_before_what_is_stale() -> None:
    one = result("failed", "usage")
    assert judged(one, LISTED) is one


@pytest.mark.parametrize("verdict", ["skipped", "inapplicable", "broken", "unexpected"])
def test_what_was_not_reached_says_nothing(verdict: Verdict) -> None:
    one = result(verdict)
    assert judged(one, LISTED) is one


def test_a_check_that_was_not_made_says_nothing() -> None:
    for only in ("usage", "parts"):
        one = result("passed")
        assert judged(one, terms(entry("core::one", "parts", "text"), only=only)) is one


@pytest.mark.parametrize(
    ("until", "verdict"), [(TODAY, "known"), ("2026-11-24", "failed")]
)
def test_an_excuse_ends_with_its_last_day(until: str, verdict: Verdict) -> None:
    found = judged(
        result("failed", "parts"), terms(entry("core::one", "parts", until=until))
    )
    assert found.verdict == verdict
    if verdict == "failed":
        said = "excused until 2026-11-24, not any more: it is broken"
        assert found.reason == said
        assert found.excuse is not None
        assert found.excuse.message == said


def test_what_was_excused_and_passes_now_is_stale_even_when_the_day_is_over() -> None:
    over = terms(entry("core::one", "parts", until="2020-01-01"))
    assert judged(result("passed"), over).verdict == "unexpected"


@pytest.mark.parametrize("verdict", ["passed", "failed"])
def test_what_is_flaky_may_pass_and_may_fail(verdict: Verdict) -> None:
    flaky = terms(flaky=entry("core::one", "parts"))
    one = result(verdict, *(["parts"] if verdict == "failed" else []))
    found = judged(one, flaky)
    assert (found.verdict, found.reason) == ("flaky", "it is broken")
    other = result("failed", "parts", "usage")
    assert judged(other, flaky) is other


def test_what_is_known_beside_what_is_flaky_counts_as_known() -> None:
    both = terms(entry("core::one", "parts"), flaky=entry("core::one", "text"))
    assert judged(result("failed", "parts", "text"), both).verdict == "known"
    assert judged(result("failed", "text"), both).verdict == "unexpected"


def test_a_warning_is_a_failure_where_they_are_counted() -> None:
    listed = terms(entry("core::one", "parts"))
    assert judged(result("passed", "parts", level="should"), listed).verdict == "known"
    strict = terms(entry("core::one", "parts"), strict=True)
    one = result("failed", "usage", level="should")
    assert judged(one, strict) is one


def test_what_the_suite_excuses_need_not_be_listed() -> None:
    case = replace(ONE, xfail=Known("known there", ("usage",)))
    both = result("failed", "usage", "parts", case=case)
    assert judged(both, LISTED).verdict == "known"
    case = replace(ONE, xfail=Known("known there", ("usage",), until="2020-01-01"))
    both = result("failed", "usage", "parts", case=case)
    assert judged(both, LISTED) is both


NODES = [
    ("core::one", 3),
    ("core::one[anthropic]", 1),
    ("core::one[openai-*]", 2),
    ("specs/x.spec.yaml::two", 1),
    ("specs::t?o", 1),
    ("::*", 4),
    ("core::one[a]", 0),
]


@pytest.mark.parametrize(("node", "count"), NODES)
def test_cases_are_named_as_on_the_command_line(node: str, count: int) -> None:
    listed = terms(entry(node, "parts"))
    found = [judged(result("failed", "parts", case=c), listed) for c in SUITE.cases]
    assert sum(one.verdict == "known" for one in found) == count


@pytest.mark.parametrize(
    ("node", "everything", "hint"),
    [
        ("core::on", True, "did you mean 'one'?"),
        ("core::zzzzzz", False, "remove the entry, or run with --baseline-prune"),
        ("cores::one", True, "did you mean 'core'?"),
        ("cores::one", False, None),
        ("core::one", True, None),
    ],
)
def test_an_entry_that_names_no_case_is_a_problem(
    node: str, everything: bool, hint: str | None
) -> None:
    found = list(strangers(terms(entry(node, "parts")), [SUITE], everything=everything))
    assert [problem.hint for _, problem in found] == ([] if hint is None else [hint])
    assert all("names no case" in problem.message for _, problem in found)


def stale_of(*results: Result, suite: Suite = SUITE) -> int:
    return len(stale(terms(entry("core::one", "parts")), results, suite.cases))


def test_an_entry_is_stale_when_none_of_its_cases_fails() -> None:
    three = [replace(result("passed"), case=case) for case in SUITE.cases[:3]]
    assert stale_of(*three) == 1
    assert stale_of(*(judged(one, LISTED) for one in three)) == 1
    assert stale_of(*three[:2], result("failed", "parts", case=three[2].case)) == 0
    assert stale_of(*three[:2], result("skipped", case=three[2].case)) == 1
    assert stale_of(*three[:2]) == 0
    assert stale_of(*(replace(one, verdict="skipped") for one in three)) == 0
