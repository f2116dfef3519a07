"""A draft: a recording turned into a suite with what came of it expected.

The requests say what was done, read by the provider's own parser; the answers say
what must hold, as its decoder hears them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from harness.cassette.tape import Exchange, Tape
from harness.errors import HarnessError, NotExpressible, UsageError
from harness.message.assemble import assemble
from harness.message.events import Error, Event, Finish, StreamEvent, Usage
from harness.message.parts import (
    AttachmentPart,
    JsonObject,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.message.turn import ServerSideTool, Tool, Turn
from harness.providers._provider import Provider
from harness.providers._square import SHAPE_ERRORS, hear

HEAD = """\
# Drafted from {cassette}: read it through, and loosen what a model may choose to say.
"""

RETOLD = "# Drafted from a conversation that was kept: read it through.\n"


def draft(
    name: str,
    cassette: str,
    tape: Tape,
    provider: Provider,
    ignore: Sequence[str] = (),
) -> str:
    """The text of a suite with one case.

    Args:
        name: of the suite and its case.
        cassette: the recording's path, as the case names it.
        tape: what is in it.
        provider: whose wire it is.
        ignore: paths of the request that may differ from the recorded ones.

    Raises:
        UsageError: for requests that are not one conversation, or cannot be read.
    """
    turns = [_turn(exchange, provider) for exchange in tape.exchanges]
    steps = [*_steps(turns)]
    for step, exchange in zip(steps, tape.exchanges, strict=True):
        step["expect"] = _expected(exchange, provider)
    tools = [tool for tool in turns[0].tools if isinstance(tool, Tool)]
    case: JsonObject = {
        "id": name,
        "provider": provider.name,
        "model": turns[0].model,
        "cassette": cassette,
        **_asked(turns[0], provider),
    }
    if ignore:
        case["match"] = {"ignore": [*ignore]}
    case |= steps[0] if len(steps) == 1 else {"turns": steps}
    suite: JsonObject = {"harness": 1, "suite": name}
    if tools:
        suite["tools"] = {tool.name: _tool(tool, turns) for tool in tools}
    suite["cases"] = [case]
    return HEAD.format(cassette=cassette) + written(suite)


def retold(
    name: str, provider: Provider, turns: Sequence[tuple[Turn, Sequence[Message]]]
) -> str:
    """The text of a suite with one case: a conversation that was kept, told again.

    Args:
        name: of the suite and its case.
        provider: on whose wire it is told.
        turns: what was asked, each time with all that went before, and what was
            answered.

    Raises:
        UsageError: for turns that are not one conversation.
    """
    asked = [turn for turn, _ in turns]
    steps = [*_steps(asked)]
    for step, (_, answer) in zip(steps, turns, strict=True):
        parts = [{**part.to_dict()} for message in answer for part in message.parts]
        step["says"] = {"parts": parts}
    tools = [tool for tool in asked[0].tools if isinstance(tool, Tool)]
    case: JsonObject = {"id": name, "provider": provider.name, "model": asked[0].model}
    case |= _asked(asked[0], provider)
    case |= steps[0] if len(steps) == 1 else {"turns": steps}
    suite: JsonObject = {"harness": 1, "suite": name}
    if tools:
        suite["tools"] = {tool.name: _tool(tool, asked) for tool in tools}
    suite["cases"] = [case]
    return RETOLD + written(suite)


def written(suite: JsonObject) -> str:
    """A suite as YAML that a person can go on writing."""
    text: str = yaml.dump(
        suite, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=88
    )
    return text


# ------------------------------------------------------------------------ what was done


def _turn(exchange: Exchange, provider: Provider) -> Turn:
    request = exchange.request
    path = "/" + request.url.partition("://")[2].partition("/")[2]
    try:
        return provider.parse(json.loads(request.body), path)
    except (NotExpressible, *SHAPE_ERRORS) as error:
        message = f"{request.method} {path} is no request of {provider.name}: {error}"
        raise UsageError(message) from error


def _asked(turn: Turn, provider: Provider) -> JsonObject:
    """What a request says beside its messages, where it is not as usual."""
    ours = [tool.name for tool in turn.tools if isinstance(tool, Tool)]
    served = [
        {"spec": tool.spec} for tool in turn.tools if isinstance(tool, ServerSideTool)
    ]
    usual = provider.defaults
    options = {k: v for k, v in turn.options.items() if usual.get(k) != v}
    found: JsonObject = {} if turn.stream else {"stream": False}
    facts = {
        "tools": ours,
        "server_side_tools": served,
        "schema": turn.schema,
        "options": options,
    }
    return found | {name: fact for name, fact in facts.items() if fact}


def _steps(turns: Sequence[Turn]) -> Iterator[JsonObject]:
    """What is done before each request: asked, or replied."""
    yield _opening(turns[0].messages)
    said = len(turns[0].messages)
    for number, turn in enumerate(turns[1:], 2):
        if len(turn.messages) <= said:
            message = f"request {number} does not go on from the one before"
            raise UsageError(f"{message}: make a case of each conversation")
        said = len(turn.messages)
        yield _following(turn.messages)


def _opening(messages: Sequence[Message]) -> JsonObject:
    match [*messages]:
        case [Message("user", (TextPart(text=prompt),))]:
            return {"prompt": prompt}
        case [
            Message("system", (TextPart(text=system),)),
            Message("user", (TextPart(text=prompt),)),
        ]:
            return {"system": system, "prompt": prompt}
    return {"messages": [message.to_dict() for message in messages]}


def _following(messages: Sequence[Message]) -> JsonObject:
    """What comes after the last answer in a request."""
    last = max((n for n, m in enumerate(messages) if m.role == "assistant"), default=-1)
    rest = messages[last + 1 :]
    others = [
        part
        for message in rest
        for part in message.parts
        if not isinstance(part, ToolResultPart)
    ]
    answers = any(isinstance(p, ToolResultPart) for m in rest for p in m.parts)
    match others:
        case []:
            return {"reply": {}}
        case [TextPart(text=prompt)]:
            return {"reply": {"prompt": prompt}} if answers else {"prompt": prompt}
    message = "what is asked after an answer can be one text so far"
    raise UsageError(f"{message}, and here it is {len(others)} parts")


def _tool(tool: Tool, turns: Sequence[Turn]) -> JsonObject:
    found: JsonObject = {}
    if tool.description is not None:
        found["description"] = tool.description
    if tool.input_schema:
        found["input_schema"] = tool.input_schema
    outputs = [
        part.output
        for message in turns[-1].messages
        for part in message.parts
        if isinstance(part, ToolResultPart) and part.name == tool.name
    ]
    if len(set(outputs)) == 1:
        found["output"] = outputs[0]
    elif outputs:
        found["outputs"] = outputs
    return found


# ----------------------------------------------------------------------- what must hold


def _expected(exchange: Exchange, provider: Provider) -> JsonObject:
    response = exchange.response
    events: list[Event] = []
    try:
        events += hear(provider, response.status, response.headers, response.chunks)
        messages = assemble([e for e in events if isinstance(e, StreamEvent)])
    except HarnessError as error:
        raise UsageError(f"what was answered cannot be read: {error}") from error
    expected: JsonObject = {}
    failed = next((event for event in events if isinstance(event, Error)), None)
    if response.ending != "eof":
        expected |= {"error": {"retryable": True}, "done": False}
    elif failed is not None:
        expected["error"] = _error(failed)
    parts = [_part(part) for message in messages for part in message.parts]
    if parts:
        expected["parts"] = parts
    for event in events if response.ending == "eof" else ():
        match event:
            case Usage(input=asked, output=said):
                counts = {"input": asked, "output": said}
                known = {k: count for k, count in counts.items() if count is not None}
                if known:
                    expected["usage"] = known
            case Finish(reason=reason):
                expected["finish_reason"] = reason
    return expected


def _error(error: Error) -> JsonObject:
    facts = {"status": error.status, "kind": error.kind}
    known = {key: fact for key, fact in facts.items() if fact is not None}
    return known or {"message": error.message}


def _part(part: Part) -> JsonObject:
    match part:
        case TextPart(text=text):
            return {"type": "text", "text": text}
        case ReasoningPart(text=text, redacted=hidden):
            return {"type": "reasoning", "text": text} | _if(redacted=hidden)
        case ToolCallPart(name=name, arguments=arguments, tool_call_id=id_):
            known = {"tool_call_id": SOME} if id_ else {}
            served = _if(server_executed=part.server_executed)
            call = {"type": "tool_call", "name": name, "arguments": arguments}
            return call | known | served
        case ToolResultPart(name=name):
            served = _if(server_executed=part.server_executed)
            failed = {"exception": SOME} if part.exception else {}
            result = {"type": "tool_result", "name": name, "output": SOME}
            return (
                (result if part.output else result | {"output": ""}) | failed | served
            )
        case AttachmentPart():
            return {"type": "attachment"}


def _if(**flags: bool) -> JsonObject:
    return {name: True for name, flag in flags.items() if flag}


SOME = {"$nonempty": True}
"""What no two answers share: ids, and what a provider's own tools give."""


# ---------------------------------------------------------------------------- as YAML


class _Dumper(yaml.SafeDumper):
    """Long texts as blocks, and quotes wherever YAML 1.2 reads a number."""

    def ignore_aliases(self, data: Any) -> bool:
        """Equal values are written out, each in its own place."""
        return True


def _write_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None
    if LIKE_A_NUMBER.fullmatch(text):
        style = "'"
    elif "\n" in text and not LOST.search(text):
        style = "|"
    elif LOST.search(text):
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


LIKE_A_NUMBER = re.compile(r"[-+.0-9][0-9a-zA-Z_.+-]*")
LOST = re.compile("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]| \n")
_Dumper.add_representer(str, _write_text)
