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


def _named(case: Case, nodes: Sequence[str]) -> bool:
    """Whether a pattern names the case; a pattern for another file says nothing."""
    ours = [n for n in nodes if n.partition("::")[0] in (case.source.path, case.suite)]
    if not nodes:
        return True
    return any(_matches(case, node.partition("::")[2]) for node in ours)


def _matches(case: Case, pattern: str) -> bool:
    # Brackets are part of an id here, not a set of characters.
    plain = pattern.replace("[", "[[]") if "[" in pattern else pattern
    return not pattern or fnmatchcase(case.name, plain) or case.id == pattern


def _expression(text: str) -> Callable[[Case], bool]:
    """``-k``: words joined by ``and``, ``or``, ``not`` and parentheses."""
    if not text.strip():
        return lambda case: True
    quoted = _quoted(text)
    try:
        tree = ast.parse(quoted, mode="eval").body
        _check(tree)
    except (SyntaxError, ValueError) as error:
        message = f"-k {text!r}: wanted words joined by and, or, not, ( and )"
        raise UsageError(message) from error
    return lambda case: _holds(tree, f"{case.nodeid} {case.suite}".lower())


def _quoted(text: str) -> str:
    """Every word that is no operator as a string literal."""
    words = text.replace("(", " ( ").replace(")", " ) ").split()
    operators = ("and", "or", "not", "(", ")")
    return " ".join(word if word in operators else repr(word) for word in words)


def _check(node: ast.expr) -> None:
    match node:
        case ast.BoolOp(values=values):
            for value in values:
                _check(value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            _check(operand)
        case ast.Constant(value=str()):
            return
        case _:
            raise ValueError(ast.dump(node))


def _holds(node: ast.expr, name: str) -> bool:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_holds(value, name) for value in values)
        case ast.BoolOp(values=values):
            return any(_holds(value, name) for value in values)
        case ast.UnaryOp(operand=operand):
            return not _holds(operand, name)
        case ast.Constant(value=word):
            return str(word).lower() in name
        case _:  # pragma: no cover - _check let nothing else through
            raise ValueError(ast.dump(node))
