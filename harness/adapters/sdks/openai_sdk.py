"""OpenAI's SDK (https://github.com/openai/openai-python), on both its wires."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from harness.adapters.sdks._sdk import Calls, Heard, Sdk, each, plain, waited
from harness.message.parts import JsonObject
from harness.run.door import Who


class OpenAI(Sdk):
    """The SDK, asked as its documentation says.

    Args:
        retries: how often it tries again by itself.
        name: what reports call it.
    """

    def __init__(self, *, retries: int = 2, name: str = "openai") -> None:
        wires: dict[str, Callable[[Who], Calls]] = {
            "openai-chat": lambda who: Chat(_client(who, retries)),
            "openai-responses": lambda who: Responses(_client(who, retries)),
        }
        super().__init__("openai", wires, name)


def _client(who: Who, retries: int) -> Any:
    import openai

    make = openai.AsyncOpenAI if who.mode == "async" else openai.OpenAI
    return make(api_key=who.key, base_url=who.base_url, max_retries=retries)


class Chat:
    """Chat Completions; the SDK adds the chunks up itself."""

    def __init__(self, client: Any) -> None:
        self._create = client.chat.completions.create

    async def ask(self, body: JsonObject, path: str, heard: Heard) -> None:
        """Ask, and take every chunk as it comes."""
        answer = await waited(self._create(**given(self._create, body)))
        if not body.get("stream"):
            heard.payloads.append(plain(answer))
            return
        from openai.lib.streaming.chat import ChatCompletionStreamState

        state = ChatCompletionStreamState()

        def take(chunk: Any) -> None:
            heard.payloads.append(plain(chunk))
            state.handle_chunk(chunk)

        await each(answer, take)
        heard.whole = plain(state.current_completion_snapshot)


class Responses:
    """The Responses API; its last event holds the answer whole."""

    def __init__(self, client: Any) -> None:
        self._create = client.responses.create

    async def ask(self, body: JsonObject, path: str, heard: Heard) -> None:
        """Ask, and take every event as it comes."""
        answer = await waited(self._create(**given(self._create, body)))
        if body.get("stream"):
            await each(answer, lambda event: heard.payloads.append(plain(event)))
        else:
            heard.payloads.append(plain(answer))


def given(create: Any, body: JsonObject) -> JsonObject:
    """A body as arguments; fields that the SDK has no word for go in ``extra_body``."""
    known = inspect.signature(create).parameters
    named = {key: value for key, value in body.items() if key in known}
    more = {key: value for key, value in body.items() if key not in known}
    return named | ({"extra_body": more} if more else {})
