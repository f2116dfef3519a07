"""The baseline: pytest tests that play our cassettes to the official SDKs with vcrpy.

Run by ``replaying.py`` in a folder with ``cassettes/``. The environment's ``ASKED``
names the JSON file with what to ask, and ``SCOPE`` says how long a client lives.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import vcr  # type: ignore[import-untyped]  # vcrpy has no types
from anthropic import Anthropic
from openai import OpenAI

PLAYER = vcr.VCR(record_mode="none")
SERVER = "http://127.0.0.1:8091"
SCOPE: Any = os.environ["SCOPE"]
ASKED = json.loads(Path(os.environ["ASKED"]).read_text("utf-8"))


def of(provider: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("cassette", "body"),
        [(a["cassette"], a["body"]) for a in ASKED if a["provider"] == provider],
    )


@pytest.fixture(scope=SCOPE)
def openai() -> OpenAI:
    return OpenAI(api_key="none", base_url=f"{SERVER}/v1", max_retries=0)


@pytest.fixture(scope=SCOPE)
def anthropic() -> Anthropic:
    return Anthropic(api_key="none", base_url=SERVER, max_retries=0)


@of("openai-chat")
def test_a_chat_has_words(cassette: str, body: Any, openai: OpenAI) -> None:
    with PLAYER.use_cassette(cassette):
        chunks = openai.chat.completions.create(**body)
        deltas = (chunk.choices[0].delta for chunk in chunks if chunk.choices)
        assert "".join(delta.content or "" for delta in deltas)


@of("openai-responses")
def test_a_response_has_words(cassette: str, body: Any, openai: OpenAI) -> None:
    with PLAYER.use_cassette(cassette):
        events = openai.responses.create(**body)
        words = (e.delta for e in events if e.type == "response.output_text.delta")
        assert "".join(words)


@of("anthropic")
def test_a_message_has_words(cassette: str, body: Any, anthropic: Anthropic) -> None:
    # The newest models take no temperature, and this method no longer has one.
    known = {key: value for key, value in body.items() if key != "temperature"}
    more = {"temperature": body["temperature"]}
    with PLAYER.use_cassette(cassette):
        events = anthropic.messages.create(**known, extra_body=more)
        deltas = (e.delta for e in events if e.type == "content_block_delta")
        assert "".join(delta.text for delta in deltas if delta.type == "text_delta")
