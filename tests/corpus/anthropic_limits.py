"""Limits of the anthropic SDK on streamed messages."""

from __future__ import annotations

import json
from typing import Any

from tests.corpus.limits import FRAMING, Limit
from tests.corpus.recordings import Line, Recording

INPUT = "input_json_delta"


def _named(said: list[Line]) -> list[Line]:
    """Events under one name, be it from their ``event:`` line or their JSON."""
    return [(event or data.get("type"), {"type": event} | data) for event, data in said]


def _numbered(said: list[Line]) -> list[Line]:
    """Blocks by the order they start in, without gaps."""
    places: dict[Any, int] = {}
    for _, data in said:
        if data.get("type") == "content_block_start":
            places[data.get("index")] = len(places)
        if data.get("index") in places:
            data["index"] = places[data["index"]]
    return said


def _with_whole_input(said: list[Line]) -> list[Line]:
    """Tool input that is no JSON in the words our parts have for it."""
    pieces: dict[Any, list[dict[str, Any]]] = {}
    for _, data in said:
        if (data.get("delta") or {}).get("type") == INPUT:
            pieces.setdefault(data.get("index"), []).append(data["delta"])
    for deltas in pieces.values():
        text = "".join(delta.get("partial_json") or "" for delta in deltas)
        if text and not _is_json(text):
            for delta in deltas:
                delta["partial_json"] = ""
            deltas[-1]["partial_json"] = json.dumps({"_raw": text})
    return said


def _with_last_words(said: list[Line]) -> list[Line]:
    """What one message_delta said and a later one left out."""
    usage: dict[str, Any] = {"output_tokens": 0}
    stop_reason = None
    for _, data in said:
        if data.get("type") == "message_start":
            usage |= (data.get("message") or {}).get("usage") or {}
        if data.get("type") == "message_delta":
            usage |= {
                k: v for k, v in (data.get("usage") or {}).items() if v is not None
            }
            delta = data["delta"] = data.get("delta") or {}
            stop_reason = delta.get("stop_reason") or stop_reason
            known = ("input_tokens", "output_tokens")
            stated = {k: usage[k] for k in known if k in usage}
            data["usage"] = (data.get("usage") or {}) | stated
            delta["stop_reason"] = stop_reason
    return said


def _has_sentinel(recording: Recording) -> bool:
    return b"[DONE]" in recording.body


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


LIMITS = (
    *FRAMING,
    Limit("the SDK reads [DONE], which OpenRouter adds, as JSON", seen=_has_sentinel),
    Limit("the SDK drops every event without an event: line", _named),
    Limit("the SDK appends blocks and takes their index for their place", _numbered),
    Limit("the SDK closes tool input that was cut short", _with_whole_input),
    Limit("the SDK forgets what a later message_delta leaves out", _with_last_words),
)
"""In the order in which they are mended together."""
