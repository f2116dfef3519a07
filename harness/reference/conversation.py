"""Conversation: turns that each go on from the one before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar, Unpack

from harness.errors import UsageError
from harness.message.parts import Message
from harness.reference.answered import Answered, Answers, new_id
from harness.reference.async_response import AsyncResponse
from harness.reference.chain import AsyncChainResponse, ChainResponse
from harness.reference.prompt import Asking, Prompt, ask
from harness.reference.response import Response
from harness.reference.tools.execute import AfterCall, BeforeCall
from harness.reference.tools.tool import ToolDef, ToolResult

Made = TypeVar("Made", bound=Answered)


class Talk(Generic[Made]):
    """What conversations of both kinds have.

    Attributes:
        model: who it is with.
        id: a name for it.
        responses: the complete ones, in order.
        tools: what the model may call, where a prompt does not say.
        chain_limit: the most responses of one chain, where a chain does not say.
    """

    def __init__(
        self,
        model: Answers,
        *,
        tools: Sequence[ToolDef] | None = None,
        before_call: BeforeCall | None = None,
        after_call: AfterCall | None = None,
        chain_limit: int | None = None,
    ) -> None:
        self.model = model
        self.id = new_id()
        self.responses: list[Made] = []
        self.tools = tools
        self.before_call = before_call
        self.after_call = after_call
        self.chain_limit = chain_limit
        self._last: Made | None = None

    def __repr__(self) -> str:
        count = len(self.responses)
        noun = "response" if count == 1 else "responses"
        return f"<{type(self).__name__} {self.id}: {count} {noun}>"

    @property
    def messages(self) -> list[Message]:
        """All that was said so far."""
        if not self.responses:
            return []
        last = self.responses[-1]
        return [*last.prompt.messages, *last.so_far.messages()]

    def _ask(
        self,
        prompt: str | None,
        messages: Sequence[Message] | None,
        tool_results: Sequence[ToolResult] | None,
        asking: Mapping[str, Any],
    ) -> Prompt:
        """The next prompt: messages given whole take the place of the history."""
        return ask(
            prompt,
            {**asking, "tools": asking.get("tools") or self.tools},
            history=self.messages if messages is None else (),
            messages=messages,
            tool_results=tool_results,
        )

    def _unfinished(self) -> Made | None:
        """The last response, if it is still to be heard: it comes before the next."""
        last = self._last
        return last if last and not last.done and last.error is None else None


class Conversation(Talk[Response]):
    """Turns with one model."""

    def prompt(
        self,
        prompt: str | None = None,
        *,
        messages: Sequence[Message] | None = None,
        tool_results: Sequence[ToolResult] | None = None,
        stream: bool = True,
        key: str | None = None,
        **asking: Unpack[Asking],
    ) -> Response:
        """The next turn; takes what :meth:`Model.prompt` takes.

        If the last answer was not read to its end, it is now.
        """
        self._catch_up()
        asked = self._ask(prompt, messages, tool_results, asking)
        return self._make(asked, stream, key)

    def chain(
        self,
        prompt: str | None = None,
        *,
        messages: Sequence[Message] | None = None,
        tool_results: Sequence[ToolResult] | None = None,
        stream: bool = True,
        key: str | None = None,
        chain_limit: int | None = None,
        before_call: BeforeCall | None = None,
        after_call: AfterCall | None = None,
        **asking: Unpack[Asking],
    ) -> ChainResponse:
        """The next turn and those that its tool calls lead to.

        Args:
            prompt: the user's words.
            messages: a conversation given whole; calls at its end are resumed.
            tool_results: what the tools that were called last came to.
            stream: whether answers are asked for as streams.
            key: an API key for this chain.
            chain_limit: the most responses there may be.
            before_call: is told of each call; may raise ``CancelToolCall``.
            after_call: is told of each result.
            asking: see ``Asking``.
        """
        self._catch_up()
        return ChainResponse(
            self._ask(prompt, messages, tool_results, asking),
            lambda asked: self._make(asked, stream, key),
            chain_limit if chain_limit is not None else self.chain_limit,
            before_call or self.before_call,
            after_call or self.after_call,
        )

    def _make(self, asked: Prompt, stream: bool, key: str | None) -> Response:
        self._last = Response(
            asked,
            self.model,
            stream,
            self,
            key,
            before_call=self.before_call,
            after_call=self.after_call,
        )
        return self._last

    def _catch_up(self) -> None:
        unfinished = self._unfinished()
        if unfinished is not None:
            unfinished._force()


class AsyncConversation(Talk[AsyncResponse]):
    """Turns with one asynchronous model."""

    def prompt(
        self,
        prompt: str | None = None,
        *,
        messages: Sequence[Message] | None = None,
        tool_results: Sequence[ToolResult] | None = None,
        stream: bool = True,
        key: str | None = None,
        **asking: Unpack[Asking],
    ) -> AsyncResponse:
        """The next turn; takes what :meth:`AsyncModel.prompt` takes.

        Raises:
            UsageError: if the last answer was not awaited.
        """
        self._check()
        asked = self._ask(prompt, messages, tool_results, asking)
        return self._make(asked, stream, key)

    def chain(
        self,
        prompt: str | None = None,
        *,
        messages: Sequence[Message] | None = None,
        tool_results: Sequence[ToolResult] | None = None,
        stream: bool = True,
        key: str | None = None,
        chain_limit: int | None = None,
        before_call: BeforeCall | None = None,
        after_call: AfterCall | None = None,
        **asking: Unpack[Asking],
    ) -> AsyncChainResponse:
        """The next turn and those that its tool calls lead to.

        Arguments are those of :meth:`Conversation.chain`.

        Raises:
            UsageError: if the last answer was not awaited.
        """
        self._check()
        return AsyncChainResponse(
            self._ask(prompt, messages, tool_results, asking),
            lambda asked: self._make(asked, stream, key),
            chain_limit if chain_limit is not None else self.chain_limit,
            before_call or self.before_call,
            after_call or self.after_call,
        )

    def _make(self, asked: Prompt, stream: bool, key: str | None) -> AsyncResponse:
        self._last = AsyncResponse(
            asked,
            self.model,
            stream,
            self,
            key,
            before_call=self.before_call,
            after_call=self.after_call,
        )
        return self._last

    def _check(self) -> None:
        if self._unfinished() is not None:
            raise UsageError(
                "the last answer of this conversation was not awaited: "
                "await it before the next prompt"
            )
