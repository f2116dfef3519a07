"""``harness record``: cases as their providers answer them, or what a command sends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import click

from harness.cassette.tape import Tape
from harness.cli import _output as out
from harness.cli._output import count
from harness.cli._select import Chosen, choose
from harness.cli.recordings import _program
from harness.cli.recordings._dashed import Dashed
from harness.cli.show import fold
from harness.errors import CassetteError, ConnectionLost, UsageError
from harness.providers import PROVIDERS
from harness.rig.keys import Keys
from harness.rig.live import Live, Taken
from harness.rig.mounted import mounted
from harness.run.drift import drift, worst
from harness.run.drift import lines as drift_lines
from harness.run.runner import Result, not_tried
from harness.shell.files import load_tape, save_tape
from harness.suite.case import Case
from harness.wire.http import Request


@click.command("record", cls=Dashed)
@click.argument("cases", nargs=-1)
@click.option("-k", "expression", default="", help="Only cases whose id matches.")
@click.option("--provider", "providers", multiple=True, help="Only this provider.")
@click.option("--all", "again", is_flag=True, help="Those that are there, too.")
@click.option(
    "--verify", is_flag=True, help="Compare with what is there; write nothing."
)
@click.option("--dry-run", is_flag=True, help="Say what would be sent where.")
@click.option("--keep-failing", is_flag=True, help="Keep what does not pass, too.")
@click.option("--adapter", default="reference", help="A name, or module:object.")
@click.option("--base-url", metavar="URL", help="Where the model is served.")
@click.option("--keys", metavar="FILE", help="JSON of names to API keys.")
@click.option(
    "--hang-up-after",
    type=click.IntRange(1),
    metavar="CHUNKS",
    help="Let go of each answer after so many chunks.",
)
@click.option(
    "--note",
    "notes",
    nargs=2,
    multiple=True,
    metavar="KEY TEXT",
    help="Written beside the recording, as: --note server 'acme 1.0'. Repeatable.",
)
@click.option(
    "--to",
    metavar="PATH",
    help="Of a command: its cassette, or of pytest the folder of one for each test.",
)
@out.color_option
@click.pass_context
def command(ctx: click.Context, /, color: str, **given: Any) -> None:
    """Record the recordings that CASE... need and that are not there yet.

    CASE is as for harness run. Each is asked for over the network, replayed and
    checked, and kept if it passes. Keys come from the environment or --keys, and are
    never shown nor written.

    harness record -- COMMAND... runs any command and keeps what it sends and hears.
    """
    if "program" in ctx.meta:
        _program.record(ctx.meta["program"], given["to"], again=given["again"])
        return
    chosen = choose(given["cases"], color, given["expression"], given["providers"])
    live = Live(
        mounted(given["adapter"], chosen.project),
        PROVIDERS,
        Keys(given["keys"]),
        given["base_url"],
        given["hang_up_after"],
        dict(given["notes"]),
        chosen.project.rules,
    )
    recorder = Recorder(chosen, live, color, given["keep_failing"])
    try:
        if given["verify"]:
            recorder.verify()
        else:
            recorder.record(again=given["again"], dry=given["dry_run"])
    except CassetteError as error:
        out.problems(error.problems, color)
        out.exit_with(out.BAD_RECORDING)


@dataclass(frozen=True, slots=True)
class Recorder:
    """Records the cases that were chosen."""

    chosen: Chosen
    live: Live
    color: str
    keep_failing: bool

    def record(self, *, again: bool, dry: bool) -> None:
        """Record what is missing, or all; leave with 1 where something was not kept."""
        wanted, there = self._wanted(again)
        if there:
            click.echo(f"{count(there, 'recording')} there already: --all, or --verify")
        if dry:
            for cases in wanted:
                out.lines(self._would_send(cases))
            return
        kept = [self._record(cases) for cases in wanted]
        if not all(kept):
            out.exit_with(out.FAILED)

    def verify(self) -> None:
        """Compare what is recorded with what comes now; leave with 1 if it breaks."""
        breaking = False
        for cases in self._taped(exist=True):
            case = cases[0]
            assert case.cassette is not None
            old = load_tape(self.chosen.project.root, case.cassette)
            new = self._taken(case)
            if new is None:
                breaking = True
                continue
            changes = drift(old, new.tape, PROVIDERS[case.provider], case.ignore)
            found = worst(changes)
            breaking = breaking or found == "breaking"
            click.echo(f"{case.cassette}   {case.nodeid}   {found or 'unchanged'}")
            out.lines(f"    {line}" for line in drift_lines(changes))
        if breaking:
            out.exit_with(out.FAILED)

    # ------------------------------------------------------------- which recordings

    def _wanted(self, again: bool) -> tuple[list[list[Case]], int]:
        """The cases to record, those of one cassette together; how many are there."""
        missing = self._taped(exist=False)
        there = self._taped(exist=True)
        if again:
            return missing + there, 0
        return missing, len(there)

    def _taped(self, *, exist: bool) -> list[list[Case]]:
        root = self.chosen.project.root
        by_cassette: dict[str, list[Case]] = {}
        for case in self.chosen.cases:
            if case.cassette is None:
                continue
            if self._untried(case) is None and (root / case.cassette).exists() is exist:
                by_cassette.setdefault(case.cassette, []).append(case)
        if not any(case.cassette for case in self.chosen.cases):
            raise UsageError("these cases need no recording: what is said is in them")
        return [*by_cassette.values()]

    def _untried(self, case: Case) -> Result | None:
        return not_tried(case, self.live.trial(Tape(())))

    # --------------------------------------------------------------------- one of them

    def _record(self, cases: Sequence[Case]) -> bool:
        """Record, check and keep; whether it was kept."""
        case = cases[0]
        assert case.cassette is not None
        taken = self._taken(case)
        if taken is None:
            return False
        why = [*self.live.refused(cases, taken, out.painter(self.color))]
        if why and not self.keep_failing:
            click.echo(f"not kept  {case.cassette}   {case.nodeid}")
            out.lines(f"    {line}" for line in why)
            click.echo("    to keep it all the same: --keep-failing")
            return False
        root, fold = self.chosen.project.root, self.chosen.project.fold
        secrets = self.live.keys.secrets()
        try:
            save_tape(root, case.cassette, taken.tape, secrets, fold)
        except CassetteError as error:
            out.problems(error.problems, self.color)
            return False
        remark = "   though it fails" if why else ""
        click.echo(f"recorded  {case.cassette}   {_measured(taken.tape)}{remark}")
        return True

    def _taken(self, case: Case) -> Taken | None:
        try:
            return self.live.take(case)
        except ConnectionLost as error:
            click.echo(f"no answer {case.cassette}   {case.nodeid}: {error}")
            return None

    def _would_send(self, cases: Sequence[Case]) -> Iterator[str]:
        case = cases[0]
        provider = PROVIDERS[case.provider]
        is_there = self.live.keys.of(provider) is not None
        key = f"{provider.key_env} {'is there' if is_there else 'is not there'}"
        turns = sum(turn.step != "execute_tool_calls" for turn in case.turns)
        yield f"{case.cassette}   {case.nodeid}"
        yield f"    {count(turns, 'request')}, {key if provider.key_env else 'no key'}"
        request = self.live.first_request(case)
        if request is not None:
            yield from (f"    {line}" for line in _shown(request))


def _shown(request: Request) -> Iterator[str]:
    yield f"{request.method} {request.url}"
    yield fold(request.body.decode(errors="backslashreplace"))


def _measured(tape: Tape) -> str:
    answers = [exchange.response for exchange in tape.exchanges]
    chunks = sum(len(answer.chunks) for answer in answers)
    size = sum(len(chunk) for answer in answers for chunk in answer.chunks)
    statuses = ", ".join(dict.fromkeys(str(answer.status) for answer in answers))
    exchanges = count(len(answers), "exchange")
    return f"{exchanges} ({statuses}), {count(chunks, 'chunk')}, {size} bytes"
