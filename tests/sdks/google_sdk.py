"""Google's SDK on both its wires: typed chunks, and typed events of steps."""

from __future__ import annotations

import base64
import warnings
from functools import cache
from typing import Any

from google import genai
from google.genai import errors

from harness.providers._provider import Provider
from tests.sdks.answer import Answer, Call, Said, arguments
from tests.sdks.client import KEY, SECONDS, Client, talk


@cache
def _client(url: str) -> genai.Client:
    options = genai.types.HttpOptions(base_url=url, timeout=int(SECONDS * 1000))
    return genai.Client(api_key=KEY, http_options=options)


# --------------------------------------------------------- generateContent


def _read(url: str, stream: bool) -> Answer:
    models = _client(url).models
    asked: dict[str, Any] = {"model": "m", "contents": "Hello?"}
    with warnings.catch_warnings():
        # It warns of every word of an enumeration that its types do not name.
        warnings.simplefilter("ignore")
        if stream:
            return _added_up(models.generate_content_stream(**asked))
        return _added_up([models.generate_content(**asked)])


def _added_up(chunks: Any) -> Answer:
    """The SDK hands out chunks; this is what a caller makes of them."""
    candidates: dict[int, list[Any]] = {}
    reason = blocked = None
    usage: dict[str, Any] = {}
    for chunk in chunks:
        usage |= (
            chunk.usage_metadata.model_dump(exclude_none=True)
            if chunk.usage_metadata
            else {}
        )
        if chunk.prompt_feedback:
            blocked = chunk.prompt_feedback.block_reason
        for candidate in chunk.candidates or ():
            index = candidate.index or 0
            reason = (not index and candidate.finish_reason) or reason
            parts = (candidate.content and candidate.content.parts) or ()
            candidates.setdefault(index, []).extend(parts)
    said = [said_parts(candidates[index]) for index in sorted(candidates)]
    why = reason or blocked
    return Answer(tuple(said), why.value if why else None, _tokens(usage))


def said_parts(parts: Any) -> Said:
    text = reasoning = ""
    calls: list[Call] = []
    opaque: list[str] = []
    for part in parts:
        reasoning += (part.text or "") if part.thought else ""
        text += "" if part.thought else part.text or ""
        if part.tool_call:
            ran = part.tool_call
            kind = ran.tool_type.value if ran.tool_type else None
            calls.append(Call(ran.id, kind, ran.args or {}))
        if part.executable_code:
            code = part.executable_code
            written = {"code": code.code, "language": code.language.value}
            calls.append(Call(code.id, "code_execution", written))
        if part.function_call:
            _add_call(calls, part.function_call)
        if part.thought_signature:
            opaque.append(base64.b64encode(part.thought_signature).decode())
    return Said(text, "", reasoning, tuple(calls), tuple(opaque))


def _add_call(calls: list[Call], call: Any) -> None:
    """A call, or more of the arguments of the last one."""
    if call.name:
        calls.append(Call(call.id, call.name, dict(call.args or {})))
    for piece in call.partial_args or ():
        word = piece.json_path.removeprefix("$.")
        values = piece.model_dump(exclude_none=True)
        value = next((v for k, v in values.items() if k.endswith("_value")), None)
        known = calls[-1].arguments
        grows = isinstance(value, str) and word in known
        known[word] = known[word] + value if grows else value


def _tokens(usage: Any) -> tuple[int | None, int | None] | None:
    """Tokens in and out; thoughts are counted apart, and are output."""
    counts = (usage.get("candidates_token_count"), usage.get("thoughts_token_count"))
    known = [count for count in counts if count is not None]
    asked = usage.get("prompt_token_count")
    if asked is None and not known:
        return None
    return asked, sum(known) if known else None


def _ask(url: str, provider: Provider) -> object:
    body = provider.encode(talk(provider))
    config = {
        "system_instruction": body["systemInstruction"],
        "tools": body["tools"],
    }
    models: Any = _client(url).models
    return models.generate_content(
        model=talk(provider).model, contents=body["contents"], config=config
    )


# ------------------------------------------------------------ Interactions


def _read_steps(url: str, stream: bool) -> Answer:
    create: Any = _client(url).interactions.create
    answer = create(model="m", input="Hello?", stream=stream)
    if not stream:
        return interaction(answer, answer.steps)
    steps: dict[int, Any] = {}
    last: Any = None
    for event in answer:
        match event.event_type:
            case "step.start":
                steps[event.index] = event.step.model_dump()
            case "step.delta":
                add_delta(steps[event.index], event.delta)
            case "interaction.completed":
                last = event.interaction
    return interaction(last, [steps[at] for at in sorted(steps)])


def add_delta(step: dict[str, Any], delta: Any) -> None:
    match delta.type:
        case "text":
            said = {"type": "text", "text": delta.text}
            step["content"] = [*(step.get("content") or ()), said]
        case "thought_summary":
            said = {"type": "text", "text": delta.content.text}
            step["summary"] = [*(step.get("summary") or ()), said]
        case "thought_signature":
            step["signature"] = delta.signature
        case "arguments_delta":
            begun = step["arguments"] if isinstance(step["arguments"], str) else ""
            step["arguments"] = begun + delta.arguments
        case _:
            step |= delta.model_dump(exclude_none=True, exclude={"type"})


def interaction(last: Any, steps: Any) -> Answer:
    text = reasoning = ""
    calls: list[Call] = []
    opaque: list[str] = []
    for step in steps or ():
        step = step if isinstance(step, dict) else step.model_dump()
        if step.get("signature"):
            opaque.append(step["signature"])
        kind = step["type"]
        match kind:
            case "model_output":
                text += "".join(c.get("text") or "" for c in step["content"] or ())
            case "thought":
                reasoning += "".join(c["text"] for c in step.get("summary") or ())
            case _ if kind.endswith("_call"):
                name = step.get("name") or kind.removesuffix("_call")
                calls.append(Call(step["id"], name, arguments(step["arguments"])))
    usage = last.usage
    tokens = None
    if usage is not None:
        thought = usage.total_thought_tokens or 0
        tokens = usage.total_input_tokens, usage.total_output_tokens + thought
    whole = Said(text, "", reasoning, tuple(calls), tuple(opaque))
    return Answer((whole,), last.status, tokens)


def _ask_steps(url: str, provider: Provider) -> object:
    create: Any = _client(url).interactions.create
    return create(**provider.encode(talk(provider)))


def words(error: Exception) -> tuple[str, int | None] | None:
    """What the provider said, where this is its error."""
    if not isinstance(error, errors.APIError):
        return None
    return error.message or "", error.code


CLIENTS = (
    Client("google-genai", "gemini", _read, _ask, words=words),
    Client("google-genai", "gemini-interactions", _read_steps, _ask_steps, words=words),
)
