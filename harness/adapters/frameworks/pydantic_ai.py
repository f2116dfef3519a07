"""Pydantic AI (https://ai.pydantic.dev), asked by way of its models, without agents.

The tools are run here, so that what is tried is what its models read and write.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from itertools import groupby
from typing import Any

from harness.adapters.frameworks import _pydantic_words as words
from harness.adapters.frameworks._framework import (
    Framework,
    Heard,
    Wire,
    as_events,
    library,
)
from harness.errors import NotExpressible
from harness.message.events import StreamEvent
from harness.message.parts import JsonObject, Message, TextPart
from harness.run.door import Who
from harness.suite.case import CAPABILITIES


class PydanticAI(Framework):
    """Its models, asked by its direct API.

    Args:
        model: the only model to ask, after its wire: ``anthropic:claude-haiku-4-5``.
        name: what reports call it.
    """

    def __init__(self, *, model: str | None = None, name: str = "pydantic-ai") -> None:
        claimed = frozenset(CAPABILITIES) - {"retries"}
        super().__init__("pydantic-ai-slim", WIRES, claimed, name, model)


class Chat:
    """Its messages, and the model that is asked."""

    def __init__(self, model: Any, who: Who) -> None:
        self._model = model
        self._streams = who.stream
        self._history: list[Any] = []
        self._asked = {
            "model": model,
            "model_settings": _settings(who.options),
            "model_request_parameters": _parameters(who),
        }

    def say(self, messages: Sequence[Message]) -> None:
        """Neighbours that are not the model's go in one request, as in its agents."""
        theirs = library("pydantic_ai.messages")
        system = self._model.system
        for is_answer, said in groupby(messages, lambda m: m.role == "assistant"):
            if is_answer:
                parts = [
                    words.answered(p, system) for message in said for p in message.parts
                ]
                answer = theirs.ModelResponse(parts=parts, provider_name=system)
                self._history.append(answer)
            else:
                parts = [part for message in said for part in words.asked(message)]
                self._history.append(theirs.ModelRequest(parts=parts))

    def ask(self, heard: Heard) -> None:
        """Ask what follows."""
        direct = library("pydantic_ai.direct")
        with _expressible():
            if not self._streams:
                answer = direct.model_request_sync(
                    messages=self._history, **self._asked
                )
                self._take(answer, heard)
                return
            stream = direct.model_request_stream_sync(
                messages=self._history, **self._asked
            )
            told = words.Told()
            with stream:
                for event in stream:
                    heard.events += told.take(event)
                self._take(stream.response, heard)

    async def ask_async(self, heard: Heard) -> None:
        """The same, awaited."""
        direct = library("pydantic_ai.direct")
        with _expressible():
            if not self._streams:
                answer = await direct.model_request(
                    messages=self._history, **self._asked
                )
                self._take(answer, heard)
                return
            async with direct.model_request_stream(
                messages=self._history, **self._asked
            ) as stream:
                told = words.Told()
                async for event in stream:
                    heard.events += told.take(event)
                self._take(stream.get(), heard)

    def rehydrate(self) -> None:
        """Put the history through JSON text."""
        self._history = _loaded(_dumped(self._history))

    def _take(self, answer: Any, heard: Heard) -> None:
        """An answer, of whose parts the events have had no more than the words."""
        self._history.append(answer)
        parts = [words.ours(part) for part in answer.parts]
        details = answer.provider_details or {}
        refusal = details.get("refusal")
        if refusal:
            parts.append(TextPart(refusal, {"pydantic-ai": {"refusal": True}}))
        heard.messages = [Message("assistant", tuple(parts))]
        if self._streams:
            heard.events += [
                StreamEvent(STREAMED[part.type], "", i, provider_metadata=said)
                for i, part in enumerate(parts)
                if (said := part.provider_metadata) and part.type in STREAMED
            ]
            if refusal:
                heard.events.append(StreamEvent("text", refusal, len(parts) - 1))
        else:
            heard.events += as_events(heard.messages)
        heard.usage = words.usage(answer.usage)
        finish = FINISHES.get(answer.finish_reason, answer.finish_reason)
        refused = refusal or details.get("finish_reason") == "refusal"
        heard.finish = "refusal" if refused else finish
        heard.done = answer.state == "complete"
        dumped = _dumped([answer])
        heard.dumped = _plain(dumped)
        heard.again = _plain(_dumped(_loaded(dumped)))


@contextmanager
def _expressible() -> Iterator[None]:
    """What it says of its own accord that it cannot be asked."""
    theirs = library("pydantic_ai.exceptions")
    try:
        yield
    except RuntimeError as error:
        said = isinstance(error, theirs.UserError | NotImplementedError)
        if said or any(words in str(error) for words in UNABLE):
            raise NotExpressible(f"{type(error).__name__}: {error}") from error
        raise


def _dumped(messages: Sequence[Any]) -> bytes:
    theirs = library("pydantic_ai.messages").ModelMessagesTypeAdapter
    dumped: bytes = theirs.dump_json([*messages])
    return dumped


def _loaded(dumped: bytes) -> list[Any]:
    theirs = library("pydantic_ai.messages").ModelMessagesTypeAdapter
    loaded: list[Any] = theirs.validate_json(dumped)
    return loaded


