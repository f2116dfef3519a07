"""llm's payloads: a provider's own JSON with what the messages say left out.

llm 0.36 keeps a response's JSON with each longer string or object that is in its
messages, tools or schema replaced by ``{"$": name}`` (https://pypi.org/project/condense-json).
Read in full here, and written in full, which llm reads as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from harness.message.parts import JsonObject, Message

NAMED, PIECES, AS_IS = "$", "$r", "$raw"
"""Keys of objects that stand for something; one that is meant is put into ``$raw``."""


def names(
    answer: Iterable[Message],
    tools: Iterable[JsonObject],
    schema: JsonObject | None,
    more: Mapping[str, Any],
) -> dict[str, Any]:
    """What may be named in a payload, by name.

    Args:
        answer: the messages of the answer.
        tools: what the model could call.
        schema: what its answer had to follow.
        more: what the model's plugin names beside.
    """
    found = dict(_in_answer(answer))
    found |= {f"tool.{t['name']}.description": t.get("description") for t in tools}
    return (
        found | {"schema": schema} | {f"m.{key}": value for key, value in more.items()}
    )


def _in_answer(answer: Iterable[Message]) -> Iterator[tuple[str, Any]]:
    for number, message in enumerate(answer):
        data: Any = message.to_dict()
        for place, part in enumerate(data["parts"]):
            name = f"{number}.{place}"
            for key in ("text", "output"):
                yield f"{name}.{key}", part.get(key)
            if part.get("arguments"):
                said = part["arguments"]
                yield f"{name}.args", json.dumps(said, separators=(",", ":"))
                yield f"{name}.args2", json.dumps(said)
                yield f"{name}.argsv", said
            yield from _within(f"{name}.pm", part.get("provider_metadata"))
        yield from _within(f"{number}.pm", data.get("provider_metadata"))


def _within(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    yield name, value
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, held in inner:
            yield from _within(f"{name}.{key}", held)


def full(data: Any, named: Mapping[str, Any]) -> Any:
    """The payload with everything in place that it names.

    Raises:
        LookupError: for a name that nothing has.
        TypeError: for what no payload is like.
    """
    if isinstance(data, list):
        return [full(item, named) for item in data]
    if not isinstance(data, dict):
        return data
    if len(data) == 1:
        ((key, value),) = data.items()
        if key == NAMED:
            return _meant(value, named)
        if key == PIECES:
            return "".join(_piece(piece, named) for piece in value)
        if key == AS_IS and isinstance(value, dict):
            data = value
    return {key: full(value, named) for key, value in data.items()}


def _meant(name: Any, named: Mapping[str, Any]) -> Any:
    if isinstance(name, str):
        found = named[name]
        if not found:
            raise LookupError(name)
        return deepcopy(found)
    base = deepcopy(named[name["m"]])
    for key in name.get("d", ()):
        del base[key]
    return {**base, **{k: full(v, named) for k, v in name.get("u", {}).items()}}


def _piece(piece: Any, named: Mapping[str, Any]) -> str:
    found = piece if isinstance(piece, str) else named[piece[NAMED]]
    if not isinstance(found, str):
        raise TypeError(f"a piece of a text is {found!r:.40}")
    return found


def literal(data: Any) -> Any:
    """A payload that names nothing, as llm reads it."""
    if isinstance(data, list):
        return [literal(item) for item in data]
    if not isinstance(data, dict):
        return data
    plain = {key: literal(value) for key, value in data.items()}
    return {AS_IS: plain} if [*plain] in ([NAMED], [PIECES], [AS_IS]) else plain


def boilerplate(model: str) -> Mapping[str, Any]:
    """What the plugin of a model names in payloads, if llm and it are installed."""
    try:
        import llm  # an extra at most, and few payloads need it
    except ImportError:
        return {}
    try:
        found = llm.get_model(model)
    except llm.UnknownModelError:
        return {}
    return getattr(found, "json_replacements", None) or {}
