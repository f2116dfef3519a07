"""SDKs of hosts that speak the chat wire: Groq, Mistral, Hugging Face, OpenRouter."""

from __future__ import annotations

from functools import cache
from typing import Any

import groq
import huggingface_hub
import openrouter
from mistralai.client import Mistral

from harness.providers._provider import Provider
from tests.sdks.answer import Answer
from tests.sdks.chunks import added_up, completed, plain
from tests.sdks.client import KEY, SECONDS, Client, talk

ASKED: Any = [{"role": "user", "content": "Hello?"}]


def _read(answer: Any, stream: bool) -> Answer:
    if stream:
        return added_up(map(plain, answer))
    return completed(plain(answer))


# -------------------------------------------------------------------- Groq


@cache
def _groq(url: str) -> Any:
    client = groq.Groq(api_key=KEY, base_url=url, max_retries=0, timeout=SECONDS)
    return client.chat.completions


def _read_groq(url: str, stream: bool) -> Answer:
    return _read(_groq(url).create(model="m", messages=ASKED, stream=stream), stream)


def _ask_groq(url: str, provider: Provider) -> object:
    return _groq(url).create(**provider.encode(talk(provider)))


# ----------------------------------------------------------------- Mistral


@cache
def _mistral(url: str) -> Any:
    return Mistral(api_key=KEY, server_url=url, timeout_ms=int(SECONDS * 1000)).chat


def _read_mistral(url: str, stream: bool) -> Answer:
    if not stream:
        return completed(plain(_mistral(url).complete(model="m", messages=ASKED)))
    events = _mistral(url).stream(model="m", messages=ASKED)
    return added_up(plain(event.data) for event in events)


def _ask_mistral(url: str, provider: Provider) -> object:
    return _mistral(url).complete(**provider.encode(talk(provider)))


# ------------------------------------------------------------- Hugging Face


@cache
def _huggingface(url: str) -> Any:
    return huggingface_hub.InferenceClient(
        base_url=url, api_key=KEY, timeout=SECONDS
    ).chat_completion


def _read_huggingface(url: str, stream: bool) -> Answer:
    answer = _huggingface(url)(ASKED, model="m", stream=stream)
    return added_up(answer) if stream else completed(answer)


def _ask_huggingface(url: str, provider: Provider) -> object:
    body = provider.encode(talk(provider))
    return _huggingface(url)(**body)


# --------------------------------------------------------------- OpenRouter


@cache
def _openrouter(url: str) -> Any:
    return openrouter.OpenRouter(
        api_key=KEY, server_url=url, timeout_ms=int(SECONDS * 1000)
    ).chat


def _read_openrouter(url: str, stream: bool) -> Answer:
    answer = _openrouter(url).send(model="m", messages=ASKED, stream=stream)
    return _read(answer, stream)


def _ask_openrouter(url: str, provider: Provider) -> object:
    return _openrouter(url).send(**provider.encode(talk(provider)))


CLIENTS = (
    Client("groq", "groq", _read_groq, _ask_groq),
    Client("mistralai", "mistral", _read_mistral, _ask_mistral),
    Client("huggingface_hub", "huggingface", _read_huggingface, _ask_huggingface),
    Client("openrouter", "openrouter", _read_openrouter, _ask_openrouter),
)
