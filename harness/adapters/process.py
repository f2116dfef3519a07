"""An adapter in any language: a program that is asked in lines of JSON, and sends its
HTTP to a base URL on this machine. docs/process-adapters.md has the protocol.
"""

from __future__ import annotations

import os
import shlex
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from harness.adapters._turns import RunTool, Turns
from harness.errors import NotExpressible, UsageError
from harness.message.events import Error, Event, Finish, StreamEvent, Unknown, Usage
from harness.message.parts import Message, ToolCallPart, ToolResultPart
from harness.run.door import UNSEEN, Ask, Reply, Session, Who
from harness.shell.process import Conversation
from harness.shell.server import served
from harness.suite.case import CAPABILITIES
from harness.wire.http import Request, Response, Transport

VERSION = 1
"""The protocol's."""


class Process:
    """A program that is an adapter.

    Args:
        command: how it is started, as in a shell.
        env: variables of the environment it has beside those there are.
        folder: where it runs.
        name: what reports call it, where it does not say.

    Raises:
        UsageError: where it cannot be started, or does not answer as it must.
    """

    def __init__(
        self,
        command: str | Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        folder: str = ".",
        name: str = "process",
    ) -> None:
        words = shlex.split(command) if isinstance(command, str) else [*command]
        self.command = shlex.join(words)
        self.program = Conversation(words, {**os.environ, **(env or {})}, folder)
        self._ending = weakref.finalize(self, self.program.end)
        said = self.program.ask({"command": "start", "version": VERSION})
        self._check(said)
        self.name = str(said.get("name", name))
        self.version = str(said.get("version", ""))
        self.capabilities = frozenset(said.get("capabilities", ()))
        self.providers = frozenset(said.get("providers", ()))
        self.unseen = frozenset(said.get("unseen", ()))

    def open(self, who: Who, door: Transport, run_tool: RunTool) -> Session:
        """A new conversation.

        Raises:
            UsageError: on a live network, which is not heard in another process.
        """
        if not hasattr(door, "answer"):
            how = f"harness record -- {self.command}"
            raise UsageError(f"{self.name} is a process of its own: record it by {how}")
        return Told(self.program, who, door, run_tool)

    def _check(self, said: Mapping[str, Any]) -> None:
        if said.get("protocol") != VERSION:
            found = said.get("protocol")
            raise UsageError(f"start: wanted protocol {VERSION}, found {found!r}")
        for key, known in (("capabilities", CAPABILITIES), ("unseen", UNSEEN)):
            strange = [word for word in said.get(key, ()) if word not in known]
            if strange:
                listed = ", ".join(known)
                raise UsageError(f"start: {key}: {strange[0]!r} is none of {listed}")


class Told(Turns):
    """One conversation, had by the program."""

    def __init__(
        self, program: Conversation, who: Who, door: Transport, run_tool: RunTool
    ) -> None:
        super().__init__(run_tool)
        self._program = program
        self._open = ExitStack()
        url = self._open.enter_context(served(partial(_answer, door, who.base_url)))
        path = who.base_url.partition("://")[2].partition("/")
        asked = replace(who, base_url=url + path[1] + path[2])
        self._ask("open", **asdict(asked))

    def rehydrate(self) -> None:
        """Put the conversation through JSON, if the program can."""
        self._ask("rehydrate")

    def close(self) -> None:
        """The conversation is over."""
        try:
            self._ask("close")
        finally:
            self._open.close()

    def _say(self, ask: Ask, results: Sequence[ToolResultPart] | None) -> Reply:
        """``prompt``, or ``reply`` where it goes on; the program need run no tool."""
        messages = [message.to_dict() for message in ask.messages]
        asked = {"prompt": ask.prompt, "system": ask.system, "messages": messages}
        if results is None:
            return _reply(self._ask("prompt", **asked))
        given = [result.to_dict() for result in results]
        return _reply(self._ask("reply", **asked, tool_results=given))

    def _ask(self, command: str, **more: Any) -> dict[str, Any]:
        said = self._program.ask({"command": command, **more})
        if "skipped" in said:
            raise NotExpressible(str(said["skipped"]))
        if "errored" in said:
            raise RuntimeError(str(said["errored"]))
        return said


def _answer(door: Any, base_url: str, request: Request) -> Response:
    """What the tape says to a request, which was meant for the provider's own host."""
    scheme, _, rest = base_url.partition("://")
    path = request.url.partition("://")[2].partition("/")[2]
    meant = replace(request, url=f"{scheme}://{rest.partition('/')[0]}/{path}")
    response: Response = door.answer(meant)
    return response


def _reply(said: Mapping[str, Any]) -> Reply:
    error = said.get("error")
    calls = (ToolCallPart.from_dict(call) for call in said.get("tool_calls", ()))
    return Reply(
        events=tuple(map(_event, said.get("events", ()))),
        messages=tuple(map(Message.from_dict, said.get("messages", ()))),
        tool_calls=tuple(calls),
        usage=said.get("usage"),
        finish_reason=said.get("finish_reason"),
        error=Error(**error) if error is not None else None,
        done=bool(said.get("done", error is None)),
        dumped=said.get("dumped"),
        again=said.get("again"),
    )


def _event(said: Mapping[str, Any]) -> Event:
    """An event from its JSON: one of a part, or one that never becomes a part."""
    kind = CONTROL.get(said["type"])
    if kind is None:
        return StreamEvent.from_dict(said)
    event: Event = kind(**{k: v for k, v in said.items() if k != "type"})
    return event


CONTROL: Mapping[str, Callable[..., Event]] = {
    "usage": Usage,
    "finish": Finish,
    "error": Error,
    "unknown": Unknown,
}
"""Events that never become parts, by type."""
