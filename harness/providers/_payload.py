"""From a frame to the JSON in it, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from json import JSONDecodeError, JSONDecoder
from typing import Any

from harness.errors import WireError
from harness.wire import jsonbody
from harness.wire.frame import Frame

DONE = "[DONE]"

SPACE = " \t\n\r"
"""What JSON allows around a value."""

first_value = JSONDecoder().raw_decode
"""``json.loads`` without its search for space, half its price on a short payload."""


def payloads(frames: Iterable[Frame]) -> Iterator[tuple[Frame, Any]]:
    """Each frame with its parsed JSON; the ``[DONE]`` sentinel has ``None``.

    A last frame that the stream never finished and that does not parse is a cut
    stream: it ends the iteration, and the decoder sees that no terminal event came.

    Raises:
        WireError: for a complete frame that is no JSON.
    """
    for frame in frames:
        data = frame.data
        if data.startswith(DONE):
            yield frame, None
            continue
        text = data.strip(SPACE)
        if not text:
            continue  # an event without data says nothing
        try:
            value, end = first_value(text)
            if end < len(text):
                raise JSONDecodeError("Extra data", text, end)
        except (JSONDecodeError, RecursionError) as error:
            if not frame.complete:
                return
            raise WireError(f"event data is not JSON: {error}", frame.offset) from error
        yield frame, value


def framed(payload: Any) -> Frame:
    """The frame that holds a payload: text as it is, anything else as JSON."""
    return Frame(payload if isinstance(payload, str) else jsonbody.text(payload))


def framed_by(key: str, sentinel: str | None = None) -> Callable[[Any], Frame]:
    """The same where an ``event:`` line repeats what stands under a key.

    ``sentinel`` is what that line says of ``[DONE]``.
    """

    def named(payload: Any) -> Frame:
        tag = payload.get(key) if isinstance(payload, dict) else None
        tag = sentinel if payload == DONE else tag
        return framed(payload)._replace(event=tag if isinstance(tag, str) else None)

    return named
