"""Gemini's parts: the one shape that its answers and its requests share.

https://ai.google.dev/api/caching#Part. ``hear`` reads a part and ``say`` writes it. A
signed part is a part of its own, its signature kept in its metadata, and goes back in
place as it came (https://ai.google.dev/gemini-api/docs/thought-signatures).

What a tool gave back is an object: "Callers can use any keys of their choice that fit
the function's syntax to return the function output, e.g. "output", "result", etc. In
particular, if the function call failed to execute, the response can have an "error" key
to return error details to the model."
(https://ai.google.dev/api/caching#FunctionResponse)
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from harness.errors import NotExpressible
from harness.message.assemble import arguments_text, merge
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    JsonObject,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.providers.gemini.media import hear_media, say_media
from harness.providers.gemini.spelling import beside, by_name, ours, said_of

SIGNATURE = "thoughtSignature"
SIDE = frozenset({"thought", SIGNATURE})
"""What stands beside a part's content; a part that has nothing else is text."""

CODE = "code_execution"
"""What we call the tool that runs the model's code: the wire has no name for it."""

OUTCOME, RAN = "OUTCOME_", "OUTCOME_OK"
OUTCOMES = ("OUTCOME_UNSPECIFIED", RAN, "OUTCOME_FAILED", "OUTCOME_DEADLINE_EXCEEDED")
"""How the outcome of code begins, the good one, and those that may come by number."""

OUTPUT, ERROR = "output", "error"

HOW = ("under", "whole")
"""Metadata of a result: the key its text stands ``under`` where that is neither of the
two above, and whether the text is the JSON of the ``whole`` object."""

NOTHING = Attachment()
"""What stands for a piece of a result that we cannot read."""


def hear(item: JsonObject) -> Part | None:
    """The part in an item of ``parts``; ``None`` for a kind that nobody taught us."""
    kind = next((key for key in item if key in KINDS), None)
    if kind is None:
        return _text(item) if SIDE.issuperset(item) else None
    return KINDS[kind](item)


def say(part: Part) -> JsonObject:
    """The item that says a part; raises ``NotExpressible`` for one that none can."""
    facts = said_of(part)
    match part:
        case TextPart(text):
            return {"text": text} | facts
        case ReasoningPart(text, redacted=False):
            return {"text": text, "thought": True} | facts
        case ToolCallPart():
            return merge(_said_call(part), facts)
        case ToolResultPart(server_executed=True):
            return merge(_said_ran(part, facts), facts)
        case ToolResultPart():
            return merge(_said_result(part, facts), facts)
        case AttachmentPart(attachment):
            return say_media(attachment, facts)
    raise NotExpressible("gemini: no message can carry a part of redacted reasoning")


def id_of(said: JsonObject) -> str | None:
    """The id of a call or a result, if it has one."""
    return said.get("id") or None


def is_code(part: ToolCallPart | ToolResultPart) -> bool:
    """Whether code that the model wrote is what is run here."""
    if part.name != CODE:
        return False
    if isinstance(part, ToolCallPart):
        return isinstance(part.arguments, dict) and "code" in part.arguments
    failed = part.exception
    return failed is None or (failed.startswith(OUTCOME) and failed != RAN)


# -------------------------------------------------------------------- hear


def _text(item: JsonObject) -> Part:
    text = item.get("text", "")
    facts = ours({k: v for k, v in item.items() if k not in ("text", "thought")})
    if item.get("thought"):
        return ReasoningPart(text, provider_metadata=facts)
    return TextPart(text, facts)


def _media(item: JsonObject) -> Part:
    attachment, facts = hear_media(item)
    return AttachmentPart(attachment, ours(facts))


def _call(item: JsonObject) -> Part:
    said = item["functionCall"]
    facts = ours(beside(item, "functionCall", "id", "name", "args"))
    name, arguments = said.get("name", ""), said.get("args", {})
    return ToolCallPart(name, arguments, id_of(said), provider_metadata=facts)


def _server_call(item: JsonObject) -> Part:
    said = item["toolCall"]
    facts = ours(beside(item, "toolCall", "id", "toolType", "args"))
    name, arguments = str(said.get("toolType", "")), said.get("args", {})
    return ToolCallPart(name, arguments, id_of(said), True, facts)


def _code(item: JsonObject) -> Part:
    said = item["executableCode"]
    facts = ours({k: v for k, v in item.items() if k != "executableCode"})
    arguments = {k: v for k, v in said.items() if k != "id"}
    return ToolCallPart(CODE, arguments, id_of(said), True, facts)


