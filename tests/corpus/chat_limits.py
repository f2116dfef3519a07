"""Limits of the openai SDK on chat completions, and of its dialects' streams most."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.corpus.limits import FRAMING, Limit
from tests.corpus.recordings import Line

CHUNK = "chat.completion.chunk"


def _choices(said: list[Line]) -> Iterator[dict[str, Any]]:
    for _, chunk in said:
        yield from chunk.get("choices") or ()


def _deltas(said: list[Line]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The choice's index and the delta, or the whole message, of each fragment."""
    for choice in _choices(said):
        delta = choice.get("delta") or choice.get("message")
        if isinstance(delta, dict):
            yield choice.get("index"), delta


def _calls(said: list[Line]) -> Iterator[tuple[Any, dict[str, Any]]]:
    for index, delta in _deltas(said):
        for call in delta.get("tool_calls") or ():
            yield index, call


def _as_chunks(said: list[Line]) -> list[Line]:
    for _, chunk in said:
        if "error" not in chunk:
            chunk["object"] = CHUNK
            chunk["choices"] = chunk.get("choices") or []
    return said


def _with_a_chunk(said: list[Line]) -> list[Line]:
    return said or [(None, {"object": CHUNK, "choices": []})]


def _with_deltas(said: list[Line]) -> list[Line]:
    for place, choice in enumerate(_choices(said)):
        if choice.get("delta") is None:
            choice["delta"] = (choice.get("message") or {}) if place == 0 else {}
    return said


def _opened(said: list[Line]) -> list[Line]:
    """Choices with an index, and all of them there from the first chunk on."""
    for _, chunk in said:
        for place, choice in enumerate(chunk.get("choices") or ()):
            if choice.get("index") is None:
                choice["index"] = place
    indexes = sorted({choice["index"] for choice in _choices(said)})
    if indexes and indexes != [0]:
        blank = [{"index": i, "delta": {"content": None}} for i in indexes]
        said.insert(0, (None, {"object": CHUNK, "choices": blank}))
    return said


def _numbered_calls(said: list[Line]) -> list[Line]:
    """Calls by their place among the choice's calls, as index and id tell them apart."""
    known: dict[Any, list[dict[str, Any]]] = {}
    for choice, call in _calls(said):
        calls = known.setdefault(choice, [])
        places = range(len(calls) - 1, -1, -1)
        place = next((p for p in places if _goes_on(calls[p], call)), len(calls))
        if place == len(calls):
            calls.append(dict(call))
        call["index"] = place
    return said


def _goes_on(begun: dict[str, Any], call: dict[str, Any]) -> bool:
    """Whether this is a fragment of that call; one that gives a name begins another."""
    id_, index = call.get("id"), call.get("index")
    if index is None and not id_:
        return not (call.get("function") or {}).get("name")
    if index is None:
        return bool(id_ == begun.get("id"))
    return index == begun.get("index") and (not id_ or id_ == begun.get("id"))


def _said_once(said: list[Line]) -> list[Line]:
    """A call's id, name and type where it begins, and nowhere else."""
    known: set[tuple[Any, Any]] = set()
    for choice, call in _calls(said):
        function = call.get("function") or {}
        if (choice, call.get("index")) in known:
            call.pop("id", None)
            function.pop("name", None)
        else:
            call["type"] = call.get("type") or "function"
        known.add((choice, call.get("index")))
    return said


def _numbered_lists(said: list[Line]) -> list[Line]:
    """Entries of any list that grows, numbered on from chunk to chunk."""
    lengths: dict[tuple[Any, str], int] = {}
    for choice, delta in _deltas(said):
        for word, entries in delta.items():
            if word in ("tool_calls", "content") or not isinstance(entries, list):
                continue
            for entry in entries:
                if isinstance(entry, dict) and "index" not in entry:
                    place = lengths[choice, word] = lengths.get((choice, word), -1) + 1
                    entry["index"] = place
    return said


def _with_last_usage(said: list[Line]) -> list[Line]:
    stated = [c["usage"] for _, c in said if c.get("usage")]
    if stated:
        said[-1][1]["usage"] = stated[-1]
    return said


def _with_own_usage(said: list[Line]) -> list[Line]:
    """Groq's usage, and that of choices, where the SDK looks for it."""
    for _, chunk in said:
        own = (chunk.get("x_groq") or {}).get("usage")
        for choice in chunk.get("choices") or ():
            own = own or choice.get("usage")
        if own and not chunk.get("usage"):
            chunk["usage"] = own
    return _with_last_usage(said)


def _as_text(said: list[Line]) -> list[Line]:
    """Content that is a list, or an object, as the text it stands for."""
    for _, delta in _deltas(said):
        content = delta.get("content")
        if isinstance(content, list):
            thoughts = [c["thinking"] for c in content if c.get("thinking")]
            delta["reasoning_content"] = "".join(map(_thought, thoughts))
            delta["content"] = "".join(c.get("text") or "" for c in content)
            delta["refusal"] = "".join(c.get("refusal") or "" for c in content) or None
        elif content is not None and not isinstance(content, str):
            dumped = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
            delta["content"] = dumped
    return said


def _thought(thinking: Any) -> str:
    if isinstance(thinking, str):
        return thinking
    return "".join(piece.get("text") or "" for piece in thinking)


def _without_empty_words(said: list[Line]) -> list[Line]:
    """Snowflake's zeros: calls without a name, finish reasons that give none."""
    for choice in _choices(said):
        if choice.get("finish_reason") in ("", "null"):
            choice["finish_reason"] = None
    for _, delta in _deltas(said):
        if delta.get("function_call") and not delta["function_call"].get("name"):
            del delta["function_call"]
    return said


def _with_plain_errors(said: list[Line]) -> list[Line]:
    """Errors where the SDK looks for them: at the top of a chunk."""
    for number, (event, chunk) in enumerate(said):
        found = (chunk.get("x_groq") or {}).get("error")
        for choice in chunk.get("choices") or ():
            found = found or choice.get("error")
        if chunk.get("object") == "error" or (event == "error" and not found):
            found = chunk.get("error") or chunk
        if found:
            said[number] = (event, {"error": found})
    return said


LIMITS = (
    *FRAMING,
    Limit("the SDK drops or fails on chunks that lack object or choices", _as_chunks),
    Limit("a stream without a chunk is an AssertionError in the SDK", _with_a_chunk),
    Limit("a choice without a delta is an AttributeError in the SDK", _with_deltas),
    Limit("the SDK needs every choice in its place from the first on", _opened),
    Limit("the SDK takes lists and objects for no text", _as_text),
    Limit("the SDK passes on content that is not text", _as_text, streamed=False),
    Limit(
        "a call's index that is missing, not from 0 on, or shared fails in the SDK",
        _numbered_calls,
    ),
    Limit("the SDK strings repeated call ids and names together", _said_once),
    Limit(
        "the SDK cannot add up annotations and other lists without an index",
        _numbered_lists,
    ),
    Limit("in the SDK a later chunk's null overwrites the usage", _with_last_usage),
    Limit("the SDK does not look for usage in x_groq or choices", _with_own_usage),
    Limit("the SDK takes empty words for something", _without_empty_words),
    Limit(
        "the SDK takes empty words for something", _without_empty_words, streamed=False
    ),
    Limit("the SDK sees no error but at the top of a chunk", _with_plain_errors),
)
"""In the order in which they are mended together."""
