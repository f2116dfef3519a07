"""Ollama's SDK: lines of JSON, each a typed response."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import ollama

from harness.providers._provider import Provider
from tests.sdks.answer import Answer, Call, Said
from tests.sdks.client import SECONDS, Blindness, Client, talk

ASKED = [{"role": "user", "content": "Hello?"}]


@cache
def _client(url: str) -> Any:
    return ollama.Client(host=url, timeout=SECONDS)


def _read(url: str, stream: bool) -> Answer:
    answer = _client(url).chat(model="m", messages=ASKED, stream=stream)
    text = reasoning = ""
    calls: list[Call] = []
    last: Any = None
    for last in answer if stream else [answer]:
        text += last.message.content or ""
        reasoning += last.message.thinking or ""
        for call in last.message.tool_calls or ():
            function = call.function
            calls.append(Call(None, function.name, dict(function.arguments)))
    usage = None
    if last.prompt_eval_count is not None:
        usage = last.prompt_eval_count, last.eval_count
    return Answer((Said(text, "", reasoning, tuple(calls)),), last.done_reason, usage)


def _ask(url: str, provider: Provider) -> object:
    return _client(url).chat(**provider.encode(talk(provider)))


def _without_ids(answer: Answer) -> Answer:
    said = (
        replace(one, calls=tuple(replace(call, id=None) for call in one.calls))
        for one in answer.said
    )
    return replace(answer, said=tuple(said))


CLIENTS = (
    Client(
        "ollama",
        "ollama",
        _read,
        _ask,
        (Blindness("the SDK drops the ids of calls", _without_ids),),
        drops=frozenset({"id", "tool_call_id"}),
    ),
)
