"""Converse's blocks as they stream: how they start, what is added, that they stop.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlockDelta.html.
Calls, results and images say how they start; text and reasoning only go on.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from harness.message.assemble import disassemble
from harness.message.events import Event, StreamEvent, Unknown
from harness.message.parts import (
    JsonObject,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.providers._own import beside
from harness.providers.bedrock.beside import ours, said_of, word
from harness.providers.bedrock.content import (
    SEALED,
    Names,
    read_block,
    read_call,
    say_block,
)


@dataclass(slots=True)
class Open:
    """A block that may go on: how it started, and what it holds back until it stops."""

    body: JsonObject = field(default_factory=dict)
    citations: list[Any] = field(default_factory=list)
    content: list[JsonObject] = field(default_factory=list)
    pieces: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class Blocks:
    """The blocks of one answer that are open, the kind of every block there was, and
    the tools it named by id.
    """

    open: dict[int, Open] = field(default_factory=dict)
    kinds: dict[int, str] = field(default_factory=dict)
    names: Names = field(default_factory=dict)

    def at(self, index: int, kind: str) -> Open:
        """The block of that number, which is or becomes one of that kind.

        Raises:
            ValueError: where it is one of another kind.
        """
        known = self.kinds.setdefault(index, kind)
        if known != kind:
            raise ValueError(f"block {index} is {known}, not {kind}")
        block = self.open.get(index)
        if block is None:
            block = self.open[index] = Open()
        return block


Reader: TypeAlias = Callable[[Blocks, int, Any], Iterator[Event]]


# -------------------------------------------------------------------- hear


def start(blocks: Blocks, index: int, said: JsonObject) -> Iterator[Event]:
    """What a block says as it starts; words may come here too, or an empty start."""
    for kind, body in said.items():
        if kind == "toolUse":
            yield _called(blocks, index, body)
        elif kind in HELD:
            blocks.at(index, kind).body |= body
        elif kind in DELTAS:
            if body:
                yield from DELTAS[kind](blocks, index, body)
        else:
            yield Unknown(f"contentBlockStart:{kind}", said)


def more(blocks: Blocks, index: int, delta: JsonObject) -> Iterator[Event]:
    """What a delta adds to a block."""
    for kind, said in delta.items():
        read = DELTAS.get(kind)
        if read:
            yield from read(blocks, index, said)
        else:
            yield Unknown(f"contentBlockDelta:{kind}", delta)


def stop(blocks: Blocks, index: int) -> Iterator[Event]:
    """What a block held back: citations, or a result or an image that is whole now."""
    block = blocks.open.pop(index, None)
    if block is None:
        return
    if block.citations:
        said = ours({"citations": block.citations})
        yield StreamEvent("text", "", index, provider_metadata=said)
    kind = blocks.kinds[index]
    if kind in HELD:
        part = read_block({kind: HELD[kind](block)}, blocks.names, ran=True)
        yield from said_by(part, index)


def said_by(part: Part | None, index: int) -> Iterator[StreamEvent]:
    """A part that came whole, as the events of that number."""
    for event in disassemble([Message("assistant", (part,))] if part else ()):
        yield event._replace(part_index=index)


def _called(blocks: Blocks, index: int, body: JsonObject) -> StreamEvent:
    blocks.at(index, "toolUse")
    id_, name, runs, facts = read_call(body, blocks.names)
    return StreamEvent(
        "tool_call_name", name, index, id_, runs, provider_metadata=ours(facts)
    )


def _text(blocks: Blocks, index: int, said: str) -> Iterator[Event]:
    blocks.at(index, "text")
    if said != "":
        yield StreamEvent("text", said, index)


def _citation(blocks: Blocks, index: int, said: JsonObject) -> Iterator[Event]:
    blocks.at(index, "text").citations.append(said)
    return iter(())


def _reasoning(blocks: Blocks, index: int, said: JsonObject) -> Iterator[Event]:
    blocks.at(index, "reasoningContent")
    if said.get("text", "") != "":
        yield StreamEvent("reasoning", said["text"], index)
    facts = ours(beside(said, "text"))
    if facts:
        hides = SEALED in said
        yield StreamEvent(
            "reasoning", "", index, redacted=hides, provider_metadata=facts
        )


def _input(blocks: Blocks, index: int, said: JsonObject) -> Iterator[Event]:
    blocks.at(index, "toolUse")
    if said["input"] != "":
        yield StreamEvent("tool_call_args", said["input"], index)


def _result(blocks: Blocks, index: int, said: list[JsonObject]) -> Iterator[Event]:
    content = blocks.at(index, "toolResult").content
    first, *rest = said or [{}]
    # A text goes on with the next delta; texts that come together are several.
    if content and list(first) == list(content[-1]) == ["text"]:
        content[-1] = {"text": word(content[-1]["text"]) + word(first["text"])}
    elif first:
        content.append(first)
    content += rest
    return iter(())


def _image(blocks: Blocks, index: int, said: JsonObject) -> Iterator[Event]:
    block = blocks.at(index, "image")
    source = said.get("source") or {}
    if "bytes" in source:
        block.pieces.append(base64.b64decode(word(source["bytes"]), validate=True))
        said = beside(said, "source")
    block.body |= said
    return iter(())


def _whole_result(block: Open) -> JsonObject:
    return block.body | {"content": block.content}


def _whole_image(block: Open) -> JsonObject:
    if not block.pieces:
        return block.body
    data = base64.b64encode(b"".join(block.pieces)).decode()
    return block.body | {"source": {"bytes": data}}


HELD: dict[str, Callable[[Open], JsonObject]] = {
    "toolResult": _whole_result,
    "image": _whole_image,
}
"""Kinds of block of which nothing is said until they are whole."""

DELTAS: dict[str, Reader] = {
    "text": _text,
    "citation": _citation,
    "reasoningContent": _reasoning,
    "toolUse": _input,
    "toolResult": _result,
    "image": _image,
}
"""Kind of delta to what reads it."""


# --------------------------------------------------------------------- say


def streamed(
    part: Part, said: list[StreamEvent]
) -> tuple[JsonObject | None, list[JsonObject]]:
    """A part as the start of its block, if that has one, and the deltas that follow.

    ``said`` are the events that make the part: each chunk is a delta.
    """
    ((kind, body),) = say_block(part).items()
    match part:
        case TextPart():
            citations = said_of(part).get("citations", [])
            deltas = [{"citation": citation} for citation in citations]
            return None, deltas + [{"text": e.chunk} for e in said if e.chunk]
        case ReasoningPart():
            deltas = [{kind: {"text": e.chunk}} for e in said if e.chunk]
            return None, deltas + [{kind: {k: v}} for k, v in said_of(part).items()]
        case ToolCallPart():
            chunks = [e.chunk for e in said if e.type == "tool_call_args" and e.chunk]
            begins = beside(body, "input")
            return {kind: begins}, [{kind: {"input": chunk}} for chunk in chunks]
        case ToolResultPart():
            content = body.pop("content")
            return {kind: body}, [{kind: content}] if content else []
    begins = {"format": body.pop("format")} if "format" in body else {}
    return {kind: begins}, [{kind: body}]
