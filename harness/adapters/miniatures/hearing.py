"""Lies about what was heard: bytes, words, media, and what is said beside them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from harness.adapters.miniatures.liar import Liar, Lie, is_call, pieces
from harness.message.events import Event, StreamEvent
from harness.wire.http import Answer, Request, Transport


class DropsLastChunk(Liar):
    """Loses the last piece of text, as readers do that wait for one more newline."""

    def changed(self, events: list[Event]) -> list[Event]:
        texts = [i for i, e in enumerate(events) if e.type == "text"]
        return [e for i, e in enumerate(events) if not texts or i != texts[-1]]


class TrimsText(Liar):
    """Trims every piece of text, so that words run together (C5)."""

    def changed(self, events: list[Event]) -> list[Event]:
        return [
            e._replace(chunk=e.chunk.strip())
            if isinstance(e, StreamEvent) and e.type == "text"
            else e
            for e in events
        ]


class InventsSpaces(Liar):
    """Adds a blank after a call, which no provider said (C5)."""

    def changed(self, events: list[Event]) -> list[Event]:
        if not any(is_call(e) for e in events):
            return events
        last = max(e.part_index or 0 for e in events if isinstance(e, StreamEvent))
        return [*events, StreamEvent("text", " ", last + 1)]


class SaysNone(Liar):
    """Ends every answer with the word None, which is a delta without content (F8)."""

    def changed(self, events: list[Event]) -> list[Event]:
        texts = pieces(events, "text")
        if not texts:
            return events
        return [*events, StreamEvent("text", "None", texts[-1].part_index)]


class DropsMedia(Liar):
    """Gives the words of an answer and drops its images (G)."""

    def changed(self, events: list[Event]) -> list[Event]:
        return [e for e in events if e.type != "attachment"]


class DropsCitations(Liar):
    """Gives text without what a provider notes beside it: citations, ids (G)."""

    def changed(self, events: list[Event]) -> list[Event]:
        return [
            e._replace(provider_metadata=None)
            if isinstance(e, StreamEvent) and e.type == "text"
            else e
            for e in events
        ]


@dataclass(frozen=True, slots=True)
class Rewriting:
    """A door through which every answer's chunks come changed."""

    door: Transport
    change: Callable[[bytes], bytes]

    def send(self, request: Request) -> Answer:
        """The answer, changed chunk by chunk."""
        answer = self.door.send(request)
        return replace(answer, chunks=map(self.change, answer.chunks))


class DecodesPerChunk(Liar):
    """Decodes UTF-8 chunk by chunk, so that a character cut in two is lost."""

    def through(self, door: Transport) -> Transport:
        return Rewriting(door, lambda c: c.decode(errors="ignore").encode())


class ParsesPerChunk(Liar):
    """Takes every network chunk for whole events."""

    def through(self, door: Transport) -> Transport:
        return Rewriting(door, lambda chunk: chunk + b"\n\n")


class SplitsOnEverySeparator(Liar):
    """Splits lines as Python does, at U+2028 and U+0085 too."""

    def through(self, door: Transport) -> Transport:
        return Rewriting(door, _split)


def _split(chunk: bytes) -> bytes:
    return chunk.replace("\u2028".encode(), b"\n").replace("\x85".encode(), b"\n")


class DropsTextOfBlockStart(Liar):
    """Drops the words that come with the start of a content block (A13)."""

    def through(self, door: Transport) -> Transport:
        return ByLine(door, _unworded)


def _unworded(line: bytes) -> bytes:
    if b'"content_block_start"' not in line or not line.startswith(b"data:"):
        return line
    data = json.loads(line.removeprefix(b"data:"))
    if "text" in data.get("content_block", ()):
        data["content_block"]["text"] = ""
    return b"data: " + json.dumps(data).encode()


@dataclass(frozen=True, slots=True)
class ByLine:
    """A door through which every answer's lines come changed, however they are cut."""

    door: Transport
    change: Callable[[bytes], bytes]

    def send(self, request: Request) -> Answer:
        """The answer, changed line by line."""
        answer = self.door.send(request)
        return replace(answer, chunks=self._changed(answer))

    def _changed(self, answer: Answer) -> Iterator[bytes]:
        rest = b""
        for chunk in answer.chunks:
            *whole, rest = (rest + chunk).split(b"\n")
            yield from (self.change(line) + b"\n" for line in whole)
        yield self.change(rest)


LIES = (
    Lie(DecodesPerChunk, "chunks.invariant", "text::beyond-ascii"),
    Lie(DropsCitations, "parts", "::*citation*"),
    Lie(DropsLastChunk, "events.complete", "text::plain"),
    Lie(DropsMedia, "events.complete", "::*image*"),
    Lie(DropsTextOfBlockStart, "events.complete", "::*block-start*"),
    Lie(InventsSpaces, "events.valid", "tools::one-call"),
    Lie(ParsesPerChunk, "chunks.invariant", "text::plain"),
    Lie(SaysNone, "events.valid", "text::plain"),
    Lie(SplitsOnEverySeparator, "error", "text::separators-*"),
    Lie(TrimsText, "events.complete", "text::plain"),
)
"""Each lie, the check meant for it, and where it shows."""
