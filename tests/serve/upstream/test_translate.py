"""Translate: any wire asks, one model of another answers."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from harness.message.events import Error, Event, Finish, StreamEvent
from harness.message.parts import (
    Message,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.message.turn import Tool, Turn
from harness.providers import PROVIDERS
from harness.providers._aside import tokens
from harness.providers._provider import Provider
from harness.providers._square import hear, speak
from harness.reference.model import get_async_model, get_model
from harness.serve.mock import FAULT, Mock
from harness.serve.upstream.options import translated
from harness.serve.upstream.translate import Translate
from harness.shell.server import served
from harness.shell.server.protocol import Answering, Flowing
from harness.wire.http import Request

WIRES = ("openai-chat", "openai-responses", "anthropic", "gemini", "gemini-interactions",
         "bedrock", "cohere", "ollama", "groq", "mistral")  # fmt: skip
TIDE = Tool("tide", "When the water is high.", {"type": "object", "properties": {}})

by_wire = pytest.mark.parametrize("wire", WIRES)
by_mode = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])


class Told:
    """A model's vendor: answers what it is told to, and keeps what it was asked."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[Turn] = []

    def __call__(self, turn: Turn) -> Any:
        self.asked.append(turn)
        return self.answer


@contextmanager
def translating(
    answer: Answering, model: str = "anthropic/m"
) -> Iterator[tuple[str, Mock]]:
    """A front that hands on to a vendor; its URL, and what it is."""
    with served(answer) as vendor:
        base = f"{vendor}/v1" if model.startswith(("openai", "mistral")) else vendor
        front = Mock(upstream=Translate(get_async_model(model, base_url=base, key="k")))
        with served(front.answer) as url:
            yield url, front


def asked(url: str, wire: str, stream: bool, **more: Any) -> Any:
    """What the reference hears from the front over a wire."""
    path = PROVIDERS[wire].base_url.partition("://")[2].partition("/")[2]
    base = f"{url}/{wire}/{path}".rstrip("/")
    model = get_model(f"{wire}/m", base_url=base, key="k")
    response = model.prompt("When is high water?", stream=stream, **more)
    response.text()
    return response


@by_mode
@by_wire
def test_words_and_calls_come_through(wire: str, stream: bool) -> None:
    told = Told([TextPart("Let me look."), ToolCallPart("tide", {"at": "Dover"})])
    with translating(Mock(function=told).answer) as (url, front):
        response = asked(url, wire, stream, tools=[TIDE])
        (call,) = response.tool_calls()
        assert (call.name, call.arguments) == ("tide", {"at": "Dover"})
        assert response.text() == "Let me look."
        assert response.finish_reason() in ("tool_calls", "stop")
        spent = response.usage()
    (turn,) = told.asked
    assert (spent.input, spent.output) == (tokens.asked_of(turn), 8)
    assert [tool.name for tool in turn.tools if isinstance(tool, Tool)] == ["tide"]
    assert turn.stream is stream
    assert front.journal.entries[-1].how == "upstream"
    assert front.journal.entries[-1].source == "anthropic/m"


@by_wire
def test_results_go_back_on_the_second_turn(wire: str) -> None:
    told = Told([ToolCallPart("tide", {"at": "Dover"})])
    with translating(Mock(function=told).answer) as (url, _):
        first = asked(url, wire, True, tools=[TIDE])
        (call,) = first.tool_calls()
        told.answer = "At noon."
        result = ToolResultPart("tide", "12:00", call.tool_call_id)
        second = asked(
            url, wire, True, tools=[TIDE],
            messages=[Message("user", (TextPart("When?"),)), *first.messages(),
                      Message("tool", (result,))],
        )  # fmt: skip
        assert second.text() == "At noon."
    turn = told.asked[-1]
    results = [
        p for m in turn.messages for p in m.parts if isinstance(p, ToolResultPart)
    ]
    calls = [p for m in turn.messages for p in m.parts if isinstance(p, ToolCallPart)]
    assert [(r.output, r.tool_call_id) for r in results] == [
        ("12:00", calls[0].tool_call_id)
    ]


def test_what_a_wire_has_no_word_for_is_left_out_and_told() -> None:
    told = Told([
        ToolCallPart("web_search", {"query": "tides"}, "srvtoolu_1", True),
        ToolResultPart("web_search", "[]", "srvtoolu_1", True),
        TextPart("Noon."),
    ])  # fmt: skip
    with translating(Mock(function=told).answer) as (url, front):
        for wire in ("openai-chat", "anthropic"):
            said = [p for m in asked(url, wire, True).messages() for p in m.parts]
            kinds = [type(part) for part in said]
            assert kinds[-1] is TextPart
            assert (ToolCallPart in kinds) is (wire == "anthropic")
        chat, anthropic = front.journal.entries
        assert "openai-chat" in chat.why
        assert anthropic.why == ""


