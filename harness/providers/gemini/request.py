"""Gemini's request, both ways: a turn as the JSON of ``:generateContent``.

https://ai.google.dev/api/generate-content#request-body. The path names the model and
says whether to stream: ``/v1beta/models/MODEL:generateContent``, and at Vertex
``/v1/projects/P/locations/L/publishers/google/models/MODEL:generateContent``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from harness.errors import NotExpressible
from harness.message.assemble import merge
from harness.message.parts import (
    AttachmentPart,
    JsonObject,
    Message,
    Part,
    ToolResultPart,
)
from harness.message.turn import Turn
from harness.providers.gemini.parts import hear, say
from harness.providers.gemini.spelling import listed, ours, plain, said_of
from harness.providers.gemini.tools import declare, declared

READ = frozenset({"contents", "systemInstruction", "tools"})
READ_OF_CONTENT = frozenset({"parts", "role"})

ROLES = {"assistant": "model", "tool": "user", "user": "user"}
"""Who speaks, to us and to them."""

CARRIES = {
    "assistant": ("text", "reasoning", "tool_call", "tool_result", "attachment"),
    "system": ("text", "attachment"),
    "tool": ("tool_result",),
    "user": ("text", "attachment"),
}
"""What each of our roles may say."""

JOINED = "joined"
"""Metadata of a message that stands in one content with the message before it."""

CONFIG = "generationConfig"
SCHEMAS = ("responseJsonSchema", "responseSchema")
"""Where the schema of an answer stands: as JSON Schema, or as what OpenAPI has."""

MIME, JSON = "responseMimeType", "application/json"

WHOLE, STREAMED = "generateContent", "streamGenerateContent"

COLLECTIONS = ("endpoints/", "models/", "projects/", "publishers/", "tunedModels/")
"""How a model's name begins that is a path already."""

NAMED = re.compile(r"(?:^|/)(?:models/|((?:tunedModels|endpoints)/))([^/]+)$")
"""The end of a path that names a model; of the collections, ``models/`` goes without
saying."""

UNSAFE = re.compile(rb"[^A-Za-z0-9._~@-]")
ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})")


# ------------------------------------------------------------------ encode


def encode(turn: Turn) -> JsonObject:
    """A turn to the JSON of ``:generateContent``.

    Raises:
        NotExpressible: for a part that its speaker cannot say.
    """
    messages = list(turn.messages)
    body: JsonObject = {}
    if messages and messages[0].role == "system":
        system = messages.pop(0)
        body["systemInstruction"] = {"parts": _parts(system)} | said_of(system)
    contents: list[JsonObject] = []
    body["contents"] = contents
    for message in messages:
        facts = said_of(message)
        if facts.pop(JOINED, False) and contents:
            contents[-1]["parts"] += _parts(message)
        else:
            contents.append(_content(message) | facts)
    if turn.tools:
        body["tools"] = list(declare(turn.tools))
    if turn.schema is not None:
        body[CONFIG] = _shaped(turn.schema, said_of(turn).get("schema", {}))
    return merge(body, turn.options)


def _content(message: Message) -> JsonObject:
    if message.role not in ROLES:
        raise NotExpressible(f"gemini: no content is said by the {message.role}")
    return {"role": ROLES[message.role], "parts": _parts(message)}


def _parts(message: Message) -> list[JsonObject]:
    for part in message.parts:
        of_theirs = isinstance(part, ToolResultPart) and part.server_executed
        by = "assistant" if of_theirs else "tool"
        wrong = isinstance(part, ToolResultPart) and message.role != by
        if wrong or part.type not in CARRIES.get(message.role, ()):
            raise NotExpressible(
                f"gemini: no {message.role} message can carry a part of {part.type}"
            )
    return [say(part) for part in message.parts]


def _shaped(schema: JsonObject, how: JsonObject) -> JsonObject:
    """The fields that ask for an answer of a schema."""
    mime = {} if how.get("bare") else {MIME: JSON}
    return mime | {how.get("under", SCHEMAS[0]): schema}


