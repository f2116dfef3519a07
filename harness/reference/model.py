"""Model: somebody who can be prompted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any, Unpack

from harness.errors import UsageError
from harness.message.events import Event
from harness.message.parts import Message
from harness.message.turn import ServerSideTool
from harness.reference import registry
from harness.reference.async_response import AsyncResponse
from harness.reference.chain import AsyncChainResponse, ChainResponse
from harness.reference.conversation import AsyncConversation, Conversation
from harness.reference.prompt import Asking, Prompt, ask
from harness.reference.response import Response
from harness.reference.tools.execute import AfterCall, BeforeCall
from harness.reference.tools.tool import ToolDef, ToolResult


class Promptable:
    """What models of both kinds have.

    Attributes:
        model_id: its name, such as ``openai-chat/gpt-5.5``.
        supports_schema: whether it can be held to a JSON Schema.
        supports_tools: whether it calls our tools.
        supports_server_side_tools: whether it calls tools of its provider's.
        supports_conversation: whether it takes more than one turn.
    """

    model_id: str
    supports_schema = True
    supports_tools = True
    supports_server_side_tools = True
    supports_conversation = True

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.model_id}>"

    def accept(self, prompt: Prompt) -> None:
        """Let a prompt pass that this model can take.

        Raises:
            UsageError: for one that it cannot.
        """
        spoken = any(m.role in ("assistant", "tool") for m in prompt.messages)
        theirs = [isinstance(tool, ServerSideTool) for tool in prompt.tools]
        wanted = {
            "schemas": (prompt.schema is not None, self.supports_schema),
            "tools": (not all(theirs), self.supports_tools),
            "server-side tools": (any(theirs), self.supports_server_side_tools),
            "conversations": (spoken, self.supports_conversation),
        }
        for what, (used, supported) in wanted.items():
            if used and not supported:
                raise UsageError(f"{self.model_id} does not support {what}")

    def whole(self, events: Iterable[Event]) -> Any:
        """The JSON in which the provider would say these events, if that is known."""
        return None


class Model(Promptable, ABC):
    """A model that is waited for; a subclass has ``model_id`` and :meth:`execute`."""

    @abstractmethod
    def execute(
        self, prompt: Prompt, stream: bool, response: Response, conversation: Any
    ) -> Iterator[Event | str]:
        """Ask, and give the events of the answer as they come; text may be plain.

        Called once for each response. What is not an event is reported by the
        response's ``set_usage``, ``add_tool_call`` and ``set_resolved_model``.
        """

    def prompt(
        self,
        prompt: str | None = None,
        *,
        messages: Sequence[Message] | None = None,
        tool_results: Sequence[ToolResult] | None = None,
        stream: bool = True,
        key: str | None = None,
        keep_events: bool = True,
        **asking: Unpack[Asking],
    ) -> Response:
        """A response, not yet asked for.

        Args:
            prompt: the user's words.
            messages: the conversation so far; what else is given follows it.
            tool_results: what the tools that were called last came to.
            stream: whether the answer is asked for as a stream.
            key: an API key for this prompt.
            keep_events: ``False`` keeps nothing that went by: the stream can be read
                once, and memory does not grow.
            asking: system prompt, attachments, tools, schema, options; see ``Asking``.

        Raises:
            UsageError: for what this model, or any, cannot take.
        """
        asked = ask(prompt, asking, messages=messages, tool_results=tool_results)
        return Response(asked, self, stream, key=key, keep_events=keep_events)

    def conversation(
        self,
        tools: Sequence[ToolDef] | None = None,
        before_call: BeforeCall | None = None,
        after_call: AfterCall | None = None,
        chain_limit: int | None = None,
    ) -> Conversation:
        """A conversation with this model; nothing said yet."""
        return Conversation(
            self,
            tools=tools,
            before_call=before_call,
            after_call=after_call,
            chain_limit=chain_limit,
        )

    def chain(self, prompt: str | None = None, **asking: Any) -> ChainResponse:
        """A prompt and all that its tool calls lead to; see ``Conversation.chain``."""
        return self.conversation().chain(prompt, **asking)


class AsyncModel(Promptable, ABC):
    """A model that is awaited; a subclass has ``model_id`` and :meth:`execute`."""

    @abstractmethod
    def execute(
        self, prompt: Prompt, stream: bool, response: AsyncResponse, conversation: Any
    ) -> AsyncIterator[Event | str]:
        """Ask, and give the events of the answer as they come; see ``Model.execute``.

        An asynchronous generator.
        """

    def prompt(
        self,
        prompt: str | None = None,
        *,
        messages: Sequence[Message] | None = None,
        tool_results: Sequence[ToolResult] | None = None,
        stream: bool = True,
        key: str | None = None,
        keep_events: bool = True,
        **asking: Unpack[Asking],
    ) -> AsyncResponse:
        """A response, not yet asked for; see :meth:`Model.prompt`."""
        asked = ask(prompt, asking, messages=messages, tool_results=tool_results)
        return AsyncResponse(asked, self, stream, key=key, keep_events=keep_events)

    def conversation(
        self,
        tools: Sequence[ToolDef] | None = None,
        before_call: BeforeCall | None = None,
        after_call: AfterCall | None = None,
        chain_limit: int | None = None,
    ) -> AsyncConversation:
        """A conversation with this model; nothing said yet."""
        return AsyncConversation(
            self,
            tools=tools,
            before_call=before_call,
            after_call=after_call,
            chain_limit=chain_limit,
        )

    def chain(self, prompt: str | None = None, **asking: Any) -> AsyncChainResponse:
        """A prompt and all that its tool calls lead to; see ``Conversation.chain``."""
        return self.conversation().chain(prompt, **asking)


def get_model(name: str, **how: Any) -> Model:
    """The model of that name.

    Args:
        name: ``provider/model``, such as ``anthropic/claude-sonnet-5`` (``openai/``
            is OpenAI's newer wire, ``openai-responses/``); or the name or an alias
            of a model that a package registers.
        how: for ``provider/model``: ``base_url``, ``key`` (unless given, the
            environment's, for the provider's own host alone), ``transport``,
            ``timeout`` in seconds, ``retries``.

    Raises:
        UsageError: where there is no such model.
    """
    model: Model = registry.find(name, how)
    return model


def get_async_model(name: str, **how: Any) -> AsyncModel:
    """The model of that name, to be awaited; see :func:`get_model`."""
    model: AsyncModel = registry.find_async(name, how)
    return model
