"""The square's two long sides: a response heard as events, events spoken as one.

This is the one door to a provider's decoder: whatever bytes come in, events or
``WireError`` come out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from harness.errors import WireError
from harness.message.events import Error, Event, StreamEvent
from harness.providers._provider import Framing, Provider
from harness.providers._retry import head_of
from harness.wire import jsonbody
from harness.wire.frame import Frame
from harness.wire.http import Headers, Response, header

LONGEST_OPENING = 6
"""How many bytes must be seen to tell how a body begins."""

JSON = "application/json"
"""The content type that says nothing of framing: one body has it, and an array of
them that is streamed."""

ID = (type(None), str)
"""What an id is: there may be none."""

SHAPE_ERRORS = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What reading JSON of an unexpected shape raises."""


def hear(
    provider: Provider,
    status: int,
    headers: Headers,
    chunks: Iterable[bytes],
) -> Iterator[Event]:
    """Events of an answer, as its bytes arrive.

    Raises:
        WireError: for bytes or JSON that the wire's rules do not allow.
        ConnectionLost: if ``chunks`` raises it.
    """
    if status >= 400:
        body = _error_body(chunks)
        yield provider.decode_error(status, headers, body)
        return
    chunks, framing = _framed(provider, headers, chunks)
    offset = 0

    def noted(frames: Iterable[Frame]) -> Iterator[Frame]:
        nonlocal offset
        for frame in frames:
            offset = frame.offset
            yield frame

    try:
        if framing:
            events = provider.decode(noted(framing.read(chunks)))
        else:
            events = provider.decode_whole(jsonbody.read(chunks))
        for event in events:
            if event.__class__ is StreamEvent and (
                event.chunk.__class__ is not str
                or event.part_index.__class__ is not int
                or event.tool_call_id.__class__ not in ID
            ):
                said = event.chunk, event.tool_call_id
                raise TypeError(f"{event.type} {said!r:.60} is no text, or no id")
            yield event
    except SHAPE_ERRORS as error:
        name = type(error).__name__
        message = f"{provider.name}: JSON of an unexpected shape ({name}: {error})"
        raise WireError(message, offset) from error


def speak(provider: Provider, events: Iterable[Event], *, stream: bool) -> Response:
    """The response with which this provider would say these events.

    Raises:
        NotExpressible: for events this wire has no word for.
    """
    events = list(events)
    if stream:
        headers = (("content-type", provider.framing.content_type),)
        chunks = tuple(provider.framing.write(provider.synthesise(events)))
        return Response(200, headers, chunks)
    body = provider.synthesise_whole(events)
    return _json_response(200, body)


def refuse(provider: Provider, error: Error) -> Response:
    """The HTTP error with which this provider would say this error."""
    status, body = provider.synthesise_error(error)
    response = _json_response(status, body)
    head = head_of(error, provider.namespace)
    return replace(response, headers=(*response.headers, *head))


def _json_response(status: int, body: Any) -> Response:
    return Response(
        status, (("content-type", "application/json"),), tuple(jsonbody.write(body))
    )


def framing_of(provider: Provider, headers: Headers, begins: bytes) -> Framing | None:
    """How an answer that begins with these bytes is framed; ``None``: one JSON body.

    The content type decides, unless it says JSON of what begins like a stream; where
    it says nothing we know, the first bytes do, since a JSON body opens with a brace.
    """
    content_type = header(headers, "content-type") or ""
    framings = (provider.framing, *provider.other_framings)
    for framing in framings:
        if framing.content_type in content_type and framing.content_type != JSON:
            return framing
    begins = begins.lstrip()
    for framing in framings:
        if begins.startswith(framing.opens):
            return framing
    if "json" in content_type or begins.startswith((b"{", b"[")):
        return None
    return provider.framing


def framing_in(provider: Provider, response: Response) -> Framing | None:
    """How a response that is there is framed; ``None``: one JSON body."""
    begins = b""
    for chunk in response.chunks:
        begins += chunk[:LONGEST_OPENING]
        if len(begins.lstrip()) >= LONGEST_OPENING:
            break
    return framing_of(provider, response.headers, begins)


def _framed(
    provider: Provider, headers: Headers, chunks: Iterable[bytes]
) -> tuple[Iterable[bytes], Framing | None]:
    """The chunks again, and how they are framed; reads ahead only if it must."""
    if provider.framing.content_type in (header(headers, "content-type") or ""):
        return chunks, provider.framing
    rest = iter(chunks)
    first = b""
    for chunk in rest:
        first += chunk
        if len(first.lstrip()) >= LONGEST_OPENING:
            break
    return _again(first, rest), framing_of(provider, headers, first)


def _again(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _error_body(chunks: Iterable[bytes]) -> Any:
    text = b"".join(chunks).decode(errors="replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
