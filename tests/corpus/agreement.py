"""Whether an official SDK and our decoder heard the same, and if not, why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import zip_longest

from harness.message.events import Error, Event
from harness.providers._provider import Provider
from tests.corpus import anthropic_limits, chat_limits, gemini_limits, responses_limits
from tests.corpus.limits import Limit, choices, mended, needed
from tests.corpus.oracle import Raised, ask, witness
from tests.corpus.recordings import Recording
from tests.corpus.wires import ANTHROPIC, CHAT, GEMINI, OLLAMA, RESPONSES, wire_of
from tests.sdks.answer import Answer, Said, ours

CUT_SHORT = "the SDK takes an answer that was cut short for a whole one"
NO_END = "neither the SDK nor we found an end"

MOST = 120
"""Longest value, in characters, that a difference quotes."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What came of asking: all agreed, agreed for these ``reasons``, or differed."""

    reasons: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()


def agree(
    provider: Provider, recording: Recording, events: Sequence[Event]
) -> Agreement | None:
    """Ask the SDK; where it differs, mend what trips it and ask again.

    Returns:
        ``None`` where the wire has no SDK to ask.
    """
    client = witness(provider)
    if client is None:
        return None
    heard = ours(provider, events)
    for blindness in client.blind:
        if blindness.streamed in (None, recording.streamed):
            heard = blindness.blind(heard)
    theirs = ask(client, provider, recording)
    wire = wire_of(provider)
    differences = compare(heard, theirs, wire)
    if recording.status >= 400:
        differences += _compare_status(heard.error, theirs)
        return Agreement((), tuple(differences))
    if not differences:
        return Agreement(_unfinished(heard.error, theirs))

    def mends(limits: Sequence[Limit]) -> bool:
        theirs = ask(client, provider, mended(recording, limits))
        return not compare(heard, theirs, wire)

    for limits in choices(recording, LIMITS.get(wire, ())):
        if mends(limits):
            limits = needed(limits, mends)
            theirs = ask(client, provider, mended(recording, limits))
            reasons = (limit.reason for limit in limits)
            return Agreement((*reasons, *_unfinished(heard.error, theirs)))
    return Agreement((), tuple(differences))


def compare(heard: Answer, theirs: Answer | Raised, wire: str = "") -> list[str]:
    """Every difference, in words."""
    error = heard.error
    if isinstance(theirs, Raised):
        return _compare_errors(error, theirs)
    cut_short = error is not None and error.kind == "truncated"
    if error is not None and not cut_short:
        return [f"we heard the error {error.message!r}, the SDK heard none"]
    differences = []
    for number, (a, b) in enumerate(zip_longest(heard.said, theirs.said)):
        where = f" of choice {number}" if number else ""
        for field in fields(Said):
            name = field.name
            said = getattr(a or Said(), name), getattr(b or Said(), name)
            differences += _differ(f"{name}{where}", *said)
    if not cut_short:
        differences += _differ("finish reason", heard.finish, theirs.finish)
        means = MEANS | OWN_MEANING.get(wire, {})
        if heard.reason not in means.get(theirs.finish or "", (heard.reason,)):
            differences.append(f"finish reason: {theirs.finish} is not {heard.reason}")
    differences += _differ("usage", heard.usage, theirs.usage)
    return differences


def _compare_errors(error: Error | None, theirs: Raised) -> list[str]:
    said = f"{type(theirs.error).__name__}: {_short(theirs.error)}"
    if error is None:
        return [f"the SDK raised {said}"]
    if not theirs.provider:
        no_end = error.kind == "truncated" and _missed_the_end(theirs.error)
        return [] if no_end else [f"the SDK raised {said}"]
    said = theirs.message.strip()
    return [] if said in error.message else _differ("error", error.message, said)


def _missed_the_end(error: BaseException) -> bool:
    """Whether this is how an SDK says that the stream ended before it was over."""
    return isinstance(error, AssertionError) or "Didn't receive" in str(error)


def _compare_status(error: Error | None, theirs: Answer | Raised) -> list[str]:
    """The HTTP status; an error in the middle of a stream has none of its own."""
    heard = error.status if error else None
    status = theirs.status if isinstance(theirs, Raised) else None
    return _differ("error status", heard, status)


def _unfinished(error: Error | None, theirs: Answer | Raised) -> tuple[str, ...]:
    if error is None or error.kind != "truncated":
        return ()
    return (CUT_SHORT,) if isinstance(theirs, Answer) else (NO_END,)


def _differ(what: str, a: object, b: object) -> list[str]:
    return [] if a == b else [f"{what}: we heard {_short(a)}, the SDK {_short(b)}"]


def _short(value: object) -> str:
    text = str(value) if isinstance(value, BaseException) else repr(value)
    text = " ".join(text.split())
    return text if len(text) <= MOST else f"{text[:MOST]}… ({len(text)} characters)"


MEANS = {
    "completed": ("refusal", "stop", "tool_calls"),
    "content_filter": ("content_filter", "refusal"),
    "end_turn": ("stop",),
    "function_call": ("refusal", "tool_calls"),
    "length": ("length", "refusal"),
    "max_output_tokens": ("length",),
    "max_tokens": ("length",),
    "model_context_window_exceeded": ("length",),
    "pause_turn": ("pause",),
    "refusal": ("refusal",),
    "stop": ("refusal", "stop"),
    "stop_sequence": ("stop",),
    "tool_calls": ("refusal", "tool_calls"),
    "tool_use": ("tool_calls",),
}
"""What a wire's word for the end may mean; a refusal is one whatever
the openai's word for its end."""

OWN_MEANING = {OLLAMA: {"stop": ("stop", "tool_calls")}}
"""Words that mean something else on one wire: Ollama stops after calls, too."""

LIMITS: dict[str, tuple[Limit, ...]] = {
    ANTHROPIC: anthropic_limits.LIMITS,
    CHAT: chat_limits.LIMITS,
    GEMINI: gemini_limits.LIMITS,
    RESPONSES: responses_limits.LIMITS,
}
"""What each wire's SDK is excused for."""
