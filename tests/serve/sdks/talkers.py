"""Every SDK that talks with the mock."""

from __future__ import annotations

from tests.serve.sdks import (
    anthropic_talks,
    bedrock_talks,
    chat_talks,
    cohere_talks,
    google_talks,
    ollama_talks,
    openai_talks,
)
from tests.serve.sdks.talker import Talker

TALKERS: tuple[Talker, ...] = (
    *openai_talks.TALKERS,
    *anthropic_talks.TALKERS,
    *google_talks.TALKERS,
    *bedrock_talks.TALKERS,
    *cohere_talks.TALKERS,
    *ollama_talks.TALKERS,
    *chat_talks.TALKERS,
)
