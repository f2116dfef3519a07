"""Anthropic's SDK (https://github.com/anthropics/anthropic-sdk-python)."""

from __future__ import annotations

from typing import Any

from harness.adapters.sdks._sdk import Heard, Sdk, each, plain, waited
from harness.adapters.sdks.openai_sdk import given
from harness.message.parts import JsonObject
from harness.run.door import Who

OF_THE_WIRE = frozenset(
    {
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    }
)
"""Events that were sent; the others are the SDK's own, made of these."""


class Anthropic(Sdk):
    """The SDK, asked as its documentation says.

    Args:
        retries: how often it tries again by itself.
        name: what reports call it.
    """

    def __init__(self, *, retries: int = 2, name: str = "anthropic") -> None:
        wires = {"anthropic": lambda who: Messages(_client(who, retries))}
        super().__init__("anthropic", wires, name)


def _client(who: Who, retries: int) -> Any:
    import anthropic

    make = anthropic.AsyncAnthropic if who.mode == "async" else anthropic.Anthropic
    return make(api_key=who.key, base_url=who.base_url, max_retries=retries)


class Messages:
    """The Messages API; the SDK adds the events up itself."""

    def __init__(self, client: Any) -> None:
        self._messages = client.beta.messages

    async def ask(self, body: JsonObject, path: str, heard: Heard) -> None:
        """Ask, and take every event as it comes."""
        if not body.get("stream"):
            create = self._messages.create
            heard.payloads.append(plain(await waited(create(**given(create, body)))))
            return
        asked = {key: value for key, value in body.items() if key != "stream"}
        manager = self._messages.stream(**given(self._messages.stream, asked))

        def take(event: Any) -> None:
            if event.type in OF_THE_WIRE:
                heard.payloads.append(_sent(event))

        if hasattr(manager, "__aenter__"):
            async with manager as stream:
                await each(stream, take)
        else:
            with manager as stream:
                await each(stream, take)
        heard.whole = plain(stream.current_message_snapshot)


def _sent(event: Any) -> JsonObject:
    """An event as it was sent: at the end of a block the SDK adds the block."""
    said = plain(event)
    if said["type"] == "content_block_stop":
        said.pop("content_block", None)
    if said["type"] == "message_stop":
        said.pop("message", None)
    return said