# ------------------------------------------------------------------- parse


def parse(body: JsonObject, path: str = "") -> Turn:
    """The JSON of a request back to the turn it says; its path names the model."""
    said = plain(body)
    model, stream = _addressed(path)
    options = {k: v for k, v in said.items() if k not in READ}
    messages: list[Message] = []
    if "systemInstruction" in said:
        messages.append(_heard_system(said["systemInstruction"]))
    for content in listed(said.get("contents", [])):
        messages += _heard(content)
    schema, how, options = _heard_schema(options)
    tools = [t for tool in listed(said.get("tools", [])) for t in declared(tool)]
    return Turn(
        model or options.pop("model", "").removeprefix("models/"),
        tuple(messages),
        tuple(tools),
        stream,
        schema,
        options,
        ours({"schema": how} if how else {}),
    )


def _heard_system(content: JsonObject) -> Message:
    facts = {k: v for k, v in content.items() if k != "parts"}
    return Message("system", tuple(_heard_parts(content)), ours(facts))


def _heard(content: JsonObject) -> Iterator[Message]:
    """The messages in a content: results of tools are one of their own."""
    role = content.get("role", "user")
    facts = {k: v for k, v in content.items() if k not in READ_OF_CONTENT}
    if role not in ROLES.values():
        facts["role"] = role
    parts = list(_heard_parts(content))
    if role.lower() == "model":
        yield Message("assistant", tuple(parts), ours(facts))
        return
    for is_result, together in groupby(parts, _is_result):
        yield Message("tool" if is_result else "user", tuple(together), ours(facts))
        facts = {JOINED: True}
    if not parts:
        yield Message("user", (), ours(facts))


def _heard_parts(content: JsonObject) -> Iterator[Part]:
    for item in listed(content.get("parts", [])):
        part = hear(item)
        yield AttachmentPart(None, ours(item)) if part is None else part


def _is_result(part: Part) -> bool:
    return isinstance(part, ToolResultPart) and not part.server_executed


def _heard_schema(
    options: JsonObject,
) -> tuple[JsonObject | None, JsonObject, JsonObject]:
    """The schema of the answer, how it was asked for, and the options without it."""
    config = dict(options.get(CONFIG, {}))
    under = next((word for word in SCHEMAS if word in config), None)
    if under is None:
        return None, {}, options
    schema = config.pop(under)
    how: JsonObject = {} if under == SCHEMAS[0] else {"under": under}
    if MIME not in config:
        how["bare"] = True
    elif config[MIME] == JSON:
        del config[MIME]
    rest = {k: v for k, v in options.items() if k != CONFIG}
    return schema, how, rest | ({CONFIG: config} if config else {})


# -------------------------------------------------------------------- path


def path(turn: Turn) -> str:
    """Where a turn is sent, under the base URL."""
    model = turn.model
    names = model.split("/") if model.startswith(COLLECTIONS) else ["models", model]
    verb = f"{STREAMED}?alt=sse" if turn.stream else WHOLE
    return f"/{'/'.join(map(_quoted, names))}:{verb}"


def _addressed(path: str) -> tuple[str, bool]:
    """The model that a path names, and whether it asks for a stream."""
    resource, _, verb = path.partition("?")[0].rpartition(":")
    found = NAMED.search(resource)
    model = _unquoted(f"{found[1] or ''}{found[2]}") if found else ""
    return model, verb == STREAMED


def _quoted(text: str) -> str:
    """A name as a path has it; below the shell nobody knows ``urllib``."""
    return UNSAFE.sub(lambda byte: b"%%%02X" % ord(byte[0]), text.encode()).decode()


def _unquoted(text: str) -> str:
    raw = ESCAPED.sub(lambda code: bytes((int(code[1], 16),)), text.encode())
    return raw.decode(errors="replace")
