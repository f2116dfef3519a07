"""A Responses request, both ways: a turn as the JSON of ``POST /v1/responses``.

What the wire has no field for does not come back from ``parse``: the exception of a
tool result, the MIME type of a file given by URL, metadata of whole answers.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from harness.errors import NotExpressible
from harness.message.assemble import assemble, disassemble, merge
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
from harness.providers.openai_responses.answer import Answer, ours, own
from harness.providers.openai_responses.items import begin, items, settle
from harness.providers.openai_responses.tools import TOOLS, ToolItem, result_item

ASKING = ("user", "system", "developer")
"""Roles whose messages are plain content."""

STATED = (
    "code_interpreter_call",
    "computer_call",
    "file_search_call",
    "image_generation_call",
    "local_shell_call",
    "message",
    "web_search_call",
    "apply_patch_call",
)
"""Item types that are refused without a ``status``."""

SCHEMA_NAME = "output"
"""The API wants a name for a schema; a turn need not have one."""

# ------------------------------------------------------------------ encode


def encode(turn: Turn) -> JsonObject:
    """A turn to the JSON of ``POST /v1/responses``.

    A plain first system message is the ``instructions``.

    Raises:
        NotExpressible: for a part that no item can carry.
    """
    messages = list(turn.messages)
    body: JsonObject = {"model": turn.model}
    if messages and (words := _instructions(messages[0])) is not None:
        body["instructions"] = words
        del messages[0]
    calls: dict[str | None, str] = {}
    body["input"] = [item for m in messages for item in _items(m, calls)]
    if turn.tools:
        body["tools"] = [_tool(tool) for tool in turn.tools]
    if turn.stream:
        body["stream"] = True
    if turn.schema is not None:
        # Without `strict: false` the API wants `additionalProperties: false` all over.
        named = {"type": "json_schema", "name": SCHEMA_NAME, "strict": False}
        named |= own(turn).get("schema") or {}
        body["text"] = {"format": _said(named) | {"schema": turn.schema}}
    return merge(body, turn.options)


def _instructions(message: Message) -> str | None:
    """The text of a system message that has nothing to it but that."""
    match message:
        case Message("system", (TextPart(text, None),), None):
            return text
    return None


def _items(message: Message, calls: dict[str | None, str]) -> Iterator[JsonObject]:
    """The input items of one message; ``calls`` remembers which item called."""
    if message.role == "assistant":
        yield from _answered(message, calls)
    elif message.role == "tool":
        for part in message.parts:
            yield _result(part, calls)
    elif message.role in ASKING:
        yield {"role": message.role, "content": _content(message.parts)} | own(message)
    else:
        raise NotExpressible(f"openai-responses: no items for role {message.role!r}")


def _answered(message: Message, calls: dict[str | None, str]) -> Iterator[JsonObject]:
    for item, _ in items(disassemble([message])):
        kind = item["type"]
        row = TOOLS.get(kind)
        if row is not None:
            call_id = item.get(row.key) or item.get("id")
            calls[call_id] = kind
            if row.asks and row.ours and not call_id:
                name = item.get("name") or row.tool
                raise NotExpressible(f"openai-responses: call of {name!r} has no id")
        if kind == "message" and "id" not in item:
            yield _without_id(item)
        else:
            yield item | ({"status": "completed"} if _lacks_status(item) else {})


def _lacks_status(item: JsonObject) -> bool:
    return item["type"] in STATED and "status" not in item


def _without_id(item: JsonObject) -> JsonObject:
    """A message of an assistant's that no server has numbered."""
    match item["content"]:
        case [{"type": "output_text", "text": text, "annotations": []}]:
            rest = {k: v for k, v in item.items() if k not in ("type", "content")}
            return rest | {"content": text}
    return item


def _result(part: Part, calls: dict[str | None, str]) -> JsonObject:
    if not isinstance(part, ToolResultPart):
        raise NotExpressible(f"openai-responses: a tool cannot say {part.type}")
    said = own(part)
    answer = TOOLS[calls.get(part.tool_call_id, "function_call")].answer
    kind = said.get("type") or answer or "function_call_output"
    item = result_item(kind, part, said, linked=False)
    if part.attachments:
        text = [{"type": "input_text", "text": part.output}] if part.output else []
        item["output"] = [*text, *(_media(a, {}) for a in part.attachments)]
    if kind == "apply_patch_call_output":
        item.setdefault("status", "failed" if part.exception else "completed")
    return item


