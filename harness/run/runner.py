"""One case, one adapter: tried, watched, checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias, TypeVar

from harness.cassette.match import request_differences
from harness.cassette.tape import Tape
from harness.errors import HarnessError, WireError
from harness.message.events import Error, Event
from harness.message.parts import Message, TextPart, ToolResultPart
from harness.message.turn import Turn as Asked
from harness.providers._provider import Provider
from harness.providers._square import hear
from harness.run.door import Adapter, Ask, Player, Reply, ScriptedTools, Session, Who
from harness.run.inject import inject, truncated
from harness.run.rehearse import Rehearsal, other_mode, rehearse
from harness.suite.case import Case, Turn
from harness.suite.checks import CHECKS, Failure
from harness.suite.expect import expectations
from harness.suite.located import Map
from harness.suite.observation import Drift, Evidence, Observation, Sent, TurnSeen

Verdict: TypeAlias = Literal[
    "passed", "failed", "broken", "known", "unexpected", "skipped", "inapplicable"
]

Answered = TypeVar("Answered")

KEY = "sk-harness-" + "0" * 32
"""The API key adapters are given in replay: it must never leave a header."""

CUTS = ("whole", "event", "byte")
"""How every answer is cut again, unless the case or the caller says otherwise."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one case on one adapter."""

    case: Case
    adapter: str
    verdict: Verdict
    failures: tuple[Failure, ...] = ()
    reason: str = ""
    checks: int = 0
    replays: int = 0
    observation: Observation | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """All that is needed to try cases on an adapter.

    ``load_tape`` reads the cassette of a case; ``watch`` reports the
    sockets opened while it is entered, into the list it gives.
    """

    adapter: Adapter
    providers: Mapping[str, Provider]
    load_tape: Callable[[Case], Tape]
    cuts: tuple[str, ...] = CUTS
    only: tuple[str, ...] = ()
    watch: Callable[[], AbstractContextManager[list[str]]] = field(
        default=lambda: nullcontext([])
    )


def run(case: Case, trial: Trial) -> Result:
    """Try one case.

    Raises:
        CassetteError: where its recording cannot be used.
    """
    skipped = not_tried(case, trial)
    if skipped is not None:
        return skipped
    provider = trial.providers[case.provider]
    tape, rehearsal = _tape(case, trial, provider)
    if rehearsal is not None and rehearsal.inapplicable:
        return Result(
            case, trial.adapter.name, "inapplicable", reason=rehearsal.inapplicable
        )
    case = _with_expectations(case, rehearsal)
    evidence = _evidence(case, trial, provider, tape, rehearsed=rehearsal is not None)
    if evidence.first.raised:
        reason = f"the adapter raised {evidence.first.raised}"
        return Result(case, trial.adapter.name, "broken", reason=reason)
    failures, count = _judge(case, evidence, trial.only)
    replays = 1 + len(evidence.cuts) + (evidence.other_mode is not None)
    replays += evidence.truncated is not None
    verdict, reason = _verdict(case, failures)
    return Result(
        case,
        trial.adapter.name,
        verdict,
        tuple(failures),
        reason,
        count,
        replays,
        evidence.first,
    )


class _Raised(Exception):
    """What an adapter raised, in words."""


def not_tried(case: Case, trial: Trial) -> Result | None:
    """The result of a case that is not for this adapter, or ``None`` if it is."""
    provider = trial.providers.get(case.provider)
    if provider is None:
        reason = f"there is no provider {case.provider!r} here"
        return Result(case, trial.adapter.name, "broken", reason=reason)
    name = trial.adapter.name
    if case.skip is not None:
        return Result(case, name, "skipped", reason=case.skip.reason)
    if case.provider not in trial.adapter.providers:
        return Result(
            case, name, "skipped", reason=f"{name} does not speak {case.provider}"
        )
    missing = sorted(case.requires - trial.adapter.capabilities)
    if missing:
        return Result(
            case, name, "skipped", reason=f"{name} has no {', '.join(missing)}"
        )
    unserved = sorted(case.requires - provider.capabilities - ADAPTERS_OWN)
    if unserved:
        reason = f"{case.provider} has no {', '.join(unserved)}"
        return Result(case, name, "inapplicable", reason=reason)
    return None


ADAPTERS_OWN = frozenset({"retries", "async"})
"""Capabilities that are the adapter's alone, whatever the wire."""


