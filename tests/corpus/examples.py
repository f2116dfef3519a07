"""Examples: for every limit of an SDK, the smallest recording that meets it."""

from __future__ import annotations

import json
from typing import Any

from tests.corpus.recordings import Recording
from tests.corpus.wires import ANTHROPIC, CHAT, GEMINI, RESPONSES

Json = dict[str, Any]


def recording(body: bytes, status: int = 200, path: str = "made-up.json") -> Recording:
    """A recording of nothing but a body."""
    return Recording(path, "made-up", "POST", "", status, (), body)


def stream(*said: Json | str, end: str = "\n\n", named: bool = True) -> bytes:
    """Server-sent events, each under the name its own ``type`` gives it."""
    blocks = []
    for data in said:
        text = data if isinstance(data, str) else json.dumps(data)
        name = data.get("type") if isinstance(data, dict) and named else None
        blocks.append((f"event: {name}\n" if name else "") + f"data: {text}")
    return ("\n\n".join(blocks) + end).encode()


# -------------------------------------------------------------------- chat


def chunk(delta: Json | None, finish: str | None = None, **more: Any) -> Json:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"object": "chat.completion.chunk", "choices": [choice]} | more


def called(place: int, id_: str, name: str | None, written: str) -> Json:
    function = {"name": name, "arguments": written}
    call = {"index": place, "id": id_, "type": "function", "function": function}
    return chunk({"tool_calls": [call]})


def completion(message: Json, finish: str = "stop") -> bytes:
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return json.dumps({"object": "chat.completion", "choices": [choice]}).encode()


HI = chunk({"role": "assistant", "content": "Hi"})
STOP = chunk({}, "stop")
CALLED = chunk({}, "tool_calls")
DONE = "[DONE]"
TOKENS = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
NOTE = chunk({"annotations": [{"type": "url_citation", "url_citation": {}}]})
THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}

SECOND_CHOICE_FIRST = {
    "object": "chat.completion.chunk",
    "choices": [{"index": 1, "delta": {"content": "b"}, "finish_reason": "stop"}],
}

CHAT_EXAMPLES = [
    (
        "a byte order mark costs the SDK the first event",
        b"\xef\xbb\xbf" + stream(HI, STOP, DONE),
    ),
    ("the SDK drops a last event without its blank line", stream(HI, STOP, end="\n")),
    (
        "to the SDK an error in a 200 body is an answer without content",
        json.dumps({"error": {"message": "no", "code": 429}}).encode(),
    ),
    (
        "the SDK drops or fails on chunks that lack object or choices",
        stream({"choices": HI["choices"]}, STOP, DONE),
    ),
    ("a stream without a chunk is an AssertionError in the SDK", stream(DONE)),
    (
        "a choice without a delta is an AttributeError in the SDK",
        stream(HI, chunk(None), STOP, DONE),
    ),
    (
        "the SDK needs every choice in its place from the first on",
        stream(SECOND_CHOICE_FIRST, HI, STOP, DONE),
    ),
    (
        "the SDK takes lists and objects for no text",
        stream(chunk({"content": [THOUGHT]}), HI, STOP, DONE),
    ),
    ("the SDK passes on content that is not text", completion({"content": {"a": 1}})),
    (
        "a call's index that is missing, not from 0 on, or shared fails in the SDK",
        stream(called(0, "c1", "f", "{}"), called(0, "c2", "g", "{}"), CALLED, DONE),
    ),
    (
        "the SDK strings repeated call ids and names together",
        stream(called(0, "c1", "f", "{"), called(0, "c1", None, "}"), CALLED, DONE),
    ),
    (
        "the SDK cannot add up annotations and other lists without an index",
        stream(HI, NOTE, NOTE, STOP, DONE),
    ),
    (
        "in the SDK a later chunk's null overwrites the usage",
        stream(HI, STOP | {"usage": TOKENS}, chunk({}), DONE),
    ),
    (
        "the SDK does not look for usage in x_groq or choices",
        stream(HI, STOP | {"x_groq": {"usage": TOKENS}}, DONE),
    ),
    ("the SDK takes empty words for something", stream(HI, chunk({}, "null"), DONE)),
    ("the SDK takes empty words for something", completion({"content": "Hi"}, "null")),
    (
        "the SDK sees no error but at the top of a chunk",
        stream(HI, chunk({}, x_groq={"error": "no"})),
    ),
]

# --------------------------------------------------------------- responses

RESPONSE = {"id": "resp_1", "object": "response", "status": "in_progress", "output": []}
COUNTS = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
TEXT = {"type": "output_text", "text": "Hi", "annotations": []}
MESSAGE = {
    "type": "message",
    "id": "msg_1",
    "role": "assistant",
    "status": "completed",
    "content": [TEXT],
}
CREATED = {"type": "response.created", "response": RESPONSE}
ADDED = {
    "type": "response.output_item.added",
    "output_index": 0,
    "item": MESSAGE | {"content": []},
}
DELTA = {
    "type": "response.output_text.delta",
    "output_index": 0,
    "content_index": 0,
    "item_id": "msg_1",
    "delta": "Hi",
}
ITEM = {"type": "response.output_item.done", "output_index": 0, "item": MESSAGE}


