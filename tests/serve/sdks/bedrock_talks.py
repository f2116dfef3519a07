"""boto3 on Bedrock's Converse, and on Anthropic's wire inside InvokeModel."""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.sdks.answer import Said, arguments
from tests.sdks.bedrock_sdk import added_up, folded, said_blocks, said_invoked
from tests.sdks.client import SECONDS, WEATHER
from tests.serve.sdks.talker import (
    DESCRIBE,
    PNG,
    QUESTION,
    RESULTS,
    SCHEMA,
    Talker,
    Weather,
)

MODEL = "anthropic.model-1:0"

ERRORS = {
    429: "ThrottlingException",
    500: "InternalServerException",
    529: "InternalServerException",
}


@cache
def _client(url: str, tries: int = 1) -> Any:
    return boto3.client(
        "bedrock-runtime",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="-",
        aws_secret_access_key="-",
        config=Config(
            retries={"total_max_attempts": tries, "mode": "standard"},
            read_timeout=SECONDS,
        ),
    )


def _told(error: Exception) -> tuple[int, str | None]:
    assert isinstance(error, ClientError)
    head: Any = error.response["ResponseMetadata"]
    return head["HTTPStatusCode"], head["HTTPHeaders"].get("retry-after")


# ---------------------------------------------------------------- Converse


def _asked(url: str, stream: bool, messages: Any, tries: int = 1, **more: Any) -> Any:
    """The blocks that are answered, as the SDK has them."""
    tool = {
        "toolSpec": {
            "name": WEATHER.name,
            "description": WEATHER.description,
            "inputSchema": {"json": WEATHER.input_schema},
        }
    }
    asked = {"modelId": MODEL, "messages": messages, "toolConfig": {"tools": [tool]}}
    client = _client(url, tries)
    if stream:
        return added_up(client.converse_stream(**asked, **more)["stream"])[0]
    return client.converse(**asked, **more)["output"]["message"]["content"]


def _converse(url: str, stream: bool) -> tuple[Said, str]:
    messages: list[Any] = [{"role": "user", "content": [{"text": QUESTION}]}]
    blocks = _asked(url, stream, messages)
    uses = [block["toolUse"] for block in blocks if "toolUse" in block]
    for use in uses:
        use["input"] = arguments(use["input"])
    results = [
        {
            "toolResult": {
                "toolUseId": use["toolUseId"],
                "content": [{"text": RESULTS[use["input"]["city"]]}],
            }
        }
        for use in uses
    ]
    messages += [
        {"role": "assistant", "content": blocks},
        {"role": "user", "content": results},
    ]
    return said_blocks(blocks), said_blocks(_asked(url, stream, messages)).text


def _structure(url: str, stream: bool) -> Weather:
    form = {"schema": json.dumps(SCHEMA), "name": "Weather"}
    output = {"type": "json_schema", "structure": {"jsonSchema": form}}
    messages = [{"role": "user", "content": [{"text": QUESTION}]}]
    blocks = _asked(url, stream, messages, outputConfig={"textFormat": output})
    return Weather.model_validate_json(said_blocks(blocks).text)


def _show(url: str, stream: bool) -> str:
    picture = {"image": {"format": "png", "source": {"bytes": PNG}}}
    asks = {"role": "user", "content": [picture, {"text": DESCRIBE}]}
    return said_blocks(_asked(url, stream, [asks])).text


def _say(url: str, stream: bool, tries: int) -> str:
    asks = {"role": "user", "content": [{"text": QUESTION}]}
    return said_blocks(_asked(url, stream, [asks], tries)).text


# ------------------------------------------------------------- InvokeModel


def _invoked(url: str, stream: bool, messages: Any, tries: int = 1, **more: Any) -> Any:
    """The message that is answered: boto3 passes on Anthropic's own."""
    tool = {
        "name": WEATHER.name,
        "description": WEATHER.description,
        "input_schema": WEATHER.input_schema,
    }
    body = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 2048,
        "messages": messages,
        "tools": [tool],
        **more,
    }
    asked = {"modelId": MODEL, "body": json.dumps(body)}
    client = _client(url, tries)
    if not stream:
        return json.loads(client.invoke_model(**asked)["body"].read())
    events = client.invoke_model_with_response_stream(**asked)["body"]
    return folded([json.loads(event["chunk"]["bytes"]) for event in events])


def _converse_invoked(url: str, stream: bool) -> tuple[Said, str]:
    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    answer = _invoked(url, stream, messages)
    uses = [block for block in answer["content"] if block["type"] == "tool_use"]
    for use in uses:
        use["input"] = arguments(use["input"])
    results = [
        {
            "type": "tool_result",
            "tool_use_id": use["id"],
            "content": RESULTS[use["input"]["city"]],
        }
        for use in uses
    ]
    messages += [
        {"role": "assistant", "content": answer["content"]},
        {"role": "user", "content": results},
    ]
    return said_invoked(answer), said_invoked(_invoked(url, stream, messages)).text


def _structure_invoked(url: str, stream: bool) -> Weather:
    form = {"format": {"type": "json_schema", "schema": SCHEMA}}
    asks = {"role": "user", "content": QUESTION}
    answer = _invoked(url, stream, [asks], output_config=form)
    return Weather.model_validate_json(said_invoked(answer).text)


def _show_invoked(url: str, stream: bool) -> str:
    data = base64.b64encode(PNG).decode()
    source = {"type": "base64", "media_type": "image/png", "data": data}
    content = [{"type": "image", "source": source}, {"type": "text", "text": DESCRIBE}]
    asks = {"role": "user", "content": content}
    return said_invoked(_invoked(url, stream, [asks])).text


def _say_invoked(url: str, stream: bool, tries: int) -> str:
    asks = {"role": "user", "content": QUESTION}
    return said_invoked(_invoked(url, stream, [asks], tries)).text


TALKERS = (
    Talker(
        "boto3",
        "bedrock",
        _converse,
        _structure,
        _show,
        _say,
        _told,
        ERRORS,
        heeds=False,
        helper="boto3 has none",
    ),
    Talker(
        "boto3",
        "bedrock-invoke",
        _converse_invoked,
        _structure_invoked,
        _show_invoked,
        _say_invoked,
        _told,
        ERRORS,
        heeds=False,
        helper="boto3 has none",
    ),
)