def _tape(
    case: Case, trial: Trial, provider: Provider
) -> tuple[Tape, Rehearsal | None]:
    rehearsal = None
    if case.cassette is not None:
        tape = trial.load_tape(case)
    else:
        rehearsal = rehearse(case, provider, stream=case.stream)
        tape = rehearsal.tape
    if case.inject is not None and tape.exchanges:
        tape = inject(tape, case.inject, provider)
    return tape, rehearsal


def _with_expectations(case: Case, rehearsal: Rehearsal | None) -> Case:
    """The case with what must hold because the provider said it, save what it says."""
    if rehearsal is None or case.inject is not None:
        return case
    turns = []
    for turn, expected in zip(case.turns, rehearsal.expected, strict=True):
        written = turn.expect
        merged = Map(written.at if written is not None else case.at)
        if written is not None:
            merged.update(written)
            merged.keys_at, merged.values_at = written.keys_at, written.values_at
        for key, value in expected.items():
            merged.setdefault(key, value)
        turns.append(replace(turn, expect=merged))
    return replace(case, turns=tuple(turns))


def _evidence(
    case: Case, trial: Trial, provider: Provider, tape: Tape, *, rehearsed: bool
) -> Evidence:
    first = _observe(case, trial, provider, tape, "recorded", rehearsed)
    if first.raised:
        return Evidence(first)
    wanted = case.chunks or trial.cuts
    cuts = {
        cut: _observe(case, trial, provider, tape, cut, rehearsed)
        for cut in wanted
        if cut != "recorded" and _tried("chunks.invariant", trial)
    }
    other = short = None
    if _tried("stream.parity", trial) and case.inject is None and len(tape.exchanges):
        other_tape = _other(case, provider, tape)
        if other_tape is not None:
            flipped = replace(case, stream=not case.stream)
            other = _observe(flipped, trial, provider, other_tape, "recorded", True)
    if _tried("truncation", trial) and case.inject is None and case.stream:
        short_tape = truncated(tape, provider)
        if short_tape is not None:
            opening = replace(case, turns=case.turns[:1])
            short = _observe(opening, trial, provider, short_tape, "recorded", True)
    return Evidence(first, cuts, other, short, rehearsed)


def _tried(check: str, trial: Trial) -> bool:
    return not trial.only or check in trial.only


def _other(case: Case, provider: Provider, tape: Tape) -> Tape | None:
    try:
        return other_mode(tape, provider, stream=not case.stream)
    except HarnessError:
        return None  # what cannot be said the other way is not compared


def _observe(
    case: Case, trial: Trial, provider: Provider, tape: Tape, cut: str, made_up: bool
) -> Observation:
    """One run of the case through the adapter, over one tape, cut one way."""
    player = Player(tape, cut)
    who = Who(
        case.provider,
        case.model,
        provider.base_url,
        KEY,
        case.stream,
        case.mode,
        case.options,
        case.tools,
        case.server_side_tools,
        case.schema,
    )
    turns: list[TurnSeen] = []
    raised = None
    with trial.watch() as sockets:
        try:
            tools = ScriptedTools(case.tools)
            session = _call(trial.adapter.open, who, player, tools)
            turns += _turns(case, session, player, provider, made_up)
        except _Raised as error:
            raised = str(error)
    # After an injected status the real answer is there for whoever tries again.
    spare = 1 if (case.inject or {}).get("fault") == "status" else 0
    unplayed = max(0, player.unplayed - spare)
    return Observation(
        tuple(turns), unplayed, tuple(player.unmatched), tuple(sockets), KEY, raised
    )


def _call(adapters: Callable[..., Answered], *arguments: Any) -> Answered:
    """Call something of the adapter's, which may raise anything."""
    try:
        return adapters(*arguments)
    except Exception as error:
        raise _Raised(f"{type(error).__name__}: {error}") from error


def _turns(
    case: Case, session: Session, player: Player, provider: Provider, made_up: bool
) -> Iterator[TurnSeen]:
    conversation: list[Message] = []
    results: tuple[ToolResultPart, ...] | None = None
    last: TurnSeen | None = None
    for turn in case.turns:
        before = len(player.sent)
        if turn.rehydrate:
            _call(session.rehydrate)
        if turn.step == "execute_tool_calls":
            results = tuple(_call(session.execute_tool_calls))
            yield TurnSeen(tool_results=results)
            continue
        say = session.reply if turn.step == "reply" else session.prompt
        reply = _call(say, Ask(turn.prompt, turn.system, turn.messages))
        if turn.step == "reply" and last is not None:
            conversation += _answered(case, last, results)
        conversation += _said(turn)
        asked = tuple(conversation)
        last = _seen(case, reply, player, provider, before, asked, made_up)
        conversation += last.messages
        results = None
        yield last
        if last.error is not None:
            return


