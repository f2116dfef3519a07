"""Claude by Bedrock's InvokeModel: Anthropic's messages in Amazon's envelope.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html.
Each event of a stream comes as base64 in a frame named ``chunk``; model and stream
stand in the path; errors are Bedrock's own. Other models answer here too, each in its
own words: those are kept, and are an error.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from harness.errors import WireError
from harness.message.events import Error, Event, Unknown
from harness.message.parts import JsonObject
from harness.message.turn import Turn
from harness.providers._bearer import bearer
from harness.providers._bedrock import (
    BASE_URL,
    EVENT_STREAM,
    FAILED,
    FRAMED,
    KEY_ENV,
    address,
    addressed,
    error_body,
    error_frame,
    failure,
    frame_of,
    http_error,
    is_error,
    read_error,
    read_http_error,
)
from harness.providers._own import beside
from harness.providers._provider import Server
from harness.providers.anthropic import PROVIDER as MESSAGES
from harness.providers.anthropic.beside import NAMESPACE
from harness.wire import jsonbody
from harness.wire.frame import Frame
from harness.wire.http import Headers
from harness.wire.utf8 import decoded

STREAMED, WHOLE = "invoke-with-response-stream", "invoke"
"""What a model is asked to do, in the path."""

VERSION = ("anthropic_version", "bedrock-2023-05-31")
"""What every body says, in place of a header."""

FRAMED_HERE = FRAMED | {"ModelTimeoutException"}
"""Errors that a stream has an exception frame for: one more than Converse's."""

CHUNK = "chunk"
OPENING = re.compile(r'\{"type":"(\w+)"')
"""How an event of Anthropic's begins."""

FOREIGN = "another model's body"
NOT_CLAUDE = Error("this is another model's answer, and not Claude's", "another_model")


# ----------------------------------------------------------------- framing


def read(chunks: Iterable[bytes]) -> Iterator[Frame]:
    """Anthropic's events out of Amazon's frames; an exception stays as it is.

    Raises:
        WireError: for what breaks the rules of either.
    """
    for frame in EVENT_STREAM.read(chunks):
        wrapped = frame.kind == "event" and frame.event == CHUNK
        yield _unwrapped(frame) if wrapped else frame


def write(frames: Iterable[Frame]) -> Iterator[bytes]:
    """One chunk a frame, the mirror image of :func:`read`."""
    return EVENT_STREAM.write(
        frame if frame.kind in FAILED else _wrapped(frame) for frame in frames
    )


def _unwrapped(frame: Frame) -> Frame:
    try:
        held = base64.b64decode(json.loads(frame.data)["bytes"], validate=True)
    except (KeyError, RecursionError, TypeError, ValueError) as error:
        message = f"a chunk is JSON with its bytes in base64: {error}"
        raise WireError(message, frame.offset) from error
    data = decoded(held, frame.offset)
    return frame._replace(data=data, event=_type(data))


def _wrapped(frame: Frame) -> Frame:
    held = base64.b64encode(frame.data.encode()).decode()
    return frame._replace(data=jsonbody.text({"bytes": held}), event=CHUNK)


def _type(data: str) -> str | None:
    at_once = OPENING.match(data)  # as nearly always
    if at_once:
        return at_once[1]
    try:
        type_ = json.loads(data)["type"]
    except (KeyError, RecursionError, TypeError, ValueError):
        return None
    return type_ if isinstance(type_, str) else None


# ----------------------------------------------------------------- answers


def decode(frames: Iterable[Frame]) -> Iterator[Event]:
    """Anthropic's events, to the end or to the exception that ends them."""
    ends: list[Error] = []

    def unbroken() -> Iterator[Frame]:
        for frame in frames:
            if frame.kind in FAILED:
                ends.append(failure(frame, NAMESPACE))
                return
            if frame.event is None:
                ends.append(NOT_CLAUDE)
                frame = frame._replace(event=FOREIGN)
            yield frame

    for event in MESSAGES.decode(unbroken()):
        yield ends[0] if ends and isinstance(event, Error) else event


def decode_whole(body: Any) -> Iterator[Event]:
    """The one message of an answer that was not streamed."""
    if isinstance(body, dict) and "content" in body:
        yield from MESSAGES.decode_whole(body)
    elif is_error(body):
        yield read_error(None, body, NAMESPACE)
    else:
        yield Unknown(FOREIGN, body)
        yield NOT_CLAUDE


def decode_error(status: int, headers: Headers, body: Any) -> Error:
    """An HTTP error, named by its head; the request id is kept as metadata."""
    return read_http_error(status, headers, body, NAMESPACE)


def synthesise(events: Iterable[Event]) -> Iterator[Frame]:
    """Events to Anthropic's frames, and an error to Amazon's."""
    events = list(events)
    errors = [event for event in events if isinstance(event, Error)]
    for frame in MESSAGES.synthesise(events):
        if frame.event == "error":
            frame = error_frame(errors[-1], NAMESPACE, FRAMED_HERE)
        yield frame


def own_frame(payload: Any) -> Frame:
    """An event of Anthropic's, or an exception under Amazon's name of it."""
    own = frame_of(payload)
    return own if own.kind in FAILED else MESSAGES.frame(payload)


def synthesise_whole(events: Iterable[Event]) -> JsonObject:
    """Events to the JSON of a message that was not streamed, or of an error."""
    events = list(events)
    errors = [event for event in events if isinstance(event, Error)]
    if errors:
        return error_body(errors[-1], NAMESPACE)
    return MESSAGES.synthesise_whole(events)


def synthesise_error(error: Error) -> tuple[int, JsonObject]:
    """The HTTP answer that says this error."""
    return http_error(error, NAMESPACE)


# ---------------------------------------------------------------- requests


def encode(turn: Turn) -> JsonObject:
    """A turn to Anthropic's JSON, less what stands in the path."""
    said = MESSAGES.encode(turn)
    return dict([VERSION]) | beside(said, "model", "stream")


def parse(body: JsonObject, path: str = "") -> Turn:
    """The JSON of a request, and the path it was sent to, back to the turn it says."""
    model, action = addressed(path)
    said = {k: v for k, v in body.items() if (k, v) != VERSION}
    return MESSAGES.parse(said | {"model": model, "stream": action == STREAMED})


def path(turn: Turn) -> str:
    """Where a turn is sent, under the base URL."""
    return address(turn.model, STREAMED if turn.stream else WHOLE)


def call_id(number: int) -> str:
    """The n-th tool call's id, as this wire makes them."""
    return f"toolu_bdrk_01{number:022d}"


PROVIDER = replace(
    MESSAGES,
    name="bedrock-invoke",
    base_url=BASE_URL,
    framing=replace(EVENT_STREAM, read=read, write=write),
    decode=decode,
    decode_whole=decode_whole,
    decode_error=decode_error,
    synthesise=synthesise,
    synthesise_whole=synthesise_whole,
    synthesise_error=synthesise_error,
    frame=own_frame,
    encode=encode,
    parse=parse,
    path=path,
    headers=bearer,
    call_id=call_id,
    key_env=KEY_ENV,
    # Other servers list its models, under another host.
    server=Server(MESSAGES.server.facts_of),
)
