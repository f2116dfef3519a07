"""A client: one vendor's SDK, how it reads an answer and how it asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.message.parts import (
    Message,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.message.turn import Tool, Turn
from harness.providers._provider import Provider
from tests.sdks.answer import Answer

KEY = "sk-none"
"""What is sent where a key must be; nobody checks it."""

SECONDS = 20.0
"""How long a client may wait for the server beside it."""


@dataclass(frozen=True, slots=True)
class Blindness:
    """What an SDK cannot see of an answer, whatever the bytes.

    ``blind`` takes that out of what we heard; it must be needed to agree.
    """

    reason: str
    blind: Callable[[Answer], Answer]
    streamed: bool | None = None


@dataclass(frozen=True, slots=True)
class Failing:
    """An answer that an SDK cannot read at all: it raises ``error``."""

    reason: str
    answer: str
    streamed: bool
    error: type[Exception]


def wordless(error: Exception) -> tuple[str, int | None] | None:
    """Nothing: no error of this SDK is the provider's own."""
    return None


@dataclass(frozen=True, slots=True)
class Client:
    """One SDK on one wire.

    Attributes:
        sdk: the package, as PyPI names it.
        provider: the wire it speaks.
        read: asks the server at a URL and boils down its answer; ``True`` streams.
        ask: sends :func:`talk` to the server at a URL, which answers anything.
        blind: what it is known not to see.
        fails: what it is known not to read.
        drops: words that it does not send, though it is given them.
        words: the provider's message and HTTP status, where an error of the SDK
            passes them on.
    """

    sdk: str
    provider: str
    read: Callable[[str, bool], Answer]
    ask: Callable[[str, Provider], object]
    blind: tuple[Blindness, ...] = ()
    fails: tuple[Failing, ...] = ()
    drops: frozenset[str] = frozenset()
    words: Callable[[Exception], tuple[str, int | None] | None] = wordless


WEATHER = Tool(
    "get_weather",
    "Weather in a city.",
    {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
)


def talk(provider: Provider) -> Turn:
    """A conversation that every wire can carry: words, a call and its result."""
    call = ToolCallPart("get_weather", {"city": "Zürich"}, provider.call_id(1))
    result = ToolResultPart(call.name, "14 degrees, rain", call.tool_call_id)
    said = (
        Message("system", (TextPart("Be brief."),)),
        Message("user", (TextPart("Weather in Zürich? 🦩"),)),
        Message("assistant", (TextPart("I will look."), call)),
        Message("tool", (result,)),
        Message("user", (TextPart("In one word."),)),
    )
    return Turn("model-1", said, (WEATHER,), options=dict(provider.defaults))
