"""Probe: what a model of llm does when it is asked, seen from its requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from harness.errors import ConnectionLost, UsageError
from harness.message.events import Event, Finish, StreamEvent, Usage
from harness.providers import PROVIDERS, WHERE
from harness.providers._square import speak
from harness.run.asked import as_asked, listing, wire_of
from harness.run.observe import KEY
from harness.shell.transport import replayed
from harness.wire.http import Request, Response

WORDS = "a-probe-of-words"
SAID: tuple[Event, ...] = (
    StreamEvent("text", "Hello", 0),
    Usage(1, 1),
    Finish("stop"),
)


@dataclass(frozen=True, slots=True)
class Probe:
    """What was seen.

    ``provider`` is the wire of its requests; ``events`` whether it tells what kind of
    thing it streams, and not text alone; ``messages`` whether what is given to it as
    messages is sent.
    """

    provider: str
    events: bool
    messages: bool


def probe(model: Any, provider: str | None, options: dict[str, Any]) -> Probe:
    """Ask a model something, and see what it does.

    Raises:
        UsageError: where it asks nobody, or somebody we do not know.
    """
    asked: list[Request] = []

    def answer(request: Request) -> Response:
        aside = listing(request, model.model_id)
        if aside is not None:
            return aside
        asked.append(request)
        name = provider or wire_of(request.url)
        if name is None:
            raise ConnectionLost("no wire of ours")
        said = speak(PROVIDERS[name], SAID, stream=True)
        return as_asked(said, request, PROVIDERS[name])

    kinds: set[type] = set()
    failed = None
    with replayed(answer), _watched(model, kinds):
        try:
            model.prompt(WORDS, key=KEY, options=options).text()
        except Exception as error:  # a plugin may raise anything
            failed = error
        first = [*asked]
        asked.clear()
        _ask_with_messages(model, options)
    if not first:
        said = f": {type(failed).__name__}: {failed}" if failed else ""
        raise UsageError(f"{model.model_id} sends nothing when it is asked{said}")
    name = provider or wire_of(first[0].url)
    if name is None:
        message = f"{model.model_id} asks {first[0].url}: set provider"
        raise UsageError(f"{message}, one of {', '.join(WHERE)}")
    sent = any(WORDS.encode() in request.body for request in asked)
    return Probe(name, events=kinds != {str}, messages=sent)


def _ask_with_messages(model: Any, options: dict[str, Any]) -> None:
    import llm

    try:
        messages = [llm.user(WORDS)]
        model.prompt(messages=messages, key=KEY, options=options).text()
    except Exception:  # what it sent before is all we look at
        return


@contextmanager
def _watched(model: Any, kinds: set[type]) -> Iterator[None]:
    """Notes of what type the things are that a model yields."""
    execute: Callable[..., Any] = model.execute

    def noted(*arguments: Any, **more: Any) -> Iterator[Any]:
        for chunk in execute(*arguments, **more):
            kinds.add(type(chunk))
            yield chunk

    model.execute = noted
    try:
        yield
    finally:
        del model.execute
