"""Arguments in pieces: each says its place by JSON path, and what stands there.

https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling
calls it ``streamFunctionCallArguments``. A text may come in several pieces; while a
piece or a call ``willContinue``, more is to come.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from harness.message.assemble import arguments_text
from harness.message.parts import JsonObject, ToolCallPart

PIECES, MORE = "partialArgs", "willContinue"

STEP = re.compile(
    r"""\.(?P<name>[^.*\[\]'"]+) | \[(?P<index>\d{1,6})\]
    | \['(?P<single>(?:[^'\\]|\\.)*)'\] | \["(?P<double>(?:[^"\\]|\\.)*)"\]""",
    re.VERBOSE | re.DOTALL,
)
"""One step of a path (https://www.rfc-editor.org/rfc/rfc9535), of those that lead to
one place."""

MARKS = re.compile(r'\\.|"', re.DOTALL)
IN_JSON = {"\\'": "'", '"': '\\"'}
"""What in a quoted name JSON writes in another way."""

END = "}"
"""What the arguments of a call lack that was cut off."""

LONGEST = 100
"""How many steps a path may have."""

VALUES = ("stringValue", "numberValue", "boolValue")
"""Where a piece keeps its value; one without any is a null."""


@dataclass(slots=True)
class Call:
    """A call whose arguments are still coming.

    ``texts`` holds the pieces of each text that has begun, by its path.
    """

    part: int
    id: str | None
    arguments: JsonObject = field(default_factory=dict)
    texts: dict[tuple[str | int, ...], list[str]] = field(default_factory=dict)


def add(call: Call, pieces: list[JsonObject]) -> None:
    """Put pieces in their places.

    Raises:
        ValueError: for a path that leads nowhere.
    """
    for piece in pieces:
        path = _steps(piece["jsonPath"])
        kind = next((kind for kind in VALUES if kind in piece), "")
        if kind != "stringValue":
            _put(call.arguments, path, piece.get(kind))
            continue
        if path not in call.texts:
            call.texts[path] = []
            _put(call.arguments, path, "")
        call.texts[path].append(piece[kind])


def told(call: Call, *, whole: bool) -> str:
    """The arguments as JSON; of a call that was cut off they lack their end."""
    for path, pieces in call.texts.items():
        _put(call.arguments, path, "".join(pieces))
    text = arguments_text(call.arguments)
    return text if whole else text.removesuffix(END)


def so_far(part: ToolCallPart) -> JsonObject | None:
    """The arguments of a call that was cut off, as far as they came; else ``None``."""
    arguments = part.arguments
    if part.server_executed or not is_raw(arguments):
        return None
    try:
        came = json.loads(arguments["_raw"] + END)
    except (RecursionError, ValueError):
        return None
    exact = isinstance(came, dict) and arguments_text(came) == arguments["_raw"] + END
    return came if exact else None


def is_raw(arguments: Any) -> bool:
    """Whether arguments are text that was no JSON."""
    if not isinstance(arguments, dict) or list(arguments) != ["_raw"]:
        return False
    return isinstance(arguments["_raw"], str)


def _steps(path: str) -> tuple[str | int, ...]:
    steps: list[str | int] = []
    place = 1
    while place < len(path) and len(steps) <= LONGEST:
        found = STEP.match(path, place)
        if found is None:
            break
        place = found.end()
        steps.append(_step(found))
    if not path.startswith("$") or place < len(path) or not steps:
        raise ValueError(f"no path to an argument: {path!r:.60}")
    return tuple(steps)


def _step(found: re.Match[str]) -> str | int:
    if found["index"]:
        return int(found["index"])
    if found["name"]:
        return found["name"]
    quoted = found["single"] or found["double"] or ""
    name = MARKS.sub(lambda mark: IN_JSON.get(mark[0], mark[0]), quoted)
    return str(json.loads(f'"{name}"'))


def _put(arguments: JsonObject, path: tuple[str | int, ...], value: Any) -> None:
    """Put a value in its place, and make what leads to it."""
    holder: Any = arguments
    for step, after in pairwise(path):
        inner = _at(holder, step)
        if not isinstance(inner, dict | list):
            inner = [] if isinstance(after, int) else {}
            _set(holder, step, inner)
        holder = inner
    _set(holder, path[-1], value)


def _at(holder: Any, step: Any) -> Any:
    if isinstance(holder, dict):
        return holder.get(step)
    return holder[step] if step < len(holder) else None


def _set(holder: Any, step: Any, value: Any) -> None:
    if isinstance(holder, list) and step == len(holder):
        holder.append(value)
    else:
        holder[step] = value
