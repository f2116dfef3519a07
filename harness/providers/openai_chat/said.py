"""What a chat host says: the chunks of a stream, or one completion, out of events.

Every host opens, counts and ends a stream a little differently; its ``Dialect`` says
how.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from harness.message.assemble import assemble, disassemble, merge
from harness.message.events import Error, Event, Finish, StreamEvent, Unknown, Usage
from harness.message.parts import JsonObject
from harness.providers._ids import made_up
from harness.providers._payload import DONE
from harness.providers.openai_chat.choice import OPENAI, Dialect
from harness.providers.openai_chat.ending import (
    COUNTS,
    ends,
    http_status,
    write_error,
)
from harness.providers.openai_chat.message import Said, tell, whole
from harness.wire import jsonbody
from harness.wire.frame import Frame

ON_EVERY_CHUNK = ("id", "created", "model", "provider", "service_tier")
"""Facts that a stream repeats; the others come with its finish reason."""

ROLE = {"role": "assistant"}
FIRST_DELTA = ROLE | {"content": ""}
"""How every choice begins."""

STAND_IN = {
    "id": "chatcmpl-0",
    "created": 0,
    "model": "model",
    "system_fingerprint": None,
}
"""What a client needs of every chunk and nobody has told."""

OF_PROMPT = "prompt_filter_results"
"""What Azure says of the prompt, in a chunk before all others."""


def synthesise(events: Iterable[Event], dialect: Dialect = OPENAI) -> Iterator[Frame]:
    """Events to the frames of a stream, one delta for each chunk.

    Raises:
        NotExpressible: for what this host has no word for.
    """
    events = list(events)
    last = _last(events)
    facts, usage = _facts_of(last, dialect), _usage_of(events)
    base = {"object": "chat.completion.chunk"} | STAND_IN | dialect.states
    base |= {key: facts.pop(key) for key in ON_EVERY_CHUNK if key in facts}
    yield from _opening(facts, dialect)
    opened = sorted({e.message_index for e in events if isinstance(e, StreamEvent)})
    for index in opened:
        yield _frame(base | {"choices": [_piece(index, {"delta": FIRST_DELTA})]})
    for item in tell(events, dialect):
        if isinstance(item, Unknown) and isinstance(item.data, dict):
            yield _frame(item.data)
        if isinstance(item, Said):
            said = _voiced(item.fragment, dialect)
            yield _frame(base | {"choices": [_piece(item.choice, said)]})
    if isinstance(last, Error):
        yield from _failing(last, base, usage, dialect)
        return
    for said in _ending(facts, last, opened, usage, dialect):
        yield _frame(merge(base, said))
    yield Frame(DONE)


def unasked(body: Any) -> Callable[[Frame], bool] | None:
    """Chunks that state tokens alone, where no ``stream_options`` want them."""
    options = body.get("stream_options") if isinstance(body, dict) else None
    wanted = isinstance(options, dict) and options.get("include_usage")
    return None if wanted else _only_counts


def _only_counts(frame: Frame) -> bool:
    if '"usage"' not in frame.data:
        return False
    said = json.loads(frame.data)
    return bool(said.get("usage")) and said.get("choices") == []


def _opening(facts: JsonObject, dialect: Dialect) -> Iterator[Frame]:
    """What comes before anybody speaks."""
    if dialect.keep_alive:
        yield Frame(dialect.keep_alive, kind="comment")
    if dialect.opening is not None:
        of_prompt = {OF_PROMPT: facts.pop(OF_PROMPT)} if OF_PROMPT in facts else {}
        yield _frame(dialect.opening | of_prompt)


def _voiced(fragment: JsonObject, dialect: Dialect) -> JsonObject:
    if not dialect.role_again or not fragment.get("delta"):
        return fragment
    return fragment | {"delta": ROLE | fragment["delta"]}


def _ending(
    facts: JsonObject,
    last: Finish,
    opened: list[int],
    usage: JsonObject | None,
    dialect: Dialect,
) -> Iterator[JsonObject]:
    """The chunks that end a stream: finish reasons, facts, tokens."""
    *others, end = ends(facts, last, opened, "delta", dialect)
    yield from ({"choices": [choice]} for choice in others)
    counted = {"usage": usage}
    if usage is None:
        yield facts | {"choices": [end]}
    elif dialect.counts == "with":
        yield facts | {"choices": [end]} | counted
    elif dialect.counts == "x_groq":
        yield merge({"x_groq": counted}, facts) | {"choices": [end]}
    else:
        yield facts | {"choices": [end]}
        again = {"delta": FIRST_DELTA, "finish_reason": end["finish_reason"]}
        choices = [_piece(end["index"], again)] if dialect.counts == "again" else []
        yield {"choices": choices} | counted


def _failing(
    last: Error, base: JsonObject, usage: JsonObject | None, dialect: Dialect
) -> Iterator[Frame]:
    """The end of a stream that failed; one that was cut short just stops."""
    if usage is not None:
        yield _frame(base | {"choices": [], "usage": usage})
    if last.kind == "truncated":
        return
    said = write_error(last, dialect, streamed=True)
    if dialect.errors == "event":
        yield _frame(said)._replace(event="error")
    elif dialect.errors == "chunk":
        broken = {"delta": FIRST_DELTA, "finish_reason": "error"}
        yield _frame(base | {"choices": [_piece(0, broken)]} | said)
    else:
        yield _frame(said)


def synthesise_whole(events: Iterable[Event], dialect: Dialect = OPENAI) -> JsonObject:
    """Events to the JSON of an answer that was not streamed."""
    events = list(events)
    last = _last(events)
    if isinstance(last, Error):
        return write_error(last, dialect, streamed=True)
    facts, usage = _facts_of(last, dialect), _usage_of(events)
    spoken: dict[int, list[Event]] = {}
    for event in events:
        if isinstance(event, StreamEvent):
            spoken.setdefault(event.message_index, []).append(event)
    choices = []
    for end in ends(facts, last, list(spoken), "message", dialect):
        parts = disassemble(assemble(spoken.get(end["index"], ())))
        said = whole(parts, dialect)
        choices.append({"index": 0, "message": {}, "logprobs": None} | merge(said, end))
    body = {"object": "chat.completion"} | STAND_IN | dialect.states | facts
    body["choices"] = choices
    return body if usage is None else body | {"usage": usage}


def synthesise_error(error: Error, dialect: Dialect = OPENAI) -> tuple[int, JsonObject]:
    """The HTTP answer that says this error."""
    return http_status(error), write_error(error, dialect, streamed=False)


def told(model: str, name: str, dialect: Dialect = OPENAI) -> JsonObject:
    """What an answer says of itself: who gives it, and an id."""
    facts = {"model": model, "id": f"chatcmpl-{name}"}
    if dialect.fingerprints:
        facts["system_fingerprint"] = made_up("fp_", model, 10)
    return facts


def completed(payload: JsonObject, dialect: Dialect = OPENAI) -> JsonObject:
    """A whole answer whose messages say that there is nothing to say."""
    if payload.get("object") != "chat.completion":
        return payload
    said = [c | {"message": dialect.silence | c["message"]} for c in payload["choices"]]
    return payload | {"choices": said}


def _last(events: list[Event]) -> Finish | Error:
    """How the answer ended; one of which nobody says so ended as it should."""
    ends = [event for event in events if isinstance(event, Finish | Error)]
    called = any(
        isinstance(event, StreamEvent)
        and event.type == "tool_call_name"
        and not event.server_executed
        for event in events
    )
    return ends[-1] if ends else Finish("tool_calls" if called else "stop")


def _facts_of(last: Finish | Error, dialect: Dialect) -> JsonObject:
    if isinstance(last, Error) and last.kind != "truncated":
        return {}
    return dict((last.provider_metadata or {}).get(dialect.namespace) or {})


def _usage_of(events: list[Event]) -> JsonObject | None:
    """The last counts; the API never leaves out the total."""
    usages = [event for event in events if isinstance(event, Usage)]
    if not usages:
        return None
    total = (usages[-1].input or 0) + (usages[-1].output or 0)
    return {"total_tokens": total} | COUNTS.write(usages[-1])


def _piece(index: int, said: JsonObject) -> JsonObject:
    return {"index": index, "delta": {}, "logprobs": None, "finish_reason": None} | said


def _frame(payload: JsonObject) -> Frame:
    return Frame(jsonbody.text(payload))
