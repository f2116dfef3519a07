"""The door: the only way an adapter under test reaches anything.

An adapter is handed a ``Transport`` to send requests through and gives back what it
made of the answers. In replay the door is a :class:`Player` of a tape.
"""

from __future__ import annotations

import builtins
from collections.abc import (
    Callable,
    Collection,
    Container,
    Iterable,
    Iterator,
    Sequence,
)
from dataclasses import dataclass, field, replace
from typing import Protocol

from harness.cassette.tape import Tape
from harness.errors import ConnectionLost
from harness.message.events import Error, Event
from harness.message.parts import (
    JsonObject,
    Message,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.providers._provider import Provider
from harness.run.asked import as_asked, listing
from harness.suite.case import ToolSpec
from harness.wire import cut as cuts
from harness.wire.http import Answer, Request, Response, Transport, header


@dataclass(frozen=True, slots=True)
class Who:
    """Whom a conversation is with, and how."""

    provider: str
    model: str
    base_url: str
    key: str
    stream: bool = True
    mode: str = "sync"
    options: JsonObject = field(default_factory=dict)
    tools: tuple[ToolSpec, ...] = ()
    server_side_tools: tuple[JsonObject, ...] = ()
    schema: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """What a person says next: words, or whole messages instead."""

    prompt: str | None = None
    system: str | None = None
    messages: tuple[Message, ...] = ()


def said(ask: Ask) -> tuple[Message, ...]:
    """What a person says, as messages: the system prompt first, the words last."""
    messages = [*ask.messages]
    if ask.system is not None:
        messages.insert(0, Message("system", (TextPart(ask.system),)))
    if ask.prompt is not None:
        messages.append(Message("user", (TextPart(ask.prompt),)))
    return tuple(messages)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the adapter made of an answer.

    ``done`` is whether it takes the answer for complete; ``dumped`` is its own
    serialised response, and ``again`` the same after a round trip.
    """

    events: tuple[Event, ...] = ()
    messages: tuple[Message, ...] = ()
    tool_calls: tuple[ToolCallPart, ...] = ()
    usage: JsonObject | None = None
    finish_reason: str | None = None
    error: Error | None = None
    done: bool = True
    dumped: JsonObject | None = None
    again: JsonObject | None = None


UNSEEN = (
    "error.kind",
    "error.retryable",
    "error.status",
    "events",
    "finish_reason",
    "usage",
    "usage.details",
)
"""What an adapter may have no way to tell, by the names ``expect`` gives it."""


class Session(Protocol):
    """One conversation through the adapter.

    Any call may raise ``NotExpressible``: the case cannot be tried here.
    """

    def prompt(self, ask: Ask) -> Reply:
        """Say something, and hear the answer."""

    def execute_tool_calls(self) -> Sequence[ToolResultPart]:
        """Run the tools the last answer called, without sending anything."""

    def reply(self, ask: Ask) -> Reply:
        """Go on from the last answer, with the results of its tool calls."""

    def rehydrate(self) -> None:
        """Put the conversation through JSON, as another process would find it."""

    def close(self) -> None:
        """The conversation is over."""


class Adapter(Protocol):
    """A system under test: a name, a version, and conversations on request.

    What it asks over HTTP in this process is answered from the tape, whichever client
    it uses; the door is for those that would rather not have one. An adapter may have
    an attribute ``unseen``: what of an answer it has no way to tell, among
    :data:`UNSEEN`. What a suite wants of that is left out, and counted as not verified.
    """

    @property
    def name(self) -> str:
        """What reports call it."""

    @property
    def version(self) -> str:
        """Of what is tested."""

    @property
    def capabilities(self) -> Collection[str]:
        """What it has, of what suites may require."""

    @property
    def providers(self) -> Container[str]:
        """The wires it speaks, by the names specs give them."""

    def open(
        self, who: Who, door: Transport, run_tool: Callable[[str, object], str]
    ) -> Session:
        """A new conversation; ``run_tool`` runs a tool of the suite by name."""


@dataclass(slots=True)
class Player:
    """Plays a tape by position, cut as asked, and keeps what was sent.

    With a ``provider`` an answer comes the way the request asks for it, streamed or
    whole, whichever it was recorded. What clients ask beside the conversation, such
    as which models there are, is answered too, and kept in ``beside``. Whoever tries
    again after a failure finds the next answer, or the same failure once more. What is
    ``verbatim`` is sent though nobody asked for all of it.
    """

    tape: Tape
    cut: str = "recorded"
    provider: Provider | None = None
    model: str = ""
    verbatim: bool = False
    sent: list[Request] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    beside: list[Request] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        """The next recorded answer, whatever was asked.

        Raises:
            ConnectionLost: where there is none.
        """
        aside = listing(request, self.model)
        if aside is not None:
            self.beside.append(request)
            return aside
        number = self._number(request)
        self.sent.append(request)
        self.numbers.append(number)
        if number >= len(self.tape.exchanges):
            self.unmatched.append(f"{request.method} {request.url}")
            raise ConnectionLost(
                f"request {len(self.sent)}: only {len(self.tape.exchanges)} recorded"
            )
        response = self.tape.exchanges[number].response
        if self.provider is not None:
            response = as_asked(
                response, request, self.provider, verbatim=self.verbatim
            )
        return _cut(response, self.cut)

    def send(self, request: Request) -> Answer:
        """The same, for whoever uses the door itself."""
        response = self.answer(request)
        return Answer(response.status, response.headers, _body(response))

    @property
    def unplayed(self) -> int:
        """How many recorded exchanges nobody asked for."""
        return max(0, len(self.tape.exchanges) - 1 - max(self.numbers, default=-1))

    def _number(self, request: Request) -> int:
        """Which exchange comes next."""
        if not self.numbers:
            return 0
        last, following = self.numbers[-1], self.numbers[-1] + 1
        again = _same(request, self.sent[-1]) and self._failed(last)
        return last if again and following >= len(self.tape.exchanges) else following

    def _failed(self, number: int) -> bool:
        if number >= len(self.tape.exchanges):
            return False
        response = self.tape.exchanges[number].response
        return response.status >= 400 or response.ending != "eof"


def _same(one: Request, other: Request) -> bool:
    return (one.method, one.url, one.body) == (other.method, other.url, other.body)


def _cut(response: Response, cut: str) -> Response:
    if cut == "recorded":
        return response
    streamed = "event-stream" in (header(response.headers, "content-type") or "")
    if cut in cuts.ONLY_SSE and not streamed:
        cut = "byte"
    return replace(response, chunks=tuple(cuts.named(cut)(response.chunks)), delays=())


def _body(response: Response) -> Iterator[bytes]:
    yield from response.chunks
    if response.ending != "eof":
        raise ConnectionLost(f"the connection was {LOST[response.ending]} mid-body")


LOST = {"cut": "closed", "reset": "reset"}
"""How a connection ended, in words."""


class ScriptedTools:
    """The suite's tools: each gives its scripted outputs, one a call."""

    def __init__(self, specs: Iterable[ToolSpec]) -> None:
        self._specs = {spec.name: spec for spec in specs}
        self._calls: dict[str, int] = {}

    def __call__(self, name: str, arguments: object) -> str:
        """Run a tool.

        Raises:
            KeyError: for a tool the suite does not have.
            Exception: of the class the script names, where it says so.
        """
        spec = self._specs[name]
        if spec.raises:
            raise raised(*spec.raises)
        number = self._calls.get(name, 0)
        self._calls[name] = number + 1
        return spec.outputs[min(number, len(spec.outputs) - 1)]


def raised(class_name: str, message: str) -> Exception:
    """An exception of that class name; one is made where Python has none."""
    known = getattr(builtins, class_name, None)
    if isinstance(known, type) and issubclass(known, Exception):
        return known(message)
    made: type[Exception] = type(class_name, (Exception,), {})
    return made(message)


def result_of(
    name: str,
    arguments: object,
    tool_call_id: str | None,
    run_tool: Callable[[str, object], str],
) -> ToolResultPart:
    """What running a tool gives, its failure included, in llm's words."""
    exception = None
    try:
        output = run_tool(name, arguments)
    except KeyError as error:
        output = f'Error: tool "{name}" does not exist'
        exception = f"KeyError: {error}"
    except Exception as error:  # a tool may raise anything
        output = f"Error: {error}"
        exception = f"{type(error).__name__}: {error}"
    return ToolResultPart(
        name=name, output=output, tool_call_id=tool_call_id, exception=exception
    )
