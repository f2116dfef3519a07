"""The oracle: the official SDKs, made to read the same bytes.

Each SDK is a client of its own over a transport that answers with the recording, so
that it parses the very bytes of the body; what it ends up with is boiled down to an
:class:`~tests.corpus.answer.Answer`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import anthropic
import httpx2
import openai

from harness.providers._provider import Provider
from tests.corpus.answer import SPELT_OUT, Answer, Call, Said, arguments
from tests.corpus.recordings import STREAM, Recording
from tests.corpus.wires import ANTHROPIC, CHAT, RESPONSES

RAISES = (
    openai.OpenAIError,
    anthropic.AnthropicError,
    httpx2.HTTPError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""Everything an SDK was seen to raise over bytes it does not like, and its kin."""

URL = "http://127.0.0.1"
"""Where nothing is ever sent."""


@dataclass(frozen=True, slots=True)
class Raised:
    """An SDK that gave up.

    ``message`` and ``status`` are the provider's own words, where ``provider`` says
    that the SDK did no more than pass them on.
    """

    error: BaseException
    provider: bool = False
    message: str = ""
    status: int | None = None


def ask(provider: Provider, recording: Recording) -> Answer | Raised:
    """What the wire's official SDK makes of a recording."""
    read = READERS[provider.name]
    type_ = STREAM if recording.streamed else "application/json"
    headers = [
        (name, value)
        for name, value in recording.headers
        if value.isascii() and name.isascii() and name.lower() != "content-type"
    ]

    def respond(request: httpx2.Request) -> httpx2.Response:
        said = [*headers, ("content-type", type_)]
        return httpx2.Response(recording.status, headers=said, content=recording.body)

    with (
        warnings.catch_warnings(),
        httpx2.Client(transport=httpx2.MockTransport(respond)) as http,
    ):
        # Pydantic warns of every dialect's values that the SDK's types do not name.
        warnings.simplefilter("ignore")
        try:
            return read(http, recording.streamed)
        except RAISES as error:
            return _raised(error)


def _raised(error: BaseException) -> Raised:
    if not isinstance(error, openai.APIError | anthropic.APIError):
        return Raised(error)
    status = getattr(error, "status_code", None)
    body = error.body
    if body is None and not status:
        return Raised(error)
    if isinstance(body, dict) and body.get("error"):
        body = body["error"]
    words = body.get("message") or "" if isinstance(body, dict) else body
    return Raised(error, True, str(words or ""), status)


def _read_chat(http: httpx2.Client, stream: bool) -> Answer:
    client = openai.OpenAI(api_key="-", base_url=URL, http_client=http, max_retries=0)
    asked: dict[str, Any] = {"model": "-", "messages": []}
    if stream:
        with client.chat.completions.stream(**asked) as events:
            # The final completion is this one, refused where it ends in "length".
            final: Any = events.until_done().current_completion_snapshot
    else:
        final = client.chat.completions.create(**asked)
    choices = sorted(final.choices or (), key=lambda choice: choice.index or 0)
    usage = final.usage
    return Answer(
        tuple(_chat_message(choice.message) for choice in choices),
        (choices[0].finish_reason or None) if choices else None,
        (usage.prompt_tokens, usage.completion_tokens) if usage else None,
    )


def _chat_message(message: Any) -> Said:
    if message is None:
        return Said()
    extra = message.model_extra or {}
    text, reasoning = message.content or "", ""
    if isinstance(text, list):
        chunks = text
        text = "".join(c["text"] for c in chunks if c.get("type") == "text")
        thoughts = (c["thinking"] for c in chunks if c.get("type") == "thinking")
        reasoning = "".join(piece["text"] for said in thoughts for piece in said)
    for word in ("reasoning_content", "reasoning", "reasoning_text"):
        reasoning = reasoning or extra.get(word) or ""
    for detail in () if reasoning else extra.get("reasoning_details") or ():
        reasoning += detail.get("text") or detail.get("summary") or ""
    calls = [_chat_call(call) for call in message.tool_calls or ()]
    legacy = message.function_call
    if legacy and legacy.name:
        calls.append(Call(None, legacy.name, arguments(legacy.arguments)))
    return Said(text, message.refusal or "", reasoning, tuple(calls))


def _chat_call(call: Any) -> Call:
    if call.type == "custom":
        # Streams have no type for these, so the SDK leaves them as they came.
        custom = call.custom if isinstance(call.custom, dict) else call.custom.to_dict()
        return Call(call.id or None, custom["name"], {"input": custom["input"]})
    return Call(
        call.id or None, call.function.name or "", arguments(call.function.arguments)
    )


def _read_responses(http: httpx2.Client, stream: bool) -> Answer:
    client = openai.OpenAI(api_key="-", base_url=URL, http_client=http, max_retries=0)
    if stream:
        with client.responses.stream(model="-", input="-") as events:
            final: Any = events.get_final_response()
    else:
        final = client.responses.create(model="-", input="-")
    why = final.incomplete_details
    usage = final.usage
    return Answer(
        (_items(final.output or ()),),
        (why.reason if why and final.status == "incomplete" else final.status),
        (usage.input_tokens, usage.output_tokens) if usage else None,
    )


def _items(output: Any) -> Said:
    text = refusal = reasoning = ""
    calls = []
    for item in output:
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
    return Said(text, refusal, reasoning, tuple(calls))


ASKING = ("program", "mcp_list_tools")
"""Items that call something and are not named for it."""


def _read_anthropic(http: httpx2.Client, stream: bool) -> Answer:
    client = anthropic.Anthropic(
        api_key="-", base_url=URL, http_client=http, max_retries=0
    )
    asked: dict[str, Any] = {"model": "-", "messages": [], "max_tokens": 1}
    if stream:
        with client.beta.messages.stream(**asked) as events:
            final: Any = events.get_final_message()
    else:
        final = client.beta.messages.create(**asked)
    blocks = final.content or ()
    calls = (Call(b.id, b.name, b.input) for b in blocks if b.type.endswith("tool_use"))
    said = Said(
        "".join(b.text for b in blocks if b.type == "text"),
        "",
        "".join(b.thinking for b in blocks if b.type == "thinking"),
        tuple(calls),
    )
    usage = final.usage
    return Answer(
        (said,),
        final.stop_reason,
        (usage.input_tokens, usage.output_tokens) if usage else None,
    )


READERS: dict[str, Callable[[httpx2.Client, bool], Answer]] = {
    ANTHROPIC: _read_anthropic,
    CHAT: _read_chat,
    RESPONSES: _read_responses,
}
"""Each wire's SDK."""
