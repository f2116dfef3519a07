"""Asked: a model that says what it is told to, and a package that brings it."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import metadata
from typing import Any

import pytest

from harness.message.events import Event, Finish, StreamEvent, Usage
from harness.providers import PROVIDERS
from harness.providers._square import speak
from harness.reference.model import Model
from harness.reference.prompt import Prompt
from tests.shell.test_http import Connection, Server

STOP = Finish("stop")
CALLS = Finish("tool_calls")


class Scripted(Model):
    """Gives its answers in turn, and remembers what it was asked."""

    model_id = "scripted"

    def __init__(self, *answers: list[Event | str | Exception]) -> None:
        self.answers = list(answers)
        self.prompts: list[Prompt] = []
        self.streams: list[bool] = []

    def execute(
        self, prompt: Prompt, stream: bool, response: Any, conversation: Any
    ) -> Iterator[Event | str]:
        """The next answer; an exception in it is raised."""
        self.prompts.append(prompt)
        self.streams.append(stream)
        for said in self.answers.pop(0):
            if isinstance(said, Exception):
                raise said
            yield said


def brought(
    monkeypatch: pytest.MonkeyPatch, *answers: list[Event | str | Exception]
) -> Scripted:
    """A scripted model, installed, with nothing piped in."""
    model = Scripted(*answers)
    installed(monkeypatch, package=lambda register: register(model, aliases=["s"]))
    stdin(monkeypatch)
    return model


class Entry:
    """An entry point that gives what it is told to."""

    def __init__(self, name: str, register_models: Callable[[Any], object]) -> None:
        self.name = name
        self.value = f"{name}:register_models"
        self._register_models = register_models

    def load(self) -> Callable[[Any], object]:
        """What it names."""
        return self._register_models


def installed(
    monkeypatch: pytest.MonkeyPatch, **packages: Callable[[Any], object]
) -> None:
    """Have these packages installed that bring models."""
    entries = [Entry(name, brings) for name, brings in packages.items()]

    def entry_points(*, group: str) -> list[Entry]:
        return entries if group == "harness.models" else []

    monkeypatch.setattr(metadata, "entry_points", entry_points)


def stdin(monkeypatch: pytest.MonkeyPatch, data: bytes = b"") -> None:
    """Have this piped in; by default nothing."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), "utf-8"))


def called(name: str, arguments: str, id_: str = "c1", part: int = 0) -> list[Any]:
    """The events of one tool call."""
    return [
        StreamEvent("tool_call_name", name, part, id_),
        StreamEvent("tool_call_args", arguments, part, id_),
    ]


def chunks(*events: Event, wire: str = "openai-chat") -> tuple[bytes, ...]:
    """What a provider sends to say these events."""
    return speak(PROVIDERS[wire], [*events, Usage(3, 2), STOP], stream=True).chunks


@contextmanager
def serving(script: Callable[[Connection], None]) -> Iterator[Server]:
    """A server on this machine that answers by a script."""
    with Server() as server:
        server.script = script
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.go_on.set()
        server.shutdown()
        thread.join()
    assert server.wrong == []


def saying(*body: bytes, status: int = 200, **headers: str) -> Any:
    """A script that sends this."""

    def script(connection: Connection) -> None:
        connection.begin(status, **headers)
        connection.chunk(*body)
        connection.end()

    return script
