"""Pydantic AI's words for what is said, and ours."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from harness.adapters.frameworks._framework import (
    arguments_of,
    as_events,
    library,
    text_of,
)
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


def asked(message: Message) -> Iterator[Any]:
    """What is not the model's, in its types."""
    theirs = library("pydantic_ai.messages")
    if message.role == "system":
        for part in message.parts:
            yield theirs.SystemPromptPart(getattr(part, "text", ""))
    elif message.role == "tool":
        for result in message.parts:
            if isinstance(result, ToolResultPart):
                yield _returned(result)
    elif message.role == "user":
        content = [_user(part) for part in message.parts]
        alone = len(content) == 1 and isinstance(content[0], str)
        yield theirs.UserPromptPart(content[0] if alone else content)
    else:
        raise NotExpressible(f"it has no message of {message.role!r}")


def _user(part: Part) -> Any:
    if isinstance(part, TextPart):
        return part.text
    if isinstance(part, AttachmentPart) and part.attachment is not None:
        return _file(part.attachment)
    raise NotExpressible(f"a user does not say a {part.type}")


def _file(attachment: Attachment) -> Any:
    theirs = library("pydantic_ai.messages")
    kind = attachment.type or "application/octet-stream"
    if attachment.url is None:
        return theirs.BinaryContent(attachment.content or b"", media_type=kind)
    urls = {
        "image": theirs.ImageUrl,
        "audio": theirs.AudioUrl,
        "video": theirs.VideoUrl,
    }
    return urls.get(kind.partition("/")[0], theirs.DocumentUrl)(attachment.url)


def _returned(result: ToolResultPart) -> Any:
    files = [_file(attachment) for attachment in result.attachments]
    return library("pydantic_ai.messages").ToolReturnPart(
        result.name,
        [result.output, *files] if files else result.output,
        result.tool_call_id or "",
    )


def answered(part: Part, system: str) -> Any:
    """A part that a model said elsewhere, in its types."""
    theirs = library("pydantic_ai.messages")
    match part:
        case TextPart():
            return theirs.TextPart(part.text)
        case ReasoningPart():
            return theirs.ThinkingPart(part.text, provider_name=system)
        case ToolCallPart():
            kind = theirs.ToolCallPart
            if part.server_executed:
                kind = partial(theirs.NativeToolCallPart, provider_name=system)
            args = arguments_text(part.arguments)
            return kind(part.name, args, part.tool_call_id or "")
        case AttachmentPart() if part.attachment is not None:
            return theirs.FilePart(_file(part.attachment))
    raise NotExpressible(f"it has no part for a model's {part.type}")


def ours(part: Any) -> Part:
    """A part of its answer."""
    said = _metadata(part)
    match part.part_kind:
        case "text":
            return TextPart(part.content, said)
        case "thinking":
            return ReasoningPart(part.content or "", _hidden(part), said)
        case "tool-call":
            args, id_ = arguments_of(part.args), part.tool_call_id
            return ToolCallPart(part.tool_name, args, id_, provider_metadata=said)
        case "builtin-tool-call" | "builtin-tool-return":
            return _ran(part, said)
        case "file":
            file = Attachment(part.content.media_type, content=part.content.data)
            return AttachmentPart(file, said)
    return ReasoningPart("", True, {"pydantic-ai": _json(part)})


def _ran(part: Any, said: JsonObject | None) -> Part:
    """What a provider ran; of a tool of an MCP server the name is inside."""
    name, id_ = part.tool_name, part.tool_call_id
    remote = name.startswith("mcp_server:")
    if part.part_kind == "builtin-tool-call":
        args = arguments_of(part.args)
        if remote and "tool_name" in args:
            name, args = args["tool_name"], args.get("tool_args") or {}
        return ToolCallPart(name, args, id_, True, said)
    content = _json(part.content)
    if remote and isinstance(content, dict):
        content = content.get("output", content.get("content"))
    return ToolResultPart(
        "" if remote else name, text_of(content), id_, True, provider_metadata=said
    )


def _hidden(part: Any) -> bool:
    return not part.content and part.id in ("redacted_content", "redacted_thinking")


def _metadata(part: Any) -> JsonObject | None:
    names = ("id", "signature", "provider_details", "citations")
    said = {name: getattr(part, name, None) for name in names}
    kept = {name: _json(value) for name, value in said.items() if value}
    return {"pydantic-ai": kept} if kept else None


def _json(value: Any) -> Any:
    to_jsonable_python = library("pydantic_core").to_jsonable_python
    return to_jsonable_python(value, bytes_mode="base64", fallback=str)


class Told:
    """A stream as it is told: what is new in each of its events.

    A tool that the provider ran is told when it is known whole: of one on an MCP
    server the name comes inside of the arguments.
    """

    def __init__(self) -> None:
        self._ran: set[int] = set()

    def take(self, event: Any) -> list[StreamEvent]:
        """An event."""
        kind = event.event_kind
        if kind == "part_start" and event.part.part_kind == "builtin-tool-call":
            self._ran.add(event.index)
        elif kind == "part_start" or (kind == "part_end" and event.index in self._ran):
            return [*_started(event.part, event.index)]
        elif kind == "part_delta" and event.index not in self._ran:
            return [*_grown(event.delta, event.index)]
        return []


def _started(part: Any, index: int) -> Iterator[StreamEvent]:
    """The beginning of a part that grows, and the whole of one that does not."""
    if part.part_kind == "text":
        yield StreamEvent("text", part.content, index)
    elif part.part_kind == "thinking":
        yield StreamEvent(
            "reasoning", part.content or "", index, redacted=_hidden(part)
        )
    elif part.part_kind == "tool-call":
        yield StreamEvent("tool_call_name", part.tool_name, index, part.tool_call_id)
        if part.args:
            yield StreamEvent("tool_call_args", _text(part.args), index)
    else:
        for event in as_events([Message("assistant", (ours(part),))]):
            yield event._replace(part_index=index)


def _grown(delta: Any, index: int) -> Iterator[StreamEvent]:
    if delta.part_delta_kind == "text":
        yield StreamEvent("text", delta.content_delta, index)
    elif delta.part_delta_kind == "thinking" and delta.content_delta:
        yield StreamEvent("reasoning", delta.content_delta, index)
    elif delta.part_delta_kind == "tool_call":
        if delta.tool_name_delta:
            yield StreamEvent("tool_call_name", delta.tool_name_delta, index)
        if delta.args_delta:
            yield StreamEvent("tool_call_args", _text(delta.args_delta), index)


def _text(args: Any) -> str:
    return args if isinstance(args, str) else arguments_text(args)


def usage(usage: Any) -> Usage:
    """Its counts; what they are called beside is the wire's own."""
    details = {**usage.details}
    for name in ("reasoning_tokens", "thinking_tokens", "thoughts_tokens"):
        if name in details:
            details["reasoning"] = details.pop(name)
    counts = {
        "cached": usage.cache_read_tokens,
        "cache_write": usage.cache_write_tokens,
    }
    details |= {name: count for name, count in counts.items() if count}
    thought = getattr(usage, "output_reasoning_tokens", 0)
    details |= {"reasoning": thought} if thought else {}
    asked = details.pop("input_tokens", usage.input_tokens)  # what the wire counts
    return Usage(asked, details.pop("output_tokens", usage.output_tokens), details)
