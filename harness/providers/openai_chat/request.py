"""A chat request, both ways: a turn as the JSON of ``POST /chat/completions``.

What the model only reports (log probabilities, annotations) is not sent back to it,
nor is metadata of other providers. An assistant message has the wire's own order:
reasoning, text, calls. A tool result goes as what it put out; that it failed
(``exception``) is not on this wire. A picture given by URL loses its type.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from harness.errors import NotExpressible
from harness.message.assemble import assemble, disassemble
from harness.message.events import Event
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    JsonObject,
    Message,
    Part,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.message.turn import ServerSideTool, Tool, Turn
from harness.providers.openai_chat.choice import OPENAI, Choice, Dialect
from harness.providers.openai_chat.media import (
    base64,
    from_url,
    is_sound,
    sound_format,
    sound_type,
    to_url,
)
from harness.providers.openai_chat.message import as_chunks, close, hear, whole

USAGE_TOO = {"include_usage": True}
"""Asked of every stream: without it OpenAI counts no tokens there."""

SCHEMA_NAME = "response"
"""The API wants a name for a schema; a turn has none."""

REPORTED = ("annotations", "references", "logprobs", "channel")
"""What an assistant's part says of itself that nobody wants back."""

SAID_ALREADY = ("model", "messages", "tools", "stream")
"""Fields that a turn has of its own, so that options may not set them."""


def encode(turn: Turn, dialect: Dialect = OPENAI) -> JsonObject:
    """A turn to the JSON of ``POST /chat/completions``.

    Raises:
        NotExpressible: for a part this wire cannot carry, or a field said twice.
    """
    messages = [said for m in turn.messages for said in _message(m, dialect)]
    body: JsonObject = {"model": turn.model, "messages": messages}
    if turn.tools:
        body["tools"] = [_tool(tool) for tool in turn.tools]
    if turn.schema is not None:
        schema = {"name": SCHEMA_NAME, "schema": turn.schema}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    if turn.stream:
        body |= {"stream": True, "stream_options": USAGE_TOO}
    for word in turn.options:
        if word in SAID_ALREADY or (word == "response_format" and word in body):
            raise NotExpressible(f"openai-chat: option {word} is said twice")
    return body | turn.options


def parse(body: JsonObject, path: str = "", dialect: Dialect = OPENAI) -> Turn:
    """The mirror image of :func:`encode`."""
    options = {k: v for k, v in body.items() if k not in SAID_ALREADY}
    format_ = options.get("response_format") or {}
    schema = None
    if format_.get("type") == "json_schema":
        schema = format_["json_schema"].get("schema")
        del options["response_format"]
    stream = bool(body.get("stream"))
    if stream and options.get("stream_options") == USAGE_TOO:
        del options["stream_options"]
    return Turn(
        model=body.get("model", ""),
        messages=tuple(_heard(body.get("messages") or [], dialect)),
        tools=tuple(_heard_tool(tool) for tool in body.get("tools") or ()),
        stream=stream,
        schema=schema,
        options=options,
    )


def _tool(tool: Tool | ServerSideTool) -> JsonObject:
    if isinstance(tool, ServerSideTool):
        return tool.spec
    function: JsonObject = {"name": tool.name}
    if tool.description is not None:
        function["description"] = tool.description
    if tool.input_schema:
        function["parameters"] = tool.input_schema
    return {"type": "function", "function": function}


def _heard_tool(spec: JsonObject) -> Tool | ServerSideTool:
    if spec.get("type") != "function":
        return ServerSideTool(spec)
    function = spec["function"]
    schema = function.get("parameters") or {}
    return Tool(function["name"], function.get("description"), schema)


# --------------------------------------------------------- messages, asking


def _message(message: Message, dialect: Dialect) -> Iterator[JsonObject]:
    """The message as the wire has it; of tool results, one for each."""
    metadata = message.provider_metadata or {}
    facts = metadata.get(dialect.namespace) or {}
    if message.role == "assistant":
        yield _assistant(message, dialect) | facts
    elif message.role == "tool":
        for part in message.parts:
            yield _result(part) | facts
    else:
        content = _content(message.parts, dialect)
        yield {"role": message.role, "content": content} | facts


def _assistant(message: Message, dialect: Dialect) -> JsonObject:
    """The message as it was answered, less what was only reported."""
    events: list[Event] = []
    for event in disassemble([Message("assistant", message.parts)]):
        metadata = event.provider_metadata or {}
        facts = metadata.get(dialect.namespace) or {}
        facts = {k: v for k, v in facts.items() if k not in REPORTED}
        events.append(event._replace(provider_metadata=dialect.ours(facts)))
    spoken: JsonObject = whole(events, dialect)["message"]
    if spoken["content"] is None and len(spoken) == 2:
        spoken["content"] = ""
    if "audio" in spoken:
        if not spoken["audio"]["id"]:
            raise NotExpressible("openai-chat: sound goes back by its id alone")
        spoken["audio"] = {"id": spoken["audio"]["id"]}
    return spoken


def _result(part: Part) -> JsonObject:
    if not isinstance(part, ToolResultPart):
        raise NotExpressible(f"openai-chat: a tool message holds no {part.type}")
    content: Any = part.output
    if part.attachments:
        pictures = [_attachment(attachment, {}) for attachment in part.attachments]
        if any(picture["type"] != "image_url" for picture in pictures):
            raise NotExpressible("openai-chat: tool results hold text and pictures")
        content = [{"type": "text", "text": part.output}, *pictures]
    if part.tool_call_id is None:
        return {"role": "function", "name": part.name, "content": content}
    return {"role": "tool", "tool_call_id": part.tool_call_id, "content": content}


