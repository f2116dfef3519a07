"""Prompt: what is asked of a model, as messages and as it was put."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypedDict

from harness.errors import UsageError
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
from harness.message.turn import ServerSideTool, Tool
from harness.reference.tools.tool import ToolDef, ToolResult, declared


@dataclass(frozen=True, slots=True)
class Prompt:
    """Everything one response answers.

    Attributes:
        messages: exactly what the model is sent: all that was said before, and what
            is said now.
        prompt: the text of this turn alone; empty where it came as messages.
        system: the system prompt given with this turn.
        attachments: those given with this turn.
        tools: what the model may call.
        tool_results: the results given with this turn.
        schema: the JSON Schema the answer must follow.
        options: request fields under the wire's own names.
        hide_reasoning: that the caller does not want to be shown any.
    """

    messages: tuple[Message, ...]
    prompt: str = ""
    system: str | None = None
    attachments: tuple[Attachment, ...] = ()
    tools: tuple[Tool | ServerSideTool, ...] = ()
    tool_results: tuple[ToolResult, ...] = ()
    schema: JsonObject | None = None
    options: JsonObject = field(default_factory=dict)
    hide_reasoning: bool = False


class Asking(TypedDict, total=False):
    """What may be given with any prompt, beside the words.

    Attributes:
        system: the system prompt; from the second turn of a conversation on, another.
        attachments: what the user shows beside the words.
        tools: functions, ``Tool``, ``Toolbox`` or ``ServerSideTool``.
        schema: JSON Schema or pydantic model that the answer must follow.
        options: request fields under the wire's own names. They may also be given by
            name, as ``temperature=0.5``.
        hide_reasoning: that the caller does not want to be shown any.
    """

    system: str | None
    attachments: Sequence[Attachment] | None
    tools: Sequence[ToolDef] | None
    schema: Any
    options: Mapping[str, Any] | None
    hide_reasoning: bool


def ask(
    prompt: str | None,
    asking: Mapping[str, Any],
    *,
    history: Sequence[Message] = (),
    messages: Sequence[Message] | None = None,
    tool_results: Sequence[ToolResult] | None = None,
    then: Sequence[Message] = (),
) -> Prompt:
    """The prompt that all of this makes, none of it lost.

    Args:
        prompt: the user's words.
        asking: what :class:`Asking` has; whatever else is in it is an option.
        history: what the conversation has come to; what is new follows it.
        messages: a conversation given whole, instead; ``system`` joins the system
            prompt at its head.
        tool_results: what the tools that were called last came to.
        then: what follows the user's words.

    Raises:
        UsageError: for a tool, a schema or an option that cannot be used.
    """
    system, attachments = asking.get("system"), asking.get("attachments") or ()
    results = tuple(tool_results or ())
    users = [*_words(prompt, attachments), *then]
    if history:
        rules = [Message("system", (TextPart(system),))] if system else []
        chain = [*with_results(history, results), *rules, *users]
    else:
        chain = under_system(system, [*with_results(messages or (), results), *users])
    return Prompt(
        tuple(chain),
        prompt or "",
        system,
        tuple(attachments),
        declared(asking.get("tools") or ()),
        results,
        schema_of(asking.get("schema")),
        options_of(asking.get("options") or {}, by_name(asking)),
        asking.get("hide_reasoning", False),
    )


def by_name(asking: Mapping[str, Any]) -> dict[str, Any]:
    """The options among these, which are given by name.

    Raises:
        UsageError: for what llm has and we do not, which no wire is meant to be sent.
    """
    for name in LEFT_OUT:
        if name in asking:
            raise UsageError(f"{name}= is of llm, and not here: {LEFT_OUT[name]}")
    known = Asking.__annotations__
    return {name: value for name, value in asking.items() if name not in known}


def _words(prompt: str | None, attachments: Iterable[Attachment]) -> list[Message]:
    """What the user says and shows, if that is anything."""
    parts: list[Part] = [TextPart(prompt)] if prompt else []
    parts += [AttachmentPart(attachment) for attachment in attachments]
    return [Message("user", tuple(parts))] if parts else []


def under_system(system: str | None, messages: list[Message]) -> list[Message]:
    """The messages with the system prompt at their head, beside one already there."""
    if not system:
        return messages
    rules = TextPart(system)
    if messages and messages[0].role == "system":
        first = messages[0]
        return [replace(first, parts=(*first.parts, rules)), *messages[1:]]
    return [Message("system", (rules,)), *messages]


def with_results(
    messages: Sequence[Message], results: Sequence[ToolResult]
) -> list[Message]:
    """The messages with these results, beside those of the same answer's other calls.

    Providers want the results of one answer's calls together.
    """
    if not results:
        return list(messages)
    parts = tuple(result.part() for result in results)
    if messages and messages[-1].role == "tool":
        last = messages[-1]
        return [*messages[:-1], replace(last, parts=last.parts + parts)]
    return [*messages, Message("tool", parts)]


def our_calls(messages: Iterable[Message]) -> list[ToolCallPart]:
    """The calls in these messages that are not the provider's to run."""
    return [
        part
        for message in messages
        for part in message.parts
        if isinstance(part, ToolCallPart) and not part.server_executed
    ]


def pending_calls(messages: Sequence[Message]) -> list[ToolCallPart]:
    """The calls at the end of a history that have no results yet.

    Calls and results belong together by id; those without one, by name, one result
    to a call. Calls that the conversation has gone on from are nobody's business.
    """
    turns = list(messages)
    results = [
        part
        for message in _taken_off(turns, "tool")
        for part in message.parts
        if isinstance(part, ToolResultPart)
    ]
    answered = {result.tool_call_id for result in results if result.tool_call_id}
    names = [result.name for result in results if not result.tool_call_id]
    pending = []
    for call in our_calls(_taken_off(turns, "assistant")):
        if call.tool_call_id in answered:
            continue
        if not call.tool_call_id and call.name in names:
            names.remove(call.name)
            continue
        pending.append(call)
    return pending


def _taken_off(messages: list[Message], role: str) -> list[Message]:
    """The messages of this role that the list ended in."""
    taken: list[Message] = []
    while messages and messages[-1].role == role:
        taken.insert(0, messages.pop())
    return taken


def schema_of(schema: Any) -> JsonObject | None:
    """JSON Schema, given as it is or as a pydantic model.

    Raises:
        UsageError: for anything else.
    """
    if schema is None or isinstance(schema, dict):
        return schema
    made = getattr(schema, "model_json_schema", None)
    if made is None:
        wanted = "JSON Schema or a pydantic model"
        raise UsageError(f"schema= wants {wanted}, not {schema!r:.60}")
    return dict(made())


def options_of(options: Mapping[str, Any], named: Mapping[str, Any]) -> JsonObject:
    """Options given as a mapping and by name, as one; ``None`` says nothing.

    Raises:
        UsageError: for one that is given both ways.
    """
    twice = sorted(set(options) & set(named))
    if twice:
        raise UsageError(f"given in options= and by name: {', '.join(twice)}")
    both = {**options, **named}
    return {name: value for name, value in both.items() if value is not None}


LEFT_OUT = {
    "fragments": "join them to the prompt",
    "system_fragments": "join them to system=",
}
"""What llm can be given beside the words, and what to do instead."""
