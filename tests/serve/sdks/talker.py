"""A talker: one vendor's SDK on one wire, and all that it can be made to do there."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict

from harness.message.parts import Part
from tests.sdks.answer import Said
from tests.sdks.client import WEATHER

QUESTION = "Weather in Zürich and 東京? 🦩"

ASKS: Any = {"role": "user", "content": QUESTION}

TOOL: Any = {
    "type": "function",
    "function": {
        "name": WEATHER.name,
        "description": WEATHER.description,
        "parameters": WEATHER.input_schema,
    },
}
"""The tool, as many vendors' SDKs take it since OpenAI's did."""

RESULTS = {"Zürich": "14 degrees, rain", "東京": "21 degrees"}
"""What the tool gives back of each city."""

DESCRIBE = "Describe this."


class Weather(BaseModel):
    """The form an answer is asked for in."""

    model_config = ConfigDict(extra="forbid")

    city: str
    degrees: int


SCHEMA: dict[str, Any] = Weather.model_json_schema()
"""The same, where an SDK takes no class."""

SAID = '{"city": "Zürich 🦩", "degrees": 14}'
"""An answer in that form."""


def _png() -> bytes:
    """A picture of one red dot."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    dot = zlib.compress(b"\0\xff\0\0")
    begins = b"\x89PNG\r\n\x1a\n"
    return begins + chunk(b"IHDR", header) + chunk(b"IDAT", dot) + chunk(b"IEND", b"")


PNG = _png()


def same(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """What comes back is what was said."""
    return parts


@dataclass(frozen=True, slots=True)
class Talker:
    """One SDK on one wire; each function is told a URL and whether to stream.

    Attributes:
        sdk: the package, as PyPI names it.
        provider: the wire it speaks.
        converse: asks :data:`QUESTION` with a tool, sends back the answer as it came and
            a result for each call; gives the first answer and the text of the second.
        structure: asks for :class:`Weather` and gives what the SDK makes of the answer.
        show: asks :data:`DESCRIBE` of :data:`PNG`; gives the text of the answer.
        say: asks :data:`QUESTION` at most so many times; gives the text of the answer.
        told: status, and how long to wait, as an error of the SDK has them.
        errors: status to the name of the class that is raised of it.
        returned: what the SDK sends back of the parts that were said.
        heard: what the SDK hears of an answer, of all there is to it.
        schema: the schema that is asked for, where the SDK or the wire changes it.
        retries: why there is no second try, where there is none.
        retries_streams: the same, of what is streamed.
        heeds: whether it waits as long as it is told to.
        passes_on: whether an error says how long that is.
        helper: why :attr:`structure` reads the text itself, where it does.
    """

    sdk: str
    provider: str
    converse: Callable[[str, bool], tuple[Said, str]]
    structure: Callable[[str, bool], Weather]
    show: Callable[[str, bool], str]
    say: Callable[[str, bool, int], str]
    told: Callable[[Exception], tuple[int, str | None]]
    errors: Mapping[int, str]
    returned: Callable[[tuple[Part, ...]], tuple[Part, ...]] = same
    heard: Callable[[Said], Said] = field(default=lambda said: said)
    schema: Mapping[str, Any] = field(default_factory=lambda: SCHEMA)
    retries: str = ""
    retries_streams: str = ""
    heeds: bool = True
    passes_on: bool = True
    helper: str = ""

    def __str__(self) -> str:
        return f"{self.sdk}-{self.provider}"
