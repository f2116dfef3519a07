"""OpenAI's SDK on both its wires."""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import Any

import openai

from tests.sdks.answer import Said
from tests.sdks.client import KEY, SECONDS, WEATHER
from tests.sdks.openai_sdk import chat_message, items
from tests.serve.sdks.talker import DESCRIBE, PNG, QUESTION, RESULTS, Talker, Weather

ASKS: Any = {"role": "user", "content": QUESTION}

PICTURE = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"


@cache
def _client(url: str, tries: int = 1) -> openai.OpenAI:
    return openai.OpenAI(
        api_key=KEY, base_url=url, max_retries=tries - 1, timeout=SECONDS
    )


def told(error: Exception) -> tuple[int, str | None]:
    assert isinstance(error, openai.APIStatusError)
    return error.status_code, error.response.headers.get("retry-after")


ERRORS = {
    429: "RateLimitError",
    500: "InternalServerError",
    529: "InternalServerError",
}


# -------------------------------------------------------------------- chat


def _converse_chat(url: str, stream: bool) -> tuple[Said, str]:
    messages = [ASKS]
    said = _chat(url, stream, messages)
    messages.append(said)
    for call in said.tool_calls:
        city = json.loads(call.function.arguments)["city"]
        result = {"role": "tool", "tool_call_id": call.id, "content": RESULTS[city]}
        messages.append(result)
    return chat_message(said), _chat(url, stream, messages).content


def _chat(url: str, stream: bool, messages: Any, tries: int = 1, **more: Any) -> Any:
    """The message that is answered, as the SDK has it."""
    completions = _client(url, tries).chat.completions
    tool = {
        "name": WEATHER.name,
        "description": WEATHER.description,
        "parameters": WEATHER.input_schema,
    }
    asked: Any = {
        "model": "m",
        "messages": messages,
        "tools": [{"type": "function", "function": tool}],
        **more,
    }
    if not stream:
        return completions.create(**asked).choices[0].message
    with completions.stream(**asked) as events:
        return events.get_final_completion().choices[0].message


def _structure_chat(url: str, stream: bool) -> Weather:
    completions = _client(url).chat.completions
    asked: Any = {"model": "m", "messages": [ASKS], "response_format": Weather}
    if not stream:
        parsed = completions.parse(**asked).choices[0].message.parsed
    else:
        with completions.stream(**asked) as events:
            parsed = events.get_final_completion().choices[0].message.parsed
    assert isinstance(parsed, Weather)
    return parsed


def _show_chat(url: str, stream: bool) -> str:
    content = [
        {"type": "text", "text": DESCRIBE},
        {"type": "image_url", "image_url": {"url": PICTURE}},
    ]
    said = _chat(url, stream, [{"role": "user", "content": content}])
    return str(said.content)


def _say_chat(url: str, stream: bool, tries: int) -> str:
    return str(_chat(url, stream, [ASKS], tries).content)


# --------------------------------------------------------------- Responses


def _converse_responses(url: str, stream: bool) -> tuple[Said, str]:
    history = [ASKS]
    said = _response(url, stream, history)
    history += said.output
    for item in said.output:
        if item.type == "function_call":
            result = RESULTS[json.loads(item.arguments)["city"]]
            history.append(
                {
                    "type": "function_call_output",
                    "call_id": item.call_id,
                    "output": result,
                }
            )
    return items(said.output), _response(url, stream, history).output_text


def _response(url: str, stream: bool, history: Any, tries: int = 1) -> Any:
    responses = _client(url, tries).responses
    tool = {
        "type": "function",
        "name": WEATHER.name,
        "description": WEATHER.description,
        "parameters": WEATHER.input_schema,
        "strict": False,
    }
    asked: Any = {
        "model": "m",
        "input": history,
        "tools": [tool],
        "store": False,
        "include": ["reasoning.encrypted_content"],
    }
    if not stream:
        return responses.create(**asked)
    with responses.stream(**asked) as events:
        return events.get_final_response()


def _structure_responses(url: str, stream: bool) -> Weather:
    responses = _client(url).responses
    asked: Any = {"model": "m", "input": [ASKS], "text_format": Weather}
    if not stream:
        parsed = responses.parse(**asked).output_parsed
    else:
        with responses.stream(**asked) as events:
            parsed = events.get_final_response().output_parsed
    assert isinstance(parsed, Weather)
    return parsed


def _show_responses(url: str, stream: bool) -> str:
    content = [
        {"type": "input_text", "text": DESCRIBE},
        {"type": "input_image", "image_url": PICTURE, "detail": "auto"},
    ]
    said = _response(url, stream, [{"role": "user", "content": content}])
    return str(said.output_text)


def _say_responses(url: str, stream: bool, tries: int) -> str:
    return str(_response(url, stream, [ASKS], tries).output_text)


TALKERS = (
    Talker(
        "openai",
        "openai-chat",
        _converse_chat,
        _structure_chat,
        _show_chat,
        _say_chat,
        told,
        ERRORS,
    ),
    Talker(
        "openai",
        "openai-responses",
        _converse_responses,
        _structure_responses,
        _show_responses,
        _say_responses,
        told,
        ERRORS,
    ),
)
