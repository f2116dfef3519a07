"""Endings: whether a recorded stream came to its end, read without our decoders."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

from tests.corpus.recordings import Recording, lines
from tests.corpus.wires import (
    ANTHROPIC,
    BEDROCK,
    CHAT,
    COHERE,
    GEMINI,
    INTERACTIONS,
    INVOKE,
    OLLAMA,
    RESPONSES,
)

WRAPPED = re.compile(rb'"bytes":"([A-Za-z0-9+/=]+)"')
"""A piece of an Anthropic stream, as Bedrock wraps it."""


def _chat_ends(recording: Recording) -> bool:
    choices = (c for _, data in lines(recording) for c in data.get("choices") or ())
    reasons = (choice.get("finish_reason") for choice in choices)
    return b"[DONE]" in recording.body or any(map(_says_something, reasons))


def _says_something(reason: str | None) -> bool:
    return reason not in (None, "", "null")


def _responses_end(recording: Recording) -> bool:
    ends = {f"response.{word}" for word in ("completed", "failed", "incomplete")}
    return any((data.get("type") or event) in ends for event, data in lines(recording))


def _anthropic_ends(recording: Recording) -> bool:
    said = lines(recording)
    return any((data.get("type") or event) == "message_stop" for event, data in said)


def _invoked_ends(recording: Recording) -> bool:
    pieces = WRAPPED.findall(recording.body)
    return any(b"message_stop" in base64.b64decode(piece) for piece in pieces)


def _saying(*words: bytes) -> Callable[[Recording], bool]:
    """Wires that use words at their end which they use nowhere else."""
    pattern = re.compile(b"|".join(words))
    return lambda recording: pattern.search(recording.body) is not None


ENDS: dict[str, Callable[[Recording], bool]] = {
    ANTHROPIC: _anthropic_ends,
    BEDROCK: _saying(rb"messageStop"),
    CHAT: _chat_ends,
    COHERE: _saying(rb"message-end"),
    GEMINI: _saying(rb'"finishReason"', rb'"finish_reason"', rb'"blockReason"'),
    INTERACTIONS: _saying(rb'"interaction\.completed?"'),
    INVOKE: _invoked_ends,
    OLLAMA: _saying(rb'"done": ?true'),
    RESPONSES: _responses_end,
}
"""Wire to whether a stream of it ended."""
