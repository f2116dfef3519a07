"""The steps of an interaction, heard as events and said again, whatever their kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from harness.message.events import Event, StreamEvent, Unknown
from harness.message.parts import JsonObject
from harness.message.place import resolve
from harness.providers.gemini_interactions.calls import (
    Call,
    is_again,
    more_call,
    say_call,
    start_call,
    stop_call,
)
from harness.providers.gemini_interactions.kinds import (
    CALLS,
    CONTENT,
    RESULTS,
    VERBATIM,
    Heard,
    Said,
    facts_of,
)
from harness.providers.gemini_interactions.output import (
    Output,
    Thought,
    join,
    more_output,
    more_thought,
    say_shown,
    say_text,
    say_thought,
    start_output,
    start_thought,
    stop_output,
    stop_thought,
)
from harness.providers.gemini_interactions.results import (
    Result,
    more_result,
    say_result,
    start_result,
    stop_result,
)

Start = Callable[[Heard, Any, JsonObject], Iterable[Event]]
More = Callable[[Heard, Any, JsonObject], Iterable[Event]]
Stop = Callable[[Heard, Any], Iterable[Event]]


@dataclass(slots=True)
class Other:
    """A step that is not the model's, or that nobody taught us."""


# -------------------------------------------------------------------- hear


def start(heard: Heard, index: Any, step: JsonObject) -> Iterator[Event]:
    """What a step says as it starts; one that came whole says all but its end."""
    step = as_step(step)
    opened = heard.open.get(index)
    if is_again(opened, step):
        yield from more_call(heard, opened, step)
        return
    yield from stop(heard, index)
    yield from START.get(step["type"], _start_other)(heard, index, step)


def more(heard: Heard, index: Any, delta: JsonObject) -> Iterator[Event]:
    """What a delta adds; to a step that never started, it says what it is."""
    kind = delta["type"]
    holder = HOLDERS.get(kind)
    opened = heard.open.get(index)
    if holder is None or isinstance(opened, Other):
        yield Unknown(f"delta:{kind}", delta)
    elif opened is not None:
        if opened.__class__ is not holder:
            raise ValueError(f"step {index} has no {kind}")
        yield from MORE[holder](heard, opened, delta)
    elif kind in STARTED_BY:
        yield from start(heard, index, {"type": STARTED_BY[kind]})
        yield from MORE[holder](heard, heard.open[index], delta)
    else:
        yield from start(heard, index, delta)


def stop(heard: Heard, index: Any) -> Iterator[Event]:
    """What a step held back."""
    opened = heard.open.pop(index, None)
    if opened is not None and opened.__class__ in STOP:
        yield from STOP[opened.__class__](heard, opened)


def stop_all(heard: Heard) -> Iterator[Event]:
    """What the steps held back that never stopped."""
    for index in list(heard.open):
        yield from stop(heard, index)


def as_step(item: JsonObject) -> JsonObject:
    """A step; in the older grammar content stands alone, in no step."""
    if item["type"] in CONTENT:
        return {"type": "model_output", "content": [item]}
    return item


def _start_asked(heard: Heard, index: Any, step: JsonObject) -> Iterable[Event]:
    heard.open[index] = Other()
    heard.asked.append(step)
    return ()


def _start_other(heard: Heard, index: Any, step: JsonObject) -> Iterable[Event]:
    heard.open[index] = Other()
    return (Unknown(f"step:{step['type']}", step),)


START: dict[str, Start] = {
    "thought": start_thought,
    "model_output": start_output,
    "user_input": _start_asked,
    **dict.fromkeys(CALLS, start_call),
    **dict.fromkeys(RESULTS, start_result),
}
"""Kind of step to the function that starts it."""

MORE: dict[type, More] = {
    Thought: more_thought,
    Output: more_output,
    Call: more_call,
    Result: more_result,
}
STOP: dict[type, Stop] = {
    Thought: stop_thought,
    Output: stop_output,
    Call: stop_call,
    Result: stop_result,
}
"""A step that is open, and the functions that go on with it and end it."""

HOLDERS: dict[str, type] = {
    "thought": Thought,
    "thought_summary": Thought,
    "thought_signature": Thought,
    "arguments_delta": Call,
    "text_annotation_delta": Output,
    **dict.fromkeys(CONTENT, Output),
    **dict.fromkeys(CALLS, Call),
    **dict.fromkeys(RESULTS, Result),
}
"""Type of delta, and the steps it belongs to."""

STARTED_BY = {
    "thought": "thought",
    "thought_summary": "thought",
    "thought_signature": "thought",
    "arguments_delta": "function_call",
    "text_annotation_delta": "model_output",
}
"""Types of delta that are not whole steps, and the kind of step they are of."""


# --------------------------------------------------------------------- say


def say(events: Iterable[Event]) -> list[Said]:
    """The steps that these events make; parts that say nothing make none."""
    groups: dict[int | None, list[StreamEvent]] = {}
    for event in resolve(events):
        groups.setdefault(event.part_index, []).append(event)
    steps: list[Said] = []
    kept = False
    for group in groups.values():
        as_it_came = facts_of(group).get(VERBATIM)
        step = Said(as_it_came) if as_it_came else SAY[group[0].type](group)
        if step.joins and steps and (kept or "content" in steps[-1].body):
            if not kept:
                join(steps[-1], step)
            continue
        kept = bool(as_it_came)
        if kept or step.whole.keys() - {"type"}:
            steps.append(step)
    return steps


SAY: dict[str, Callable[[list[StreamEvent]], Said]] = {
    "text": say_text,
    "reasoning": say_thought,
    "tool_call_name": say_call,
    "tool_call_args": say_call,
    "tool_result": say_result,
    "attachment": say_shown,
}
"""First event type of a part to the function that says its step."""
