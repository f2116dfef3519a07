"""``harness show``: a recording or a case as a person can read it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import click

from harness.cassette.tape import Exchange, Tape
from harness.cli import _output as out
from harness.cli._known import provider_named, tape_named
from harness.cli._select import choose
from harness.errors import CassetteError, HarnessError, UsageError
from harness.providers import PROVIDERS
from harness.providers._paths import guessed
from harness.providers._provider import Provider
from harness.providers._square import hear
from harness.run.rehearse import rehearse
from harness.run.report import event_line
from harness.shell.project import Project, tape_of
from harness.suite.case import Case

LONG_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{200,}={0,2}")
"""What is folded: base64, or anything that looks like it, of 200 characters."""


@click.command("show")
@click.argument("target")
@click.option("--raw", is_flag=True, help="The bytes of each answer, as they came.")
@click.option(
    "-i", "--interaction", type=click.IntRange(1), help="Only this one, from 1."
)
@click.option("--provider", "name", help="Read it as this provider's wire.")
@out.color_option
def command(
    target: str, raw: bool, interaction: int | None, name: str | None, color: str
) -> None:
    """Show TARGET: a recording, or a case as FILE::CASE[LABEL].

    Requests, and the events of each answer as our own decoder reads them.
    """
    provider = provider_named(name) if name is not None else None
    try:
        if target.endswith((".yaml", ".yml")) and not target.endswith(".spec.yaml"):
            out.lines(_tape(tape_named(target), provider, raw, interaction))
            return
        chosen = choose((target,), color)
        for case in chosen.cases:
            out.lines(_case(case, chosen.project, raw, interaction))
    except CassetteError as error:
        out.problems(error.problems, color)
        out.exit_with(out.BAD_RECORDING)


def _case(
    case: Case, project: Project, raw: bool, interaction: int | None
) -> Iterator[str]:
    provider = PROVIDERS[case.provider]
    yield f"{case.nodeid}   {case.description}".rstrip()
    if case.cassette is not None:
        tape = tape_of(project, case)
    else:
        rehearsal = rehearse(case, provider, stream=case.stream)
        tape = rehearsal.tape
        if rehearsal.inapplicable:
            yield f"    not applicable: {rehearsal.inapplicable}"
            return
    yield from _tape(tape, provider, raw, interaction)


def _tape(
    tape: Tape, provider: Provider | None, raw: bool, only: int | None
) -> Iterator[str]:
    if only is not None and only > len(tape.exchanges):
        raise UsageError(f"there is no interaction {only}, only {len(tape.exchanges)}")
    if tape.provenance:
        yield "  ".join(f"{key}: {value}" for key, value in tape.provenance.items())
    for number, exchange in enumerate(tape.exchanges, 1):
        if only is None or only == number:
            yield ""
            yield from _exchange(number, exchange, provider, raw)


def _exchange(
    number: int, exchange: Exchange, provider: Provider | None, raw: bool
) -> Iterator[str]:
    request, response = exchange.request, exchange.response
    yield f"[{number}] {request.method} {request.url}"
    if request.body:
        yield from (f"    {line}" for line in _body(request.body).splitlines())
    size, waited = sum(map(len, response.chunks)), sum(response.delays)
    yield (
        f"    -> {response.status}   {size} bytes in {len(response.chunks)} chunks, "
        f"{waited} ms, {response.ending}"
    )
    if raw:
        yield b"".join(response.chunks).decode(errors="backslashreplace")
        return
    name = guessed(request.url)
    if provider is None and name is not None:
        provider = PROVIDERS[name]
    if provider is None:
        yield from (
            f"    {line}" for line in _body(b"".join(response.chunks)).splitlines()
        )
        yield "    (no provider is known for this path: name one with --provider)"
        return
    heard = hear(provider, response.status, response.headers, response.chunks)
    try:
        for index, event in enumerate(heard):
            yield f"    {index:>4} {fold(event_line(event))}"
    except HarnessError as error:
        yield f"    {type(error).__name__}: {error}"


def _body(body: bytes) -> str:
    try:
        data: Any = json.loads(body)
    except ValueError:
        return fold(body.decode(errors="backslashreplace"))
    return fold(json.dumps(data, ensure_ascii=False, indent=2))


def fold(text: str) -> str:
    """Text with its long base64 shortened to a head and a count."""
    return LONG_BASE64.sub(lambda m: f"{m[0][:24]}…({len(m[0])} characters)", text)
