"""Bounds: where an answer that somebody made up ends, and what it cost.

What was recorded, and what a suite says, stands as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from harness.message.events import Usage
from harness.message.parts import Message, Part, ReasoningPart, TextPart, ToolCallPart
from harness.message.turn import Turn
from harness.providers._aside.tokens import LETTERS, asked_of, said_in, thought_in
from harness.providers._provider import Provider

MOST = (
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "maxOutputTokens",
    "maxTokens",
    "num_predict",
)
"""What wires call the tokens that an answer may have at most."""

STOPS = ("stop", "stop_sequences", "stopSequences")
"""What they call the texts before which it ends."""

UNHEEDED = (
    "best_of",
    "candidateCount",
    "logprobs",
    "n",
    "responseLogprobs",
    "seed",
    "service_tier",
    "top_logprobs",
)
"""Options that change nothing here, save the one that a wire asks for several by."""


MOST_AT_ONCE = 128
"""Answers that a request may have: OpenAI gives no more."""


def wanted(turn: Turn, provider: Provider) -> int:
    """How many answers are given at once."""
    return min(_asked_for(turn, provider), MOST_AT_ONCE)


def unheeded(turn: Turn, provider: Provider) -> str:
    """What of a request no answer that is made up heeds, or nothing."""
    names = (name for name in UNHEEDED if name != provider.server.several)
    found = [name for name in names if any(_of(turn.options, (name,)))]
    if _asked_for(turn, provider) > MOST_AT_ONCE:
        found.append(f"{provider.server.several} above {MOST_AT_ONCE}")
    return f"not heeded: {', '.join(found)}" if found else ""


def _asked_for(turn: Turn, provider: Provider) -> int:
    asked = _of(turn.options, (provider.server.several,))
    return next((n for n in asked if type(n) is int and n > 0), 1)


def within(message: Message, turn: Turn) -> tuple[Message, str, str]:
    """A message as far as a turn allows it, why it ended, and where it was cut."""
    most = next(
        (n for n in _of(turn.options, MOST) if isinstance(n, int) and n > 0), None
    )
    stops = tuple(_stops(turn.options))
    left = None if most is None else most * LETTERS
    kept: list[Part] = []
    for part in message.parts:
        if not isinstance(part, TextPart | ReasoningPart):
            kept.append(part)
            continue
        spoken = isinstance(part, TextPart)
        text, stop = _before(part.text, stops) if spoken else (part.text, None)
        long = left is not None and len(text) > left
        text = text[:left]
        if text or not part.text:
            kept.append(replace(part, text=text))
        if long or stop is not None:
            why = f"about {most} tokens" if long else repr(stop)
            ended = "length" if long else "stop"
            return replace(message, parts=tuple(kept)), ended, f"cut at {why}"
        left = None if left is None else left - len(text)
    calls = any(isinstance(p, ToolCallPart) and not p.server_executed for p in kept)
    return message, "tool_calls" if calls else "stop", ""


def spent(message: Message, turn: Turn, several: int = 1) -> Usage:
    """About how many tokens a turn and its answers are."""
    thought = thought_in(message) * several
    details = {"reasoning": thought} if thought else {}
    return Usage(asked_of(turn), said_in(message) * several, details)


def _before(text: str, stops: tuple[str, ...]) -> tuple[str, str | None]:
    """A text up to the first stop that is in it, and that stop."""
    places = [(text.find(stop), stop) for stop in stops if stop in text]
    if not places:
        return text, None
    at, stop = min(places)
    return text[:at], stop


def _stops(options: Mapping[str, Any]) -> Iterator[str]:
    for said in _of(options, STOPS):
        given = [said] if isinstance(said, str) else said
        if isinstance(given, list):
            yield from (stop for stop in given if isinstance(stop, str) and stop)


def _of(options: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[Any]:
    """The options of some names, and those in an object of options."""
    for name, said in options.items():
        if name in names and said is not None:
            yield said
        elif isinstance(said, dict):
            yield from (said[n] for n in names if said.get(n) is not None)
