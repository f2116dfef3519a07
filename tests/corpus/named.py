"""Which words each wire is known to have: those its official SDK has a type for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Annotated, Any, Literal, get_args, get_origin

import boto3
import cohere
import ollama
from anthropic.types.beta import (
    BetaContentBlock,
    BetaRawContentBlockDelta,
    BetaRawMessageStreamEvent,
)
from google.genai import types as gemini
from google.genai._gaos.types import interactions
from openai.types.responses import ResponseOutputItem, ResponseStreamEvent

from harness.providers._provider import Provider
from tests.corpus.wires import (
    ANTHROPIC,
    BEDROCK,
    CHAT,
    COHERE,
    GEMINI,
    INTERACTIONS,
    INVOKE,
    OLLAMA,
    RESPONSES,
    wire_of,
)

WORDS = re.compile(r"[:.]")
"""What stands between the words of a tag of ours: ``delta:text``, ``part.text``."""


def is_named(provider: Provider, tag: str) -> bool:
    """Whether the wire's own SDK has a type for what our decoder called unknown."""
    return not NAMED[wire_of(provider)].isdisjoint({tag, WORDS.split(tag)[-1]})


def _tags(union: Any) -> Iterator[str]:
    """The ``type`` of each member of a union of SDK types."""
    while get_origin(union) is Annotated:
        union = get_args(union)[0]
    for member in get_args(union) or (union,):
        if get_args(member):
            yield from _tags(member)
            continue
        yield from _of(member, "type")


def _of(kind: Any, field: str) -> Iterator[str]:
    """The words that a field of a typed object may be."""
    annotation = getattr(kind, "model_fields", {}).get(field)
    annotation = annotation and annotation.annotation
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) is Literal:
        yield from map(str, get_args(annotation))


def _in(module: ModuleType) -> Iterator[str]:
    """The words of every typed object in a module."""
    for name in dir(module):
        for field in ("type", "event_type"):
            yield from _of(getattr(module, name), field)


def _members(names: Iterable[str]) -> Iterator[str]:
    """The members of shapes in Amazon's own description of the service."""
    client = boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        aws_access_key_id="-",
        aws_secret_access_key="-",
    )
    for name in names:
        yield from client.meta.service_model.shape_for(name).members


ANTHROPICS = frozenset(
    {
        *_tags(BetaRawMessageStreamEvent),
        *_tags(BetaContentBlock),
        *_tags(BetaRawContentBlockDelta),
    }
)

NAMED = {
    CHAT: frozenset(
        {"chat.completion.chunk", "image_url", "refusal", "text", "thinking"}
    ),
    RESPONSES: frozenset(
        {*_tags(ResponseStreamEvent), *_tags(ResponseOutputItem), "output_text"}
    ),
    ANTHROPIC: ANTHROPICS,
    INVOKE: ANTHROPICS,
    BEDROCK: frozenset(
        _members(
            (
                "ConverseStreamOutput",
                "ContentBlockStart",
                "ContentBlockDelta",
                "ContentBlock",
            )
        )
    ),
    COHERE: frozenset({*_tags(cohere.V2ChatStreamResponse), "text", "thinking"}),
    GEMINI: frozenset(
        field.alias or name for name, field in gemini.Part.model_fields.items()
    ),
    INTERACTIONS: frozenset(_in(interactions)),
    OLLAMA: frozenset(
        {*ollama.Message.model_fields, *ollama.ChatResponse.model_fields}
    ),
}
"""Every event, item, block, part and delta that a wire's official SDK has a type for;
chat chunks have no types, only the words for their content."""
