"""What the tests of this floor share: suites written as text, and what is wrong."""

from __future__ import annotations

from textwrap import dedent

import pytest

from harness.errors import Problem, SpecError
from harness.providers import WHERE
from harness.suite.case import Case, Suite
from harness.suite.load import load

PROVIDERS = ("openai-chat", "openai-responses", "anthropic")
"""What ``all`` means here, so that a wire more changes no counts."""

PATH = "specs/x.spec.yaml"


def read(text: str, providers: tuple[str, ...] = PROVIDERS) -> Suite:
    """The suite in some YAML."""
    return load(dedent(text).encode(), PATH, providers, others=WHERE)


def only_case(text: str) -> Case:
    """The one case of a suite whose body is given, indented by four blanks."""
    (case,) = read(suite_of(text)).cases
    return case


def suite_of(case: str, head: str = "") -> str:
    """A whole suite around the fields of one case."""
    fields = "\n".join(f"    {line}" for line in dedent(case).strip().split("\n"))
    return f"harness: 1\nsuite: s\n{head}cases:\n  - id: c\n{fields}\n"


def wrong(text: str) -> list[Problem]:
    """What is wrong with a suite, which must be something."""
    with pytest.raises(SpecError) as caught:
        read(text)
    assert all(problem.place.path == PATH for problem in caught.value.problems)
    return list(caught.value.problems)


def pointed(text: str, problem: Problem) -> str:
    """The piece of the text that a problem points at."""
    line = text.split("\n")[problem.place.line - 1]
    assert problem.excerpt == line
    start = problem.place.column - 1
    return line[start : start + problem.length]
