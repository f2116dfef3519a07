"""Accounts: all that one twin is seen to do with a script, as JSON data."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import llm

from harness.message.parts import JsonObject
from harness.reference.async_response import AsyncResponse
from harness.reference.response import Response
from tests.reference.generated import OUR_TOOLS, THEIR_TOOLS, Case
from tests.reference.llm_twin import (
    Ours,
    OursAwaited,
    Theirs,
    TheirsAwaited,
    as_calls,
    as_fields,
    as_results,
    now,
    streamed,
    written,
)

Account: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Side:
    """Whose models, responses and tools: waited for or awaited."""

    model: Callable[..., Any]
    response: Any
    tools: Sequence[Any]

    def __call__(self, case: Case) -> Any:
        return self.model(case.script)


THEIRS = Side(Theirs, llm.Response, THEIR_TOOLS)
THEIRS_AWAITED = Side(TheirsAwaited, llm.AsyncResponse, THEIR_TOOLS)
OURS = Side(Ours, Response, OUR_TOOLS)
OURS_AWAITED = Side(OursAwaited, AsyncResponse, OUR_TOOLS)


async def account(side: Side, case: Case) -> Account:
    """What a prompt, a conversation and a chain come to."""
    return {
        "prompt": await prompted(side, case),
        "conversation": await conversed(side, case),
        "chain": await chained(side, case),
        "chain's stream": await chain_streamed(side, case),
    }


async def prompted(side: Side, case: Case) -> Account:
    """One prompt, all that its response says, and what goes on from it."""
    response = side(case).prompt("hi", tools=side.tools, **_asking(case))
    events: list[Any] = []
    try:
        await collect(streamed(response), events)
        standing = await _standing(side, case, response)
    except ValueError as error:
        standing = {"error": str(error)}
    return {"events": as_fields(events), **standing}


async def _standing(side: Side, case: Case, response: Any) -> Account:
    usage = await now(response.usage())
    data = dict(await now(response.to_dict()))
    again = side.response.from_dict(json.loads(json.dumps(data)), model=side(case))
    reply = await now(response.reply("more"))
    later = await now(again.reply("more", tools=side.tools))
    return {
        "text": await now(response.text()),
        "messages": written(await now(response.messages())),
        "calls": as_calls(await now(response.tool_calls())),
        "usage": [usage.input, usage.output, usage.details or None],
        "results": as_results(await now(response.execute_tool_calls())),
        "reply": written(reply.prompt.messages),
        "written": _llms_keys(data),
        "again": {
            "text": await now(again.text()),
            "messages": written(await now(again.messages())),
            "calls": as_calls(await now(again.tool_calls())),
            "written": _llms_keys(dict(await now(again.to_dict()))),
        },
        "reply again": written(later.prompt.messages),
        "resumed": await _resumed(side, response),
    }


async def _resumed(side: Side, response: Any) -> list[JsonObject]:
    """What a chain is sent first that begins where the response ended."""
    model = side(Case([]))
    history = [*response.prompt.messages, *await now(response.messages())]
    await now(model.chain(messages=history, tools=side.tools).text())
    return written(model.asked[0].messages)


async def conversed(side: Side, case: Case) -> Account:
    """Three turns, and what the model is sent with each."""
    conversation = side(case).conversation(tools=side.tools)
    asked = []
    try:
        for words, system in (("one", case.system), ("two", case.later), ("3", None)):
            response = conversation.prompt(words, system=system)
            asked.append(written(response.prompt.messages))
            await now(response.text())
    except ValueError as error:
        return {"asked": asked, "error": str(error)}
    tools = [tool.name for tool in response.prompt.tools]
    return {"asked": asked, "tools": tools, "turns": len(conversation.responses)}


async def chained(side: Side, case: Case) -> Account:
    """The rounds of a chain: what each was sent, and what it said."""
    responses: list[Any] = []
    error = None
    try:
        await collect(_chain(side, case).responses(), responses)
    except ValueError as raised:
        error = str(raised).partition(" exceeded")[0]
    rounds = [await _round(response) for response in responses]
    return {"rounds": rounds, "error": error}


async def _round(response: Any) -> Account:
    prompt = response.prompt
    options = {k: v for k, v in dict(prompt.options).items() if v is not None}
    try:
        said = written(await now(response.messages()))
    except ValueError:
        said = None
    return {
        "asked": written(prompt.messages),
        "results": as_results(prompt.tool_results),
        "tools": [tool.name for tool in prompt.tools],
        "options": options,
        "schema": prompt.schema,
        "system": prompt.system or None,
        "said": said,
    }


async def chain_streamed(side: Side, case: Case) -> Account:
    """The events of a whole chain, and its text."""
    events: list[Any] = []
    try:
        await collect(streamed(_chain(side, case)), events)
        text = await now(_chain(side, case).text())
    except ValueError as raised:
        return {"events": as_fields(events), "error": str(raised).split(" exc")[0]}
    return {"events": as_fields(events), "text": text}


def _chain(side: Side, case: Case) -> Any:
    conversation = side(case).conversation(chain_limit=case.limit)
    return conversation.chain(
        "go", tools=side.tools, schema=case.schema, **_asking(case)
    )


async def collect(things: Any, into: list[Any]) -> None:
    """All that an iterator gives, until it is over or raises."""
    if hasattr(things, "__aiter__"):
        async for thing in things:
            into.append(thing)  # noqa: PERF401  what came before an error stays
    else:
        for thing in things:
            into.append(thing)  # noqa: PERF402  the same


def _asking(case: Case) -> Account:
    asking: Account = {"system": case.system}
    if case.temperature is not None:
        asking["options"] = {"temperature": case.temperature}
    return asking


def _llms_keys(data: JsonObject) -> Account:
    """What llm writes down of a response too, save its name and the time."""
    prompt = {
        k: data["prompt"][k]
        for k in ("messages", "options", "system")
        if k in data["prompt"]
    }
    kept = {key: data[key] for key in ("model", "messages", "usage") if key in data}
    return kept | {"prompt": prompt}
