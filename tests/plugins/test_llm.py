"""llm and four of its plugins hear from a cassette what they heard live.

They want older SDKs than the rest of the tests: ``pip install '.[plugins]'`` in an
environment of its own, as ``.ci/run`` does.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from harness.cassette import paper
from harness.cassette.deck import Deck
from harness.message.events import Event, Finish, StreamEvent, Usage
from harness.providers import PROVIDERS
from harness.providers._provider import Framing
from harness.providers._square import speak
from harness.shell import transport
from harness.shell.recording import taped
from harness.wire import jsonarray
from harness.wire.http import Response
from tests.sdks.loopback import Loopback, loopback

WHY = (
    "llm's plugins are not installed: pip install '.[plugins]', in its own environment"
)
llm = pytest.importorskip("llm", reason=WHY)
for plugin in ("llm_anthropic", "llm_gemini", "llm_mistral", "llm_openrouter"):
    pytest.importorskip(plugin, reason=WHY)

KEY = "sk-none-at-all"


@dataclass(frozen=True, slots=True)
class Plugin:
    """A model of a plugin, the wire it speaks, and whether it can be told to stream."""

    name: str
    model: str
    provider: str
    streams: tuple[bool, ...] = (True, False)


PLUGINS = (
    Plugin("openai-chat", "gpt-4o-mini", "openai-chat"),
    Plugin("openai-responses", "gpt-5-mini", "openai-responses"),
    Plugin("anthropic", "claude-haiku-4.5", "anthropic", (True,)),
    Plugin("gemini", "gemini-2.5-flash", "gemini", (True,)),
    Plugin("mistral", "mistral/mistral-small-latest", "mistral"),
    Plugin("openrouter", "openrouter/acme/model", "openrouter-responses"),
)
SAID: tuple[Event, ...] = (
    StreamEvent("text", "Zoë ", 0),
    StreamEvent("text", "🦩", 0),
    Usage(3, 4),
    Finish("stop"),
)


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_USER_PATH", str(tmp_path))
    models = {
        "mistral_models.json": {"data": [_mistral()]},
        "openrouter_models.json": {"data": [{"id": "acme/model", "name": "Acme"}]},
    }
    for name, data in models.items():
        (tmp_path / name).write_text(json.dumps(data))
    monkeypatch.setenv("OPENROUTER_KEY", KEY)
    monkeypatch.setenv("LLM_MISTRAL_KEY", KEY)


def _mistral() -> dict[str, Any]:
    able = {"completion_chat": True, "function_calling": True, "vision": False}
    return {"id": "mistral-small-latest", "aliases": [], "capabilities": able}


@contextmanager
def network(server: Loopback) -> Iterator[None]:
    """Whatever host is asked, the server on this machine answers."""
    import httpx
    import httpx2

    with pytest.MonkeyPatch.context() as patching:
        for client in (httpx, httpx2):
            _lead(client, client.HTTPTransport, "handle_request", server, patching)
            owner = client.AsyncHTTPTransport
            _lead(client, owner, "handle_async_request", server, patching)
        yield


def _lead(
    client: Any, owner: Any, name: str, server: Loopback, patching: pytest.MonkeyPatch
) -> None:
    original: Callable[..., Any] = getattr(owner, name)

    def led(transport_: Any, request: Any) -> Any:
        there = client.URL(server.url)
        request.url = request.url.copy_with(
            scheme="http", host=there.host, port=there.port
        )
        return original(transport_, request)

    patching.setattr(owner, name, led)


def answer(plugin: Plugin, *, stream: bool) -> Response:
    provider = PROVIDERS[plugin.provider]
    if plugin.provider == "gemini":  # its plugin does not ask for server-sent events
        array = Framing("application/json", jsonarray.read, jsonarray.write)
        provider = replace(provider, framing=array)
    return speak(provider, SAID, stream=stream)


def ask(plugin: Plugin, *, stream: bool) -> tuple[str, Any]:
    response = llm.get_model(plugin.model).prompt("Who?", stream=stream, key=KEY)
    return response.text(), response.usage()


def ask_async(plugin: Plugin, *, stream: bool) -> tuple[str, Any]:
    async def answered() -> tuple[str, Any]:
        model = llm.get_async_model(plugin.model)
        response = model.prompt("Who?", stream=stream, key=KEY)
        return await response.text(), await response.usage()

    return asyncio.run(answered())


@pytest.mark.parametrize("how", [ask, ask_async], ids=["sync", "async"])
@pytest.mark.parametrize(
    ("plugin", "stream"),
    [
        pytest.param(p, s, id=f"{p.name}-{'streamed' if s else 'whole'}")
        for p in PLUGINS
        for s in p.streams
    ],
)
def test_a_plugin_hears_from_a_cassette_what_it_heard_live(
    plugin: Plugin, stream: bool, how: Callable[..., tuple[str, Any]]
) -> None:
    with loopback() as server, network(server):
        server.answers.append(answer(plugin, stream=stream))
        with transport.listening() as line:
            live = how(plugin, stream=stream)
        hits = len(server.requests)
        written = paper.dump(taped(transport.heard(line), PROVIDERS))
        assert KEY.encode() not in written
        deck = Deck(paper.load(written, "x"))
        with transport.playing(deck.answer) as seen:
            again = how(plugin, stream=stream)
        assert len(server.requests) == hits == 1
    assert live[0] == "Zoë 🦩"
    assert (again[0], again[1]) == live
    assert deck.tape.exchanges[0].response.ending == "eof"
    assert (deck.missed, deck.drifted, deck.left, seen.sockets) == ([], [], [], [])
    assert os.environ["LLM_USER_PATH"]
