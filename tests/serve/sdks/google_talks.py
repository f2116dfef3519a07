"""Google's SDK on both its wires."""

from __future__ import annotations

import base64
from dataclasses import replace
from functools import cache
from typing import Any

from google import genai
from google.genai import _interactions_errors as steps_errors
from google.genai import errors, types

from harness.message.parts import Part
from tests.sdks.answer import Said, arguments
from tests.sdks.client import KEY, SECONDS, WEATHER
from tests.sdks.google_sdk import add_delta, interaction, said_parts
from tests.serve.sdks.talker import (
    DESCRIBE,
    PNG,
    QUESTION,
    RESULTS,
    SCHEMA,
    Talker,
    Weather,
)


@cache
def _client(url: str, tries: int = 1) -> genai.Client:
    options = types.HttpOptions(
        base_url=url,
        timeout=int(SECONDS * 1000),
        retry_options=types.HttpRetryOptions(attempts=tries, initial_delay=0.2),
    )
    return genai.Client(api_key=KEY, http_options=options)


# --------------------------------------------------------- generateContent

CONFIG: Any = {
    "tools": [
        {
            "function_declarations": [
                {
                    "name": WEATHER.name,
                    "description": WEATHER.description,
                    "parameters_json_schema": WEATHER.input_schema,
                }
            ]
        }
    ],
    "automatic_function_calling": {"disable": True},
}


def _converse(url: str, stream: bool) -> tuple[Said, str]:
    """As the SDK's own chat has it, which keeps the history."""
    chats: Any = _client(url).chats
    chat = chats.create(model="m", config=CONFIG)
    heard = _heard(chat, stream, QUESTION)
    results = [
        types.Part(
            function_response=types.FunctionResponse(
                id=call.id,
                name=call.name,
                response={"output": RESULTS[call.args["city"]]},
            )
        )
        for call in (part.function_call for part in heard)
        if call
    ]
    return said_parts(heard), said_parts(_heard(chat, stream, results)).text


def _heard(chat: Any, stream: bool, message: Any) -> list[Any]:
    if not stream:
        return _parts([chat.send_message(message)])
    return _parts(chat.send_message_stream(message))


def _parts(answers: Any) -> list[Any]:
    """The parts that are answered, as the SDK has them."""
    return [
        part
        for answer in answers
        for candidate in answer.candidates or ()
        for part in (candidate.content and candidate.content.parts) or ()
    ]


def _asked(url: str, stream: bool, contents: Any, tries: int = 1) -> list[Any]:
    models: Any = _client(url, tries).models
    asked: Any = {"model": "m", "contents": contents, "config": CONFIG}
    if stream:
        return _parts(models.generate_content_stream(**asked))
    return _parts([models.generate_content(**asked)])


def _structure(url: str, stream: bool) -> Weather:
    models: Any = _client(url).models
    asked: Any = {
        "model": "m",
        "contents": QUESTION,
        "config": {
            "response_mime_type": "application/json",
            "response_json_schema": SCHEMA,
        },
    }
    if stream:
        chunks = models.generate_content_stream(**asked)
        text = "".join(chunk.text or "" for chunk in chunks)
        return Weather.model_validate_json(text)
    return Weather.model_validate(models.generate_content(**asked).parsed)


def _show(url: str, stream: bool) -> str:
    picture = types.Part.from_bytes(data=PNG, mime_type="image/png")
    return said_parts(_asked(url, stream, [picture, DESCRIBE])).text


def _say(url: str, stream: bool, tries: int) -> str:
    return said_parts(_asked(url, stream, QUESTION, tries)).text


def _told(error: Exception) -> tuple[int, str | None]:
    assert isinstance(error, errors.APIError)
    return error.code, error.response.headers.get("retry-after")


def _in_url_base64(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The same bytes, in the other alphabet: the SDK decodes seals, and encodes so."""
    return tuple(map(_spelled, parts))


def _spelled(part: Part) -> Part:
    if not part.provider_metadata:
        return part
    seal = part.provider_metadata["gemini"]["thoughtSignature"]
    spelled = base64.urlsafe_b64encode(base64.b64decode(seal)).decode()
    return replace(part, provider_metadata={"gemini": {"thoughtSignature": spelled}})


# ------------------------------------------------------------ Interactions


def _steps(url: str, stream: bool, asked: Any, tries: int = 1, **more: Any) -> Any:
    """The answer and its steps, as the SDK has them."""
    create: Any = _client(url, tries).interactions.create
    tool = {
        "type": "function",
        "name": WEATHER.name,
        "description": WEATHER.description,
        "parameters": WEATHER.input_schema,
    }
    asked = {"model": "m", "input": asked, "tools": [tool], "store": False, **more}
    answer = create(stream=stream, **asked)
    if not stream:
        return answer, [step.model_dump(exclude_none=True) for step in answer.steps]
    steps: dict[int, Any] = {}
    last: Any = None
    for event in answer:
        match event.event_type:
            case "step.start":
                steps[event.index] = event.step.model_dump(exclude_none=True)
            case "step.delta":
                add_delta(steps[event.index], event.delta)
            case "interaction.completed":
                last = event.interaction
    for step in steps.values():
        if "arguments" in step:
            step["arguments"] = arguments(step["arguments"])
    return last, [steps[index] for index in sorted(steps)]


def _converse_steps(url: str, stream: bool) -> tuple[Said, str]:
    asks = {"type": "user_input", "content": [{"type": "text", "text": QUESTION}]}
    answer, steps = _steps(url, stream, [asks])
    results = [
        {
            "type": "function_result",
            "name": step["name"],
            "call_id": step["id"],
            "result": RESULTS[step["arguments"]["city"]],
        }
        for step in steps
        if step["type"] == "function_call"
    ]
    last = _steps(url, stream, [asks, *steps, *results])
    return interaction(answer, steps).said[0], interaction(*last).said[0].text


def _structure_steps(url: str, stream: bool) -> Weather:
    form = {"type": "text", "mime_type": "application/json", "schema": SCHEMA}
    answer = _steps(url, stream, QUESTION, response_format=form)
    return Weather.model_validate_json(interaction(*answer).said[0].text)


def _show_steps(url: str, stream: bool) -> str:
    data = base64.b64encode(PNG).decode()
    picture = {"type": "image", "mime_type": "image/png", "data": data}
    asked = [{"type": "text", "text": DESCRIBE}, picture]
    return interaction(*_steps(url, stream, asked)).said[0].text


def _say_steps(url: str, stream: bool, tries: int) -> str:
    return interaction(*_steps(url, stream, QUESTION, tries)).said[0].text


def _told_steps(error: Exception) -> tuple[int, str | None]:
    assert isinstance(error, steps_errors.APIStatusError)
    assert error.status_code is not None
    return error.status_code, error.response.headers.get("retry-after")


TALKERS = (
    Talker(
        "google-genai",
        "gemini",
        _converse,
        _structure,
        _show,
        _say,
        _told,
        {429: "ClientError", 500: "ServerError", 529: "ServerError"},
        returned=_in_url_base64,
        heeds=False,
        helper="a stream has no parsed answer",
    ),
    Talker(
        "google-genai",
        "gemini-interactions",
        _converse_steps,
        _structure_steps,
        _show_steps,
        _say_steps,
        _told_steps,
        {
            429: "RateLimitError",
            500: "InternalServerError",
            529: "InternalServerError",
        },
        helper="it has none for interactions",
    ),
)
