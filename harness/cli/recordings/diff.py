"""``harness diff``: what changed from one recording to another, and how bad it is."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from harness.cassette.tape import Tape
from harness.cli import _output as out
from harness.cli._known import provider_named, tape_named
from harness.errors import CassetteError, UsageError
from harness.providers import PROVIDERS
from harness.providers._paths import guessed
from harness.providers._provider import Provider
from harness.run.drift import drift, lines, worst


@click.command("diff")
@click.argument("old")
@click.argument("new", required=False)
@click.option("--provider", "name", help="Read them as this provider's wire.")
@click.option("--strict", is_flag=True, help="What is suspicious fails, too.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines to stdout.")
@out.color_option
def command(
    old: str,
    new: str | None,
    name: str | None,
    strict: bool,
    as_json: bool,
    color: str,
) -> None:
    """Compare the recordings OLD and NEW: what was asked, and what came back.

    Each change is harmless, suspicious or breaking; other words, ids and times are no
    change. Leaves with 1 where something is breaking.
    """
    if new is None:
        message = "wants two recordings; harness record --verify CASE compares one"
        raise UsageError(f"{message} with what is answered now")
    try:
        then, now = tape_named(old), tape_named(new)
    except CassetteError as error:
        out.problems(error.problems, color)
        out.exit_with(out.BAD_RECORDING)
    changes = drift(then, now, _provider(name, then))
    if as_json:
        out.lines(json.dumps(asdict(change), ensure_ascii=False) for change in changes)
    else:
        out.lines([_provenance("-", old, then), _provenance("+", new, now)])
        out.lines(lines(changes) if changes else ["nothing has changed"])
    found = worst(changes)
    if found == "breaking" or (strict and found == "suspicious"):
        out.exit_with(out.FAILED)


def _provider(name: str | None, tape: Tape) -> Provider | None:
    if name is not None:
        return provider_named(name)
    found = (guessed(exchange.request.url) for exchange in tape.exchanges)
    known = next(filter(None, found), None)
    return PROVIDERS[known] if known is not None else None


def _provenance(sign: str, name: str, tape: Tape) -> str:
    facts = (tape.provenance.get(key) for key in ("recorded", "server", "model"))
    return "  ".join([f"{sign} {name}", *filter(None, facts)])
