"""OpenAI Responses (https://platform.openai.com/docs/api-reference/responses).

An answer is a row of typed items, each with an id of its own; most of them are
wanted back exactly as they were said, in the same order. Other hosts stream it each a
little differently, and are values at the foot: https://openrouter.ai/docs,
https://api-docs.deepseek.com, https://docs.x.ai/docs/api-reference,
https://github.com/ggml-org/llama.cpp/tree/master/tools/server.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from harness.errors import NotExpressible
from harness.message.assemble import disassemble
from harness.message.events import Error, Event
from harness.message.parts import (
    AttachmentPart,
    JsonObject,
    Message,
    Part,
    ReasoningPart,
)
from harness.message.turn import Turn
from harness.providers._bearer import bearer
from harness.providers._payload import DONE, framed, framed_by
from harness.providers._provider import SSE, Provider
from harness.providers.openai_responses.answer import NAMESPACE, ours, own
from harness.providers.openai_responses.items import items
from harness.providers.openai_responses.request import encode, parse
from harness.providers.openai_responses.served import SERVER
from harness.providers.openai_responses.stream import (
    call_id,
    decode,
    decode_error,
    decode_whole,
    synthesise,
    synthesise_error,
    synthesise_whole,
)
from harness.wire import jsonbody
from harness.wire.frame import Frame


def path(turn: Turn) -> str:
    """Where a turn is sent, under the base URL."""
    return "/responses"


def opaque(part: Part, value: str) -> JsonObject | None:
    """Where this wire keeps an opaque string for a part."""
    if isinstance(part, ReasoningPart):
        return ours({"encrypted_content": value})
    return None


def cannot_say(message: Message) -> list[str]:
    """Why this wire cannot answer with these parts; empty if it can."""
    reasons = [
        "reasoning is only redacted with encrypted content"
        for part in message.parts
        if isinstance(part, ReasoningPart) and part.redacted and not _sealed(part)
    ]
    try:
        items(disassemble([message]))
    except NotExpressible as error:
        reasons.append(str(error))
    return reasons


def _sealed(part: ReasoningPart) -> bool:
    return "encrypted_content" in own(part) and not part.text


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a host of this wire streams its own way; all of them are understood.

    Attributes:
        named: whether an ``event:`` line names each event.
        sentinel: whether ``[DONE]`` follows the last.
        keep_alive: the comment that is sent while there is nothing to say.
        placed: whether events say which item and which part of it they are about.
    """

    named: bool = True
    sentinel: bool = False
    keep_alive: str | None = None
    placed: bool = True


PLACES = ("content_index", "output_index", "sequence_number", "summary_index")
"""What an event says of its place, where it does."""


def said_by(dialect: Dialect, events: Iterable[Event]) -> Iterator[Frame]:
    """Events to the frames of a host's stream."""
    if dialect.keep_alive is not None:
        yield Frame(dialect.keep_alive, kind="comment")
    events = list(events)
    for frame in synthesise(events):
        data, event = frame.data, frame.event if dialect.named else None
        if not dialect.placed:
            said = json.loads(data)
            data = jsonbody.text({k: v for k, v in said.items() if k not in PLACES})
        yield frame._replace(data=data, event=event)
    if dialect.sentinel and not any(map(_is_cut, events)):
        yield Frame(DONE)


def _is_cut(event: Event) -> bool:
    return isinstance(event, Error) and event.kind == "truncated"


PROVIDER = Provider(
    name="openai-responses",
    namespace=NAMESPACE,
    base_url="https://api.openai.com/v1",
    framing=SSE,
    capabilities=frozenset(
        {
            "streaming",
            "tools",
            "parallel_tool_calls",
            "reasoning",
            "server_side_tools",
            "attachments",
            "schema",
            "async",
            "usage",
            "conversation",
        }
    ),
    decode=decode,
    decode_whole=decode_whole,
    decode_error=decode_error,
    synthesise=synthesise,
    synthesise_whole=synthesise_whole,
    synthesise_error=synthesise_error,
    frame=framed_by("type"),
    encode=encode,
    parse=parse,
    path=path,
    headers=bearer,
    call_id=call_id,
    opaque=opaque,
    cannot_say=cannot_say,
    key_env="OPENAI_API_KEY",
    refusal={NAMESPACE: {"refusal": True}},
    server=SERVER,
)


def asked_of(host: str, turn: Turn) -> JsonObject:
    """A turn to the JSON of a request to a host that takes words only.

    Raises:
        NotExpressible: for an attachment, and as ``encode`` does.
    """
    for message in turn.messages:
        if any(isinstance(part, AttachmentPart) for part in message.parts):
            raise NotExpressible(f"{host}: no message can carry an attachment part")
    return encode(turn)


def host(
    name: str, base_url: str, key_env: str, dialect: Dialect, *lacks: str
) -> Provider:
    """The provider that speaks a dialect; one without ``key_env`` needs no key."""
    return replace(
        PROVIDER,
        name=name,
        base_url=base_url,
        key_env=key_env,
        needs_key=bool(key_env),
        capabilities=PROVIDER.capabilities - set(lacks),
        encode=partial(asked_of, name) if "attachments" in lacks else encode,
        synthesise=partial(said_by, dialect),
        frame=PROVIDER.frame if dialect.named else framed,
    )


DEEPSEEK = host(
    "deepseek-responses",
    "https://api.deepseek.com",
    "DEEPSEEK_API_KEY",
    Dialect(),
    "attachments",
)

LLAMA_CPP = host(
    "llama-cpp-responses", "http://localhost:8080/v1", "", Dialect(placed=False)
)

OPENROUTER = host(
    "openrouter-responses",
    "https://openrouter.ai/api/v1",
    "OPENROUTER_API_KEY",
    Dialect(named=False, sentinel=True, keep_alive="OPENROUTER PROCESSING"),
)

XAI = host("xai-responses", "https://api.x.ai/v1", "XAI_API_KEY", Dialect())