def test_each_piece_is_sent_on_at_once() -> None:
    """The vendor says the rest only when the client has the beginning."""
    has_begun = threading.Event()
    vendor = PROVIDERS["anthropic"]
    events: Sequence[Event] = [
        StreamEvent("text", "High ", 0), StreamEvent("text", "water.", 0), Finish("stop"),
    ]  # fmt: skip
    whole = speak(vendor, events, stream=True)

    async def chunks() -> AsyncGenerator[bytes]:
        for chunk in whole.chunks:
            if b"water." in chunk:
                while not has_begun.is_set():
                    await asyncio.sleep(0.005)
            yield chunk

    async def answer(request: Request) -> Flowing:
        return Flowing(200, whole.headers, chunks())

    body = {
        "model": "m",
        "stream": True,
        "messages": [{"role": "user", "content": "?"}],
    }
    with translating(answer) as (url, _), httpx.stream(
        "POST", f"{url}/v1/chat/completions", json=body, timeout=20
    ) as response:  # fmt: skip
        heard = b""
        for chunk in response.iter_raw():
            heard += chunk
            if b"High " in heard:
                has_begun.set()
    assert b"water." in heard
    assert heard.endswith(b"[DONE]\n\n")


def test_an_error_upstream_is_one_in_the_words_of_who_asked() -> None:
    vendor = Mock(default="Yes.")
    vendor.faults.queue({"fault": "status", "status": 529})
    with translating(vendor.answer) as (url, front):
        body = {"model": "m", "messages": [{"role": "user", "content": "?"}]}
        response = httpx.post(f"{url}/v1/chat/completions", json=body, timeout=20)
        assert response.status_code == 529
        assert "injected 529" in response.json()["error"]["message"]
        assert front.journal.entries[-1].status == 529


def test_a_stream_that_breaks_off_upstream_has_no_end_here() -> None:
    vendor = Mock(default="Yes, and no.")

    def answer(request: Request) -> Any:
        cut = {"fault": "eof", "after_events": 3}
        headers = (*request.headers, (FAULT, json.dumps(cut)))
        return vendor.answer(replace(request, headers=headers))

    with translating(answer) as (url, _):
        body = {
            "model": "m",
            "stream": True,
            "messages": [{"role": "user", "content": "?"}],
        }
        response = httpx.post(f"{url}/v1/chat/completions", json=body, timeout=20)
    heard = [*hear(PROVIDERS["openai-chat"], 200, CHAT_HEAD, [response.content])]
    assert isinstance(heard[-1], Error)
    assert not any(isinstance(event, Finish) for event in heard)


CHAT_HEAD = (("content-type", "text/event-stream"),)


# --------------------------------------------------------------------------- options


CASES: list[tuple[str, dict[str, Any], str, dict[str, Any], list[str]]] = [
    ("openai-chat", {"max_completion_tokens": 9, "stop": "x", "logprobs": True},
     "anthropic/m", {"max_tokens": 9, "stop_sequences": ["x"]}, ["logprobs"]),
    ("openai-chat", {"tool_choice": {"type": "function", "function": {"name": "a"}}},
     "anthropic/m", {"tool_choice": {"type": "tool", "name": "a"}}, []),
    ("anthropic", {"max_tokens": 9, "tool_choice": {"type": "any"}, "top_k": 3},
     "openai-chat/m", {"max_tokens": 9, "tool_choice": "required"}, ["top_k"]),
    ("gemini", {"generationConfig": {"maxOutputTokens": 9, "topP": 0.5}},
     "openai-responses/m", {"max_output_tokens": 9, "top_p": 0.5}, []),
    ("ollama", {"options": {"num_predict": 9, "mirostat": 1}},
     "gemini/m", {"generationConfig": {"maxOutputTokens": 9}}, ["options.mirostat"]),
    ("openai-responses", {"reasoning": {"effort": "low"}},
     "openai-chat/m", {"reasoning_effort": "low"}, []),
    ("openai-chat", {"tool_choice": "none"},
     "gemini/m", {"toolConfig": {"functionCallingConfig": {"mode": "NONE"}}}, []),
    ("groq", {"temperature": 0.5, "odd": 1}, "mistral/m", {"temperature": 0.5, "odd": 1}, []),
    ("anthropic", {"odd": 1}, "a-plugins-model", {"odd": 1}, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("wire", "options", "model", "wanted", "unsaid"), CASES, ids=lambda v: str(v)[:30]
)
def test_options_are_said_in_the_words_of_the_model(
    wire: str,
    options: dict[str, Any],
    model: str,
    wanted: dict[str, Any],
    unsaid: list[str],
) -> None:
    provider: Provider = PROVIDERS[wire]
    assert translated(provider, Turn("m", (), options=options), model) == (
        wanted,
        unsaid,
    )


def test_what_cannot_be_said_upstream_is_in_the_journal() -> None:
    with translating(Mock(default="Yes.").answer) as (url, front):
        asked(url, "openai-chat", False, options={"logprobs": True})
        assert front.journal.entries[-1].why == "not said to anthropic/m: logprobs"
