"""``harness update``: accept what an adapter asks for now, and keep the answers."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import click

from harness.cassette.mask import masked
from harness.cassette.match import MISSING
from harness.cassette.redact import redact
from harness.cassette.tape import Exchange, Tape, settled
from harness.cli import _output as out
from harness.cli._output import count
from harness.cli._select import Chosen, choose
from harness.errors import CassetteError, UsageError
from harness.providers import PROVIDERS
from harness.rig.mounted import mounted
from harness.run.runner import Trial, run
from harness.shell.files import load_tape, save_tape
from harness.shell.transport import replayed
from harness.suite.case import Case
from harness.suite.observation import Drift, Sent
from harness.wire.http import Request


@click.command("update")
@click.argument("cases", nargs=-1)
@click.option(
    "--rebase-request",
    is_flag=True,
    help="Put the requests that are sent now in the place of those recorded.",
)
@click.option("-k", "expression", default="", help="Only cases whose id matches.")
@click.option("--provider", "providers", multiple=True, help="Only this provider.")
@click.option("--adapter", default="reference", help="A name, or module:object.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@out.color_option
def command(
    cases: tuple[str, ...],
    rebase_request: bool,
    expression: str,
    providers: tuple[str, ...],
    adapter: str,
    yes: bool,
    color: str,
) -> None:
    """Bring the recordings of CASE... up to date with what the adapter sends.

    What differs is shown before anything is written. The answers stay as they were
    recorded, with their chunks and waits; nothing goes over the network.
    """
    if not rebase_request:
        raise UsageError("update what? --rebase-request is all that it does so far")
    chosen = choose(cases, color, expression, providers)
    trial = Trial(
        mounted(adapter, chosen.project),
        PROVIDERS,
        lambda case: _edited(chosen, case.cassette or ""),
        cuts=(),
        watch=replayed,
    )
    try:
        rebased = [*_rebased(chosen, trial)]
        if not rebased:
            click.echo("every request is sent as it was recorded")
            return
        for name, _, lines in rebased:
            out.lines([name, *lines])
        _confirm(len(rebased), yes)
        project = chosen.project
        for name, tape, _ in rebased:
            save_tape(project.root, name, tape, os.environ, project.fold)
            click.echo(f"rebased   {name}")
    except CassetteError as error:
        out.problems(error.problems, color)
        out.exit_with(out.BAD_RECORDING)


def _confirm(number: int, yes: bool) -> None:
    """Ask, where somebody can answer; and never where a robot would."""
    if yes:
        return
    if os.environ.get("CI") or not sys.stdin.isatty():
        message = f"nothing was written: --yes accepts {count(number, 'change')}"
        raise UsageError(message.replace("change", "recording"))
    click.confirm("Accept these requests?", abort=True, err=True)


def _rebased(chosen: Chosen, trial: Trial) -> Iterator[tuple[str, Tape, Sequence[str]]]:
    """Cassettes whose requests are sent otherwise: as they would be, and how."""
    by_cassette: dict[str, Case] = {}
    for case in chosen.cases:
        if case.cassette is not None and case.inject is None:
            by_cassette.setdefault(case.cassette, case)
    for name, case in by_cassette.items():
        result = run(case, trial)
        if result.verdict == "broken":
            raise UsageError(f"{case.nodeid} cannot be replayed: {result.reason}")
        if result.observation is None:
            click.echo(f"left out  {name}   {result.reason}", err=True)
            continue
        sent = [sent for turn in result.observation.turns for sent in turn.sent]
        if not any(one.drift for one in sent):
            continue
        old = _edited(chosen, name)
        if len(sent) != len(old.exchanges):
            requests = f"{count(len(sent), 'request')} of {len(old.exchanges)}"
            message = f"{name}: {requests} recorded are sent: record it again"
            raise UsageError(f"{message} with harness record --all {case.nodeid}")
        sharing = [c.nodeid for c in chosen.cases if c.cassette == name][1:]
        lines = [*_lines(sent), *(f"    also of {node}" for node in sharing)]
        yield name, _with_requests(old, sent, chosen), lines


def _edited(chosen: Chosen, name: str) -> Tape:
    """A tape whose requests somebody may have edited: they are what is mended here."""
    return load_tape(chosen.project.root, name, edited=True)


def _with_requests(old: Tape, sent: Sequence[Sent], chosen: Chosen) -> Tape:
    exchanges = tuple(
        redact(
            Exchange(_there(one.request, exchange.request), exchange.response),
            chosen.project.rules,
        )
        for one, exchange in zip(sent, old.exchanges, strict=True)
    )
    today = time.strftime("%Y-%m-%d")
    return settled(Tape(exchanges, {**old.provenance, "rebased": today}))


def _there(sent: Request, recorded: Request) -> Request:
    """What is sent, to the host that answered."""
    scheme, _, rest = recorded.url.partition("://")
    host = rest.partition("/")[0]
    path = sent.url.partition("://")[2].partition("/")[2]
    return replace(sent, url=f"{scheme}://{host}/{path}")


def _lines(sent: Sequence[Sent]) -> Iterator[str]:
    for number, one in enumerate(sent, 1):
        for drift in one.drift or ():
            yield f"    exchange {number}  {drift.path}"
            yield from _sides(drift)


def _sides(drift: Drift) -> Iterator[str]:
    for sign, value in (("-", drift.recorded), ("+", drift.sent)):
        if value is not MISSING:
            yield f"      {sign} {_shown(value)}"


def _shown(value: Any) -> str:
    """A value with its secrets masked, and cut short where nobody would read on."""
    text = masked(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


LONGEST = 400
"""Characters of a value that are shown."""
