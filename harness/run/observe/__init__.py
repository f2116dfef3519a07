"""Observe: one run of a case through an adapter, over one tape, cut one way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from harness.cassette.tape import Tape
from harness.errors import NotExpressible, UsageError
from harness.message.events import Error, Event
from harness.message.parts import Message, ToolCallPart, ToolResultPart
from harness.providers._provider import Provider
from harness.run.door import (
    Adapter,
    Ask,
    Player,
    Reply,
    ScriptedTools,
    Session,
    Who,
    result_of,
    said,
)
from harness.run.observe.seam import Seam
from harness.run.observe.witness import Witness
from harness.suite.case import Case
from harness.suite.observation import Observation, TurnSeen
from harness.wire.http import Request, Transport

Answered = TypeVar("Answered")

KEY = "sk-harness-" + "0" * 32
"""The API key adapters are given in replay: it must never leave a header."""


class _Raised(Exception):
    """What an adapter raised, in words."""


def observe(
    case: Case,
    adapter: Adapter,
    provider: Provider,
    tape: Tape,
    cut: str = "recorded",
    *,
    made_up: bool,
    judged: bool,
    seam: Seam,
) -> Observation:
    """What the adapter is seen to do with a case.

    A tape that is ``made_up`` has no requests to compare with what is sent. Only of
    the run that is ``judged`` are the requests read, and the bytes heard again by us;
    the others are for comparison.

    Raises:
        NotExpressible: where the adapter says that it cannot be tried on this.
    """
    written = any(turn.says is not None and turn.says.raw for turn in case.turns)
    player = Player(tape, cut, provider, case.model, verbatim=written)
    own = not made_up and _recorded_by(tape, adapter)
    witness = Witness(case, provider, player, own) if judged else None
    turns: list[TurnSeen] = []
    raised = None
    with seam.played_by(player) as sockets:
        try:
            turns.extend(_had(case, adapter, provider, player, witness))
        except _Raised as error:
            raised = str(error)
    # After an injected status the real answer is there for whoever tries again.
    once = {"fault", "request"} <= (case.inject or {}).keys()
    spare = 1 if once and (case.inject or {}).get("fault") == "status" else 0
    unplayed = max(0, player.unplayed - spare)
    return Observation(
        tuple(turns),
        unplayed,
        tuple(player.unmatched),
        tuple(sockets),
        KEY,
        raised,
        frozenset(getattr(adapter, "unseen", ())),
    )


def who(case: Case, base_url: str, key: str) -> Who:
    """Whom a case is with."""
    return Who(
        case.provider,
        case.model,
        base_url,
        key,
        case.stream,
        case.mode,
        case.options,
        case.tools,
        case.server_side_tools,
        case.schema,
    )


def _call(adapters: Callable[..., Answered], *arguments: Any) -> Answered:
    """Call something of the adapter's, which may raise anything.

    Raises:
        NotExpressible: where the adapter says that it cannot be tried on this.
    """
    try:
        return adapters(*arguments)
    except NotExpressible:
        raise
    except (Exception, SystemExit) as error:
        raise _Raised(f"{type(error).__name__}: {error}") from error


def _had(
    case: Case,
    adapter: Adapter,
    provider: Provider,
    player: Player,
    witness: Witness | None,
) -> Iterator[TurnSeen]:
    """Each turn of the conversation, with what was witnessed of it."""
    asked = who(case, provider.base_url, KEY)
    with _session(case, adapter, asked, player) as session:
        yield from _turns(case, session, player.sent, witness)


@contextmanager
def _session(
    case: Case, adapter: Adapter, asked: Who, door: Transport
) -> Iterator[Session]:
    """A conversation through the adapter, and its end, if it wants to know of that."""
    session = _call(adapter.open, asked, door, ScriptedTools(case.tools))
    try:
        yield session
    finally:
        close = getattr(session, "close", None)
        if close is not None:
            _call(close)


def converse(
    case: Case, adapter: Adapter, asked: Who, door: Transport
) -> Iterator[TurnSeen]:
    """Have the conversation of a case over any door, and tell of each turn.

    Raises:
        UsageError: saying what the adapter raised instead of going on.
    """
    try:
        with _session(case, adapter, asked, door) as session:
            yield from _turns(case, session, ())
    except (NotExpressible, _Raised) as error:
        raise UsageError(f"{case.name}: {adapter.name} raised {error}") from error


def _turns(
    case: Case,
    session: Session,
    sent: Sequence[Request],
    witness: Witness | None = None,
) -> Iterator[TurnSeen]:
    """Each turn, with the requests sent in it if there is a witness.

    What must be sent back of an answer is what the wire said, where that is known,
    and not what the adapter made of it.
    """
    conversation: list[Message] = []
    tools = ScriptedTools(case.tools)  # in step with those the adapter has
    results: tuple[ToolResultPart, ...] | None = None
    last: TurnSeen | None = None
    for turn in case.turns:
        before = len(sent)
        if turn.rehydrate:
            _call(session.rehydrate)
        if turn.step == "execute_tool_calls":
            _results(last, tools)
            results = tuple(_call(session.execute_tool_calls))
            _only(ToolResultPart, results, "a tool result")
            yield _witnessed(TurnSeen(tool_results=results), before, sent, witness)
            continue
        ask = Ask(turn.prompt, turn.system, turn.messages)
        say = session.reply if turn.step == "reply" else session.prompt
        reply = _checked(_call(say, ask))
        if turn.step == "reply":
            answered = _results(last, tools) if results is None else results
            answered = _under_own_ids(answered, last)
            conversation += [Message("tool", answered)] if answered else []
        conversation += said(ask)
        last = _seen(reply, tuple(conversation))
        last = _witnessed(last, before, sent, witness)
        conversation += last.told or last.messages
        results = None
        yield last
        if last.error is not None:
            return


def _witnessed(
    seen: TurnSeen, before: int, sent: Sequence[Request], witness: Witness | None
) -> TurnSeen:
    if witness is None:
        return seen
    numbers = range(before, len(sent))
    return replace(seen, sent=witness.sent(numbers), truth=witness.heard(numbers))


def _checked(reply: Reply) -> Reply:
    """The reply, if it holds what a reply holds."""
    _only(Reply, [reply], "a reply")
    _only(Event, reply.events, "an event")
    _only(Message, reply.messages, "a message")
    _only(ToolCallPart, reply.tool_calls, "a tool call")
    _only(Error | None, [reply.error], "an error")
    return reply


def _only(kind: Any, items: Iterable[Any], what: str) -> None:
    for item in items:
        if not isinstance(item, kind):
            raise _Raised(f"TypeError: it gave {item!r:.60} where {what} belongs")


def _results(last: TurnSeen | None, tools: ScriptedTools) -> tuple[ToolResultPart, ...]:
    """What the calls of the last answer must give."""
    return tuple(
        result_of(call.name, call.arguments, call.tool_call_id, tools)
        for call in _local(last.tool_calls if last is not None else ())
    )


def _under_own_ids(
    results: tuple[ToolResultPart, ...], last: TurnSeen | None
) -> tuple[ToolResultPart, ...]:
    """Results under the ids that the wire gave their calls, whatever the adapter's are;
    that those are kept is for ``reply.ids``.
    """
    if last is None:
        return results
    told = _local(last.tool_calls)
    given = _local(part for message in last.told for part in message.parts)
    if len(given) != len(told):
        return results
    ids: dict[str | None, str | None] = {
        own.tool_call_id: call.tool_call_id
        for own, call in zip(told, given, strict=True)
        if own.tool_call_id is not None
    }
    return tuple(
        replace(result, tool_call_id=ids.get(result.tool_call_id, result.tool_call_id))
        for result in results
    )


def _local(parts: Iterable[object]) -> list[ToolCallPart]:
    """The calls that are not for the server to execute."""
    calls = (part for part in parts if isinstance(part, ToolCallPart))
    return [call for call in calls if not call.server_executed]


def _seen(reply: Reply, should_ask: tuple[Message, ...]) -> TurnSeen:
    return TurnSeen(
        events=reply.events,
        messages=reply.messages,
        tool_calls=reply.tool_calls,
        usage=reply.usage,
        finish_reason=reply.finish_reason,
        error=reply.error,
        done=reply.done,
        should_ask=should_ask,
        dumped=reply.dumped,
        again=reply.again,
    )


def _recorded_by(tape: Tape, adapter: Adapter) -> bool:
    """Whether the requests of a tape are this adapter's; what another one sends
    says nothing of what it should send.
    """
    recorder, _, _ = tape.provenance.get("adapter", "").rpartition(" ")
    return recorder in ("", adapter.name)
