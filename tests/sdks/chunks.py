"""Chunks of the chat wire as SDKs hand them out, added up.

Only openai's SDK adds up a stream itself; the others give typed chunks, and this is
what a caller makes of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.sdks.answer import Answer, Call, Said, arguments, sealed

Json = Mapping[str, Any]

THOUGHTS = ("reasoning_content", "reasoning", "reasoning_text")


def added_up(chunks: Iterable[Json]) -> Answer:
    """The answer that a stream of chunks comes to."""
    messages: dict[int, dict[str, Any]] = {}
    finish = usage = None
    for chunk in chunks:
        usage = chunk.get("usage") or (chunk.get("x_groq") or {}).get("usage") or usage
        for choice in chunk.get("choices") or ():
            said = messages.setdefault(choice.get("index") or 0, {})
            _add(said, choice.get("delta") or {})
            finish = choice.get("finish_reason") or finish
    whole = tuple(message(messages[index]) for index in sorted(messages))
    return Answer(whole, finish, counted(usage))


def gathered(chunks: Iterable[Json]) -> dict[str, Any]:
    """The message that the first choice of a stream comes to."""
    said: dict[str, Any] = {}
    for chunk in chunks:
        for choice in chunk.get("choices") or ():
            _add(said, choice.get("delta") or {})
    return said


def plain(typed: Any) -> Json:
    """A typed object as JSON, with what its type has no field for."""
    if isinstance(typed, Mapping):
        return typed
    said: Json = typed.model_dump(mode="json", by_alias=True)
    return said


def completed(body: Json) -> Answer:
    """The answer that a whole completion is."""
    choices = body.get("choices") or ()
    said = tuple(message(choice["message"]) for choice in choices)
    finish = choices[0].get("finish_reason") if choices else None
    return Answer(said, finish or None, counted(body.get("usage")))


def counted(usage: Json | None) -> tuple[int | None, int | None] | None:
    """Tokens in and out."""
    return (usage["prompt_tokens"], usage["completion_tokens"]) if usage else None


def message(said: Json) -> Said:
    """One message, whatever its host calls its thoughts."""
    text, reasoning = said.get("content") or "", ""
    opaque: list[str] = []
    if isinstance(text, list):
        chunks, text = text, ""
        for chunk in chunks:
            text += chunk.get("text") or ""
            pieces = chunk.get("thinking") or ()
            reasoning += "".join(piece.get("text") or "" for piece in pieces)
            opaque += sealed(chunk)
    details = said.get("reasoning_details") or ()
    for word in THOUGHTS:
        reasoning = reasoning or said.get(word) or ""
    for detail in () if reasoning else details:
        reasoning += detail.get("text") or detail.get("summary") or ""
    opaque += sealed({"reasoning_details": details})
    calls = tuple(_call(call) for call in said.get("tool_calls") or ())
    return Said(text, said.get("refusal") or "", reasoning, calls, tuple(opaque))


def _call(call: Json) -> Call:
    function = call["function"]
    return Call(call.get("id"), function["name"], arguments(function["arguments"]))


def _add(said: dict[str, Any], delta: Json) -> None:
    for word, value in delta.items():
        if not value or word == "role":
            continue
        if word == "tool_calls":
            _add_calls(said.setdefault(word, []), value)
        elif word == "content":
            said[word] = _grown(said.get(word), value)
        elif isinstance(value, str | list):
            said[word] = said.get(word, type(value)()) + value


def _grown(old: Any, value: Any) -> Any:
    if old is None or type(old) is type(value):
        return value if old is None else old + value
    return _as_list(old) + _as_list(value)


def _as_list(content: Any) -> list[Any]:
    return content if isinstance(content, list) else [{"type": "text", "text": content}]


def _add_calls(calls: list[dict[str, Any]], value: Iterable[Json]) -> None:
    for piece in value:
        function = piece.get("function") or {}
        known = next((c for c in calls if c["index"] == piece.get("index")), None)
        if known is None:
            known = {"index": piece.get("index"), "id": piece.get("id")}
            known["function"] = {"name": "", "arguments": ""}
            calls.append(known)
        known["function"]["name"] += function.get("name") or ""
        known["function"]["arguments"] += function.get("arguments") or ""
