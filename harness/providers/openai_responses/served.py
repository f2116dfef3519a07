"""What the Responses API answers beside a response: those it keeps, and counts.

https://platform.openai.com/docs/api-reference/responses/get, and likewise ``delete``,
``input-items``, ``input-tokens`` and ``compact``.
"""

from __future__ import annotations

import base64
from typing import Any

from harness.message.assemble import merge
from harness.message.events import Error, Usage
from harness.message.parts import JsonObject
from harness.providers._aside import Asked, aside, openai, page
from harness.providers._aside.kept import Exchanged, Keeping
from harness.providers._aside.tokens import asked_of, estimated
from harness.providers._ids import made_up
from harness.providers._provider import Server
from harness.providers.openai_responses.answer import ours
from harness.providers.openai_responses.envelope import BLANK, COUNTS
from harness.providers.openai_responses.request import parse
from harness.wire import jsonbody

REPEATED = frozenset(
    {
        "background",
        "frequency_penalty",
        "instructions",
        "max_output_tokens",
        "max_tool_calls",
        "metadata",
        "model",
        "parallel_tool_calls",
        "presence_penalty",
        "previous_response_id",
        "prompt_cache_key",
        "reasoning",
        "safety_identifier",
        "service_tier",
        "store",
        "temperature",
        "text",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "truncation",
        "user",
    }
)
"""Fields of a request that its response says again."""

ASKING = ("input", "previous_response_id", "prompt", "conversation")
"""Fields of which a request has one, or it asks nothing."""

named = openai.insisting("model", ours=ours)
"""Why a request is turned away that does not say whom it asks."""


def objection(body: JsonObject) -> Error | None:
    """Why a request is turned away, if it is; a ``prompt`` may name the model."""
    wrong = None if body.get("prompt") else named(body)
    if wrong is not None or any(body.get(name) is not None for name in ASKING):
        return wrong
    words = " or ".join(map(repr, ASKING))
    facts = {"type": "invalid_request_error", "param": "input"}
    said = f"One of {words} must be provided."
    return Error(said, "missing_required_parameter", 400, False, ours(facts))


def repeated(body: JsonObject) -> JsonObject:
    """What was asked of a response, which it says again."""
    again = {k: v for k, v in body.items() if k in REPEATED and v is not None}
    again["tools"] = [_tool(tool) for tool in body.get("tools") or ()]
    usual = {k: BLANK[k] for k in ("reasoning", "text")}
    return merge(usual, again)


def _tool(tool: JsonObject) -> JsonObject:
    """A tool as it is said again: with all that a function may have."""
    if tool.get("type") != "function":
        return tool
    return {"description": None, "parameters": None, "strict": True} | tool


# -------------------------------------------------------------- what is kept


def continued(body: JsonObject, before: Exchanged) -> JsonObject:
    """A request that holds what was said before it; instructions are not kept."""
    said = [*_items(before.request), *before.answer["output"], *_items(body)]
    return {k: v for k, v in body.items() if k != "previous_response_id"} | {
        "input": said
    }


def _items(body: JsonObject) -> list[JsonObject]:
    """The input of a request as items."""
    given = body.get("input") or []
    return [{"role": "user", "content": given}] if isinstance(given, str) else given


def missing(id_: str, follows: bool) -> Error:
    """The error for a response that is not kept: asked for, or to be followed."""
    if follows:
        said = f"Previous response with id '{id_}' not found."
        facts = {"type": "invalid_request_error", "param": "previous_response_id"}
        return Error(said, "previous_response_not_found", 400, False, ours(facts))
    facts = {"type": "invalid_request_error"}
    said = f"Response with id '{id_}' not found."
    return Error(said, None, 404, False, ours(facts))


def _again(asked: Asked, kept: Exchanged) -> Any:
    return kept.answer


def _deleted(asked: Asked, kept: Exchanged) -> Any:
    return {"id": asked.named, "object": "response", "deleted": True}


def _input_items(asked: Asked, kept: Exchanged) -> Any:
    """What was asked, the latest first unless ``order`` says otherwise."""
    items = {item["id"]: item for item in map(_numbered, _items(kept.request))}
    ids = tuple(items) if asked.query.get("order") == "asc" else tuple(items)[::-1]
    shown, more = page(Asked(ids, query=asked.query), "limit", "after", 20)
    return {
        "object": "list",
        "data": [items[id_] for id_ in shown],
        "first_id": shown[0] if shown else None,
        "last_id": shown[-1] if shown else None,
        "has_more": more is not None,
    }


def _numbered(item: JsonObject) -> JsonObject:
    """An item as the server keeps it: with an id, a type, and content in pieces."""
    said: JsonObject = {"type": "message"} | item
    if isinstance(said.get("content"), str):
        by_us = said.get("role") == "assistant"
        kind = "output_text" if by_us else "input_text"
        said["content"] = [{"type": kind, "text": said["content"]}]
    return {"id": made_up("msg_", jsonbody.text(item), 48)} | said


KEEPING = Keeping(
    before="previous_response_id",
    store="store",
    continued=continued,
    asides=(
        (aside("GET", "/responses/([^/]+)", str), _again),
        (aside("DELETE", "/responses/([^/]+)", str), _deleted),
        (aside("GET", "/responses/([^/]+)/input_items", str), _input_items),
    ),
    missing=missing,
)


# ------------------------------------------------------------- what is counted


def _count(asked: Asked) -> Any:
    wrong = named(asked.body)
    count = {"object": "response.input_tokens"}
    return wrong or count | {"input_tokens": asked_of(parse(asked.body))}


def _compacted(asked: Asked) -> Any:
    """What the user said, and all the rest in an item that nobody else can read."""
    body = asked.body
    wrong = named(body)
    if wrong is not None:
        return wrong
    items = [_numbered(item) for item in _items(body)]
    sealed = base64.b64encode(jsonbody.text(items).encode()).decode()
    id_ = made_up("cmp_", sealed, 48)
    compaction = {"id": id_, "type": "compaction", "encrypted_content": sealed}
    users = [i | {"status": "completed"} for i in items if i.get("role") == "user"]
    usage = Usage(asked_of(parse(body)), estimated(sealed), {"cached": 0})
    counted = COUNTS.write(usage)
    counted["output_tokens_details"] = {"reasoning_tokens": 0}
    return {
        "id": made_up("resp_", jsonbody.text(body), 48),
        "object": "response.compaction",
        "created_at": BLANK["created_at"],
        "output": [*users, compaction],
        "usage": counted
        | {"total_tokens": counted["input_tokens"] + counted["output_tokens"]},
    }


ASIDES = (
    *openai.asides("openai", {}),
    aside("POST", "/responses/input_tokens", _count),
    aside("POST", "/responses/compact", _compacted),
)

SERVER = Server(
    facts_of=lambda model, name: {"model": model, "id": f"resp_{name}"},
    repeated=repeated,
    objection=objection,
    asides=ASIDES,
    keeping=KEEPING,
)
