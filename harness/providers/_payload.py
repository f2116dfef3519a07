"""From a frame to the JSON object in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from json import JSONDecodeError, JSONDecoder
from typing import Any

from harness.errors import WireError
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
