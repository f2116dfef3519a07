"""OpenAI's manners beside a conversation, which all hosts of its wires have.

https://platform.openai.com/docs/api-reference/models lists models; a request that lacks
something is turned away by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from harness.message.events import Error
from harness.message.parts import JsonObject
from harness.providers._aside import Aside, Asked, aside, lacking

CREATED = 1700000000
"""When every model was made, in seconds: the mock knows no clock."""

CAN = {
    "completion_chat": True,
    "completion_fim": False,
    "function_calling": True,
    "fine_tuning": False,
    "vision": True,
}

SUPERSET: JsonObject = {
    "type": "base",
    "aliases": [],
    "active": True,
    "state": "loaded",
    "capabilities": CAN,
    "context_length": 131072,
    "context_window": 131072,
    "max_context_length": 131072,
    "supported_parameters": ["tools", "structured_outputs", "reasoning"],
    "architecture": {
        "input_modalities": ["text", "image"],
        "output_modalities": ["text"],
    },
}
"""What one or the other host says of a model beside what OpenAI does."""


def entry(name: str, owner: str, more: JsonObject) -> JsonObject:
    """A model as OpenAI has it."""
    own = {"id": name, "object": "model", "created": CREATED, "owned_by": owner}
    return own | ({"name": name} | more if more else {})


def listed(models: Iterable[str], owner: str, more: JsonObject) -> JsonObject:
    """Models as OpenAI lists them, all on one page."""
    data = [entry(name, owner, more) for name in models]
    return {"object": "list", "data": data}


def asides(owner: str, more: JsonObject = SUPERSET) -> tuple[Aside, ...]:
    """The list of models and one of them, as a host that ``owner`` names has them."""

    def every(asked: Asked) -> Any:
        return listed(asked.models, owner, more)

    def one(asked: Asked) -> Any:
        return entry(asked.named, owner, more)

    return (aside("GET", "/models", every), aside("GET", "/models/(.+)", one))


def missing(
    body: JsonObject, names: tuple[str, ...], ours: Callable[[JsonObject], Any]
) -> Error | None:
    """The error for a request that lacks one of some fields."""
    name = lacking(body, *names)
    if name is None:
        return None
    said = f"Missing required parameter: {name!r}."
    facts = {"type": "invalid_request_error", "param": name}
    return Error(said, "missing_required_parameter", 400, False, ours(facts))


def insisting(
    *names: str, ours: Callable[[JsonObject], Any]
) -> Callable[[JsonObject], Error | None]:
    """An objection to requests that lack one of some fields."""
    return partial(missing, names=names, ours=ours)
