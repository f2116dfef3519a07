"""Lies about thoughts: shown, withheld, signed, and what of them goes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.adapters.miniatures.liar import Liar, Lie, reworked
from harness.message.events import Event, StreamEvent
from harness.message.parts import Message, Part, ReasoningPart, ToolCallPart
from harness.message.turn import Turn
from harness.run.door import Reply


class LosesSignature(Liar):
    """Keeps thoughts and throws away what signs them (B1)."""

    def turn(self, turn: Turn) -> Turn:
        return replace(turn, messages=reworked(turn.messages, _unsigned))


def _unsigned(part: Part) -> Part:
    signed = isinstance(part, ReasoningPart) and part.text
    return replace(part, provider_metadata=None) if signed else part


class MergesThoughts(Liar):
    """Sends all thoughts of an answer as one, under the last signature (B2)."""

    def turn(self, turn: Turn) -> Turn:
        return replace(turn, messages=tuple(map(_merged, turn.messages)))


def _merged(message: Message) -> Message:
    thoughts = [p for p in message.parts if isinstance(p, ReasoningPart)]
    if len(thoughts) < 2:
        return message
    text = "".join(thought.text for thought in thoughts)
    rest = [p for p in message.parts if not isinstance(p, ReasoningPart)]
    return replace(message, parts=(replace(thoughts[-1], text=text), *rest))


class DropsWithheldThoughts(Liar):
    """Drops thoughts that the provider withholds (B3)."""

    def changed(self, events: list[Event]) -> list[Event]:
        return [e for e in events if not (isinstance(e, StreamEvent) and e.redacted)]


class DropsSignatureWithoutWords(Liar):
    """Passes over a piece without words, and with it over the signature (B4)."""

    def changed(self, events: list[Event]) -> list[Event]:
        return [
            e
            for e in events
            if not (_thought(e) and isinstance(e, StreamEvent) and e.chunk == "")
        ]


def _thought(event: Event) -> bool:
    return isinstance(event, StreamEvent) and event.type == "reasoning"


class KeepsTheFirstNote(Liar):
    """Keeps the first of what a provider notes beside a part, and not the rest (B5)."""

    def changed(self, events: list[Event]) -> list[Event]:
        noted: set[int | None] = set()
        kept: list[Event] = []
        for event in events:
            if isinstance(event, StreamEvent) and event.provider_metadata:
                if event.part_index in noted:
                    event = event._replace(provider_metadata=None)
                noted.add(event.part_index)
            kept.append(event)
        return kept


class SendsCallsUnsigned(Liar):
    """Sends calls back without what signs them (B6)."""

    def turn(self, turn: Turn) -> Turn:
        return replace(turn, messages=reworked(turn.messages, _unsigned_call))


def _unsigned_call(part: Part) -> Part:
    call = isinstance(part, ToolCallPart)
    return replace(part, provider_metadata=None) if call else part


class DiscardsReasoning(Liar):
    """Gives an answer without what was thought before it (B7)."""

    def changed(self, events: list[Event]) -> list[Event]:
        return [e for e in events if not _thought(e)]


class EchoesNoReasoning(Liar):
    """Sends no thoughts back, signed or not (B8)."""

    def turn(self, turn: Turn) -> Turn:
        return replace(turn, messages=reworked(turn.messages, _not_thought))


def _not_thought(part: Part) -> Part | None:
    return None if isinstance(part, ReasoningPart) else part


class SendsThoughtsInReverse(Liar):
    """Sends thoughts back in another order than they came in (B9)."""

    def turn(self, turn: Turn) -> Turn:
        thoughts = [
            p for m in turn.messages for p in m.parts if isinstance(p, ReasoningPart)
        ]
        reverse = iter(thoughts[::-1])

        def swapped(part: Part) -> Part:
            return next(reverse) if isinstance(part, ReasoningPart) else part

        return replace(turn, messages=reworked(turn.messages, swapped))


class SendsThoughtsFirst(Liar):
    """Sends all thoughts before the calls that stood between them (B9)."""

    def turn(self, turn: Turn) -> Turn:
        messages = tuple(
            replace(
                m, parts=tuple(sorted(m.parts, key=lambda p: p.type != "reasoning"))
            )
            for m in turn.messages
        )
        return replace(turn, messages=messages)


class SendsThoughtsTwice(Liar):
    """Sends every thought back twice, as two items with one ciphertext (B10)."""

    def turn(self, turn: Turn) -> Turn:
        messages = tuple(
            replace(m, parts=tuple(_doubled(m.parts))) for m in turn.messages
        )
        return replace(turn, messages=messages)


def _doubled(parts: tuple[Part, ...]) -> Iterator[Part]:
    for part in parts:
        yield part
        if isinstance(part, ReasoningPart):
            yield part


class ThinksAfterSpeaking(Liar):
    """Puts thoughts after the answer when it does not stream (B11)."""

    def given(self, reply: Reply) -> Reply:
        if self.who.stream:
            return reply
        messages = tuple(
            replace(
                m, parts=tuple(sorted(m.parts, key=lambda p: p.type == "reasoning"))
            )
            for m in reply.messages
        )
        return replace(reply, messages=messages)


class MixesReasoningIntoText(Liar):
    """Gives thoughts as if they were the answer (B13)."""

    def changed(self, events: list[Event]) -> list[Event]:
        return [
            e._replace(type="text", redacted=False)
            if isinstance(e, StreamEvent) and e.type == "reasoning"
            else e
            for e in events
        ]


class HidesFromMessages(Liar):
    """Streams every part and then leaves thoughts out of its messages (B7)."""

    def given(self, reply: Reply) -> Reply:
        messages = reworked(reply.messages, _not_thought)
        return replace(reply, messages=tuple(m for m in messages if m.parts))


LIES = (
    Lie(DiscardsReasoning, "events.complete", "reasoning::think-then-answer"),
    Lie(DropsSignatureWithoutWords, "reply.echo", "::signed-thoughts-and-a-call"),
    Lie(DropsWithheldThoughts, "events.complete", "reasoning::redacted-thoughts"),
    Lie(EchoesNoReasoning, "reply.echo", "reasoning::signed-thoughts-and-a-call"),
    Lie(HidesFromMessages, "events.assemble", "reasoning::think-then-answer"),
    Lie(KeepsTheFirstNote, "reply.echo", "::signed-thoughts*[openai-resp*]"),
    Lie(LosesSignature, "reply.echo", "reasoning::signed-thoughts-and-a-call"),
    Lie(MergesThoughts, "reply.echo", "::*between-two*"),
    Lie(MixesReasoningIntoText, "events.valid", "reasoning::think-then-answer"),
    Lie(SendsCallsUnsigned, "reply.echo", "::*signature*"),
    Lie(SendsThoughtsFirst, "request", "::thoughts-in-order-with-calls"),
    Lie(SendsThoughtsInReverse, "reply.echo", "reasoning::thinking-twice"),
    Lie(SendsThoughtsTwice, "reply.echo", "reasoning::signed-thoughts-and-a-call"),
    Lie(ThinksAfterSpeaking, "stream.parity", "reasoning::think-then-answer"),
)
"""Each lie, the check meant for it, and where it shows."""
