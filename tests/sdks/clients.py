"""Every SDK that is asked, by the wire it speaks."""

from __future__ import annotations

from tests.sdks import (
    anthropic_sdk,
    bedrock_sdk,
    chat_sdks,
    cohere_sdk,
    google_sdk,
    ollama_sdk,
    openai_sdk,
)
from tests.sdks.client import Client

CLIENTS: tuple[Client, ...] = (
    *openai_sdk.CLIENTS,
    *anthropic_sdk.CLIENTS,
    *google_sdk.CLIENTS,
    *ollama_sdk.CLIENTS,
    *cohere_sdk.CLIENTS,
    *bedrock_sdk.CLIENTS,
    *chat_sdks.CLIENTS,
)

BY_PROVIDER = {client.provider: client for client in CLIENTS}
