"""Kept: answers that a server keeps, and gives again to whoever names them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from harness.message.events import Error
from harness.message.parts import JsonObject
from harness.providers._aside import Aside, Asked, Said


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A request that was answered, and its answer, both as JSON."""

    request: JsonObject
    answer: JsonObject


Again: TypeAlias = Callable[[Asked, Exchanged], Said]
"""What is said of a kept answer."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """How a wire asks for what its server keeps.

    Attributes:
        before: the field of a request that names the answer it follows.
        store: the field that says, by ``false``, that an answer is not to be kept.
        continued: a request with all that was said before it in place of that name.
        asides: what is asked of an answer, which the path names, and what is said.
        missing: the error for a name of none; given whether a request follows it.
    """

    before: str
    store: str
    continued: Callable[[JsonObject, Exchanged], JsonObject]
    asides: tuple[tuple[Aside, Again], ...]
    missing: Callable[[str, bool], Error]
