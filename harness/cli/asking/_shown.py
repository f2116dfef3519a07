"""Shown: an answer on two streams, what was asked for and what else there is to see."""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from typing import Any, TextIO

import click

from harness.errors import (
    AuthenticationError,
    ChainLimitExceeded,
    ConnectionLost,
    ContentRefused,
    HarnessError,
    InvalidRequestError,
    ProviderError,
    StreamTruncated,
    TimedOut,
    WireError,
)
from harness.message.assemble import disassemble
from harness.message.events import StreamEvent
from harness.message.parts import Message
from harness.reference.hearing import REFUSED
from harness.reference.response import Response
from harness.reference.tools.tool import PauseChain, ToolCall, ToolDef, ToolResult
from harness.run.report import Paint

LONGEST_RESULT = 400
"""Characters of a tool's result that are shown."""

ALL_THERE = ("stop", "tool_calls")
"""The finish reasons of an answer that is all there."""


class Shown:
    """Answers as they come: text to standard output, all else dimmed beside it.

    As JSON lines, everything goes to standard output.
    """

    def __init__(self, as_json: bool, hide_reasoning: bool, paint: Paint) -> None:
        self.as_json = as_json
        self.hide_reasoning = hide_reasoning
        self.paint = paint
        self._out = sys.stdout
        self._text_is_open = False
        self._aside_is_open = False
        self._part: int | None = None
        self._heard = False
        # Half of a surrogate pair can be said, and cannot be encoded.
        if hasattr(self._out, "reconfigure"):
            self._out.reconfigure(errors="backslashreplace")

    # ------------------------------------------------------------------- an answer

    def answer(self, response: Response) -> None:
        """Show an answer while it comes.

        Raises:
            HarnessError: what the answer fails with; what came of it is shown.
        """
        self._heard = False
        try:
            for event in response.stream_events():
                self._heard = True
                self._event(event)
        except HarnessError:
            self._end(response)
            raise
        self._end(response)

    def _event(self, event: StreamEvent) -> None:
        if event.type == "reasoning" and self.hide_reasoning:
            return
        if self.as_json:
            self._line(event.to_dict())
        elif event.type == "text":
            self._text(event.chunk)
        elif event.type == "reasoning":
            if event.part_index != self._part:
                self._end_aside()
            self._part = event.part_index
            self._aside(event.chunk)
        elif event.type == "tool_call_name" and event.server_executed:
            self._aside_line(f"[{event.chunk}]")
        elif event.type == "attachment":
            for attachment in event.attachments:
                self._aside_line(f"[{attachment.type or 'attachment'}]")

    def _end(self, response: Response) -> None:
        """Close the lines that are open, and say how the answer ended if it did."""
        finish = response.so_far.finish
        if self.as_json and response.done:
            self._line({"type": "usage", **response.usage().to_dict()})
            self._line({"type": "finish", "reason": response.finish_reason()})
        self._end_aside()
        if self._text_is_open:
            click.echo(file=self._out)
            self._text_is_open = False
        if finish is None or finish.reason in (*ALL_THERE, *REFUSED) or self.as_json:
            return
        self._aside_line(f"[ended early: {finish.provider_reason or finish.reason}]")

    # ----------------------------------------------------------------- tool calls

    def results(
        self, response: Response, tools: list[ToolDef] | None = None
    ) -> list[ToolResult]:
        """Run what an answer calls, and show each call and what it came to.

        Raises:
            PauseChain: if a tool does.
        """
        return [self._result(response, call, tools) for call in response.tool_calls()]

    def _result(
        self, response: Response, call: ToolCall, tools: list[ToolDef] | None
    ) -> ToolResult:
        self.call(call)
        with redirect_stdout(sys.stderr):  # what a tool prints is no part of the answer
            found = response.execute_tool_calls(tool_calls_list=[call], tools=tools)
        result = found[0]
        if self.as_json:
            for event in disassemble([Message("tool", (result.part(),))]):
                self._line(event.to_dict())
            return result
        said = result.output
        if len(said) > LONGEST_RESULT:
            said = f"{said[:LONGEST_RESULT]}…"
        self._aside_line("  " + said.replace("\n", "\n  "))
        for attachment in result.attachments:
            self._aside_line(f"  [{attachment.type or 'attachment'}]")
        return result

    def call(self, call: ToolCall) -> None:
        """Show a call; as JSON, it was shown when it came."""
        if not self.as_json:
            arguments = json.dumps(call.arguments, ensure_ascii=False)
            self._aside_line(f"{call.name}({arguments})")

    def note(self, text: str) -> None:
        """Say something to whoever sits there."""
        self._end_aside()
        click.echo(f"harness: {text}", err=True)

    # ------------------------------------------------------------------ a failure

    def failure(self, error: Exception) -> None:
        """One line: what kind of failure it is, what was said, and what to do."""
        if self.as_json:
            self._line(_fields(error))
        name, said = type(error).__name__, " ".join(str(error).split()).rstrip(".")
        facts = [getattr(error, "status", None), getattr(error, "kind", None)]
        shown = ", ".join(str(fact) for fact in facts if fact)
        head = f"{name} ({shown})" if shown else name
        self.note("; ".join(filter(None, [f"{head}: {said}", self._advice(error)])))

    def _advice(self, error: Exception) -> str:
        incomplete = isinstance(error, ConnectionLost) and self._heard
        if incomplete and not isinstance(error, TimedOut):
            return ADVICE[StreamTruncated]
        if isinstance(error, ProviderError):
            if error.retryable or error.retry_after is not None:
                return _later(error.retry_after)
            if error.status == 404:
                return "check the model's name and --base-url"
        advised = (ADVICE[cls] for cls in type(error).__mro__ if cls in ADVICE)
        return next(advised, "")

    # ---------------------------------------------------------------- two streams

    def _line(self, data: Any) -> None:
        click.echo(json.dumps(data, ensure_ascii=False), self._out, color=True)

    def _text(self, text: str) -> None:
        if text:
            self._end_aside()
            # click would take out of a pipe what looks like a colour.
            click.echo(text, self._out, nl=False, color=True)
            self._text_is_open = not text.endswith("\n")

    def _aside(self, text: str) -> None:
        if not text:
            return
        both = _is_terminal(self._out) and _is_terminal(sys.stderr)
        if self._text_is_open and both:  # one line on the screen, two streams
            click.echo(err=True)
            self._text_is_open = False
        click.echo(self.paint(text, "bright_black"), nl=False, err=True, color=True)
        self._aside_is_open = not text.endswith("\n")

    def _aside_line(self, text: str) -> None:
        self._end_aside()
        self._aside(text)
        self._end_aside()

    def _end_aside(self) -> None:
        if self._aside_is_open:
            click.echo(err=True)
        self._aside_is_open = False


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _later(seconds: float | None) -> str:
    when = "later" if seconds is None else f"in {seconds:g} s"
    return f"try again {when}, or have it tried again with --retries 3"


def _fields(error: Exception) -> dict[str, Any]:
    """A failure as the last of the JSON lines."""
    names = ("kind", "status", "retryable", "retry_after", "request_id")
    known = {name: getattr(error, name, None) for name in names}
    said = {"type": "error", "error": type(error).__name__, "message": str(error)}
    return said | {name: fact for name, fact in known.items() if fact is not None}


ADVICE: dict[type, str] = {
    AuthenticationError: "check the key: --key, or the variable harness models names",
    InvalidRequestError: "",
    ContentRefused: "put it in other words, or ask another model",
    StreamTruncated: "what came is incomplete: ask again",
    TimedOut: "give it longer with --timeout",
    ConnectionLost: "check --base-url and the network",
    WireError: "check that --base-url speaks what -m names",
    PauseChain: "harness prompt -c -T FILE goes on",
    ChainLimitExceeded: "harness prompt -c -T FILE goes on",
}
"""What to do about what went wrong, where its message does not say so itself."""
