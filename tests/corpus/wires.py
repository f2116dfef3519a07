"""Which wire an exchange was recorded on, and which words that wire is known to have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin
from urllib.parse import urlsplit

from anthropic.types.beta import (
    BetaContentBlock,
    BetaRawContentBlockDelta,
    BetaRawMessageStreamEvent,
)
from openai.types.responses import ResponseOutputItem, ResponseStreamEvent

from harness.providers import PROVIDERS
from harness.providers._provider import Provider
from tests.corpus.recordings import Recording

CHAT, RESPONSES, ANTHROPIC = "openai-chat", "openai-responses", "anthropic"

SURFACES = {
    "anthropic-messages": ANTHROPIC,
    "deepseek": CHAT,
    "groq": CHAT,
    "huggingface": CHAT,
    "mistral": CHAT,
    "openai-chat": CHAT,
    "openai-compatible": CHAT,
    "openai-responses": RESPONSES,
    "openrouter": CHAT,
    "openrouter-responses": RESPONSES,
    "xai": CHAT,
    "xai-responses": RESPONSES,
}
"""Surface to wire, for exchanges whose URL does not tell."""

PATHS = (
    (re.compile(r"/chat/completions$"), CHAT),
    (re.compile(r"/responses(/resp_[^/]+)?$"), RESPONSES),
    (re.compile(r"/messages$"), ANTHROPIC),
)
"""Where the three wires are served, whatever the host and the prefix."""

ELSEWHERE = re.compile(
    r"/(embeddings|rerank|moderations|models|files|uploads|batches|conversations"
    r"|images|audio|videos|fine_tuning|vector_stores|threads|assistants|completions"
    r"|cancel|compact|input_items|input_tokens|count_tokens|tokenize|realtime|fim)"
    r"(/[^/]*)?$"
)
"""Other endpoints of the same hosts."""


def provider_of(recording: Recording) -> Provider | None:
    """The provider whose wire the exchange was recorded on, if it is one of ours."""
    path = urlsplit(recording.url).path.rstrip("/")
    for pattern, name in PATHS:
        if pattern.search(path):
            return PROVIDERS[name]
    if ELSEWHERE.search(path) or recording.method == "DELETE":
        return None
    return PROVIDERS.get(SURFACES.get(recording.surface, ""))


def is_named(provider: Provider, tag: str) -> bool:
    """Whether the wire's own SDK has a type for what our decoder called unknown."""
    return str(tag).rpartition(":")[2] in NAMED[provider.name]


def _tags(union: Any) -> Iterator[str]:
    """The ``type`` of each member of a union of SDK types."""
    while get_origin(union) is Annotated:
        union = get_args(union)[0]
    for member in get_args(union) or (union,):
        if get_args(member):
            yield from _tags(member)
            continue
        kind = member.model_fields["type"].annotation
        if get_origin(kind) is Literal:
            yield from get_args(kind)


NAMED = {
    CHAT: frozenset(
        {"chat.completion.chunk", "image_url", "refusal", "text", "thinking"}
    ),
    RESPONSES: frozenset(
        {*_tags(ResponseStreamEvent), *_tags(ResponseOutputItem), "output_text"}
    ),
    ANTHROPIC: frozenset(
        {
            *_tags(BetaRawMessageStreamEvent),
            *_tags(BetaContentBlock),
            *_tags(BetaRawContentBlockDelta),
        }
    ),
}
"""Every event, item, block and delta that a wire's official SDK has a type for; chat
chunks have no types, only the words for their content."""