def _plain(dumped: bytes) -> JsonObject:
    answer: JsonObject = json.loads(dumped)[0]
    return answer


def _settings(options: Mapping[str, Any]) -> dict[str, Any]:
    known = library("pydantic_ai.settings").ModelSettings.__annotations__
    settings = {SAME.get(name, name): value for name, value in options.items()}
    for name in settings:
        if name not in known:
            raise NotExpressible(f"it has no setting {name!r}")
    return settings


def _parameters(who: Who) -> Any:
    declared = library("pydantic_ai.tools").ToolDefinition
    asked: dict[str, Any] = {
        "function_tools": [
            declared(
                name=tool.name,
                parameters_json_schema=tool.input_schema,
                description=tool.description,
            )
            for tool in who.tools
        ],
        "native_tools": [_native(spec) for spec in who.server_side_tools],
    }
    if who.schema is not None:
        define = library("pydantic_ai.output").OutputObjectDefinition
        output = define(who.schema)
        asked |= {"output_mode": "native", "output_object": output}
    return library("pydantic_ai.models").ModelRequestParameters(**asked)


def _native(spec: JsonObject) -> Any:
    native_tools = library("pydantic_ai.native_tools")
    said = f"{spec.get('type', '')} {' '.join(spec)}".replace("_", "").lower()
    for word, tool in NATIVE.items():
        if word in said:
            return getattr(native_tools, tool)()
    raise NotExpressible(f"it has no tool for {spec}")


UNABLE = ("not yet support", "exceed Anthropic's schema complexity limits")
"""What it says, before it asks anybody, of what it cannot ask."""

NATIVE = {
    "websearch": "WebSearchTool",
    "googlesearch": "WebSearchTool",
    "code": "CodeExecutionTool",
    "webfetch": "WebFetchTool",
    "urlcontext": "WebFetchTool",
}
"""What a declaration of a server's tool has in it, and what stands for it here."""

SAME = {"max_output_tokens": "max_tokens", "maxOutputTokens": "max_tokens"}
"""Options of wires, and the settings they are."""

FINISHES = {"tool_call": "tool_calls", "error": "other"}
"""Its finish reasons that are called otherwise here."""

STREAMED = {"text": "text", "reasoning": "reasoning", "tool_call": "tool_call_name"}
"""Parts that come in pieces, and events that add to what is known of them."""


def _wire(model: str, provider: str, module: str, **settings: str) -> Wire:
    """How a wire is asked.

    Args:
        model: its class, below ``pydantic_ai.models``.
        provider: the class of what knows where to ask, below its ``providers``.
        module: the SDK that they need.
        settings: what the provider takes, and which attribute of ``Who`` it is.
    """

    def chat(who: Who) -> Chat:
        facts = _facts(who)
        given = {name: facts[of] for name, of in settings.items()}
        known = _named("providers", provider)(**given)
        return Chat(_named("models", model)(who.model, provider=known), who)

    return Wire(module, chat)


def _facts(who: Who) -> dict[str, str]:
    """Where to ask; some hosts name a region."""
    host = who.base_url.partition("://")[2]
    return {
        "key": who.key,
        "base_url": who.base_url,
        "region": host.split(".")[1] if host.count(".") > 1 else "",
    }


def _named(where: str, name: str) -> Any:
    module, _, attribute = name.partition(":")
    return getattr(import_module(f"pydantic_ai.{where}.{module}"), attribute)


KEY = {"api_key": "key"}
BOTH = {"api_key": "key", "base_url": "base_url"}
CHAT = "openai:OpenAIChatModel"

WIRES = {
    "openai-chat": _wire(CHAT, "openai:OpenAIProvider", "openai", **BOTH),
    "openai-responses": _wire(
        "openai:OpenAIResponsesModel", "openai:OpenAIProvider", "openai", **BOTH
    ),
    "anthropic": _wire(
        "anthropic:AnthropicModel", "anthropic:AnthropicProvider", "anthropic", **BOTH
    ),
    "gemini": _wire(
        "google:GoogleModel", "google:GoogleProvider", "google.genai", **KEY
    ),
    "mistral": _wire(
        "mistral:MistralModel", "mistral:MistralProvider", "mistralai", **KEY
    ),
    "groq": _wire("groq:GroqModel", "groq:GroqProvider", "groq", **KEY),
    "cohere": _wire("cohere:CohereModel", "cohere:CohereProvider", "cohere", **KEY),
    "bedrock": _wire(
        "bedrock:BedrockConverseModel",
        "bedrock:BedrockProvider",
        "boto3",
        **BOTH,
        region_name="region",
    ),
    "deepseek": _wire(CHAT, "deepseek:DeepSeekProvider", "openai", **KEY),
    "openrouter": _wire(
        "openrouter:OpenRouterModel", "openrouter:OpenRouterProvider", "openai", **KEY
    ),
    "ollama-openai": _wire(
        "ollama:OllamaModel", "ollama:OllamaProvider", "openai", **BOTH
    ),
    "together": _wire(CHAT, "together:TogetherProvider", "openai", **KEY),
    "vllm": _wire(CHAT, "vllm:VLLMProvider", "openai", **BOTH),
    "zai": _wire("zai:ZaiModel", "zai:ZaiProvider", "openai", **BOTH),
}
"""How each wire is asked, as its documentation says."""
