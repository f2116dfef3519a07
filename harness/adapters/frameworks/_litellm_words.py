"""LiteLLM's words for what is said, and ours."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from harness.adapters.frameworks._framework import Heard, arguments_of
from harness.errors import NotExpressible
from harness.message.assemble import arguments_text
from harness.message.events import StreamEvent, Usage
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    JsonObject,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.suite.case import ToolSpec

OWN = "litellm"


def tool(spec: ToolSpec) -> JsonObject:
    """A tool as OpenAI's chat declares it."""
    function = {"name": spec.name, "parameters": spec.input_schema}
    if spec.description is not None:
        function["description"] = spec.description
    return {"type": "function", "function": function}


def response_format(schema: JsonObject) -> JsonObject:
    """The schema of an answer, as OpenAI's chat asks for it."""
    named = {"name": "answer", "schema": schema}
    return {"type": "json_schema", "json_schema": named}


def theirs(message: Message) -> Iterator[JsonObject]:
    """What is said, as OpenAI's chat has it."""
    if message.role == "tool":
        for part in message.parts:
            if isinstance(part, ToolResultPart):
                yield _returned(part)
    elif message.role == "assistant":
        yield _answered(message)
    elif message.role in ("system", "user"):
        content = [_content(part) for part in message.parts]
        alone = len(content) == 1 and content[0]["type"] == "text"
        said = content[0]["text"] if alone else content
        yield {"role": message.role, "content": said}
    else:
        raise NotExpressible(f"it has no message of {message.role!r}")


def _content(part: Part) -> JsonObject:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    if isinstance(part, AttachmentPart) and part.attachment is not None:
        return _file(part.attachment)
    raise NotExpressible(f"a user does not say a {part.type}")


def _file(attachment: Attachment) -> JsonObject:
    kind = attachment.type or "application/octet-stream"
    data = base64.b64encode(attachment.content or b"").decode()
    url = attachment.url or f"data:{kind};base64,{data}"
    if kind.startswith("image/"):
        return {"type": "image_url", "image_url": {"url": url}}
    return {"type": "file", "file": {"file_data": url, "format": kind}}


def _returned(result: ToolResultPart) -> JsonObject:
    content: Any = result.output
    if result.attachments:
        files = [_file(attachment) for attachment in result.attachments]
        content = [{"type": "text", "text": result.output}, *files]
    said = {"role": "tool", "name": result.name, "content": content}
    return said | {"tool_call_id": result.tool_call_id}


def _answered(message: Message) -> JsonObject:
    said: JsonObject = {"role": "assistant", "content": None}
    for part in message.parts:
        match part:
            case TextPart():
                said["content"] = (said["content"] or "") + part.text
            case ReasoningPart():
                said["reasoning_content"] = part.text
            case ToolCallPart() if not part.server_executed:
                args = arguments_text(part.arguments)
                function = {"name": part.name, "arguments": args}
                call = {"id": part.tool_call_id, "type": "function"}
                calls = said.setdefault("tool_calls", [])
                calls.append(call | {"function": function})
            case _:
                raise NotExpressible(f"it has no place for a model's {part.type}")
    return said


def plain(item: Any) -> JsonObject:
    """An object of its own as JSON."""
    if isinstance(item, dict):
        return item
    said: JsonObject = item.model_dump(mode="json")
    return said


def without_nulls(said: Any) -> Any:
    """JSON less what is null, which is how its classes write what is not there."""
    if isinstance(said, dict):
        return {k: without_nulls(v) for k, v in said.items() if v is not None}
    return [without_nulls(v) for v in said] if isinstance(said, list) else said


def ours(message: Any) -> Message:
    """An answer of its own."""
    said = plain(message)
    parts = [*_thoughts(said)]
    beside = _beside(said)
    words = (said.get("content") or "") + _refusal(said)
    if words:
        parts.append(TextPart(words, beside))
    parts += [_image(image) for image in said.get("images") or ()]
    for call in said.get("tool_calls") or ():
        function = call["function"]
        args = arguments_of(function["arguments"])
        own = _own(call.get("provider_specific_fields"))
        name = function["name"] or ""
        parts.append(ToolCallPart(name, args, call["id"], provider_metadata=own))
    return Message("assistant", tuple(parts))


def _refusal(said: JsonObject) -> str:
    beside = said.get("provider_specific_fields") or {}
    return said.get("refusal") or beside.get("refusal") or ""


def refuses(message: Any) -> bool:
    """Whether an answer says that there is none."""
    return bool(_refusal(plain(message)))


def _thoughts(said: JsonObject) -> Iterator[Part]:
    blocks = said.get("thinking_blocks") or ()
    for block in blocks:
        hidden = block["type"] == "redacted_thinking"
        yield ReasoningPart(block.get("thinking") or "", hidden, _sealed(block))
    if not blocks and said.get("reasoning_content"):
        yield ReasoningPart(said["reasoning_content"])