def _content(parts: tuple[Part, ...]) -> str | list[JsonObject]:
    match parts:
        case (TextPart(text=text, provider_metadata=None),):
            return text
    return [_piece(part) for part in parts]


def _piece(part: Part) -> JsonObject:
    match part:
        case TextPart(text):
            return {"type": "input_text", "text": text} | own(part)
        case AttachmentPart(attachment=attachment):
            return _media(attachment, own(part))
    raise NotExpressible(f"openai-responses: only an assistant can say {part.type}")


def _media(attachment: Attachment | None, said: JsonObject) -> JsonObject:
    """An image or a file: by its id, by URL, or by its bytes."""
    if attachment is None:
        return said
    type_ = attachment.type or ("image/*" if attachment.url else "")
    if type_.startswith(("audio/", "video/")):
        raise NotExpressible(f"openai-responses: no input can carry {type_}")
    url = attachment.url or _data_url(attachment)
    if type_.startswith("image/"):
        return {"type": "input_image", "image_url": url} | said
    if attachment.url:
        return {"type": "input_file", "file_url": url} | said
    name = {"filename": _filename(type_), "file_data": url}
    return {"type": "input_file"} | name | said


def _data_url(attachment: Attachment) -> str:
    if attachment.content is None or not attachment.type:
        raise NotExpressible(
            "openai-responses: an attachment needs a URL, or content and a type"
        )
    data = base64.b64encode(attachment.content).decode()
    return f"data:{attachment.type};base64,{data}"


def _filename(type_: str) -> str:
    return f"file.{type_.partition('/')[2]}"


def _tool(tool: Tool | ServerSideTool) -> JsonObject:
    if isinstance(tool, ServerSideTool):
        return tool.spec
    described = {"description": tool.description} if tool.description else {}
    return {
        "type": "function",
        "name": tool.name,
        **described,
        "parameters": tool.input_schema,
        **_said({"strict": False} | own(tool)),
    }


def _said(facts: JsonObject) -> JsonObject:
    """What is to be said at all: ``strict`` may be left to the API."""
    return {k: v for k, v in facts.items() if k != "strict" or v is not None}


# ------------------------------------------------------------------- parse


def parse(body: JsonObject, path: str = "") -> Turn:
    """The JSON of a request back to the turn it says."""
    messages: list[Message] = []
    if body.get("instructions"):
        messages.append(Message("system", (TextPart(body["instructions"]),)))
    given = body.get("input", ())
    given = [{"role": "user", "content": given}] if isinstance(given, str) else given
    messages += _messages(given)
    if not body.get("instructions") and messages and _instructions(messages[0]):
        # Said among the input: let it not become the instructions.
        messages[0] = replace(messages[0], provider_metadata=ours({"type": "message"}))
    text = dict(body.get("text") or {})
    format_ = text.get("format") or {}
    schema: JsonObject | None = None
    facts: JsonObject = {}
    if format_.get("type") == "json_schema":
        schema, facts = _heard_schema(format_)
        del text["format"]
    known = ("model", "instructions", "input", "tools", "stream", "text")
    options = {k: v for k, v in body.items() if k not in known}
    if text:
        options["text"] = text
    return Turn(
        body.get("model") or "",
        tuple(messages),
        tuple(_declared(tool) for tool in body.get("tools") or ()),
        bool(body.get("stream")),
        schema,
        options,
        ours({"schema": facts} if facts else {}),
    )


def _heard_schema(format_: JsonObject) -> tuple[JsonObject, JsonObject]:
    """A schema, and what is said of it that we should not say unasked."""
    facts: JsonObject = {"strict": None} | format_
    del facts["type"]
    schema = facts.pop("schema")
    usual = {"name": SCHEMA_NAME, "strict": False}
    return schema, {k: v for k, v in facts.items() if (k, v) not in usual.items()}


