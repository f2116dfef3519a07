"""Reasoning on the chat wire: one meaning under six names.

Plain text comes as ``reasoning_content`` (DeepSeek, xAI, llama.cpp), ``reasoning``
(Groq, OpenRouter, vLLM) or ``reasoning_text``; OpenRouter repeats it, with signatures
and ciphertext, in ``reasoning_details``
(https://openrouter.ai/docs/use-cases/reasoning-tokens); Mistral puts ``thinking``
chunks among the content; Venice sends ``reasoning_encrypted``. ``<think>`` inside
content is content.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.errors import NotExpressible
from harness.message.events import Event, StreamEvent, Unknown
from harness.message.parts import JsonObject, Part, ReasoningPart
from harness.providers.openai_chat.choice import OPENAI, Choice, Dialect, Speech

FIELDS = ("reasoning_content", "reasoning", "reasoning_text")
"""Words for reasoning as plain text."""

PROSE = ("text", "summary")
"""Where a detail keeps what can be read."""

# -------------------------------------------------------------------- hear


def hear_field(choice: Choice, word: str, value: Any, out: list[Event]) -> None:
    """Plain reasoning; hosts that use two words say the same in both."""
    facts = None
    if choice.reasoning_field is None:
        choice.reasoning_field = word
        if word != choice.dialect.reasoning_field:
            facts = choice.dialect.ours({"reasoning_field": word})
    elif choice.reasoning_field != word:
        return
    _hear(choice, value, facts, out)


def hear_details(choice: Choice, word: str, value: Any, out: list[Event]) -> None:
    """Details; their text counts only where no plain field says it too."""
    for item in value:
        add_detail(choice.details, item)
        text = prose(item) if choice.reasoning_field is None else ""
        if text or choice.reasoning is None:
            _hear(choice, text, None, out)


def hear_encrypted(choice: Choice, word: str, value: Any, out: list[Event]) -> None:
    """An opaque string to send back."""
    if choice.reasoning is None:
        _hear(choice, "", None, out)
    choice.notes[word] = value


def hear_thinking(choice: Choice, item: JsonObject, out: list[Event]) -> None:
    """A thinking chunk; one that is closed or signed ends its part."""
    facts = {k: v for k, v in item.items() if k not in ("type", "thinking") and v}
    if choice.thinking is None:
        choice.thinking = choice.open("reasoning")
        choice.text = None
        if choice.dialect.reasoning_field != "content":
            facts["reasoning_field"] = "content"
    pieces = item.get("thinking") or ()
    if isinstance(pieces, str):
        pieces = ({"type": "text", "text": pieces},)
    text = "".join([piece.get("text") or "" for piece in pieces])
    out.append(_event(text, choice.thinking, choice.dialect.ours(facts), choice))
    out += [Unknown(str(p.get("type")), p) for p in pieces if "text" not in p]
    if "closed" in facts or "signature" in facts:
        choice.thinking = None


def reasoning_facts(choice: Choice) -> tuple[JsonObject, bool]:
    """What is known of the reasoning once it is over, and whether it was withheld."""
    facts: JsonObject = {}
    if choice.details:
        facts["reasoning_details"] = choice.details
        if choice.reasoning_field:
            facts["reasoning_field"] = choice.reasoning_field
    sealed = "reasoning_encrypted" in choice.notes or any(
        item.get("type") == "reasoning.encrypted" for item in choice.details
    )
    return facts, sealed and not choice.has_thought


def add_detail(details: list[JsonObject], item: JsonObject) -> None:
    """Put a fragment where it belongs: details of one type and index are one."""
    for known in reversed(details):
        if _continues(known, item):
            break
    else:
        details.append(dict(item))
        return
    for key, value in item.items():
        old = known.get(key)
        if key in PROSE and old:
            known[key] = old + (value or "")
        elif value is not None or key not in known:
            known[key] = value


def prose(item: JsonObject) -> str:
    """What can be read of a detail."""
    return item.get("text") or item.get("summary") or ""


def _continues(known: JsonObject, item: JsonObject) -> bool:
    """Signature and ciphertext come last: a detail that has one is over."""
    if known.get("signature") or known.get("data"):
        return False
    if known.get("type") != item.get("type") or known.get("index") != item.get("index"):
        return False
    id_ = item.get("id")
    return not id_ or known.get("id") in (None, "", id_)


def _hear(
    choice: Choice, text: str, facts: JsonObject | None, out: list[Event]
) -> None:
    if choice.reasoning is None:
        choice.reasoning = choice.open("reasoning")
    if text:
        choice.has_thought = True
    out.append(_event(text, choice.reasoning, facts, choice))


def _event(
    text: str, part: int, facts: JsonObject | None, choice: Choice
) -> StreamEvent:
    return StreamEvent(
        "reasoning", text, part, None, False, None, False, facts, choice.index
    )


# -------------------------------------------------------------------- tell


def tell_reasoning(
    speech: Speech, group: Sequence[StreamEvent], facts: JsonObject
) -> list[JsonObject]:
    """One delta for each event, in the words the reasoning came in.

    Raises:
        NotExpressible: for withheld reasoning that has no ciphertext to show.
    """
    details = facts.pop("reasoning_details", None)
    field = facts.pop("reasoning_field", None)
    sealed = details or "reasoning_encrypted" in facts
    if not sealed and any(event.redacted for event in group):
        raise NotExpressible(
            f"{speech.dialect.name}: withheld reasoning without its data"
        )
    if field == "content" or (
        not field and speech.dialect.reasoning_field == "content"
    ):
        return _chunks(group, facts)
    text = "".join(event.chunk for event in group)
    if details and not field and text == "".join(prose(item) for item in details):
        deltas = _details(group, details)
    else:
        word = field or speech.dialect.reasoning_field
        deltas = [{word: event.chunk} if event.chunk else {} for event in group]
        if details:
            deltas[-1]["reasoning_details"] = details
    deltas[-1] |= facts
    return deltas


def _chunks(group: Sequence[StreamEvent], facts: JsonObject) -> list[JsonObject]:
    chunks: list[JsonObject] = [
        {"type": "thinking", "thinking": [{"type": "text", "text": event.chunk}]}
        for event in group
    ]
    chunks[-1] |= facts
    return [{"content": [chunk]} for chunk in chunks]


def _details(
    group: Sequence[StreamEvent], details: list[JsonObject]
) -> list[JsonObject]:
    """Details word by word if there is one to read, else all of them at once."""
    word = next((word for word in PROSE if word in details[0]), None)
    if len(details) > 1 or word is None:
        rest: list[JsonObject] = [{} for _ in group[1:]]
        return [{"reasoning_details": details}, *rest]
    detail = {k: v for k, v in details[0].items() if k not in ("signature", "data")}
    pieces = [detail | {word: event.chunk} for event in group]
    pieces[-1] = details[0] | {word: group[-1].chunk}
    return [{"reasoning_details": [piece]} for piece in pieces]


def opaque(part: Part, value: str, dialect: Dialect = OPENAI) -> JsonObject | None:
    """Where a host keeps an opaque string: signed chunks, or reasoning details."""
    if dialect.reasoning_field == "content":
        signed = isinstance(part, ReasoningPart) and part.text and not part.redacted
        return dialect.ours({"signature": value}) if signed else None
    if not dialect.keeps_details:
        return None
    match part:
        case ReasoningPart(text="", redacted=True):
            detail: JsonObject = {"type": "reasoning.encrypted", "data": value}
        case ReasoningPart(text, redacted=False):
            detail = {"type": "reasoning.text", "text": text, "signature": value}
        case _:
            return None
    return dialect.ours(
        {"reasoning_details": [detail | {"format": "unknown", "index": 0}]}
    )
