"""Lies about history: what was said before, and what of it is sent."""

from __future__ import annotations

from dataclasses import replace

from harness.adapters.miniatures.liar import Liar, Lie, reworked
from harness.message.parts import (
    AttachmentPart,
    Message,
    Part,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.message.turn import Turn
from harness.run.door import Ask, Reply


class ForgetsSystemPrompt(Liar):
    """Sends the system prompt on the first turn only (C1)."""

    def turn(self, turn: Turn) -> Turn:
        if any(m.role == "assistant" for m in turn.messages):
            rest = tuple(m for m in turn.messages if m.role != "system")
            return replace(turn, messages=rest)
        return turn


class SendsSystemPromptTwice(Liar):
    """Sends the system prompt again before every turn's words (C1)."""

    def turn(self, turn: Turn) -> Turn:
        system = tuple(m for m in turn.messages if m.role == "system")
        return replace(turn, messages=(*system, *turn.messages))


class IgnoresMessages(Liar):
    """Sends an empty prompt where a whole conversation was given (C2)."""

    def prompt(self, ask: Ask) -> Reply:
        return super().prompt(replace(ask, messages=ask.messages[-1:]))


class DropsSystemBesideMessages(Liar):
    """Drops the system prompt where messages are given too (C3)."""

    def prompt(self, ask: Ask) -> Reply:
        return super().prompt(replace(ask, system=None) if ask.messages else ask)


class DoublesHistory(Liar):
    """Sends what was said before twice (C4)."""

    def turn(self, turn: Turn) -> Turn:
        said = [m for m in turn.messages if m.role != "system"]
        return replace(turn, messages=(*turn.messages[:-1], *said))


class ReordersHistory(Liar):
    """Sends the conversation newest first (C4)."""

    def turn(self, turn: Turn) -> Turn:
        system = [m for m in turn.messages if m.role == "system"]
        rest = [m for m in turn.messages if m.role != "system"]
        return replace(turn, messages=(*system, *reversed(rest)))


class SendsResultsLast(Liar):
    """Sends results at the end, and not behind the calls they belong to (C4)."""

    def turn(self, turn: Turn) -> Turn:
        results = [m for m in turn.messages if m.role == "tool"]
        rest = [m for m in turn.messages if m.role != "tool"]
        return replace(turn, messages=(*rest, *results))


class MixesUpResults(Liar):
    """Sends parallel results under each other's ids (A6)."""

    def turn(self, turn: Turn) -> Turn:
        return replace(turn, messages=tuple(map(_mixed_up, turn.messages)))


def _mixed_up(message: Message) -> Message:
    results = [p for p in message.parts if isinstance(p, ToolResultPart)]
    if message.role != "tool" or len(results) < 2:
        return message
    ids = [result.tool_call_id for result in reversed(results)]
    swapped = zip(results, ids, strict=True)
    parts = tuple(replace(result, tool_call_id=id_) for result, id_ in swapped)
    return replace(message, parts=parts)


class SendsOtherIds(Liar):
    """Sends calls and results back under ids of its own making (A6)."""

    def turn(self, turn: Turn) -> Turn:
        return replace(turn, messages=reworked(turn.messages, _renamed))


def _renamed(part: Part) -> Part:
    if not isinstance(part, ToolCallPart | ToolResultPart) or part.server_executed:
        return part
    return replace(part, tool_call_id=f"own-{part.tool_call_id}")


class DropsToolResults(Liar):
    """Goes on without telling the model what its tools gave (C4)."""

    def reply(self, ask: Ask) -> Reply:
        return self.prompt(ask)


class SendsBlankText(Liar):
    """Sends a text of one blank beside every call (C5)."""

    def turn(self, turn: Turn) -> Turn:
        return replace(turn, messages=tuple(map(_with_a_blank, turn.messages)))


def _with_a_blank(message: Message) -> Message:
    if not any(isinstance(p, ToolCallPart) for p in message.parts):
        return message
    return replace(message, parts=(TextPart(" "), *message.parts))


class SendsEmptyUserMessage(Liar):
    """Sends an empty user message when a conversation goes on (C6)."""

    def turn(self, turn: Turn) -> Turn:
        if not any(m.role == "assistant" for m in turn.messages):
            return turn
        empty = Message("user", (TextPart(""),))
        return replace(turn, messages=(*turn.messages, empty))


class ReplaysServerCallsAsOurs(Liar):
    """Sends the provider's own calls back as if they had been ours (C7)."""

    def turn(self, turn: Turn) -> Turn:
        return replace(turn, messages=reworked(turn.messages, _ours))


def _ours(part: Part) -> Part:
    if isinstance(part, ToolCallPart | ToolResultPart):
        return replace(part, server_executed=False)
    return part


class DropsAttachmentsOfResults(Liar):
    """Sends a tool's words and not the images it gave (C8)."""

    def turn(self, turn: Turn) -> Turn:
        return replace(turn, messages=reworked(turn.messages, _bare_result))


def _bare_result(part: Part) -> Part:
    return replace(part, attachments=()) if isinstance(part, ToolResultPart) else part


class DropsEarlierAttachments(Liar):
    """Sends attachments on the turn they are given on, and never again (C9)."""

    def turn(self, turn: Turn) -> Turn:
        *earlier, last = turn.messages
        bare = reworked(tuple(earlier), _not_attached)
        return replace(turn, messages=(*bare, last))


def _not_attached(part: Part) -> Part | None:
    return None if isinstance(part, AttachmentPart) else part


class SendsTheLatestOnly(Liar):
    """Sends the last few messages of a conversation, to save tokens (C2)."""

    def turn(self, turn: Turn) -> Turn:
        system = [m for m in turn.messages if m.role == "system"]
        rest = [m for m in turn.messages if m.role != "system"]
        return replace(turn, messages=(*system, *rest[-3:]))


LIES = (
    Lie(DoublesHistory, "request.complete", "text::long-conversation"),
    Lie(DropsAttachmentsOfResults, "request.complete", "attachments::*result*"),
    Lie(DropsEarlierAttachments, "request.complete", "::image-in-an-earlier-turn"),
    Lie(DropsSystemBesideMessages, "request.complete", "text::*messages*"),
    Lie(DropsToolResults, "request.complete", "tools::one-call"),
    Lie(ForgetsSystemPrompt, "request.complete", "text::system-prompt"),
    Lie(IgnoresMessages, "request.complete", "text::history-given"),
    Lie(MixesUpResults, "request.complete", "tools::parallel-calls"),
    Lie(ReordersHistory, "request.complete", "text::long-conversation"),
    Lie(ReplaysServerCallsAsOurs, "request.complete", "::search-and-answer"),
    Lie(SendsBlankText, "request.complete", "tools::one-call"),
    Lie(SendsEmptyUserMessage, "request.unchanged", "llama-cpp::two-turns"),
    Lie(SendsOtherIds, "reply.ids", "tools::one-call"),
    Lie(SendsResultsLast, "request.complete", "tools::calls-in-a-row"),
    Lie(SendsSystemPromptTwice, "request.complete", "text::system-prompt"),
    Lie(SendsTheLatestOnly, "request.complete", "text::long-conversation"),
)
"""Each lie, the check meant for it, and where it shows."""
