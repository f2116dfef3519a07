"""Recording: one answer, and what is asked for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import TypeAlias

from harness.cassette.tape import Exchange, Tape
from harness.errors import NotExpressible
from harness.message.parts import JsonObject, Message, ToolCallPart, ToolResultPart
from harness.message.turn import Turn
from harness.providers import PROVIDERS
from harness.providers._provider import Provider
from harness.run.asked import as_asked, parsed, read, wire_of
from harness.run.door import Ask, ScriptedTools, result_of, said
from harness.run.rehearse import placed, rehearse
from harness.serve.made import completed, facts_of
from harness.suite.case import Case
from harness.wire.http import Request, Response

Say: TypeAlias = Callable[[Provider, bool, JsonObject | None], Response]
"""Speaks an answer on a wire, streamed or not, that says these facts of itself; raises
``NotExpressible`` where the wire has no word for it.
"""


@dataclass(frozen=True, slots=True)
class Recording:
    """An answer.

    Attributes:
        source: where it is from: ``cassettes/x.yaml#2``, ``suite::case[label] turn 1``.
        wire: the provider that it was recorded of; ``None`` if it is said on any.
        asked: the conversation that is asked in, or ``None`` where it is none.
        kept: what was recorded, or how to say what nobody did.
        verbatim: whether it stands as it is written, though nobody asked for all.
    """

    source: str
    wire: str | None
    asked: Turn | None
    kept: Exchange | Say
    verbatim: bool = False

    @property
    def exchange(self) -> Exchange | None:
        """What was recorded, if anything was."""
        return self.kept if isinstance(self.kept, Exchange) else None

    def on(self, provider: Provider, turn: Turn, request: Request) -> Response:
        """The answer on a wire, in the form that a request asks for.

        Raises:
            NotExpressible: where the wire has no word for it.
        """
        if isinstance(self.kept, Exchange):
            response = self.kept.response
        else:
            facts = facts_of(provider, turn, request)
            response = self.kept(provider, turn.stream, facts)
            if not self.verbatim:
                response = completed(response, provider)
        return as_asked(response, request, provider, verbatim=self.verbatim)


def of_tape(tape: Tape, source: str) -> Iterator[Recording]:
    """The recordings of a cassette."""
    for number, exchange in enumerate(tape.exchanges, 1):
        request = exchange.request
        wire = wire_of(request.url)
        body = read(request.body)
        turn = parsed(PROVIDERS[wire], body, request.url) if wire else None
        yield Recording(
            f"{source}#{number}",
            wire,
            turn,
            exchange,
        )


def of_case(case: Case) -> Iterator[Recording]:
    """What a case of a suite says, on any wire; what is written raw on its own alone.

    A turn asks with the conversation up to it, and the results of the suite's tools.
    """
    provider = PROVIDERS[case.provider]
    tools, ids = ScriptedTools(case.tools), map(provider.call_id, count(1))
    messages: tuple[Message, ...] = ()
    answered: Message | None = None
    number = 0
    for turn in case.turns:
        if turn.step == "execute_tool_calls":
            continue
        if answered is not None:
            results = tuple(_results(answered, tools))
            messages += (answered, *((Message("tool", results),) if results else ()))
        messages += said(Ask(turn.prompt, turn.system, turn.messages))
        if turn.says is None:
            return
        raw = turn.says.raw is not None
        yield Recording(
            f"{case.nodeid} turn {number + 1}",
            case.provider if raw else None,
            Turn(case.model, messages),
            partial(_spoken, case, number),
            raw,
        )
        if raw or turn.says.parts is None:
            return  # what it asks next is the answer's to say
        number += 1
        parts = (placed(part, provider, ids) for part in turn.says.parts)
        answered = Message("assistant", tuple(parts))


def _results(answered: Message, tools: ScriptedTools) -> Iterator[ToolResultPart]:
    for part in answered.parts:
        if isinstance(part, ToolCallPart) and not part.server_executed:
            yield result_of(part.name, part.arguments, part.tool_call_id, tools)


def _spoken(
    case: Case, number: int, provider: Provider, stream: bool, facts: JsonObject | None
) -> Response:
    case = replace(case, provider=provider.name)
    rehearsal = rehearse(case, provider, stream=stream, facts=facts)
    if rehearsal.inapplicable:
        raise NotExpressible(rehearsal.inapplicable)
    return rehearsal.tape.exchanges[number].response
