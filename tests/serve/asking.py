"""Asking a mock: requests of OpenAI's chat, and what their answers say."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from harness.message.assemble import assemble
from harness.message.events import Error
from harness.message.parts import TextPart
from harness.providers import PROVIDERS
from harness.providers._square import hear
from harness.serve.control import Control
from harness.serve.mock import Mock
from harness.serve.stock.recording import of_case
from harness.serve.stock.shelf import Shelf
from harness.wire.http import Request, Response
from tests.suite.reading import only_case

HOST = "http://h"
CHAT = "/v1/chat/completions"


def chat(text: str, path: str = CHAT, **more: Any) -> Request:
    body = {"model": "m", "messages": [{"role": "user", "content": text}], **more}
    return Request("POST", HOST + path, (), json.dumps(body).encode())


def answer(mock: Mock | Control, request: Request) -> Response:
    """The answer to a request that nobody has to await."""
    found = mock.answer(request)
    assert isinstance(found, Response)
    return found


def with_header(request: Request, name: str, value: str) -> Request:
    return replace(request, headers=(*request.headers, (name, value)))


def words(response: Response, provider: str = "openai-chat") -> str:
    heard = hear(
        PROVIDERS[provider], response.status, response.headers, response.chunks
    )
    parts = (part for message in assemble(heard) for part in message.parts)
    return "".join(part.text for part in parts if isinstance(part, TextPart))


def error(response: Response, provider: str = "openai-chat") -> Error:
    heard = [
        *hear(PROVIDERS[provider], response.status, response.headers, response.chunks)
    ]
    assert isinstance(heard[-1], Error)
    return heard[-1]


def said(text: str, prompt: str = "Hi") -> Shelf:
    case = only_case(
        f"provider: openai-chat\nprompt: {prompt}\n"
        f"says: {{parts: [{{type: text, text: {text}}}]}}"
    )
    shelf = Shelf()
    shelf.add(of_case(case))
    return shelf
