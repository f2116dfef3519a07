"""What each wire alone can say: strategies for its own answers and requests.

One file a wire, beside what :mod:`tests.strategies` draws for all of them:
``answers()`` draws messages the wire can say with every kind of part it has,
``turns()`` conversations with everything its requests can carry.
"""

from __future__ import annotations

from typing import Protocol

from hypothesis import strategies as st

from harness.message.parts import Message
from harness.message.turn import Turn
from tests.drawn import (
    anthropic,
    bedrock,
    cohere,
    gemini,
    gemini_interactions,
    mistral,
    ollama,
    openai_chat,
    openai_responses,
)


class Own(Protocol):
    """A file of this folder."""

    def answers(self) -> st.SearchStrategy[Message]:
        """Messages that this wire can say."""

    def turns(self) -> st.SearchStrategy[Turn]:
        """Conversations that this wire can carry."""


OWN: dict[str, Own] = {
    "anthropic": anthropic,
    "bedrock": bedrock,
    "bedrock-invoke": anthropic,
    "cohere": cohere,
    "gemini": gemini,
    "gemini-interactions": gemini_interactions,
    "mistral": mistral,
    "ollama": ollama,
    "openai-chat": openai_chat,
    "openai-responses": openai_responses,
}
"""Provider name to its own strategies."""
