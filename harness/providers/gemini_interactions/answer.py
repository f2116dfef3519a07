"""Answers of an interaction, both ways: the events of a stream, or the one object.

https://ai.google.dev/gemini-api/docs/interactions/streaming. There are two grammars:
steps, and an older one in which content stands alone; both are read, steps written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from harness.errors import NotExpressible
from harness.message.assemble import assemble
from harness.message.events import Error, Event, Finish, Unknown, Usage
from harness.message.parts import JsonObject, Message
from harness.providers._own import beside
from harness.providers._payload import DONE, payloads
from harness.providers.gemini_interactions.ending import (
    FAILED,
    counted,
    ended,
    read_usage,
    refused,
    say_ended,
    say_error,
    say_usage,
)
from harness.providers.gemini_interactions.kinds import (
    Heard,
    Said,
    ours,
    said_of,
)
from harness.providers.gemini_interactions.limits import unsayable
from harness.providers.gemini_interactions.steps import more, say, start, stop, stop_all
from harness.wire import jsonbody
from harness.wire.frame import Frame

HEAD: JsonObject = {
    "id": "v1_synthesised",
    "object": "interaction",
    "model": "gemini",
}
"""What every interaction says of itself."""

STEPS = ("steps", "outputs")
"""Where an interaction has its steps, and where it had them in the older grammar."""

REPEATED = ("output_text", "output_image", "output_audio", "output_video")
"""Where it may say again what its steps have said."""

ASKED = "user_input"
"""Metadata of the answer: steps of the user that it repeats."""

SPENT = "step_usage"
"""Metadata of the answer: what single steps cost, by their index."""

READ = ("event_type", "error")
"""What is read of an event that is an error."""

TAUGHT = ("status", *STEPS)
"""An interaction that is not streamed has one of these."""


# ------------------------------------------------------------------ decode


@dataclass(slots=True)
class _Answer:
    """What an interaction has said so far, beside the events already given."""

    heard: Heard = field(default_factory=Heard)
    facts: JsonObject = field(default_factory=dict)
    usage: JsonObject = field(default_factory=dict)
    status: str | None = None
    stepped: bool = False
    over: bool = False


def decode(frames: Iterable[Frame]) -> Iterator[Event]:
    """Frames of a stream to events; they need no ``event:`` line, nor ``[DONE]``."""
    said = payloads(frames)
    return _decode(
        (_tag(frame, data), data) for frame, data in said if data is not None
    )


def decode_whole(body: Any) -> Iterator[Event]:
    """A whole interaction: the stream that is over when it begins."""
    if isinstance(body, dict) and not body.keys().isdisjoint(TAUGHT):
        return _decode([("interaction.completed", {"interaction": body})])
    error = isinstance(body, dict) and "error" in body
    return _decode([("error" if error else "body", body)])


def _decode(said: Iterable[tuple[str, Any]]) -> Iterator[Event]:
    answer = _Answer()
    for tag, data in said:
        if tag in EVENTS:
            _note(answer, data)
            yield from EVENTS[tag](answer, data)
        elif tag == "error":
            said_beside = answer.facts | beside(data, *READ)
            yield from _end(answer, refused(data.get("error"), said_beside))
            return
        else:
            yield Unknown(str(tag), data)
    yield from _end(answer, None)


def _tag(frame: Frame, data: Any) -> str:
    """An event's type; whatever else has an error in it is one."""
    if not isinstance(data, dict):
        return frame.event or "event"
    tag = data.get("event_type") or frame.event or "event"
    return tag if tag in EVENTS or "error" not in data else "error"


def _note(answer: _Answer, data: JsonObject) -> None:
    """What any event may say: where to resume, and what it cost so far."""
    if data.get("event_id"):
        answer.facts["event_id"] = data["event_id"]
    if data.get("metadata"):
        answer.usage |= counted(data["metadata"].get("total_usage") or {})
    if data.get("usage"):
        answer.usage |= counted(data["usage"])


def _created(answer: _Answer, data: JsonObject) -> Iterable[Event]:
    said = data.get("interaction") or {}
    facts = beside(said, "status", "usage", *STEPS, *REPEATED)
    answer.facts |= {k: v for k, v in facts.items() if v is not None}
    answer.usage |= counted(said.get("usage") or {})
    answer.status = said.get("status") or answer.status
    return ()


def _completed(answer: _Answer, data: JsonObject) -> Iterator[Event]:
    """It is over; it repeats no step that was streamed, and need not."""
    _created(answer, data)
    answer.over = True
    said = {} if answer.stepped else data.get("interaction") or {}
    for key in STEPS:
        for index, step in enumerate(said.get(key) or ()):
            yield from start(answer.heard, index, step)
            yield from stop(answer.heard, index)


def _status(answer: _Answer, data: JsonObject) -> Iterable[Event]:
    answer.status = data.get("status") or answer.status
    # Nothing need come after these.
    answer.over = answer.over or answer.status in FAILED
    token = data.get("continuation_token")
    answer.facts |= {"continuation_token": token} if token else {}
    return ()


