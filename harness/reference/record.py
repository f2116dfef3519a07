"""Record: a response as JSON-safe data, with all that is needed to go on from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from harness.message.assemble import disassemble
from harness.message.events import Event, Finish, StreamEvent, Usage
from harness.message.parts import Message
from harness.message.serial import ResponseDict
from harness.message.turn import load_tool
from harness.reference.answered import Answered
from harness.reference.prompt import Prompt
from harness.reference.tools.tool import declared


def dump(response: Answered, *, stream_events: bool) -> ResponseDict:
    """The response; what is absent or empty is left out.

    ``llm.Response.from_dict`` reads it too: what llm has, has llm's name.
    """
    hearing = response.so_far
    data: dict[str, Any] = {
        "model": response.model.model_id,
        "prompt": _prompt(response.prompt),
        "messages": [message.to_dict() for message in hearing.messages()],
        "id": response.id,
    }
    if hearing.usage and (usage := hearing.usage.to_dict()):
        data["usage"] = usage
    if hearing.finish is not None:
        data["finish_reason"] = hearing.finish.reason
    if response._started is not None:
        data["datetime_utc"] = response._datetime_utc()
    if stream_events:
        content = [e for e in hearing.events if isinstance(e, StreamEvent)]
        data["stream_events"] = [event.to_dict() for event in content]
    return cast("ResponseDict", data)


def restore(response: Answered, data: Mapping[str, Any]) -> None:
    """Put a response where the one stood that was written down."""
    messages = tuple(Message.from_dict(message) for message in data["messages"])
    written = data.get("stream_events")
    events: list[Event] = (
        [*disassemble(messages)]
        if written is None
        else [StreamEvent.from_dict(event) for event in written]
    )
    hearing = response.so_far
    usage = data.get("usage")
    if usage:
        details = usage.get("details") or {}
        hearing.usage = Usage(usage.get("input"), usage.get("output"), details)
        events.append(hearing.usage)
    if data.get("finish_reason"):
        hearing.finish = Finish(data["finish_reason"])
        events.append(hearing.finish)
    hearing.load(messages, events)
    if data.get("datetime_utc"):
        from datetime import datetime  # few ask, and all would wait for it

        response._started = datetime.fromisoformat(data["datetime_utc"]).timestamp()
    response.id = data.get("id") or response.id
    response.done = True


def load_prompt(data: Mapping[str, Any]) -> Prompt:
    """The prompt in a response's data; its tools come without implementations."""
    prompt = data.get("prompt") or {}
    return Prompt(
        tuple(Message.from_dict(message) for message in prompt.get("messages", ())),
        system=prompt.get("system"),
        tools=declared(load_tool(tool) for tool in prompt.get("tools", ())),
        schema=prompt.get("schema"),
        options=dict(prompt.get("options") or {}),
        hide_reasoning=bool(prompt.get("hide_reasoning")),
    )


def _prompt(prompt: Prompt) -> dict[str, Any]:
    data: dict[str, Any] = {"messages": [m.to_dict() for m in prompt.messages]}
    if prompt.options:
        data["options"] = prompt.options
    if prompt.system:
        data["system"] = prompt.system
    if prompt.schema is not None:
        data["schema"] = prompt.schema
    if prompt.tools:
        data["tools"] = [tool.to_dict() for tool in prompt.tools]
    if prompt.hide_reasoning:
        data["hide_reasoning"] = True
    return data