def over(status: str = "completed", **more: Any) -> Json:
    response = RESPONSE | {"status": status, "output": [MESSAGE], "usage": COUNTS}
    return {"type": f"response.{status}", "response": response | more}


def untyped(*said: Json) -> bytes:
    """The same events, named by their ``event:`` lines alone."""
    rest = ({k: v for k, v in data.items() if k != "type"} for data in said)
    return b"".join(
        f"event: {data['type']}\n".encode() + stream(other)
        for data, other in zip(said, rest, strict=True)
    )


RESPONSES_EXAMPLES = [
    (
        "the SDK knows events by their own type alone",
        untyped(CREATED, ADDED, ITEM, over()),
    ),
    ("to the SDK response.created comes first", stream(ADDED, ITEM, over())),
    (
        "the SDK wants one response id from first to last",
        stream(CREATED, ADDED, ITEM, over(id="resp_2")),
    ),
    (
        "the SDK wants items added, parts added and all indexes before their bits",
        stream(CREATED, ADDED, DELTA, ITEM, over()),
    ),
    (
        "the SDK believes an end that leaves out items that were done",
        stream(CREATED, ADDED, ITEM, over(output=[])),
    ),
    (
        "the SDK passes on that there is no status",
        stream(
            CREATED,
            ADDED,
            ITEM,
            {
                "type": "response.completed",
                "response": {"id": "resp_1", "output": [MESSAGE]},
            },
        ),
    ),
    (
        "the SDK passes on that there is no status",
        json.dumps({"id": "resp_1", "output": [MESSAGE]}).encode(),
    ),
    (
        "the SDK has no final response but a completed one",
        stream(
            CREATED,
            ADDED,
            ITEM,
            over("incomplete", incomplete_details={"reason": "max_output_tokens"}),
        ),
    ),
    (
        "the SDK does not raise flat errors and failures as such",
        stream(
            CREATED, over("failed", error={"code": "server_error", "message": "no"})
        ),
    ),
    (
        "the SDK does not raise flat errors and failures as such",
        stream(CREATED, {"type": "error", "code": "server_error", "message": "no"}),
    ),
]

# --------------------------------------------------------------- anthropic

START = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "stop_reason": None,
        "usage": {"input_tokens": 3, "output_tokens": 1},
    },
}
LAST: Json = {
    "type": "message_delta",
    "delta": {"stop_reason": "end_turn"},
    "usage": {"output_tokens": 4},
}
END = {"type": "message_stop"}


def block(index: int, started: Json, delta: Json) -> list[Json]:
    return [
        {"type": "content_block_start", "index": index, "content_block": started},
        {"type": "content_block_delta", "index": index, "delta": delta},
        {"type": "content_block_stop", "index": index},
    ]


def said(index: int) -> list[Json]:
    return block(
        index, {"type": "text", "text": ""}, {"type": "text_delta", "text": "Hi"}
    )


TOOL = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}
HALF = {"type": "input_json_delta", "partial_json": '{"a":'}

ANTHROPIC_EXAMPLES = [
    (
        "the SDK reads [DONE], which OpenRouter adds, as JSON",
        stream(START, *said(0), LAST, END) + b"event: data\ndata: [DONE]\n\n",
    ),
    (
        "the SDK drops every event without an event: line",
        stream(START, *said(0), LAST, END, named=False),
    ),
    (
        "the SDK appends blocks and takes their index for their place",
        stream(START, *said(1), LAST, END),
    ),
    (
        "the SDK closes tool input that was cut short",
        stream(START, *block(0, TOOL, HALF), LAST, END),
    ),
    (
        "the SDK forgets what a later message_delta leaves out",
        stream(START, *said(0), LAST, LAST | {"delta": {}}, END),
    ),
]

# ------------------------------------------------------------------ gemini

WORDS = {"content": {"role": "model", "parts": [{"text": "Hi"}]}}
COUNTED = {"usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 4}}


def candidate(reason: str | int) -> Json:
    return {"candidates": [WORDS | {"finishReason": reason}]} | COUNTED


ARRAY = json.dumps([{"candidates": [WORDS]}, candidate("STOP")]).encode()
NO_NAMES = "the SDK knows enumerations by their names alone"

GEMINI_EXAMPLES = [
    ("the SDK does not read a stream that is one array", ARRAY),
    (NO_NAMES, stream(candidate(1))),
    (NO_NAMES, json.dumps(candidate(1)).encode()),
]

EXAMPLES = {
    ANTHROPIC: ANTHROPIC_EXAMPLES,
    CHAT: CHAT_EXAMPLES,
    GEMINI: GEMINI_EXAMPLES,
    RESPONSES: RESPONSES_EXAMPLES,
}
"""For each wire: the reason of a limit, and a body that meets it."""
