"""A chat message: deltas, or all of it at once, to events and back.

https://platform.openai.com/docs/api-reference/chat/object. A whole message is one
big delta, and is read and written as one; a request's assistant messages have the
same shape.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

from harness.message.assemble import merge
from harness.message.events import Event, StreamEvent, Unknown
from harness.message.parts import JsonObject
from harness.message.place import resolve
from harness.providers.openai_chat.calls import (
    close_calls,
    close_executed,
    hear_calls,
    hear_executed,
    hear_function_call,
    tell_call,
    tell_result,
)
from harness.providers.openai_chat.choice import Choice, Dialect, Speech
from harness.providers.openai_chat.media import (
    close_audio,
    hear_audio,
    hear_image,
    hear_images,
    tell_attachment,
)
from harness.providers.openai_chat.reasoning import (
    FIELDS,
    hear_details,
    hear_encrypted,
    hear_field,
    hear_thinking,
    reasoning_facts,
    tell_reasoning,
)

Hear: TypeAlias = Callable[[Choice, str, Any, list[Event]], None]
Tell: TypeAlias = Callable[
    [Speech, Sequence[StreamEvent], JsonObject], list[JsonObject]
]

LOGPROBS = {
    "content": "text",
    "refusal": "refusal",
    "reasoning_content": "reasoning",
    "reasoning": "reasoning",
}
"""Whose probabilities a list of them holds."""

REASONING_NOTES = ("channel", "reasoning_encrypted")
"""Words beside the reasoning that belong to it; any other goes with the text."""

# -------------------------------------------------------------------- hear


def hear(choice: Choice, delta: JsonObject, out: list[Event]) -> None:
    """What a delta says, always in the order of :data:`READERS`."""
    if len(delta) == 1 and "content" in delta:
        # Most deltas are this.
        if delta["content"]:
            hear_content(choice, "content", delta["content"], out)
        return
    words = []
    for word, value in delta.items():
        if value and word not in SILENT:
            if word in READERS:
                words.append(word)
            else:
                choice.notes[word] = value
    if len(words) > 1:
        words.sort(key=RANK.__getitem__)
    for word in words:
        READERS[word](choice, word, delta[word], out)


def hear_logprobs(choice: Choice, logprobs: JsonObject) -> None:
    """Probabilities, list by list; a later list goes on with the earlier."""
    for word, value in logprobs.items():
        if value and isinstance(value, list):
            choice.logprobs.setdefault(word, []).extend(value)
        elif value:
            choice.logprobs[word] = value


def close(choice: Choice, out: list[Event]) -> None:
    """Everything that is known of a part only when it is over.

    What finds no part of its own stays with the choice, in ``choice.facts``.
    """
    close_executed(choice, out)
    close_audio(choice, out)
    close_calls(choice, out)
    reasoning, withheld = reasoning_facts(choice)
    facts: dict[str, JsonObject] = {"reasoning": reasoning}
    for word, note in choice.notes.items():
        home = "reasoning" if word in REASONING_NOTES else "text"
        place = _home(choice, home, facts, "message")
        place[word] = note
    for word, logprobs in choice.logprobs.items():
        home = LOGPROBS.get(word, "")
        if home in choice.homes:
            facts.setdefault(home, {})["logprobs"] = logprobs
        else:
            choice.facts.setdefault("logprobs", {})[word] = logprobs
    for kind, part in choice.homes.items():
        redacted = kind == "reasoning" and withheld
        if facts.get(kind) or redacted:
            type_ = "reasoning" if kind == "reasoning" else "text"
            metadata = choice.dialect.ours(facts.get(kind) or {})
            out.append(
                StreamEvent(
                    type_, "", part, None, False, None, redacted, metadata, choice.index
                )
            )


def _home(
    choice: Choice, kind: str, facts: dict[str, JsonObject], word: str
) -> JsonObject:
    """Where facts of a part of that kind are put: with the part, if there is one."""
    if kind in choice.homes:
        return facts.setdefault(kind, {})
    place: JsonObject = choice.facts.setdefault(word, {})
    return place


def hear_content(choice: Choice, word: str, value: Any, out: list[Event]) -> None:
    """Text, a list of chunks, or (Cloudflare, JSON mode) the parsed JSON itself."""
    if isinstance(value, list):
        for item in value:
            CHUNKS.get(item.get("type"), _hear_unknown)(choice, item, out)
        return
    if not isinstance(value, str):
        value = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    part = choice.text
    if part is None:
        part = choice.text = choice.open("text")
        choice.thinking = None
    out.append(
        StreamEvent("text", value, part, None, False, None, False, None, choice.index)
    )


def _hear_refusal(choice: Choice, word: str, value: Any, out: list[Event]) -> None:
    facts = None
    if choice.refusal is None:
        choice.refusal = choice.open("refusal")
        facts = choice.dialect.ours({"refusal": True})
    part = choice.refusal
    out.append(
        StreamEvent("text", value, part, None, False, None, False, facts, choice.index)
    )


def _hear_channel(choice: Choice, word: str, value: Any, out: list[Event]) -> None:
    choice.notes.setdefault(word, value)


def _hear_list(choice: Choice, word: str, value: Any, out: list[Event]) -> None:
    choice.notes.setdefault(word, []).extend(value)


def _text_chunk(choice: Choice, item: JsonObject, out: list[Event]) -> None:
    if item["text"]:
        hear_content(choice, "content", item["text"], out)


def _refusal_chunk(choice: Choice, item: JsonObject, out: list[Event]) -> None:
    _hear_refusal(choice, "refusal", item["refusal"], out)


def _reference_chunk(choice: Choice, item: JsonObject, out: list[Event]) -> None:
    choice.notes.setdefault("references", []).append(item)


def _hear_unknown(choice: Choice, item: JsonObject, out: list[Event]) -> None:
    out.append(Unknown(str(item.get("type")), item))


# -------------------------------------------------------------------- tell


class Said(NamedTuple):
    """A fragment of a choice: its delta, and what stands beside that."""

    choice: int
    fragment: JsonObject


def tell(events: Iterable[Event], dialect: Dialect) -> Iterator[Said | Event]:
    """Content events as what their choice says; other events as they are.

    Raises:
        NotExpressible: for what the chat wire has no word for.
    """
    events = list(events)
    groups: dict[int, list[StreamEvent]] = {}
    order = []
    for event in resolve(events):
        groups.setdefault(event.part_index or 0, []).append(event)
        order.append(event.part_index or 0)
    speeches: dict[int, Speech] = {}
    told: dict[int, Iterator[JsonObject]] = {}
    for part, group in groups.items():
        speech = speeches.setdefault(group[0].message_index, Speech(dialect))
        told[part] = iter(_tell_part(speech, group))
    parts = iter(order)
    for item in events:
        if not isinstance(item, StreamEvent):
            yield item
            continue
        part = next(parts)
        said = next(told[part])
        if said:
            yield Said(groups[part][0].message_index, said)


def whole(events: Iterable[Event], dialect: Dialect) -> JsonObject:
    """One message, with what stands beside it, out of all its fragments.

    Raises:
        NotExpressible: for what the chat wire has no word for.
    """
    message: JsonObject = {}
    beside: JsonObject = {}
    for said in tell(events, dialect):
        fragment = dict(said.fragment) if isinstance(said, Said) else {}
        for word, value in fragment.pop("delta", {}).items():
            add = ADDERS.get(word, _added)
            message[word] = add(message[word], value) if word in message else value
        beside = merge(beside, fragment)
    for call in message.get("tool_calls", ()):
        del call["index"]
    content = {"content": message.pop("content", None)}
    return {"message": {"role": "assistant"} | content | message} | beside


def _tell_part(speech: Speech, group: list[StreamEvent]) -> list[JsonObject]:
    """A fragment of the choice for each event of one part."""
    metadata: JsonObject = {}
    for event in group:
        metadata = merge(metadata, event.provider_metadata or {})
    facts = dict(metadata.get(speech.dialect.namespace) or {})
    logprobs = facts.pop("logprobs", None)
    type_ = group[0].type
    word = "reasoning_content" if type_ == "reasoning" else "content"
    word = "refusal" if "refusal" in facts else word
    deltas = TELLERS[type_](speech, group, facts)
    said: list[JsonObject] = [{"delta": delta} if delta else {} for delta in deltas]
    if logprobs is not None:
        said[-1] = {"delta": {}} | said[-1] | {"logprobs": {word: logprobs}}
    return said


def _tell_text(
    speech: Speech, group: Sequence[StreamEvent], facts: JsonObject
) -> list[JsonObject]:
    word = "refusal" if facts.pop("refusal", False) else "content"
    deltas: list[JsonObject] = [{word: e.chunk} if e.chunk else {} for e in group]
    references = facts.pop("references", None)
    if references:
        chunk = {"type": "text", "text": group[-1].chunk}
        deltas[-1] = {word: [chunk, *references]}
    deltas[-1] |= facts
    return deltas


def _added(old: Any, value: Any) -> Any:
    """Two fragments of one word: strings and lists grow, of objects the last counts."""
    if isinstance(value, dict):
        return value
    if type(old) is not type(value):
        old, value = as_chunks(old), as_chunks(value)
    return old + value


def _added_calls(old: list[JsonObject], value: list[JsonObject]) -> list[JsonObject]:
    calls = {call["index"]: call for call in old}
    for call in value:
        known = calls.setdefault(call["index"], call)
        if known is not call:
            for kind in ("function", "custom"):
                known |= _added_texts(known, call, kind)
    return list(calls.values())


def _added_texts(known: JsonObject, more: JsonObject, kind: str) -> JsonObject:
    if kind not in more:
        return {}
    texts = known[kind]
    grown = {word: texts.get(word, "") + text for word, text in more[kind].items()}
    return {kind: texts | grown}


def _added_function(old: JsonObject, value: JsonObject) -> JsonObject:
    return old | {word: old.get(word, "") + text for word, text in value.items()}


def _added_runs(old: list[JsonObject], value: list[JsonObject]) -> list[JsonObject]:
    return list({run["index"]: run for run in [*old, *value]}.values())


def as_chunks(content: str | list[JsonObject]) -> list[JsonObject]:
    """Content as the list of chunks that the chat wire allows in place of a string."""
    if isinstance(content, list):
        return content
    return [{"type": "text", "text": content}]


# ------------------------------------------------------------------ tables

READERS: dict[str, Hear] = {
    **dict.fromkeys(FIELDS, hear_field),
    "reasoning_details": hear_details,
    "reasoning_encrypted": hear_encrypted,
    "channel": _hear_channel,
    "executed_tools": hear_executed,
    "content": hear_content,
    "refusal": _hear_refusal,
    "annotations": _hear_list,
    "audio": hear_audio,
    "images": hear_images,
    "tool_calls": hear_calls,
    "function_call": hear_function_call,
}
"""Words of a message in the order they are read, and what reads them."""

RANK = {word: rank for rank, word in enumerate(READERS)}
SILENT = frozenset({"role", "padding"})
"""Words of a message that say nothing here; any other leaves a note."""

CHUNKS: dict[Any, Callable[[Choice, JsonObject, list[Event]], None]] = {
    "text": _text_chunk,
    "refusal": _refusal_chunk,
    "thinking": hear_thinking,
    "reference": _reference_chunk,
    "image_url": hear_image,
}
"""Types of chunk where content is a list, and what reads them."""

TELLERS: dict[str, Tell] = {
    "text": _tell_text,
    "reasoning": tell_reasoning,
    "tool_call_name": tell_call,
    "tool_call_args": tell_call,
    "tool_result": tell_result,
    "attachment": tell_attachment,
}
"""Event types, and what says a part that begins with one."""

ADDERS: dict[str, Callable[[Any, Any], Any]] = {
    "tool_calls": _added_calls,
    "function_call": _added_function,
    "executed_tools": _added_runs,
}
"""Words of a message whose fragments add up in a way of their own."""
