"""The file of known failures: found, held against a run, and rewritten."""

from __future__ import annotations

from collections.abc import Sequence

import click

from harness.cli._select import Chosen
from harness.errors import Problem, UsageError
from harness.rig.excused import Listed
from harness.run.baseline import stale, strangers
from harness.run.baseline.rewrite import added, newly, pruned
from harness.run.runner import Result
from harness.shell.files import write_atomically
from harness.suite.baseline import load

UNEXPLAINED = "; fill in why and where it is tracked, until then the file is refused"


def settled(
    known: Listed,
    results: Sequence[Result],
    chosen: Chosen,
    *,
    everything: bool,
    update: bool,
    prune: bool,
) -> list[Problem]:
    """What is wrong with the baseline itself, once it is changed as was asked.

    ``everything`` is whether all suites there are were read.

    Raises:
        UsageError: where it cannot be changed.
    """
    terms = known.terms
    strange = [*strangers(terms, chosen.suites, everything=everything)]
    data = known.data
    if prune:
        cases = [case for suite in chosen.suites for case in suite.cases]
        gone = [*stale(terms, results, cases), *(entry for entry, _ in strange)]
        data = pruned(data, terms.baseline, gone)
        _say(known, len(gone), "removed")
        strange = []
    if update:
        failing = newly(results, terms)
        left = load(data, terms.baseline.source.path) if prune else terms.baseline
        data = added(data, left, failing)
        _say(known, len(failing), "added" + (UNEXPLAINED if failing else ""))
    if data != known.data:
        _write(known, data)
    return [problem for _, problem in strange]


def _write(known: Listed, data: bytes) -> None:
    try:
        write_atomically(known.path, data)
    except OSError as error:
        name = known.terms.baseline.source.path
        raise UsageError(f"{name} cannot be written: {error.strerror}") from error


def _say(known: Listed, number: int, what: str) -> None:
    name = known.terms.baseline.source.path
    entries = "1 entry" if number == 1 else f"{number or 'no'} entries"
    click.echo(f"{name}: {entries} {what}", err=True)


option_file = click.option(
    "--baseline", default="", metavar="FILE", help="What is known to fail, and why."
)
option_update = click.option(
    "--baseline-update",
    is_flag=True,
    help="Add what fails and is not listed; somebody has to say why.",
)
option_prune = click.option(
    "--baseline-prune",
    is_flag=True,
    help="Remove what is listed and does not fail, or names no case.",
)
