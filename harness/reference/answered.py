"""Answered: what a response knows, whoever drives it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from harness.errors import ResponseClosed
from harness.message.events import Event, Usage
from harness.message.parts import JsonObject, Message, ToolCallPart
from harness.reference.hearing import Hearing
from harness.reference.prompt import Prompt, ask, our_calls
from harness.reference.tools.execute import AfterCall, BeforeCall
from harness.reference.tools.tool import ToolDef, ToolResult, declared


class Answers(Protocol):
    """What a response knows of its model."""

    model_id: str

    def accept(self, prompt: Prompt) -> None:
        """Raises ``UsageError`` for a prompt that the model cannot take."""

    def execute(
        self, prompt: Prompt, stream: bool, response: Any, conversation: Any
    ) -> Any:
        """The events of the answer, iterated or awaited."""

    def whole(self, events: Iterable[Event]) -> Any:
        """The JSON in which the provider would say these events."""


class Answered:
    """The prompt, who answers it, and what was heard so far.

    Attributes:
        prompt: what this answers.
        model: who answers.
        stream: whether the answer is asked for as a stream.
        conversation: what it is part of, if it is.
        key: the API key, where it is not the model's own.
        id: a name for this response; later ones sort after earlier ones.
        so_far: what was heard up to now, be the answer complete or not.
        done: whether the answer is complete.
        error: what it failed with, if it did.
        response_json: the provider's own JSON, where the answer came in one piece.
        resolved_model: the model's name for itself, where that is another.
    """

    def __init__(
        self,
        prompt: Prompt,
        model: Answers,
        stream: bool = True,
        conversation: Any = None,
        key: str | None = None,
        *,
        keep_events: bool = True,
        before_call: BeforeCall | None = None,
        after_call: AfterCall | None = None,
    ) -> None:
        model.accept(prompt)
        self.prompt = prompt
        self.model = model
        self.stream = stream
        self.conversation = conversation
        self.key = key
        self.before_call = before_call
        self.after_call = after_call
        self.id = new_id()
        self.done = False
        self.error: BaseException | None = None
        self.response_json: Any = None
        self.resolved_model: str | None = None
        self.so_far = Hearing(keep=keep_events)
        self._source: Any = None
        self._callbacks: list[Callable[[Any], Any]] = []
        self._started: float | None = None
        self._ended: float | None = None

    def __repr__(self) -> str:
        state = "done" if self.done else "failed" if self.error else "not done"
        return f"<{type(self).__name__} {self.id} of {self.model.model_id}: {state}>"

    # --------------------------------------- what a model may report beside events

    def add_tool_call(self, call: ToolCallPart) -> None:
        """A call; one that is streamed too counts once."""
        self.so_far.added.append(call)

    def set_usage(
        self,
        *,
        input: int | None = None,
        output: int | None = None,
        details: JsonObject | None = None,
    ) -> None:
        """The tokens that were counted."""
        self.so_far.usage = Usage(input, output, details or {})

    def set_resolved_model(self, model_id: str) -> None:
        """Which model it is that answers."""
        self.resolved_model = model_id

    # -------------------------------------------------------- for both drivers

    def _begin(self) -> None:
        self._started = time.time()

    def _end(self) -> None:
        """The answer is complete."""
        self.done = True
        self._ended = time.time()
        self._source = None
        if self.conversation is not None:
            self.conversation.responses.append(self)

    def _fail(self, error: BaseException) -> None:
        """The answer will never be complete: remember why."""
        if isinstance(error, Exception):
            self.error = error
        else:  # somebody pressed Ctrl-C, or the task was cancelled
            self.error = ResponseClosed(f"interrupted by {type(error).__name__}")
        self._ended = time.time()

    def _stop(self) -> None:
        """Nothing more will be asked for."""
        if not self.done and self.error is None:
            self.error = ResponseClosed("the response was closed before its end")

    def _shut(self) -> Any:
        """Nothing more will be heard: the source, to be closed, if there is one."""
        self._stop()
        source, self._source = self._source, None
        return source

    def _stand(self) -> None:
        """Raises what the answer failed with, if it did."""
        if self.error is not None:
            raise self.error

    def _refuse(self) -> None:
        """Raises ``ContentRefused`` if that is how the answer ended."""
        refusal = self.so_far.refusal()
        if refusal is not None:
            raise refusal

    def _text(self) -> str:
        self._refuse()
        return self.so_far.text()

    def _calls(self) -> list[ToolCallPart]:
        return our_calls(self.so_far.messages())

    def _finish_reason(self) -> str | None:
        return self.so_far.finish.reason if self.so_far.finish else None

    def _json(self) -> Any:
        if self.response_json is not None or not self.so_far.events:
            return self.response_json
        return self.model.whole(self.so_far.events)

    def _datetime_utc(self) -> str:
        if self._started is None:
            return ""
        from datetime import UTC, datetime  # few ask, and all would wait for it

        return datetime.fromtimestamp(self._started, UTC).isoformat()

    def _duration_ms(self) -> int:
        return int(((self._ended or 0.0) - (self._started or 0.0)) * 1000)

    def _tools(self, tools: Sequence[ToolDef] | None) -> Sequence[ToolDef]:
        return self.prompt.tools if tools is None else declared(tools)

    def _next(
        self,
        prompt: str | None,
        messages: Sequence[Message] | None,
        tool_results: Sequence[ToolResult] | None,
        asking: Mapping[str, Any],
    ) -> Prompt:
        """What goes on from this answer, as before where nothing else is said."""
        before = self.prompt
        as_before = {
            "tools": before.tools,
            "schema": before.schema,
            "options": {k: v for k, v in before.options.items() if k not in asking},
            "hide_reasoning": before.hide_reasoning,
        }
        return ask(
            prompt,
            {**as_before, **asking},
            history=[*before.messages, *self.so_far.messages()],
            tool_results=tool_results,
            then=messages or (),
        )


def new_id() -> str:
    """A name that nothing else has; sorted by name, they are sorted by time."""
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"
