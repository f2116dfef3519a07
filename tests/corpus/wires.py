"""Which wire an exchange was recorded on."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from harness.providers import PROVIDERS
from harness.providers._provider import Provider
from tests.corpus.recordings import Recording
from tests.wires import wire_named

CHAT, RESPONSES, ANTHROPIC = "openai-chat", "openai-responses", "anthropic"
BEDROCK, INVOKE, COHERE = "bedrock", "bedrock-invoke", "cohere"
GEMINI, INTERACTIONS, OLLAMA = "gemini", "gemini-interactions", "ollama"

SURFACES = {
    "anthropic-messages": ANTHROPIC,
    "bedrock-converse": BEDROCK,
    "bedrock-invoke": INVOKE,
    "cohere": COHERE,
    "deepseek": "deepseek",
    "gemini-generate": GEMINI,
    "gemini-interactions": INTERACTIONS,
    "groq": "groq",
    "huggingface": "huggingface",
    "mistral": "mistral",
    "ollama": OLLAMA,
    "openai-chat": CHAT,
    "openai-compatible": CHAT,
    "openai-responses": RESPONSES,
    "openrouter": "openrouter",
    "openrouter-responses": "openrouter-responses",
    "xai": "xai",
    "xai-responses": "xai-responses",
}
"""Surface to provider, for exchanges whose URL does not tell."""

PATHS = (
    (re.compile(r"/chat/completions$"), CHAT),
    (re.compile(r"/responses(/resp_[^/]+)?$"), RESPONSES),
    (re.compile(r"/messages$"), ANTHROPIC),
    (re.compile(r"/converse(-stream)?$"), BEDROCK),
    (re.compile(r"/invoke(-with-response-stream)?$"), INVOKE),
    (re.compile(r"/v2/chat$"), COHERE),
    (re.compile(r":(streamG|g)enerateContent$"), GEMINI),
    (re.compile(r"/interactions(/[^/]+)?$"), INTERACTIONS),
    (re.compile(r"/api/chat$"), OLLAMA),
)
"""Where the wires are served, whatever the host and the prefix."""

HOSTS = (
    (re.compile(r"(^|\.)openai\.azure\.com$"), {CHAT: "azure"}),
    (
        re.compile(r"^api\.deepseek\.com$"),
        {CHAT: "deepseek", RESPONSES: "deepseek-responses"},
    ),
    (re.compile(r"^api\.groq\.com$"), {CHAT: "groq"}),
    (re.compile(r"^router\.huggingface\.co$"), {CHAT: "huggingface"}),
    (re.compile(r"^api\.mistral\.ai$"), {CHAT: "mistral"}),
    (
        re.compile(r"^openrouter\.ai$"),
        {CHAT: "openrouter", RESPONSES: "openrouter-responses"},
    ),
    (re.compile(r"\.snowflakecomputing\.com$"), {CHAT: "snowflake"}),
    (re.compile(r"^api\.together\.(xyz|ai)$"), {CHAT: "together"}),
    (re.compile(r"^api\.x\.ai$"), {CHAT: "xai", RESPONSES: "xai-responses"}),
    (re.compile(r"^api\.z\.ai$"), {CHAT: "zai"}),
)
"""Hosts that speak a wire in a dialect of their own."""

OTHER_MODELS = ("amazon.", "meta.", "mistral.", "cohere.", "ai21.")
"""Models on Bedrock that InvokeModel asks in words of their own, not Anthropic's."""

UNSPOKEN = {
    "cohere-v1": "not spoken: Cohere's first chat API, which v2 has replaced",
    "dashscope": "not spoken: DashScope's own API; its chat-completions one is",
    "ollama-generate": "not spoken: Ollama's completion of a prompt, which is no chat",
}
"""Surfaces that are wires of their own and not among ours."""

ELSEWHERE = re.compile(
    r"/(embeddings|rerank|moderations|models|files|uploads|batches|conversations"
    r"|images|audio|videos|fine_tuning|vector_stores|threads|assistants|completions"
    r"|cancel|compact|input_items|input_tokens|count_tokens|tokenize|realtime|fim)"
    r"(/[^/]*)?$"
)
"""Other endpoints of the same hosts."""


def provider_of(recording: Recording) -> Provider | None:
    """The provider whose wire the exchange was recorded on, if it is one of ours."""
    name = _wire_by_url(recording) or SURFACES.get(recording.surface, "")
    if ELSEWHERE.search(_path(recording)) or recording.method == "DELETE":
        name = _wire_by_url(recording)
    if name == INVOKE and any(model in recording.url for model in OTHER_MODELS):
        return None
    host = (urlsplit(recording.url).hostname or "").lower()
    for pattern, dialects in HOSTS:
        if pattern.search(host):
            name = dialects.get(name, name)
    return PROVIDERS.get(name)


def unspoken(recording: Recording) -> str:
    """Why none of our providers speaks what the exchange was recorded on."""
    if _wire_by_url(recording) == INVOKE or SURFACES.get(recording.surface) == INVOKE:
        return "not spoken: another model's own words, by Bedrock's InvokeModel"
    return UNSPOKEN.get(recording.surface, "not spoken: another endpoint")


def _path(recording: Recording) -> str:
    return urlsplit(recording.url).path.rstrip("/")


def _wire_by_url(recording: Recording) -> str:
    path = _path(recording)
    return next((name for pattern, name in PATHS if pattern.search(path)), "")


def wire_of(provider: Provider) -> str:
    """The wire that a provider speaks, which is not always the one of its name."""
    return wire_named(provider.name)
