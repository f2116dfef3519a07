"""Baseline: what is known to fail, in a file of the adapter's owner.

::

    baseline: 1
    suite: {name: llm-conformance, version: 1.4.0}   # whose suite it was, for people
    known_failures:
      - case: core::one-tool[gemini-*-async]
        checks: [roundtrip.response]      # only these may fail there
        reason: datetime_utc is lost by from_dict
        issue: https://github.com/example/llm-gemini/issues/13
        until: 2027-03-01                 # the last day on which they may
    known_flaky: []                       # the same, for what fails now and then
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import SpecError
from harness.suite.checks import CHECKS
from harness.suite.kind import (
    Kind,
    Reading,
    Record,
    choice,
    list_of,
    only,
    record,
    scalar,
    text,
    text_like,
)
from harness.suite.located import Map, Mark, Source, parse
from harness.suite.shape import EXPECT, date

LISTS = ("known_failures", "known_flaky")
"""The two lists of a baseline."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Checks that may fail in some cases, and why.

    ``case`` is a pattern as the command line has them; ``until`` the last day on
    which they may, such as ``2027-03-01``; ``at`` is where the pattern stands, and
    ``top`` where the entry itself begins.
    """

    case: str
    checks: tuple[str, ...]
    reason: str
    issue: str
    at: Mark
    top: Mark
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Baseline:
    """A file of known failures.

    ``lists_at`` says where each list of the file stands: its key, and its value.
    """

    source: Source
    known: tuple[Entry, ...] = ()
    flaky: tuple[Entry, ...] = ()
    lists_at: Mapping[str, tuple[Mark, Mark]] | None = None


def load(data: bytes, path: str) -> Baseline:
    """The baseline in one file.

    Args:
        data: the file's bytes.
        path: its name, for messages.

    Raises:
        SpecError: with every problem found, each at its place.
    """
    tree, source = parse(data, path)
    reading = Reading(source, RECORDS)
    record("baseline").look(reading, tree, Mark(1, 1))
    if reading.problems:
        raise SpecError(*reading.problems)
    known, flaky = (tuple(map(_entry, tree.get(name, ()))) for name in LISTS)
    places = {
        name: (tree.keys_at[name], tree.values_at[name])
        for name in LISTS
        if name in tree
    }
    return Baseline(source, known, flaky, places)


def _entry(written: Map) -> Entry:
    return Entry(
        written["case"],
        tuple(written["checks"]),
        written["reason"],
        written["issue"],
        written.values_at["case"],
        written.at,
        written.get("until"),
    )


def _explained(what: str, kind: Kind, hint: str) -> Kind:
    """A field that a person has filled in."""

    def look(reading: Reading, value: Any, at: Mark) -> None:
        said = value.strip(" .:-?!").casefold() if isinstance(value, str) else value
        if said is None or said in EXCUSES or str(said).startswith("todo"):
            reading.wrong(at, "H103", f"{what} is missing: fill it in", hint)
        else:
            kind.look(reading, value, at)

    return Kind(look, kind.schema)


EXCUSES = frozenset(
    {"", "fixme", "n/a", "none", "tba", "tbd", "unexplained", "unknown", "wip", "xxx"}
)
"""What people write where they have no reason."""

pattern = text_like(
    r"[^:]*::\S.*",
    "a case such as suite::case[provider-stream]",
    "before :: a suite or a file, behind it a case; * for what may differ",
)
reason = _explained("the reason", text, "say why it fails")
issue = _explained(
    "the issue",
    text_like(
        r"https?://\S+\.\S+|[\w.-]+(/[\w.-]+)+(#\S+)?",
        "the URL of an issue, or a file of the project's that tells of it",
        "https://..., or docs/known.md#name",
    ),
    "give the URL where it is tracked, or the file",
)

RECORDS: Mapping[str, Record] = {
    "baseline": Record(
        {
            "baseline": only(1, "this harness reads baselines of format 1"),
            "suite": record("whose"),
            "known_failures": list_of(record("entry")),
            "known_flaky": list_of(record("entry")),
        },
        ("baseline",),
    ),
    "whose": Record({"name": text, "version": scalar}),
    "entry": Record(
        {
            "case": pattern,
            "checks": list_of(choice(*CHECKS, "expect", *EXPECT), least=1),
            "reason": reason,
            "issue": issue,
            "until": date,
        },
        ("case", "checks", "reason", "issue"),
    ),
}
"""Every record a baseline can hold, field by field."""
