"""Answers: what a fixture of aimock says, as a suite would have it said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

Says: TypeAlias = dict[str, Any]
"""What the provider says, as the ``says`` of a suite has it."""


class Unsayable(Exception):
    """An answer that no suite can hold; the message says why."""


def said(response: dict[str, Any]) -> Says:
    """What is said.

    Raises:
        Unsayable: for an answer of an endpoint that is no chat, or one that is none.
    """
    if isinstance(response.get("error"), dict):
        return {"error": _error(response)}
    other = next((kind for key, kind in UNSAYABLE.items() if key in response), None)
    if other is not None:
        raise Unsayable(f"a suite cannot say {other}")
    parts = [*_thoughts(response)]
    blocks = response.get("blocks")
    if isinstance(blocks, list) and blocks:
        parts += [_block(block) for block in blocks]
    else:
        parts += _content(response)
        parts += [_call(call) for call in _listed(response, "toolCalls")]
    if not parts:
        raise Unsayable("it says nothing: no content, toolCalls, blocks or error")
    says: Says = {"parts": parts}
    usage = _usage(response.get("usage"))
    if usage:
        says["usage"] = usage
    reason = response.get("finishReason")
    if reason is not None:
        says["finish_reason"] = FINISH.get(str(reason), "other")
    return says


def _thoughts(response: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for data in _listed(response, "redactedThinking"):
        yield {"type": "reasoning", "redacted": True, "opaque": str(data)}
    thought = response.get("reasoning")
    if isinstance(thought, str) and thought:
        part = {"type": "reasoning", "text": thought}
        signature = response.get("reasoningSignature")
        yield part | ({"opaque": signature} if isinstance(signature, str) else {})


def _content(response: dict[str, Any]) -> Iterator[dict[str, Any]]:
    content = response.get("content")
    if isinstance(content, dict | list):
        content = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    if content is None:
        return
    if not isinstance(content, str):
        raise Unsayable("its content is neither text nor JSON")
    if content or not response.get("toolCalls"):
        yield {"type": "text", "text": content}


def _block(block: Any) -> dict[str, Any]:
    match block:
        case {"type": "text", "text": str(text)}:
            return {"type": "text", "text": text}
        case {"type": "toolCall"}:
            return _call(block)
    raise Unsayable("one of its blocks is neither text nor toolCall")


def _call(call: Any) -> dict[str, Any]:
    if not isinstance(call, dict) or not isinstance(call.get("name"), str):
        raise Unsayable("one of its tool calls has no name")
    arguments = call.get("arguments", {})
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments or "{}")
        except (ValueError, RecursionError):
            arguments = None
    if not isinstance(arguments, dict):
        raise Unsayable(f"the arguments of {call['name']!r} are no JSON object")
    part = {"type": "tool_call", "name": call["name"], "arguments": arguments}
    named = call.get("id")
    return part | ({"tool_call_id": named} if isinstance(named, str) and named else {})


def _error(response: dict[str, Any]) -> dict[str, Any]:
    error = response["error"]
    status = response.get("status", 500)
    told: dict[str, Any] = {}
    if type(status) is int and status >= 400:
        told["status"] = status
    kind = error.get("type") or error.get("code")
    if isinstance(kind, str):
        told["kind"] = kind
    message = error.get("message")
    return {**told, "message": message if isinstance(message, str) else "error"}


def _usage(usage: Any) -> dict[str, int]:
    told: dict[str, int] = {}
    for key, value in (usage if isinstance(usage, dict) else {}).items():
        ours = (INPUT | OUTPUT).get(key)
        if ours is not None and type(value) is int and value >= 0:
            told[ours] = value
    return told


def _listed(mapping: dict[str, Any], key: str) -> list[Any]:
    found = mapping.get(key)
    return found if isinstance(found, list) else []


INPUT = dict.fromkeys(("prompt_tokens", "input_tokens", "promptTokenCount"), "input")
OUTPUT = dict.fromkeys(
    ("completion_tokens", "output_tokens", "candidatesTokenCount"), "output"
)
TOTAL = dict.fromkeys(("total_tokens", "totalTokenCount"), "a sum of the others")

FINISH = {
    "stop": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "content_filter": "content_filter",
    "refusal": "refusal",
}
"""Why it stopped, in aimock's words (OpenAI's) and in ours."""

UNSAYABLE = {
    "embedding": "embeddings",
    "image": "images",
    "images": "images",
    "audio": "audio",
    "transcription": "a transcription",
    "video": "video",
    "json": "the answer of an endpoint that is no chat",
    "live": "a live session",
}
"""Answers of endpoints that no suite asks."""
