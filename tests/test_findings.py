"""Findings: each says all it must, is of a case there is, and is still there."""

from __future__ import annotations

import re
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.adapters.trying import cases
from tests.write_findings import (
    FIELDS,
    MORE,
    NO_THREAD,
    PAGE,
    Finding,
    findings,
    run,
)

ALL = findings()
NEEDS = {"llm_": "llm", "openai_sdk_": "openai", "anthropic_sdk_": "anthropic"}
"""What a script needs that the other tests need too, by how its name begins."""


def named(finding: Finding) -> str:
    return finding.name


@pytest.mark.parametrize("finding", ALL, ids=named)
def test_a_finding_says_all_it_must(finding: Finding) -> None:
    more = [name for name in MORE if name in finding.fields]
    assert [*finding.fields] == [*FIELDS, *more]
    assert all(finding.fields.values())
    assert re.fullmatch(r"[A-H]\d*", finding.fields["Class"])
    assert re.match(r"https://github\.com/|" + NO_THREAD, finding.fields["Thread"])
    assert re.match(r"[\w-]+( \d[\w.]*)?( and \d[\w.]*)?[,:]", finding.title)


@pytest.mark.parametrize("finding", ALL, ids=named)
def test_a_finding_is_of_a_case_that_there_is(finding: Finding) -> None:
    known = {f"{c.suite}::{name}" for c in cases() for name in (c.id, c.name)}
    assert finding.fields["Case"] in known


def test_the_page_lists_them_all() -> None:
    page = PAGE.read_text("utf-8")
    assert [f.name for f in ALL if f"findings/{f.name}.py" not in page] == []
    assert page.count("\n## ") == len(ALL)
    new = sum(finding.fields["Thread"] == NO_THREAD for finding in ALL)
    assert f"{len(ALL)} defects" in page
    assert f"For {new} of them we know of no public thread" in page


@pytest.mark.long
@pytest.mark.parametrize(
    "finding", [f for f in ALL if f.name.startswith((*NEEDS,))], ids=named
)
def test_a_finding_is_still_there(finding: Finding) -> None:
    needed = next(need for name, need in NEEDS.items() if finding.name.startswith(name))
    if find_spec(needed) is None:
        pytest.skip(f"{needed} is not installed")
    ran = run(finding, Path(sys.executable))
    assert ran.confirmed, ran.printed
