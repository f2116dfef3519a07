"""Problems: each with its line and a caret, and text that no terminal obeys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from unicodedata import combining, east_asian_width

from harness.errors import Problem

Paint = Callable[[str, str], str]
"""Text and a colour's name to text that shows it."""


def plain(text: str, colour: str) -> str:
    """No colour at all."""
    return text


def problem(
    found: Problem,
    paint: Paint = plain,
    severity: str = "error",
    before: Sequence[str] = (),
) -> Iterator[str]:
    """A problem with its line and a caret, under the lines ``before`` it if given."""
    yield (
        f"{found.place}: {paint(severity, COLOURS[severity])}[{found.code}]: "
        f"{shown(found.message)}"
    )
    if found.excerpt is None:
        if found.hint:
            yield f"  {found.hint}"
        return
    first = found.place.line - len(before)
    for number, line in enumerate(before, first):
        yield f"{number:>5} | {shown(line)[:WIDEST]}".rstrip()
    excerpt, start = shown(found.excerpt), found.place.column - 1
    if start > WIDEST - 20:
        # A very long line: show the part that matters.
        cut = start - 40
        excerpt, start = "…" + excerpt[cut:], start - cut + 1
    excerpt = excerpt[:WIDEST]
    caret = "^" * max(1, cells(excerpt[start : start + found.length]))
    yield f"{found.place.line:>5} | {excerpt}".rstrip()
    yield f"{'':>5} | {'':>{cells(excerpt[:start])}}{paint(caret, 'red')}" + (
        f" {found.hint}" if found.hint else ""
    )


COLOURS = {"error": "red", "warning": "yellow"}
"""A severity's colour."""

WIDEST = 120
"""How much of a line is shown."""


def shown(text: str) -> str:
    """Text with a picture for each control character, so that none is obeyed."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c == "\u200d" else PICTURES.get(ord(c), "\ufffd")
        for c in text
    )


PICTURES = {c: chr(0x2400 + c) for c in range(32)} | {9: " ", 127: "\u2421", 160: " "}
"""Control characters as they can be printed; a tab is one blank, as columns count."""


def cells(text: str) -> int:
    """How many columns of a terminal the text takes."""
    wide = sum(east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(combining(c) != 0 or c == "\u200d" for c in text)