def _content(parts: tuple[Part, ...], dialect: Dialect) -> str | list[JsonObject]:
    """Plain text as a string, anything else as a list of parts."""
    if not parts:
        return ""
    if len(parts) == 1 and isinstance(parts[0], TextPart):
        metadata = parts[0].provider_metadata or {}
        if parts[0].text and dialect.namespace not in metadata:
            return parts[0].text
    return [_part(part, dialect) for part in parts]


def _part(part: Part, dialect: Dialect) -> JsonObject:
    facts = (part.provider_metadata or {}).get(dialect.namespace) or {}
    match part:
        case TextPart(text):
            return {"type": "text", "text": text} | facts
        case AttachmentPart(None):
            return dict(facts)
        case AttachmentPart(attachment) if attachment is not None:
            return _attachment(attachment, facts)
    raise NotExpressible(f"openai-chat: only an assistant says a {part.type}")


def _attachment(attachment: Attachment, facts: JsonObject) -> JsonObject:
    """A content part; ``facts`` are further fields of the object inside it."""
    kind = (attachment.type or "image/").partition("/")[0]
    if is_sound(attachment):
        sound = {"data": base64(attachment), "format": sound_format(attachment)}
        return {"type": "input_audio", "input_audio": sound | facts}
    if kind == "image":
        return {"type": "image_url", "image_url": {"url": to_url(attachment)} | facts}
    url = to_url(attachment)
    return {"type": "file", "file": {"filename": _name(url), "file_data": url} | facts}


def _name(url: str) -> str:
    """The API wants a name for a file, an attachment has none."""
    type_ = from_url(url).type if url.startswith("data:") else None
    return f"file.{(type_ or 'application/pdf').partition('/')[2]}"


# -------------------------------------------------------- messages, being asked


def _heard(messages: list[JsonObject], dialect: Dialect) -> Iterator[Message]:
    """Messages; tool results that follow each other are one."""
    names: dict[str, str] = {}
    results: list[Part] = []
    for said in messages:
        if said["role"] in ("tool", "function"):
            results.append(_heard_result(said, names))
            continue
        if results:
            yield Message("tool", tuple(results))
            results = []
        if said["role"] == "assistant":
            message = _heard_assistant(said, dialect)
            calls = [part for part in message.parts if isinstance(part, ToolCallPart)]
            names |= {
                call.tool_call_id: call.name for call in calls if call.tool_call_id
            }
        else:
            content = said.get("content")
            facts = {k: v for k, v in said.items() if k not in ("role", "content")}
            parts = tuple(_heard_content(content, dialect))
            message = Message(said["role"], parts, dialect.ours(facts))
        yield message
    if results:
        yield Message("tool", tuple(results))


def _heard_assistant(said: JsonObject, dialect: Dialect) -> Message:
    choice = Choice(0, count(), dialect, whole=True)
    events: list[Event] = []
    hear(choice, said, events)
    close(choice, events)
    parts = [part for message in assemble(events) for part in message.parts]
    return Message(
        "assistant", tuple(parts), dialect.ours(choice.facts.get("message", {}))
    )


def _heard_result(said: JsonObject, names: dict[str, str]) -> ToolResultPart:
    content = said.get("content") or ""
    id_ = said.get("tool_call_id")
    items = as_chunks(content)
    texts = [item["text"] for item in items if item["type"] == "text"]
    pictures = [
        from_url(item["image_url"]["url"]) for item in items if "image_url" in item
    ]
    return ToolResultPart(
        name=said.get("name") or names.get(id_ or "", ""),
        output="".join(texts),
        tool_call_id=id_,
        attachments=tuple(pictures),
    )


def _heard_content(content: Any, dialect: Dialect) -> Iterator[Part]:
    if isinstance(content, str):
        content = [{"type": "text", "text": content}] if content else []
    for item in content or ():
        yield PARTS.get(item.get("type"), _other)(item, dialect)


def _text(item: JsonObject, dialect: Dialect) -> Part:
    facts = {k: v for k, v in item.items() if k not in ("type", "text")}
    return TextPart(item["text"], dialect.ours(facts))


def _image(item: JsonObject, dialect: Dialect) -> Part:
    image = item["image_url"]
    facts = {"url": image} if isinstance(image, str) else dict(image)
    return AttachmentPart(from_url(facts.pop("url")), dialect.ours(facts))


def _sound(item: JsonObject, dialect: Dialect) -> Part:
    if isinstance(item["input_audio"], str):
        # Mistral's has no format.
        return _other(item, dialect)
    facts = dict(item["input_audio"])
    content = b64decode(facts.pop("data"))
    sound = Attachment(sound_type(facts.pop("format")), content=content)
    return AttachmentPart(sound, dialect.ours(facts))


def _file(item: JsonObject, dialect: Dialect) -> Part:
    facts = dict(item["file"])
    if "file_data" not in facts:
        return _other(item, dialect)
    url = facts.pop("file_data")
    if facts.get("filename") == _name(url):
        del facts["filename"]
    return AttachmentPart(from_url(url, "application/pdf"), dialect.ours(facts))


def _other(item: JsonObject, dialect: Dialect) -> Part:
    """Anything else, kept as it is: uploaded files, and what other hosts add."""
    return AttachmentPart(None, dialect.ours(item))


PARTS: dict[Any, Callable[[JsonObject, Dialect], Part]] = {
    "text": _text,
    "image_url": _image,
    "input_audio": _sound,
    "file": _file,
}
"""Types of content part, and what reads them."""