def _step_start(answer: _Answer, data: JsonObject) -> Iterator[Event]:
    answer.stepped = True
    step = data["step"] if "step" in data else data["content"]
    return start(answer.heard, data.get("index"), step)


def _step_delta(answer: _Answer, data: JsonObject) -> Iterator[Event]:
    answer.stepped = True
    return more(answer.heard, data.get("index"), data["delta"])


def _step_stop(answer: _Answer, data: JsonObject) -> Iterator[Event]:
    index = data.get("index")
    if data.get("step_usage"):
        spent = answer.facts.setdefault(SPENT, {})
        spent[str(index)] = data["step_usage"]
    return stop(answer.heard, index)


def _nothing(answer: _Answer, data: JsonObject) -> Iterable[Event]:
    return ()


EVENTS: dict[str, Callable[[_Answer, JsonObject], Iterable[Event]]] = {
    "interaction.created": _created,
    "interaction.status_update": _status,
    "step.start": _step_start,
    "step.delta": _step_delta,
    "step.stop": _step_stop,
    "interaction.completed": _completed,
    "interaction.start": _created,
    "content.start": _step_start,
    "content.delta": _step_delta,
    "content.stop": _step_stop,
    "interaction.complete": _completed,
    "done": _nothing,
}
"""Event type to what it does; the older grammar's come last."""


def _end(answer: _Answer, error: Error | None) -> Iterator[Event]:
    """What was held back, and how it ended."""
    yield from stop_all(answer.heard)
    if answer.usage:
        yield read_usage(answer.usage)
    if answer.heard.asked:
        answer.facts[ASKED] = answer.heard.asked
    if error is not None:
        yield error
    elif answer.over:
        called = bool(answer.heard.waiting)
        yield ended(answer.status, answer.facts, called=called)
    else:
        message = "the stream ended before interaction.completed"
        yield Error(message, "truncated", None, True, ours(answer.facts))


# -------------------------------------------------------------- synthesise


def synthesise(events: Iterable[Event]) -> Iterator[Frame]:
    """Events to the frames of a stream, one delta for each chunk.

    Raises:
        NotExpressible: for an answer that this wire has no words for.
    """
    events = list(events)
    steps, (last, ending, facts) = _steps(events), _ends(events)
    resume = {"event_id": facts.pop("event_id")} if "event_id" in facts else {}
    begun = {k: facts[k] for k in ("id", "object", "model", "agent") if k in facts}
    created = {"interaction": begun | {"status": "in_progress"}}
    yield _frame("interaction.created", created)
    update = {"interaction_id": facts["id"], "status": "in_progress"}
    yield _frame("interaction.status_update", update)
    asked = [Said(step) for step in facts.pop(ASKED, ())]
    spent = facts.pop(SPENT, {})
    for number, step in enumerate([*asked, *steps]):
        yield from _told(number, step, spent.get(str(number)))
    if isinstance(last, Finish) or last.kind in FAILED:
        completed = {"interaction": facts | ending}
        yield _frame("interaction.completed", completed | resume)
        yield Frame(DONE, "done")
    elif last.kind != "truncated":
        if "usage" in ending:
            update |= {"status": "failed", "usage": ending["usage"]}
            yield _frame("interaction.status_update", update)
        yield _frame("error", {"error": say_error(last)} | resume)


def _told(number: int, step: Said, cost: Any) -> Iterator[Frame]:
    """The events of a step; the last says what it cost, if that is known."""
    index = {"index": number}
    yield _frame("step.start", index | {"step": step.start})
    for delta in step.deltas or ():
        yield _frame("step.delta", index | {"delta": delta})
    yield _frame("step.stop", index | ({SPENT: cost} if cost else {}))


def synthesise_whole(events: Iterable[Event]) -> JsonObject:
    """Events to the JSON of an answer that was not streamed; raises likewise."""
    events = list(events)
    steps, (_, ending, facts) = _steps(events), _ends(events)
    asked = facts.pop(ASKED, [])
    return facts | ending | {"steps": [*asked, *(step.whole for step in steps)]}


def _steps(events: list[Event]) -> list[Said]:
    """What the events add up to, if this wire can say it."""
    messages = assemble(events)
    if len(messages) > 1:
        raise NotExpressible("gemini-interactions: an answer is one message")
    for reason in unsayable(messages[0] if messages else Message("assistant")):
        raise NotExpressible(reason)
    return say(events)


def _ends(events: list[Event]) -> tuple[Finish | Error, JsonObject, JsonObject]:
    """How an answer ended, as it says so, and what it says of itself beside."""
    ends = [e for e in events if isinstance(e, Finish | Error)]
    last = ends[-1] if ends else Finish("stop", "completed")
    usages = [e for e in events if isinstance(e, Usage)]
    usage = {"usage": say_usage(usages[-1])} if usages else {}
    facts = said_of(last.provider_metadata)
    facts = (beside(HEAD, "model") if "agent" in facts else HEAD) | facts
    return last, say_ended(last) | usage, facts


def _frame(tag: str, said: JsonObject) -> Frame:
    return Frame(jsonbody.text({"event_type": tag} | said), tag)
