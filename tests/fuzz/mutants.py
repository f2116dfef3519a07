"""Mutants: a good stream with something done to it, the same for the same seed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from random import Random

from harness.providers._provider import Provider
from harness.providers._square import speak
from harness.wire.frame import Frame
from harness.wire.http import Response
from tests.sayings import sayable

DEEP = 10_000
"""How deep JSON is nested where it is nested too deeply."""

ODD_VALUES = (
    "[" * DEEP + "]" * DEEP,
    '{"a":' * DEEP + "1" + "}" * DEEP,
    "9" * 5000,
    "-1e999",
    "1e-999",
    "NaN",
    "null",
    "true",
    '""',
    "[]",
    "{}",
    '"\\ud800"',
    '"' + "x" * 5000 + '"',
    "[[[]],{}]",
)
"""JSON that stands where other JSON did."""

SCALAR = re.compile(r'(?<=[:\[,])(?:"(?:[^"\\]|\\.)*"|-?\d+|true|false|null)(?=[,}\]])')

Mutate = Callable[[Random, list[Frame]], list[Frame]]


def _dropped(random: Random, frames: list[Frame]) -> list[Frame]:
    gone = random.randrange(len(frames))
    return frames[:gone] + frames[gone + 1 :]


def _doubled(random: Random, frames: list[Frame]) -> list[Frame]:
    twice = random.randrange(len(frames))
    return frames[: twice + 1] + frames[twice:]


def _swapped(random: Random, frames: list[Frame]) -> list[Frame]:
    one, other = random.randrange(len(frames)), random.randrange(len(frames))
    frames = list(frames)
    frames[one], frames[other] = frames[other], frames[one]
    return frames


def _shuffled(random: Random, frames: list[Frame]) -> list[Frame]:
    return random.sample(frames, len(frames))


def _odd(random: Random, frames: list[Frame]) -> list[Frame]:
    """One value of one frame becomes another."""
    frames = list(frames)
    at = random.randrange(len(frames))
    found = list(SCALAR.finditer(frames[at].data))
    value = random.choice(ODD_VALUES)
    if found:
        start, end = random.choice(found).span()
        data = frames[at].data
        frames[at] = frames[at]._replace(data=data[:start] + value + data[end:])
    return frames


def _renamed(random: Random, frames: list[Frame]) -> list[Frame]:
    """A key of one frame is called otherwise, or the frame is of another type."""
    frames = list(frames)
    at, other = random.randrange(len(frames)), random.choice(frames)
    try:
        said = json.loads(frames[at].data)
    except (ValueError, RecursionError):
        return frames
    if isinstance(said, dict) and said:
        said["x"] = said.pop(random.choice(list(said)))
        text = json.dumps(said)
        frames[at] = frames[at]._replace(data=text, event=other.event)
    return frames


def _foreign(random: Random, frames: list[Frame]) -> list[Frame]:
    """A frame that is something else altogether."""
    at = random.randrange(len(frames) + 1)
    return [*frames[:at], Frame(random.choice(ODD_VALUES)), *frames[at:]]


ON_FRAMES: tuple[Mutate, ...] = (
    _dropped,
    _doubled,
    _swapped,
    _shuffled,
    _odd,
    _odd,
    _renamed,
    _foreign,
)
"""What may be done to the frames of a stream."""


def mutants(provider: Provider, number: int) -> Iterator[tuple[Response, list[bytes]]]:
    """So many spoiled streams of a provider: the good one, and its bytes now.

    Half are spoiled frame by frame, half byte by byte, some both ways.
    """
    good = [
        speak(provider, events, stream=True) for events in sayable(provider).values()
    ]
    frames = [list(provider.framing.read(response.chunks)) for response in good]
    random = Random(f"{provider.name}, {number}")
    for _ in range(number):
        which = random.randrange(len(good))
        spoiled = frames[which]
        for _ in range(random.choice((0, 1, 1, 2, 3))):
            if spoiled:
                spoiled = random.choice(ON_FRAMES)(random, spoiled)
        body = b"".join(provider.framing.write(spoiled))
        yield good[which], _bytes(random, body)


def _bytes(random: Random, body: bytes) -> list[bytes]:
    """The body in up to three chunks; every other one has bits flipped, or ends."""
    changed = bytearray(body)
    if changed and random.random() < 0.5:
        for _ in range(random.randrange(1, 4)):
            changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    if random.random() < 0.25:
        del changed[random.randrange(len(changed) + 1) :]
    cuts = sorted(random.randrange(len(changed) + 1) for _ in range(2))
    body = bytes(changed)
    return [body[: cuts[0]], body[cuts[0] : cuts[1]], body[cuts[1] :]]
