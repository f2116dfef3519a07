"""Streams: bytes of the wires to be heard, recorded and made up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.message.events import Event, Finish, StreamEvent, Usage
from harness.providers import PROVIDERS
from harness.providers._provider import Provider
from harness.providers._square import speak
from harness.shell.files import load_tape
from harness.wire.http import Headers, header
from tests.corpus import recordings

ROOT = Path(__file__).parent.parent.parent

SURFACES = {
    "openai-chat": "openai-chat",
    "openai-responses": "openai-responses",
    "anthropic-messages": "anthropic",
    "gemini-generate": "gemini",
    "gemini-interactions": "gemini-interactions",
    "ollama": "ollama",
    "cohere": "cohere",
    "bedrock-converse": "bedrock",
    "mistral": "mistral",
    "groq": "groq",
    "openrouter": "openrouter",
}
"""Surfaces of the corpus that have an SDK of their own, and who speaks there."""

TAPED = ("openai-chat", "openai-responses", "anthropic")
"""Those of which this project has cassettes."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One answer, its bytes in a single chunk."""

    provider: Provider
    name: str
    headers: Headers
    body: bytes

    @property
    def payloads(self) -> list[str]:
        """The JSON texts in it, and nothing else."""
        frames = self.provider.framing.read([self.body])
        return [frame.data for frame in frames if not frame.data.startswith("[DONE]")]


def recorded() -> Iterator[Stream]:
    """The longest answer among the cassettes of each wire."""
    for provider in map(PROVIDERS.__getitem__, TAPED):
        folder = Path("cassettes", provider.name)
        bodies = (
            (b"".join(exchange.response.chunks), exchange.response.headers)
            for file in sorted((ROOT / folder).glob("*.yaml"))
            for exchange in load_tape(ROOT, folder / file.name).exchanges
            if _streamed(exchange.response.headers) and exchange.response.status == 200
        )
        body, headers = max(bodies, key=lambda found: len(found[0]))
        yield Stream(provider, "recorded here", headers, body)


def synthesised(events: int) -> Iterator[Stream]:
    """About so many events a wire: thoughts, words, and two tool calls."""
    for provider in map(PROVIDERS.__getitem__, SURFACES.values()):
        response = speak(provider, _said(provider, events), stream=True)
        body = b"".join(response.chunks)
        yield Stream(provider, f"{events:,} events made up", response.headers, body)


def from_corpus(folder: Path) -> Iterator[Stream]:
    """The longest answer of each vendor in a folder of recordings (tests/corpus)."""
    longest: dict[str, recordings.Recording] = {}
    for found in recordings.read(folder):
        if not isinstance(found, recordings.Recording) or found.status != 200:
            continue
        wire = SURFACES.get(found.surface)
        if wire and found.streamed and not found.body.startswith(b"["):
            best = longest.setdefault(wire, found)
            if len(found.body) > len(best.body):
                longest[wire] = found
    for wire, found in longest.items():
        yield Stream(PROVIDERS[wire], "longest of corpus", found.headers, found.body)


def _streamed(headers: Headers) -> bool:
    return recordings.STREAM in (header(headers, "content-type") or "")


def _said(provider: Provider, number: int) -> Iterator[Event]:
    pieces = number // 10
    yield from (StreamEvent("reasoning", " a thought", 0) for _ in range(4 * pieces))
    yield from (StreamEvent("text", " a word", 1) for _ in range(4 * pieces))
    for part in (2, 3):
        call = provider.call_id(part)
        yield StreamEvent("tool_call_name", "look_up", part, call, False, "look_up")
        yield StreamEvent("tool_call_args", '{"query":"', part, call)
        for _ in range(pieces):
            yield StreamEvent("tool_call_args", " a piece", part, call)
        yield StreamEvent("tool_call_args", '"}', part, call)
    yield Usage(100, number)
    yield Finish("tool_calls")
