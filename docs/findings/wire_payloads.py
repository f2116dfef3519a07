"""Payloads: what providers say, in the wires of OpenAI, Anthropic and Gemini."""

from wire import body, sse


def chat(*deltas, finish="stop", usage=True, done=True):
    """A stream of OpenAI's chat wire: one chunk a delta."""
    chunks = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    if finish:
        chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    if usage:
        counts = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
        chunks.append({"choices": [], "usage": counts})
    shared = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return sse(*(shared | chunk for chunk in chunks), *(["[DONE]"] if done else []))


def chat_whole(message, finish="stop", **more):
    """The same, not streamed."""
    counts = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
    shared = {"id": "c1", "object": "chat.completion", "created": 1, "model": "m"}
    choice = {
        "index": 0,
        "message": {"role": "assistant", **message},
        "finish_reason": finish,
    }
    return body(shared | {"choices": [choice], "usage": counts} | more)


def call(arguments, name="get_weather", index=0, **more):
    """A tool call of a chat delta, whole."""
    function = {"name": name, "arguments": arguments}
    return {
        "index": index,
        "id": f"call_{name}",
        "type": "function",
        "function": function,
    } | more


def message(*events, stop="end_turn", ends=True):
    """A stream of Anthropic's wire: its events between the first and the last."""
    start = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
    }
    start |= {"stop_reason": None, "stop_sequence": None}
    start |= {"usage": {"input_tokens": 5, "output_tokens": 1}}
    last = {"stop_reason": stop, "stop_sequence": None}
    ending = [
        {"type": "message_delta", "delta": last, "usage": {"output_tokens": 7}},
        {"type": "message_stop"},
    ]
    first = {"type": "message_start", "message": start}
    return sse(first, *events, *(ending if ends else []), names=True)


def block(start, *deltas, index=0):
    """A block of that: its start, its deltas and its stop."""
    yield {"type": "content_block_start", "index": index, "content_block": start}
    for delta in deltas:
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


TEXT = {"type": "text", "text": ""}
TOOL_USE = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}}


def words(text):
    """A delta of text."""
    return {"type": "text_delta", "text": text}


def json_piece(text):
    """A delta of a call's input."""
    return {"type": "input_json_delta", "partial_json": text}


def gemini(*lists, finish="STOP", version="gemini-2.5-flash", **more):
    """A stream of Gemini's wire: an array of answers, one a list of parts."""
    answers = []
    for number, listed in enumerate(lists, 1):
        candidate = {"content": {"role": "model", "parts": listed}, "index": 0}
        if number == len(lists):
            candidate["finishReason"] = finish
        counts = {
            "promptTokenCount": 5,
            "candidatesTokenCount": 2,
            "totalTokenCount": 7,
        }
        answer = {"candidates": [candidate], "usageMetadata": counts, **more}
        answers.append(answer | ({"modelVersion": version} if version else {}))
    return body(answers)


def responses(*items, last="response.completed", ends=True, deltas=True, **more):
    """A stream of OpenAI's Responses wire: what its items are, and how it ends."""
    shared = {"id": "resp_1", "object": "response", "created_at": 1, "model": "m"}
    begun = shared | {"status": "in_progress", "output": []}
    usage = {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}
    usage |= {"input_tokens_details": {"cached_tokens": 0}}
    usage |= {"output_tokens_details": {"reasoning_tokens": 0}}
    whole = shared | {"status": "completed", "output": list(items), "usage": usage}
    events = [{"type": "response.created", "response": begun}]
    for index, item in enumerate(items):
        place = {"output_index": index, "item_id": item["id"]}
        first = item | ({"arguments": ""} if item["type"] == "function_call" else {})
        at = {"output_index": index}
        events.append({"type": "response.output_item.added", **at, "item": first})
        if deltas:
            events += [delta | place for delta in _deltas(item)]
        events.append({"type": "response.output_item.done", **at, "item": item})
    if ends:
        events.append({"type": last, "response": whole | more})
    return sse(*(e | {"sequence_number": n} for n, e in enumerate(events)), names=True)


def _deltas(item):
    if item["type"] == "function_call":
        kind = "response.function_call_arguments.delta"
        yield {"type": kind, "delta": item["arguments"]}
    for number, part in enumerate(item.get("content") or ()):
        kind = part["type"]
        said = {"type": f"response.{kind}.delta", "content_index": number}
        yield said | {"delta": part.get("text") or part.get("refusal"), "logprobs": []}


def said(text, kind="output_text", id="msg_1"):
    """A message of that wire."""
    part = {"type": kind, "annotations": [], "text": text}
    if kind == "refusal":
        part = {"type": kind, "refusal": text}
    return {
        "type": "message",
        "id": id,
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }
