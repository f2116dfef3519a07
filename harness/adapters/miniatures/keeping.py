"""Lies about keeping: what is left of an answer after a trip through JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from harness.adapters.miniatures.liar import Liar, Lie, reworked
from harness.message.parts import Part
from harness.reference.response import Response
from harness.run.door import Ask, Reply


class Forgetful(Liar):
    """A session that forgets some of every message on its way through JSON."""

    def kept(self, part: dict[str, Any]) -> dict[str, Any] | None:
        """What is kept of a part; ``None`` is nothing."""
        return part

    def rehydrate(self) -> None:
        """Put the last response through JSON text, and lose some of it."""
        assert self.last is not None
        data: Any = json.loads(json.dumps(self.last.to_dict()))
        _each(data, self.kept)
        self.last = Response.from_dict(data, model=self.model)


def _each(data: Any, keep: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
    """Have every part of a dumped response's own messages kept, or not."""
    for message in data["messages"]:
        parts = map(keep, message["parts"])
        message["parts"] = [part for part in parts if part is not None]


class LeavesCallsOut(Forgetful):
    """Writes a response down without its calls (A10)."""

    def kept(self, part: dict[str, Any]) -> dict[str, Any] | None:
        return None if part["type"] == "tool_call" else part


class LosesSignatureThroughJson(Forgetful):
    """Writes parts down without what their provider noted beside them (B1)."""

    def kept(self, part: dict[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in part.items() if k != "provider_metadata"}


class LosesPendingCalls(Liar):
    """Reads a response back and has forgotten that its calls are to be run (D4)."""

    pending = True

    def rehydrate(self) -> None:
        super().rehydrate()
        self.pending = False

    def reply(self, ask: Ask) -> Reply:
        if self.pending:
            return super().reply(ask)
        self.pending = True
        return self._goes_on(ask, [])


class ForgetsOnTheWayThroughJson(Liar):
    """Reads text back and forgets everything else (D4)."""

    def given(self, reply: Reply) -> Reply:
        again: Any = json.loads(json.dumps(reply.dumped))
        if again is not None:
            _each(again, lambda part: part if part["type"] == "text" else None)
        return replace(reply, again=again)


class KeepsWhatIsNoJson(Liar):
    """Notes beside a part what JSON cannot hold (D6)."""

    def given(self, reply: Reply) -> Reply:
        return replace(reply, messages=reworked(reply.messages, _with_bytes))


def _with_bytes(part: Part) -> Part:
    return replace(part, provider_metadata={"raw": b"bytes"})


class KeepsATuple(Liar):
    """Notes beside a message what comes back from JSON as something else (D6)."""

    def given(self, reply: Reply) -> Reply:
        noted = {"ids": ("a", "b")}
        messages = tuple(replace(m, provider_metadata=noted) for m in reply.messages)
        return replace(reply, messages=messages)


LIES = (
    Lie(ForgetsOnTheWayThroughJson, "roundtrip.response", "tools::one-call"),
    Lie(KeepsATuple, "roundtrip.message", "text::plain"),
    Lie(KeepsWhatIsNoJson, "roundtrip.part", "text::plain"),
    Lie(LeavesCallsOut, "request.complete", "tools::parallel-calls"),
    Lie(LosesPendingCalls, "request.complete", "tools::parallel-calls"),
    Lie(LosesSignatureThroughJson, "reply.echo", "::signed-thoughts-and-a-call"),
)
"""Each lie, the check meant for it, and where it shows."""