def _said(turn: Turn) -> Iterator[Message]:
    """What the person says in a turn, as messages."""
    if turn.system is not None:
        yield Message("system", (TextPart(turn.system),))
    yield from turn.messages
    if turn.prompt is not None:
        yield Message("user", (TextPart(turn.prompt),))


def _answered(
    case: Case, last: TurnSeen, results: tuple[ToolResultPart, ...] | None
) -> Iterator[Message]:
    """The tool results that a reply carries, as they should be sent."""
    calls = [c for c in last.tool_calls if not c.server_executed]
    if not calls:
        return
    if results is None:
        tools = ScriptedTools(case.tools)
        results = tuple(
            result_of(call.name, call.arguments, call.tool_call_id, tools)
            for call in calls
        )
    yield Message("tool", results)


def result_of(
    name: str,
    arguments: object,
    tool_call_id: str | None,
    run_tool: Callable[[str, object], str],
) -> ToolResultPart:
    """What running a tool gives, its failure included, in llm's words."""
    exception = None
    try:
        output = run_tool(name, arguments)
    except KeyError as error:
        output = f'Error: tool "{name}" does not exist'
        exception = f"KeyError: {error}"
    except Exception as error:  # a tool may raise anything
        output = f"Error: {error}"
        exception = f"{type(error).__name__}: {error}"
    return ToolResultPart(
        name=name, output=output, tool_call_id=tool_call_id, exception=exception
    )


def _seen(
    case: Case,
    reply: Reply,
    player: Player,
    provider: Provider,
    before: int,
    asked: tuple[Message, ...],
    made_up: bool,
) -> TurnSeen:
    truth: list[Event] = []
    for number in range(before, min(len(player.sent), len(player.tape.exchanges))):
        truth = list(_truth(provider, player.tape, number))
    sent = tuple(
        _sent(case, provider, player, number, made_up)
        for number in range(before, len(player.sent))
    )
    return TurnSeen(
        events=reply.events,
        messages=reply.messages,
        tool_calls=reply.tool_calls,
        usage=reply.usage,
        finish_reason=reply.finish_reason,
        error=reply.error,
        done=reply.done,
        sent=sent,
        truth=tuple(truth),
        should_ask=asked,
        dumped=reply.dumped,
        again=reply.again,
    )


def _truth(provider: Provider, tape: Tape, number: int) -> Iterator[Event]:
    """What we read ourselves in the recorded bytes, as far as they go."""
    response = tape.exchanges[number].response
    try:
        yield from hear(provider, response.status, response.headers, response.chunks)
    except WireError as error:
        yield Error(str(error), "wire")


def _sent(
    case: Case, provider: Provider, player: Player, number: int, made_up: bool
) -> Sent:
    request = player.sent[number]
    body = _json(request.body)
    drift = None
    recorded = number < len(player.tape.exchanges) and not made_up
    if recorded and case.inject is None:
        old = player.tape.exchanges[number].request
        ignore = (*provider.volatile, *case.ignore)
        drift = tuple(
            Drift(d.path, d.recorded, d.sent)
            for d in request_differences(old, request, ignore)
        )
    return Sent(request, body, _parsed(provider, body), drift)


def _parsed(provider: Provider, body: Any) -> Asked | None:
    try:
        return provider.parse(body)
    except (AttributeError, HarnessError, KeyError, TypeError, ValueError):
        return None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _judge(
    case: Case, evidence: Evidence, only: Sequence[str]
) -> tuple[list[Failure], int]:
    failures: list[Failure] = []
    count = 0
    for name, check in CHECKS.items():
        if only and name not in only:
            continue
        count += 1
        failures += check(case, evidence)
    count += sum(len(turn.expect or ()) for turn in case.turns)
    expected = expectations(case, evidence.first)
    failures += [f for f in expected if not only or f.check in only]
    return failures, count


def _verdict(case: Case, failures: Iterable[Failure]) -> tuple[Verdict, str]:
    musts = [f for f in failures if f.level == "must"]
    known = case.xfail
    if known is None:
        return ("failed", "") if musts else ("passed", "")
    excused = [f for f in musts if not known.checks or f.check in known.checks]
    if len(excused) < len(musts):
        return "failed", ""
    return ("known" if excused else "unexpected"), known.reason
