"""Which cases are tried: selected by path, by word, by provider."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from harness.errors import UsageError
from harness.suite.case import Case, Suite


@dataclass(frozen=True, slots=True)
class Selection:
    """What the caller asked for.

    ``nodes`` are patterns such as ``specs/core.spec.yaml::one-tool[anthropic-*]`` or
    ``core::one-tool``; ``expression`` is as pytest's ``-k``.
    """

    nodes: tuple[str, ...] = ()
    expression: str = ""
    providers: tuple[str, ...] = ()


def select(suites: Iterable[Suite], selection: Selection) -> list[Case]:
    """The cases asked for, in the order they are written.

    Raises:
        UsageError: for an expression that cannot be read.
    """
    wanted = _expression(selection.expression)
    return [
        case
        for suite in suites
        for case in suite.cases
        if (not selection.providers or case.provider in selection.providers)
        and wanted(case)
        and _named(case, selection.nodes)
    ]


def unmatched(suites: Iterable[Suite], nodes: Iterable[str]) -> list[str]:
    """The patterns that name no case at all."""
    cases = [case for suite in suites for case in suite.cases]
    return [node for node in nodes if not any(_named(case, [node]) for case in cases)]


def _named(case: Case, nodes: Sequence[str]) -> bool:
    """Whether one of the patterns names the case; all do where there is none."""
    return not nodes or any(names(node, case) for node in nodes)


def names(node: str, case: Case) -> bool:
    """Whether a pattern names the case: ``core::one-tool[gemini-*]``.

    Before ``::`` stands a suite, a file or a folder, or nothing for all of them.
    """
    place, _, pattern = node.partition("::")
    path = case.source.path
    here = place in (path, case.suite, "") or path.startswith(place.rstrip("/") + "/")
    return here and _matches(case, pattern)


def _matches(case: Case, pattern: str) -> bool:
    # Brackets are part of an id here, not a set of characters.
    plain = pattern.replace("[", "[[]")
    return not pattern or any(fnmatchcase(n, plain) for n in (case.name, case.id))


def _expression(text: str) -> Callable[[Case], bool]:
    """``-k``: words joined by ``and``, ``or``, ``not`` and parentheses."""
    if not text.strip():
        return lambda case: True
    try:
        words, code = _numbered(text)
        tree = ast.parse(code, mode="eval").body
        _check(tree)
    except (MemoryError, RecursionError, SyntaxError, ValueError) as error:
        message = f"-k {text[:80]!r}: wanted words joined by and, or, not, ( and )"
        raise UsageError(message) from error
    return lambda case: _holds(tree, words, f"{case.nodeid} {case.suite}".lower())


def _numbered(text: str) -> tuple[list[str], str]:
    """The words, and the expression with a Python name for each of them."""
    words: list[str] = []
    code: list[str] = []
    for word in text.replace("(", " ( ").replace(")", " ) ").split():
        if word in ("and", "or", "not", "(", ")"):
            code.append(word)
        else:
            code.append(f"_{len(words)}")
            words.append(word.lower())
    return words, " ".join(code)


def _check(node: ast.expr) -> None:
    match node:
        case ast.BoolOp(values=values):
            for value in values:
                _check(value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            _check(operand)
        case ast.Name():
            return
        case _:
            raise ValueError(ast.dump(node))


def _holds(node: ast.expr, words: Sequence[str], name: str) -> bool:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_holds(value, words, name) for value in values)
        case ast.BoolOp(values=values):
            return any(_holds(value, words, name) for value in values)
        case ast.UnaryOp(operand=operand):
            return not _holds(operand, words, name)
        case ast.Name(id=number):
            return words[int(number[1:])] in name
        case _:  # pragma: no cover - _check let nothing else through
            raise ValueError(ast.dump(node))