def _sealed(block: JsonObject) -> JsonObject | None:
    return _own({k: v for k, v in block.items() if k in ("signature", "data") and v})


def _beside(said: JsonObject) -> JsonObject | None:
    """What it says of the words: annotations, citations."""
    kept = {"annotations": said.get("annotations")}
    kept |= said.get("provider_specific_fields") or {}
    kept = {k: v for k, v in kept.items() if v and k not in TOLD}
    return _own(kept)


TOLD = (
    "images",
    "reasoning",
    "reasoningContent",
    "reasoningContentBlocks",
    "reasoning_content",
    "refusal",
    "thinking_blocks",
    "tool_calls",
)
"""Fields that say again what a part says."""


def _own(said: Any) -> JsonObject | None:
    return {OWN: said} if said else None


def _image(image: JsonObject) -> AttachmentPart:
    url = image["image_url"]["url"]
    head, comma, data = url.partition(",")
    if not comma:
        return AttachmentPart(Attachment(url=url))
    kind = head.removeprefix("data:").removesuffix(";base64")
    return AttachmentPart(Attachment(kind, content=base64.b64decode(data)))


def usage(said: Any, *, apart: bool) -> Usage | None:
    """Its counts, with what OpenAI calls details.

    Args:
        said: its ``usage``.
        apart: whether the wire counts apart what came from a cache; it adds that up.
    """
    if said is None:
        return None
    counts = plain(said)
    details = {}
    places = (
        ("cached", "prompt_tokens_details", "cached_tokens"),
        ("reasoning", "completion_tokens_details", "reasoning_tokens"),
        ("cache_write", "prompt_tokens_details", "cache_creation_tokens"),
    )
    for name, place, key in places:
        count = (counts.get(place) or {}).get(key)
        if count:
            details[name] = count
    extra = details.get("cached", 0) + details.get("cache_write", 0) if apart else 0
    asked: int = counts["prompt_tokens"] - extra
    return Usage(asked, counts["completion_tokens"], details)


class Told:
    """A stream as it is told: its chunks, and the events in them."""

    def __init__(self, heard: Heard) -> None:
        self.chunks: list[Any] = []
        self._heard = heard
        self._calls: dict[int, int] = {}
        self._text: int | None = None
        self._last = ("", -1)
        self._next = 0

    def take(self, chunk: Any) -> None:
        """A chunk."""
        self.chunks.append(chunk)
        for choice in chunk.choices[:1]:
            delta = plain(choice.delta)
            self._think(delta)
            if delta.get("content"):
                self._say("text", delta["content"])
            for call in delta.get("tool_calls") or ():
                self._call(call)
            for image in delta.get("images") or ():
                file = _image(image).attachment
                assert file is not None
                index = self._place("attachment", fresh=True)
                event = StreamEvent("attachment", "", index, attachments=(file,))
                self._heard.events.append(event)
            if refusal := _refusal(delta):
                self._say("text", refusal)

    def end(self, message: Any) -> None:
        """What is known of the words when they are put together."""
        beside = _beside(plain(message))
        if beside and self._text is not None:
            event = StreamEvent("text", "", self._text, provider_metadata=beside)
            self._heard.events.append(event)

    def _think(self, delta: JsonObject) -> None:
        """A thought comes as text, as blocks, or as the same in both."""
        said = delta.get("reasoning_content") or ""
        if said:
            self._say("reasoning", said)
        for block in delta.get("thinking_blocks") or ():
            sealed = _sealed(block)
            if block["type"] == "redacted_thinking":
                self._last = ("", -1)
                self._say("reasoning", "", redacted=True, provider_metadata=sealed)
                self._last = ("", -1)
                continue
            if not said and block.get("thinking"):
                self._say("reasoning", block["thinking"])
            if sealed:
                self._say("reasoning", "", provider_metadata=sealed)
                self._last = ("", -1)

    def _say(self, kind: str, chunk: str, **more: Any) -> None:
        index = self._place(kind)
        if kind == "text":
            self._text = index
        self._heard.events.append(StreamEvent(kind, chunk, index, **more))

    def _place(self, kind: str, *, fresh: bool = False) -> int:
        if fresh or self._last[0] != kind:
            self._last = (kind, self._next)
            self._next += 1
        return self._last[1]

    def _call(self, call: JsonObject) -> None:
        function = call.get("function") or {}
        number = call.get("index") or 0
        if number not in self._calls:
            self._calls[number] = self._place("tool_call", fresh=True)
        index, id_ = self._calls[number], call.get("id")
        own = _own(call.get("provider_specific_fields"))
        if function.get("name") or id_ or own:
            event = StreamEvent(
                "tool_call_name", function.get("name") or "", index, id_
            )
            self._heard.events.append(event._replace(provider_metadata=own))
        if function.get("arguments"):
            args = StreamEvent("tool_call_args", function["arguments"], index)
            self._heard.events.append(args)
