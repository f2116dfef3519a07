"""Which cases are tried: by path, by suite, by pattern, by word, by provider."""

from __future__ import annotations

import pytest

from harness.errors import UsageError
from harness.run.plan import Selection, select, unmatched
from harness.suite.case import Suite
from harness.suite.load import load
from tests.suite.reading import PROVIDERS

MATRIX = "matrix: {provider: all, stream: [true, false]}, prompt: Hi, says: {}"
ONE = "provider: anthropic, prompt: Hi, says: {}"


def suite(path: str, name: str, *cases: str) -> Suite:
    rows = "\n".join(f"  - {{{case}}}" for case in cases)
    text = f"harness: 1\nsuite: {name}\ncases:\n{rows}\n"
    return load(text.encode(), path, PROVIDERS)


SUITES = [
    suite("specs/core.spec.yaml", "core", f"id: one-tool, {MATRIX}", f"id: two, {ONE}"),
    suite(
        "specs/deep/text.spec.yaml", "text", f"id: plain, {ONE}", f"id: Zürich, {ONE}"
    ),
]


def names(
    expression: str = "", *nodes: str, providers: tuple[str, ...] = ()
) -> list[str]:
    found = select(SUITES, Selection(nodes, expression, providers))
    return [case.name for case in found]


def test_everything_is_selected_in_the_order_it_is_written() -> None:
    assert len(names()) == 9
    assert names()[0] == "one-tool[openai-chat-stream]"
    assert names()[-1] == "Zürich"


@pytest.mark.parametrize(
    ("expression", "count"),
    [
        ("two", 1),
        ("TWO", 1),
        ("zÜrich", 1),
        ("one-tool", 6),
        ("one-tool and anthropic", 2),
        ("one-tool and not anthropic", 4),
        ("two or plain", 2),
        ("not (two or plain)", 7),
        ("(two) or (plain and text)", 2),
        ("core", 7),
        ("text.spec.yaml", 2),
        ("openai-chat-whole]", 1),
        ("'", 0),
        ("_0", 0),
        ("nothing-like-it", 0),
        ("  ", 9),
    ],
)
def test_words_select(expression: str, count: int) -> None:
    assert len(names(expression)) == count


@pytest.mark.parametrize(
    "expression",
    [
        "two and",
        "and",
        "(two",
        "two)",
        "two plain",
        "not",
        "()",
        "two or or plain",
        "(" * 5000,
        "not " * 50_000 + "two",
    ],
)
def test_an_expression_that_cannot_be_read_is_the_callers_error(
    expression: str,
) -> None:
    with pytest.raises(UsageError, match="wanted words joined by and, or, not"):
        names(expression)


@pytest.mark.parametrize(
    ("node", "count"),
    [
        ("specs/core.spec.yaml::", 7),
        ("specs/core.spec.yaml::two", 1),
        ("specs/core.spec.yaml::one-tool", 6),
        ("specs/core.spec.yaml::one-tool[anthropic-stream]", 1),
        ("specs/core.spec.yaml::one-tool[anthropic-*]", 2),
        ("specs/core.spec.yaml::one-tool[*-whole]", 3),
        ("specs/core.spec.yaml::one-*", 6),
        ("specs/core.spec.yaml::t?o", 1),
        ("specs/core.spec.yaml::*", 7),
        ("core::two", 1),
        ("core::one-tool[openai-*-stream]", 2),
        ("text::two", 0),
        ("text::*", 2),
        ("specs/::*", 9),
        ("specs/deep::plain", 1),
        ("spec::*", 0),
        ("specs/core.spec.yaml::one-tool[a]", 0),
        ("specs/core.spec.yaml::[ot]*", 0),
    ],
)
def test_a_pattern_names_cases(node: str, count: int) -> None:
    assert len(names("", node)) == count
    assert unmatched(SUITES, [node]) == ([] if count else [node])


def test_patterns_add_up_and_words_take_away() -> None:
    assert names("", "core::two", "text::plain") == ["two", "plain"]
    assert names("not two", "core::two", "text::plain") == ["plain"]


def test_a_provider_selects_its_own() -> None:
    assert len(names(providers=("anthropic",))) == 5
    assert len(names("one-tool", providers=("anthropic", "openai-chat"))) == 4
