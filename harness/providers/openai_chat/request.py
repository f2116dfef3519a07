"""A chat request, both ways: a turn as the JSON of ``POST /chat/completions``.

What the model only reports (log probabilities, annotations) is not sent back to it,
nor is metadata of other providers. An assistant message has the wire's own order:
reasoning, text, calls. A tool result goes as what it put out; that it failed
(``exception``) is not on this wire. A picture given by URL loses its type.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from harness.errors import NotExpressible
from harness.message.assemble import assemble, disassemble, merge
from harness.message.events import Event
from harness.message.parts import (
    AttachmentPart,
    JsonObject,
    Message,
    Part,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.message.turn import ServerSideTool, Tool, Turn
from harness.providers._own import beside
from harness.providers.openai_chat.choice import OPENAI, Choice, Dialect
from harness.providers.openai_chat.content import (
    hear_content,
    say_attachment,
    say_content,
)
from harness.providers.openai_chat.limits import needs
from harness.providers.openai_chat.message import as_chunks, close, hear, whole
from harness.providers.openai_chat.reasoning import FIELDS

USAGE_TOO = {"include_usage": True}
"""Asked of every stream: without it OpenAI counts no tokens there."""

SCHEMA_NAME = "response"
"""The API wants a name for a schema; a turn need not have one."""

REPORTED = ("annotations", "references", "logprobs", "channel")
"""What an assistant's part says of itself that nobody wants back."""

RESULT = frozenset({"role", "name", "tool_call_id", "content"})
"""What is read of a tool's message; the rest is metadata."""

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
        body["tools"] = [_tool(tool, dialect) for tool in turn.tools]
    if turn.schema is not None:
        if "schema" in dialect.lacks:
            raise NotExpressible(f"{dialect.name}: no request carries a schema")
        body["response_format"] = _form(turn.schema, dialect.of(turn))
    if turn.stream:
        body["stream"] = True
        if not dialect.counts_unasked:
            body["stream_options"] = USAGE_TOO
    for word in turn.options:
        if word in SAID_ALREADY or (word == "response_format" and word in body):
            raise NotExpressible(f"{dialect.name}: option {word} is said twice")
    return body | turn.options


def parse(body: JsonObject, path: str = "", dialect: Dialect = OPENAI) -> Turn:
    """The mirror image of :func:`encode`."""
    options = {k: v for k, v in body.items() if k not in SAID_ALREADY}
    schema, facts = _heard_form(options.get("response_format") or {})
    if facts is not None:
        del options["response_format"]
    stream = bool(body.get("stream"))
    if stream and options.get("stream_options") == USAGE_TOO:
        del options["stream_options"]
    return Turn(
        model=body.get("model", ""),
        messages=tuple(_heard(body.get("messages") or [], dialect)),
        tools=tuple(_heard_tool(tool, dialect) for tool in body.get("tools") or ()),
        stream=stream,
        schema=schema,
        options=options,
        provider_metadata=dialect.ours(facts or {}),
    )


def _form(schema: JsonObject, facts: JsonObject) -> JsonObject:
    """The form that is asked for, in the words that it was heard in."""
    if "schema_as" in facts:
        return {"type": facts["schema_as"], "value": schema}
    named = {"name": SCHEMA_NAME, "schema": schema} | (facts.get("schema") or {})
    return {"type": "json_schema", "json_schema": named}


def _heard_form(form: JsonObject) -> tuple[JsonObject | None, JsonObject | None]:
    """The schema of a form and what is said beside it; ``None`` where it has neither.

    Hugging Face's SDK writes a schema as TGI has it: as the ``value`` of a grammar.
    """
    if form.get("type") == "json_schema":
        named = dict(form["json_schema"])
        schema = named.pop("schema", None)
        if named.get("name") == SCHEMA_NAME:
            del named["name"]
        return schema, {"schema": named} if named else {}
    if form.keys() == {"type", "value"} and isinstance(form["value"], dict):
        return form["value"], {"schema_as": form["type"]}
    return None, None


def _tool(tool: Tool | ServerSideTool, dialect: Dialect) -> JsonObject:
    if isinstance(tool, ServerSideTool):
        if "server_side_tools" in dialect.lacks:
            raise NotExpressible(f"{dialect.name}: it runs no tools of its own")
        return tool.spec
    function: JsonObject = {"name": tool.name}
    if tool.description is not None:
        function["description"] = tool.description
    if tool.input_schema:
        function["parameters"] = tool.input_schema
    return merge({"type": "function", "function": function}, dialect.of(tool))


def _heard_tool(spec: JsonObject, dialect: Dialect) -> Tool | ServerSideTool:
    """A function tool; what is said beside (``strict``, a cache mark) in its place."""
    if spec.get("type", "function") != "function" or "function" not in spec:
        return ServerSideTool(spec)
    function = dict(spec["function"])
    name, description = function.pop("name"), function.pop("description", None)
    schema = function.pop("parameters", None) or {}
    facts = beside(spec, "type", "function")
    facts |= {"function": function} if function else {}
    return Tool(name, description, schema, provider_metadata=dialect.ours(facts))


