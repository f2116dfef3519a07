"""Checks of what was asked: every request, whole, unchanged, with nothing leaked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from harness.message.parts import Message, ToolCallPart, ToolResultPart
from harness.suite.case import Case
from harness.suite.checks._failure import Failure, compared
from harness.suite.checks.gist import asked_gist, parts_of
from harness.suite.match import show
from harness.suite.observation import Evidence, TurnSeen

OPAQUE = frozenset(
    {
        "data",
        "encrypted_content",
        "encrypted_index",
        "encrypted_stdout",
        "reasoning_encrypted",
        "redactedContent",
        "signature",
        "thoughtSignature",
    }
)
"""Keys of provider metadata whose text must come back to the provider unchanged."""

BYTES = frozenset({"thoughtSignature", "thought_signature"})
"""Those whose text is bytes to the provider: Google's own client changes the alphabet
of their base64, which means the same."""

ALPHABET = str.maketrans("-_", "+/", "=")


def replay_consumed(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """Every recorded exchange was asked for."""
    if evidence.first.unplayed:
        count = evidence.first.unplayed
        noun = "exchange was" if count == 1 else "exchanges were"
        message = f"{count} recorded {noun} never asked for"
        yield Failure("replay.consumed", message)


def replay_hermetic(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """No connection, and no request that nothing was recorded for."""
    for request in evidence.first.unmatched:
        message = f"a request that nothing was recorded for: {request}"
        yield Failure("replay.hermetic", message)
    for address in evidence.first.sockets:
        yield Failure("replay.hermetic", f"a connection was tried: {address}")


def request_unchanged(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """What is sent now is what was sent when it was recorded."""
    for number, turn in enumerate(evidence.first.turns):
        for sent in turn.sent:
            for drift in sent.drift or ():
                yield Failure(
                    "request.unchanged",
                    f"turn {number + 1}: the request differs from the recorded one at "
                    f"{drift.path}",
                    lines=(
                        f"- {show(drift.recorded)}   recorded",
                        f"+ {show(drift.sent)}   sent now",
                    ),
                    hint=f"meant? record again; or add {drift.path} to match.ignore",
                )


def request_complete(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """Every message of the conversation is in the request, and none is made up."""
    for number, turn in enumerate(evidence.first.turns):
        for sent in turn.sent:
            if sent.asked is None:
                continue
            ours, theirs = asked_gist(turn.should_ask), asked_gist(sent.asked.messages)
            if ours != theirs:
                lines = tuple(compared("the conversation", ours, "the request", theirs))
                message = f"turn {number + 1}: the request is not the conversation"
                yield Failure("request.complete", message, lines=lines)


def request_secret(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """The API key is in a header, never in the URL or the body."""
    key = evidence.first.key
    for turn in evidence.first.turns:
        for sent in turn.sent:
            if key and key in sent.request.url:
                yield Failure("request.secret", "the API key is in the URL")
            if key and key.encode() in sent.request.body:
                yield Failure("request.secret", "the API key is in the body")


def reply_echo(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """Opaque state of a turn is in the next request: unchanged, in place, in order."""
    owed: list[str] = []
    for number, turn in enumerate(evidence.first.turns):
        if turn.sent and owed:
            leaves = set(owed)
            sent = [t for t in _texts(turn.sent[0].body) if t in leaves]
            if sent != owed:
                lines = tuple(compared("owed", owed, "sent", sent))
                message = f"turn {number + 1}: opaque state was not sent back in place"
                yield Failure("reply.echo", message, lines=lines)
        owed += _owed(turn)


def _owed(turn: TurnSeen) -> Iterator[str]:
    """What the provider wants back of its answer, in the order it stands."""
    for message in turn.told:
        for part in message.parts:
            yield from _opaque(part.provider_metadata)


def reply_ids(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """Calls and their results are sent back under the ids that the wire gave."""
    owed: list[str | None] = []
    for number, turn in enumerate(evidence.first.turns):
        asked = turn.sent[0].asked if turn.sent else None
        if asked is not None:
            yield from _wrong_ids(number, owed, asked.messages)
        owed += [c.tool_call_id for c in _ours(turn.told)]


def _wrong_ids(
    number: int, owed: list[str | None], asked: Iterable[Message]
) -> Iterator[Failure]:
    asked = tuple(asked)
    calls = [call.tool_call_id for call in _ours(asked)]
    answers: list[ToolResultPart] = parts_of(asked, ToolResultPart)
    results = [r.tool_call_id for r in answers if not r.server_executed]
    if not owed or len(calls) != len(owed):
        return  # request.complete has said so, or the conversation began elsewhere
    # Where the wire gave none, one that was made up will do, for call and result alike.
    kept = all(gave in (None, call) for gave, call in zip(owed, calls, strict=True))
    known = {None, *owed, *calls}
    if not kept or (None not in calls and not {*results} <= known):
        lines = (
            f"- given   {show(owed)}",
            f"+ calls   {show(calls)}",
            f"+ results {show(results)}",
        )
        message = f"turn {number + 1}: calls are not sent back under their own ids"
        # A provider that takes calls without ids pairs them by their order.
        silent = {*calls, *results} == {None}
        level: Literal["must", "should"] = "should" if silent else "must"
        yield Failure("reply.ids", message, lines=lines, level=level)


def _ours(messages: Iterable[Message]) -> list[ToolCallPart]:
    calls: list[ToolCallPart] = parts_of(messages, ToolCallPart)
    return [call for call in calls if not call.server_executed]


def _opaque(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _opaque(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _opaque(inner, key)
    elif isinstance(value, str) and key in OPAQUE and value:
        yield _meant(value, key)


def _texts(value: Any, key: str = "") -> Iterator[str]:
    """Every text in a JSON body, in document order."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, key)
    elif isinstance(value, str):
        yield _meant(value, key)


def _meant(text: str, key: str) -> str:
    return text.translate(ALPHABET) if key in BYTES else text
