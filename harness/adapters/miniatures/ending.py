"""Lies about endings: errors, refusals, streams that stop, and tokens counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from harness.adapters.miniatures.hearing import ByLine
from harness.adapters.miniatures.liar import Liar, Lie
from harness.errors import HarnessError
from harness.message.events import Error, Event, Finish, Usage
from harness.run.door import Reply
from harness.wire.http import Answer, Request, Transport


class EatsErrors(Liar):
    """Takes an error in the stream for its end (F1)."""

    def told(self, events: Iterator[Event]) -> Iterator[Event]:
        ended = False
        with suppress(HarnessError):
            for event in events:
                if not isinstance(event, Error):
                    ended = ended or isinstance(event, Finish)
                    yield event
        if not ended:
            yield Finish("stop")


class TakesTruncationForSuccess(Liar):
    """Calls a stream that just stops a complete answer (F2)."""

    def changed(self, events: list[Event]) -> list[Event]:
        return [
            Finish("stop") if isinstance(e, Error) and e.kind == "truncated" else e
            for e in events
        ]


class LosesTheStatus(Liar):
    """Gives every error as one that nothing is known of (F3)."""

    def changed(self, events: list[Event]) -> list[Event]:
        return [Error(e.message) if isinstance(e, Error) else e for e in events]


class TakesAnErrorForAnAnswer(Liar):
    """Takes an error in a body of status 200 for an answer without words (F3)."""

    status: int

    def changed(self, events: list[Event]) -> list[Event]:
        if self.who.stream or self.status != 200:
            return events
        return [Finish("stop") if isinstance(e, Error) else e for e in events]

    def through(self, door: Transport) -> Transport:
        self.status = 0
        return _Noting(door, self)


@dataclass(frozen=True, slots=True)
class _Noting:
    """A door that tells a liar the status of every answer."""

    door: Transport
    liar: TakesAnErrorForAnAnswer

    def send(self, request: Request) -> Answer:
        answer = self.door.send(request)
        self.liar.status = answer.status
        return answer


class DropsRefusals(Liar):
    """Gives a refusal as an answer without words (F4)."""

    def changed(self, events: list[Event]) -> list[Event]:
        refused = any(isinstance(e, Finish) and e.reason == "refusal" for e in events)
        return [e for e in events if not refused or e.type != "text"]


class TakesBlocksForSilence(Liar):
    """Takes a prompt that was blocked for one that was answered with silence (F5)."""

    def given(self, reply: Reply) -> Reply:
        if reply.finish_reason != "content_filter" or reply.messages:
            return reply
        return replace(reply, finish_reason="stop")


class SaysNothingOfBlocks(Liar):
    """Has no word for the reason why an answer was withheld (F5)."""

    def given(self, reply: Reply) -> Reply:
        withheld = reply.finish_reason in ("content_filter", "refusal")
        return replace(reply, finish_reason=None) if withheld else reply


class ForgetsWhatCameBeforeAnError(Liar):
    """Drops the words that had come when an answer fails (F1)."""

    def given(self, reply: Reply) -> Reply:
        return replace(reply, messages=()) if reply.error else reply


class FailsOnChunksWithoutChoices(Liar):
    """Looks for the first choice of a chunk that has none (F7)."""

    def through(self, door: Transport) -> Transport:
        return ByLine(
            door, lambda line: line.replace(b'"choices":[]', b'"choices":[null]')
        )


class FailsWithoutUsage(Liar):
    """Cannot do without the token counts that a provider may leave out (F10)."""

    def changed(self, events: list[Event]) -> list[Event]:
        finished = any(isinstance(e, Finish) for e in events)
        if not finished or any(isinstance(e, Usage) for e in events):
            return events
        rest = [e for e in events if not isinstance(e, Finish)]
        return [*rest, Error("'NoneType' object has no attribute 'prompt_tokens'")]


class CountsNothingWhenStreaming(Liar):
    """Never records the tokens of an answer that is streamed (F10)."""

    def changed(self, events: list[Event]) -> list[Event]:
        if not self.who.stream:
            return events
        return [e for e in events if not isinstance(e, Usage)]


class ForgetsThinkingTokens(Liar):
    """Leaves out the tokens that were spent on thinking (F11)."""

    def changed(self, events: list[Event]) -> list[Event]:
        return [
            replace(e, details={k: v for k, v in e.details.items() if k != "reasoning"})
            if isinstance(e, Usage)
            else e
            for e in events
        ]


class AddsUsageUp(Liar):
    """Counts every token twice, as sums of cumulative counts do."""

    def changed(self, events: list[Event]) -> list[Event]:
        return [
            Usage((e.input or 0) * 2, (e.output or 0) * 2, e.details)
            if isinstance(e, Usage)
            else e
            for e in events
        ]


class CountsBelowZero(Liar):
    """Reports token counts that cannot be."""

    def changed(self, events: list[Event]) -> list[Event]:
        return [replace(e, output=-1) if isinstance(e, Usage) else e for e in events]


class ForgetsTheFinishReason(Liar):
    """Calls every end a good one (F1)."""

    def changed(self, events: list[Event]) -> list[Event]:
        return [Finish("stop") if isinstance(e, Finish) else e for e in events]


LIES = (
    Lie(AddsUsageUp, "usage", "text::plain"),
    Lie(CountsBelowZero, "usage.sane", "text::plain"),
    Lie(CountsNothingWhenStreaming, "usage", "text::plain"),
    Lie(DropsRefusals, "events.complete", "refusals::refusal"),
    Lie(EatsErrors, "error", "refusals::unauthorised"),
    Lie(FailsOnChunksWithoutChoices, "error", "llama-cpp::plain-text"),
    Lie(FailsWithoutUsage, "error", "::usage-missing-*"),
    Lie(ForgetsTheFinishReason, "finish_reason", "text::stopped-at-length"),
    Lie(ForgetsThinkingTokens, "usage", "text::token-counts"),
    Lie(ForgetsWhatCameBeforeAnError, "parts", "refusals::fails-mid-stream"),
    Lie(LosesTheStatus, "error", "refusals::unauthorised"),
    Lie(SaysNothingOfBlocks, "refusal.told", "::blocked-prompt*"),
    Lie(TakesAnErrorForAnAnswer, "error", "::failed-in-a-body"),
    Lie(TakesBlocksForSilence, "finish_reason", "::blocked-prompt*"),
    Lie(TakesTruncationForSuccess, "truncation", "text::plain"),
)
"""Each lie, the check meant for it, and where it shows."""