def path(turn: Turn) -> str:
    """Where a turn is sent, under the base URL."""
    return "/chat/completions"


# --------------------------------------------------------- messages, asking


def _message(message: Message, dialect: Dialect) -> Iterator[JsonObject]:
    """The message as the wire has it; of tool results, one for each."""
    facts = dialect.of(message)
    if message.role == "assistant":
        yield _assistant(message, dialect) | facts
    elif message.role == "tool":
        for part in message.parts:
            yield _result(part, dialect) | facts
    else:
        content = say_content(message.parts, dialect)
        yield {"role": message.role, "content": content} | facts


def _assistant(message: Message, dialect: Dialect) -> JsonObject:
    """The message as it was answered, less what was only reported."""
    events: list[Event] = []
    for part in message.parts:
        if needs(part) in dialect.lacks:
            raise NotExpressible(
                f"{dialect.name}: no message can carry a part of {part.type}"
            )
    for event in disassemble([Message("assistant", message.parts)]):
        facts = {k: v for k, v in dialect.of(event).items() if k not in REPORTED}
        events.append(event._replace(provider_metadata=dialect.ours(facts)))
    spoken: JsonObject = whole(events, dialect)["message"]
    if spoken["content"] is None and len(spoken) == 2:
        spoken["content"] = ""
    if "audio" in spoken:
        if not spoken["audio"]["id"]:
            name = dialect.name
            raise NotExpressible(f"{name}: sound goes back by its id alone")
        spoken["audio"] = {"id": spoken["audio"]["id"]}
    return spoken


def _result(part: Part, dialect: Dialect) -> JsonObject:
    if not isinstance(part, ToolResultPart):
        raise NotExpressible(f"{dialect.name}: a tool message holds no {part.type}")
    facts = beside(dialect.of(part), "text")
    role = facts.pop("role", "function" if part.tool_call_id is None else "tool")
    content = facts.pop("content", None) or _said_by(part, dialect)
    if part.tool_call_id is not None:
        said: JsonObject = {"role": role, "tool_call_id": part.tool_call_id}
    elif part.name or role == "function":
        said = {"role": role, "name": part.name}
    else:
        said = {"role": role}
    return said | {"content": content} | facts


def _said_by(part: ToolResultPart, dialect: Dialect) -> str | list[JsonObject]:
    """What a result holds: its text, and the pictures it shows."""
    of_text = dialect.of(part).get("text") or {}
    if not (part.attachments or of_text):
        return part.output
    pictures = [say_attachment(a, {}, dialect) for a in part.attachments]
    if any(picture["type"] != "image_url" for picture in pictures):
        raise NotExpressible(
            f"{dialect.name}: a tool_result part holds text and pictures"
        )
    return [{"type": "text", "text": part.output} | of_text, *pictures]


# -------------------------------------------------------- messages, being asked


def _heard(messages: list[JsonObject], dialect: Dialect) -> Iterator[Message]:
    """Messages; tool results that follow each other are one."""
    names: dict[str, str] = {}
    results: list[Part] = []
    for said in messages:
        if said["role"] in ("tool", "function"):
            results.append(_heard_result(said, names, dialect))
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
            parts = tuple(hear_content(content, dialect))
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
    # DeepSeek wants its reasoning back where there was none, too.
    silent = {word: "" for word in FIELDS if said.get(word) == ""}
    facts = silent | choice.facts.get("message", {})
    return Message("assistant", tuple(parts), dialect.ours(facts))


def _heard_result(
    said: JsonObject, names: dict[str, str], dialect: Dialect
) -> ToolResultPart:
    id_ = said.get("tool_call_id")
    content = said.get("content") or ""
    parts = [*hear_content(content, dialect)]
    texts = [part for part in parts if isinstance(part, TextPart)]
    shown = [part.attachment for part in parts if isinstance(part, AttachmentPart)]
    facts = beside(said, *RESULT)
    if id_ is None and said["role"] == "tool":
        facts["role"] = "tool"
    of_text = dialect.of(texts[0]) if len(texts) == 1 else {}
    facts |= {"text": of_text} if of_text else {}
    part = ToolResultPart(
        name=said.get("name") or names.get(id_ or "", ""),
        output="".join(text.text for text in texts),
        tool_call_id=id_,
        attachments=tuple(one for one in shown if one is not None),
        provider_metadata=dialect.ours(facts),
    )
    if as_chunks(_said_by(part, dialect)) == as_chunks(content):
        return part
    # More than text and pictures, or not as we would write them.
    return replace(part, provider_metadata=dialect.ours(facts | {"content": content}))
