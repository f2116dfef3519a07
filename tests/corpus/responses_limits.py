"""Limits of the openai SDK on Responses: it wants the envelope perfect."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from tests.corpus.limits import FRAMING, Limit
from tests.corpus.recordings import Line

ENDS = (
    "response.cancelled",
    "response.completed",
    "response.failed",
    "response.incomplete",
)
OPENING = ("response.created", "response.in_progress", "response.queued")
DONE = "response.output_item.done"


def _type(line: Line) -> str:
    event, data = line
    return str(data.get("type") or event or "")


def _typed(said: list[Line]) -> list[Line]:
    """Events with the type that their ``event:`` line gives them."""
    for event, data in said:
        if event:
            data.setdefault("type", event)
    return said


def _one_response_id(said: list[Line]) -> list[Line]:
    responses = [data["response"] for _, data in said if _is_object(data, "response")]
    ids = [response["id"] for response in responses if response.get("id")]
    for response in responses:
        response["id"] = ids[-1] if ids else "resp"
    return said


def _opened(said: list[Line]) -> list[Line]:
    """Some response is created before anything is said of it."""
    if said and _type(said[0]) != OPENING[0]:
        found = [data["response"] for _, data in said if _is_object(data, "response")]
        blank = {"id": "resp", "object": "response"} | (found[-1] if found else {})
        opening = blank | {"output": [], "status": "in_progress"}
        said.insert(0, (OPENING[0], {"type": OPENING[0], "response": opening}))
    return said


def _only_whole_items(said: list[Line]) -> list[Line]:
    """Without the bits: what is done, and the end, state all of them once more."""
    kept: list[Line] = []
    for event, data in said:
        if _type((event, data)) == DONE:
            data["output_index"] = sum(_type(line) == DONE for line in kept)
        if _type((event, data)) in (*OPENING, *ENDS, DONE, "error"):
            kept.append((event, data))
    return kept


def _ends_with_items_done(said: list[Line]) -> list[Line]:
    """An end that leaves items out, or names them anew, has them as they were done.

    Its ciphertext is kept: it is another one, and as good.
    """
    done = [data["item"] for event, data in said if _type((event, data)) == DONE]
    for line in said:
        response = line[1].get("response")
        if (
            _type(line) in ENDS
            and response
            and len(response.get("output") or ()) <= len(done)
        ):
            stated = response.get("output") or ()
            blank: dict[str, Any] = {}
            pairs = zip_longest(done, stated, fillvalue=blank)
            response["output"] = [item | _sealed(end) for item, end in pairs]
    return _only_whole_items(said)


def _sealed(item: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in item.items() if k == "encrypted_content" and v}


def _completed(said: list[Line]) -> list[Line]:
    for number, (event, data) in enumerate(said):
        if _type((event, data)) in ENDS and not (data.get("response") or {}).get(
            "error"
        ):
            completed = "response.completed"
            said[number] = (completed, data | {"type": completed})
    return said


def _with_status(said: list[Line]) -> list[Line]:
    """The status that the event's name gives, or that an answer has when it is over."""
    for event, data in said:
        kind = _type((event, data))
        if kind in ENDS and _is_object(data, "response"):
            data["response"].setdefault("status", kind.removeprefix("response."))
        elif "output" in data:
            data.setdefault("status", "completed")
    return said


def _raised(said: list[Line]) -> list[Line]:
    """Errors in the one shape the SDK raises: an object under ``error``."""
    for number, (event, data) in enumerate(said):
        response = data.get("response") or {}
        if _type((event, data)) == "error" and "error" not in data:
            said[number] = (event, {"type": "error", "error": data})
        elif _type((event, data)) == "response.failed":
            error = response.get("error") or {"message": "failed"}
            said[number] = ("error", {"type": "error", "error": error})
    return said


def _is_object(data: dict[str, Any], key: str) -> bool:
    return isinstance(data.get(key), dict)


LIMITS = (
    *FRAMING,
    Limit("the SDK knows events by their own type alone", _typed),
    Limit("to the SDK response.created comes first", _opened),
    Limit("the SDK wants one response id from first to last", _one_response_id),
    Limit(
        "the SDK wants items added, parts added and all indexes before their bits",
        _only_whole_items,
    ),
    Limit(
        "the SDK believes an end that leaves out items that were done",
        _ends_with_items_done,
    ),
    Limit("the SDK passes on that there is no status", _with_status),
    Limit("the SDK passes on that there is no status", _with_status, streamed=False),
    Limit("the SDK has no final response but a completed one", _completed),
    Limit("the SDK does not raise flat errors and failures as such", _raised),
)
"""In the order in which they are mended together."""
