"""OpenAI's SDK on both its wires; it adds up a stream itself."""

from __future__ import annotations

from functools import cache
from typing import Any

import openai

from harness.providers._provider import Provider
from tests.sdks.answer import SPELT_OUT, Answer, Call, Said, arguments, sealed
from tests.sdks.chunks import message
from tests.sdks.client import KEY, SECONDS, Client, Failing, talk

ASKING = ("program", "mcp_list_tools")
"""Items that call something and are not named for it."""


@cache
def _client(url: str) -> openai.OpenAI:
    return openai.OpenAI(api_key=KEY, base_url=url, max_retries=0, timeout=SECONDS)


def words(error: Exception) -> tuple[str, int | None] | None:
    """What the provider said, where this is its error."""
    if not isinstance(error, openai.APIError):
        return None
    status = getattr(error, "status_code", None)
    body: Any = error.body
    if body is None and not status:
        return None
    if isinstance(body, dict) and body.get("error"):
        body = body["error"]
    text = body.get("message") or "" if isinstance(body, dict) else body
    return str(text or ""), status


# -------------------------------------------------------------------- chat


def _read_chat(url: str, stream: bool) -> Answer:
    completions = _client(url).chat.completions
    asked: dict[str, Any] = {"model": "m", "messages": []}
    if stream:
        with completions.stream(**asked) as events:
            # The final completion is this one, refused where it ends in "length".
            final: Any = events.until_done().current_completion_snapshot
    else:
        final = completions.create(**asked)
    choices = sorted(final.choices or (), key=lambda choice: choice.index or 0)
    usage = final.usage
    return Answer(
        tuple(chat_message(choice.message) for choice in choices),
        (choices[0].finish_reason or None) if choices else None,
        (usage.prompt_tokens, usage.completion_tokens) if usage else None,
    )


def chat_message(said: Any) -> Said:
    if said is None:
        return Said()
    calls = [_chat_call(call) for call in said.tool_calls or ()]
    legacy = said.function_call
    if legacy and legacy.name:
        calls.append(Call(None, legacy.name, arguments(legacy.arguments)))
    words = {"content": said.content, "refusal": said.refusal}
    said = message(words | (said.model_extra or {}))
    return Said(said.text, said.refusal, said.reasoning, tuple(calls), said.opaque)


def _chat_call(call: Any) -> Call:
    if call.type == "custom":
        # Streams have no type for these, so the SDK leaves them as they came.
        custom = call.custom if isinstance(call.custom, dict) else call.custom.to_dict()
        return Call(call.id or None, custom["name"], {"input": custom["input"]})
    return Call(
        call.id or None, call.function.name or "", arguments(call.function.arguments)
    )


def _ask_chat(url: str, provider: Provider) -> object:
    return _client(url).chat.completions.create(**provider.encode(talk(provider)))


# --------------------------------------------------------------- Responses


def _read_responses(url: str, stream: bool) -> Answer:
    responses = _client(url).responses
    if stream:
        with responses.stream(model="m", input="-") as events:
            final: Any = events.get_final_response()
    else:
        final = responses.create(model="m", input="-")
    why = final.incomplete_details
    usage = final.usage
    return Answer(
        (items(final.output or ()),),
        (why.reason if why and final.status == "incomplete" else final.status),
        (usage.input_tokens, usage.output_tokens) if usage else None,
    )


def items(output: Any) -> Said:
    text = refusal = reasoning = ""
    calls: list[Call] = []
    opaque: list[str] = []
    for item in output:
        opaque += sealed(item.to_dict())
        if item.type == "message":
            text += "".join(c.text for c in item.content if c.type == "output_text")
            refusal += "".join(c.refusal for c in item.content if c.type == "refusal")
        elif item.type == "reasoning":
            thoughts = [*(item.summary or ()), *(item.content or ())]
            reasoning += "".join(thought.text for thought in thoughts)
        elif item.type in SPELT_OUT:
            custom = item.type == "custom_tool_call"
            said = {"input": item.input} if custom else arguments(item.arguments)
            id_ = getattr(item, "call_id", None) or item.id
            calls.append(Call(id_, item.name, said))
        elif item.type.endswith(("_call", "_request")) or item.type in ASKING:
            calls.append(Call(getattr(item, "call_id", None) or item.id))
    return Said(text, refusal, reasoning, tuple(calls), tuple(opaque))


def _ask_responses(url: str, provider: Provider) -> object:
    return _client(url).responses.create(**provider.encode(talk(provider)))


CLIENTS = (
    Client("openai", "openai-chat", _read_chat, _ask_chat, words=words),
    Client(
        "openai",
        "openai-responses",
        _read_responses,
        _ask_responses,
        fails=(
            Failing(
                "the SDK has no final response but a completed one",
                "cut at length",
                streamed=True,
                error=RuntimeError,
            ),
        ),
        words=words,
    ),
)
