"""boto3 on Bedrock's Converse, and on Anthropic's wire inside InvokeModel."""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from harness.providers._provider import Provider
from tests.sdks.answer import Answer, Call, Said, arguments, sealed
from tests.sdks.client import SECONDS, Client, talk

MODEL = "anthropic.model-1:0"
ASKED: Any = [{"role": "user", "content": [{"text": "Hello?"}]}]
INVOKED: Any = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "Hello?"}],
}


@cache
def _client(url: str) -> Any:
    return boto3.client(
        "bedrock-runtime",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="-",
        aws_secret_access_key="-",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=SECONDS),
    )


# ---------------------------------------------------------------- Converse


def _read(url: str, stream: bool) -> Answer:
    if stream:
        answer = _client(url).converse_stream(modelId=MODEL, messages=ASKED)
        blocks, reason, usage = added_up(answer["stream"])
        return Answer((said_blocks(blocks),), reason, _tokens(usage))
    final = _client(url).converse(modelId=MODEL, messages=ASKED)
    blocks = final["output"]["message"]["content"]
    return Answer(
        (said_blocks(blocks),), final["stopReason"], _tokens(final.get("usage"))
    )


def added_up(events: Any) -> tuple[list[dict[str, Any]], Any, Any]:
    """The blocks that a stream comes to, why it ended, and what it cost."""
    blocks: dict[int, dict[str, Any]] = {}
    reason = usage = None
    for event in events:
        match event:
            case {"contentBlockStart": {"contentBlockIndex": at, "start": start}}:
                use = start.get("toolUse")
                blocks[at] = {"toolUse": use | {"input": ""}} if use else {}
            case {"contentBlockDelta": {"contentBlockIndex": at, "delta": delta}}:
                _add(blocks.setdefault(at, {}), delta)
            case {"messageStop": stop}:
                reason = stop["stopReason"]
            case {"metadata": facts}:
                usage = facts.get("usage")
    return [blocks[at] for at in sorted(blocks)], reason, usage


def _add(block: dict[str, Any], delta: dict[str, Any]) -> None:
    if "text" in delta:
        block["text"] = block.get("text", "") + delta["text"]
    elif "toolUse" in delta:
        block["toolUse"]["input"] += delta["toolUse"]["input"]
    elif "reasoningContent" in delta:
        thought = block.setdefault("reasoningContent", {})
        said = delta["reasoningContent"]
        if "redactedContent" in said:
            thought["redactedContent"] = said["redactedContent"]
            return
        known = thought.setdefault("reasoningText", {"text": ""})
        known["text"] += said.get("text", "")
        known |= {k: v for k, v in said.items() if k == "signature"}


def said_blocks(blocks: Any) -> Said:
    """What the blocks of a message come to."""
    text = reasoning = ""
    calls: list[Call] = []
    opaque: list[str] = []
    for block in blocks:
        text += block.get("text") or ""
        if "toolUse" in block:
            use = block["toolUse"]
            id_, name = use["toolUseId"], use["name"]
            calls.append(Call(id_, name, arguments(use["input"])))
        thought = block.get("reasoningContent") or {}
        reasoning += thought.get("reasoningText", {}).get("text") or ""
        opaque += sealed(thought.get("reasoningText") or {})
        if "redactedContent" in thought:
            # The SDK reads base64, and the wire has it.
            opaque.append(base64.b64encode(thought["redactedContent"]).decode())
    return Said(text, "", reasoning, tuple(calls), tuple(opaque))


def _tokens(usage: Any) -> tuple[int | None, int | None] | None:
    return (usage["inputTokens"], usage["outputTokens"]) if usage else None


def _ask(url: str, provider: Provider) -> object:
    body = provider.encode(talk(provider))
    return _client(url).converse(modelId=talk(provider).model, **body)


# ------------------------------------------------------------- InvokeModel


def _read_invoked(url: str, stream: bool) -> Answer:
    """What comes out of boto3 is Anthropic's own, and is read as such."""
    asked = {"modelId": MODEL, "body": json.dumps(INVOKED)}
    if not stream:
        whole = _client(url).invoke_model(**asked)["body"].read()
        return _anthropic(json.loads(whole))
    answer = _client(url).invoke_model_with_response_stream(**asked)
    pieces = [json.loads(event["chunk"]["bytes"]) for event in answer["body"]]
    return _anthropic(folded(pieces))


def folded(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The message that a stream of Anthropic's comes to."""
    message: dict[str, Any] = {}
    for event in events:
        match event["type"]:
            case "message_start":
                message = event["message"] | {"content": []}
            case "content_block_start":
                message["content"].append(event["content_block"])
            case "content_block_delta":
                _add_delta(message["content"][event["index"]], event["delta"])
            case "message_delta":
                message |= event["delta"]
                message["usage"] = message["usage"] | event["usage"]
    return message


def _add_delta(block: dict[str, Any], delta: dict[str, Any]) -> None:
    match delta:
        case {"type": "text_delta", "text": text}:
            block["text"] += text
        case {"type": "thinking_delta", "thinking": text}:
            block["thinking"] += text
        case {"type": "signature_delta", "signature": signature}:
            block["signature"] = signature
        case {"type": "input_json_delta", "partial_json": text}:
            begun = block["input"] if isinstance(block["input"], str) else ""
            block["input"] = begun + text


def _anthropic(message: dict[str, Any]) -> Answer:
    usage = message["usage"]
    tokens = usage["input_tokens"], usage["output_tokens"]
    return Answer((said_invoked(message),), message["stop_reason"], tokens)


def said_invoked(message: dict[str, Any]) -> Said:
    """What a message of Anthropic's says."""
    blocks = message["content"]
    calls = (
        Call(b["id"], b["name"], arguments(b["input"]))
        for b in blocks
        if b["type"].endswith("tool_use")
    )
    return Said(
        "".join(b["text"] for b in blocks if b["type"] == "text"),
        "",
        "".join(b["thinking"] for b in blocks if b["type"] == "thinking"),
        tuple(calls),
        tuple(word for b in blocks for word in sealed(b)),
    )


def _ask_invoked(url: str, provider: Provider) -> object:
    turn = talk(provider)
    body = json.dumps(provider.encode(turn))
    return _client(url).invoke_model(modelId=turn.model, body=body)


def words(error: Exception) -> tuple[str, int | None] | None:
    """What the provider said, where this is its error."""
    if isinstance(error, EventStreamError):
        return error.response["Error"]["Message"], None
    if not isinstance(error, ClientError):
        return None
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return error.response["Error"].get("Message") or "", status


CLIENTS = (
    Client("boto3", "bedrock", _read, _ask, words=words),
    Client("boto3", "bedrock-invoke", _read_invoked, _ask_invoked, words=words),
)
