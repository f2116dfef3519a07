"""Results in an interaction: what came of our functions, and of the provider's tools.

https://ai.google.dev/gemini-api/docs/interactions/function-calling. Ours is a text, an
object or a list of content, and goes in as it comes out; the others are what each tool
makes them, and come back with their signature.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from harness.message.assemble import arguments_text
from harness.message.events import Event, StreamEvent
from harness.message.parts import Attachment, JsonObject
from harness.providers._own import beside
from harness.providers.gemini_interactions.content import hear_media, say_media
from harness.providers.gemini_interactions.kinds import (
    MEDIA,
    NAMED,
    OURS,
    RESULTS,
    SILENT,
    Heard,
    Said,
    facts_of,
    id_of,
    kind_in,
    ours,
    read_json,
    tool_of,
)

READ = ("type", "call_id", "result")
"""What is read of a result, beside the name of one that has a name."""

FAILED = "is_error"
"""What says that a result is one of failure, and the exception where nothing more is
said."""

RESULT_IS = "result_is"
"""Metadata: ``text`` or ``json``, where a result is not what we would take it for."""


@dataclass(slots=True)
class Result:
    """A result that has started: all that was said of it so far."""

    part: int
    step: JsonObject


def start_result(heard: Heard, index: Any, step: JsonObject) -> Iterable[Event]:
    """A result as it starts; it is told when it is over."""
    heard.open[index] = Result(next(heard.numbers), dict(step))
    heard.waiting.discard(id_of(step.get("call_id")))
    return ()


def more_result(heard: Heard, opened: Result, delta: JsonObject) -> Iterable[Event]:
    """What came of it: all of it at once."""
    opened.step |= beside(delta, "type")
    return ()


def stop_result(heard: Heard, opened: Result) -> Iterator[Event]:
    """The result, with the name of the call that it answers."""
    step = opened.step
    tool, id_ = RESULTS[step["type"]], id_of(step.get("call_id"))
    facts, name = beside(step, *READ), tool
    if tool in NAMED:
        name = facts.pop("name", None) or heard.names.get(id_ or "", "")
    output, shown, marks = _heard(tool, step.get("result"))
    if tool_of(name, tool != OURS) != tool:
        marks["type"] = step["type"]
    failed = facts.pop(FAILED) if facts.get(FAILED) else False
    exception = (output if tool == OURS else "") or FAILED
    yield StreamEvent(
        "tool_result",
        output,
        opened.part,
        id_,
        tool != OURS,
        name,
        provider_metadata=ours(facts | marks),
        exception=exception if failed else None,
        attachments=shown,
    )


def say_result(group: list[StreamEvent]) -> Said:
    """A result, whole in one delta."""
    facts = facts_of(group)
    name = next((event.tool_name for event in group if event.tool_name), "")
    tool = tool_of(name, any(event.server_executed for event in group))
    kind = kind_in(facts, RESULTS, f"{tool}_result")
    tool = RESULTS[kind]
    id_ = next((event.tool_call_id for event in group if event.tool_call_id), None)
    head: JsonObject = {"type": kind} | ({"call_id": id_} if id_ else {})
    head |= {"name": name} if name and tool in NAMED else {}
    output = "".join(event.chunk for event in group)
    shown = [attachment for event in group for attachment in event.attachments]
    result = _said(tool, output, shown, facts)
    body = {} if result == "" and tool in SILENT else {"result": result}
    if any(event.exception is not None for event in group):
        facts[FAILED] = True
    if FAILED in facts:
        body[FAILED] = facts.pop(FAILED)
    return Said(head | facts, body, [{"type": kind} | body] if body else [])


def _heard(tool: str, result: Any) -> tuple[str, tuple[Attachment, ...], JsonObject]:
    """A result as text and attachments, with marks to make it of them again."""
    if result is None:
        return "", (), {}
    if isinstance(result, str):
        taken = tool != OURS and _structured(result) is not None
        return result, (), {RESULT_IS: "text"} if taken else {}
    if tool != OURS or not isinstance(result, list):
        marks = {RESULT_IS: "json"} if tool == OURS else {}
        return arguments_text(result), (), marks
    texts, shown = [], []
    for item in result:
        if item["type"] in MEDIA:
            shown.append(hear_media(item)[0])
        else:
            texts.append(item.get("text") or arguments_text(item))
    output, shown_ = "\n".join(texts), tuple(one for one in shown if one)
    same = _said(tool, output, list(shown_), {}) == result
    return output, shown_, {} if same else {"result": result}


def _said(tool: str, output: str, shown: list[Attachment], facts: JsonObject) -> Any:
    """The mirror image of :func:`_heard`; takes its marks out of the facts."""
    mark = facts.pop(RESULT_IS, "text" if tool == OURS else "json")
    if "result" in facts:
        return facts.pop("result")
    if shown:
        words = [{"type": "text", "text": output}] if output else []
        return [*words, *(say_media(one, {}) for one in shown)]
    read = _structured(output) if mark == "json" else None
    return output if read is None else read


def _structured(text: str) -> Any:
    """The object or list that a text is, if we would write that as this very text."""
    read = read_json(text)
    is_it = isinstance(read, dict | list) and arguments_text(read) == text
    return read if is_it else None