def _ran(item: JsonObject) -> Part:
    said = item["codeExecutionResult"]
    outcome = by_name(said.get("outcome", RAN), OUTCOMES)
    facts = beside(item, "codeExecutionResult", "id", "output", "outcome")
    return ToolResultPart(
        CODE,
        said.get("output", ""),
        id_of(said),
        server_executed=True,
        exception=None if outcome == RAN else outcome,
        provider_metadata=ours(facts),
    )


def _server_result(item: JsonObject) -> Part:
    said = item["toolResponse"]
    output, failed, how = _hear_output(said.get("response"))
    facts = beside(item, "toolResponse", "id", "toolType", "response")
    return ToolResultPart(
        str(said.get("toolType", "")),
        output,
        id_of(said),
        server_executed=True,
        exception=failed,
        provider_metadata=ours(facts | how),
    )


def _result(item: JsonObject) -> Part:
    said = item["functionResponse"]
    output, failed, how = _hear_output(said.get("response"))
    facts = beside(item, "functionResponse", "id", "name", "response", "parts")
    shown = [hear_media(part) for part in said.get("parts", ())]
    more = [rest for _, rest in shown]
    return ToolResultPart(
        said.get("name", ""),
        output,
        id_of(said),
        attachments=tuple(attachment or NOTHING for attachment, _ in shown),
        exception=failed,
        provider_metadata=ours(facts | how | ({"parts": more} if any(more) else {})),
    )


KINDS: dict[str, Callable[[JsonObject], Part]] = {
    "text": _text,
    "functionCall": _call,
    "functionResponse": _result,
    "inlineData": _media,
    "fileData": _media,
    "executableCode": _code,
    "codeExecutionResult": _ran,
    "toolCall": _server_call,
    "toolResponse": _server_result,
}
"""The field that holds a part, and what reads it."""


# --------------------------------------------------------------------- say


def _said_call(part: ToolCallPart) -> JsonObject:
    """The item of a call: of one of our tools, of one of theirs, or of code.

    Raises:
        NotExpressible: for arguments that are no object.
    """
    if not isinstance(part.arguments, dict):
        raise NotExpressible("gemini: the arguments of a tool_call part are an object")
    id_ = {} if part.tool_call_id is None else {"id": part.tool_call_id}
    if not part.server_executed:
        said = id_ | {"name": part.name, "args": part.arguments}
        return {"functionCall": said}
    if is_code(part):
        return {"executableCode": id_ | part.arguments}
    return {"toolCall": id_ | {"toolType": part.name, "args": part.arguments}}


def _said_ran(part: ToolResultPart, facts: JsonObject) -> JsonObject:
    """The item of what a tool of theirs gave back; takes from ``facts`` how."""
    id_ = {} if part.tool_call_id is None else {"id": part.tool_call_id}
    if is_code(part):
        outcome = part.exception or RAN
        said = id_ | {"outcome": outcome, "output": part.output}
        return {"codeExecutionResult": said}
    said = id_ | {"toolType": part.name} | _say_output(part, facts)
    return {"toolResponse": said}


def _said_result(part: ToolResultPart, facts: JsonObject) -> JsonObject:
    """The item of what one of our tools gave back; takes from ``facts`` how."""
    said: JsonObject = {} if part.tool_call_id is None else {"id": part.tool_call_id}
    said |= {"name": part.name} | _say_output(part, facts)
    more = [*facts.pop("parts", ()), *[{}] * len(part.attachments)]
    if part.attachments:
        shown = zip(part.attachments, more, strict=False)
        said["parts"] = [say_media(a if a != NOTHING else None, m) for a, m in shown]
    return {"functionResponse": said}


# ----------------------------------------------------------------- outputs


def _hear_output(response: Any) -> tuple[str, str | None, JsonObject]:
    """The text in a response, what it failed with, and how it was said."""
    if isinstance(response, dict) and len(response) == 1:
        ((key, text),) = response.items()
        if isinstance(text, str):
            known = key in (OUTPUT, ERROR)
            return text, text if key == ERROR else None, {} if known else {"under": key}
    text = "" if response is None else arguments_text(response)
    return text, None, {"whole": True}


def _say_output(part: ToolResultPart, facts: JsonObject) -> JsonObject:
    """The fields that say a result's output; takes from ``facts`` how it was said."""
    key, whole = (facts.pop(word, None) for word in HOW)
    if whole and not part.output:
        return {}
    response = _read(part.output) if whole else None
    key = key or (OUTPUT if part.exception is None else ERROR)
    return {"response": {key: part.output} if response is None else response}


def _read(text: str) -> Any:
    """The JSON in ``text``, or ``None`` where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
