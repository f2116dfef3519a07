"""Lies about requests: what is asked for, how often, and who else is asked."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass, field, replace

from harness.adapters.miniatures.liar import Liar, Lie
from harness.errors import ConnectionLost
from harness.message.parts import JsonObject
from harness.message.turn import Turn
from harness.wire.http import Answer, Request, Transport


class ChangesTheRequest(Liar):
    """Adds a parameter nobody asked for to every request (B12)."""

    def turn(self, turn: Turn) -> Turn:
        return replace(turn, options={**turn.options, "top_p": 0.5})


class LosesSchemaAfterToolCall(Liar):
    """Asks for an answer by a schema until a tool was called (D1)."""

    def turn(self, turn: Turn) -> Turn:
        called = any(message.role == "tool" for message in turn.messages)
        return replace(turn, schema=None) if called else turn


class RewritesSchema(Liar):
    """Adds titles to a schema that had none (D3)."""

    def turn(self, turn: Turn) -> Turn:
        if turn.schema is None:
            return turn
        schema: JsonObject = {"title": "Answer", **turn.schema}
        return replace(turn, schema=schema)


class DropsToolsAfterToolCall(Liar):
    """Offers its tools on the first turn and not when results are sent (D1)."""

    def turn(self, turn: Turn) -> Turn:
        called = any(message.role == "tool" for message in turn.messages)
        return replace(turn, tools=()) if called else turn


class PutsTheKeyInTheUrl(Liar):
    """Sends the API key where every log keeps it."""

    def request(self, request: Request) -> Request:
        return replace(request, url=f"{request.url}?key={self.who.key}")


class AsksTwice(Liar):
    """Sends every request twice, as a hidden retry does (F12)."""

    def through(self, door: Transport) -> Transport:
        return _Twice(door)


@dataclass(frozen=True, slots=True)
class _Twice:
    door: Transport

    def send(self, request: Request) -> Answer:
        answer = self.door.send(request)
        with suppress(ConnectionLost):
            self.door.send(request)
        return answer


class AnswersFromMemory(Liar):
    """Gives its first answer again, and asks nobody, when it is asked more (E)."""

    def through(self, door: Transport) -> Transport:
        return _Remembering(door)


@dataclass(frozen=True, slots=True)
class _Remembering:
    door: Transport
    first: list[Answer] = field(default_factory=list)

    def send(self, request: Request) -> Answer:
        if not self.first:
            answer = self.door.send(request)
            self.first.append(replace(answer, chunks=tuple(answer.chunks)))
        return self.first[0]


class OpensASocket(Liar):
    """Phones home during a replay, and hides that it failed (H)."""

    def request(self, request: Request) -> Request:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", 9), timeout=0.1)
        return request


LIES = (
    Lie(AnswersFromMemory, "replay.consumed", "text::long-conversation"),
    Lie(AsksTwice, "replay.hermetic", "text::plain"),
    Lie(ChangesTheRequest, "request.unchanged", "llama-cpp::plain-text"),
    Lie(DropsToolsAfterToolCall, "request", "::*tools*"),
    Lie(LosesSchemaAfterToolCall, "request", "::*schema*"),
    Lie(OpensASocket, "replay.hermetic", "text::plain"),
    Lie(PutsTheKeyInTheUrl, "request.secret", "text::plain"),
    Lie(RewritesSchema, "request.unchanged", "llama-cpp::structured-output"),
)
"""Each lie, the check meant for it, and where it shows."""
