"""The input of an interaction, both ways: a conversation, in any of its forms.

https://ai.google.dev/api/interactions-api. It is a string, an item of content, a list
of such items or a list of steps; in the older grammar, a list of turns, each with its
role. A message remembers the form it had; without one it is a row of steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any

from harness.errors import NotExpressible
from harness.message.assemble import assemble, disassemble, merge
from harness.message.parts import (
    JsonObject,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolResultPart,
)
from harness.providers._own import beside
from harness.providers.gemini_interactions.content import hear_item, say_item
from harness.providers.gemini_interactions.kinds import (
    CONTENT,
    NAMESPACE,
    OURS,
    VERBATIM,
    Heard,
    ours,
    said_of,
)
from harness.providers.gemini_interactions.limits import unsayable
from harness.providers.gemini_interactions.steps import as_step, say, start, stop

FORM = "form"
BARE, TURN, STEP = "bare", "turn", "user_input"
"""Metadata of a message: content in no step, a turn, results inside a user's step."""

AS = "content_is"
TEXT, ONE = "text", "one"
"""Metadata of a message: its content is a string, or an item in no list."""

RESULT = f"{OURS}_result"
MODEL = "model"
"""The role of a turn that is not the user's."""


# --------------------------------------------------------------------- say


def say_input(messages: tuple[Message, ...]) -> Any:
    """A conversation as the input of a request.

    Turns stay turns, and no step is among them; content stays in no step as long as
    the model has said nothing.

    Raises:
        NotExpressible: for a part that no step can carry.
    """
    all_facts = [said_of(message.provider_metadata) for message in messages]
    in_turns = any(facts.get(FORM) == TURN for facts in all_facts)
    is_first = all(message.role != "assistant" for message in messages)
    say_one = _turn if in_turns else _bare if is_first else _row
    said = [item for message in messages for item in say_one(message)]
    as_ = all_facts[0].get(AS) if len(messages) == len(said) == 1 else None
    match as_, said:
        case "text", [{"type": "text", "text": str(text)}]:
            return text
        case "one", [item]:
            return item
    return said


def _bare(message: Message) -> list[JsonObject]:
    """A message whose content need be in no step."""
    is_bare = said_of(message.provider_metadata).get(FORM) == BARE
    return _items(message) if is_bare else _row(message)


def _row(message: Message) -> list[JsonObject]:
    """A message as a row of steps."""
    facts = said_of(message.provider_metadata)
    form, as_ = facts.pop(FORM, None), facts.pop(AS, None)
    if message.role == "assistant":
        return _steps(message)
    if message.role == "tool" and form != STEP:
        return _items(message)
    content = _content(message, None if form == BARE else as_)
    return [{"type": STEP, "content": content} | facts]


def _turn(message: Message) -> list[JsonObject]:
    """A message as the older grammar has it."""
    facts = beside(said_of(message.provider_metadata), FORM)
    role = MODEL if message.role == "assistant" else "user"
    content = _content(message, facts.pop(AS, None))
    return [{"role": role, "content": content} | facts]


def _content(message: Message, as_: str | None) -> str | list[JsonObject]:
    items = _items(message)
    match items:
        case [{"type": "text", "text": str(text)}] if as_ == TEXT:
            return text
    return items


def _items(message: Message) -> list[JsonObject]:
    """What a message holds, in no step where it need not be in one."""
    if message.role != "assistant":
        return [_item(part, message.role) for part in message.parts]
    steps = _steps(message)
    return [item for step in steps for item in step.get("content", [step])]


def _steps(message: Message) -> list[JsonObject]:
    told = tuple(part for part in message.parts if not _kept(part))
    for reason in unsayable(Message(message.role, told)):
        raise NotExpressible(f"gemini-interactions: {reason}")
    return [step.whole for step in say(disassemble([message]))]


def _item(part: Part, role: str) -> JsonObject:
    kept = _kept(part)
    if kept:
        return kept
    if isinstance(part, ToolResultPart) and role in ("user", "tool"):
        (step,) = _steps(Message(role, (part,)))
        return step
    if role == "user":
        return say_item(part)
    kind = part.type
    raise NotExpressible(f"gemini-interactions: no {role} can say a part of {kind}")


def _kept(part: Part) -> JsonObject | None:
    """The step of a part that is kept as it came."""
    kept: JsonObject | None = said_of(part.provider_metadata).get(VERBATIM)
    return kept


# -------------------------------------------------------------------- hear


def hear_input(said: Any) -> Iterator[Message]:
    """The messages of an input, the mirror image of :func:`say_input`."""
    if isinstance(said, str):
        yield Message("user", (TextPart(said),), ours({FORM: BARE, AS: TEXT}))
    elif isinstance(said, dict):
        (message,) = _heard([said])
        facts = said_of(message.provider_metadata) | {AS: ONE}
        yield replace(message, provider_metadata=ours(facts))
    else:
        yield from _heard(said)


def _heard(said: Iterable[JsonObject]) -> Iterator[Message]:
    heard = Heard()
    for kind, items in groupby(said, _kind):
        if kind in (TURN, STEP):
            yield from (_heard_turn(heard, kind, item) for item in items)
        elif kind == BARE:
            yield Message("user", tuple(map(hear_item, items)), ours({FORM: BARE}))
        else:
            parts = tuple(part for item in items for part in _heard_step(heard, item))
            yield Message(kind, parts)


def _kind(item: JsonObject) -> str:
    """The form of an item of a list, or the role of the message whose step it is."""
    if "type" not in item:
        return TURN
    if item["type"] in CONTENT:
        return BARE
    if item["type"] == STEP:
        return STEP
    return "tool" if item["type"] == RESULT else "assistant"


def _heard_turn(heard: Heard, form: str, item: JsonObject) -> Message:
    """A message that holds its content: a turn, or a step of the user's."""
    role = "assistant" if item.get("role") == MODEL else "user"
    content = item.get("content") or ()
    facts = beside(item, "type", "role", "content")
    if isinstance(content, str):
        content, facts[AS] = ({"type": "text", "text": content},), TEXT
    parts: list[Part] = []
    for one in content:
        is_step = role == "assistant" or one["type"] == RESULT
        parts += _heard_step(heard, one) if is_step else (hear_item(one),)
    if parts and all(isinstance(part, ToolResultPart) for part in parts):
        role = "tool"
    if form == TURN or role == "tool":
        facts[FORM] = form
    return Message(role, tuple(parts), ours(facts))


def _heard_step(heard: Heard, item: JsonObject) -> tuple[Part, ...]:
    """The parts of a step; one that we would say otherwise is kept as it came."""
    item = as_step(item)
    try:
        parts = _parts(heard, item)
        if _steps(Message("assistant", parts)) == [item]:
            return parts
    except (NotExpressible, TypeError, ValueError):
        parts = _parts(heard, beside(item, "content", "result"))
    first, *rest = parts or (ReasoningPart(),)
    metadata = merge(first.provider_metadata or {}, {NAMESPACE: {VERBATIM: item}})
    return (replace(first, provider_metadata=metadata), *rest)


def _parts(heard: Heard, item: JsonObject) -> tuple[Part, ...]:
    heard.open.clear()  # of what could not be heard to its end
    events = [*start(heard, None, item), *stop(heard, None)]
    return tuple(part for message in assemble(events) for part in message.parts)
