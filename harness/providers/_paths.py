"""Paths: which wire a URL is of, where nobody says."""

from __future__ import annotations


def guessed(url: str) -> str | None:
    """The name of the provider whose path a URL ends in."""
    path = url.partition("?")[0].partition("#")[0]
    return next((name for end, name in ENDINGS.items() if path.endswith(end)), None)


ENDINGS = {
    "/chat/completions": "openai-chat",
    "/responses": "openai-responses",
    "/messages": "anthropic",
    "enerateContent": "gemini",
    "/api/chat": "ollama",
    "/v2/chat": "cohere",
    "/converse": "bedrock",
    "/converse-stream": "bedrock",
    "/invoke": "bedrock-invoke",
    "/invoke-with-response-stream": "bedrock-invoke",
    "/interactions": "gemini-interactions",
}
"""How the path of a wire ends; hosts that share one are read as the wire."""
