"""Rewrite: a baseline with entries more, or less, and all else byte for byte."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from harness.errors import SpecError, UsageError
from harness.providers._square import SHAPE_ERRORS
from harness.run.baseline import Terms, unexcused
from harness.run.plan import names
from harness.run.runner import Result
from harness.suite.baseline import LISTS, Baseline, Entry
from harness.suite.located import LINE_END, parse

BOM = "\ufeff"

EMPTY = "baseline: 1\nknown_failures: []\nknown_flaky: []\n"
"""A baseline in which nothing is known to fail."""

PLAIN = re.compile(r"[\w/.][\w/.\-]*::[\w.\-]+(?:\[[\w.\-]+\])?", re.ASCII)
"""Cases that need no quotes in YAML."""


@dataclass(frozen=True, slots=True)
class Failing:
    """A case that fails and is not listed, and the checks that it fails."""

    case: str
    checks: tuple[str, ...]


def newly(results: Iterable[Result], terms: Terms) -> list[Failing]:
    """What judged results fail that is listed nowhere.

    What was excused until a day that is over is not new.
    """
    found = []
    for result in results:
        if result.verdict != "failed" or result.excuse is not None:
            continue
        listed = {
            check
            for entry in (*terms.baseline.known, *terms.baseline.flaky)
            if names(entry.case, result.case)
            for check in entry.checks
        }
        checks = {f.check: None for f in unexcused(result, terms)}
        case = f"{result.case.suite}::{result.case.name}"
        found.append(Failing(case, tuple(c for c in checks if c not in listed)))
    return found


def added(data: bytes, baseline: Baseline, failing: Sequence[Failing]) -> bytes:
    """The file with an entry for each of these at the end of its known failures.

    Their reasons and issues are left empty, so that the file is refused until
    somebody has said what they are.

    Raises:
        UsageError: where the file is not laid out a line an entry.
    """
    if not failing:
        return data
    text = _Text(data, baseline.source.path)
    at = (baseline.lists_at or {}).get("known_failures")
    if at is None:
        text.insert(len(text.rows), ["known_failures:", *_lines(failing, "  ")])
    elif not baseline.known:
        row = at[0].line - 1
        text.rows[row] = re.sub(r":\s*\[\s*\]", ":", text.rows[row], count=1)
        text.insert(row + 1, _lines(failing, "  "))
    else:
        rows = text.rows_of(baseline.known[-1])
        indent = " " * text.rows[rows.start].index("-")
        text.insert(rows.stop, _lines(failing, indent))
    known = [*map(_gist, baseline.known), *((f.case, f.checks) for f in failing)]
    return text.checked(known, [*map(_gist, baseline.flaky)])


def pruned(data: bytes, baseline: Baseline, entries: Sequence[Entry]) -> bytes:
    """The file without these entries; what people wrote around them stays.

    Raises:
        UsageError: where the file is not laid out a line an entry.
    """
    if not entries:
        return data
    text = _Text(data, baseline.source.path)
    gone = {row for entry in entries for row in text.rows_of(entry)}
    known = [entry for entry in baseline.known if entry not in entries]
    flaky = [entry for entry in baseline.flaky if entry not in entries]
    emptied = {
        "known_failures": baseline.known and not known,
        "known_flaky": baseline.flaky and not flaky,
    }
    for name, (key, _) in (baseline.lists_at or {}).items():
        if emptied[name]:
            text.rows[key.line - 1] = text.rows[key.line - 1].replace(":", ": []", 1)
    text.rows = [row for number, row in enumerate(text.rows) if number not in gone]
    return text.checked([*map(_gist, known)], [*map(_gist, flaky)])


Gist: TypeAlias = tuple[str, tuple[str, ...]]
"""A case and its checks."""


def _gist(entry: Entry) -> Gist:
    return entry.case, entry.checks


class _Text:
    """A file's lines, each with its end."""

    def __init__(self, data: bytes, path: str) -> None:
        self.path = path
        text = data.decode("utf-8")
        self.bom = BOM if text.startswith(BOM) else ""
        pieces = re.split(f"({LINE_END.pattern})", text.removeprefix(BOM))
        ends = [*pieces[1::2], ""]
        rows = [line + end for line, end in zip(pieces[::2], ends, strict=True)]
        self.rows = rows if rows[-1] else rows[:-1]
        self.end = "\r\n" if ends[0] == "\r\n" else "\n"

    def insert(self, row: int, lines: Iterable[str]) -> None:
        """Put lines before a row; the one above gets an end if it has none."""
        if row and not LINE_END.search(self.rows[row - 1]):
            self.rows[row - 1] += self.end
        self.rows[row:row] = [line + self.end for line in lines]

    def rows_of(self, entry: Entry) -> range:
        """The rows of an entry: from its dash to what is no further in than that."""
        first = entry.top.line - 1
        if first and self.rows[first - 1].strip() == "-":
            first -= 1
        dash = _indent(self.rows[first])
        if self.rows[first][dash : dash + 1] != "-":
            raise self.unusual()
        end = row = first + 1
        while row < len(self.rows):
            if self.rows[row].strip():
                if _indent(self.rows[row]) <= dash:
                    break
                end = row + 1  # blank lines behind an entry are not its own
            row += 1
        return range(first, end)

    def checked(self, known: list[Gist], flaky: list[Gist]) -> bytes:
        """The file, if it now holds these entries."""
        data = (self.bom + "".join(self.rows)).encode()
        try:
            tree, _ = parse(data, self.path)
            held = [
                [(entry["case"], tuple(entry["checks"])) for entry in tree[name]]
                if name in tree
                else []
                for name in LISTS
            ]
        except (SpecError, *SHAPE_ERRORS) as error:
            raise self.unusual() from error
        if held != [known, flaky]:
            raise self.unusual()
        return data

    def unusual(self) -> UsageError:
        """What to say of a file that cannot be changed line by line."""
        message = "cannot be changed here: give every entry lines of its own"
        return UsageError(f"{self.path} {message}")


def _lines(failing: Iterable[Failing], indent: str) -> Iterator[str]:
    for one in failing:
        name = one.case if PLAIN.fullmatch(one.case) else _quoted(one.case)
        yield f"{indent}- case: {name}"
        yield f"{indent}  checks: [{', '.join(one.checks)}]"
        yield f"{indent}  reason: ''   # say why: until then nothing is excused"
        yield f"{indent}  issue: ''    # and give the URL where it is tracked"


def _quoted(text: str) -> str:
    """Text in quotes that YAML reads as JSON does."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _indent(row: str) -> int:
    return len(row) - len(row.lstrip(" "))
