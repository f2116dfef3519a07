"""Tools on the chat wire: calls to run, calls of older kinds, tools already run.

``tool_calls`` (https://platform.openai.com/docs/guides/function-calling) and its
forerunner ``function_call`` ask for a tool; Groq's ``executed_tools``
(https://console.groq.com/docs/compound) report one that the host ran itself.
Hosts disagree on what a fragment repeats: index, id and name may each be missing,
restated or empty.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from harness.errors import NotExpressible
from harness.message.events import Event, StreamEvent
from harness.message.parts import JsonObject
from harness.providers.openai_chat.choice import Call, Choice, Run, Speech

CALL_WORDS = frozenset({"index", "id", "type", "function", "custom"})
RUN_WORDS = frozenset({"index", "id", "type", "arguments", "output"})
"""What is read of a call and of a tool that was run; the rest is metadata."""

NO_ID = ("", "null")
"""Ids that are none: Gemini's, and the default of Mistral's SDK."""

CUSTOM_START, CUSTOM_END = '{"input":"', '"}'
"""Around the free text of a custom call, to make its arguments JSON."""

# -------------------------------------------------------------------- hear


def hear_calls(choice: Choice, word: str, value: Any, out: list[Event]) -> None:
    """Calls or fragments of calls."""
    for item in value:
        function, custom = item.get("function") or {}, item.get("custom") or {}
        # Snowflake sends an empty object for the one that is not meant.
        if any(custom.values()) or (custom and not function):
            _hear(choice, "custom", item, custom, custom.get("input"), out)
        else:
            _hear(choice, "function", item, function, function.get("arguments"), out)


def hear_function_call(choice: Choice, word: str, value: Any, out: list[Event]) -> None:
    """The one call of an older API, which has no id."""
    if any(value.values()):
        _hear(choice, "function_call", {}, value, value.get("arguments"), out)


def close_calls(choice: Choice, out: list[Event]) -> None:
    """Ends the JSON around the text of custom calls."""
    for call in choice.calls:
        if call.kind == "custom":
            start = "" if call.has_arguments else CUSTOM_START
            _arguments(choice, call, start + CUSTOM_END, out)


def _hear(
    choice: Choice,
    kind: Any,
    item: JsonObject,
    said: JsonObject,
    arguments: Any,
    out: list[Event],
) -> None:
    index, name = item.get("index"), said.get("name") or ""
    id_ = None if item.get("id") in NO_ID else item.get("id")
    facts = {}
    if not CALL_WORDS.issuperset(item):
        facts = {k: v for k, v in item.items() if k not in CALL_WORDS and v is not None}
    call = None
    if not choice.whole or kind == "function_call":
        call = _known(choice.calls, kind, index, id_, name)
    if call is not None:
        _restated(choice, call, id_, name, facts, out)
    else:
        call = Call(next(choice.numbers), kind, index, id_, name)
        choice.calls.append(call)
        facts |= {} if kind == "function" else {"type": kind}
        _name(choice, call, name, facts, out)
    if arguments:
        text = arguments if isinstance(arguments, str) else _dumps(arguments)
        if kind == "custom":
            start = "" if call.has_arguments else CUSTOM_START
            text = start + json.dumps(text)[1:-1]
        _arguments(choice, call, text, out)


def _known(
    calls: list[Call], kind: str, index: int | None, id_: str | None, name: str
) -> Call | None:
    """The call that a fragment goes on with, or ``None`` if it begins a new one."""
    for call in reversed(calls):
        if call.kind != kind:
            continue
        if index is not None and call.index != index:
            continue
        if id_ is not None and call.id is not None:
            if call.id == id_:
                return call
            # A new id at a used index, or beside it, is a new call.
            continue
        if kind == "function_call":
            return call
        if index is None:
            # Without index and id only a name tells where a call begins.
            return None if name else call
        renamed = call.id is None and call.has_arguments and name not in ("", call.name)
        return None if renamed else call
    return None


def _restated(
    choice: Choice,
    call: Call,
    id_: str | None,
    name: str,
    facts: JsonObject,
    out: list[Event],
) -> None:
    """A name said again is no news; another one is the rest of a name in pieces."""
    more = "" if name == call.name else name
    late = id_ is not None and call.id is None
    call.name += more
    call.id = call.id or id_
    if more or late or facts:
        _name(choice, call, more, facts, out)


def _name(
    choice: Choice, call: Call, name: str, facts: JsonObject, out: list[Event]
) -> None:
    metadata = choice.dialect.ours(facts)
    out.append(
        StreamEvent(
            "tool_call_name",
            name,
            call.part,
            call.id,
            False,
            None,
            False,
            metadata,
            choice.index,
        )
    )


def _arguments(choice: Choice, call: Call, text: str, out: list[Event]) -> None:
    call.has_arguments = True
    out.append(
        StreamEvent(
            "tool_call_args",
            text,
            call.part,
            call.id,
            False,
            None,
            False,
            None,
            choice.index,
        )
    )


def hear_executed(choice: Choice, word: str, value: Any, out: list[Event]) -> None:
    """Tools the host runs: the call first, and again with its output."""
    for position, item in enumerate(value):
        key = item.get("index", position)
        run = choice.runs.get(key)
        if run is None:
            run = Run(next(choice.numbers), item["type"], item.get("id"))
            choice.runs[key] = run
            out.append(_run_event(choice, run, "tool_call_name", run.name))
        arguments = item.get("arguments")
        if arguments and not run.has_arguments:
            run.has_arguments = True
            text = arguments if isinstance(arguments, str) else _dumps(arguments)
            out.append(_run_event(choice, run, "tool_call_args", text))
        run.facts |= {k: v for k, v in item.items() if k not in RUN_WORDS and v}
        output = item.get("output")
        if output is not None and not run.has_output:
            run.has_output = True
            text = output if isinstance(output, str) else _dumps(output)
            metadata = choice.dialect.ours(run.facts)
            event = _run_event(choice, run, "tool_result", text)
            out.append(
                event._replace(
                    part_index=next(choice.numbers),
                    tool_name=run.name,
                    provider_metadata=metadata,
                )
            )


def close_executed(choice: Choice, out: list[Event]) -> None:
    """What was said of tools that never answered."""
    for run in choice.runs.values():
        if run.facts and not run.has_output:
            event = _run_event(choice, run, "tool_call_args", "")
            metadata = choice.dialect.ours(run.facts)
            out.append(event._replace(provider_metadata=metadata))


def _run_event(choice: Choice, run: Run, type_: str, chunk: str) -> StreamEvent:
    return StreamEvent(
        type_, chunk, run.part, run.id, True, None, False, None, choice.index
    )


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# -------------------------------------------------------------------- tell


def tell_call(
    speech: Speech, group: Sequence[StreamEvent], facts: JsonObject
) -> list[JsonObject]:
    """The call itself with the first event, its arguments as they come."""
    name = "".join(e.chunk for e in group if e.type == "tool_call_name")
    pieces = [e.chunk if e.type == "tool_call_args" else "" for e in group]
    id_ = next((event.tool_call_id for event in group if event.tool_call_id), None)
    if any(event.server_executed for event in group):
        return _run(speech, name, id_, pieces, facts)
    kind = facts.pop("type", "function")
    if kind == "function_call":
        deltas: list[JsonObject] = [
            {"function_call": {"arguments": piece}} if piece else {} for piece in pieces
        ]
        deltas[0] = {"function_call": {"name": name, "arguments": pieces[0]}}
        return deltas
    word = "input" if kind == "custom" else "arguments"
    if speech.dialect.whole_calls and kind == "function":
        pieces = ["".join(pieces), *("" for _ in pieces[1:])]
    if kind == "custom":
        pieces = [*("" for _ in pieces[1:]), _input("".join(pieces))]
    where = {"index": speech.calls}
    speech.calls += 1
    calls: list[JsonObject] = [
        where | {kind: {word: piece}} if piece else {} for piece in pieces
    ]
    start: JsonObject = where | ({"id": id_} if id_ else {}) | {"type": kind} | facts
    calls[0] = start | {kind: {"name": name, word: pieces[0]}}
    return [{"tool_calls": [call]} if call else {} for call in calls]


def tell_result(
    speech: Speech, group: Sequence[StreamEvent], facts: JsonObject
) -> list[JsonObject]:
    """The tool that was run, said again with what came of it.

    Raises:
        NotExpressible: for the result of a tool that the host did not run.
    """
    first = group[0]
    if not speech.runs or not any(event.server_executed for event in group):
        name = speech.dialect.name
        raise NotExpressible(f"{name}: an answer holds no tool results of ours")
    ran = speech.runs[-1]
    for run in speech.runs:
        if first.tool_call_id and run.get("id") == first.tool_call_id:
            ran = run
    output = "".join(event.chunk for event in group)
    again = ran | {"output": output} | facts
    return [{"executed_tools": [again]}, *({} for _ in group[1:])]


def _run(
    speech: Speech, name: str, id_: str | None, pieces: list[str], facts: JsonObject
) -> list[JsonObject]:
    item = {"index": len(speech.runs), "type": name, "arguments": "".join(pieces)}
    if id_:
        item["id"] = id_
    speech.runs.append(item)
    return [{"executed_tools": [item | facts]}, *({} for _ in pieces[1:])]


def _input(arguments: str) -> str:
    """The free text of a custom call, whose arguments hold nothing else."""
    try:
        text = json.loads(arguments)["input"]
    except (KeyError, TypeError, ValueError):
        return arguments
    return text if isinstance(text, str) else arguments
