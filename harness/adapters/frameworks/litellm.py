"""LiteLLM (https://docs.litellm.ai), asked by ``completion`` and ``acompletion``.

It has no conversation of its own: a history is a list of messages as OpenAI's chat has
them, to which its answers are added as it gave them. What it streams it adds up itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

from harness.adapters.frameworks import _litellm_words as words
from harness.adapters.frameworks._framework import (
    Framework,
    Heard,
    Wire,
    as_events,
    library,
)
from harness.errors import NotExpressible
from harness.message.parts import JsonObject, Message
from harness.run.door import Who
from harness.suite.case import CAPABILITIES


class LiteLLM(Framework):
    """Its completions.

    Args:
        model: the only model to ask, after its wire: ``anthropic:claude-haiku-4-5``.
        name: what reports call it.
    """

    def __init__(self, *, model: str | None = None, name: str = "litellm") -> None:
        # Else it asks the network what models cost, and which headers are new.
        os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        os.environ.setdefault("LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS", "True")
        claimed = frozenset(CAPABILITIES) - {"retries"}
        super().__init__("litellm", WIRES, claimed, name, model)


class Chat:
    """A history, and what is asked with each of its messages."""

    def __init__(self, who: Who, model: str, more: JsonObject) -> None:
        self._library = library("litellm")
        self._library.telemetry = False
        self._library.suppress_debug_info = True
        self._history: list[Any] = []
        self._streams = who.stream
        self._apart = who.provider in ("anthropic", "bedrock-invoke")
        self._asked = {
            "model": model.format(model=who.model),
            "api_key": who.key,
            "num_retries": 0,
            "max_retries": 0,
            "stream": who.stream,
            **more,
            **who.options,
        }
        if who.stream:
            self._asked["stream_options"] = {"include_usage": True}
        tools = [words.tool(tool) for tool in who.tools] + [*who.server_side_tools]
        if tools:
            self._asked["tools"] = tools
        if who.schema is not None:
            self._asked["response_format"] = words.response_format(who.schema)

    def say(self, messages: Sequence[Message]) -> None:
        """Put what is said into the history."""
        for message in messages:
            self._history += words.theirs(message)

    def ask(self, heard: Heard) -> None:
        """Ask what follows."""
        try:
            answer = self._library.completion(messages=[*self._history], **self._asked)
        except self._library.UnsupportedParamsError as error:
            raise NotExpressible(str(error)) from error
        if self._streams:
            told = words.Told(heard)
            for chunk in answer:
                told.take(chunk)
            answer = self._added_up(told)
        self._take(answer, heard)

    async def ask_async(self, heard: Heard) -> None:
        """The same, awaited."""
        try:
            answer = await self._library.acompletion(
                messages=[*self._history], **self._asked
            )
        except self._library.UnsupportedParamsError as error:
            raise NotExpressible(str(error)) from error
        if self._streams:
            told = words.Told(heard)
            async for chunk in answer:
                told.take(chunk)
            answer = self._added_up(told)
        self._take(answer, heard)

    def rehydrate(self) -> None:
        """Put the history through JSON text."""
        text = json.dumps([words.plain(message) for message in self._history])
        self._history = json.loads(text)

    def _added_up(self, told: words.Told) -> Any:
        answer = self._library.stream_chunk_builder(
            told.chunks, messages=[words.plain(message) for message in self._history]
        )
        if answer is not None and answer.choices:
            told.end(answer.choices[0].message)
        return answer

    def _take(self, answer: Any, heard: Heard) -> None:
        if answer is None or not answer.choices:
            heard.done = False
            return
        choice = answer.choices[0]
        self._history.append(choice.message)
        heard.messages = [words.ours(choice.message)]
        if not self._streams:
            heard.events += as_events(heard.messages)
        heard.usage = words.usage(getattr(answer, "usage", None), apart=self._apart)
        heard.finish = FINISHES.get(choice.finish_reason, choice.finish_reason)
        if words.refuses(choice.message):
            heard.finish = "refusal"
        heard.done = choice.finish_reason is not None
        dumped = words.plain(answer)
        heard.dumped = words.without_nulls(dumped)
        heard.again = self._again(dumped)

    def _again(self, dumped: JsonObject) -> JsonObject:
        """What it dumped, through JSON text; or why its own class does not take it."""
        try:
            again = self._library.ModelResponse(**json.loads(json.dumps(dumped)))
        except ValueError as error:
            return {"raised": str(error)}
        kept: JsonObject = words.without_nulls(words.plain(again))
        return kept


FINISHES = {"function_call": "tool_calls"}
"""Its finish reasons that are called otherwise here."""


def _wire(model: str, **more: Any) -> Wire:
    """How a wire is asked: what its model is called, and what is said beside."""
    return Wire("litellm", lambda who: Chat(who, model, more))


AWS = {
    "aws_region_name": "us-east-1",
    "aws_access_key_id": "none",
    "aws_secret_access_key": "none",
}

WIRES = {
    "openai-chat": _wire("openai/{model}"),
    "openai-responses": _wire("openai/responses/{model}"),
    "anthropic": _wire("anthropic/{model}"),
    "gemini": _wire("gemini/{model}"),
    "bedrock": _wire("bedrock/converse/{model}", **AWS),
    "bedrock-invoke": _wire("bedrock/invoke/{model}", **AWS),
    "cohere": _wire("cohere_chat/{model}"),
    "deepseek": _wire("deepseek/{model}"),
    "groq": _wire("groq/{model}"),
    "mistral": _wire("mistral/{model}"),
    "ollama": _wire("ollama_chat/{model}"),
    "openrouter": _wire("openrouter/{model}"),
    "together": _wire("together_ai/{model}"),
    "vllm": _wire("hosted_vllm/{model}", api_base="http://localhost:8000/v1"),
    "xai": _wire("xai/{model}"),
    "zai": _wire("zai/{model}"),
}
"""How each wire is asked, as its documentation says."""
