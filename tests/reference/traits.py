"""Traits: what a round of a script may have that the table of differences is about."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

from harness.errors import EventError
from harness.message.assemble import assemble
from harness.message.events import StreamEvent, Usage
from harness.message.parts import (
    JsonObject,
    Message,
    Part,
    ReasoningPart,
    ToolCallPart,
)
from harness.message.place import resolve
from harness.reference.prompt import our_calls
from tests.reference.generated import events_of
from tests.reference.llm_twin import Round


def heard(round_: Round) -> list[StreamEvent]:
    """The events, each with its part's index, until one claims another's."""
    found: list[StreamEvent] = []
    with suppress(EventError):
        found.extend(resolve(events_of(round_)))
    return found


def groups(round_: Round) -> list[list[StreamEvent]]:
    """The events of each part."""
    by_index: dict[int | None, list[StreamEvent]] = {}
    for event in heard(round_):
        by_index.setdefault(event.part_index, []).append(event)
    return list(by_index.values())


def added(round_: Round) -> list[ToolCallPart]:
    return [item for item in round_ if isinstance(item, ToolCallPart)]


def said(round_: Round) -> list[Message]:
    return [] if collides(round_) else assemble(events_of(round_), added(round_))


def collides(round_: Round) -> bool:
    """Whether two families of event claim one part."""
    return len(heard(round_)) < len(events_of(round_))


def counts_a_call_twice(round_: Round) -> bool:
    """Whether calls without an id are streamed, and added too."""
    streamed = any(
        event.type.startswith("tool_call")
        and not any(other.tool_call_id for other in group)
        for group in groups(round_)
        for event in group
    )
    return streamed and any(not call.tool_call_id for call in added(round_))


def merges_within(round_: Round) -> bool:
    """Whether two events of one part say something of the same provider."""
    for group in groups(round_):
        seen: JsonObject = {}
        for event in group:
            for key, value in (event.provider_metadata or {}).items():
                both = isinstance(value, dict) and isinstance(seen.get(key), dict)
                if both and not seen[key].keys() <= value.keys():
                    return True
                seen[key] = value
    return False


def empty_text_with_metadata(round_: Round) -> bool:
    return any(
        _is_empty_text(group) and any(event.provider_metadata for event in group)
        for group in groups(round_)
    )


def _is_empty_text(group: list[StreamEvent]) -> bool:
    return group[0].type == "text" and not any(event.chunk for event in group)


def hides_late(round_: Round) -> bool:
    """Whether hidden reasoning comes after something else in its message."""
    return any(
        isinstance(part, ReasoningPart) and part.redacted and not _hidden(before)
        for message in said(round_)
        for before, part in pairwise(message.parts)
    )


def _hidden(part: Part) -> bool:
    return isinstance(part, ReasoningPart) and part.redacted


def hides_within(round_: Round) -> bool:
    """Whether a run of reasoning is hidden in part."""
    return any(
        before.type == event.type == "reasoning"
        and before.redacted != event.redacted
        and before.message_index == event.message_index
        and event.part_index is None
        for before, event in pairwise(events_of(round_))
    )


def arguments_are_no_object(round_: Round) -> bool:
    calls = [*our_calls(said(round_)), *added(round_)]
    return any(
        not isinstance(call.arguments, dict) or "_raw" in call.arguments
        for call in calls
    )


def reports_other_calls(round_: Round) -> bool:
    """Whether what is added is not what is streamed."""
    ours = [(c.name, c.arguments, c.tool_call_id) for c in our_calls(said(round_))]
    return ours != [(c.name, c.arguments, c.tool_call_id) for c in added(round_)]


def begins_with_nothing(round_: Round) -> bool:
    """Whether a message's first part adds up to nothing, and another's comes next."""
    met: list[int] = []
    stands: list[int] = []
    for group in groups(round_):
        index = group[0].message_index
        nothing = not assemble(group) or _is_empty_text(group)
        for order in (met,) if nothing else (met, stands):
            if index not in order:
                order.append(index)
    return [index for index in met if index in stands] != stands


def calls_before_its_last_message(round_: Round) -> bool:
    """Whether an answer of several messages calls tools in another than the last."""
    return bool(our_calls(said(round_)[:-1]))


def counts_only_details(round_: Round) -> bool:
    counts = [item for item in round_ if isinstance(item, Usage)]
    last = counts[-1] if counts else Usage()
    return bool(last.details) and last.input is None and last.output is None
