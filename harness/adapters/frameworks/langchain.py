"""LangChain (https://docs.langchain.com): its models of OpenAI, Anthropic and Google.

A history is its messages. What it streams are messages too, which are added up with
``+``; what stands in one is read off its ``content_blocks``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from harness.adapters.frameworks import _langchain_words as words
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


class LangChain(Framework):
    """Its chat models.

    Args:
        model: the only model to ask, after its wire: ``anthropic:claude-haiku-4-5``.
        name: what reports call it.
    """

    def __init__(self, *, model: str | None = None, name: str = "langchain") -> None:
        claimed = frozenset(CAPABILITIES) - {"retries"}
        super().__init__("langchain-core", WIRES, claimed, name, model)


class Chat:
    """Its messages, and the model that is asked."""

    def __init__(self, model: Any, who: Who) -> None:
        self._model = model
        self._who = who
        self._history: list[Any] = []

    def say(self, messages: Sequence[Message]) -> None:
        """Put what is said into the history."""
        for message in messages:
            self._history += words.theirs(message)

    def ask(self, heard: Heard) -> None:
        """Ask what follows."""
        with _expressible():
            if not self._who.stream:
                self._take(self._model.invoke([*self._history]), heard)
                return
            told = words.Told(heard)
            for chunk in self._model.stream([*self._history]):
                told.take(chunk)
            self._take(told.whole, heard)

    async def ask_async(self, heard: Heard) -> None:
        """The same, awaited."""
        with _expressible():
            if not self._who.stream:
                self._take(await self._model.ainvoke([*self._history]), heard)
                return
            told = words.Told(heard)
            async for chunk in self._model.astream([*self._history]):
                told.take(chunk)
            self._take(told.whole, heard)

    def rehydrate(self) -> None:
        """Put the history through JSON text."""
        self._history = _loaded(_dumped(self._history))

    def _take(self, answer: Any, heard: Heard) -> None:
        if answer is None:
            heard.done = False
            return
        self._history.append(answer)
        heard.messages = [words.ours(answer)]
        if not self._who.stream:
            heard.events += as_events(heard.messages)
        apart = self._who.provider == "anthropic"
        heard.usage = words.usage(answer.usage_metadata, apart=apart)
        heard.finish = words.finish(answer)
        heard.done = heard.finish is not None
        dumped = _dumped([answer])
        heard.dumped = json.loads(dumped)[0]
        heard.again = json.loads(_dumped(_loaded(dumped)))[0]


@contextmanager
def _expressible() -> Iterator[None]:
    """What it says, before it asks anybody, that it cannot ask."""
    try:
        yield
    except ValueError as error:
        if "multiple non-consecutive system messages" in str(error):
            raise NotExpressible(str(error)) from error
        raise


def _dumped(messages: Sequence[Any]) -> str:
    return json.dumps(library("langchain_core.messages").messages_to_dict(messages))


def _loaded(dumped: str) -> list[Any]:
    theirs = library("langchain_core.messages")
    loaded: list[Any] = theirs.messages_from_dict(json.loads(dumped))
    return loaded


def _wire(module: str, name: str, schema: Callable[[Any], Any], **more: Any) -> Wire:
    """How a wire is asked.

    Args:
        module: the package that has its model.
        name: the class of the model in it.
        schema: what a model is bound to for the schema of an answer.
        more: settings of the model.
    """

    def chat(who: Who) -> Chat:
        made = getattr(library(module), name)
        known = {*made.model_fields, *(f.alias for f in made.model_fields.values())}
        for option in who.options:
            if option not in known:
                raise NotExpressible(f"{name} has no setting {option!r}")
        try:
            asked = {"model": who.model, "api_key": who.key, **more, **who.options}
            if "temperature" in who.options:
                asked.pop("thinking", None)  # Anthropic's API takes one or the other
            model = made(**asked)
        except ValueError as error:
            raise NotExpressible(f"{name}: {error}") from error
        tools = [_tool(tool) for tool in who.tools] + [*who.server_side_tools]
        bound = schema(who.schema) if who.schema is not None else {}
        if tools:
            model = model.bind_tools(tools)
        return Chat(model.bind(**bound) if bound else model, who)

    return Wire(module, chat)


def _tool(spec: Any) -> JsonObject:
    """A tool as OpenAI's chat declares it, which all of its models take."""
    function = {"name": spec.name, "parameters": spec.input_schema}
    if spec.description is not None:
        function["description"] = spec.description
    return {"type": "function", "function": function}


def _response_format(schema: JsonObject) -> JsonObject:
    named = {"name": "answer", "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


def _output_config(schema: JsonObject) -> JsonObject:
    return {"output_config": {"format": {"type": "json_schema", "schema": schema}}}


def _response_schema(schema: JsonObject) -> JsonObject:
    kind = "application/json"
    return {"response_mime_type": kind, "response_json_schema": schema}


THINKING = {"type": "enabled", "budget_tokens": 2048}
"""Without it, its model of Anthropic takes an answer for nothing but words."""

WIRES = {
    "openai-chat": _wire("langchain_openai", "ChatOpenAI", _response_format),
    "openai-responses": _wire(
        "langchain_openai", "ChatOpenAI", _response_format, use_responses_api=True
    ),
    "anthropic": _wire(
        "langchain_anthropic", "ChatAnthropic", _output_config, thinking=THINKING
    ),
    "gemini": _wire(
        "langchain_google_genai", "ChatGoogleGenerativeAI", _response_schema
    ),
}
"""How each wire is asked, as its documentation says."""
