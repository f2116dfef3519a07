"""The official SDKs as adapters: what they pass, and what they are known to lose."""

from __future__ import annotations

from importlib import metadata
from typing import Any

import pytest

from harness.adapters.sdks._sdk import Sdk
from harness.adapters.sdks.anthropic_sdk import Anthropic
from harness.adapters.sdks.google_genai import GoogleGenai
from harness.adapters.sdks.openai_sdk import OpenAI
from harness.errors import UsageError
from tests.adapters.trying import failures, tried

KNOWN: dict[str, dict[str, list[str]]] = {
    "openai": {  # equal fields of chunks are joined as if they were pieces of text
        "name-empty-in-later-pieces": ["events.assemble", "tool_calls"],
    },
    "anthropic": {  # input that is cut off is completed by the SDK
        "truncated-call[anthropic-stream]": [
            "events.assemble",
            "events.complete",
            "parts",
            "stream.parity",
        ],
        "truncated-call[anthropic-whole]": ["stream.parity"],
    },
    "google-genai": {  # a comment in the stream is taken for an answer
        "beyond-ascii[gemini-stream]": ["chunks.invariant"],
    },
}
"""By SDK, the cases of the suites below that fail, and the checks that say so."""

SUITES = ("text", "tools", "wire-openai-chat")


@pytest.mark.parametrize("make", [OpenAI, Anthropic, GoogleGenai])
def test_an_sdk_passes_but_for_what_is_known(make: Any) -> None:
    adapter: Sdk = make()
    assert adapter.version
    found: dict[str, list[str]] = {}
    for suite in SUITES[:2]:
        found |= failures(tried(adapter, suite))
    found |= failures(tried(adapter, "wire-openai-chat", "name-empty-in-later-pieces"))
    assert found == KNOWN[adapter.name]


def test_an_sdk_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    with pytest.raises(UsageError, match="openai is not installed: pip install openai"):
        OpenAI()