def _messages(given: Iterable[JsonObject]) -> Iterator[Message]:
    """Items gathered into the messages of whoever said them."""
    answer = Answer()
    kinds: dict[str | None, str] = {}
    role, parts = "", list[Part]()
    for item in given:
        speaker = _speaker(item)
        if parts and speaker != role:
            yield Message(role, tuple(parts))
            parts = []
        role = speaker
        if role in ("assistant", "tool"):
            parts += _heard(answer, item, kinds)
        else:
            facts = {k: v for k, v in item.items() if k not in ("role", "content")}
            yield Message(role, tuple(_heard_content(item["content"])), ours(facts))
    if parts:
        yield Message(role, tuple(parts))


def _speaker(item: JsonObject) -> str:
    if "role" in item:
        return str(item["role"])
    row = TOOLS.get(item.get("type") or "")
    return "tool" if row is not None and not row.asks and row.ours else "assistant"


def _heard(
    answer: Answer, item: JsonObject, kinds: dict[str | None, str]
) -> Iterable[Part]:
    """The parts of an item that was once an answer, or answers one."""
    kind = item.get("type") or "message"
    if kind == "message" and isinstance(item["content"], str):
        facts = {k: v for k, v in item.items() if k not in ("type", "role", "content")}
        return (TextPart(item["content"], ours(facts)),)
    row = TOOLS.get(kind)
    output = item.get("output")
    if _holds_media(row, output):
        item = item | {"output": ""}
    parts = assemble(_events(answer, item | {"type": kind}))
    found: list[Part] = [part for message in parts for part in message.parts]
    for part in found:
        if isinstance(part, ToolCallPart):
            kinds[part.tool_call_id] = kind
    return [_plain(part, output, kinds) for part in found]


def _holds_media(row: ToolItem | None, output: Any) -> bool:
    """Whether a result is a list of texts, images and files."""
    if row is None or row.gets != "output" or not isinstance(output, list):
        return False
    return all("type" in piece for piece in output)


def _events(answer: Answer, item: JsonObject) -> Iterator[Event]:
    place = len(answer.items)
    yield from begin(answer, place, item)
    yield from settle(answer, answer.items[place], item)


def _plain(part: Part, output: Any, kinds: dict[str | None, str]) -> Part:
    """A result without what its call already says; media stand beside the text."""
    if not isinstance(part, ToolResultPart):
        return part
    said = own(part)
    called = TOOLS[kinds.get(part.tool_call_id, "function_call")]
    if said.get("type") == (called.answer or "function_call_output"):
        del said["type"]
    text, attachments = part.output, part.attachments
    if isinstance(output, list) and output and not text:
        pieces = list(_heard_content(output))
        text = "".join(p.text for p in pieces if isinstance(p, TextPart))
        media = (p.attachment for p in pieces if isinstance(p, AttachmentPart))
        attachments = tuple(a for a in media if a is not None)
    return replace(
        part, output=text, attachments=attachments, provider_metadata=ours(said)
    )


def _heard_content(content: str | list[JsonObject]) -> Iterator[Part]:
    if isinstance(content, str):
        yield TextPart(content)
        return
    for piece in content:
        rest = {k: v for k, v in piece.items() if k not in ("type", "text")}
        if "text" in piece:
            yield TextPart(piece["text"], ours(rest))
        else:
            yield _heard_media(piece, rest)


def _heard_media(piece: JsonObject, rest: JsonObject) -> AttachmentPart:
    """An image or a file; one that is neither URL nor bytes is kept as it stands."""
    given = next((k for k in ("image_url", "file_url", "file_data") if rest.get(k)), "")
    url = rest.pop(given, "")
    if given and not url.startswith("data:"):
        return AttachmentPart(Attachment(url=url), ours(rest))
    type_, _, data = url.removeprefix("data:").partition(";base64,")
    try:
        content = base64.b64decode(data, validate=True)
    except binascii.Error:
        content = b""
    if not content or base64.b64encode(content).decode() != data:
        return AttachmentPart(None, ours(piece))
    if rest.get("filename") == _filename(type_):
        del rest["filename"]
    return AttachmentPart(Attachment(type_, content=content), ours(rest))


def _declared(tool: JsonObject) -> Tool | ServerSideTool:
    if tool.get("type") != "function":
        return ServerSideTool(tool)
    known = ("type", "name", "description", "parameters")
    facts = {"strict": None} | {k: v for k, v in tool.items() if k not in known}
    if facts["strict"] is False:
        del facts["strict"]
    return Tool(
        tool["name"],
        tool.get("description"),
        tool.get("parameters") or {},
        provider_metadata=ours(facts),
    )
